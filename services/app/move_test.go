package app_test

import (
	"bytes"
	"strings"
	"testing"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/archive/pgtest"
)

// A profile's archive moves to PostgreSQL with one call and one line of the
// settings, and what was read from Stripe is not read again.
func TestArchiveMovesToPostgres(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	h := homeOf(t, newStripe(t))
	h.set()
	d := h.open("shop", app.Command)
	added, err := d.Logs.Sync(t.Context())
	if err != nil || added < 300 {
		t.Fatalf("added %d, %v", added, err)
	}
	before, err := d.Logs.List(t.Context(), services.LogQuery{Limit: new(1000)})
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := h.desks().Archive(t.Context(), "shop", "")
	if err != nil {
		t.Fatal(err)
	}
	done, err := a.Copy(t.Context(), url, nil)
	if err != nil || done.Events != added || done.Resumed || done.File != h.paths().ConfigFile() || !strings.HasPrefix(done.Setting, `archive = "postgres`) {
		t.Fatalf("%+v, %v", done, err)
	}
	if info, err := a.Info(t.Context()); err != nil || info.Events != added || info.Size == nil || info.Schema == 0 {
		t.Errorf("%+v, %v", info, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if err := config.NewStore(h.paths()).SaveProfile(t.Context(), "shop", func(p *config.Profile) error { p.Archive = url; return nil }); err != nil {
		t.Fatal(err)
	}
	moved := h.open("shop", app.Command)
	after, err := moved.Logs.List(t.Context(), services.LogQuery{Limit: new(1000)})
	if err != nil || len(after.Events) != len(before.Events) {
		t.Fatalf("%d events, %v", len(after.Events), err)
	}
	for i, e := range before.Events {
		if after.Events[i].ID != e.ID || !after.Events[i].Received.Equal(e.Received) || after.Events[i].Customer != e.Customer {
			t.Fatalf("event %d is %+v, was %+v", i, after.Events[i], e)
		}
	}
	was, err1 := d.Logs.Event(t.Context(), before.Events[7].ID)
	is, err2 := moved.Logs.Event(t.Context(), before.Events[7].ID)
	if err1 != nil || err2 != nil || !bytes.Equal(is.Raw, was.Raw) {
		t.Errorf("%v %v", err1, err2)
	}
	h1, err1 := d.Logs.Health(t.Context())
	h2, err2 := moved.Logs.Health(t.Context())
	if err1 != nil || err2 != nil || !h1.LastSync.Equal(h2.LastSync) || len(h1.Gaps) != len(h2.Gaps) {
		t.Errorf("health %+v, was %+v; %v %v", h2, h1, err1, err2)
	}

	// What is for files is refused in words, and a check works.
	b, _, err := h.desks().Archive(t.Context(), "shop", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	if _, err := b.Compact(t.Context(), nil); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("%v", err)
	}
	if _, err := b.Repair(t.Context(), nil); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("%v", err)
	}
	if report, err := b.Check(t.Context(), nil); err != nil || report.Events != added || len(report.Problems) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if info, err := b.Info(t.Context()); err != nil || info.Events != added || info.Place != url || info.Size != nil {
		t.Errorf("%+v, %v", info, err)
	}
}
