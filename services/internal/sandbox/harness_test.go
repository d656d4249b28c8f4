package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// testNow is when tests begin; a client's clock is moved from there.
var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// client speaks to a sandbox over HTTP and checks every answer against Stripe's
// description of it.
type client struct {
	t     testing.TB
	srv   *Server
	web   *httptest.Server
	clock *atomic.Int64 // Unix seconds
	key   string
	data  string
}

func empty(t testing.TB) *client { return serve(t, Options{}) }

func demo(t testing.TB) *client { return serve(t, Options{Seed: true}) }

func serve(t testing.TB, o Options) *client {
	t.Helper()
	c := &client{t: t, clock: &atomic.Int64{}, key: secretKey}
	c.clock.Store(testNow.Unix())
	if o.Data == "" {
		o.Data = filepath.Join(t.TempDir(), "sandbox.db")
	}
	c.data = o.Data
	if o.Now == nil {
		o.Now = func() time.Time { return time.Unix(c.clock.Load(), 0) }
	}
	web := httptest.NewUnstartedServer(nil)
	if o.URL == "" {
		o.URL = "http://" + web.Listener.Addr().String()
	}
	srv, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	web.Config.Handler = srv
	web.Start()
	c.srv, c.web = srv, web
	t.Cleanup(func() {
		web.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// pass moves the clock and lets time do its work.
func (c *client) pass(d time.Duration) {
	c.t.Helper()
	c.clock.Add(int64(d / time.Second))
	if err := c.srv.Tick(); err != nil {
		c.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (c *client) do(method, path, form string, header ...string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.web.URL+path, strings.NewReader(form))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{t: c.t, what: method + " " + path, status: res.StatusCode, header: res.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &a.body); err != nil {
		c.t.Fatalf("%s: %d is not JSON: %.300s", a.what, a.status, raw)
	}
	if strings.Contains(a.raw, `"_`) {
		c.t.Errorf("%s: a private note left the sandbox: %s", a.what, a.raw)
	}
	checkSchema(c.t, a.body, a.what)
	return a
}

func (c *client) get(path string) answer { c.t.Helper(); return c.do("GET", path, "") }

// post sends "a=b&c[d]=e"; values are taken as they are.
func (c *client) post(path, form string) answer { c.t.Helper(); return c.do("POST", path, form) }

func (a answer) ok() map[string]any {
	a.t.Helper()
	if a.status != 200 {
		a.t.Fatalf("%s: %d %s", a.what, a.status, a.raw)
	}
	return a.body
}

// fails asserts status, code, param and part of the message.
func (a answer) fails(status int, code, param, message string) map[string]any {
	a.t.Helper()
	e, _ := a.body["error"].(map[string]any)
	text := func(k string) string { s, _ := e[k].(string); return s }
	if a.status != status || text("code") != code || text("param") != param || !strings.Contains(text("message"), message) {
		a.t.Errorf("%s: got %d code %q param %q message %q, want %d %q %q %q", a.what, a.status, text("code"), text("param"), text("message"), status, code, param, message)
	}
	return e
}

// s and n read a dotted path of an answer.
func s(o map[string]any, path string) string { v, _ := at(o, path).(string); return v }
func n(o map[string]any, path string) int64  { v, _ := at(o, path).(float64); return int64(v) }

// shopFloor is a price of each kind, made through the API.
type shopFloor struct{ once, monthly, yen, dinar string }

func (c *client) stock() shopFloor {
	c.t.Helper()
	priced := func(form string) string { return s(c.post("/v1/prices", form).ok(), "id") }
	return shopFloor{
		once:    priced("currency=eur&unit_amount=2500&product_data[name]=Mug"),
		monthly: priced("currency=eur&unit_amount=900&recurring[interval]=month&product_data[name]=Club"),
		yen:     priced("currency=jpy&unit_amount=1200&product_data[name]=Whisk"),
		dinar:   priced("currency=kwd&unit_amount=4750&product_data[name]=Tin"),
	}
}

const back = "&success_url=https://shop.example/ok?s={CHECKOUT_SESSION_ID}&cancel_url=https://shop.example/back"

// session opens a checkout of one price.
func (c *client) session(mode, price, more string) map[string]any {
	c.t.Helper()
	return c.post("/v1/checkout/sessions", "mode="+mode+"&line_items[0][price]="+price+"&line_items[0][quantity]=1"+back+more).ok()
}

// confirm pays a session with a shared test name.
func (c *client) confirm(session, card string) answer {
	c.t.Helper()
	return c.post("/v1/payment_pages/"+session+"/confirm", "payment_method=pm_card_"+card)
}

// events returns all events, oldest first.
func (c *client) events() []map[string]any {
	c.t.Helper()
	var all []map[string]any
	for after := ""; ; {
		page := c.get("/v1/events?limit=100" + after).ok()
		for _, e := range page["data"].([]any) {
			all = append(all, e.(map[string]any))
		}
		if page["has_more"] != true {
			slices.Reverse(all)
			return all
		}
		after = "&starting_after=" + url.QueryEscape(s(all[len(all)-1], "id"))
	}
}

// since returns the types of the events after the first n, in order.
func (c *client) since(n int) []string {
	c.t.Helper()
	var types []string
	for _, e := range c.events()[n:] {
		types = append(types, s(e, "type"))
	}
	return types
}

// expectEvents asserts membership (3.0: order is not promised) and causal pairs
// given as "a<b".
func (c *client) expectEvents(from int, want string, pairs ...string) {
	c.t.Helper()
	got := c.since(from)
	a, b := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(strings.Fields(want)))
	if !slices.Equal(a, b) {
		c.t.Errorf("events:\n got %v\nwant %v", got, strings.Fields(want))
	}
	for _, p := range pairs {
		first, second, _ := strings.Cut(p, "<")
		if slices.Index(got, first) > slices.Index(got, second) {
			c.t.Errorf("%s must come before %s: %v", first, second, got)
		}
	}
}
