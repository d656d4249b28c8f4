package eventsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bursar/services"
)

// fakeSource is an event list as Stripe keeps it.
type fakeSource struct {
	list   []event // newest first; among equals of one second, the later added first
	n      int
	calls  int
	before func() error // runs before each page
	since  []time.Time  // of each call
}

// add puts an event in the list.
func (f *fakeSource) add(created int64) {
	f.n++
	e := event{ID: fmt.Sprintf("evt_%d", f.n), Created: created}
	e.raw = fmt.Appendf(nil, `{"id":%q,"created":%d}`, e.ID, created)
	at := slices.IndexFunc(f.list, func(other event) bool { return other.Created <= created })
	if at < 0 {
		at = len(f.list)
	}
	f.list = slices.Insert(f.list, at, e)
}

func (f *fakeSource) EventPage(_ context.Context, since time.Time, after string, limit int) ([][]byte, bool, error) {
	f.calls++
	f.since = append(f.since, since)
	if f.before != nil {
		if err := f.before(); err != nil {
			return nil, false, err
		}
	}
	from := 0
	if after != "" {
		i := slices.IndexFunc(f.list, func(e event) bool { return e.ID == after })
		if i < 0 {
			return nil, false, &services.Error{Code: services.CodeNotFound, Message: "No such event."}
		}
		from = i + 1
	}
	var raws [][]byte
	for _, e := range f.list[from:] {
		if !since.IsZero() && e.Created < since.Unix() {
			break
		}
		if len(raws) == limit {
			return raws, true, nil
		}
		raws = append(raws, e.raw)
	}
	return raws, false, nil
}

// fakeStore keeps events in order of arrival.
type fakeStore struct {
	order    []event
	has      map[string]bool
	cursors  map[string]string
	fail     func(call string) error // may fail a call before it does anything
	recorded []string                // problems, "" for a whole sync
	batches  int
}

func newStore() *fakeStore {
	return &fakeStore{has: map[string]bool{}, cursors: map[string]string{}, fail: func(string) error { return nil }}
}

func (f *fakeStore) Add(_ context.Context, _ services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	if err := f.fail("Add"); err != nil {
		return 0, 0, err
	}
	f.batches++
	for _, raw := range raws {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return 0, 0, err
		}
		if f.has[e.ID] {
			duplicates++
			continue
		}
		f.has[e.ID] = true
		f.order = append(f.order, e)
		added++
	}
	return added, duplicates, nil
}

func (f *fakeStore) Cursor(_ context.Context, name string) (string, error) {
	return f.cursors[name], f.fail("Cursor")
}

func (f *fakeStore) SetCursor(_ context.Context, name, value string) error {
	if err := f.fail("SetCursor"); err != nil {
		return err
	}
	f.cursors[name] = value
	return nil
}

func (f *fakeStore) RecordSync(_ context.Context, _ time.Time, problem string) error {
	f.recorded = append(f.recorded, problem)
	return f.fail("RecordSync")
}

// newestFirst is how the archive shows what it got.
func (f *fakeStore) newestFirst() (ids []string) {
	events := slices.Clone(f.order)
	slices.Reverse(events)
	slices.SortStableFunc(events, func(a, b event) int { return int(b.Created - a.Created) })
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func (f *fakeSource) ids() (ids []string) {
	for _, e := range f.list {
		ids = append(ids, e.ID)
	}
	return ids
}

// missing lists what the source has and the store has not.
func missing(f *fakeSource, s *fakeStore) []string {
	left := map[string]bool{}
	for _, e := range f.list {
		left[e.ID] = true
	}
	for id := range s.has {
		delete(left, id)
	}
	return slices.Sorted(maps.Keys(left))
}
