package checkout

import (
	"strings"

	"bursar/services"
)

// plan is what would be sold, before anything is sent.
type plan struct {
	mode      services.CheckoutMode
	due       services.Money // now, before tax
	later     string         // what recurs, such as "€18.00 / month"; empty for none
	byOptions bool           // the options say what is sold, so Stripe decides
	err       error          // why Stripe would refuse it
}

// plan judges the cart as it is.
func (s *screen) plan() plan {
	if len(s.env.Cart.Lines) == 0 && s.optionsSell() {
		return plan{byOptions: true}
	}
	var p plan
	p.mode, p.due, p.err = services.Plan(s.env.Cart.Lines)
	if p.err != nil {
		return p
	}
	var again services.Money
	for _, l := range s.env.Cart.Lines {
		if r := l.Price.Recurring; r != nil {
			again.Currency = l.Price.Unit.Currency
			again.Amount += l.Price.Unit.Amount * l.Quantity
			p.later = again.String() + " / " + r.String()
		}
	}
	return p
}

// optionsSell reports whether the options alone can make a session: they carry
// line items, or ask for setup mode, which has none.
func (s *screen) optionsSell() bool {
	for _, o := range s.options {
		if strings.HasPrefix(o.Name, "line_items[") || o.Name == "mode" && o.Value == string(services.SetupMode) {
			return true
		}
	}
	return false
}

// words say the mode.
func (p plan) words() string {
	switch {
	case p.byOptions:
		return "as the options say"
	case p.mode == services.SubscriptionMode:
		return "subscription, first payment today"
	}
	return "payment, charged once"
}

// word is the mode in Stripe's one word.
func (p plan) word() string {
	if p.byOptions {
		return p.words()
	}
	return string(p.mode)
}
