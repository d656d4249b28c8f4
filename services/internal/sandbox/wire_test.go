package sandbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAuthentication(t *testing.T) {
	c := empty(t)
	basic := func(key string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":")) }
	for _, tc := range []struct {
		authorization string
		status        int
		code, message string
	}{
		{"", 401, "", "You did not provide an API key."},
		{"Bearer ", 401, "", "You did not provide an API key."},
		{"Token sk_test_1234567890", 401, "", "You did not provide an API key."},
		{"Bearer sk_test_1234", 200, "", ""},
		{"bearer rk_test_4eC39HqLyjWDarjtT1zdp7dc", 200, "", ""},
		{basic("sk_test_4eC39HqLyjWDarjtT1zdp7dc"), 200, "", ""},
		{"Bearer sk_test_1", 401, "", "Invalid API Key provided: "},
		{"Bearer sk_test_4eC39HqLyjWD rjtT1zdp7dc", 401, "", "Invalid API Key provided: sk_test_4eC"},
		{"Bearer hello_wonderful_world", 401, "", "Invalid API Key provided: hello_wonde"},
		{"Bearer sk_live_ExampleLyjWDarjtT1zdp7dc", 403, "testmode_keys_only", "refuses live mode keys"},
		{basic("rk_live_ExampleLyjWDarjtT1zdp7dc"), 403, "testmode_keys_only", "refuses live mode keys"},
		{"Bearer pk_test_4eC39HqLyjWDarjtT1zdp7dc", 403, "secret_key_required", "publishable"},
	} {
		a := c.do("GET", "/v1/customers", "", "Authorization", tc.authorization)
		if tc.status != 200 {
			a.fails(tc.status, tc.code, "", tc.message)
		} else {
			a.ok()
		}
		if (a.header.Get("WWW-Authenticate") != "") != (a.status == 401) {
			t.Errorf("%q: WWW-Authenticate %q with %d", tc.authorization, a.header.Get("WWW-Authenticate"), a.status)
		}
		if strings.Contains(a.raw, "DarjtT1zdp") {
			t.Errorf("the key is in the answer: %s", a.raw)
		}
	}
	c.do("GET", "/v1/customers", "", "Stripe-Account", "acct_1").fails(400, "", "", "Connect")
}

func TestPublishableKeyReadsIntentWithItsSecret(t *testing.T) {
	c := empty(t)
	c.confirm(s(c.session("payment", c.stock().once, ""), "id"), "visa").ok()
	pi := c.get("/v1/payment_intents").ok()["data"].([]any)[0].(map[string]any)
	c.key = publishableKey
	c.get("/v1/payment_intents/" + s(pi, "id") + "?client_secret=" + s(pi, "client_secret")).ok()
	c.get("/v1/payment_intents/"+s(pi, "id")).fails(404, "resource_missing", "intent", "No such payment_intent")
}

func TestHostAndHeaders(t *testing.T) {
	c := empty(t)
	for host, status := range map[string]int{"evil.example": 403, "127.0.0.1:80": 200, "localhost": 200, "[::1]:9": 200, "127.0.0.1.evil.example": 403, "10.0.0.1": 403} {
		r, _ := http.NewRequest("GET", c.web.URL+"/v1/customers", nil)
		r.Host = host
		r.Header.Set("Authorization", "Bearer "+c.key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("host %s: %d, want %d", host, res.StatusCode, status)
		}
	}
	a := c.get("/v1/customers")
	if id := a.header.Get("Request-Id"); !strings.HasPrefix(id, "req_") || len(id) != 18 || a.header.Get("Stripe-Version") != APIVersion || a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", a.header)
	}
	if a.raw != "{\n  \"object\": \"list\",\n  \"data\": [],\n  \"has_more\": false,\n  \"url\": \"/v1/customers\"\n}\n" {
		t.Errorf("body %q", a.raw)
	}
}

func TestUnknownRoutes(t *testing.T) {
	c := empty(t)
	c.get("/v1/nope").fails(404, "", "", "Unrecognized request URL (GET: /v1/nope).")
	c.get("/v1/customers/").fails(404, "", "", "remove the trailing slash")
	c.do("PUT", "/v1/customers", "").fails(404, "", "", "Unrecognized request URL (PUT")
	c.get("/v1/issuing/cards").fails(400, "", "", "This sandbox does not support v1/issuing.")
	c.post("/v1/quotes", "").fails(400, "", "", "This sandbox does not support v1/quotes.")
	c.post("/v1/payment_intents", "amount=100").fails(400, "", "", "This sandbox does not support POST /v1/payment_intents.")
	c.get("/v2/core/events").fails(400, "", "", "This sandbox does not support v2/core.")
	c.get("/v1/customers/cus_x").fails(404, "resource_missing", "id", "No such customer: 'cus_x'")
	c.get("/v1/checkout/sessions/cs_x").fails(404, "resource_missing", "session", "No such checkout.session: 'cs_x'")
	c.do("POST", "/v1/customers", `{"email":"a@b.co"}`, "Content-Type", "application/json").fails(400, "", "", "form-encoded")
}

func TestIdempotency(t *testing.T) {
	c := empty(t)
	first := c.do("POST", "/v1/customers", "email=a@b.co", "Idempotency-Key", "k1")
	first.ok()
	again := c.do("POST", "/v1/customers", "email=a@b.co", "Idempotency-Key", "k1")
	if again.raw != first.raw || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Original-Request") != first.header.Get("Request-Id") || again.header.Get("Request-Id") == first.header.Get("Request-Id") || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("replay differs:\n%s\n%s\n%v", first.raw, again.raw, again.header)
	}
	if got := len(c.events()); got != 1 {
		t.Errorf("%d events after a replay", got)
	}
	if e := c.events()[0]; s(e, "request.idempotency_key") != "k1" || s(e, "request.id") != first.header.Get("Request-Id") {
		t.Errorf("event's request %v", e["request"])
	}
	e := c.do("POST", "/v1/customers", "email=other@b.co", "Idempotency-Key", "k1").fails(400, "", "", "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k1'")
	if s(e, "type") != "idempotency_error" {
		t.Errorf("type %v", e["type"])
	}
	c.do("POST", "/v1/products", "name=x", "Idempotency-Key", "k1").fails(400, "", "", "Keys for idempotent")
	c.do("POST", "/v1/webhook_endpoints", "email=a@b.co", "Idempotency-Key", "k1").fails(400, "", "", "Keys for idempotent")
	c.do("POST", "/v1/customers", "email=nope", "Idempotency-Key", "k2").fails(400, "email_invalid", "email", "Invalid email address: nope")
	c.do("POST", "/v1/customers", "email=yes@b.co", "Idempotency-Key", "k2").ok() // a refused form is not remembered
	c.do("POST", "/v1/customers", "", "Idempotency-Key", strings.Repeat("k", 256)).fails(400, "", "", "255")

	p := c.stock()
	id := s(c.session("payment", p.once, ""), "id")
	declined := c.do("POST", "/v1/payment_pages/"+id+"/confirm", "payment_method=pm_card_chargeDeclined", "Idempotency-Key", "k3")
	if again := c.do("POST", "/v1/payment_pages/"+id+"/confirm", "payment_method=pm_card_chargeDeclined", "Idempotency-Key", "k3"); declined.status != 402 || again.raw != declined.raw || again.status != 402 {
		t.Errorf("a decline is not replayed: %d %d", declined.status, again.status)
	}
	c.srv.flights.start("busy")
	c.do("POST", "/v1/customers", "", "Idempotency-Key", "busy").fails(409, "idempotency_key_in_use", "", "another in-progress request")
	c.srv.flights.end("busy")
	restarted := c.reopen()
	if a := restarted.do("POST", "/v1/customers", "email=a@b.co", "Idempotency-Key", "k1"); a.raw != first.raw {
		t.Error("a key is forgotten by a restart")
	}
}

func TestIdempotencyUnderParallelRetries(t *testing.T) {
	c := empty(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			c.do("POST", "/v1/customers", fmt.Sprintf("email=p%d@b.co", i%4), "Idempotency-Key", fmt.Sprintf("p%d", i%4))
			c.get("/v1/customers")
		})
	}
	wg.Wait()
	if got := len(c.get("/v1/customers?limit=100").ok()["data"].([]any)); got != 4 {
		t.Errorf("%d customers, want 4", got)
	}
}

func TestValidation(t *testing.T) {
	c := empty(t)
	long := strings.Repeat("x", 5001)
	for _, tc := range []struct{ path, form, code, param, message string }{
		{"customers", "foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo"},
		{"customers", "address[planet]=mars", "parameter_unknown", "address[planet]", ""},
		{"customers", "address=x", "", "address", "Invalid object"},
		{"customers", "name[a]=b", "", "name", "Invalid string"},
		{"customers", "balance=ten", "parameter_invalid_integer", "balance", "Invalid integer: ten"},
		{"customers", "tax_exempt=maybe", "", "tax_exempt", "Invalid tax_exempt: must be one of exempt, none, or reverse"},
		{"customers", "name=" + long, "", "name", "at most 5000"},
		{"customers", "email=a@", "email_invalid", "email", ""},
		{"customers", "metadata[" + strings.Repeat("k", 41) + "]=v", "", "metadata[" + strings.Repeat("k", 41) + "]", "40"},
		{"customers", "metadata[k]=" + strings.Repeat("v", 501), "", "metadata[k]", "500"},
		{"customers", "metadata[k][j]=v", "", "metadata[k]", "hash"},
		{"customers", "payment_method=pm_nope", "resource_missing", "payment_method", "No such PaymentMethod: 'pm_nope'"},
		{"customers", "coupon=X", "resource_missing", "coupon", "No such coupon: 'X'"},
		{"customers", "test_clock=X", "", "test_clock", "This sandbox does not support the parameter 'test_clock'"},
		{"coupons", "duration=once", "", "percent_off", "exactly one of these parameters"},
		{"customers", "expand[]=nope", "", "expand", "This property cannot be expanded (nope)."},
		{"customers", "a[b=1", "", "", "Invalid parameter name"},
		{"customers", "name=x&name[y]=1", "", "name", "Invalid hash"},
		{"prices", "currency=zzz&unit_amount=1&product_data[name]=x", "", "currency", "Invalid currency: zzz. Stripe currently supports these currencies: usd, aed"},
		{"prices", "currency=usd&unit_amount=-1&product_data[name]=x", "parameter_invalid_integer", "unit_amount", "Invalid non-negative integer"},
		{"prices", "currency=usd&unit_amount=1.5&product_data[name]=x", "parameter_invalid_integer", "unit_amount", "Invalid integer: 1.5"},
		{"prices", "currency=usd&unit_amount_decimal=1.1234567890123&product_data[name]=x", "", "unit_amount_decimal", "twelve decimal places"},
		{"prices", "currency=usd&unit_amount=1&product=prod_nope", "resource_missing", "product", "No such product: 'prod_nope'"},
		{"prices", "currency=usd&product_data[name]=x", "parameter_missing", "unit_amount", ""},
		{"prices", "currency=usd&unit_amount=1", "parameter_missing", "product", ""},
		{"prices", "currency=usd&unit_amount=1&product_data[name]=x&recurring[interval]=year&recurring[interval_count]=4", "", "recurring[interval_count]", "three years"},
		{"products", "", "parameter_missing", "name", "Missing required param: name."},
		{"products", "name=", "parameter_invalid_empty", "name", "You passed an empty string for 'name'."},
		{"webhook_endpoints", "url=nope&enabled_events[]=*", "url_invalid", "url", "Not a valid URL"},
		{"webhook_endpoints", "url=https://example.com/x&enabled_events[]=*", "url_invalid", "url", "loopback"},
		{"webhook_endpoints", "url=http://127.0.0.1:9/x&enabled_events[]=invoice.*", "", "enabled_events[0]", "Invalid"},
		{"webhook_endpoints", "url=http://127.0.0.1:9/x&enabled_events=", "parameter_invalid_empty", "enabled_events", ""},
		{"billing_portal/sessions", "", "parameter_missing", "customer", ""},
	} {
		c.post("/v1/"+tc.path, tc.form).fails(400, tc.code, tc.param, tc.message)
	}
	if got := c.events(); len(got) != 0 {
		t.Errorf("refused requests made %d events", len(got))
	}
}

func TestMetadataAndUnset(t *testing.T) {
	c := empty(t)
	id := s(c.post("/v1/customers", "email=a@b.co&description=d&metadata[a]=1&metadata[b]=2&metadata[0]=zero&preferred_locales[]=de&preferred_locales[]=fr").ok(), "id")
	got := c.post("/v1/customers/"+id, "metadata[a]=&metadata[c]=3&description=&address[city]=Cork&preferred_locales=").ok()
	if md := got["metadata"].(map[string]any); len(md) != 3 || md["b"] != "2" || md["c"] != "3" || md["0"] != "zero" || got["description"] != nil || s(got, "address.city") != "Cork" || len(got["preferred_locales"].([]any)) != 0 {
		t.Errorf("after an update: %v", got)
	}
	events := c.events()
	if previous := at(events[1], "data.previous_attributes").(map[string]any); s(previous, "metadata.a") != "1" || s(previous, "description") != "d" || previous["email"] != nil {
		t.Errorf("previous attributes %v", previous)
	} else if c, present := previous["metadata"].(map[string]any)["c"]; !present || c != nil {
		t.Error("a new metadata key has no null among the previous attributes")
	}
	if c.post("/v1/customers/"+id, "metadata=").ok(); len(c.get("/v1/customers/" + id).ok()["metadata"].(map[string]any)) != 0 {
		t.Error("metadata= does not clear")
	}
	c.post("/v1/customers/"+id, "email=a@b.co").ok()
	if got := len(c.events()); got != 3 {
		t.Errorf("an update that changes nothing made an event: %d", got)
	}
}

func TestDeleted(t *testing.T) {
	c := empty(t)
	p := c.stock()
	id := s(c.session("subscription", p.monthly, ""), "id")
	c.confirm(id, "visa").ok()
	cs := c.get("/v1/checkout/sessions/" + id).ok()
	cus := s(cs, "customer")
	before := len(c.events())
	if got := c.do("DELETE", "/v1/customers/"+cus, "").ok(); got["deleted"] != true || len(got) != 3 {
		t.Errorf("deleted %v", got)
	}
	c.expectEvents(before, "customer.subscription.deleted customer.deleted")
	if got := c.get("/v1/customers/" + cus).ok(); got["deleted"] != true {
		t.Errorf("a deleted customer reads %v", got)
	}
	if got := c.get("/v1/checkout/sessions/" + id + "?expand[]=customer").ok(); at(got, "customer.deleted") != true {
		t.Errorf("a deleted customer expands to %v", got["customer"])
	}
	c.post("/v1/customers/"+cus, "name=x").fails(404, "resource_missing", "id", "No such customer")
	if got := len(c.get("/v1/customers").ok()["data"].([]any)); got != 0 {
		t.Errorf("%d customers listed", got)
	}
	product := s(c.post("/v1/products", "name=x&id=mug-1").ok(), "id")
	c.post("/v1/products", "name=x&id=mug-1").fails(400, "resource_already_exists", "id", "already exists")
	price := c.get("/v1/prices/" + p.once).ok()
	c.do("DELETE", "/v1/products/"+s(price, "product"), "").fails(400, "", "", "cannot be deleted")
	c.do("DELETE", "/v1/products/"+product, "").ok()
	c.get("/v1/products/"+product).fails(404, "resource_missing", "id", "No such product: 'mug-1'")
}

func TestExpand(t *testing.T) {
	c := empty(t)
	p := c.stock()
	id := s(c.session("subscription", p.monthly, ""), "id")
	c.confirm(id, "visa").ok()
	get := func(query string) map[string]any { return c.get("/v1/checkout/sessions?" + query).ok() }
	row := get("expand[]=data.subscription.latest_invoice.charge&expand[]=data.line_items&expand[]=total_count")
	first := row["data"].([]any)[0].(map[string]any)
	if s(first, "subscription.latest_invoice.charge.object") != "charge" || s(first, "line_items.object") != "list" || n(row, "total_count") != 1 {
		t.Errorf("expanded %v", first)
	}
	c.get("/v1/checkout/sessions?expand[]=data.subscription.latest_invoice.charge.customer").fails(400, "", "", "more than 4 levels")
	c.get("/v1/checkout/sessions?expand[]=customer").fails(400, "", "expand", "You may want to try expanding 'data.customer' instead")
	c.get("/v1/checkout/sessions?expand[]=data.url").fails(400, "", "expand", "This property cannot be expanded (data.url).")
	sub := s(first, "subscription.id")
	got := c.get("/v1/subscriptions/" + sub + "?expand[]=items.data.price.product&expand[]=customer.invoice_settings.default_payment_method").ok()
	if s(at(got, "items.data").([]any)[0].(map[string]any), "price.product.name") != "Club" {
		t.Errorf("items %v", got["items"])
	}
	inv := c.get("/v1/invoices?expand[]=data.lines.data.price").ok()
	if len(inv["data"].([]any)) != 1 {
		t.Error("invoice list")
	}
	if again := c.get("/v1/subscriptions/" + sub).ok(); s(again, "customer") == "" {
		t.Error("expanding changed what is stored")
	}
}

// TestListsWalk checks invariant 6: any limit, both ways, each object once.
func TestListsWalk(t *testing.T) {
	c := demo(t)
	for _, path := range []string{"/v1/customers?", "/v1/events?", "/v1/charges?", "/v1/events?type=invoice.*&", "/v1/subscriptions?status=all&"} {
		var all []string
		for cursor, more := "", true; more; {
			page := c.get(path + "limit=100" + cursor).ok()
			for _, o := range page["data"].([]any) {
				all = append(all, s(o.(map[string]any), "id"))
			}
			more = page["has_more"] == true
			cursor = "&starting_after=" + all[len(all)-1]
		}
		if len(all) < 10 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
			t.Fatalf("%s: %d objects, or doubles", path, len(all))
		}
		sample := all[:min(len(all), 60)]
		for _, limit := range []int{1, 3, 7, 50} {
			if got := c.walk(path, "starting_after", "", limit, len(sample)); !slices.Equal(got[:len(sample)], sample) {
				t.Errorf("%s forward by %d: another order", path, limit)
			}
			last := len(sample) - 1
			got := c.walk(path, "ending_before", sample[last], limit, last)
			if !slices.Equal(got, sample[:last]) {
				t.Errorf("%s backward by %d: %d objects, want %d", path, limit, len(got), last)
			}
		}
	}
	c.get("/v1/customers?starting_after=cus_nope").fails(400, "resource_missing", "starting_after", "No such customer: 'cus_nope'")
	c.get("/v1/customers?starting_after=a&ending_before=b").fails(400, "", "", "Received both starting_after and ending_before parameters.")
	c.get("/v1/customers?color=red").fails(400, "parameter_unknown", "color", "")
	c.get("/v1/events?type=a&types[]=b").fails(400, "", "types", "both")
}

// walk pages through a list until it has enough, in the list's own order.
func (c *client) walk(path, cursor, from string, limit, enough int) []string {
	c.t.Helper()
	var all []string
	for {
		query := fmt.Sprintf("%slimit=%d", path, limit)
		if from != "" {
			query += "&" + cursor + "=" + from
		}
		page := c.get(query).ok()
		var ids []string
		for _, o := range page["data"].([]any) {
			ids = append(ids, s(o.(map[string]any), "id"))
		}
		if cursor == "ending_before" {
			all = append(slices.Clone(ids), all...)
		} else {
			all = append(all, ids...)
		}
		if page["has_more"] != true || len(ids) == 0 || cursor == "starting_after" && len(all) >= enough {
			return all
		}
		from = ids[len(ids)-1]
		if cursor == "ending_before" {
			from = ids[0]
		}
	}
}

func TestListFilters(t *testing.T) {
	c := empty(t)
	p := c.stock()
	c.post("/v1/customers", "email=a@b.co").ok()
	c.clock.Add(100)
	c.post("/v1/customers", "email=A@b.co").ok()
	count := func(path string) int { return len(c.get(path).ok()["data"].([]any)) }
	for path, want := range map[string]int{
		"/v1/customers?email=a@b.co":                                          1,
		"/v1/customers?created[gt]=" + itoa(testNow.Unix()):                   1,
		"/v1/customers?created[gte]=" + itoa(testNow.Unix()):                  2,
		"/v1/customers?created=" + itoa(testNow.Unix()):                       1,
		"/v1/customers?created[lt]=" + itoa(testNow.Unix()):                   0,
		"/v1/prices?type=recurring":                                           1,
		"/v1/prices?recurring[interval]=month":                                1,
		"/v1/prices?recurring[interval]=year":                                 0,
		"/v1/prices?currency=JPY":                                             1,
		"/v1/prices?active=false":                                             0,
		"/v1/products?active=true":                                            4,
		"/v1/products?ids[]=" + s(c.get("/v1/prices/"+p.yen).ok(), "product"): 1,
		"/v1/events?type=price.created":                                       4,
		"/v1/events?limit=100&type=*.created":                                 11,
		"/v1/events?types[]=plan.created&types[]=customer.created":            3,
		"/v1/events?limit=100&delivery_success=true":                          11,
		"/v1/customers?" + url.Values{"limit": {"1"}}.Encode():                1,
	} {
		if got := count(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestSearch(t *testing.T) {
	c := demo(t)
	for query, want := range map[string]int{
		`email:"lukasz@warsztat-kawy.example"`: 1,
		`email:"LUKASZ@warsztat-kawy.example"`: 1,
		`name~"nova"`:                          0, // Nováková has an accent there
		`name~"tanaka" OR name~"Goldberg"`:     2,
		`name~"tanaka" AND email~"washi"`:      1,
		`name~"tanaka" -email~"washi"`:         0,
		`-name:null`:                           31,
		`name:null`:                            1,
		`created>0 AND name~"佐藤 "`:             1,
		`metadata["none"]:"x"`:                 0,
		`name:'Siobhán O\'Dwyer'`:              1,
	} {
		got := c.get("/v1/customers/search?limit=100&query=" + url.QueryEscape(query)).ok()
		if len(got["data"].([]any)) != want || got["object"] != "search_result" {
			t.Errorf("%s: %d, want %d", query, len(got["data"].([]any)), want)
		}
	}
	first := c.get("/v1/customers/search?limit=20&query=" + url.QueryEscape("created>0")).ok()
	second := c.get("/v1/customers/search?limit=20&query=" + url.QueryEscape("created>0") + "&page=" + s(first, "next_page")).ok()
	if len(second["data"].([]any)) != 12 || second["next_page"] != nil {
		t.Errorf("second page: %d", len(second["data"].([]any)))
	}
	for _, bad := range []string{"", "x", "name", "name~", `name~"ab"`, `name:"x`, "created~5", `name>"x"`, `color:"red"`, `name:"a" AND email:"b" OR phone:"c"`, "created:abc", `metadata:"x"`, strings.Repeat("created>0 ", 11)} {
		if a := c.get("/v1/customers/search?query=" + url.QueryEscape(bad)); a.status != 400 {
			t.Errorf("query %q: %d", bad, a.status)
		}
	}
}

func TestFormInAllItsForms(t *testing.T) {
	c := empty(t)
	p := c.stock()
	for _, form := range []string{
		"line_items[][price]=" + p.once + "&line_items[][quantity]=1&line_items[][price]=" + p.once + "&line_items[][quantity]=2",
		"line_items%5B0%5D%5Bprice%5D=" + p.once + "&line_items%5B0%5D%5Bquantity%5D=1&line_items%5B7%5D%5Bprice%5D=" + p.once + "&line_items%5B7%5D%5Bquantity%5D=2",
	} {
		if got := c.post("/v1/checkout/sessions", "mode=payment&"+form+back).ok(); n(got, "amount_total") != 7500 {
			t.Errorf("%s: total %d", form, n(got, "amount_total"))
		}
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("name", "Ada")
	_ = w.WriteField("address[city]", "Cork")
	_ = w.Close()
	if got := c.do("POST", "/v1/customers", body.String(), "Content-Type", w.FormDataContentType()).ok(); s(got, "address.city") != "Cork" {
		t.Errorf("multipart: %v", got)
	}
	c.confirm(s(c.session("subscription", p.monthly, ""), "id"), "visa").ok()
	sub := s(c.get("/v1/subscriptions").ok()["data"].([]any)[0].(map[string]any), "id")
	if got := c.do("DELETE", "/v1/subscriptions/"+sub+"?cancellation_details[comment]=bye", "cancellation_details[feedback]=unused").ok(); s(got, "cancellation_details.comment") != "bye" || s(got, "cancellation_details.feedback") != "unused" || s(got, "status") != "canceled" {
		t.Errorf("DELETE with parameters in query and body: %v", got["cancellation_details"])
	}
}

func TestFaults(t *testing.T) {
	var fault *Fault
	c := serve(t, Options{Faults: Faults{Request: func(*http.Request) *Fault { return fault }}})
	c.get("/v1/customers").ok()
	fault = &Fault{Status: 429}
	c.get("/v1/customers").fails(429, "rate_limit", "", "rate limit")
	fault = &Fault{Status: 503}
	if e := c.get("/v1/customers").fails(503, "", "", "An unknown error occurred"); s(e, "type") != "api_error" {
		t.Errorf("type %v", e["type"])
	}
	fault = &Fault{Hang: true}
	quick := http.Client{Timeout: 50 * time.Millisecond}
	r, _ := http.NewRequest("GET", c.web.URL+"/v1/customers", nil)
	if _, err := quick.Do(r); err == nil {
		t.Error("a hanging request was answered")
	}
}
