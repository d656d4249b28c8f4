package sandbox

import (
	"strings"

	"bursar/services/internal/sandbox/pages"
)

// submit checks the form and confirms the session with what it holds.
func (t *tx) submit(s object, p pages.Payment) error {
	who := contact{email: p.Email, name: p.Billing.Name, phone: p.Billing.Phone}
	if customer := t.find("customer", str(s, "customer")); customer != nil && str(customer, "email") != "" {
		who.email = str(customer, "email")
	}
	who.promotions = p.Promotions
	if err := checkForm(s, p, who.email); err != nil {
		return err
	}
	if err := answerFields(s, p.Fields); err != nil {
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
	lines := itemsAt(s, "_lines")
	if len(lines) == 1 && lines[0].(object)["_amount"] != nil {
		if problem := amountProblem(s, num(lines[0].(object), "_amount")); problem != nil {
			return problem
		}
	}
	switch {
	case p.Expected != "" && s["amount_total"] != nil && p.Expected != itoa(num(s, "amount_total")):
		why := "The order has changed since this page was opened."
		if dynamic, _ := taxedByAddress(s); dynamic {
			why = "The tax follows the country in your address."
		}
		return &pages.Problem{Message: why + " The total is now " + money(s, "amount_total", "currency").String() + ". Please check it and pay again."}
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
