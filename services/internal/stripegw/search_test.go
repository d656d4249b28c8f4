package stripegw

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"bursar/services"
)

// shelf serves prices by id and as a list.
func shelf(known int) http.HandlerFunc {
	price := func(i int) string {
		return fmt.Sprintf(`{"id":"price_%d","object":"price","active":true,"currency":"EUR","unit_amount":%d,"product":{"id":"prod_%d","name":"Thing %d"},"recurring":{"interval":"month","interval_count":1}}`, i, i*100, i, i)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/prices" {
			var items []string
			for i := range known {
				items = append(items, price(i))
			}
			answer(200, `{"object":"list","has_more":false,"data":[`+strings.Join(items, ",")+`]}`)(w, r)
			return
		}
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/v1/prices/price_%d", &i); err != nil || i >= known {
			answer(404, stripeErr(`"type":"invalid_request_error","code":"resource_missing","message":"No such price"`))(w, r)
			return
		}
		answer(200, price(i))(w, r)
	}
}

func TestPrices(t *testing.T) {
	for _, n := range []int{1, 3, 40} {
		s := &script{steps: []http.HandlerFunc{shelf(n)}}
		g := gatewayTo(t, s)
		ids := []string{"", "price_gone"}
		for i := range n {
			ids = append(ids, fmt.Sprintf("price_%d", i))
		}
		got, err := g.Prices(t.Context(), ids)
		if err != nil || len(got) != n {
			t.Fatalf("%d prices: %d, %v", n, len(got), err)
		}
		want := services.Price{ID: "price_0", Product: "prod_0", ProductName: "Thing 0", Unit: services.Money{Currency: "eur"}, Active: true, Recurring: &services.Recurrence{Interval: "month", Count: 1}}
		if !reflect.DeepEqual(got["price_0"], want) {
			t.Errorf("got %+v", got["price_0"])
		}
		if requests := len(s.requests()); n == 40 && requests != 2 {
			t.Errorf("40 prices took %d requests, not a list and one lookup", requests)
		}
	}
	g := gatewayTo(t, answer(401, stripeErr(`"type":"invalid_request_error","message":"Invalid API Key provided"`)))
	if _, err := g.Prices(t.Context(), []string{"a", "b", "c", "d", "e", "f"}); services.CodeOf(err) != services.CodeUnauthorized {
		t.Errorf("got %v", err)
	}
}

func TestSearchCustomers(t *testing.T) {
	customer := func(id, name, email string) string {
		return fmt.Sprintf(`{"id":%q,"object":"customer","name":%q,"email":%q,"created":1}`, id, name, email)
	}
	list := func(more bool, customers ...string) string {
		return fmt.Sprintf(`{"object":"list","has_more":%v,"data":[%s]}`, more, strings.Join(customers, ","))
	}
	ann, bob := customer("cus_a", "Ann Lee", "ann@x.io"), customer("cus_b", "Bob", "bob@annex.io")
	notThere := answer(403, stripeErr(`"type":"invalid_request_error","message":"Search is not available"`))
	cases := []struct {
		name, text string
		limit      int
		byPath     map[string]http.HandlerFunc
		want       []string
		more       bool
	}{
		{"newest", "", 2, map[string]http.HandlerFunc{"/v1/customers?limit=2": answer(200, list(true, bob, ann))}, []string{"cus_b", "cus_a"}, true},
		{"whole id", "cus_a", 9, map[string]http.HandlerFunc{"/v1/customers/cus_a?expand[0]=invoice_settings.default_payment_method": answer(200, ann)}, []string{"cus_a"}, false},
		{"unknown id", "cus_z", 9, map[string]http.HandlerFunc{}, nil, false},
		{"search", "Ann", 9, map[string]http.HandlerFunc{`/v1/customers/search?query=name~"Ann" OR email~"Ann"&limit=9`: answer(200, list(true, ann, bob))}, []string{"cus_a", "cus_b"}, true},
		{"email, found twice", "ann@x.io", 9, map[string]http.HandlerFunc{
			"/v1/customers?limit=100&email=ann@x.io":                                 answer(200, list(false, ann)),
			`/v1/customers/search?query=name~"ann@x.io" OR email~"ann@x.io"&limit=9`: answer(200, list(false, ann))}, []string{"cus_a"}, false},
		{"short", "an", 9, map[string]http.HandlerFunc{"/v1/customers?limit=100": answer(200, list(true, bob)), "/v1/customers?limit=100&starting_after=cus_b": answer(200, list(false, ann))}, []string{"cus_b", "cus_a"}, false},
		{"short, enough", "an", 1, map[string]http.HandlerFunc{"/v1/customers?limit=100": answer(200, list(true, bob))}, []string{"cus_b"}, true},
		{"no search here", "bob", 9, map[string]http.HandlerFunc{`/v1/customers/search?query=name~"bob" OR email~"bob"&limit=9`: notThere, "/v1/customers?limit=100": answer(200, list(false, ann, bob))}, []string{"cus_b"}, false},
		{"index lags", "bob", 9, map[string]http.HandlerFunc{`/v1/customers/search?query=name~"bob" OR email~"bob"&limit=9`: answer(200, list(false)), "/v1/customers?limit=100": answer(200, list(false, bob))}, []string{"cus_b"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				address := r.URL.Path
				if r.URL.RawQuery != "" {
					address += "?" + strings.NewReplacer("%40", "@", "+", " ", "%22", `"`, "%7E", "~").Replace(r.URL.RawQuery)
				}
				h, ok := c.byPath[address]
				if !ok {
					if len(c.byPath) > 0 {
						t.Errorf("asked for %s", address)
					}
					h = answer(404, stripeErr(`"type":"invalid_request_error","code":"resource_missing"`))
				}
				h(w, r)
			}))
			found, more, err := g.SearchCustomers(t.Context(), c.text, c.limit)
			var ids []string
			for _, f := range found {
				ids = append(ids, f.ID)
			}
			if err != nil || !reflect.DeepEqual(ids, c.want) || more != c.more {
				t.Errorf("got %v more %v, %v", ids, more, err)
			}
		})
	}
}

func TestSearchQueryIsOneLiteral(t *testing.T) {
	if got := searchQuery(`a"b\c` + "\x1b[1m"); got != `name~"a\"b\\c" OR email~"a\"b\\c"` {
		t.Errorf("got %s", got)
	}
}
