package sandbox

// payment is one attempt to pay a PaymentIntent.
type payment struct {
	method        string // payment method id
	offSession    bool   // nobody is there to answer a challenge
	authenticated bool   // the challenge was passed
}

// newIntent makes a PaymentIntent; its event is the caller's to emit.
func (t *tx) newIntent(amount int64, currency string) object {
	pi := t.fresh("payment_intent")
	pi["amount"], pi["currency"] = amount, currency
	pi["client_secret"] = str(pi, "id") + "_secret_" + t.ids.text(25)
	return t.insert(pi)
}

// pay tries to pay an intent that may be paid. It ends in succeeded,
// requires_capture or requires_action and returns nil, or the card was declined
// and it returns what the card said (3.2 A, C, D).
func (t *tx) pay(pi object, p payment) error {
	pm := t.edit(p.method)
	card := cardOf(pm)
	if t.mustAsk(card, pm, p) {
		if p.offSession {
			d := decline{code: "authentication_required", declineCode: "authentication_required", message: "Your card was declined. This transaction requires authentication.", outcome: declines()["generic"].outcome}
			return t.refuse(pi, pm, d)
		}
		pi["status"], pi["payment_method"] = "requires_action", p.method
		pi["next_action"] = object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect", "stripe_js": t.srv.o.URL + "/c/3ds/" + str(pi, "_session") + "/" + str(pi, "id")}}
		if back := str(pi, "_return_url"); back != "" {
			pi["next_action"] = object{"type": "redirect_to_url", "redirect_to_url": object{"url": t.srv.o.URL + "/c/3ds/api/" + str(pi, "id"), "return_url": back}}
		}
		t.emit("payment_intent.requires_action", pi)
		return nil
	}
	pi["next_action"] = nil
	if card.decline != "" {
		return t.refuse(pi, pm, declines()[card.decline])
	}
	if customer := str(pi, "customer"); customer != "" && pi["setup_future_usage"] != nil {
		if err := t.attach(pm, customer); err != nil {
			return err
		}
		pm["_ready"] = true
	}
	t.collect(pi, pm, card)
	return nil
}

func (t *tx) mustAsk(card testCard, pm object, p payment) bool {
	if p.authenticated {
		return false
	}
	switch card.ask {
	case always:
		return true
	case unlessSetUp:
		return pm["_ready"] != true
	case onlyOnScreen:
		return !p.offSession
	}
	return false
}

// collect takes the money: a succeeded charge, captured unless the intent
// captures by hand.
func (t *tx) collect(pi, pm object, card testCard) {
	now := pi["capture_method"] != "manual"
	charge := t.newCharge(pi, pm, card)
	charge["captured"] = now
	charge["outcome"] = object{"network_status": "approved_by_network", "reason": nil, "risk_level": card.risk, "risk_score": int64(20), "seller_message": "Payment complete.", "type": "authorized"}
	pi["latest_charge"], pi["payment_method"], pi["last_payment_error"], pi["next_action"] = charge["id"], pm["id"], nil, nil
	if !now {
		pi["status"], pi["amount_capturable"] = "requires_capture", pi["amount"]
		t.emit("charge.succeeded", charge)
		t.emit("payment_intent.amount_capturable_updated", pi)
		return
	}
	charge["amount_captured"] = charge["amount"]
	charge["balance_transaction"] = t.book("charge", charge, num(charge, "amount"), fee(num(charge, "amount"), str(charge, "currency")))
	t.emit("charge.succeeded", charge)
	pi["status"], pi["amount_received"] = "succeeded", pi["amount"]
	t.emit("payment_intent.succeeded", pi)
	t.awaitBank(charge, card)
}

// capture takes the money of an authorised intent.
func (t *tx) capture(pi object, amount int64) {
	charge := t.edit(str(pi, "latest_charge"))
	charge["captured"], charge["amount_captured"] = true, amount
	charge["amount_refunded"] = num(charge, "amount") - amount
	charge["balance_transaction"] = t.book("charge", charge, amount, fee(amount, str(charge, "currency")))
	t.emit("charge.captured", charge)
	pi["status"], pi["amount_received"], pi["amount_capturable"] = "succeeded", amount, int64(0)
	t.emit("payment_intent.succeeded", pi)
	t.awaitBank(charge, cardOf(t.get(str(charge, "payment_method"))))
}

func (t *tx) newCharge(pi, pm object, card testCard) object {
	charge := t.fresh("charge")
	for _, field := range []string{"amount", "currency", "customer", "description", "invoice", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix"} {
		charge[field] = pi[field]
	}
	charge["metadata"] = cloneObject(hashAt(pi, "metadata"))
	charge["payment_intent"], charge["payment_method"] = pi["id"], pm["id"]
	charge["billing_details"] = cloneObject(hashAt(pm, "billing_details"))
	held := hashAt(pm, "card")
	charge["payment_method_details"] = object{"type": "card", "card": object{
		"brand": held["brand"], "checks": checksOf(card, pm), "country": held["country"], "exp_month": held["exp_month"], "exp_year": held["exp_year"],
		"fingerprint": held["fingerprint"], "funding": held["funding"], "installments": nil, "last4": held["last4"], "mandate": nil, "network": held["brand"],
		"three_d_secure": nil, "wallet": nil}}
	charge["calculated_statement_descriptor"] = "KETTLE AND CRANE"
	charge["receipt_url"] = t.srv.o.URL + "/r/" + str(charge, "id")
	charge["paid"], charge["status"] = true, "succeeded"
	return t.insert(charge)
}

// book makes a balance transaction and returns its id; amount is what comes in,
// fee what is kept of it, in minor units (2.10).
func (t *tx) book(kind string, source object, amount, fee int64) string {
	txn := t.fresh("balance_transaction")
	txn["amount"], txn["fee"], txn["net"] = amount, fee, amount-fee
	txn["currency"], txn["source"], txn["type"], txn["reporting_category"] = source["currency"], source["id"], kind, kind
	txn["description"], txn["available_on"] = source["description"], t.now+2*24*3600
	if fee > 0 {
		txn["fee_details"] = []any{object{"amount": fee, "application": nil, "currency": source["currency"], "description": "Stripe processing fees", "type": "stripe_fee"}}
	}
	t.insert(txn)
	return str(txn, "id")
}

// refuse records a declined charge and returns what the card said; both stay.
func (t *tx) refuse(pi, pm object, d decline) error {
	charge := t.newCharge(pi, pm, cardOf(pm))
	charge["paid"], charge["status"], charge["captured"] = false, "failed", false
	charge["failure_code"], charge["failure_message"], charge["outcome"] = d.code, d.message, cloneObject(d.outcome)
	charge["receipt_url"] = nil
	t.emit("charge.failed", charge)
	e := cardError(d.code, d.param, d.message)
	problem := object{"type": "card_error", "code": d.code, "message": d.message, "charge": charge["id"], "payment_method": t.view(pm),
		"doc_url": "https://stripe.com/docs/error-codes/" + hyphens(d.code)}
	if d.declineCode != "" {
		problem["decline_code"] = d.declineCode
	}
	if d.param != "" {
		problem["param"] = d.param
	}
	return t.failIntent(pi, problem, e)
}

// failIntent puts an intent back to requires_payment_method.
func (t *tx) failIntent(pi, problem object, e *apiError) error {
	pi["status"], pi["payment_method"], pi["next_action"], pi["last_payment_error"] = "requires_payment_method", nil, nil, problem
	if charge := problem["charge"]; charge != nil {
		pi["latest_charge"] = charge
	}
	t.emit("payment_intent.payment_failed", pi)
	e.keep = true
	e.extra = object{"payment_intent": t.view(pi), "payment_method": problem["payment_method"]}
	for _, field := range []string{"charge", "decline_code"} {
		if v := problem[field]; v != nil {
			e.extra[field] = v
		}
	}
	return e
}

// failChallenge is a 3-D Secure challenge that was not passed (3.2 D).
func (t *tx) failChallenge(pi object) error {
	const message = "We are unable to authenticate your payment method. Please choose a different payment method and try again."
	const code = "payment_intent_authentication_failure"
	problem := object{"type": "invalid_request_error", "code": code, "message": message, "doc_url": "https://stripe.com/docs/error-codes/" + hyphens(code)}
	if pm := t.find("payment_method", str(pi, "payment_method")); pm != nil {
		problem["payment_method"] = t.view(pm)
	}
	return t.failIntent(pi, problem, &apiError{status: 400, kind: invalidRequest, code: code, message: message})
}

// cancelIntent ends an intent that was not paid.
func (t *tx) cancelIntent(pi object, reason string) {
	pi["status"], pi["canceled_at"], pi["cancellation_reason"], pi["next_action"], pi["amount_capturable"] = "canceled", t.now, orNil(reason), nil, int64(0)
	t.emit("payment_intent.canceled", pi)
}

// setUp saves a card without a payment: a SetupIntent from start to end. A
// challenge leaves it in requires_action (3.1, 3.3 C).
func (t *tx) setUp(seti object, p payment) error {
	pm := t.edit(p.method)
	card := cardOf(pm)
	if !p.authenticated && (card.ask == always || card.ask == unlessSetUp) {
		seti["status"], seti["payment_method"] = "requires_action", p.method
		seti["next_action"] = object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect", "stripe_js": t.srv.o.URL + "/c/3ds/" + str(seti, "_session") + "/" + str(seti, "id")}}
		t.emit("setup_intent.requires_action", seti)
		return nil
	}
	seti["next_action"] = nil
	if card.decline != "" && !card.saves {
		d := declines()[card.decline]
		e := cardError(d.code, d.param, d.message)
		problem := object{"type": "card_error", "code": d.code, "message": d.message, "payment_method": t.view(pm)}
		if d.declineCode != "" {
			problem["decline_code"] = d.declineCode
		}
		return t.failSetup(seti, problem, e)
	}
	if customer := str(seti, "customer"); customer != "" {
		if err := t.attach(pm, customer); err != nil {
			return err
		}
	}
	pm["_ready"] = true
	seti["status"], seti["payment_method"], seti["last_setup_error"] = "succeeded", p.method, nil
	t.emit("setup_intent.succeeded", seti)
	return nil
}

func (t *tx) failSetup(seti, problem object, e *apiError) error {
	seti["status"], seti["payment_method"], seti["next_action"], seti["last_setup_error"] = "requires_payment_method", nil, nil, problem
	t.emit("setup_intent.setup_failed", seti)
	e.keep = true
	e.extra = object{"setup_intent": t.view(seti), "payment_method": problem["payment_method"]}
	if code := problem["decline_code"]; code != nil {
		e.extra["decline_code"] = code
	}
	return e
}
