package eventsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
)

const start = int64(1_795_000_000)

func at(seconds int64) services.Clock { return func() time.Time { return time.Unix(seconds, 0) } }

// fakeSource is an event list as Stripe keeps it. A place that the bounds hide is
// followed by nothing: the strictest reading of what Stripe says.
type fakeSource struct {
	latency atomic.Int64 // nanoseconds

	mu     sync.Mutex
	list   []Event // newest first; among equals of one second, the later added first
	n      int
	asked  []request
	before func(request) error // runs before each answer, under mu
}

// request is what a page was asked for by.
type request struct {
	since, until int64 // seconds, 0 when there is no bound
	after        string
	at           time.Time
}

// add puts an event in the list. From before, it is called with mu held anyway.
func (f *fakeSource) add(created int64) {
	f.n++
	e := Event{ID: fmt.Sprintf("evt_%d", f.n), Created: created}
	e.Raw = fmt.Appendf(nil, `{"id":%q,"created":%d}`, e.ID, created)
	at, _ := slices.BinarySearchFunc(f.list, created, func(e Event, created int64) int {
		if e.Created > created {
			return -1
		}
		return 1
	})
	f.list = slices.Insert(f.list, at, e)
}

func (f *fakeSource) EventPage(ctx context.Context, since, until time.Time, after string, limit int) ([]Event, bool, error) {
	if latency := time.Duration(f.latency.Load()); latency > 0 {
		if err := sleep(ctx, latency); err != nil {
			return nil, false, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := request{after: after, at: time.Now()}
	if !since.IsZero() {
		r.since = since.Unix()
	}
	if !until.IsZero() {
		r.until = until.Unix()
	}
	f.asked = append(f.asked, r)
	if f.before != nil {
		if err := f.before(r); err != nil {
			return nil, false, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	return f.page(r, limit)
}

func (f *fakeSource) page(r request, limit int) (events []Event, more bool, err error) {
	shown := func(e Event) bool { return e.Created >= r.since && (r.until == 0 || e.Created <= r.until) }
	from := 0
	if r.until > 0 {
		from, _ = slices.BinarySearchFunc(f.list, r.until, func(e Event, until int64) int {
			if e.Created > until {
				return -1
			}
			return 1
		})
	}
	if r.after != "" {
		i := slices.IndexFunc(f.list, func(e Event) bool { return e.ID == r.after })
		if i < 0 {
			return nil, false, &services.Error{Code: services.CodeNotFound, Message: "No such event."}
		}
		if !shown(f.list[i]) {
			return nil, false, nil
		}
		from = i + 1
	}
	for _, e := range f.list[from:] {
		if !shown(e) {
			break
		}
		if len(events) == limit {
			return events, true, nil
		}
		events = append(events, e)
	}
	return events, false, nil
}

// pages is how many pages were asked for so far.
func (f *fakeSource) pages() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

// last is the last request.
func (f *fakeSource) last() request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[len(f.asked)-1]
}

// fakeStore keeps events in order of arrival.
type fakeStore struct {
	mu       sync.Mutex
	order    []string
	has      map[string]int // how often each event was stored
	cursors  map[string]string
	fail     func(call string) error // may fail a call before it does anything, under mu
	recorded []string                // problems, "" for a whole sync
}

func newStore() *fakeStore {
	return &fakeStore{has: map[string]int{}, cursors: map[string]string{}, fail: func(string) error { return nil }}
}

func (f *fakeStore) Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.may(ctx, "Add"); err != nil {
		return 0, 0, err
	}
	if source != services.SourceList {
		return 0, 0, fmt.Errorf("source %q", source)
	}
	for _, raw := range raws {
		var e struct{ ID string }
		if err := json.Unmarshal(raw, &e); err != nil {
			return 0, 0, err
		}
		f.has[e.ID]++
		if f.has[e.ID] > 1 {
			duplicates++
			continue
		}
		f.order = append(f.order, e.ID)
		added++
	}
	return added, duplicates, nil
}

func (f *fakeStore) may(ctx context.Context, call string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.fail(call)
}

func (f *fakeStore) Cursor(ctx context.Context, name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursors[name], f.may(ctx, "Cursor")
}

func (f *fakeStore) SetCursor(ctx context.Context, name, value string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.may(ctx, "SetCursor"); err != nil {
		return err
	}
	f.cursors[name] = value
	return nil
}

func (f *fakeStore) RecordSync(ctx context.Context, _ time.Time, problem string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recorded = append(f.recorded, problem)
	return f.may(ctx, "RecordSync")
}

// lastNote is what was last noted of the sync.
func (f *fakeStore) lastNote() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.recorded) == 0 {
		return "nothing"
	}
	return f.recorded[len(f.recorded)-1]
}

// missing lists what the source has from since on and the store has not.
func missing(f *fakeSource, s *fakeStore, since int64) (lost []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	left := map[string]bool{}
	for _, e := range f.list {
		if e.Created >= since && s.has[e.ID] == 0 {
			left[fmt.Sprintf("%s@%d", e.ID, e.Created)] = true
		}
	}
	return slices.Sorted(maps.Keys(left))
}

// exact fails the test unless the store has every event of the list.
func exact(t testing.TB, f *fakeSource, s *fakeStore) {
	t.Helper()
	if lost := missing(f, s, 0); len(lost) > 0 {
		t.Fatalf("%d of %d events are missing: %v", len(lost), len(f.list), lost[:min(5, len(lost))])
	}
}

// shapes are event lists as accounts make them: even, in bursts, in one second.
func shapes(r *rand.Rand, source *fakeSource, n int, from, to int64) {
	for n > 0 {
		burst := 1 + r.IntN([]int{1, 10, 300}[r.IntN(3)])
		at := from + r.Int64N(to-from)
		spread := []int64{1, 2, 60, 3600}[r.IntN(4)]
		for range min(burst, n) {
			source.add(min(to, at+r.Int64N(spread)))
			n--
		}
	}
}
