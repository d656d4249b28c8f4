package sandbox

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	_ "github.com/stripe/stripe-mock/spec" // keeps the module, and so its OpenAPI file, at hand
)

// openapi is Stripe's own description of API version 2022-11-15, as stripe-mock
// v0.148.0 carries it, with the overlay that turns it into 2023-10-16.
var openapi = sync.OnceValues(func() (*openapi3.T, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/stripe/stripe-mock").Output()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "openapi", "spec3.json"))
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	schema := func(name string) *openapi3.Schema { return doc.Components.Schemas[name].Value }
	session := schema("checkout.session")
	session.Properties["cancel_url"].Value.Nullable = true
	session.Properties["success_url"].Value.Nullable = true
	session.Required = without(session.Required, "cancel_url")
	status := schema("subscription").Properties["status"].Value
	status.Enum = append(status.Enum, "paused")
	capture := schema("payment_intent").Properties["capture_method"].Value
	capture.Enum = append(capture.Enum, "automatic_async")
	schema("item").Properties["description"].Value.Nullable = true
	updates := schema("portal_customer_update").Properties["allowed_updates"].Value.Items.Value
	updates.Enum = append(updates.Enum, "name") // known to stripe-go v76
	flows := schema("portal_flows_flow").Properties["type"].Value
	flows.Enum = append(flows.Enum, "subscription_update", "subscription_update_confirm") // as well
	return doc, nil
})

func without(list []string, name string) []string {
	var out []string
	for _, l := range list {
		if l != name {
			out = append(out, l)
		}
	}
	return out
}

// checkSchema validates a decoded answer, and everything in it that is an object
// of its own, against the schema of its "object" name.
func checkSchema(t testing.TB, v any, where string) {
	t.Helper()
	doc, err := openapi()
	if err != nil {
		t.Fatal("loading Stripe's OpenAPI file:", err)
	}
	switch v := v.(type) {
	case map[string]any:
		if name, ok := v["object"].(string); ok && v["id"] != nil {
			if v["deleted"] == true {
				name = "deleted_" + name
			}
			ref := doc.Components.Schemas[name]
			if ref == nil {
				t.Errorf("%s: no schema for %q", where, name)
				return
			}
			if err := ref.Value.VisitJSON(v); err != nil {
				t.Errorf("%s: %s %v is not what Stripe describes: %.600v", where, name, v["id"], err)
			}
			if name == "event" {
				checkSchema(t, v["data"].(map[string]any)["object"], where+" "+v["type"].(string))
			}
			return
		}
		if v["object"] == "list" || v["object"] == "search_result" {
			for _, key := range []string{"data", "has_more", "url"} {
				if _, ok := v[key]; !ok {
					t.Errorf("%s: a list without %s", where, key)
				}
			}
			for _, e := range v["data"].([]any) {
				checkSchema(t, e, where)
			}
		}
		if e, ok := v["error"]; ok {
			if err := doc.Components.Schemas["error"].Value.VisitJSON(map[string]any{"error": e}); err != nil {
				t.Errorf("%s: the error is not what Stripe describes: %.600v", where, err)
			}
		}
	}
}

func TestSchemaOfSeededEventsAndObjects(t *testing.T) {
	c := demo(t)
	events := 0
	for after := ""; ; {
		page := c.get("/v1/events?limit=100" + after).ok()
		data := page["data"].([]any)
		for _, e := range data {
			events++
			after = "&starting_after=" + e.(map[string]any)["id"].(string)
		}
		if page["has_more"] != true {
			break
		}
	}
	if events < 350 {
		t.Errorf("%d events, want 350 or more", events)
	}
	for _, path := range []string{"customers", "products", "prices", "checkout/sessions", "payment_intents", "charges", "subscriptions?status=all&", "invoices", "refunds", "balance_transactions", "setup_intents", "billing_portal/configurations", "webhook_endpoints"} {
		sep := "?"
		if strings.HasSuffix(path, "&") {
			sep = ""
		}
		page := c.get("/v1/" + path + sep + "limit=100").ok()
		if len(page["data"].([]any)) == 0 && path != "webhook_endpoints" {
			t.Errorf("%s: the demo has none", path)
		}
	}
	c.get("/v1/account").ok()
	c.get("/v1/accounts/" + accountID).ok()
}

// TestSchemaCatches shows that the check is not blind.
func TestSchemaCatches(t *testing.T) {
	doc, err := openapi()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	body := strings.Replace(customerBlank, `"id":""`, `"id":7`, 1)
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	if doc.Components.Schemas["customer"].Value.VisitJSON(v) == nil {
		t.Error("a customer with a number for an id passes")
	}
}
