package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

// fakeStore notes what it was asked, and holds events in the order they came.
type fakeStore struct {
	EventStore
	asked services.LogQuery

	mu       sync.Mutex
	events   []string
	failing  error
	watchers []chan struct{}
}

func (f *fakeStore) List(_ context.Context, q services.LogQuery) (services.LogPage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = q
	return services.LogPage{Offset: q.Offset, Position: strconv.Itoa(len(f.events))}, f.failing
}

// Arrivals leaves out what ends in the query's customer.
func (f *fakeStore) Arrivals(_ context.Context, q services.LogQuery, from string, limit int) (found []services.Arrival, next string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, _ := strconv.Atoi(from)
	for ; at < len(f.events) && limit > 0; limit-- {
		id := f.events[at]
		at++
		if q.Customer == "" || id[len(id)-1:] != q.Customer {
			found = append(found, services.Arrival{Event: services.Event{ID: id}, Position: strconv.Itoa(at)})
		}
	}
	return found, strconv.Itoa(at), f.failing
}

func (f *fakeStore) Watch(ctx context.Context) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan struct{}, 1)
	f.watchers = append(f.watchers, ch)
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.watchers = slices.DeleteFunc(f.watchers, func(w chan struct{}) bool { return w == ch })
		close(ch)
	})
	return ch
}

func (f *fakeStore) add(ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, ids...)
	for _, w := range f.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func TestLogsList(t *testing.T) {
	store := &fakeStore{}
	logs := NewLogs(store, nil)
	if _, err := logs.List(t.Context(), services.LogQuery{Customer: "cus_1", Offset: 10, Before: "evt_1"}); err != nil ||
		*store.asked.Limit != 100 || store.asked.Customer != "cus_1" || store.asked.Offset != 10 || store.asked.Before != "evt_1" {
		t.Errorf("asked %+v, %v", store.asked, err)
	}
	for _, limit := range []int{0, 5, 10_000} {
		if _, err := logs.List(t.Context(), services.LogQuery{Limit: &limit}); err != nil || *store.asked.Limit != limit {
			t.Errorf("limit %d: asked %+v, %v", limit, store.asked, err)
		}
	}
	for field, q := range map[string]services.LogQuery{"limit": {Limit: new(-1)}, "offset": {Offset: -1}, "after": {Before: "evt_1", After: "evt_2"}} {
		if _, err := logs.List(t.Context(), q); services.AsError(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := logs.List(t.Context(), services.LogQuery{Limit: new(10_001)}); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
	if _, err := logs.Event(t.Context(), ""); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
}

// following reads so many events of a following.
func following(t *testing.T, store *fakeStore, q services.LogQuery, from string, n int) (ids []string, position string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if n == 0 {
		return nil, from
	}
	for arrival, err := range NewLogs(store, nil).Follow(ctx, q, from) {
		if err != nil {
			t.Fatal(err)
		}
		ids, position = append(ids, arrival.Event.ID), arrival.Position
		if len(ids) == n {
			return ids, position
		}
	}
	t.Fatalf("the following ended after %v", ids)
	return nil, ""
}

// Whatever comes while events are read and wherever a following is broken off,
// each event comes once.
func TestFollowMissesAndRepeatsNothing(t *testing.T) {
	store := &fakeStore{}
	const events = 2000
	go func() {
		for i := range events {
			store.add(fmt.Sprintf("evt_%04d", i))
		}
	}()
	var got []string
	position := "0"
	for step := 1; len(got) < events; step = step%97 + 13 {
		var ids []string
		ids, position = following(t, store, services.LogQuery{}, position, min(step, events-len(got)))
		got = append(got, ids...)
	}
	for i, id := range got {
		if id != fmt.Sprintf("evt_%04d", i) {
			t.Fatalf("event %d is %s", i, id)
		}
	}
}

func TestFollowFromNowOnAndFiltered(t *testing.T) {
	store := &fakeStore{events: []string{"evt_old"}}
	got := make(chan []string)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		var ids []string
		for arrival, err := range NewLogs(store, nil).Follow(ctx, services.LogQuery{Customer: "5"}, "") {
			if err != nil {
				ids = append(ids, err.Error())
			}
			if ids = append(ids, arrival.Event.ID); len(ids) == 2 {
				cancel()
			}
		}
		got <- ids
	}()
	deadline := time.Now().Add(10 * time.Second)
	for watching := false; !watching && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		store.mu.Lock()
		watching = store.asked.Limit != nil
		store.mu.Unlock()
	}
	store.add("evt_4", "evt_5", "evt_6")
	if ids := <-got; !slices.Equal(ids, []string{"evt_4", "evt_6"}) {
		t.Errorf("followed %v", ids)
	}
}

func TestFollowTellsWhatFails(t *testing.T) {
	for _, from := range []string{"", "0"} {
		var errs []error
		for _, err := range NewLogs(&fakeStore{failing: errors.New("gone")}, nil).Follow(t.Context(), services.LogQuery{}, from) {
			errs = append(errs, err)
		}
		if len(errs) != 1 || errs[0] == nil {
			t.Errorf("from %q: %v", from, errs)
		}
	}
}

// fakeSyncer knows of a gap.
type fakeSyncer struct{ Syncer }

func (fakeSyncer) Gaps(context.Context) ([]services.LogGap, error) {
	return []services.LogGap{{Why: "asleep"}}, nil
}

func (f *fakeStore) Health(context.Context) (services.LogHealth, error) {
	return services.LogHealth{Events: 7}, nil
}

func TestHealthTellsOfGaps(t *testing.T) {
	h, err := NewLogs(&fakeStore{}, fakeSyncer{}).Health(t.Context())
	if err != nil || h.Events != 7 || len(h.Gaps) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
}
