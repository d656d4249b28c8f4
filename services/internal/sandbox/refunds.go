package sandbox

import "bursar/services"

// createRefund gives money back (3.7).
func createRefund(c *call, o object) error {
	id := str(c.given, "charge")
	if intent := str(c.given, "payment_intent"); intent != "" {
		pi := c.find("payment_intent", intent)
		if pi == nil {
			return noSuch("payment_intent", intent, "payment_intent")
		}
		if pi["status"] != "succeeded" {
			return invalid("payment_intent", "payment_intent_unexpected_state", "This PaymentIntent (%s) does not have a successful charge to refund.", intent)
		}
		id = str(pi, "latest_charge")
	}
	if id == "" {
		return invalid("charge", "parameter_missing", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	charge := c.find("charge", id)
	if charge == nil {
		return noSuch("charge", id, "charge")
	}
	left := num(charge, "amount") - num(charge, "amount_refunded")
	amount, asked := c.given["amount"].(int64)
	if !asked {
		amount = left
	}
	money := func(n int64) string { return services.Money{Amount: n, Currency: str(charge, "currency")}.String() }
	switch {
	case charge["status"] != "succeeded" || charge["captured"] != true:
		return invalid("charge", "charge_not_refundable", "Charge %s has not been captured and cannot be refunded.", id)
	case c.chargedBack(id):
		return invalid("", "charge_disputed", "Charge %s has been charged back; cannot issue a refund.", id)
	case left == 0:
		return invalid("", "charge_already_refunded", "Charge %s has already been refunded.", id)
	case amount > left:
		return invalid("amount", "", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", money(amount), money(left))
	}
	charge = c.edit(id)
	o["amount"], o["currency"], o["charge"], o["payment_intent"] = amount, charge["currency"], id, charge["payment_intent"]
	refunded := merge(object{"description": "REFUND FOR CHARGE"}, object{"id": o["id"], "currency": o["currency"]})
	o["balance_transaction"] = c.book("refund", refunded, -amount, 0)
	c.insert(o)
	if later := refundOf(c.tx, o); later != "" {
		c.schedule(o, c.now+bankDelay)
		if later == "pending" {
			o["status"] = "pending"
		}
	}
	charge["amount_refunded"] = num(charge, "amount_refunded") + amount
	charge["refunded"] = charge["amount_refunded"] == charge["amount"]
	c.emit("charge.refunded", charge)
	return nil
}

// refundOf says what becomes of a refund later: "pending" until it succeeds,
// "fails" after it succeeded, "" when it is final at once. The card decides.
func refundOf(t *tx, refund object) string {
	return cardOf(t.get(str(t.get(str(refund, "charge")), "payment_method"))).refund
}

// refundDue is the bank's answer to a refund (3.7). One that fails comes back to
// the shop's balance and to the charge, which no event of the charge tells.
func (t *tx) refundDue(refund object) {
	if refundOf(t, refund) == "pending" {
		refund["status"] = "succeeded"
		t.emit("charge.refund.updated", refund)
		return
	}
	amount := num(refund, "amount")
	returned := object{"id": refund["id"], "currency": refund["currency"], "description": "REFUND FAILURE"}
	refund["status"], refund["failure_reason"] = "failed", "expired_or_canceled_card"
	refund["failure_balance_transaction"] = t.book("refund_failure", returned, amount, 0)
	charge := t.edit(str(refund, "charge"))
	charge["amount_refunded"], charge["refunded"] = num(charge, "amount_refunded")-amount, false
	t.emit("charge.refund.updated", refund)
}
