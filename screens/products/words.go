package products

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"bursar/services"
	"bursar/tui/theme"
)

// stateWord is a state in one word, for a column.
func stateWord(s services.ProductState) string {
	switch s {
	case services.ProductOK:
		return "ready"
	case services.ProductMissing:
		return "missing"
	case services.ProductArchived:
		return "archived"
	case services.ProductDiffers:
		return "differs"
	}
	return "unknown"
}

// stateSign is a state's symbol and style.
func stateSign(t *theme.Theme, s services.ProductState) (string, lipgloss.Style) {
	switch s {
	case services.ProductOK:
		return t.Symbols.Success, t.Success
	case services.ProductMissing:
		return t.Symbols.Failed, t.Danger
	case services.ProductArchived:
		return t.Symbols.Canceled, t.Warning
	case services.ProductDiffers:
		return t.Symbols.Attention, t.Warning
	}
	return t.Symbols.Waiting, t.Muted
}

// explain says what a row's state means and what to do about it.
func (s *screen) explain(p services.Product) string {
	switch p.State {
	case services.ProductOK:
		return "Ready to sell: the listed price is what Stripe charges."
	case services.ProductDiffers:
		return "The listed price is not what Stripe charges. It can be sold, at Stripe's " + p.Offer.Label() + ". Correct the Price column of the product source."
	case services.ProductMissing:
		if p.PriceID == "" {
			return "There is no Price ID in this row, so it cannot be sold. Enter one in the product source."
		}
		return "Stripe knows no such price, so it cannot be sold. It may belong to another account or mode, or have a typing error. Correct the Price ID in the product source."
	case services.ProductArchived:
		return "The price is archived at Stripe, so it cannot be sold. Activate it there, or put another Price ID in the product source."
	}
	if s.checkErr != nil {
		return "Stripe could not be asked about this price, so it cannot be sold yet. r asks again."
	}
	return "Stripe is being asked about this price. Until it has answered, it cannot be sold."
}

// recurrence says how often a price is charged.
func recurrence(p services.Price) string {
	switch {
	case p.Recurring == nil:
		return "one-off: charged once"
	case p.Recurring.Count > 1:
		return "subscription: charged every " + p.Recurring.String()
	}
	return "subscription: charged every " + p.Recurring.Interval
}

// totals adds a cart up, one amount per currency in the order they were put in:
// "€48.00 + ¥2,400".
func totals(lines []services.Line) string {
	var order []string
	sum := map[string]int64{}
	for _, l := range lines {
		c := l.Price.Unit.Currency
		if _, seen := sum[c]; !seen {
			order = append(order, c)
		}
		sum[c] += l.Price.Unit.Amount * l.Quantity
	}
	for i, c := range order {
		order[i] = services.Money{Amount: sum[c], Currency: c}.String()
	}
	return strings.Join(order, " + ")
}
