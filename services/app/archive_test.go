package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/archive/pgtest"
	"bursar/services/internal/sandbox"
)

// synced waits until Stripe's event list was read whole.
func synced(t *testing.T, d *services.Desk) (health services.LogHealth) {
	t.Helper()
	eventually(t, "the first reading of the event list", func() (err error) {
		health, err = d.Logs.Health(t.Context())
		if err == nil && health.LastSync.IsZero() {
			err = fmt.Errorf("health %+v", health)
		}
		return err
	})
	return health
}

// receiving waits until the sandbox delivers to this desk.
func receiving(t *testing.T, d *services.Desk) string {
	t.Helper()
	var health services.LogHealth
	eventually(t, "the registration of the receiver", func() (err error) {
		health, err = d.Logs.Health(t.Context())
		if err == nil && health.Receiving == "" {
			err = fmt.Errorf("health %+v", health)
		}
		return err
	})
	return health.Receiving
}

// made makes a customer and returns their customer.created once the archive has it.
func made(t *testing.T, d, reader *services.Desk, email string) (created services.Event) {
	t.Helper()
	c, _, err := d.Customers.Create(t.Context(), services.NewCustomer{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "customer.created of "+email, func() error {
		p, err := reader.Customers.Logs(t.Context(), services.LogQuery{Customer: c.ID})
		if err == nil && p.Total != 1 {
			err = fmt.Errorf("%d events", p.Total)
		}
		if err == nil {
			created = p.Events[0]
		}
		return err
	})
	return created
}

func TestArchiveIsFilledByBothWays(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Interface)
	ctx := t.Context()
	changes := d.Watch(ctx)
	before := synced(t, d)
	if before.Events < 300 || before.SyncProblem != "" {
		t.Errorf("health %+v", before)
	}
	old, err := d.Logs.List(ctx, services.LogQuery{Limit: new(1000)})
	if err != nil || old.Total != before.Events || old.Events[len(old.Events)-1].Source != services.SourceList {
		t.Errorf("%d events, %v", old.Total, err)
	}
	address := receiving(t, d)
	e := made(t, d, d, "delivered@example.com")
	if e.Type != "customer.created" || e.Source != services.SourceWebhook {
		t.Errorf("event %+v", e)
	}
	await(t, changes, services.Change{Kind: services.ChangeEvents})

	// What was delivered stands in the list too, and is one row.
	for range 2 {
		if added, err := d.Logs.Sync(ctx); err != nil || added != 0 {
			t.Errorf("reading the list again added %d, %v", added, err)
		}
	}
	after, err := d.Logs.Health(ctx)
	if err != nil || after.Events != before.Events+1 || after.LastWebhook.IsZero() {
		t.Errorf("health %+v after %+v, %v", after, before, err)
	}

	// Nobody else can write into it.
	full, err := d.Logs.Event(ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Replace(full.Raw, []byte(e.ID), []byte("evt_forged"), 1)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(forged))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Stripe-Signature", sandbox.Sign("whsec_guessed0123456789guessed012345", e.Received, forged))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if _, err := d.Logs.Event(ctx, "evt_forged"); res.StatusCode != http.StatusBadRequest || services.CodeOf(err) != services.CodeNotFound {
		t.Errorf("forged delivery: HTTP %d, %v", res.StatusCode, err)
	}
}

// A command reads the list when it is told to, and receives nothing.
func TestArchiveOfACommand(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	health, err := d.Logs.Health(t.Context())
	if err != nil || health.Events != 0 || health.Receiving != "" || !health.LastSync.IsZero() {
		t.Errorf("health %+v, %v", health, err)
	}
	added, err := d.Logs.Sync(t.Context())
	if err != nil || added < 300 {
		t.Errorf("added %d, %v", added, err)
	}
	if again, err := d.Logs.Sync(t.Context()); err != nil || again != 0 {
		t.Errorf("added %d again, %v", again, err)
	}
}

// A profile can keep its events in PostgreSQL, where others see them; another
// account cannot.
func TestArchiveInPostgres(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := newStripe(t)
	open := func() (*home, *services.Desk) {
		h := homeOf(t, s)
		h.set()
		if err := config.NewStore(h.paths()).SaveProfile(t.Context(), "shop", func(p *config.Profile) error { p.Archive = url; return nil }); err != nil {
			t.Fatal(err)
		}
		return h, h.open("shop", app.Command)
	}
	_, one := open()
	h, two := open()
	added, err := one.Logs.Sync(t.Context())
	if err != nil || added < 300 {
		t.Fatalf("added %d, %v", added, err)
	}
	page, err := two.Logs.List(t.Context(), services.LogQuery{Limit: new(5)})
	if err != nil || page.Total != added || len(page.Events) != 5 {
		t.Errorf("the other home sees %d of %d events, %v", page.Total, added, err)
	}
	if err := config.NewStore(h.paths()).SaveProfile(t.Context(), "shop", func(p *config.Profile) error { p.AccountID = "acct_other"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.desks().Open(t.Context(), "shop", app.Command); services.CodeOf(err) != services.CodeStorage || !strings.Contains(err.Error(), "another Stripe account") {
		t.Errorf("another account: %v", err)
	}
}
