package stripegw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"bursar/services"
)

func jpy(n int64) services.Money { return services.Money{Amount: n, Currency: "jpy"} }

func TestSessionReadsReceiptFacts(t *testing.T) {
	charge := `{"id":"ch_1","object":"charge","status":"succeeded","receipt_url":"https://r.example/1",
		"payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242"}},
		"balance_transaction":{"id":"txn_1","object":"balance_transaction","fee":117,"currency":"usd"}}`
	base := `"id":"cs_1","object":"checkout.session","mode":"%s","currency":"jpy","amount_total":2400,"created":1700000000,"expires_at":1700086400,` +
		`"customer":"cus_1","customer_details":{"email":"j\u001b[1mane@example.com"},"url":"https://pay.example/x",` +
		`"line_items":{"object":"list","data":[{"quantity":2,"description":"Gold\nplan"},{"quantity":1,"description":"","price":{"id":"price_2"}}],"has_more":true}`
	session := services.Session{ID: "cs_1", Mode: "payment", Status: "complete", PaymentStatus: "paid", Customer: "cus_1", Email: "jane@example.com",
		Total: jpy(2400), Created: time.Unix(1700000000, 0).UTC(), ExpiresAt: time.Unix(1700086400, 0).UTC(), Summary: "2 × Gold plan, 1 × price_2, …"}
	with := func(change func(*services.Session)) services.Session { s := session; change(&s); return s }
	open := with(func(s *services.Session) {
		s.Status, s.PaymentStatus, s.URL = "open", "unpaid", "https://pay.example/x"
	})
	unpaid := with(func(s *services.Session) { s.PaymentStatus = "unpaid" })
	fee := services.Money{Amount: 117, Currency: "usd"}

	cases := []struct {
		name, mode, rest string
		want             services.Receipt
	}{
		{"paid", "payment", `"status":"complete","payment_status":"paid","payment_intent":{"id":"pi_1","status":"succeeded","latest_charge":` + charge + `}`,
			services.Receipt{Session: session, PaymentIntent: "pi_1", Charge: "ch_1", Fee: &fee, ReceiptURL: "https://r.example/1", Card: "Visa ···· 4242"}},
		{"subscribed", "subscription", `"status":"complete","payment_status":"paid","subscription":"sub_1","invoice":{"id":"in_1","payment_intent":{"id":"pi_2","status":"succeeded","latest_charge":"ch_1"},"charge":` + charge + `}`,
			services.Receipt{Session: with(func(s *services.Session) { s.Mode = "subscription" }), PaymentIntent: "pi_2", Charge: "ch_1", Subscription: "sub_1", Invoice: "in_1", Fee: &fee, ReceiptURL: "https://r.example/1", Card: "Visa ···· 4242"}},
		{"open", "payment", `"status":"open","payment_status":"unpaid","payment_intent":null`, services.Receipt{Session: open}},
		{"declined", "payment", `"status":"open","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"type":"card_error","message":"Your card was declined."},"latest_charge":{"id":"ch_0","status":"failed"}}`,
			services.Receipt{Session: open, PaymentIntent: "pi_1", Declined: "Your card was declined."}},
		{"processing", "payment", `"status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"processing","latest_charge":{"id":"ch_2","status":"pending","payment_method_details":{"type":"sepa_debit"},"balance_transaction":"txn_9"}}`,
			services.Receipt{Session: unpaid, PaymentIntent: "pi_1", Charge: "ch_2", Card: "SEPA debit"}},
		{"failed later", "payment", `"status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"message":""}}`,
			services.Receipt{Session: unpaid, PaymentIntent: "pi_1", Declined: "The payment was declined."}},
		{"canceled", "payment", `"status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"canceled"}`,
			services.Receipt{Session: unpaid, PaymentIntent: "pi_1", Declined: "The payment was canceled."}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := gatewayTo(t, answer(200, "{"+fmt.Sprintf(base, c.mode)+","+c.rest+"}"))
			got, err := g.Session(t.Context(), "cs_1")
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestCreateSessionPassesOptionsThrough(t *testing.T) {
	var body string
	g := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		answer(200, `{"id":"cs_1","status":"open","url":"https://pay.example/x"}`)(w, r)
	}))
	params := []services.Option{{Name: "mode", Value: "payment"}, {Name: "b[x y]", Value: "1&2"}, {Name: "a[]", Value: "é"}, {Name: "a[]", Value: ""}}
	s, err := g.CreateSession(t.Context(), params, "k")
	if err != nil || s.URL != "https://pay.example/x" {
		t.Fatal(s, err)
	}
	if want := "mode=payment&b[x+y]=1%262&a[]=%C3%A9&a[]=&expand[0]=line_items"; body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	if _, err := g.CreateSession(t.Context(), []services.Option{{Name: "expand[]", Value: "customer"}}, "k"); err != nil || body != "expand[]=customer" {
		t.Errorf("own expansion: %s, %v", body, err)
	}
}

func TestCustomerIsConvertedAndCleaned(t *testing.T) {
	g := gatewayTo(t, answer(200, `{"id":"cus_1","object":"customer","name":"Jo\u202ehn","email":"j@x.io","phone":"+1","description":"d","created":1700000000,
		"balance":-250,"currency":"kwd","delinquent":true,"address":{"country":"KW"},"metadata":{"k\u0007":"v\u001b[2J"},
		"invoice_settings":{"default_payment_method":{"id":"pm_1","type":"card","card":{"brand":"amex","last4":"0005"}}}}`))
	got, err := g.Customer(t.Context(), "cus_1")
	want := services.Customer{ID: "cus_1", Name: "John", Email: "j@x.io", Phone: "+1", Country: "KW", Description: "d", Created: time.Unix(1700000000, 0).UTC(),
		Balance: &services.Money{Amount: -250, Currency: "kwd"}, Delinquent: true, Card: "American Express ···· 0005", Metadata: map[string]string{"k": "v"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDeletedCustomer(t *testing.T) {
	g := gatewayTo(t, answer(200, `{"id":"cus_1","object":"customer","deleted":true}`))
	if got, err := g.Customer(t.Context(), "cus_1"); err != nil || !got.Deleted {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestIdsThatWouldBeOtherPaths(t *testing.T) {
	s := &script{steps: []http.HandlerFunc{answer(200, customerJSON)}}
	g := gatewayTo(t, s)
	for _, id := range []string{"", ".", "..", "search"} {
		if _, err := g.Customer(t.Context(), id); services.CodeOf(err) != services.CodeNotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
	if len(s.requests()) != 0 {
		t.Error("it was asked for")
	}
	if _, err := g.Customer(t.Context(), "../account?x=1#"); err != nil || s.requests()[0].URL.EscapedPath() != "/v1/customers/..%2Faccount%3Fx%3D1%23" {
		t.Errorf("asked for %q", s.requests()[0].URL.EscapedPath())
	}
}

func TestSubscriptionsNameTheirProducts(t *testing.T) {
	g := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/prices/") {
			shelf(5)(w, r)
			return
		}
		answer(200, `{"object":"list","has_more":false,"data":[{"id":"sub_1","object":"subscription","status":"active","created":1700000000,"current_period_end":1702592000,"cancel_at_period_end":true,
			"items":{"object":"list","data":[{"quantity":2,"price":{"id":"price_4","currency":"eur","unit_amount":400,"product":"prod_4","recurring":{"interval":"month","interval_count":3}}},{"quantity":1,"price":{"id":"price_gone","currency":"jpy","unit_amount":500,"recurring":{"interval":"year"}}}]}}]}`)(w, r)
	}))
	got, err := g.Subscriptions(t.Context(), "cus_1")
	want := []services.Subscription{{ID: "sub_1", Status: "active", Items: []string{"2 × Thing 4, €4.00 / 3 months", "1 × price_gone, ¥500 / year"},
		CurrentPeriodEnd: time.Unix(1702592000, 0).UTC(), CancelAtPeriodEnd: true, Created: time.Unix(1700000000, 0).UTC()}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAccountName(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"acct_1","email":"e@x.io","settings":{"dashboard":{"display_name":"Sh\u001b[1mop"}},"business_profile":{"name":"Biz"}}`: "Shop",
		`{"id":"acct_1","email":"e@x.io","business_profile":{"name":"Biz"}}`:                                                           "Biz",
		`{"id":"acct_1","email":"e@x.io"}`: "e@x.io",
	} {
		got, err := gatewayTo(t, answer(200, body)).Account(t.Context())
		if err != nil || got != (services.Profile{Mode: services.ModeTest, AccountID: "acct_1", AccountName: want}) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestEventPageKeepsTheBytes(t *testing.T) {
	one := "{\n      \"id\": \"evt_1\",\n      \"created\": 1700000000.0,  \"x\": 1.50, \"u\": \"\\u00e9\", \"x\": 2\n    }"
	one = strings.Replace(one, "1700000000.0", "1700000000", 1)
	g := gatewayTo(t, answer(200, "{\"object\": \"list\", \"has_more\": true, \"data\": [\n    "+one+"\n  ]}"))
	page, err := g.EventPage(t.Context(), EventQuery{})
	if err != nil || !page.More || len(page.Events) != 1 {
		t.Fatalf("got %+v, %v", page, err)
	}
	if e := page.Events[0]; e.ID != "evt_1" || e.Created.Unix() != 1700000000 || !bytes.Equal(e.Raw, []byte(one)) {
		t.Errorf("got %s", e.Raw)
	}
	odd := `{"id":"evt_2","created":"soon"}`
	if page, err := gatewayTo(t, answer(200, `{"data":[`+odd+`]}`)).EventPage(t.Context(), EventQuery{}); err != nil || string(page.Events[0].Raw) != odd {
		t.Errorf("an event with an odd time: %+v, %v", page, err)
	}
	for _, bad := range []string{`{"data":[{"id":""}]}`, `{"data":[3]}`, `{"object":"list"}`} {
		if _, err := gatewayTo(t, answer(200, bad)).EventPage(t.Context(), EventQuery{}); services.CodeOf(err) != services.CodeUnavailable {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// canned is a transport that always answers the same.
type canned struct {
	status int
	body   string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

// FuzzAnswer gives any answer to a read and expects a clean receipt or an error
// that a person can act on.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"id":"cs_1","status":"open","line_items":{"data":[null,{"price":null}]},"invoice":{"charge":{"balance_transaction":{}}}}`)
	f.Add(200, `{"id":"cs_1","status":"complete","payment_intent":{"status":"canceled","latest_charge":{"payment_method_details":{"type":"\u001b"}}}}`)
	f.Add(400, stripeErr(`"message":"sk_test_abcdefghijklmnop"`))
	f.Add(403, stripeErr(`"message":"Enabling \"A B\" permissions"`))
	f.Add(500, "<html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		g := New(Options{Key: testKey, BaseURL: "http://127.0.0.1:1", MaxRetries: -1, Transport: canned{status, body}})
		r, err := g.Session(t.Context(), "cs_1")
		if err != nil {
			e := services.AsError(err)
			if e.Code == "" || e.Code == services.CodeInternal || e.Message == "" || e.Next == "" || services.Clean(e.Message+e.Next+e.Field) != e.Message+e.Next+e.Field {
				t.Errorf("%#v", e)
			}
			if strings.Contains(e.Error()+e.Err.Error(), testKey) {
				t.Error("the key is in the error")
			}
			return
		}
		text, err := json.Marshal(r)
		if err != nil || r.Session.ID == "" && !strings.Contains(body, `"id"`) {
			t.Errorf("%s, %v", text, err)
		}
		for _, s := range []string{r.Session.ID, r.Session.URL, r.Session.Summary, r.Session.Email, r.Card, r.Declined, r.ReceiptURL, r.Charge} {
			if services.Clean(s) != s {
				t.Errorf("%q is not clean", s)
			}
		}
	})
}
