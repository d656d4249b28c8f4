package sandbox

import "strings"

const disputeBlank = `{"id":"","object":"dispute","amount":0,"balance_transactions":[],"charge":"","created":0,"currency":"","evidence":{"access_activity_log":null,"billing_address":null,"cancellation_policy":null,"cancellation_policy_disclosure":null,"cancellation_rebuttal":null,"customer_communication":null,"customer_email_address":null,"customer_name":null,"customer_purchase_ip":null,"customer_signature":null,"duplicate_charge_documentation":null,"duplicate_charge_explanation":null,"duplicate_charge_id":null,"product_description":null,"receipt":null,"refund_policy":null,"refund_policy_disclosure":null,"refund_refusal_explanation":null,"service_date":null,"service_documentation":null,"shipping_address":null,"shipping_carrier":null,"shipping_date":null,"shipping_documentation":null,"shipping_tracking_number":null,"uncategorized_file":null,"uncategorized_text":null},"evidence_details":{"due_by":null,"has_evidence":false,"past_due":false,"submission_count":0},"is_charge_refundable":false,"livemode":false,"metadata":{},"payment_intent":null,"reason":"general","status":"needs_response"}`

const warningBlank = `{"id":"","object":"radar.early_fraud_warning","actionable":true,"charge":"","created":0,"fraud_type":"misc","livemode":false,"payment_intent":""}`

const (
	bankDelay     = 3       // seconds until the card's bank reacts to a charge or a refund
	disputeFee    = 1500    // minor units of the charge's currency (2.10)
	disputeAnswer = 7 * day // seconds to send evidence in
)

// disputeResources are what a bank says of a charge afterwards.
func disputeResources() []*resource {
	return []*resource{disputeResource(), warningResource()}
}

func disputeResource() *resource {
	r := &resource{object: "dispute", noun: "dispute", path: "/v1/disputes", prefix: "dp_", suffix: 24, idParam: "dispute", blank: disputeBlank,
		expand: map[string]string{"charge": "charge", "payment_intent": "payment_intent"}}
	r.ops = []operation{r.retrieve(), r.list(nil, by("charge", text), by("payment_intent", text), by("created", span))}
	return r
}

func warningResource() *resource {
	r := &resource{object: "radar.early_fraud_warning", noun: "early fraud warning", path: "/v1/radar/early_fraud_warnings", prefix: "issfr_", suffix: 24, idParam: "early_fraud_warning", blank: warningBlank,
		expand: map[string]string{"charge": "charge", "payment_intent": "payment_intent"}}
	r.ops = []operation{r.retrieve(), r.list(nil, by("charge", text), by("payment_intent", text))}
	return r
}

// awaitBank lets time bring what the bank of a collected charge's card does next.
func (t *tx) awaitBank(charge object, card testCard) {
	if card.after != "" {
		t.schedule(charge, t.now+bankDelay)
	}
}

// chargeDue is the bank's reaction to a charge (3.7). What was given back in the
// meantime is no longer disputed.
func (t *tx) chargeDue(charge object) {
	what, reason, _ := strings.Cut(cardOf(t.get(str(charge, "payment_method"))).after, ":")
	left := num(charge, "amount") - num(charge, "amount_refunded")
	switch {
	case what == "warning":
		t.warn(charge, reason, left > 0)
	case left > 0:
		t.dispute(charge, left, reason, what == "inquiry")
	}
}

// dispute takes an amount, in minor units, and the fee back from the shop. An
// inquiry asks before any money moves.
func (t *tx) dispute(charge object, amount int64, reason string, inquiry bool) {
	o := t.fresh("dispute")
	o["amount"], o["currency"], o["reason"] = amount, charge["currency"], reason
	o["charge"], o["payment_intent"] = charge["id"], charge["payment_intent"]
	hashAt(o, "evidence_details")["due_by"] = t.now + disputeAnswer
	charge["disputed"] = true // no event of the charge tells it
	if inquiry {
		o["status"], o["is_charge_refundable"] = "warning_needs_response", true
		t.insert(o)
		t.emit("charge.dispute.created", o)
		return
	}
	withdrawn := object{"id": o["id"], "currency": o["currency"], "description": "Chargeback withdrawal for " + str(charge, "id")}
	txn := t.edit(t.book("adjustment", withdrawn, -amount, disputeFee))
	txn["reporting_category"], txn["available_on"], txn["status"] = "dispute", t.now, "available"
	txn["fee_details"] = []any{object{"amount": int64(disputeFee), "application": nil, "currency": o["currency"], "description": "Dispute fee", "type": "stripe_fee"}}
	o["balance_transactions"] = []any{cloneObject(t.view(txn))}
	t.insert(o)
	t.emit("charge.dispute.created", o)
	t.emit("charge.dispute.funds_withdrawn", o)
}

// warn is the card issuer's report of a fraud; it can be acted on while there is
// something left to give back.
func (t *tx) warn(charge object, kind string, actionable bool) {
	o := t.fresh("radar.early_fraud_warning")
	o["charge"], o["payment_intent"], o["fraud_type"], o["actionable"] = charge["id"], charge["payment_intent"], kind, actionable
	t.insert(o)
	t.emit("radar.early_fraud_warning.created", o)
}

// chargedBack reports whether a charge's money was taken back by a dispute.
func (t *tx) chargedBack(charge string) bool {
	for d := range t.where("dispute", "charge", charge) {
		if d["is_charge_refundable"] == false {
			return true
		}
	}
	return false
}
