package pages

import (
	"strings"

	"bursar/services"
)

// order is the summary of what is bought.
type order struct {
	Headline string // "Pay Oak & Ink"
	Amount   string // the large figure; empty in setup mode
	Per      string // beside it: "per month"
	Note     string // below it
	Lines    []orderLine
	Totals   []total
}

// orderLine is a line, with the form that changes how many of it are bought.
type orderLine struct {
	CheckoutLine
	Ask *field // nil when the quantity is what it is
}

// orderLines joins the adjustable lines with their fields, which come in the
// same order.
func orderLines(lines []CheckoutLine, quantities []field) []orderLine {
	var list []orderLine
	for _, l := range lines {
		one := orderLine{CheckoutLine: l}
		if l.Adjustable {
			one.Ask, quantities = &quantities[0], quantities[1:]
		}
		list = append(list, one)
	}
	return list
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
	if c.TaxByAddress && c.Tax.Amount == 0 && c.TaxIncluded.Amount == 0 && o.Note == "" {
		o.Note = "Tax may be added for your country."
	}
	for _, row := range []total{{"Discount", c.Discount, false}, {"Shipping", c.Shipping, false}, {"Tax", c.Tax, false}} {
		if row.Label == "Discount" && row.Amount.Amount > 0 {
			row.Amount.Amount = -row.Amount.Amount
			if c.Coupon != "" {
				row.Label += " (" + excerpt(c.Coupon, 40) + ")"
			}
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
	if c.TaxIncluded.Amount > 0 {
		o.Totals = append(o.Totals, total{"Includes tax", c.TaxIncluded, false})
	}
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
	case c.SubmitType == "donate" && c.Total.Amount > 0:
		return "Donate " + c.Total.String()
	case c.CustomAmount != nil && c.Total.Amount == 0:
		return "Pay"
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
