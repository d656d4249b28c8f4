package stripegw

import (
	"context"
	"net/http"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// CreatePortalSession makes a billing portal session for a customer, who is
// sent to returnURL afterwards.
func (g *Gateway) CreatePortalSession(ctx context.Context, customer, returnURL, key string) (services.PortalVisit, error) {
	r := request{op: "opening the billing portal", method: http.MethodPost, path: "/v1/billing_portal/sessions", key: key,
		params: []services.Option{{Name: "customer", Value: customer}}}
	if returnURL != "" {
		r.params = append(r.params, services.Option{Name: "return_url", Value: returnURL})
	}
	var s stripe.BillingPortalSession
	if err := g.call(ctx, r, &s); err != nil {
		return services.PortalVisit{}, err
	}
	if s.ID == "" || s.URL == "" {
		return services.PortalVisit{}, g.unreadable(r, s.LastResponse)
	}
	return services.PortalVisit{ID: services.Clean(s.ID), Customer: services.Clean(s.Customer), URL: services.Clean(s.URL), Opened: at(s.Created)}, nil
}
