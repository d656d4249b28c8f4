package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/app"
)

// Two processes on one sandbox see the same shop, events and sales, and when the
// one that serves it ends the other goes on.
func TestTwoProcessesShareTheSandbox(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := t.Context()
	first, _, err := h.desks().Open(ctx, services.SandboxProfile, app.Interface)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	receiving(t, first)
	second := h.open(services.SandboxProfile, app.Interface)
	synced(t, second)
	if first.Profile != second.Profile {
		t.Errorf("profiles %+v and %+v", first.Profile, second.Profile)
	}
	receiving(t, second)

	// What one does, the other is told of and reads.
	changes := second.Watch(ctx)
	if e := made(t, first, second, "seen@example.com"); e.Source != services.SourceWebhook {
		t.Errorf("event %+v", e)
	}
	await(t, changes, services.Change{Kind: services.ChangeEvents})
	made(t, second, first, "seen-too@example.com")
	s := sell(t, first, services.CheckoutRequest{}, "House Blend")
	if open, err := second.Checkout.Unsettled(ctx); err != nil || len(open) != 1 || open[0].ID != s.ID {
		t.Errorf("the second knows of %+v, %v", open, err)
	}
	pay(t, s.URL, goodCard)
	if r, err := second.Checkout.Check(ctx, s.ID); err != nil || r.Outcome != services.OutcomeCompleted {
		t.Errorf("%+v, %v", r, err)
	}
	if done, err := first.Checkout.Recent(ctx, 1); err != nil || len(done) != 1 || done[0].Session.ID != s.ID {
		t.Errorf("the first knows of %+v, %v", done, err)
	}

	// The first ends. The second serves on the same address and goes on receiving,
	// alone.
	open := sell(t, second, services.CheckoutRequest{}, "House Blend")
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	receiving(t, second)
	e := made(t, second, second, "after@example.com")
	if e.Source != services.SourceWebhook {
		t.Errorf("event %+v", e)
	}
	if p := pay(t, open.URL, goodCard); p.status != 200 {
		t.Errorf("paying ended at %s, HTTP %d", p.url, p.status)
	}
	if r, err := second.Checkout.Await(ctx, open.ID, nil); err != nil || r.Outcome != services.OutcomeCompleted {
		t.Errorf("%+v, %v", r, err)
	}
	if urls := endpoints(t, open.URL); len(urls) != 1 || !strings.HasPrefix(urls[0], "http://127.0.0.1:") {
		t.Errorf("the sandbox delivers to %v", urls)
	}
	eventually(t, "nothing is lost", func() error {
		added, err := second.Logs.Sync(ctx)
		if err == nil && added != 0 {
			err = fmt.Errorf("%d events came by the list only", added)
		}
		return err
	})
}

// endpoints are the addresses that the sandbox of a hosted page delivers to.
func endpoints(t *testing.T, page string) []string {
	t.Helper()
	base, _, _ := strings.Cut(page, "/c/")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/webhook_endpoints", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(testSecret, "")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var list struct{ Data []struct{ URL string } }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, e := range list.Data {
		urls = append(urls, e.URL)
	}
	return urls
}

// A sale survives its process: the next one finds it unsettled and settles it.
func TestSaleOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := t.Context()
	first, _, err := h.desks().Open(ctx, services.SandboxProfile, app.Command)
	if err != nil {
		t.Fatal(err)
	}
	s := sell(t, first, services.CheckoutRequest{}, "House Blend")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := h.open(services.SandboxProfile, app.Command)
	open, err := second.Checkout.Unsettled(ctx)
	if err != nil || len(open) != 1 || open[0].ID != s.ID || open[0].URL != s.URL {
		t.Fatalf("unsettled %+v, %v", open, err)
	}
	if r, err := second.Checkout.Expire(ctx, s.ID); err != nil || r.Outcome != services.OutcomeIncomplete {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFreshSandbox(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := t.Context()
	d, _, err := h.desks().Open(ctx, services.SandboxProfile, app.Command)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := d.Customers.Create(ctx, services.NewCustomer{Email: "gone@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Logs.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	refuse(t, h.desks().FreshSandbox(ctx), services.CodeConflict, "", "open in another")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.desks().FreshSandbox(ctx); err != nil {
		t.Fatal(err)
	}
	fresh := h.open(services.SandboxProfile, app.Command)
	_, err = fresh.Customers.Get(ctx, c.ID)
	refuse(t, err, services.CodeNotFound, "id", c.ID)
	if health, err := fresh.Logs.Health(ctx); err != nil || health.Events != 0 {
		t.Errorf("health %+v, %v", health, err)
	}
	if rows, err := fresh.Products.Get(ctx); err != nil || len(rows) < 8 {
		t.Errorf("%d products, %v", len(rows), err)
	}
}

// Closing stops everything that was started, ends the watches, and may be done
// twice; so does an Open that fails.
func TestCloseStopsEverything(t *testing.T) {
	s := newStripe(t)
	h := homeOf(t, s)
	h.set()
	s.CloseClientConnections()
	idle := settled()
	for _, use := range []app.Use{app.Command, app.Interface} {
		d, _, err := h.desks().Open(t.Context(), services.SandboxProfile, use)
		if err != nil {
			t.Fatal(err)
		}
		if use == app.Interface {
			receiving(t, d)
		}
		changes := d.Watch(context.Background())
		sell(t, d, services.CheckoutRequest{}, "House Blend")
		for range 2 {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		eventually(t, "the end of the watch", func() error {
			select {
			case _, open := <-changes:
				if !open {
					return nil
				}
			default:
			}
			return fmt.Errorf("it goes on")
		})
	}
	if _, _, err := h.desks().Open(t.Context(), "nobody", app.Interface); err == nil {
		t.Error("nobody was opened")
	}
	late, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := h.desks().Open(late, services.SandboxProfile, app.Interface); err == nil {
		t.Error("opened after its time")
	}
	eventually(t, "the end of every goroutine", func() error {
		if n := runtime.NumGoroutine(); n > idle {
			stacks := make([]byte, 1<<16)
			return fmt.Errorf("%d run, %d did before:\n%s", n, idle, stacks[:runtime.Stack(stacks, true)])
		}
		return nil
	})
}

// Closing does not wait for a Stripe that hangs, and leaves nothing that still asks it.
func TestCloseWhileStripeHangs(t *testing.T) {
	s := newStripe(t)
	h := homeOf(t, s)
	h.set()
	h.listenAt("127.0.0.1:0")
	hang := func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }
	s.meanwhile(hang, func() {
		d, _, err := h.desks().Open(t.Context(), "shop", app.Interface)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the first reading of the event list", func() error {
			if s.count("GET /v1/events") == 0 {
				return errors.New("not asked yet")
			}
			return nil
		})
		began := time.Now()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if took := time.Since(began); took > patience {
			t.Errorf("closing took %v", took)
		}
		for _, room := range []string{"eventsync.(*Syncer).", "app.(*builder).tellEvents"} {
			if strings.Contains(string(stacks), room) {
				t.Errorf("%s still runs:\n%s", room, stacks)
			}
		}
	})
}

// settled is how many goroutines run once their number stays the same.
func settled() int {
	n, since := runtime.NumGoroutine(), time.Now()
	for time.Since(since) < 300*time.Millisecond {
		time.Sleep(10 * time.Millisecond)
		if now := runtime.NumGoroutine(); now != n {
			n, since = now, time.Now()
		}
	}
	return n
}

// An interface receives also when another process serves the sandbox, and clears
// away the receiver of a process that was killed.
func TestReceiverBesideAServingProcess(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	serving := h.open(services.SandboxProfile, app.Command) // serves, and receives nothing
	s := sell(t, serving, services.CheckoutRequest{}, "House Blend")
	base, _, _ := strings.Cut(s.URL, "/c/")
	form := strings.NewReader("url=http://127.0.0.1:1/v1/billing/webhook/apps/gone&enabled_events[]=*")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/webhook_endpoints", form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(testSecret, "")
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", res, err)
	}
	_ = res.Body.Close()

	d := h.open(services.SandboxProfile, app.Interface)
	receiving(t, d)
	if e := made(t, d, d, "beside@example.com"); e.Source != services.SourceWebhook {
		t.Errorf("event %+v", e)
	}
	if urls := endpoints(t, s.URL); len(urls) != 1 || strings.HasSuffix(urls[0], "/gone") {
		t.Errorf("the sandbox delivers to %v", urls)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if urls := endpoints(t, s.URL); len(urls) != 0 {
		t.Errorf("after the end it delivers to %v", urls)
	}
}

// The sandbox's configuration names its keys as built in, and still says where the
// secrets of a new profile would be kept.
func TestSandboxConfiguration(t *testing.T) {
	t.Parallel()
	v, err := newHome(t).open(services.SandboxProfile, app.Command).Configuration.Show(t.Context(), services.SandboxProfile)
	if err != nil {
		t.Fatal(err)
	}
	if !v.SecretKey.Set || v.SecretKey.Masked != "built in" || v.ProductSource.Rows == 0 || v.Storage == "" {
		t.Errorf("configuration %+v", v)
	}
}
