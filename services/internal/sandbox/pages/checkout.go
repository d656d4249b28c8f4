package pages

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"bursar/services"
)

// checkoutPage is the hosted checkout of an open session.
type checkoutPage struct {
	frame
	Checkout
	Order    order
	Action   string // where the form goes
	Token    string
	Back     template.URL // cancel_url, when it may be followed
	Problem  *Problem
	Contact  []field
	Shipping []field
	Card     []field // with the billing address
	Billing  []field // without a card: what is asked all the same
	Terms    bool
	Submit   string // the button's words
	Consent  string
	Expiry   string // an expiry date that test cards take
}

func payPath(session string) string { return "/c/pay/" + url.PathEscape(session) }

func payScope(session string) string { return "checkout " + session }

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
	s.showCheckout(w, r, http.StatusOK, session, c, p, before)
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
	p := Payment{Email: value(r, "email"), Card: readCard(r), Billing: readAddress(r, "billing"), Shipping: readAddress(r, "shipping"), Terms: value(r, termsField) != ""}
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
	s.retry(w, r, session, p, err)
}

// retry shows the checkout again after a failed attempt.
func (s *server) retry(w http.ResponseWriter, r *http.Request, session string, p Payment, err error) {
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
	s.showCheckout(w, r, status, session, c, p, problem)
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
func (s *server) showCheckout(w http.ResponseWriter, r *http.Request, status int, session string, c Checkout, p Payment, problem *Problem) {
	c.Merchant = excerpt(c.Merchant, nameLength)
	if c.Status != "open" {
		s.showOver(w, r, c)
		return
	}
	v := checkoutPage{
		frame: s.frame(headline(c) + " · Sandbox checkout"), Checkout: c, Order: orderOf(c),
		Action: payPath(session), Token: s.formToken(payScope(session)), Back: template.URL(link(c.CancelURL)),
		Problem: problem, Terms: p.Terms, Submit: submitWords(c), Consent: consent(c), Expiry: expiryExample(s.now()),
	}
	v.Contact = []field{{ID: "email", Label: "Email", Type: "email", Value: p.Email, Autocomplete: "email", InputMode: "email", Placeholder: "you@example.com", MaxLength: 512, Required: true, ReadOnly: c.EmailLocked}}
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
		v.Problem = place(problem, v.Contact, v.Shipping, v.Card, v.Billing)
	}
	allowLeaving(w, c.SuccessURL)
	s.render(w, r, status, "checkout", v)
}

// overPage is a session that can no longer be paid.
type overPage struct {
	frame
	Checkout
	Order order
	Done  bool
	Link  template.URL
}

func (s *server) showOver(w http.ResponseWriter, r *http.Request, c Checkout) {
	v := overPage{frame: s.frame("This checkout has expired"), Checkout: c, Order: orderOf(c), Link: template.URL(link(c.CancelURL))}
	if c.Status == "complete" {
		v.frame, v.Done, v.Link = s.frame("You’re all done here"), true, template.URL(link(c.SuccessURL))
	}
	s.render(w, r, http.StatusOK, "over", v)
}

// order is the summary of what is bought.
type order struct {
	Headline string // "Pay Oak & Ink"
	Amount   string // the large figure; empty in setup mode
	Per      string // beside it: "per month"
	Note     string // below it
	Totals   []total
}

// total is a row below the lines.
type total struct {
	Label  string
	Amount services.Money
	Strong bool
}

func headline(c Checkout) string {
	switch {
	case c.Mode == "setup":
		return "Save a card with " + c.Merchant
	case c.Mode == "subscription" && len(c.Lines) > 0 && c.TrialDays > 0:
		return "Try " + c.Lines[0].Name
	case c.Mode == "subscription" && len(c.Lines) > 0:
		return "Subscribe to " + c.Lines[0].Name
	}
	return "Pay " + c.Merchant
}

// orderOf draws the summary. The large figure is what is due now, or the free
// days of a trial; a price that recurs unchanged is told once.
func orderOf(c Checkout) order {
	o := order{Headline: headline(c), Amount: c.Total.String()}
	switch {
	case c.Mode == "setup":
		o.Amount, o.Note = "", "Nothing is charged now."
		return o
	case c.Mode == "subscription" && c.TrialDays > 0:
		o.Amount = plural(int64(c.TrialDays), "day") + " free"
		if c.Recurring != "" {
			o.Note = "Then " + c.Recurring
		}
		if !c.TrialEnds.IsZero() {
			o.Note += ", from " + date(c.TrialEnds)
		}
	case c.Mode == "subscription" && c.Recurring != "":
		if per, same := strings.CutPrefix(c.Recurring, c.Total.String()+" "); same {
			o.Per = per
		} else {
			o.Per, o.Note = "due today", "Then "+c.Recurring
		}
	}
	for _, row := range []total{{"Discount", c.Discount, false}, {"Shipping", c.Shipping, false}, {"Tax", c.Tax, false}} {
		if row.Label == "Discount" && row.Amount.Amount > 0 {
			row.Amount.Amount = -row.Amount.Amount
		}
		if row.Amount.Amount != 0 {
			o.Totals = append(o.Totals, row)
		}
	}
	if len(o.Totals) > 0 || len(c.Lines) > 1 {
		o.Totals = append([]total{{"Subtotal", c.Subtotal, false}}, o.Totals...)
	}
	due := "Total due"
	if c.Mode == "subscription" {
		due = "Total due today"
	}
	o.Totals = append(o.Totals, total{due, c.Total, true})
	return o
}

// submitWords are the button's, as Stripe's page chooses them.
func submitWords(c Checkout) string {
	switch {
	case c.Mode == "setup":
		return "Save card"
	case c.Mode == "subscription" && c.TrialDays > 0:
		return "Start trial"
	case c.Mode == "subscription":
		return "Subscribe"
	case c.SubmitType == "book":
		return "Book"
	case c.SubmitType == "donate":
		return "Donate " + c.Total.String()
	case c.Total.Amount == 0:
		return "Complete order"
	}
	return "Pay " + c.Total.String()
}

// consent is what the person agrees to by submitting.
func consent(c Checkout) string {
	switch {
	case c.NoCardNeeded:
		return ""
	case c.Mode == "setup":
		return "By saving this card you allow " + c.Merchant + " to charge it for later payments."
	case c.Mode == "subscription":
		text := "You allow " + c.Merchant + " to charge this card"
		if c.Recurring != "" {
			text += " " + c.Recurring
		}
		return text + " until you cancel. You can cancel at any time."
	}
	return ""
}
