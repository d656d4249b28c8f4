package sandbox

import "time"

func ended(sub object) bool {
	return sub["status"] == "canceled" || sub["status"] == "incomplete_expired"
}

// terms are how a subscription begins.
type terms struct {
	trialEnd int64 // Unix seconds; 0 for no trial
	anchor   int64 // billing cycle anchor, Unix seconds; 0: when it begins
	rates    []any // default tax rates
}

// newSubscription makes a subscription of what recurs in a cart, without its
// invoice and its event.
func (t *tx) newSubscription(customer string, sold []cart, how terms) object {
	sub := t.fresh("subscription")
	id := str(sub, "id")
	var data []any
	for _, c := range sold {
		if c.price["recurring"] != nil {
			item := t.newItem(id, c)
			data, sub["currency"] = append(data, item), c.price["currency"]
		}
	}
	sub["items"] = sublist(nil, "/v1/subscription_items?subscription="+id)
	sub["customer"], sub["start_date"], sub["default_tax_rates"] = customer, t.now, how.rates
	sub["billing_cycle_anchor"], sub["current_period_start"] = t.now, t.now
	setItems(sub, data)
	first := max(how.trialEnd, how.anchor)
	if how.trialEnd > 0 {
		sub["status"], sub["trial_start"], sub["trial_end"] = "trialing", t.now, how.trialEnd
	}
	if first > 0 {
		sub["billing_cycle_anchor"], sub["current_period_end"] = first, first
	} else {
		sub["current_period_end"] = t.periodEnd(sub, 1)
		sub["_cycle"] = int64(1)
	}
	return t.insert(sub)
}

// newItem is one price of a subscription.
func (t *tx) newItem(sub string, c cart) object {
	item := object{"id": t.ids.next("si_", 14), "object": "subscription_item", "billing_thresholds": nil, "created": t.now, "metadata": object{},
		"plan": planOf(c.price), "price": t.view(c.price), "quantity": c.quantity, "subscription": sub, "tax_rates": []any{}}
	if c.own {
		item["tax_rates"] = c.rates
	}
	if metered(c.price) {
		delete(item, "quantity")
	}
	return item
}

// setItems puts items on a subscription, and its plan when there is just one.
func setItems(sub object, data []any) {
	hashAt(sub, "items")["data"] = data
	sub["plan"], sub["quantity"] = nil, nil
	if len(data) == 1 {
		item := data[0].(object)
		sub["plan"], sub["quantity"] = item["plan"], item["quantity"]
	}
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
// charged once together with it, in the order it was sold.
func (t *tx) firstInvoice(sub object, sold []cart) object {
	inv := t.newInvoice(t.get(str(sub, "customer")), str(sub, "currency"), "subscription_create")
	period := billFor(inv, sub)
	items := itemsAt(sub, "items.data")
	var lines []any
	for _, c := range sold {
		if c.price["recurring"] == nil {
			lines = append(lines, t.newLine(inv, c, nil, object{"start": t.now, "end": t.now}))
			continue
		}
		lines = append(lines, t.newLine(inv, c, items[0].(object), period))
		items = items[1:]
	}
	t.addLines(inv, sub, lines)
	return inv
}

// billFor ties an invoice to a subscription and returns its current period.
func billFor(inv, sub object) object {
	inv["subscription"] = sub["id"]
	inv["subscription_details"] = object{"metadata": cloneObject(hashAt(sub, "metadata"))}
	return object{"start": sub["current_period_start"], "end": sub["current_period_end"]}
}

// addLines puts a subscription's lines, with its discount, on an invoice.
func (t *tx) addLines(inv, sub object, lines []any) {
	discount := t.discountOf(sub)
	setLines(inv, lines, discount)
	var off int64
	for _, d := range itemsAt(inv, "total_discount_amounts") {
		off += num(d.(object), "amount")
	}
	t.spend(sub, discount, off)
	sub["latest_invoice"] = inv["id"]
}

// cycleLines are a subscription's items for its current period.
func (t *tx) cycleLines(inv, sub object) []any {
	period := billFor(inv, sub)
	var lines []any
	for _, i := range itemsAt(sub, "items.data") {
		item := i.(object)
		lines = append(lines, t.newLine(inv, t.itemCart(sub, item), item, period))
	}
	return lines
}

// itemCart is what an item of a subscription costs for a whole period.
func (t *tx) itemCart(sub, item object) cart {
	price, quantity := hashAt(item, "price"), num(item, "quantity")
	rates := itemsAt(item, "tax_rates")
	if len(rates) == 0 {
		rates = itemsAt(sub, "default_tax_rates")
	}
	return cart{price: price, quantity: quantity, amount: t.lineAmount(price, quantity), rates: rates}
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
	for _, at := range []int64{num(sub, "cancel_at"), num(sub, "pause_collection.resumes_at")} {
		if at > 0 {
			next = min(next, at)
		}
	}
	t.schedule(sub, next)
}

// subscriptionDue ends or renews a subscription, or warns of a trial's end.
func (t *tx) subscriptionDue(sub object) {
	cancelAt, resumesAt := num(sub, "cancel_at"), num(sub, "pause_collection.resumes_at")
	switch {
	case ended(sub):
	case resumesAt > 0 && resumesAt <= t.now:
		sub["pause_collection"] = nil
		t.emit("customer.subscription.updated", sub)
		t.scheduleSubscription(sub)
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
	t.addLines(inv, sub, append(t.cycleLines(inv, sub), t.pendingLines(inv, sub)...))
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
