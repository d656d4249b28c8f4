package sandbox

import "strings"

// contact is who pays, as the page was filled in.
type contact struct {
	email, name, phone string
	address            object // nil when not asked
	shipping           object // name and address; nil when not asked
	promotions         bool   // agrees to get promotions
}

// confirm submits an open session with a payment method ("" when none is
// needed). It leaves the session complete, or open with an intent that waits for
// a challenge, or returns what the card said (3.2, 3.3).
func (t *tx) confirm(s object, method string, who contact) error {
	s["_contact"] = object{"email": who.email, "name": orNil(who.name), "phone": orNil(who.phone), "address": who.address, "shipping": who.shipping, "promotions": who.promotions}
	if err := t.stillGood(s); err != nil {
		return err
	}
	if method != "" {
		s["_method"] = method
	} else {
		delete(s, "_method")
	}
	if err := t.ensureCustomer(s, who); err != nil {
		return err
	}
	switch s["mode"] {
	case "setup":
		t.ensureSetup(s)
	case "subscription":
		t.ensureSubscription(s)
	default:
		t.ensureIntent(s)
	}
	return t.proceed(s, false)
}

// stillGood refuses a coupon that ended, or was used up, since it was taken off.
func (t *tx) stillGood(s object) error {
	d := hashAt(s, "_discount")
	if d == nil {
		return nil
	}
	coupon, code := t.find("coupon", str(d, "coupon.id")), t.find("promotion_code", str(d, "promotion_code"))
	switch {
	case coupon == nil || !t.canBeUsed(coupon), d["promotion_code"] != nil && (code == nil || code["active"] != true),
		yes(code, "restrictions.first_time_transaction") && t.hasPaidBefore(str(s, "_contact.email")):
		return &apiError{status: 400, kind: invalidRequest, code: "coupon_expired", param: codeField, message: badCode}
	}
	return nil
}

// hasPaidBefore reports whether anybody with an email has bought something.
func (t *tx) hasPaidBefore(email string) bool {
	for customer := range t.where("customer", "email", email) {
		if t.hasPaid(str(customer, "id")) {
			return true
		}
	}
	return false
}

// ensureCustomer finds or makes the session's customer; a guest has none.
func (t *tx) ensureCustomer(s object, who contact) error {
	if id := str(s, "customer"); id != "" {
		if t.find("customer", id) == nil {
			return noSuch("customer", id, "customer")
		}
		t.updateFromPage(s, id, who)
		return nil
	}
	if str(s, "_customer") != "" || !needsCustomer(s) {
		return nil
	}
	c := t.fresh("customer")
	c["email"], c["name"], c["phone"], c["invoice_prefix"] = orNil(who.email), orNil(who.name), orNil(who.phone), upperText(t.ids, 8)
	if who.address != nil {
		c["address"] = cloneObject(who.address)
	}
	if who.shipping != nil {
		c["shipping"] = cloneObject(who.shipping)
	}
	t.insert(c)
	t.emit("customer.created", c)
	s["_customer"] = c["id"]
	return nil
}

// needsCustomer reports whether a session makes a customer: it is asked to, or
// something has to belong to one.
func needsCustomer(s object) bool {
	return s["mode"] == "subscription" || s["customer_creation"] == "always" || yes(s, "invoice_creation.enabled") || at(s, "_payment_intent_data.setup_future_usage") != nil
}

// updateFromPage copies what customer_update asks for to the customer.
func (t *tx) updateFromPage(s object, id string, who contact) {
	rules := hashAt(s, "_customer_update")
	if rules == nil {
		return
	}
	c := t.edit(id)
	if rules["name"] == "auto" && who.name != "" {
		c["name"] = who.name
	}
	if rules["address"] == "auto" && who.address != nil {
		c["address"] = cloneObject(who.address)
	}
	if rules["shipping"] == "auto" && who.shipping != nil {
		c["shipping"] = cloneObject(who.shipping)
	}
	t.emit("customer.updated", c)
}

func payer(s object) string {
	if id := str(s, "customer"); id != "" {
		return id
	}
	return str(s, "_customer")
}

// ensureIntent makes the session's PaymentIntent; a declined one is used again.
func (t *tx) ensureIntent(s object) {
	if num(s, "amount_total") == 0 || t.find("payment_intent", str(s, "_intent")) != nil {
		return
	}
	pi := t.newIntent(num(s, "amount_total"), str(s, "currency"))
	data := hashAt(s, "_payment_intent_data")
	for _, field := range []string{"description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_group", "capture_method"} {
		if v := data[field]; v != nil {
			pi[field] = clone(v)
		}
	}
	pi["metadata"] = withoutNil(hashAt(data, "metadata"))
	pi["customer"], pi["_session"] = orNil(payer(s)), s["id"]
	pi["payment_method_configuration_details"] = clone(s["payment_method_configuration_details"])
	if shipping := hashAt(s, "_contact.shipping"); shipping != nil {
		pi["shipping"] = merge(object{"carrier": nil, "phone": nil, "tracking_number": nil}, shipping)
	}
	s["_intent"], s["payment_intent"] = pi["id"], pi["id"] // from the first attempt on, also a declined one
	t.emit("payment_intent.created", pi)
}

func withoutNil(o object) object {
	out := object{}
	for k, v := range o {
		if v != nil {
			out[k] = v
		}
	}
	return out
}

func (t *tx) ensureSetup(s object) {
	if t.find("setup_intent", str(s, "_intent")) != nil {
		return
	}
	seti := t.newSetup(payer(s))
	seti["_session"] = s["id"]
	seti["payment_method_configuration_details"] = clone(s["payment_method_configuration_details"])
	data := hashAt(s, "_setup_intent_data")
	seti["description"], seti["metadata"] = data["description"], withoutNil(hashAt(data, "metadata"))
	s["_intent"] = seti["id"]
}

// ensureSubscription makes the subscription with its first invoice before
// anything is paid, as this API version does (3.3 A). A trial whose card is
// collected saves the card first (3.3 C).
func (t *tx) ensureSubscription(s object) {
	if t.find("subscription", str(s, "_subscription")) != nil {
		return
	}
	if str(s, "_method") != "" && (t.trialEnd(s) > 0 || num(s, "amount_total") == 0) {
		t.ensureSetup(s)
		return
	}
	t.startSubscription(s)
}

// trialEnd is when the session's trial ends, in Unix seconds; 0 without one.
func (t *tx) trialEnd(s object) int64 {
	data := hashAt(s, "_subscription_data")
	if days := num(data, "trial_period_days"); days > 0 {
		return t.now + days*day
	}
	return num(data, "trial_end")
}

// startSubscription makes the session's subscription and its finalized invoice.
func (t *tx) startSubscription(s object) {
	data := hashAt(s, "_subscription_data")
	sold := carts(s)
	sub := t.newSubscription(payer(s), sold, terms{trialEnd: t.trialEnd(s), anchor: num(data, "billing_cycle_anchor"), rates: t.rates(itemsAt(data, "default_tax_rates"))})
	sub["metadata"], sub["description"] = withoutNil(hashAt(data, "metadata")), data["description"]
	if settings := hashAt(data, "trial_settings"); settings != nil {
		sub["trial_settings"] = cloneObject(settings)
	}
	t.discounted(sub, hashAt(s, "_discount"))
	inv := t.firstInvoice(sub, sold)
	s["_subscription"], s["_invoice"] = sub["id"], inv["id"]
	if num(inv, "amount_due") == 0 && sub["status"] == "incomplete" {
		sub["status"] = "active"
	}
	if sub["status"] != "incomplete" {
		sub["default_payment_method"] = s["_method"]
	}
	t.emit("customer.subscription.created", sub)
	t.emit("invoice.created", inv)
	t.finalize(inv, "Subscription creation")
	if pi := t.find("payment_intent", str(inv, "payment_intent")); pi != nil {
		t.edit(str(pi, "id"))["_session"] = s["id"]
		s["_intent"] = pi["id"]
	}
	if inv["status"] == "paid" {
		t.scheduleSubscription(sub)
	}
}

// cart is a price, how many of it, and what that comes to now in minor units.
type cart struct {
	price    object
	quantity int64
	amount   int64
	rates    []any // tax rates of this line
	own      bool  // they were named for it, not for the whole subscription
}

// carts are what a session sells.
func carts(s object) []cart {
	var sold []cart
	for _, l := range itemsAt(s, "_lines") {
		line := l.(object)
		if line["quantity"] == int64(0) {
			continue // the customer took it out
		}
		sold = append(sold, cart{hashAt(line, "price"), num(line, "quantity"), num(line, "amount_subtotal"), itemsAt(line, "_rates"), yes(line, "_own_rates")})
	}
	return sold
}

// proceed makes the attempt that a session waits for, and completes the session
// when it went through. passed says that a challenge was just passed.
func (t *tx) proceed(s object, passed bool) error {
	p := payment{method: str(s, "_method"), authenticated: passed}
	if intent := str(s, "_intent"); strings.HasPrefix(intent, "seti_") {
		seti := t.edit(intent)
		if err := t.setUp(seti, p); err != nil || seti["status"] != "succeeded" {
			return err
		}
	}
	if s["mode"] == "subscription" {
		return t.proceedSubscription(s, p)
	}
	if pi := t.find("payment_intent", str(s, "_intent")); pi != nil {
		pi = t.edit(str(pi, "id"))
		if err := t.pay(pi, p); err != nil || pi["status"] == "requires_action" {
			return err
		}
	}
	t.complete(s)
	return nil
}

func (t *tx) proceedSubscription(s object, p payment) error {
	if str(s, "_subscription") == "" {
		t.startSubscription(s)
	}
	inv := t.edit(str(s, "_invoice"))
	if inv["status"] == "open" {
		if err := t.payInvoice(inv, p); err != nil || inv["status"] != "paid" {
			return err
		}
	}
	t.complete(s)
	return nil
}
