package sandbox

import (
	"fmt"

	"bursar/services"
)

const (
	hour = 3600
	day  = 24 * hour
)

// retryAfter are the waits before an unpaid renewal is tried again. After the
// last one the subscription stays past_due (3.5).
var retryAfter = [...]int64{3 * day, 5 * day, 7 * day}

func (t *tx) productName(price object) string {
	return str(t.get(str(price, "product")), "name")
}

// newLine is one line of an invoice; item is nil for what is charged once.
func (t *tx) newLine(invoice object, c cart, item object, period object) object {
	description := t.productName(c.price)
	if item != nil {
		description = fmt.Sprintf("%d × %s (at %s)", c.quantity, description, t.perInterval(c.price))
		if str(t.get(str(invoice, "subscription")), "status") == "trialing" {
			description = "Trial period for " + t.productName(c.price)
		}
	}
	if c.rates == nil {
		c.rates = []any{}
	}
	line := object{"id": t.ids.next("il_", 24), "object": "line_item", "amount": c.amount, "amount_excluding_tax": c.amount, "currency": invoice["currency"],
		"description": description, "discount_amounts": []any{}, "discountable": true, "discounts": []any{}, "livemode": false, "metadata": object{},
		"period": period, "plan": nil, "price": t.view(c.price), "proration": false, "proration_details": object{"credited_items": nil}, "quantity": c.quantity,
		"subscription": invoice["subscription"], "tax_amounts": []any{}, "tax_rates": c.rates, "type": "invoiceitem", "unit_amount_excluding_tax": c.price["unit_amount_decimal"]}
	if item != nil {
		line["type"], line["subscription_item"], line["plan"] = "subscription", item["id"], planOf(c.price)
	} else {
		line["invoice_item"] = t.ids.next("ii_", 24)
	}
	return line
}

// newInvoice makes a draft for a customer without its lines and its event.
func (t *tx) newInvoice(customer object, currency, reason string) object {
	inv := t.fresh("invoice")
	inv["customer"], inv["currency"], inv["billing_reason"] = customer["id"], currency, reason
	for _, field := range []string{"email", "name", "address", "phone", "shipping", "tax_exempt"} {
		inv["customer_"+field] = clone(customer[field])
	}
	inv["period_start"], inv["period_end"] = t.now, t.now
	hashAt(inv, "lines")["url"] = "/v1/invoices/" + str(inv, "id") + "/lines"
	return t.insert(inv)
}

// setLines puts lines on a draft and adds them up with what a discount (nil for
// none) takes off, with taxes and with the shipping it has.
func setLines(inv object, lines []any, discount object) {
	entries := make([]*entry, len(lines))
	for i, l := range lines {
		line := l.(object)
		entries[i] = &entry{amount: num(line, "amount"), product: str(line, "price.product"), fixed: line["discountable"] != true, rates: itemsAt(line, "tax_rates")}
	}
	addUp(entries, hashAt(discount, "coupon"), str(inv, "currency"))
	hashAt(inv, "lines")["data"] = lines
	var subtotal, off, within, taxes, total int64
	taxed := map[string]object{}
	sums := []any{}
	for i, e := range entries {
		line := lines[i].(object)
		if discount != nil && e.off > 0 {
			line["discount_amounts"] = []any{object{"amount": e.off, "discount": discount["id"]}}
		}
		var amounts []any
		for n, r := range e.rates {
			rate := r.(object)
			one := object{"amount": e.taxes[n], "inclusive": rate["inclusive"], "tax_rate": rate["id"]}
			if amounts = append(amounts, one); taxed[str(rate, "id")] == nil {
				taxed[str(rate, "id")] = cloneObject(one)
				sums = append(sums, taxed[str(rate, "id")])
			} else {
				taxed[str(rate, "id")]["amount"] = num(taxed[str(rate, "id")], "amount") + e.taxes[n]
			}
		}
		if len(amounts) > 0 {
			line["tax_amounts"], line["amount_excluding_tax"] = amounts, e.amount-e.within
		}
		subtotal, off, within, taxes, total = subtotal+e.amount, off+e.off, within+e.within, taxes+e.tax(), total+e.total()
	}
	if inv["total_tax_amounts"] = sums; len(sums) > 0 {
		inv["tax"] = taxes
	}
	if discount != nil && off > 0 {
		d := cloneObject(discount)
		d["invoice"] = inv["id"]
		inv["discount"], inv["discounts"], inv["total_discount_amounts"] = d, []any{d["id"]}, []any{object{"amount": off, "discount": d["id"]}}
	}
	total += num(inv, "amount_shipping")
	inv["subtotal"], inv["subtotal_excluding_tax"] = subtotal, subtotal-within
	inv["total"], inv["total_excluding_tax"] = total, total-taxes
	inv["amount_due"], inv["amount_remaining"] = max(total, 0), max(total, 0)
}

// finalize opens a draft: it gets its number, its pages and, when something is
// due, its PaymentIntent (3.3 A). With nothing due it is paid.
func (t *tx) finalize(inv object, description string) {
	customer := t.edit(str(inv, "customer"))
	sequence := num(customer, "next_invoice_sequence")
	customer["next_invoice_sequence"] = sequence + 1
	if customer["currency"] == nil {
		customer["currency"] = inv["currency"]
	}
	id := str(inv, "id")
	inv["number"] = fmt.Sprintf("%s-%04d", str(customer, "invoice_prefix"), sequence)
	inv["status"], inv["effective_at"] = "open", t.now
	inv["hosted_invoice_url"], inv["invoice_pdf"] = t.srv.o.URL+"/i/"+id, t.srv.o.URL+"/i/"+id
	hashAt(inv, "status_transitions")["finalized_at"] = t.now
	due := t.settleBalance(inv, customer)
	t.emit("customer.updated", customer)
	if paid := inv["_paid_by"]; due == 0 || paid != nil {
		inv["payment_intent"] = paid
		t.emit("invoice.finalized", inv)
		t.settle(inv)
		return
	}
	pi := t.newIntent(due, str(inv, "currency"))
	pi["customer"], pi["invoice"], pi["description"] = inv["customer"], id, description
	if inv["subscription"] != nil {
		pi["setup_future_usage"] = "off_session"
	}
	inv["payment_intent"] = pi["id"]
	t.emit("invoice.finalized", inv)
	t.emit("payment_intent.created", pi)
}

// settleBalance takes what the customer has to their credit, or owes from before,
// into an invoice and returns what is due. Less than can be charged stays on
// the balance. What Checkout sells is paid as the page showed it.
func (t *tx) settleBalance(inv, customer object) int64 {
	total := num(inv, "total")
	if reason := inv["billing_reason"]; reason == "subscription_create" || reason == "manual" {
		return total
	}
	before := num(customer, "balance")
	due, left := total+before, int64(0)
	if due < services.MinimumCharge(str(inv, "currency")) {
		due, left = 0, due
	}
	customer["balance"] = left
	inv["starting_balance"], inv["ending_balance"] = before, left
	inv["amount_due"], inv["amount_remaining"] = due, due
	return due
}

// settle marks an open invoice paid and tells it.
func (t *tx) settle(inv object) {
	inv["status"], inv["paid"], inv["attempted"], inv["auto_advance"] = "paid", true, true, false
	inv["amount_paid"], inv["amount_remaining"], inv["next_payment_attempt"] = inv["amount_due"], int64(0), nil
	if pi := t.find("payment_intent", str(inv, "payment_intent")); pi != nil {
		inv["charge"], inv["attempt_count"] = pi["latest_charge"], num(inv, "attempt_count")+1
	}
	hashAt(inv, "status_transitions")["paid_at"] = t.now
	t.schedule(inv, 0)
	t.emit("invoice.paid", inv)
	t.emit("invoice.payment_succeeded", inv)
}

// payInvoice tries to pay an open invoice through its intent. It returns what
// the card said when it was declined; a challenge leaves the intent waiting.
func (t *tx) payInvoice(inv object, p payment) error {
	pi := t.edit(str(inv, "payment_intent"))
	if err := t.pay(pi, p); err != nil {
		inv["attempted"], inv["attempt_count"] = true, num(inv, "attempt_count")+1
		if charge := pi["latest_charge"]; charge != nil {
			inv["charge"] = charge
		}
		t.emit("invoice.payment_failed", inv)
		return err
	}
	if pi["status"] == "requires_action" {
		t.emit("invoice.payment_action_required", inv)
		return nil
	}
	if sub := t.find("subscription", str(inv, "subscription")); sub != nil {
		t.subscriptionPaid(t.edit(str(sub, "id")), str(pi, "payment_method"))
	}
	t.settle(inv)
	t.forgive(str(inv, "customer"))
	return nil
}

// forgive takes the delinquent mark off a customer who paid.
func (t *tx) forgive(customer string) {
	c := t.edit(customer)
	c["delinquent"] = false
	t.emit("customer.updated", c)
}

// void ends an open invoice that nobody will pay.
func (t *tx) void(inv object) {
	inv["status"], inv["auto_advance"], inv["next_payment_attempt"] = "void", false, nil
	hashAt(inv, "status_transitions")["voided_at"] = t.now
	t.schedule(inv, 0)
	t.emit("invoice.voided", inv)
	if pi := t.find("payment_intent", str(inv, "payment_intent")); pi != nil && pi["status"] != "succeeded" && pi["status"] != "canceled" {
		t.cancelIntent(t.edit(str(pi, "id")), "void_invoice")
	}
}

// invoiceDue finalizes a renewal's draft, or tries an unpaid one again (3.5).
func (t *tx) invoiceDue(inv object) {
	if inv["status"] == "draft" {
		if t.collectionPaused(inv) {
			return
		}
		t.finalize(inv, "Subscription update")
		if inv["status"] == "paid" {
			return
		}
	}
	method := t.methodFor(inv)
	if method == "" {
		inv["attempted"], inv["attempt_count"] = true, num(inv, "attempt_count")+1
		t.emit("invoice.payment_failed", inv)
		t.unpaid(inv)
		return
	}
	if err := t.payInvoice(inv, payment{method: method, offSession: true}); err != nil {
		t.unpaid(inv)
	}
}

// methodFor is what a renewal is charged to.
func (t *tx) methodFor(inv object) string {
	if id := str(t.get(str(inv, "subscription")), "default_payment_method"); id != "" {
		return id
	}
	return str(t.get(str(inv, "customer")), "invoice_settings.default_payment_method")
}

// unpaid plans the next attempt of a failed renewal and marks who owes.
func (t *tx) unpaid(inv object) {
	inv["next_payment_attempt"] = nil
	if tried := num(inv, "attempt_count"); tried >= 1 && tried <= int64(len(retryAfter)) {
		next := t.now + retryAfter[tried-1]
		inv["next_payment_attempt"] = next
		t.schedule(inv, next)
	}
	t.emit("invoice.updated", inv)
	customer := t.edit(str(inv, "customer"))
	customer["delinquent"] = true
	t.emit("customer.updated", customer)
	if sub := t.find("subscription", str(inv, "subscription")); sub != nil && (sub["status"] == "active" || sub["status"] == "trialing") {
		sub = t.edit(str(sub, "id"))
		sub["status"] = "past_due"
		t.emit("customer.subscription.updated", sub)
	}
}
