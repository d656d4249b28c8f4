package stripegw

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// WebhookEndpoint is where Stripe delivers events.
type WebhookEndpoint struct {
	ID     string
	URL    string
	Events []string // event types, or "*"
	Status string   // enabled or disabled
	Secret string   // "whsec_…"; only in the answer that creates it
}

// WebhookChange changes an endpoint; what is nil or empty stays.
type WebhookChange struct {
	URL      string
	Events   []string
	Disabled *bool
}

// CreateWebhookEndpoint makes an endpoint for these event types. The payloads
// have the API version that bursar reads.
func (g *Gateway) CreateWebhookEndpoint(ctx context.Context, url string, events []string, key string) (WebhookEndpoint, error) {
	params := append([]services.Option{{Name: "url", Value: url}, {Name: "api_version", Value: stripe.APIVersion}}, eventParams(events)...)
	return g.webhookEndpoint(ctx, request{op: "creating the webhook endpoint", method: http.MethodPost, path: "/v1/webhook_endpoints", params: params, key: key})
}

// UpdateWebhookEndpoint changes an endpoint.
func (g *Gateway) UpdateWebhookEndpoint(ctx context.Context, id string, c WebhookChange, key string) (WebhookEndpoint, error) {
	const op = "changing the webhook endpoint"
	path, err := pathTo(op, "/v1/webhook_endpoints/%s", id)
	if err != nil {
		return WebhookEndpoint{}, err
	}
	params := eventParams(c.Events)
	if c.URL != "" {
		params = append(params, services.Option{Name: "url", Value: c.URL})
	}
	if c.Disabled != nil {
		params = append(params, services.Option{Name: "disabled", Value: strconv.FormatBool(*c.Disabled)})
	}
	return g.webhookEndpoint(ctx, request{op: op, method: http.MethodPost, path: path, params: params, key: key})
}

// DeleteWebhookEndpoint removes an endpoint.
func (g *Gateway) DeleteWebhookEndpoint(ctx context.Context, id string) error {
	const op = "deleting the webhook endpoint"
	path, err := pathTo(op, "/v1/webhook_endpoints/%s", id)
	if err != nil {
		return err
	}
	_, err = g.webhookEndpoint(ctx, request{op: op, method: http.MethodDelete, path: path})
	return err
}

// WebhookEndpoints lists the account's newest hundred endpoints.
func (g *Gateway) WebhookEndpoints(ctx context.Context) ([]WebhookEndpoint, error) {
	r := request{op: "listing the webhook endpoints", method: http.MethodGet, path: "/v1/webhook_endpoints", params: listParams(pageSize, "")}
	var list stripe.WebhookEndpointList
	if err := g.call(ctx, r, &list); err != nil {
		return nil, err
	}
	if list.Data == nil {
		return nil, g.unreadable(r, list.LastResponse)
	}
	out := make([]WebhookEndpoint, 0, len(list.Data))
	for _, e := range list.Data {
		if e != nil {
			out = append(out, endpointOf(e))
		}
	}
	return out, nil
}

func (g *Gateway) webhookEndpoint(ctx context.Context, r request) (WebhookEndpoint, error) {
	var e stripe.WebhookEndpoint
	if err := g.call(ctx, r, &e); err != nil {
		return WebhookEndpoint{}, err
	}
	if e.ID == "" {
		return WebhookEndpoint{}, g.unreadable(r, e.LastResponse)
	}
	return endpointOf(&e), nil
}

func endpointOf(e *stripe.WebhookEndpoint) WebhookEndpoint {
	out := WebhookEndpoint{ID: services.Clean(e.ID), URL: services.Clean(e.URL), Status: services.Clean(e.Status), Secret: services.Clean(e.Secret)}
	for _, t := range e.EnabledEvents {
		out.Events = append(out.Events, services.Clean(t))
	}
	return out
}

func eventParams(events []string) []services.Option {
	var params []services.Option
	for i, t := range events {
		params = append(params, services.Option{Name: fmt.Sprintf("enabled_events[%d]", i), Value: t})
	}
	return params
}
