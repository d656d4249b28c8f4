package services

import (
	"context"
	"strings"
)

// Products reads the profile's product source.
type Products interface {
	// Get returns the rows in the source's own order, without asking Stripe: each
	// row's State is ProductUnchecked.
	Get(ctx context.Context) ([]Product, error)
	// Check looks the rows' prices up at Stripe and returns the same rows with
	// Offer and State filled in. It fails only when Stripe cannot be asked.
	Check(ctx context.Context, rows []Product) ([]Product, error)
}

// Product is one row of a product source: the seed's four columns, any further
// ones, and what Stripe says of its price.
type Product struct {
	Row         int               `json:"row"` // 1-based place in the source
	Name        string            `json:"Name"`
	Description string            `json:"Description"`
	Price       string            `json:"Price"`    // the source's decimal text, for display only
	PriceID     string            `json:"Price ID"` // what is charged
	Columns     map[string]string `json:"columns,omitempty"`
	State       ProductState      `json:"state"`
	Offer       *Price            `json:"offer,omitempty"` // nil until checked, and when missing
}

// ProductState is what a check against Stripe found.
type ProductState string

// The states of a product row.
const (
	ProductUnchecked ProductState = "unchecked"
	ProductOK        ProductState = "ok"
	ProductMissing   ProductState = "missing"        // Stripe knows no such price
	ProductArchived  ProductState = "archived"       // the price is not active any more
	ProductDiffers   ProductState = "amount_differs" // the Price column is not what Stripe charges
)

// Sellable reports whether the row can be put in a cart.
func (p Product) Sellable() bool {
	return p.Offer != nil && p.Offer.Active && (p.State == ProductOK || p.State == ProductDiffers)
}

// Price is a Stripe price.
type Price struct {
	ID          string      `json:"id"`
	Product     string      `json:"product"`
	ProductName string      `json:"product_name"`
	Unit        Money       `json:"unit"` // per unit; Amount 0 when the buyer chooses it
	Recurring   *Recurrence `json:"recurring,omitempty"`
	Active      bool        `json:"active"`
}

// Recurrence is how often a recurring price is charged.
type Recurrence struct {
	Interval string `json:"interval"` // day, week, month or year
	Count    int64  `json:"count"`    // intervals between charges, 1 or more
}

// String renders "month", "3 months".
func (r Recurrence) String() string {
	if r.Count <= 1 {
		return r.Interval
	}
	return group(itoa(r.Count)) + " " + r.Interval + "s"
}

// Label renders the price for a person: "€12.00", "€12.00 / month".
func (p Price) Label() string {
	if p.Recurring == nil {
		return p.Unit.String()
	}
	return p.Unit.String() + " / " + p.Recurring.String()
}

// CompareListed sets State by comparing the row's Price column with Offer.
func (p *Product) CompareListed() {
	switch {
	case p.Offer == nil:
		p.State = ProductMissing
	case !p.Offer.Active:
		p.State = ProductArchived
	default:
		p.State = ProductOK
		if strings.TrimSpace(p.Price) == "" {
			return
		}
		if listed, err := ParseDecimal(p.Price, p.Offer.Unit.Currency); err != nil || listed.Amount != p.Offer.Unit.Amount {
			p.State = ProductDiffers
		}
	}
}
