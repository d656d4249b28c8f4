package sandbox

import (
	"fmt"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/sandbox/pages"
)

// checkoutPage draws a session.
func (t *tx) checkoutPage(id string) (pages.Checkout, error) {
	s := t.find("checkout.session", id)
	if s == nil {
		return pages.Checkout{}, pages.ErrNotFound
	}
	status := str(s, "status")
	if status == "open" && num(s, "expires_at") <= t.now {
		status = "expired"
	}
	currency := str(s, "currency")
	amount := func(n int64) services.Money { return services.Money{Amount: n, Currency: currency} }
	c := pages.Checkout{
		Session: id, Merchant: merchant, Mode: str(s, "mode"), Status: status,
		Subtotal: money(s, "amount_subtotal", "currency"), Total: money(s, "amount_total", "currency"),
		Discount: amount(num(s, "total_details.amount_discount")), Shipping: amount(num(s, "total_details.amount_shipping")), Tax: amount(num(s, "total_details.amount_tax")),
		Email: str(s, "customer_email"), AskName: true, AskAddress: s["billing_address_collection"] == "required",
		AskPhone: yes(s, "phone_number_collection.enabled"), AskShipping: s["shipping_address_collection"] != nil,
		SubmitType: str(s, "submit_type"), CancelURL: str(s, "cancel_url"), SuccessURL: successURL(s), Locale: str(s, "locale"),
		ExpiresAt: time.Unix(num(s, "expires_at"), 0).UTC(), TermsRequired: str(s, "consent_collection.terms_of_service") == "required",
		CustomText: str(s, "custom_text.submit.message"), NoCardNeeded: !needsCard(s), LastDecline: t.lastDecline(s),
	}
	if customer := t.find("customer", str(s, "customer")); customer != nil && str(customer, "email") != "" {
		c.Email, c.EmailLocked = str(customer, "email"), true
	}
	for _, country := range itemsAt(s, "shipping_address_collection.allowed_countries") {
		c.Countries = append(c.Countries, country.(string))
	}
	var recurring int64
	for _, l := range itemsAt(s, "_lines") {
		line := t.pageLine(l.(object))
		if c.Lines = append(c.Lines, line); line.Per != "" {
			recurring += line.Total.Amount
			c.Recurring = fmt.Sprintf("%s per %s", amount(recurring), line.Per)
		}
	}
	if end := t.trialEnd(s); end > 0 {
		c.TrialEnds, c.TrialDays = time.Unix(end, 0).UTC(), int((end-t.now+day-1)/day)
	}
	return c, nil
}

// pageLine draws a line of a session or an invoice.
func (t *tx) pageLine(line object) pages.CheckoutLine {
	price := hashAt(line, "price")
	l := pages.CheckoutLine{Name: t.productName(price), Quantity: num(line, "quantity"), Unit: moneyOf(price), Total: money(line, "amount_subtotal", "currency")}
	if line["object"] == "line_item" {
		l.Total = money(line, "amount", "currency")
	}
	l.Description = str(t.get(str(price, "product")), "description")
	if price["recurring"] != nil {
		l.Per = interval(price)
	}
	return l
}

// needsCard reports whether the page asks for a card.
func needsCard(s object) bool {
	switch {
	case s["mode"] == "setup", num(s, "amount_total") > 0:
		return true
	case s["mode"] == "subscription":
		return s["payment_method_collection"] != "if_required"
	}
	return false
}

// lastDecline is what the card said at the attempt before.
func (t *tx) lastDecline(s object) string {
	problem := hashAt(t.get(str(s, "_intent")), "last_payment_error")
	if problem == nil || s["status"] != "open" {
		return ""
	}
	e := &apiError{status: 402, kind: str(problem, "type"), code: str(problem, "code"), message: str(problem, "message"), extra: object{"decline_code": problem["decline_code"]}}
	return problemOf(e).Error()
}

// submit checks the form and confirms the session with what it holds.
func (t *tx) submit(s object, p pages.Payment) error {
	who := contact{email: p.Email, name: p.Billing.Name, phone: p.Billing.Phone}
	if customer := t.find("customer", str(s, "customer")); customer != nil && str(customer, "email") != "" {
		who.email = str(customer, "email")
	}
	if err := checkForm(s, p, who.email); err != nil {
		return err
	}
	if a := addressOrNil(p.Billing); a != nil {
		who.address = a.(object)
	}
	if s["shipping_address_collection"] != nil {
		who.shipping = object{"name": orNil(p.Shipping.Name), "phone": orNil(p.Shipping.Phone), "address": addressOf(p.Shipping)}
	}
	if !needsCard(s) {
		return t.confirm(s, "", who)
	}
	card, err := typed(t, p.Card)
	if err != nil {
		return err
	}
	pm := t.fresh("payment_method")
	dressMethod(pm, card)
	name := p.Card.Name
	if name == "" {
		name = p.Billing.Name
	}
	pm["billing_details"] = object{"address": addressOf(p.Billing), "email": orNil(who.email), "name": orNil(name), "phone": orNil(who.phone)}
	if who.name == "" {
		who.name = name
	}
	t.insert(pm)
	return t.confirm(s, str(pm, "id"), who)
}

// checkForm is what the page itself refuses.
func checkForm(s object, p pages.Payment, email string) error {
	switch {
	case !validEmail(email):
		return &pages.Problem{Field: "email", Message: "Your email is invalid."}
	case yes(s, "phone_number_collection.enabled") && strings.TrimSpace(p.Billing.Phone) == "":
		return &pages.Problem{Field: "phoneNumber", Message: "A phone number is required."}
	case str(s, "consent_collection.terms_of_service") == "required" && !p.Terms:
		return &pages.Problem{Field: "termsOfServiceConsent", Message: "Please agree to the terms to go on."}
	case s["billing_address_collection"] == "required" && (p.Billing.Line1 == "" || p.Billing.Country == ""):
		return &pages.Problem{Field: "billingAddressLine1", Message: "Your billing address is incomplete."}
	case s["shipping_address_collection"] != nil && (p.Shipping.Name == "" || p.Shipping.Line1 == "" || p.Shipping.Country == ""):
		return &pages.Problem{Field: "shippingAddressLine1", Message: "Your shipping address is incomplete."}
	case s["shipping_address_collection"] != nil && !shipsTo(s, p.Shipping.Country):
		return &pages.Problem{Field: "shippingCountry", Message: "This shop does not ship to that country."}
	}
	return nil
}

func shipsTo(s object, country string) bool {
	for _, c := range itemsAt(s, "shipping_address_collection.allowed_countries") {
		if c == country {
			return true
		}
	}
	return false
}

// typed checks a card as it was typed.
func typed(t *tx, c pages.Card) (heldCard, error) {
	if strings.TrimSpace(c.Number) == "" {
		return heldCard{}, &pages.Problem{Field: "cardNumber", Message: "Your card number is incomplete."}
	}
	month, year, ok := parseExpiry(c.Expiry)
	if !ok {
		return heldCard{}, &pages.Problem{Field: "cardExpiry", Message: "Your card's expiration date is incomplete."}
	}
	if strings.TrimSpace(c.CVC) == "" {
		return heldCard{}, &pages.Problem{Field: "cardCvc", Message: "Your card's security code is incomplete."}
	}
	return tokenize(t, typedCard{number: c.Number, month: month, year: year, cvc: strings.TrimSpace(c.CVC)})
}

func addressOf(b pages.Billing) object {
	return object{"city": orNil(b.City), "country": orNil(b.Country), "line1": orNil(b.Line1), "line2": orNil(b.Line2), "postal_code": orNil(b.PostalCode), "state": orNil(b.State)}
}

func addressOrNil(b pages.Billing) any {
	if b.Line1+b.Line2+b.City+b.State+b.PostalCode+b.Country == "" {
		return nil
	}
	return addressOf(b)
}

// answer ends the challenge that a session waits for.
func (t *tx) answer(s object, intent string, pass bool) error {
	o := t.get(intent)
	if str(s, "_intent") != intent || o == nil {
		return pages.ErrNotFound
	}
	if o["status"] != "requires_action" {
		return &pages.Problem{Message: "This payment is not waiting for a confirmation any more."}
	}
	if pass {
		return t.proceed(s, true)
	}
	o = t.edit(intent)
	if o["object"] == "setup_intent" {
		const message = "We are unable to authenticate your payment method. Please choose a different payment method and try again."
		problem := object{"type": invalidRequest, "code": "setup_intent_authentication_failure", "message": message}
		return t.failSetup(o, problem, invalid("", "setup_intent_authentication_failure", message))
	}
	err := t.failChallenge(o)
	if inv := t.find("invoice", str(o, "invoice")); inv != nil {
		inv = t.edit(str(inv, "id"))
		inv["attempted"], inv["attempt_count"] = true, num(inv, "attempt_count")+1
		t.emit("invoice.payment_failed", inv)
	}
	return err
}
