package sandbox

// expireSession ends an open session: nobody can pay it any more (3.2 E). What
// an attempt began ends with it.
func (t *tx) expireSession(o object) {
	o["status"], o["url"] = "expired", nil
	t.schedule(o, 0)
	t.abandonAs(o, "automatic")
	if recovery := hashAt(o, "after_expiration.recovery"); yes(recovery, "enabled") {
		recovery["url"], recovery["expires_at"] = t.srv.o.URL+"/c/pay/"+str(o, "id"), t.now+30*day
	}
	t.emit("checkout.session.expired", o)
}

// abandon ends what an attempt to pay a session began, so that the next one
// begins anew.
func (t *tx) abandon(s object) {
	if s["_intent"] == nil && s["_subscription"] == nil {
		return
	}
	t.abandonAs(s, "abandoned")
	for _, note := range []string{"_intent", "_subscription", "_invoice", "_method"} {
		delete(s, note)
	}
	s["payment_intent"] = nil
}

// abandonAs cancels a session's intent and subscription; reason is the
// PaymentIntent's.
func (t *tx) abandonAs(s object, reason string) {
	if sub := t.find("subscription", str(s, "_subscription")); sub != nil && sub["status"] == "incomplete" {
		t.lapse(t.edit(str(sub, "id")))
	} else if sub != nil && !ended(sub) { // a trial whose extras were never paid
		t.cancelNow(t.edit(str(sub, "id")), object{"reason": "payment_failed"})
	}
	if pi := t.find("payment_intent", str(s, "_intent")); pi != nil && pi["status"] != "canceled" && pi["status"] != "succeeded" {
		t.cancelIntent(t.edit(str(pi, "id")), reason)
	}
	if seti := t.find("setup_intent", str(s, "_intent")); seti != nil && seti["status"] != "succeeded" {
		seti = t.edit(str(seti, "id"))
		seti["status"], seti["cancellation_reason"], seti["next_action"] = "canceled", "abandoned", nil
		t.emit("setup_intent.canceled", seti)
	}
}
