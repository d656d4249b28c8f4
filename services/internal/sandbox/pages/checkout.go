package pages

import (
	"net/http"
	"net/url"
	"strconv"
)

// checkoutPage is the hosted checkout of an open session.
type checkoutPage struct {
	frame
	Checkout
	Order    order
	Action   string // where the form goes
	Token    string
	Expected string  // the total this page shows, in minor units
	Back     address // cancel_url, when it may be followed
	Problem  *Problem
	Ask      orderForms
	Custom   []field
	Contact  []field
	Shipping []field
	Card     []field // with the billing address
	Billing  []field // without a card: what is asked all the same
	Terms    bool
	Agrees   bool   // to be sent promotions
	Submit   string // the button's words
	Consent  string
	Expiry   string // an expiry date that test cards take
}

func payPath(session string) string { return "/c/pay/" + url.PathEscape(session) }

func payScope(session string) string { return "checkout " + session }

// promotionsField is the box that agrees to get promotions.
const promotionsField = "promotionsConsent"

// expectedField carries the total that the page showed.
const expectedField = "expected_amount"

// termsField is the box that agrees to the terms.
const termsField = "termsOfServiceConsent"

// checkout shows a session in whatever state it is.
func (s *server) checkout(w http.ResponseWriter, r *http.Request) {
	session := r.PathValue("session")
	c, err := s.backend.Checkout(r.Context(), session)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := Payment{Email: c.Email, Billing: Billing{Country: homeCountry(r)}, Shipping: Billing{Country: homeCountry(r)}}
	var before *Problem
	if c.LastDecline != "" {
		before = &Problem{Message: c.LastDecline}
	}
	s.showCheckout(w, r, http.StatusOK, session, c, p, OrderChange{}, before)
}

// short leads from a short link to the checkout.
func (s *server) short(w http.ResponseWriter, r *http.Request) {
	session, err := s.backend.Short(r.Context(), r.PathValue("short"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	see(w, r, payPath(session))
}

// pay submits the form. What the person can mend brings the page back with what
// they typed, except card number and CVC.
func (s *server) pay(w http.ResponseWriter, r *http.Request) {
	session := r.PathValue("session")
	err := s.readForm(w, r, payScope(session))
	p := Payment{Email: value(r, "email"), Card: readCard(r), Billing: readAddress(r, "billing"), Shipping: readAddress(r, "shipping"), Terms: value(r, termsField) != "",
		Promotions: value(r, promotionsField) != "", Fields: readCustom(r), Expected: value(r, expectedField)}
	p.Billing.Email, p.Billing.Phone = p.Email, value(r, "phoneNumber")
	p.Shipping.Phone = p.Billing.Phone
	var next Next
	if err == nil {
		next, err = s.backend.Pay(r.Context(), session, p)
	}
	if err == nil {
		s.leave(w, r, session, next)
		return
	}
	s.retry(w, r, session, p, OrderChange{}, err)
}

// retry shows the checkout again after a failed attempt.
func (s *server) retry(w http.ResponseWriter, r *http.Request, session string, p Payment, typed OrderChange, err error) {
	problem, status, ok := mendable(err)
	if !ok {
		s.fail(w, r, err)
		return
	}
	c, err := s.backend.Checkout(r.Context(), session)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if c.Status != "open" {
		status = http.StatusOK // finished meanwhile: there is nothing to mend
	}
	if c.EmailLocked || p.Email == "" {
		p.Email = c.Email
	}
	s.showCheckout(w, r, status, session, c, p, typed, problem)
}

// leave sends the browser where a form leads: to the challenge, to the
// merchant's site, or else back to the session's own page.
func (s *server) leave(w http.ResponseWriter, r *http.Request, session string, next Next) {
	switch target := link(next.URL); {
	case next.Challenge != "":
		see(w, r, challengePath(session, next.Challenge))
	case target != "":
		see(w, r, target)
	default:
		see(w, r, payPath(session))
	}
}

// showCheckout draws a session: the form while it is open, one message after.
func (s *server) showCheckout(w http.ResponseWriter, r *http.Request, status int, session string, c Checkout, p Payment, typed OrderChange, problem *Problem) {
	c.Merchant = excerpt(c.Merchant, nameLength)
	if c.Status != "open" {
		s.showOver(w, r, c)
		return
	}
	v := checkoutPage{
		frame: s.frame(headline(c) + " · Sandbox checkout"), Checkout: c, Order: orderOf(c),
		Action: payPath(session), Token: s.formToken(payScope(session)), Back: outside(c.CancelURL),
		Problem: problem, Terms: p.Terms, Agrees: p.Promotions, Submit: submitWords(c), Consent: consent(c), Expiry: expiryExample(s.now()),
	}
	v.Contact = []field{{ID: "email", Label: "Email", Type: "email", Value: p.Email, Autocomplete: "email", InputMode: "email", Placeholder: "you@example.com", MaxLength: 512, Required: true, ReadOnly: c.EmailLocked}}
	if c.Total.Currency != "" {
		v.Expected = strconv.FormatInt(c.Total.Amount, 10)
	}
	v.Ask = s.orderFormsOf(session, c, typed)
	v.Custom = customFields(c.CustomFields, p.Fields)
	if c.AskPhone {
		v.Contact = append(v.Contact, field{ID: "phoneNumber", Label: "Phone", Type: "tel", Value: p.Billing.Phone, Autocomplete: "tel", InputMode: "tel", MaxLength: 40, Required: true})
	}
	if c.AskShipping {
		name := field{ID: "shippingName", Label: "Name", Value: p.Shipping.Name, Autocomplete: "shipping name", MaxLength: 500, Required: true}
		v.Shipping = append([]field{name}, addressFields("shipping", p.Shipping, allowed(s.countries, c.Countries), true, true)...)
	}
	address := addressFields("billing", p.Billing, s.countries, c.AskAddress, true)
	switch {
	case !c.NoCardNeeded:
		p.Card.Name = p.Billing.Name
		v.Card = append(cardFields(p.Card, problem != nil, s.now()), address...)
	case c.AskName || c.AskAddress:
		v.Billing = []field{{ID: "billingName", Label: "Name", Value: p.Billing.Name, Autocomplete: "name", MaxLength: 500, Required: true}}
		if c.AskAddress {
			v.Billing = append(v.Billing, address...)
		}
	}
	if !c.TermsRequired || problem == nil || problem.Field != termsField {
		v.Problem = place(problem, v.Contact, v.Shipping, v.Card, v.Billing, v.Custom, v.Ask.Quantities, v.Ask.Code, v.Ask.Amount)
	}
	v.Order.Lines = orderLines(c.Lines, v.Ask.Quantities)
	allowLeaving(w, c.SuccessURL)
	s.render(w, r, status, v.draw())
}

// overPage is a session that can no longer be paid.
type overPage struct {
	frame
	Checkout
	Order order
	Done  bool
	Link  address
	Again string // where the form that starts anew goes; empty without one
	Token string
}

func (s *server) showOver(w http.ResponseWriter, r *http.Request, c Checkout) {
	v := overPage{frame: s.frame("This checkout has expired"), Checkout: c, Order: orderOf(c), Link: outside(c.CancelURL)}
	if c.Status == "expired" && c.Recoverable {
		v.Again, v.Token = payPath(c.Session)+"/recover", s.formToken(payScope(c.Session))
	}
	if c.Status == "complete" {
		v.frame, v.Done, v.Link = s.frame("You’re all done here"), true, outside(c.SuccessURL)
	}
	s.render(w, r, http.StatusOK, v.draw())
}
