package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services/internal/sandbox/pages"
)

// TestSignature compares with what openssl says:
// printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$SECRET"
func TestSignature(t *testing.T) {
	got := Sign("whsec_abcdefghijklmnopqrstuvwxyz012345", time.Unix(1700000000, 0), []byte(`{"id":"evt_1"}`)) // an example secret
	if want := "t=1700000000,v1=5feb67e72d93c19898fad891c5bb197e97b681125dc84dc42239340984e39a74,v0="; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s…", got, want)
	}
}

// verify checks a signature as a merchant does (5.2).
func verify(t *testing.T, header, secret, body string) {
	t.Helper()
	parts := map[string]string{}
	for part := range strings.SplitSeq(header, ",") {
		k, v, _ := strings.Cut(part, "=")
		parts[k] = v
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(parts["t"] + "." + body))
	at, err := strconv.ParseInt(parts["t"], 10, 64)
	if err != nil || testNow.Sub(time.Unix(at, 0)).Abs() > 5*time.Minute || parts["v1"] != hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("the signature %q does not fit its body", header)
	}
}

// receiver is a merchant's endpoint.
type receiver struct {
	*httptest.Server
	lock   sync.Mutex
	status int
	bodies []string
	header []http.Header
}

func receive(t testing.TB) *receiver {
	r := &receiver{status: 200}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.lock.Lock()
		defer r.lock.Unlock()
		r.bodies, r.header = append(r.bodies, string(body)), append(r.header, q.Header)
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) { r.lock.Lock(); defer r.lock.Unlock(); r.status = status }

func (r *receiver) got() []string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return append([]string{}, r.bodies...)
}

// until polls for a condition; what says what was waited for.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

func (c *client) endpoint(url, enabled string) map[string]any {
	c.t.Helper()
	return c.post("/v1/webhook_endpoints", "url="+url+enabled).ok()
}

func TestWebhookIsDeliveredAndSigned(t *testing.T) {
	c := empty(t)
	r := receive(t)
	we := c.endpoint(r.URL+"/hook", "&enabled_events[]=customer.created&enabled_events[]=customer.deleted")
	secret := s(we, "secret")
	if !strings.HasPrefix(secret, "whsec_") || len(secret) != 38 {
		t.Errorf("secret %q", secret)
	}
	if again := c.get("/v1/webhook_endpoints/" + s(we, "id")).ok(); again["secret"] != nil {
		t.Error("the secret is told again")
	}
	c.post("/v1/products", "name=not wanted").ok()
	c.post("/v1/customers", "email=a@b.co&name=Émile").ok()
	until(t, "a delivery", func() bool { return len(r.got()) == 1 })
	var event map[string]any
	if err := json.Unmarshal([]byte(r.got()[0]), &event); err != nil {
		t.Fatal(err)
	}
	verify(t, r.header[0].Get("Stripe-Signature"), secret, r.got()[0])
	if s(event, "type") != "customer.created" || s(event, "api_version") != APIVersion || n(event, "pending_webhooks") != 1 || r.header[0].Get("Content-Type") != "application/json; charset=utf-8" || !strings.HasPrefix(r.header[0].Get("User-Agent"), "Stripe/1.0") {
		t.Errorf("event %+v, header %v", event, r.header[0])
	}
	until(t, "pending_webhooks to be 0", func() bool { return n(c.get("/v1/events/"+s(event, "id")).ok(), "pending_webhooks") == 0 })
	c.post("/v1/events/"+s(event, "id")+"/retry", "webhook_endpoint="+s(we, "id")).ok()
	until(t, "the resend", func() bool { return len(r.got()) == 2 })
}

func TestWebhookRetries(t *testing.T) {
	c := serve(t, Options{Retries: []time.Duration{time.Millisecond, time.Millisecond}})
	r := receive(t)
	r.answer(500)
	we := c.endpoint(r.URL, "&enabled_events[]=*")
	c.post("/v1/customers", "").ok()
	until(t, "three attempts", func() bool { return len(r.got()) == 3 })
	idle := func() bool { c.srv.lock.RLock(); defer c.srv.lock.RUnlock(); return len(c.srv.mem.deliveries) == 0 }
	until(t, "giving up", idle)
	if e := c.events()[0]; n(e, "pending_webhooks") != 1 {
		t.Error("an event nobody took is not pending")
	}
	if got := len(c.get("/v1/events?delivery_success=false").ok()["data"].([]any)); got != 1 {
		t.Errorf("%d events not delivered", got)
	}
	if r.header[0].Get("Stripe-Signature") == "" {
		t.Error("no signature")
	}
	r.answer(302)
	c.post("/v1/customers", "").ok()
	until(t, "a redirect to count as a failure", func() bool { return len(r.got()) == 6 })
	until(t, "giving up", idle)
	c.post("/v1/webhook_endpoints/"+s(we, "id"), "disabled=true").ok()
	c.post("/v1/customers", "").ok()
	if !idle() {
		t.Error("something is queued for a disabled endpoint")
	}
	r.answer(200)
	if got := c.post("/v1/webhook_endpoints/"+s(we, "id"), "disabled=false&enabled_events[]=customer.deleted").ok(); s(got, "status") != "enabled" || len(got["enabled_events"].([]any)) != 1 {
		t.Errorf("endpoint %v", got)
	}
	c.do("DELETE", "/v1/webhook_endpoints/"+s(we, "id"), "").ok()
	c.get("/v1/webhook_endpoints/"+s(we, "id")).fails(404, "resource_missing", "webhook_endpoint", "No such webhook endpoint")
}

func TestPendingDeliverySurvivesRestart(t *testing.T) {
	c := serve(t, Options{Retries: []time.Duration{time.Hour}})
	r := receive(t)
	r.answer(500)
	c.endpoint(r.URL, "&enabled_events[]=*")
	c.post("/v1/customers", "").ok()
	until(t, "the first attempt recorded", func() bool {
		c.srv.lock.RLock()
		defer c.srv.lock.RUnlock()
		for _, d := range c.srv.mem.deliveries {
			return d.attempt == 1
		}
		return false
	})
	again := c.reopen()
	again.srv.lock.RLock()
	defer again.srv.lock.RUnlock()
	if len(again.srv.mem.deliveries) != 1 {
		t.Error("the delivery is forgotten")
	}
}

func TestShuffleAndDuplicate(t *testing.T) {
	c := serve(t, Options{Faults: Faults{Duplicate: true, Shuffle: true}})
	r := receive(t)
	c.endpoint(r.URL, "&enabled_events[]=*")
	c.post("/v1/customers", "").ok()
	until(t, "both copies", func() bool { return len(r.got()) == 2 })
	if r.got()[0] != r.got()[1] {
		t.Error("the copies differ")
	}
}

func TestTooManyEndpoints(t *testing.T) {
	c := empty(t)
	for range 16 {
		c.endpoint("http://localhost:1/x", "&enabled_events[]=*")
	}
	c.post("/v1/webhook_endpoints", "url=http://localhost:1/x&enabled_events[]=*").fails(400, "", "", "maximum of 16")
}

// TestPageWaitsForTheMerchant: the person is sent on only after the merchant
// was told.
func TestPageWaitsForTheMerchant(t *testing.T) {
	c := empty(t)
	r := receive(t)
	p := c.stock()
	c.endpoint(r.URL, "&enabled_events[]=checkout.session.completed")
	id := s(c.session("payment", p.once, ""), "id")
	next, err := backend{c.srv}.Pay(context.Background(), id, form("4242 4242 4242 4242"))
	if err != nil || next.URL != "https://shop.example/ok?s="+id {
		t.Errorf("next %+v, %v", next, err)
	}
	if len(r.got()) != 1 {
		t.Error("the person was sent on before the merchant knew")
	}
}

// form is a filled in checkout form.
func form(number string) pages.Payment {
	return pages.Payment{Email: "jenny@example.com", Card: pages.Card{Number: number, Expiry: "12 / 34", CVC: "123", Name: "Jenny Rosen"}, Billing: pages.Billing{Name: "Jenny Rosen", Country: "IE", PostalCode: "D02"}}
}
