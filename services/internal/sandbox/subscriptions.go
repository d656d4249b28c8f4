package sandbox

import "time"

func ended(sub object) bool {
	return sub["status"] == "canceled" || sub["status"] == "incomplete_expired"
}

// cart is one recurring price and how many of it.
type cart struct {
	price    object
	quantity int64
}

// newSubscription makes a subscription of items that share an interval, without
// its invoice and its event. trialEnd is Unix seconds, 0 for no trial.
func (t *tx) newSubscription(customer string, items []cart, trialEnd int64) object {
	sub := t.fresh("subscription")
	id := str(sub, "id")
	var data []any
	for _, c := range items {
		data = append(data, object{"id": t.ids.next("si_", 14), "object": "subscription_item", "billing_thresholds": nil, "created": t.now, "metadata": object{},
			"plan": planOf(c.price), "price": t.view(c.price), "quantity": c.quantity, "subscription": id, "tax_rates": []any{}})
	}
	sub["items"] = sublist(nil, "/v1/subscription_items?subscription="+id)
	hashAt(sub, "items")["data"] = data
	sub["customer"], sub["currency"], sub["start_date"] = customer, items[0].price["currency"], t.now
	sub["billing_cycle_anchor"], sub["current_period_start"] = t.now, t.now
	if len(items) == 1 {
		sub["plan"], sub["quantity"] = planOf(items[0].price), items[0].quantity
	} else {
		sub["plan"], sub["quantity"] = nil, nil
	}
	if trialEnd > 0 {
		sub["status"], sub["trial_start"], sub["trial_end"], sub["billing_cycle_anchor"] = "trialing", t.now, trialEnd, trialEnd
		sub["current_period_end"] = trialEnd
	} else {
		sub["current_period_end"] = t.periodEnd(sub, 1)
		sub["_cycle"] = int64(1)
	}
	return t.insert(sub)
}

// periodEnd is the end of a subscription's nth period, counted from its anchor:
// the anchor's day is kept, short months clamp to their last day (3.6).
func (t *tx) periodEnd(sub object, n int64) int64 {
	price := hashAt(itemsAt(sub, "items.data")[0].(object), "price")
	return addInterval(num(sub, "billing_cycle_anchor"), str(price, "recurring.interval"), n*num(price, "recurring.interval_count"))
}

func addInterval(from int64, interval string, n int64) int64 {
	at := time.Unix(from, 0).UTC()
	switch interval {
	case "day":
		return from + n*day
	case "week":
		return from + n*7*day
	case "year":
		n *= 12
	}
	first := time.Date(at.Year(), at.Month()+time.Month(n), 1, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(at.Day(), last)-1).Unix()
}

// firstInvoice makes a subscription's first draft: what recurs, and what is
// charged once together with it.
func (t *tx) firstInvoice(sub object, once []cart) object {
	inv := t.newInvoice(t.get(str(sub, "customer")), str(sub, "currency"), "subscription_create")
	lines := t.cycleLines(inv, sub, sub["status"] == "trialing")
	for _, c := range once {
		lines = append(lines, t.newLine(inv, c.price, c.quantity, nil, object{"start": t.now, "end": t.now}, false))
	}
	setLines(inv, lines)
	sub["latest_invoice"] = inv["id"]
	return inv
}

// cycleLines ties an invoice to a subscription and returns its lines for the
// current period.
func (t *tx) cycleLines(inv, sub object, free bool) []any {
	inv["subscription"] = sub["id"]
	inv["subscription_details"] = object{"metadata": cloneObject(hashAt(sub, "metadata"))}
	period := object{"start": sub["current_period_start"], "end": sub["current_period_end"]}
	var lines []any
	for _, i := range itemsAt(sub, "items.data") {
		item := i.(object)
		lines = append(lines, t.newLine(inv, hashAt(item, "price"), num(item, "quantity"), item, period, free))
	}
	return lines
}

// scheduleSubscription says when the clock has to look at a subscription.
func (t *tx) scheduleSubscription(sub object) {
	if ended(sub) || sub["status"] == "incomplete" || sub["status"] == "paused" {
		t.schedule(sub, 0)
		return
	}
	next := num(sub, "current_period_end")
	if sub["status"] == "trialing" && sub["_warned"] != true {
		next = max(num(sub, "trial_end")-3*day, t.now)
	}
	if at := num(sub, "cancel_at"); at > 0 {
		next = min(next, at)
	}
	t.schedule(sub, next)
}

// subscriptionDue ends or renews a subscription, or warns of a trial's end.
func (t *tx) subscriptionDue(sub object) {
	cancelAt := num(sub, "cancel_at")
	switch {
	case ended(sub):
	case cancelAt > 0 && cancelAt <= t.now:
		t.end(sub)
	case sub["status"] == "trialing" && sub["_warned"] != true:
		sub["_warned"] = true
		t.emit("customer.subscription.trial_will_end", sub)
		t.scheduleSubscription(sub)
	default:
		t.renew(sub)
	}
}

// renew starts the next period with a draft invoice that is charged an hour
// later (3.5). A trial without a card ends as its settings say.
func (t *tx) renew(sub object) {
	trial := sub["status"] == "trialing"
	if trial && t.methodFor(object{"subscription": sub["id"], "customer": sub["customer"]}) == "" {
		switch str(sub, "trial_settings.end_behavior.missing_payment_method") {
		case "cancel":
			t.end(sub)
			return
		case "pause":
			sub["status"] = "paused"
			t.emit("customer.subscription.paused", sub)
			return
		}
	}
	cycle := num(sub, "_cycle") + 1
	sub["_cycle"], sub["current_period_start"], sub["current_period_end"] = cycle, sub["current_period_end"], t.periodEnd(sub, cycle)
	if trial {
		sub["status"] = "active"
	}
	inv := t.newInvoice(t.get(str(sub, "customer")), str(sub, "currency"), "subscription_cycle")
	setLines(inv, t.cycleLines(inv, sub, false))
	sub["latest_invoice"] = inv["id"]
	t.emit("invoice.created", inv)
	t.emit("customer.subscription.updated", sub)
	t.scheduleSubscription(sub)
	t.schedule(inv, t.now+hour)
}

// subscriptionPaid makes a subscription active once its invoice is paid.
func (t *tx) subscriptionPaid(sub object, method string) {
	if sub["status"] == "incomplete" {
		sub["default_payment_method"] = method
	}
	if sub["status"] != "trialing" && !ended(sub) {
		sub["status"] = "active"
	}
	t.emit("customer.subscription.updated", sub)
	t.scheduleSubscription(sub)
}

// end is a subscription's last event.
func (t *tx) end(sub object) {
	if sub["canceled_at"] == nil {
		sub["canceled_at"] = t.now
	}
	sub["status"], sub["ended_at"] = "canceled", t.now
	t.schedule(sub, 0)
	for inv := range t.where("invoice", "subscription", sub["id"]) {
		if inv["status"] == "draft" || inv["status"] == "open" {
			inv = t.edit(str(inv, "id"))
			inv["auto_advance"], inv["next_payment_attempt"] = false, nil
			t.schedule(inv, 0)
			t.emit("invoice.updated", inv)
		}
	}
	t.emit("customer.subscription.deleted", sub)
}

// cancelNow ends a subscription at once (3.6); details say why.
func (t *tx) cancelNow(sub, details object) {
	sub["cancellation_details"] = merge(cloneObject(hashAt(sub, "cancellation_details")), details)
	sub["cancel_at_period_end"], sub["canceled_at"] = false, t.now
	t.end(sub)
}

// cancelLater plans the end for a time; atPeriodEnd says that it is the period's.
func (t *tx) cancelLater(sub object, at int64, atPeriodEnd bool, details object) {
	sub["cancel_at"], sub["canceled_at"], sub["cancel_at_period_end"] = at, t.now, atPeriodEnd
	sub["cancellation_details"] = merge(cloneObject(hashAt(sub, "cancellation_details")), merge(object{"reason": "cancellation_requested"}, details))
	t.scheduleSubscription(sub)
}

// resume takes a planned end back.
func (t *tx) resume(sub object) {
	sub["cancel_at"], sub["canceled_at"], sub["cancel_at_period_end"] = nil, nil, false
	sub["cancellation_details"] = object{"comment": nil, "feedback": nil, "reason": nil}
	t.scheduleSubscription(sub)
}

// lapse gives up a subscription whose first invoice was never paid.
func (t *tx) lapse(sub object) {
	sub["status"], sub["ended_at"] = "incomplete_expired", t.now
	t.schedule(sub, 0)
	t.emit("customer.subscription.updated", sub)
	if inv := t.find("invoice", str(sub, "latest_invoice")); inv != nil && inv["status"] == "open" {
		t.void(t.edit(str(inv, "id")))
	}
}
