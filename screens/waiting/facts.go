package waiting

import (
	"strings"

	"bursar/services"
	"bursar/tui/widget"
)

// cardsGroup is the heading of the test cards.
const cardsGroup = "Test cards: any later date, any CVC"

// testCards are cards of Stripe's test mode (Stripe documentation, "Testing").
func testCards() [][2]string {
	return [][2]string{
		{"Succeeds", "4242 4242 4242 4242"},
		{"Declined", "4000 0000 0000 0002"},
		{"No funds", "4000 0000 0000 9995"},
		{"3D Secure", "4000 0025 0000 3155"},
	}
}

// list collects facts, leaving out what is empty.
type list struct {
	group string
	facts []widget.Fact
}

func (l *list) add(f widget.Fact) {
	if f.Value != "" {
		f.Group = l.group
		l.facts = append(l.facts, f)
	}
}

func (l *list) text(label, value string) { l.add(widget.Fact{Label: label, Value: value}) }

func (l *list) id(label, value string) {
	l.add(widget.Fact{Label: label, Value: value, What: strings.ToLower(label) + " id", Keep: true})
}

// content is every fact of the state the session is in.
func (s *screen) content() []widget.Fact {
	switch {
	case s.outcome() == services.OutcomeCompleted:
		return s.receiptFacts()
	case s.has && s.receipt.Outcome == services.OutcomeOpen:
		return s.openFacts()
	case !s.has && s.err == nil:
		return nil
	}
	return s.otherFacts()
}

func (s *screen) openFacts() []widget.Fact {
	r := s.receipt
	l := &list{group: "Page"}
	l.add(widget.Fact{Label: "Address", Value: r.Session.URL, Whole: true, Style: s.env.Theme.Link.Underline(false)})
	s.sale(l)
	l.text("Expires", s.expiry(r.Session.ExpiresAt))
	l.id("Session", s.id)
	if !s.env.Desk.Profile.Live() {
		l.group = cardsGroup
		for _, c := range testCards() {
			l.add(widget.Fact{Label: c[0], Value: c[1], Copy: strings.ReplaceAll(c[1], " ", ""), What: "card number"})
		}
	}
	return l.facts
}

// sale says what is sold to whom.
func (s *screen) sale(l *list) {
	r := s.receipt.Session
	l.group = "Sale"
	if s.has {
		l.text("Total", r.Total.String())
	}
	l.text("Items", r.Summary)
	l.text("Mode", string(r.Mode))
	l.text("Email", r.Email)
	l.id("Customer", r.Customer)
}

func (s *screen) receiptFacts() []widget.Fact {
	r := s.receipt
	l := &list{group: "Payment"}
	l.add(widget.Fact{Label: "Amount", Value: r.Amount.String(), Style: s.env.Theme.Bold})
	if r.Fee != nil {
		l.text("Stripe's fee", r.Fee.String())
	}
	l.text("Card", r.Card)
	l.text("Items", r.Session.Summary)
	l.text("Mode", string(r.Session.Mode))
	l.text("Email", r.Session.Email)
	l.text("Read", r.CheckedAt.In(s.env.Zone).Format("2 Jan 2006 15:04:05")+" from Stripe")
	l.group = "Transaction"
	l.id("Session", s.id)
	l.id("Payment intent", r.PaymentIntent)
	l.id("Charge", r.Charge)
	l.id("Subscription", r.Subscription)
	l.id("Invoice", r.Invoice)
	l.id("Customer", r.Session.Customer)
	l.group = "Receipt"
	l.add(widget.Fact{Label: "Receipt page", Value: r.ReceiptURL, What: "receipt's address", Whole: true, Style: s.env.Theme.Link.Underline(false)})
	return l.facts
}

// otherFacts are those of a session that is over without a payment, or not known.
func (s *screen) otherFacts() []widget.Fact {
	l := &list{}
	s.sale(l)
	l.id("Session", s.id)
	if s.has {
		l.id("Payment intent", s.receipt.PaymentIntent)
	}
	return l.facts
}
