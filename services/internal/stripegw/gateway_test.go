package stripegw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

const testKey = "sk_test_51AbCdEfGhIjKlMnOpQr"

// gatewayTo returns a gateway on a server that never waits between attempts.
func gatewayTo(t *testing.T, h http.Handler, change ...func(*Options)) *Gateway {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	o := Options{Key: testKey, BaseURL: server.URL}
	for _, c := range change {
		c(&o)
	}
	g := New(o)
	g.pause = func(context.Context, time.Duration) error { return nil }
	t.Cleanup(func() { _ = g.Close() })
	return g
}

// answer replies with a status and a body, as Stripe would.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Request-Id", "req_test1")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func stripeErr(fields string) string { return `{"error":{` + fields + `}}` }

func TestErrorsOfStripe(t *testing.T) {
	cases := []struct {
		name    string
		status  int
		body    string
		code    services.Code
		message string // a part of it
		next    string // a part of it
		field   string
	}{
		{"parameter", 400, stripeErr(`"type":"invalid_request_error","code":"parameter_unknown","message":"Received unknown parameter: foo","param":"foo"`),
			services.CodeRefused, "Received unknown parameter: foo", "Correct", "foo"},
		{"missing in a parameter", 400, stripeErr(`"type":"invalid_request_error","code":"resource_missing","message":"No such price: 'price_x'","param":"line_items[0][price]"`),
			services.CodeNotFound, "No such price", "Check the id", "line_items[0][price]"},
		{"idempotency", 400, stripeErr(`"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters they were first used with."`),
			services.CodeConflict, "same parameters", "new attempt", ""},
		{"unknown key", 401, stripeErr(`"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_****MnOp"`),
			services.CodeUnauthorized, "does not know this secret key", "Enter another key", ""},
		{"expired key", 401, stripeErr(`"type":"invalid_request_error","code":"api_key_expired","message":"Expired API Key provided: sk_test_****MnOp"`),
			services.CodeUnauthorized, "has expired", "Enter another key", ""},
		{"revoked key", 401, stripeErr(`"type":"invalid_request_error","message":"This API key has been revoked."`),
			services.CodeUnauthorized, "was revoked", "Enter another key", ""},
		{"no key", 401, stripeErr(`"type":"invalid_request_error","message":"You did not provide an API key. You need to provide your API key in the Authorization header"`),
			services.CodeNotConfigured, "has no secret key", "Enter another key", ""},
		{"publishable key", 403, stripeErr(`"type":"invalid_request_error","code":"secret_key_required","message":"This API call cannot be made with a publishable API key."`),
			services.CodeUnauthorized, "publishable", "Enter another key", ""},
		{"declined", 402, stripeErr(`"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds."`),
			services.CodeDeclined, "insufficient funds", "another card", ""},
		{"permission", 403, stripeErr(`"type":"invalid_request_error","message":"The provided key 'rk_test_***j4va7j' does not have the required permissions for this endpoint on account 'acct_123'. Enabling \"Prices Read\" ('plan_read') permissions on this key would allow this request to continue."`),
			services.CodeForbidden, `lacks the permission "Prices Read"`, `Allow "Prices Read"`, ""},
		{"forbidden without a name", 403, stripeErr(`"type":"invalid_request_error","message":"You may not."`),
			services.CodeForbidden, "You may not.", "permission", ""},
		{"not found", 404, stripeErr(`"type":"invalid_request_error","code":"resource_missing","message":"No such customer: 'cus_x'","param":"id"`),
			services.CodeNotFound, "No such customer", "account and mode", "id"},
		{"conflict", 409, stripeErr(`"type":"idempotency_error","code":"idempotency_key_in_use","message":"There is currently another in-progress request using this Idempotent Key"`),
			services.CodeConflict, "in-progress", "try again", ""},
		{"rate limit", 429, stripeErr(`"type":"invalid_request_error","code":"rate_limit","message":"Testmode request rate limit exceeded"`),
			services.CodeRateLimited, "slow down", "Wait", ""},
		{"fault", 500, stripeErr(`"type":"api_error","message":"An unknown error occurred"`),
			services.CodeUnavailable, "HTTP 500", "status.stripe.com", ""},
		{"proxy fault", 502, "<html>bad gateway</html>", services.CodeUnavailable, "HTTP 502", "Try again", ""},
		{"login page", 200, "<html>Welcome to the hotel</html>", services.CodeUnavailable, "is not Stripe", "proxy", ""},
		{"not an object", 200, `["a"]`, services.CodeUnavailable, "is not Stripe", "proxy", ""},
		{"an empty object", 200, `{}`, services.CodeUnavailable, "is not Stripe", "proxy", ""},
		{"a proxy's refusal", 407, "no", services.CodeUnavailable, "HTTP 407", "proxy", ""},
		{"an error without words", 400, stripeErr(`"type":"invalid_request_error"`), services.CodeRefused, "without saying why", "Correct", ""},
		{"an error that is none", 400, `{"error":null}`, services.CodeUnavailable, "HTTP 400", "proxy", ""},
		{"portal not configured", 400, stripeErr(`"type":"invalid_request_error","message":"No configuration provided and your test mode default configuration has not been created. Provide a configuration"`),
			services.CodeRefused, "No configuration provided", "Customer portal", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := gatewayTo(t, answer(c.status, c.body))
			_, err := g.Customer(t.Context(), "cus_1")
			var e *services.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Code != c.code || !strings.Contains(e.Message, c.message) || !strings.Contains(e.Next, c.next) || e.Field != c.field {
				t.Errorf("got %s %q next %q field %q", e.Code, e.Message, e.Next, e.Field)
			}
			if e.RequestID != "req_test1" || e.Op != "looking the customer up" {
				t.Errorf("request id %q, op %q", e.RequestID, e.Op)
			}
		})
	}
}

func TestMessagesHoldNoSecretAndNoEscape(t *testing.T) {
	body := stripeErr(`"type":"invalid_request_error","param":"a\u001b[31m","message":"Key ` + testKey + ` and rk_live_Exampleghijklmnop9876 and whsec_abcdefghijklmnopqrst \u001b]0;x\u0007 end"`)
	g := gatewayTo(t, answer(400, body))
	_, err := g.Customer(t.Context(), "cus_1")
	e := services.AsError(err)
	all := e.Error() + e.Message + e.Next + e.Field + e.Err.Error() + fmt.Sprintf("%+v %#v", err, e.Err)
	for _, secret := range []string{testKey, "abcdefghijklm", "\x1b", "\x07"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in %q", secret, all)
		}
	}
	if !strings.Contains(e.Message, "rk_live_…9876") || !strings.Contains(e.Message, "end") {
		t.Errorf("message %q", e.Message)
	}
}

// script answers each attempt with the next handler and counts them.
type script struct {
	mu    sync.Mutex
	steps []http.HandlerFunc
	seen  []*http.Request
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	step := s.steps[min(len(s.seen), len(s.steps)-1)]
	s.seen = append(s.seen, r)
	s.mu.Unlock()
	step(w, r)
}

func (s *script) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

const customerJSON = `{"id":"cus_1","object":"customer","email":"jane@example.com","name":"Jane","created":1700000000}`

func withHeader(name, value string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		h(w, r)
	}
}

func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func TestRetries(t *testing.T) {
	ok := answer(200, customerJSON)
	fault := answer(500, stripeErr(`"type":"api_error"`))
	cases := []struct {
		name     string
		write    bool
		steps    []http.HandlerFunc
		attempts int
		code     services.Code
	}{
		{"read, fault then well", false, []http.HandlerFunc{fault, ok}, 2, ""},
		{"read, fault for good", false, []http.HandlerFunc{fault}, 3, services.CodeUnavailable},
		{"write, fault is kept under the key", true, []http.HandlerFunc{fault, ok}, 1, services.CodeUnavailable},
		{"write, 503", true, []http.HandlerFunc{answer(503, "busy"), ok}, 2, ""},
		{"write, conflict", true, []http.HandlerFunc{answer(409, stripeErr(`"type":"idempotency_error"`)), ok}, 2, ""},
		{"write, slow down", true, []http.HandlerFunc{answer(429, stripeErr(`"type":"invalid_request_error"`)), ok}, 2, ""},
		{"write, reset", true, []http.HandlerFunc{reset, ok}, 2, ""},
		{"write, reset for good", true, []http.HandlerFunc{reset}, 3, services.CodeUnavailable},
		{"read, cut off", false, []http.HandlerFunc{withHeader("Content-Length", "500", answer(200, `{"id":`)), ok}, 2, ""},
		{"refused", true, []http.HandlerFunc{answer(400, stripeErr(`"type":"invalid_request_error"`)), ok}, 1, services.CodeRefused},
		{"declined", true, []http.HandlerFunc{answer(402, stripeErr(`"type":"card_error"`)), ok}, 1, services.CodeDeclined},
		{"not Stripe", false, []http.HandlerFunc{answer(200, "<html>"), ok}, 1, services.CodeUnavailable},
		{"Stripe says no", false, []http.HandlerFunc{withHeader("Stripe-Should-Retry", "false", fault), ok}, 1, services.CodeUnavailable},
		{"Stripe says yes", true, []http.HandlerFunc{withHeader("Stripe-Should-Retry", "true", fault), ok}, 2, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &script{steps: c.steps}
			g := gatewayTo(t, s)
			var err error
			if c.write {
				_, err = g.CreateCustomer(t.Context(), services.NewCustomer{Email: "jane@example.com"}, "")
			} else {
				_, err = g.Customer(t.Context(), "cus_1")
			}
			if services.CodeOf(err) != c.code || len(s.requests()) != c.attempts {
				t.Fatalf("%d attempts, %v", len(s.requests()), err)
			}
			key := s.requests()[0].Header.Get("Idempotency-Key")
			if c.write == (key == "") {
				t.Errorf("idempotency key %q", key)
			}
			for _, r := range s.requests() {
				if r.Header.Get("Idempotency-Key") != key {
					t.Error("a retry changed the idempotency key")
				}
			}
		})
	}
}

func TestNoRetriesWhenAskedForNone(t *testing.T) {
	s := &script{steps: []http.HandlerFunc{answer(503, "busy")}}
	g := gatewayTo(t, s, func(o *Options) { o.MaxRetries = -1 })
	if _, err := g.Customer(t.Context(), "cus_1"); err == nil || len(s.requests()) != 1 {
		t.Fatalf("%d attempts, %v", len(s.requests()), err)
	}
}

func TestEveryRequestIsOnItsOwnBackend(t *testing.T) {
	s := &script{steps: []http.HandlerFunc{answer(200, customerJSON)}}
	g := gatewayTo(t, s)
	if _, err := g.CreateCustomer(t.Context(), services.NewCustomer{Email: "a@b.c", Name: "Ann"}, "key-1"); err != nil {
		t.Fatal(err)
	}
	r := s.requests()[0]
	if r.Header.Get("Authorization") != "Bearer "+testKey || r.Header.Get("Stripe-Version") != "2023-10-16" || r.Header.Get("Idempotency-Key") != "key-1" {
		t.Errorf("headers %v", r.Header)
	}
	for _, h := range []string{"X-Stripe-Client-User-Agent", "X-Stripe-Client-Telemetry"} {
		if v := r.Header.Get(h); v != "" {
			t.Errorf("%s tells %q", h, v)
		}
	}
	if r.PostForm.Encode() != "email=a%40b.c&name=Ann" {
		t.Errorf("form %v", r.PostForm)
	}
}
