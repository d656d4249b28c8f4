package stripegw

import (
	"context"
	"net/http"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// Customer reads one customer with the label of its default payment method. A
// deleted one has only its id, and Deleted.
func (g *Gateway) Customer(ctx context.Context, id string) (services.Customer, error) {
	const op = "looking the customer up"
	path, err := pathTo(op, "/v1/customers/%s", id)
	if err != nil {
		return services.Customer{}, err
	}
	return g.customer(ctx, request{op: op, method: http.MethodGet, path: path,
		params: []services.Option{{Name: "expand[0]", Value: "invoice_settings.default_payment_method"}}})
}

// CreateCustomer makes a customer.
func (g *Gateway) CreateCustomer(ctx context.Context, n services.NewCustomer, key string) (services.Customer, error) {
	params := []services.Option{{Name: "email", Value: n.Email}}
	if n.Name != "" {
		params = append(params, services.Option{Name: "name", Value: n.Name})
	}
	return g.customer(ctx, request{op: "creating the customer", method: http.MethodPost, path: "/v1/customers", params: params, key: key})
}

func (g *Gateway) customer(ctx context.Context, r request) (services.Customer, error) {
	var c stripe.Customer
	if err := g.call(ctx, r, &c); err != nil {
		return services.Customer{}, err
	}
	if c.ID == "" {
		return services.Customer{}, g.unreadable(r, c.LastResponse)
	}
	return customerOf(&c), nil
}

// emailPages bounds how many customers with one email are read, in pages.
const emailPages = 5

// CustomersByEmail lists the customers with exactly this email, newest first.
// Stripe compares it case by case and lets several customers share it.
func (g *Gateway) CustomersByEmail(ctx context.Context, email string) ([]services.Customer, error) {
	var found []services.Customer
	after := ""
	for range emailPages {
		params := append(listParams(pageSize, after), services.Option{Name: "email", Value: email})
		page, more, err := g.customerPage(ctx, "looking for the email", params)
		if err != nil {
			return nil, err
		}
		found = append(found, page...)
		if !more || len(page) == 0 {
			break
		}
		after = page[len(page)-1].ID
	}
	return found, nil
}

func (g *Gateway) customerPage(ctx context.Context, op string, params []services.Option) ([]services.Customer, bool, error) {
	r := request{op: op, method: http.MethodGet, path: "/v1/customers", params: params}
	var page stripe.CustomerList
	if err := g.call(ctx, r, &page); err != nil {
		return nil, false, err
	}
	if page.Data == nil {
		return nil, false, g.unreadable(r, page.LastResponse)
	}
	return customersOf(page.Data), page.HasMore, nil
}

func customersOf(list []*stripe.Customer) []services.Customer {
	out := make([]services.Customer, 0, len(list))
	for _, c := range list {
		if c != nil {
			out = append(out, customerOf(c))
		}
	}
	return out
}

// Subscriptions lists a customer's newest hundred subscriptions of every
// status. Stripe expands no deeper than a list's prices, so the products' names
// are a second question; without its answer the items carry price ids.
func (g *Gateway) Subscriptions(ctx context.Context, customer string) ([]services.Subscription, error) {
	r := request{op: "listing the subscriptions", method: http.MethodGet, path: "/v1/subscriptions",
		params: append(listParams(pageSize, ""), services.Option{Name: "customer", Value: customer}, services.Option{Name: "status", Value: "all"})}
	var page stripe.SubscriptionList
	if err := g.call(ctx, r, &page); err != nil {
		return nil, err
	}
	if page.Data == nil {
		return nil, g.unreadable(r, page.LastResponse)
	}
	names := g.productNames(ctx, page.Data)
	out := make([]services.Subscription, 0, len(page.Data))
	for _, s := range page.Data {
		if s != nil {
			out = append(out, subscriptionOf(s, names))
		}
	}
	return out, nil
}

// productNames returns the product names of the subscriptions' prices, by price.
func (g *Gateway) productNames(ctx context.Context, list []*stripe.Subscription) map[string]string {
	var ids []string
	for _, s := range list {
		if s == nil || s.Items == nil {
			continue
		}
		for _, item := range s.Items.Data {
			if item != nil && item.Price != nil {
				ids = append(ids, item.Price.ID)
			}
		}
	}
	prices, err := g.Prices(ctx, ids)
	if err != nil {
		g.log.WarnContext(ctx, "naming the products of subscriptions", "err", err)
		return nil
	}
	names := make(map[string]string, len(prices))
	for id, p := range prices {
		names[id] = p.ProductName
	}
	return names
}
