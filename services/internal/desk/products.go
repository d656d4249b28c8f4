package desk

import (
	"context"

	"bursar/services"
)

// Products implements services.Products.
type Products struct {
	prices  Prices
	catalog Catalog
	source  func(context.Context) (int, error)
}

var _ services.Products = (*Products)(nil)

// NewProducts reads the source whose number source returns, asked at every
// call because setup may change it while the desk is open.
func NewProducts(prices Prices, catalog Catalog, source func(context.Context) (int, error)) *Products {
	return &Products{prices: prices, catalog: catalog, source: source}
}

// Get returns the rows of the profile's product source.
func (p *Products) Get(ctx context.Context) ([]services.Product, error) {
	number, err := p.source(ctx)
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return nil, &services.Error{Code: services.CodeNotConfigured, Op: "reading the products", Field: services.FieldProductSource,
			Message: "This profile has no product source yet.", Next: "Choose one in setup."}
	}
	return p.catalog.Rows(ctx, number)
}

// Check looks the rows' prices up and fills in Offer and State on a copy.
func (p *Products) Check(ctx context.Context, rows []services.Product) ([]services.Product, error) {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.PriceID)
	}
	prices, err := p.prices.Prices(ctx, unique(ids))
	if err != nil {
		return nil, err
	}
	checked := make([]services.Product, len(rows))
	for i, r := range rows {
		r.Offer = nil
		if offer, ok := prices[r.PriceID]; ok {
			r.Offer = &offer
		}
		r.CompareListed()
		checked[i] = r
	}
	return checked, nil
}

// unique returns the non-empty ids, each once, in order.
func unique(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	var out []string
	for _, id := range ids {
		if id != "" && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
