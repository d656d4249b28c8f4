package stripegw

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-mock/server"

	"bursar/services"
)

// stripeMock serves Stripe's own description of its API: it answers 400 to any
// parameter that Stripe does not know or that has the wrong type. It keeps no
// state, so only requests are judged here, not answers.
func stripeMock(t *testing.T) http.Handler {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/stripe/stripe-mock").Output()
	if err != nil {
		t.Fatalf("finding stripe-mock's module: %v", err)
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "openapi", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	spec, err := server.LoadSpec(read("spec3.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(read("fixtures3.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	stub, err := server.NewStubServer(fixtures, spec, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		// The description is one API version older than the version that
		// endpoints are asked to have.
		body = bytes.Replace(body, []byte("api_version="+stripe.APIVersion), []byte("api_version=2022-11-15"), 1)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		stub.HandleRequest(w, r)
	})
}

// TestRequestsAreWhatStripeDescribes sends every kind of request.
func TestRequestsAreWhatStripeDescribes(t *testing.T) {
	g := gatewayTo(t, stripeMock(t))
	ctx := t.Context()
	many := []string{"price_0"}
	for len(many) <= pricesByID {
		many = append(many, many[len(many)-1]+"x")
	}
	disabled := false
	calls := []struct {
		name string
		call func() error
	}{
		{"account", func() error { _, err := g.Account(ctx); return err }},
		{"prices by id", func() error { _, err := g.Prices(ctx, []string{"price_1", "price_2"}); return err }},
		{"prices from the list", func() error { _, err := g.Prices(ctx, many); return err }},
		{"customer", func() error { _, err := g.Customer(ctx, "cus_1"); return err }},
		{"customers by email", func() error { _, err := g.CustomersByEmail(ctx, "jane@example.com"); return err }},
		{"create customer", func() error {
			_, err := g.CreateCustomer(ctx, services.NewCustomer{Email: "jane@example.com", Name: "Jane"}, "k")
			return err
		}},
		{"newest customers", func() error { _, _, err := g.SearchCustomers(ctx, "", 20); return err }},
		{"search", func() error { _, _, err := g.SearchCustomers(ctx, `O"Hara`, 20); return err }},
		{"filter", func() error { _, _, err := g.SearchCustomers(ctx, "ja", 20); return err }},
		{"subscriptions", func() error { _, err := g.Subscriptions(ctx, "cus_1"); return err }},
		{"create session", func() error {
			_, err := g.CreateSession(ctx, []services.Option{
				{Name: "mode", Value: "payment"}, {Name: "success_url", Value: "http://127.0.0.1:1/r?id={CHECKOUT_SESSION_ID}"},
				{Name: "cancel_url", Value: "http://127.0.0.1:1/c"}, {Name: "customer", Value: "cus_1"},
				{Name: "line_items[0][price]", Value: "price_1"}, {Name: "line_items[0][quantity]", Value: "2"},
				{Name: "payment_intent_data[description]", Value: "two"},
			}, "k")
			return err
		}},
		{"session", func() error { _, err := g.Session(ctx, "cs_test_1"); return err }},
		{"expire", func() error { _, err := g.ExpireSession(ctx, "cs_test_1", ""); return err }},
		{"portal", func() error {
			_, err := g.CreatePortalSession(ctx, "cus_1", "http://127.0.0.1:1/back", "")
			return err
		}},
		{"events", func() error {
			_, err := g.EventPage(ctx, EventQuery{After: "evt_1", Since: time.Unix(1700000000, 0), Until: time.Unix(1700003600, 0)})
			return err
		}},
		{"newer events", func() error { _, err := g.EventPage(ctx, EventQuery{Before: "evt_1", Limit: 10}); return err }},
		{"create endpoint", func() error {
			_, err := g.CreateWebhookEndpoint(ctx, "https://pay.example.com/hook", services.WebhookEvents(), "")
			return err
		}},
		{"endpoints", func() error { _, err := g.WebhookEndpoints(ctx); return err }},
		{"update endpoint", func() error {
			_, err := g.UpdateWebhookEndpoint(ctx, "we_1", WebhookChange{URL: "https://pay.example.com/x", Events: []string{"*"}, Disabled: &disabled}, "")
			return err
		}},
		{"delete endpoint", func() error { return g.DeleteWebhookEndpoint(ctx, "we_1") }},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err != nil {
				t.Errorf("%v (%v)", err, services.AsError(err).Err)
			}
		})
	}
	// The oracle itself: what Stripe does not know is refused.
	_, err := g.CreateSession(ctx, []services.Option{{Name: "success_url", Value: "https://a.example"}, {Name: "cancel_url", Value: "https://a.example"},
		{Name: "no_such_parameter", Value: "1"}}, "")
	if services.CodeOf(err) != services.CodeRefused || !strings.Contains(err.Error(), "additional properties are not allowed") {
		t.Errorf("an unknown parameter: %v", err)
	}
}
