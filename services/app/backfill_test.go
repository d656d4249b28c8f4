package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/sandbox"
)

// A backfill through the desk: progress, result, and health without gaps.
func TestBackfill(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	var last services.SyncProgress
	reports := 0
	res, err := d.Logs.Backfill(t.Context(), time.Now().AddDate(0, 0, -20), func(p services.SyncProgress) { last, reports = p, reports+1 })
	if err != nil || res.Added < 50 || res.Added != res.Read || len(res.Gaps) > 0 || time.Since(res.Oldest) < 19*24*time.Hour {
		t.Fatalf("%+v, %v", res, err)
	}
	if reports == 0 || last.Read != res.Read || last.Done != last.Windows {
		t.Errorf("%d reports, the last %+v", reports, last)
	}
	older, err := d.Logs.Backfill(t.Context(), time.Time{}, nil)
	if err != nil || older.Added < 100 {
		t.Errorf("what is older: %+v, %v", older, err)
	}
	health, err := d.Logs.Health(t.Context())
	if err != nil || health.Events != res.Added+older.Added || len(health.Gaps) > 0 || health.LastSync.IsZero() {
		t.Errorf("health %+v, %v", health, err)
	}
	page, err := d.Logs.List(t.Context(), services.LogQuery{})
	if err != nil || len(page.Events) == 0 || page.Events[0].Source != services.SourceList {
		t.Errorf("%+v, %v", page, err)
	}
}

// A gap stands in the health until it is read.
func TestHealthTellsOfGaps(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	d := h.open(services.SandboxProfile, app.Command)
	if _, err := d.Logs.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.ahead.Add(int64(3 * time.Hour))
	health, err := d.Logs.Health(t.Context())
	if err != nil || len(health.Gaps) != 1 || health.Gaps[0].Lost || health.Gaps[0].To.Sub(health.Gaps[0].From) < 3*time.Hour-time.Minute {
		t.Errorf("health %+v, %v", health, err)
	}
	if _, err := d.Logs.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if health, err = d.Logs.Health(t.Context()); err != nil || len(health.Gaps) > 0 {
		t.Errorf("health %+v, %v", health, err)
	}
}

// fillSandbox writes copies of the demo shop's events into a sandbox's file: n in
// the 29 days before now, most of them by day.
func fillSandbox(tb testing.TB, path string, n int) {
	tb.Helper()
	box, err := sandbox.New(sandbox.Options{Data: path, Seed: true})
	if err != nil {
		tb.Fatal(err)
	}
	if err := box.Close(); err != nil {
		tb.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.Begin()
	if err != nil {
		tb.Fatal(err)
	}
	type row struct {
		id      string
		created int64
		body    []byte
	}
	var old []row
	rows, err := tx.Query("SELECT id, created, body FROM objects WHERE kind = 'event'")
	if err != nil {
		tb.Fatal(err)
	}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.created, &r.body); err != nil {
			tb.Fatal(err)
		}
		old = append(old, r)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	if _, err := tx.Exec("DELETE FROM objects WHERE kind = 'event'"); err != nil {
		tb.Fatal(err)
	}
	now := time.Now().Unix()
	for i := range n {
		r := old[i%len(old)]
		day, second := int64(i%29), int64(i*7919%86400)
		if i%5 > 0 {
			second = second%36000 + 28800
		}
		created := now - (day+1)*86400 + second*86400/90000
		id := fmt.Sprintf("%s%06d", r.id[:len(r.id)-6], i)
		body := bytes.Replace(r.body, []byte(r.id), []byte(id), 1)
		body = bytes.Replace(body, fmt.Appendf(nil, `"api_version":"2023-10-16","created":%d`, r.created), fmt.Appendf(nil, `"api_version":"2023-10-16","created":%d`, created), 1)
		if !bytes.Contains(body, []byte(id)) || !bytes.Contains(body, fmt.Append(nil, created)) {
			tb.Fatalf("an event is not what it was: %s", r.body)
		}
		if _, err := tx.Exec("INSERT INTO objects (id, kind, seq, created, body) VALUES (?, 'event', ?, ?, ?)", id, 10_000_000+i, created, body); err != nil {
			tb.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkBackfill reads 100,000 events from a sandbox over HTTP at 150 ms and 25
// requests a second into a new archive: a thousand pages, 40 seconds at best.
func BenchmarkBackfill(b *testing.B) {
	const events = 100_000
	path := filepath.Join(b.TempDir(), "stripe.db")
	fillSandbox(b, path, events)
	web := httptest.NewUnstartedServer(nil)
	box, err := sandbox.New(sandbox.Options{Data: path, URL: "http://" + web.Listener.Addr().String()})
	if err != nil {
		b.Fatal(err)
	}
	var requests atomic.Int64
	web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		time.Sleep(150 * time.Millisecond)
		box.ServeHTTP(w, r)
	})
	web.Start()
	defer func() {
		web.Close()
		if err := box.Close(); err != nil {
			b.Error(err)
		}
	}()
	for b.Loop() {
		requests.Store(0)
		d := openBench(b, web.URL)
		began := time.Now()
		res, err := d.Logs.Backfill(context.Background(), time.Time{}, nil)
		took := time.Since(began)
		if err != nil || res.Added != events || len(res.Gaps) > 0 {
			b.Fatalf("%+v, %v", res, err)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(requests.Load()), "requests")
		b.ReportMetric(100*took.Seconds()/(events/100/25), "%-of-the-limit")
	}
}

// openBench opens a profile of a new home whose Stripe is at an address.
func openBench(b *testing.B, address string) *services.Desk {
	b.Helper()
	env := map[string]string{"BURSAR_HOME": b.TempDir(), "BURSAR_STRIPE_API_BASE": address, "STRIPE_API_KEY": "sk_test_" + strings.Repeat("Ab1", 8)}
	getenv := func(name string) string { return env[name] }
	paths, err := config.ResolvePaths(getenv, "")
	if err != nil {
		b.Fatal(err)
	}
	store := config.NewStore(paths)
	if err := store.SaveProfile(b.Context(), "shop", func(p *config.Profile) error { p.Mode = config.ModeTest; return nil }); err != nil {
		b.Fatal(err)
	}
	cfg, err := store.Load(config.Flags{}, getenv)
	if err != nil {
		b.Fatal(err)
	}
	desks := app.New(app.Options{Paths: paths, Store: store, Config: cfg, Getenv: getenv, Now: time.Now,
		Secrets: config.OpenSecrets(config.SecretOptions{Paths: paths, Getenv: getenv})})
	d, _, err := desks.Open(b.Context(), "shop", app.Command)
	if err != nil {
		b.Fatal(err)
	}
	return d
}
