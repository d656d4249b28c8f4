package sandbox

// changeItems gives a subscription other items (3.6): the difference waits for
// the next invoice (create_prorations, also for ""), is billed at once
// (always_invoice), or is not charged (none). Another interval starts a new
// period and is always billed at once; the invoice to collect is returned then.
func (t *tx) changeItems(o object, items []any, behavior string, when int64) (object, error) {
	before := itemsAt(o, "items.data")
	running := o["status"] != "trialing" && o["status"] != "incomplete"
	if o["status"] == "incomplete" {
		return nil, invalid("items", "", "You cannot update the items of a subscription in `incomplete` status.")
	}
	changed := interval(hashAt(before[0].(object), "price")) != interval(hashAt(items[0].(object), "price"))
	if running && behavior != "none" {
		rest := items
		if changed {
			rest = nil // what is left of the old period is given back, the new one is billed whole
		}
		t.prorate(o, before, rest, when)
	}
	setItems(o, items)
	switch {
	case running && changed:
		t.restart(o)
		return t.invoiceNow(o, func(inv object) []any { return t.cycleLines(inv, o) }), nil
	case running && behavior == "always_invoice":
		return t.invoiceNow(o, nil), nil
	}
	return nil, nil
}

// restart begins a new period, and billing cycle, now.
func (t *tx) restart(o object) {
	o["billing_cycle_anchor"], o["current_period_start"], o["_cycle"] = t.now, t.now, int64(1)
	o["current_period_end"] = t.periodEnd(o, 1)
	if yes(o, "cancel_at_period_end") {
		o["cancel_at"] = o["current_period_end"]
	}
	t.scheduleSubscription(o)
}

// changeTrial moves the end of a trial: to now, which bills the first period, or
// to a later time, until which nothing is charged.
func (t *tx) changeTrial(o object, end int64) object {
	if end > t.now {
		o["status"], o["trial_end"], o["billing_cycle_anchor"], o["current_period_end"], o["_cycle"] = "trialing", end, end, end, int64(0)
		if o["trial_start"] == nil {
			o["trial_start"] = t.now
		}
		delete(o, "_warned")
		t.scheduleSubscription(o)
		return nil
	}
	if o["status"] != "trialing" {
		return nil
	}
	o["status"], o["trial_end"] = "active", t.now
	t.restart(o)
	return t.invoiceNow(o, func(inv object) []any { return t.cycleLines(inv, o) })
}

// deleteSubscription cancels at once: with prorate the unused time is credited,
// with invoice_now what waits is billed (3.6).
func deleteSubscription(r *resource) func(*call) (object, error) {
	return func(c *call) (object, error) {
		o, err := r.named(c)
		switch {
		case err != nil:
			return nil, err
		case ended(o):
			return nil, notFound(r.noun, c.vars["id"], r.idParam)
		}
		o = c.edit(c.vars["id"])
		c.endWithBill(o, yes(c.given, "prorate"), yes(c.given, "invoice_now"), merge(object{"reason": "cancellation_requested"}, hashAt(c.given, "cancellation_details")))
		return o, nil
	}
}

// endWithBill cancels a subscription now and settles what is left of its period.
func (t *tx) endWithBill(o object, prorate, invoice bool, details object) {
	paid := o["status"] == "active" || o["status"] == "past_due"
	if prorate && paid {
		t.prorate(o, itemsAt(o, "items.data"), nil, t.now)
	}
	var inv object
	if invoice {
		inv = t.invoiceNow(o, nil)
	}
	t.cancelNow(o, details)
	if inv != nil {
		t.collectNow(inv)
	}
}

// collectionPaused does with a renewal's invoice what pause_collection says. It
// reports whether the invoice is dealt with.
func (t *tx) collectionPaused(inv object) bool {
	switch str(t.get(str(inv, "subscription")), "pause_collection.behavior") {
	case "keep_as_draft":
		inv["auto_advance"] = false
		t.emit("invoice.updated", inv)
	case "mark_uncollectible":
		t.finalize(inv, "Subscription update")
		if inv["status"] == "open" {
			inv["status"], inv["auto_advance"] = "uncollectible", false
			hashAt(inv, "status_transitions")["marked_uncollectible_at"] = t.now
			t.emit("invoice.marked_uncollectible", inv)
		}
	case "void":
		t.finalize(inv, "Subscription update")
		if inv["status"] == "open" {
			t.void(inv)
		}
	default:
		return false
	}
	return true
}
