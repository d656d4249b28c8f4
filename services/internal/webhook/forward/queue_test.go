package forward

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

func TestResend(t *testing.T) {
	source := &fake{}
	refuse := true
	var mu sync.Mutex
	p := newProgram(t, func(id string, _ int) int {
		mu.Lock()
		defer mu.Unlock()
		if refuse && id == "evt_b_000" {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	q := open(t, file(t))
	a, b := event("a", 0, "charge.paid"), event("b", 0, "invoice.paid")
	if _, err := q.Resend(t.Context(), []services.Event{a}, ""); services.CodeOf(err) != services.CodeNotFound {
		t.Errorf("nothing was passed on yet: %v", err)
	}
	source.add(a, b)
	o := soon(source)
	o.Backoff = Backoff{time.Hour, time.Hour}
	f := start(t, q, o, Destination{URL: p.URL, Secret: secret, Types: Types{"charge.*", "invoice.*"}})
	eventually(t, "the attempts", func() bool { return len(log(t, q)) == 2 })

	// By another process, while it runs; the one that waits for its hour is tried now.
	other := open(t, q.path)
	mu.Lock()
	refuse = false
	mu.Unlock()
	for _, c := range []struct {
		address string
		events  []services.Event
		want    services.ResendResult
	}{
		{"", []services.Event{a, b}, services.ResendResult{Queued: 2, Listening: true}},
		{"", []services.Event{event("c", 0, "payout.paid")}, services.ResendResult{Queued: 0, Listening: true}}, // not its type
		{p.URL, nil, services.ResendResult{Queued: 0, Listening: true}},
	} {
		if got, err := other.Resend(t.Context(), c.events, c.address); err != nil || got != c.want {
			t.Errorf("%+v, %v; want %+v", got, err, c.want)
		}
	}
	eventually(t, "both again", p.took(3))
	if got := p.ids(true); !slices.Contains(got, "evt_b_000") || got[0] != "evt_a_000" || !slices.Contains(got[1:], "evt_a_000") {
		t.Errorf("taken %v", got)
	}
	if _, err := q.Resend(t.Context(), []services.Event{a}, "http://localhost/other"); services.CodeOf(err) != services.CodeNotFound {
		t.Errorf("an address that is not known: %v", err)
	}
	// By this process.
	if _, err := q.Resend(t.Context(), []services.Event{a}, p.URL); err != nil {
		t.Error(err)
	}
	eventually(t, "once more", p.took(4))
	stop(t, f)

	// With nobody there it waits for the next start.
	if got, err := q.Resend(t.Context(), []services.Event{a}, ""); err != nil || got != (services.ResendResult{Queued: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	f = start(t, q, o, Destination{URL: p.URL, Secret: secret})
	eventually(t, "at the start", p.took(5))
	stop(t, f)
}

func TestEventThatIsGone(t *testing.T) {
	source, p := &fake{}, newProgram(t, nil)
	q := open(t, file(t))
	f := start(t, q, soon(source), Destination{URL: p.URL, Secret: secret})
	if _, err := q.Resend(t.Context(), []services.Event{event("a", 0, "a.b")}, ""); err != nil {
		t.Fatal(err)
	}
	source.add(event("a", 1, "a.b"))
	eventually(t, "the one behind it", p.took(1))
	eventually(t, "the log", func() bool { return len(log(t, q)) == 2 })
	stop(t, f)
	for _, d := range log(t, q) {
		if d.Event == "evt_a_000" && (d.Outcome != services.DeliveryGivenUp || !strings.Contains(d.Problem, "archive")) {
			t.Errorf("%+v", d)
		}
	}
}

func TestQueueFile(t *testing.T) {
	path := file(t)
	q := open(t, path)
	if _, err := q.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + "-wal"} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	refuse := func(path, words string) {
		t.Helper()
		_, err := Open(context.Background(), path)
		if e := services.AsError(err); err == nil || e.Code != services.CodeStorage || !strings.Contains(e.Message, words) || e.Next == "" {
			t.Errorf("%v, want %q", err, words)
		}
	}
	refuse(path, "newer bursar")
	foreign := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(foreign, []byte("not a database, but long enough to be looked at as if it were one"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(foreign, "damaged")
	if _, err := q.db.Exec("PRAGMA user_version = 1; PRAGMA application_id = 7"); err != nil {
		t.Fatal(err)
	}
	refuse(path, "another program")
}

func TestDeliveryLog(t *testing.T) {
	q := open(t, file(t))
	p, err := q.destination(t.Context(), Destination{URL: "http://localhost/x"}, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var tried []attempt
	for n := range 60 {
		outcome := services.DeliveryDone
		if n%3 == 0 {
			outcome = services.DeliveryRetried
		}
		tried = append(tried, attempt{delivery: services.Delivery{Time: now.Add(-time.Duration(n) * 24 * time.Hour), Event: fmt.Sprintf("evt_%d", n%5), Outcome: outcome}})
	}
	if err := q.settle(t.Context(), p.id, tried); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query services.DeliveryQuery
		want  int
	}{
		{services.DeliveryQuery{}, 60}, {services.DeliveryQuery{Limit: 7}, 7}, {services.DeliveryQuery{Event: "evt_2"}, 12},
		{services.DeliveryQuery{Failed: true}, 20}, {services.DeliveryQuery{URL: "http://localhost/x"}, 60}, {services.DeliveryQuery{URL: "http://localhost/y"}, 0},
		{services.DeliveryQuery{Since: now.Add(-48 * time.Hour)}, 3}, {services.DeliveryQuery{Until: now.Add(-48 * time.Hour)}, 57},
	} {
		list, err := q.Deliveries(t.Context(), c.query)
		if err != nil || len(list) != c.want || !slices.IsSortedFunc(list, func(a, b services.Delivery) int { return b.Time.Compare(a.Time) }) {
			t.Errorf("%+v: %d, %v", c.query, len(list), err)
		}
	}
	if err := q.prune(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if n := len(log(t, q)); n != 31 {
		t.Errorf("%d attempts are left", n)
	}
}

// To a destination that is added now, what Stripe made earlier is history when it
// is read from the list, and news when a webhook brings it late; a replay is asked
// for.
func TestHistoryIsNotPassedOn(t *testing.T) {
	source, p := &fake{}, newProgram(t, nil)
	made := func(object string, ago time.Duration, by services.EventSource) services.Event {
		e := event(object, 0, "a.b")
		e.Created, e.Source = time.Now().Add(-ago), by
		return e
	}
	q := open(t, file(t))
	o := soon(source)
	replayed := made("replayed", time.Hour, services.SourceList)
	source.add(replayed)
	o.Replay = []services.Event{replayed}
	f, err := Start(t.Context(), q, []Destination{{URL: p.URL, Secret: secret}}, "1", o)
	if err != nil {
		t.Fatal(err)
	}
	source.add(made("history", time.Hour, services.SourceList), made("late", time.Hour, services.SourceWebhook), made("new", -2*time.Second, services.SourceList))
	eventually(t, "the news", p.took(3))
	stop(t, f)
	got := p.ids(true)
	slices.Sort(got)
	if fmt.Sprint(got) != "[evt_late_000 evt_new_000 evt_replayed_000]" {
		t.Errorf("passed on %v", got)
	}
	// What was read from the list since it was added is news to it, also after a restart.
	o.Replay = nil
	f = start(t, q, o, Destination{URL: p.URL, Secret: secret})
	source.add(made("gap", -time.Second, services.SourceList))
	eventually(t, "the gap", p.took(4))
	stop(t, f)
	// Left out from now on is as if it were added now.
	source.add(made("left", -time.Second, services.SourceWebhook))
	o.FromNow = true
	if f, err = Start(t.Context(), q, []Destination{{URL: p.URL, Secret: secret}}, "6", o); err != nil {
		t.Fatal(err)
	}
	source.add(made("last", 0, services.SourceWebhook))
	eventually(t, "the last", p.took(5))
	stop(t, f)
	if slices.Contains(p.ids(false), "evt_left_000") {
		t.Error("what was to be left out was passed on")
	}
}
