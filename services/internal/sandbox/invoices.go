package sandbox

import (
	"fmt"
	"math/big"

	"bursar/services"
)

const (
	hour = 3600
	day  = 24 * hour
)

// retryAfter are the waits before an unpaid renewal is tried again. After the
// last one the subscription stays past_due (3.5).
var retryAfter = [...]int64{3 * day, 5 * day, 7 * day}

// lineAmount is what a quantity of a price costs, in minor units.
func lineAmount(price object, quantity int64) int64 {
	if n, ok := price["unit_amount"].(int64); ok {
		return n * quantity
	}
	exact, _ := parseDecimal(str(price, "unit_amount_decimal"))
	if exact == nil {
		return 0
	}
	return roundHalfUp(exact.Mul(exact, big.NewRat(quantity, 1)))
}

// perInterval renders "€20.00 / month".
func perInterval(price object) string {
	return fmt.Sprintf("%s / %s", moneyOf(price), interval(price))
}

func interval(price object) string {
	return services.Recurrence{Interval: str(price, "recurring.interval"), Count: num(price, "recurring.interval_count")}.String()
}

func moneyOf(price object) services.Money {
	return services.Money{Amount: lineAmount(price, 1), Currency: str(price, "currency")}
}

func (t *tx) productName(price object) string {
	return str(t.get(str(price, "product")), "name")
}

// newLine is one line of an invoice; item is nil for what is charged once.
func (t *tx) newLine(invoice, price object, quantity int64, item object, period object, free bool) object {
	amount := lineAmount(price, quantity)
	description := t.productName(price)
	if item != nil {
		description = fmt.Sprintf("%d × %s (at %s)", quantity, description, perInterval(price))
		if free {
			amount, description = 0, "Trial period for "+t.productName(price)
		}
	}
	line := object{"id": t.ids.next("il_", 24), "object": "line_item", "amount": amount, "amount_excluding_tax": amount, "currency": price["currency"],
		"description": description, "discount_amounts": []any{}, "discountable": true, "discounts": []any{}, "livemode": false, "metadata": object{},
		"period": period, "plan": nil, "price": t.view(price), "proration": false, "proration_details": object{"credited_items": nil}, "quantity": quantity,
		"subscription": invoice["subscription"], "tax_amounts": []any{}, "tax_rates": []any{}, "type": "invoiceitem", "unit_amount_excluding_tax": price["unit_amount_decimal"]}
	if item != nil {
		line["type"], line["subscription_item"], line["plan"] = "subscription", item["id"], planOf(price)
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

// setLines puts lines on a draft and adds them up.
func setLines(inv object, lines []any) {
	var total int64
	for _, l := range lines {
		total += num(l.(object), "amount")
	}
	hashAt(inv, "lines")["data"] = lines
	for _, field := range []string{"subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_due", "amount_remaining"} {
		inv[field] = total
	}
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
	t.emit("customer.updated", customer)
	id := str(inv, "id")
	inv["number"] = fmt.Sprintf("%s-%04d", str(customer, "invoice_prefix"), sequence)
	inv["status"], inv["effective_at"] = "open", t.now
	inv["hosted_invoice_url"], inv["invoice_pdf"] = t.srv.o.URL+"/i/"+id, t.srv.o.URL+"/i/"+id
	hashAt(inv, "status_transitions")["finalized_at"] = t.now
	due := num(inv, "amount_due")
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
