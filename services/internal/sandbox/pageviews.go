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

// portalPage draws a portal session.
func (t *tx) portalPage(s object) pages.Portal {
	customer := t.get(str(s, "customer"))
	f := t.features(s)
	p := pages.Portal{
		Token: str(s, "_token"), Merchant: merchant, ReturnURL: str(s, "return_url"), Customer: billingOf(customer, ""),
		CanCancel: yes(f, "subscription_cancel.enabled"), CancelNow: str(f, "subscription_cancel.mode") == "immediately",
		AskReason: yes(f, "subscription_cancel.cancellation_reason.enabled"), CanUpdateCard: yes(f, "payment_method_update.enabled"),
		CanUpdateInfo: yes(f, "customer_update.enabled"), ShowInvoices: yes(f, "invoice_history.enabled"),
	}
	for _, reason := range itemsAt(f, "subscription_cancel.cancellation_reason.options") {
		p.Reasons = append(p.Reasons, reason.(string))
	}
	for _, row := range t.newest("subscription") {
		if row.doc["customer"] == customer["id"] && row.doc["status"] != "incomplete" && row.doc["status"] != "incomplete_expired" {
			p.Subscriptions = append(p.Subscriptions, t.portalSubscription(row.doc))
		}
	}
	standard := t.defaultMethod(str(customer, "id"))
	for _, row := range t.newest("payment_method") {
		if pm := row.doc; pm["customer"] == customer["id"] {
			p.Cards = append(p.Cards, pages.PortalCard{ID: row.id, Brand: brandName(str(pm, "card.brand")), Last4: str(pm, "card.last4"),
				Expires: fmt.Sprintf("%02d/%02d", num(pm, "card.exp_month"), num(pm, "card.exp_year")%100), Default: row.id == standard})
		}
	}
	for _, row := range t.newest("invoice") {
		if inv := row.doc; inv["customer"] == customer["id"] && inv["status"] != "draft" {
			p.Invoices = append(p.Invoices, pages.PortalInvoice{ID: row.id, Number: str(inv, "number"), Created: time.Unix(row.created, 0).UTC(),
				Total: money(inv, "total", "currency"), Status: str(inv, "status"), Path: "/i/" + row.id})
		}
	}
	return p
}

func (t *tx) portalSubscription(sub object) pages.PortalSubscription {
	var names []string
	var total int64
	every := ""
	for _, i := range itemsAt(sub, "items.data") {
		item := i.(object)
		price := hashAt(item, "price")
		names = append(names, t.productName(price))
		total += lineAmount(price, num(item, "quantity"))
		every = interval(price)
	}
	return pages.PortalSubscription{ID: str(sub, "id"), Name: strings.Join(names, ", "), Price: fmt.Sprintf("%s per %s", services.Money{Amount: total, Currency: str(sub, "currency")}, every),
		Status: str(sub, "status"), Renews: time.Unix(num(sub, "current_period_end"), 0).UTC(), Canceled: yes(sub, "cancel_at_period_end"), Ended: ended(sub)}
}

func brandName(brand string) string {
	names := map[string]string{"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}
	return names[brand]
}

// billingOf reads a contact out of an object's fields; prefix is put before
// their names ("customer_").
func billingOf(o object, prefix string) pages.Billing {
	get := func(field string) string { return str(o, prefix+field) }
	return pages.Billing{Name: get("name"), Email: get("email"), Phone: get("phone"), Line1: get("address.line1"), Line2: get("address.line2"), City: get("address.city"),
		State: get("address.state"), PostalCode: get("address.postal_code"), Country: get("address.country")}
}

// invoicePage draws an invoice.
func (t *tx) invoicePage(id string) (pages.Document, error) {
	inv := t.find("invoice", id)
	if inv == nil || inv["status"] == "draft" {
		return pages.Document{}, pages.ErrNotFound
	}
	d := pages.Document{Kind: "Invoice", Number: str(inv, "number"), Merchant: merchant, Customer: billingOf(inv, "customer_"), Created: time.Unix(num(inv, "created"), 0).UTC(),
		Status: str(inv, "status"), Subtotal: money(inv, "subtotal", "currency"), Total: money(inv, "total", "currency"), Paid: money(inv, "amount_paid", "currency"), Currency: str(inv, "currency")}
	for _, l := range itemsAt(inv, "lines.data") {
		d.Lines = append(d.Lines, t.pageLine(l.(object)))
	}
	if charge := t.find("charge", str(inv, "charge")); charge != nil {
		d.Card, d.Refunded = cardLabel(charge), money(charge, "amount_refunded", "currency")
	}
	return d, nil
}

// receiptPage draws a charge's receipt, with what was sold when it is known.
func (t *tx) receiptPage(id string) (pages.Document, error) {
	charge := t.find("charge", id)
	if charge == nil || charge["status"] != "succeeded" {
		return pages.Document{}, pages.ErrNotFound
	}
	d := pages.Document{Kind: "Receipt", Number: receiptNumber(id), Merchant: merchant, Customer: billingOf(hashAt(charge, "billing_details"), ""), Created: time.Unix(num(charge, "created"), 0).UTC(),
		Status: "paid", Subtotal: money(charge, "amount", "currency"), Total: money(charge, "amount", "currency"), Paid: money(charge, "amount_captured", "currency"),
		Refunded: money(charge, "amount_refunded", "currency"), Card: cardLabel(charge), Currency: str(charge, "currency")}
	lines := itemsAt(t.get(str(charge, "invoice")), "lines.data")
	if session := str(t.get(str(charge, "payment_intent")), "_session"); session != "" {
		lines = itemsAt(t.get(session), "_lines")
	}
	for _, l := range lines {
		d.Lines = append(d.Lines, t.pageLine(l.(object)))
	}
	return d, nil
}

func cardLabel(charge object) string {
	return brandName(str(charge, "payment_method_details.card.brand")) + " ···· " + str(charge, "payment_method_details.card.last4")
}

func receiptNumber(charge string) string {
	tail := strings.ToUpper(charge[len(charge)-8:])
	return tail[:4] + "-" + tail[4:]
}
