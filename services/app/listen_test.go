package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/sandbox"
	"bursar/services/internal/webhook"
)

// heard is a listening whose lines a test reads.
type heard struct {
	*services.Listening
	t     *testing.T
	mu    sync.Mutex
	lines []services.ListenLine
	read  chan struct{} // closed when the lines end
}

// listen starts a listening in this home; it is closed with the test.
func (h *home) listen(o app.ListenOptions) *heard {
	h.t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	l, err := h.desks().Listen(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	x := &heard{Listening: l, t: h.t, read: make(chan struct{})}
	go func() {
		defer close(x.read)
		for line := range l.Lines {
			x.mu.Lock()
			x.lines = append(x.lines, line)
			x.mu.Unlock()
		}
	}()
	h.t.Cleanup(x.end)
	return x
}

// end closes the listening; it may be closed already.
func (x *heard) end() {
	x.t.Helper()
	if err := x.Close(); err != nil {
		x.t.Errorf("closing the listening: %v", err)
	}
	<-x.read
}

// line waits for a line that satisfies.
func (x *heard) line(what string, ok func(services.ListenLine) bool) (found services.ListenLine) {
	x.t.Helper()
	eventually(x.t, what, func() error {
		x.mu.Lock()
		defer x.mu.Unlock()
		for _, l := range x.lines {
			if ok(l) {
				found = l
				return nil
			}
		}
		return fmt.Errorf("%d lines: %+v", len(x.lines), x.lines)
	})
	return found
}

// taker is a program that events are passed on to.
type taker struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
	signed []string
	status int
}

func newTaker(t *testing.T) *taker {
	k := &taker{status: http.StatusOK}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		k.mu.Lock()
		defer k.mu.Unlock()
		if err == nil && k.status == http.StatusOK {
			k.bodies, k.signed = append(k.bodies, body), append(k.signed, r.Header.Get(webhook.SignatureHeader))
		}
		w.WriteHeader(k.status)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *taker) answer(status int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.status = status
}

// took returns how many deliveries held a text, and checks their signatures.
func (k *taker) took(t *testing.T, secret, text string) (n int) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, body := range k.bodies {
		if !bytes.Contains(body, []byte(text)) {
			continue
		}
		n++
		if _, err := webhook.Verify(k.signed[i], body, []webhook.Secret{{Value: secret}}, time.Now(), 0); err != nil {
			t.Errorf("%.60s: %v", body, err)
		}
	}
	return n
}

// A listening on the sandbox registers itself, archives what comes, passes it on
// as it came, and tells of it. What came before it began is history.
func TestListenOnTheSandbox(t *testing.T) {
	t.Parallel()
	h, k := newHome(t), newTaker(t)
	l := h.listen(app.ListenOptions{Profiles: []string{services.SandboxProfile}, Forwards: []app.ForwardTo{{URL: k.URL + "/hook", Types: "customer.*"}}})
	if len(l.Profiles) != 1 || !strings.HasPrefix(l.Profiles[0].URL, l.Address+"/v1/billing/webhook/apps/") || len(l.Forwards) != 1 {
		t.Fatalf("%+v", l.Listening)
	}
	secret := l.Forwards[0].Secret
	if services.CheckSigningSecret(secret) != nil {
		t.Errorf("signing secret %q", secret)
	}
	d := h.open(services.SandboxProfile, app.Command)
	eventually(t, "the registration", func() error {
		res, err := http.Get(l.Address + "/metrics")
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		s := sell(t, d, services.CheckoutRequest{}, "House Blend")
		if len(endpoints(t, s.URL)) == 0 {
			return errors.New("no endpoint yet")
		}
		return nil
	})
	e := made(t, d, d, "listened@example.com")
	line := l.line("the customer", func(x services.ListenLine) bool { return x.Event.ID == e.ID })
	if line.Event.Source != services.SourceWebhook || len(line.Deliveries) != 1 || line.Deliveries[0].Outcome != services.DeliveryDone || line.Profile != services.SandboxProfile || line.Waiting != 0 {
		t.Errorf("%+v", line)
	}
	if n := k.took(t, secret, "listened@example.com"); n != 1 {
		t.Errorf("it was passed on %d times", n)
	}
	if n := k.took(t, secret, "evt_"); n > 2 { // and perhaps one of its neighbours, but no history
		t.Errorf("%d events were passed on", n)
	}
	list, err := d.Deliveries.List(t.Context(), services.DeliveryQuery{Event: e.ID})
	if err != nil || len(list) != 1 || list[0].URL != k.URL+"/hook" {
		t.Errorf("%+v, %v", list, err)
	}
	if r, err := d.Deliveries.Resend(t.Context(), services.ResendRequest{Event: e.ID}); err != nil || r != (services.ResendResult{Queued: 1, Listening: true}) {
		t.Errorf("%+v, %v", r, err)
	}
	eventually(t, "the second delivery", func() error {
		if n := k.took(t, secret, "listened@example.com"); n != 2 {
			return fmt.Errorf("passed on %d times", n)
		}
		return nil
	})
	l.end()
	if urls := endpoints(t, sell(t, d, services.CheckoutRequest{}, "House Blend").URL); len(urls) != 0 {
		t.Errorf("after the end the sandbox delivers to %v", urls)
	}
	if again := h.listen(app.ListenOptions{Profiles: []string{services.SandboxProfile}, Forwards: []app.ForwardTo{{URL: k.URL + "/hook"}}}); again.Forwards[0].Secret != secret {
		t.Error("the signing secret is another one at the second start")
	}
}

// delivery posts one signed event.
func delivery(t *testing.T, to, id, secret string, created time.Time) int {
	t.Helper()
	body := fmt.Appendf(nil, `{"id":"%s","object":"event","type":"charge.succeeded","created":%d,"data":{"object":{"id":"ch_%s","object":"charge"}}}`, id, created.Unix(), id)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Stripe-Signature", sandbox.Sign(secret, time.Now(), body))
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// shops sets several profiles up, each with a signing secret of its own.
func (h *home) shops(names ...string) {
	h.t.Helper()
	publishable, secret := testPublishable, testSecret
	for _, name := range names {
		c := h.desks().Configuration()
		if _, err := c.Update(h.t.Context(), name, services.ConfigurationUpdate{PublishableKey: &publishable, SecretKey: &secret}); err != nil {
			h.t.Fatal(err)
		}
		if err := c.UpdateSigningSecret(h.t.Context(), name, testSigning+name); err != nil {
			h.t.Fatal(err)
		}
	}
}

// Several profiles share a listener: each has its own path, secret and archive.
func TestListenForSeveralProfiles(t *testing.T) {
	t.Parallel()
	h := homeOf(t, newStripe(t))
	h.shops("shop", "school")
	h.set() // leaves the signing secret
	l := h.listen(app.ListenOptions{Profiles: []string{"shop", "school"}})
	if l.Notice != "" {
		t.Errorf("notice %q", l.Notice)
	}
	if len(l.Profiles) != 2 || l.Profiles[0].URL == l.Profiles[1].URL {
		t.Fatalf("%+v", l.Profiles)
	}
	for n, name := range []string{"shop", "school"} {
		other := []string{"school", "shop"}[n]
		if status := delivery(t, l.Profiles[n].URL, "evt_"+name, testSigning+other, time.Now()); status != http.StatusBadRequest {
			t.Errorf("%s takes what %s's secret signed: %d", name, other, status)
		}
		if status := delivery(t, l.Profiles[n].URL, "evt_"+name, testSigning+name, time.Now()); status != http.StatusOK {
			t.Errorf("%s: %d", name, status)
		}
		l.line(name, func(x services.ListenLine) bool { return x.Event.ID == "evt_"+name && x.Profile == name })
		d := h.open(name, app.Command)
		if _, err := d.Logs.Event(t.Context(), "evt_"+name); err != nil {
			t.Error(err)
		}
		if _, err := d.Logs.Event(t.Context(), "evt_"+other); n == 1 && services.CodeOf(err) != services.CodeNotFound {
			t.Errorf("%s's event is in %s's archive: %v", other, name, err)
		}
	}
}

// What was not passed on when a listening ended is passed on by the next one, and
// what came meanwhile too, unless it is told to leave it out.
func TestListenGoesOn(t *testing.T) {
	t.Parallel()
	h, k := homeOf(t, newStripe(t)), newTaker(t)
	h.shops("shop")
	o := app.ListenOptions{Profiles: []string{"shop"}, Forwards: []app.ForwardTo{{URL: k.URL}}, Secret: testSigning}
	k.answer(http.StatusServiceUnavailable)
	l := h.listen(o)
	url := l.Profiles[0].URL
	if status := delivery(t, url, "evt_first", testSigning+"shop", time.Now()); status != http.StatusOK {
		t.Fatal(status)
	}
	line := l.line("a refusal", func(x services.ListenLine) bool { return x.Event.ID == "evt_first" && len(x.Deliveries) == 1 })
	if x := line.Deliveries[0]; x.Outcome != services.DeliveryRetried || x.Status != 503 || x.Next.IsZero() {
		t.Errorf("%+v", x)
	}
	l.end()

	quiet := h.listen(app.ListenOptions{Profiles: []string{"shop"}}) // receives and passes nothing on
	if status := delivery(t, quiet.Profiles[0].URL, "evt_second", testSigning+"shop", time.Now()); status != http.StatusOK {
		t.Fatal(status)
	}
	quiet.end()
	k.answer(http.StatusOK)
	l = h.listen(o)
	if l.Forwards[0].Waiting != 1 || l.Forwards[0].Secret != testSigning {
		t.Errorf("%+v", l.Forwards)
	}
	for _, id := range []string{"evt_first", "evt_second"} {
		eventually(t, id, func() error {
			if n := k.took(t, testSigning, id+`"`); n != 1 {
				return fmt.Errorf("passed on %d times", n)
			}
			return nil
		})
	}
	l.end()

	quiet = h.listen(app.ListenOptions{Profiles: []string{"shop"}})
	if status := delivery(t, quiet.Profiles[0].URL, "evt_third", testSigning+"shop", time.Now()); status != http.StatusOK {
		t.Fatal(status)
	}
	quiet.end()
	o.FromNow = true
	l = h.listen(o)
	if status := delivery(t, l.Profiles[0].URL, "evt_fourth", testSigning+"shop", time.Now()); status != http.StatusOK {
		t.Fatal(status)
	}
	l.line("the fourth", func(x services.ListenLine) bool { return x.Event.ID == "evt_fourth" && len(x.Deliveries) == 1 })
	if n := k.took(t, testSigning, "evt_third"); n != 0 {
		t.Errorf("what was to be left out was passed on %d times", n)
	}
	l.end()

	// Replaying passes on what is young enough, again.
	o.FromNow, o.Replay = true, time.Hour
	l = h.listen(o)
	for id, want := range map[string]int{"evt_first": 2, "evt_third": 1, "evt_fourth": 2} {
		eventually(t, id, func() error {
			if n := k.took(t, testSigning, id+`"`); n != want {
				return fmt.Errorf("passed on %d times, want %d", n, want)
			}
			return nil
		})
	}
}

func TestListenRefusals(t *testing.T) {
	t.Parallel()
	h := homeOf(t, newStripe(t))
	h.shops("shop")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, c := range []struct {
		o     app.ListenOptions
		code  services.Code
		field string
		says  string
	}{
		{app.ListenOptions{Profiles: []string{"nobody"}, Addr: "127.0.0.1:0"}, services.CodeNotConfigured, services.FieldProfile, "no secret key"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: taken.Addr().String()}, services.CodeUnavailable, "addr", "in use"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: "nonsense"}, services.CodeInvalid, "addr", "not an address"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: "127.0.0.1:0", Status: taken.Addr().String()}, services.CodeUnavailable, "metrics", "in use"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: "127.0.0.1:0", Forwards: []app.ForwardTo{{URL: "nonsense"}}}, services.CodeInvalid, "forward_to", "not a web address"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: "127.0.0.1:0", Forwards: []app.ForwardTo{{URL: "http://127.0.0.1/x", Types: "nonsense"}}}, services.CodeInvalid, "events", "not an event type"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: "127.0.0.1:0", Forwards: []app.ForwardTo{{URL: "http://127.0.0.1/x"}, {URL: "http://127.0.0.1/x", Types: "a.b"}}}, services.CodeInvalid, "forward_to", "twice"},
		{app.ListenOptions{Profiles: []string{"shop"}, Addr: "127.0.0.1:0", SkipVerify: true, Forwards: []app.ForwardTo{{URL: "https://example.com/x"}}}, services.CodeInvalid, "skip_verify", "not this machine"},
	} {
		_, err := h.desks().Listen(t.Context(), c.o)
		refuse(t, err, c.code, c.field, c.says)
	}
}

// The usual address is a habit: when it is taken another one does.
func TestListenWhereTheUsualAddressIsTaken(t *testing.T) {
	h := newHome(t)
	taken, err := net.Listen("tcp", "127.0.0.1:8787")
	if err != nil {
		t.Logf("taken already: %v", err)
	} else {
		defer func() { _ = taken.Close() }()
	}
	l, err := h.desks().Listen(t.Context(), app.ListenOptions{Profiles: []string{services.SandboxProfile}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(l.Notice, l.Address) || strings.HasSuffix(l.Address, ":8787") {
		t.Errorf("%q at %s", l.Notice, l.Address)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// A burst that nobody could read is counted, and nothing is left running.
func TestListenBurstAndEnd(t *testing.T) {
	s := newStripe(t)
	h, k := homeOf(t, s), newTaker(t)
	h.shops("shop")
	s.CloseClientConnections()
	idle := settled()
	l := h.listen(app.ListenOptions{Profiles: []string{"shop"}, Forwards: []app.ForwardTo{{URL: k.URL, Types: "invoice.*"}}, Status: "127.0.0.1:0"})
	d, _, err := h.desks().Open(t.Context(), "shop", app.Command)
	if err != nil {
		t.Fatal(err)
	}
	synced(t, d) // the shop's history is not told of
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for n := range 40 {
				if status := delivery(t, l.Profiles[0].URL, fmt.Sprintf("evt_%d_%d", worker, n), testSigning+"shop", time.Now()); status != http.StatusOK {
					t.Errorf("HTTP %d", status)
				}
			}
		})
	}
	all.Wait()
	l.end()
	told, counted := 0, 0
	for _, x := range l.lines {
		counted += x.Missed
		if x.Event.ID != "" {
			told++
		}
	}
	if told+counted != 640 {
		t.Errorf("of 640 events %d were told and %d counted", told, counted)
	}
	if n := k.took(t, l.Forwards[0].Secret, "evt_"); n != 0 {
		t.Errorf("%d of another type were passed on", n)
	}
	s.CloseClientConnections()
	eventually(t, "the end of every goroutine", func() error {
		if n := runtime.NumGoroutine(); n > idle {
			stacks := make([]byte, 1<<16)
			return fmt.Errorf("%d run, %d did before:\n%s", n, idle, stacks[:runtime.Stack(stacks, true)])
		}
		return nil
	})
}
