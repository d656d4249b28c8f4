package eventsync

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
)

const day = int64(24 * 3600)

func TestFirstSyncReadsEverything(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		source, store := &fakeSource{}, newStore()
		shapes(r, source, r.IntN(3000), start-29*day, start)
		added, err := New(source, store, Options{Now: at(start + 1000)}).Sync(context.Background())
		if err != nil || added != len(source.list) {
			t.Fatalf("seed %d: %d added, %v; want %d", seed, added, err, len(source.list))
		}
		exact(t, source, store)
		if len(store.recorded) != 1 || store.recorded[0] != "" {
			t.Errorf("seed %d: recorded %q", seed, store.recorded)
		}
		if gaps, err := New(source, store, Options{Now: at(start + 1000)}).Gaps(context.Background()); err != nil || len(gaps) > 0 {
			t.Errorf("seed %d: gaps %v, %v", seed, gaps, err)
		}
	}
}

func TestLaterSyncReadsTheOverlapOnly(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for i := range int64(1000) {
		source.add(start + i*60)
	}
	newest := source.list[0].Created
	opts := Options{Now: at(newest + 500), Overlap: 10 * time.Minute}
	if _, err := New(source, store, opts).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	source.add(newest + 3)
	source.add(newest - 540) // listed late
	source.asked = nil
	added, err := New(source, store, opts).Sync(context.Background())
	if added != 2 || err != nil || len(source.asked) != 1 {
		t.Errorf("%d added, %v, %d pages; want 2 from one page", added, err, len(source.asked))
	}
	if got := source.last(); got.since != newest-600 || got.until != 0 {
		t.Errorf("asked for %+v, want since %d", got, newest-600)
	}
	// Another account's list is read from the beginning.
	source.asked = nil
	opts.Account = "acct_2"
	if _, err := New(source, store, opts).Sync(context.Background()); err != nil || source.asked[0].since != 0 {
		t.Errorf("another account continued where the first was: %v", err)
	}
}

// Whatever fails, stops or arrives meanwhile: what Stripe lists ends up in the
// archive, and nothing is called whole that is not.
func TestNoGap(t *testing.T) {
	const lateBy = 60 // seconds
	for seed := range uint64(40) {
		r := rand.New(&dice{PCG: rand.NewPCG(seed, 3)})
		source, store := &fakeSource{}, newStore()
		var clock atomic.Int64
		clock.Store(start)
		broken := errors.New("broken")
		chance := func(percent int, err error) error {
			if r.IntN(100) < percent {
				return err
			}
			return nil
		}
		arrive := func(n int) {
			for range n {
				source.add(clock.Add(int64(r.IntN(2))) - int64(r.IntN(lateBy)))
			}
		}
		shapes(r, source, r.IntN(2000), start-int64(r.IntN(20*86400))-10, start)
		opts := Options{Now: func() time.Time { return time.Unix(clock.Load(), 0) }, Overlap: 2 * lateBy * time.Second}
		syncer := New(source, store, opts)
		source.before = func(request) error {
			arrive(r.IntN(30))
			return chance(15, broken)
		}
		store.fail = func(string) error { return chance(4, broken) }
		for range 12 {
			if _, err := syncer.Sync(context.Background()); err != nil && r.IntN(2) == 0 {
				syncer = New(source, store, opts) // the process was killed and starts again
			}
			source.mu.Lock()
			arrive(r.IntN(150))
			source.mu.Unlock()
			wholeIsWhole(t, seed, source, store, lateBy)
		}
		source.before, store.fail = nil, func(string) error { return nil }
		clock.Add(2 * lateBy)
		if _, err := New(source, store, opts).Sync(context.Background()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		exact(t, source, store)
	}
}

// dice are thrown by several goroutines.
type dice struct {
	mu sync.Mutex
	*rand.PCG
}

func (d *dice) Uint64() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.PCG.Uint64()
}

// wholeIsWhole checks that what the state calls whole is archived, but for what
// came late or is not settled.
func wholeIsWhole(t *testing.T, seed uint64, source *fakeSource, store *fakeStore, late int64) {
	t.Helper()
	st, ok := decode(store.cursors["list."])
	if !ok {
		t.Fatalf("seed %d: the state %q cannot be read", seed, store.cursors["list."])
	}
	for _, e := range source.list {
		if st.Whole.has(e.Created) && e.Created < st.Top-late && store.has[e.ID] == 0 && e.Created < start {
			t.Fatalf("seed %d: %d is called whole and %s is missing", seed, e.Created, e.ID)
		}
	}
}

// listed is an event as it stands in the list.
func listed(n int, created int64) Event {
	id := fmt.Sprintf("evt_%d", n)
	return Event{ID: id, Created: created, Raw: fmt.Appendf(nil, `{"id":%q}`, id)}
}

func TestAListThatDoesNotMoveOnEnds(t *testing.T) {
	for name, page := range map[string][]Event{"empty but more": nil, "the same again": {listed(1, start)}} {
		source := pages(func(string) ([]Event, bool, error) { return page, true, nil })
		if _, err := New(source, newStore(), Options{}).Sync(context.Background()); services.CodeOf(err) != services.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A time that cannot be read, or that is out of order, makes nothing whole that
// is not, and holds up nothing.
func TestOddTimes(t *testing.T) {
	odd := [][]Event{
		{listed(9, 0), listed(8, start)},
		{listed(7, start-10*day), listed(6, 0)},
		{listed(5, 0), listed(4, -5)},
		{listed(3, start+10*day), listed(2, start-20*day)},
		{listed(1, 1)},
	}
	turn := map[string]int{"": 0, "evt_8": 1, "evt_6": 2, "evt_4": 3, "evt_2": 4}
	store := newStore()
	source := pages(func(after string) ([]Event, bool, error) {
		i, ok := turn[after]
		if !ok {
			t.Errorf("read on after %q", after)
		}
		if st, _ := decode(store.cursors["list."]); st.Whole.has(start-20*day) || st.Whole.has(1) {
			t.Errorf("%v is called whole before page %d", st.Whole, i)
		}
		return odd[i], i < len(odd)-1, nil
	})
	if added, err := New(source, store, Options{Now: at(start + 10*day)}).Sync(context.Background()); err != nil || added != 9 {
		t.Errorf("%d added, %v", added, err)
	}
}

type pages func(after string) ([]Event, bool, error)

func (p pages) EventPage(_ context.Context, _, _ time.Time, after string, _ int) ([]Event, bool, error) {
	return p(after)
}

// Stripe's clock and this machine's need not agree.
func TestClocksThatDisagree(t *testing.T) {
	for _, skew := range []int64{-40 * day, -2 * day, -3600, -30, 30, 3600, 2 * day, 40 * day} {
		r := rand.New(rand.NewPCG(uint64(skew), 4))
		source, store := &fakeSource{}, newStore()
		clock := start
		opts := Options{Now: func() time.Time { return time.Unix(clock+skew, 0) }}
		shapes(r, source, 1500, start-25*day, start)
		for round := range 20 {
			if _, err := New(source, store, opts).Sync(context.Background()); err != nil {
				t.Fatal(err)
			}
			if lost := missing(source, store, 0); len(lost) > 0 {
				t.Fatalf("skew %d s, round %d: %d events are missing: %v", skew, round, len(lost), lost[:min(5, len(lost))])
			}
			for range r.IntN(250) {
				clock += int64(r.IntN(200))
				source.add(clock)
			}
		}
	}
}

func TestEventsOfTheFutureHideNothing(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for i := range int64(150) {
		source.add(start + 10_000_000 + i) // a clock that ran ahead
	}
	source.add(start)
	if _, err := New(source, store, Options{Now: at(start + 1)}).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	exact(t, source, store)
	source.add(start + 2)
	if added, err := New(source, store, Options{Now: at(start + 3)}).Sync(context.Background()); added != 1 || err != nil {
		t.Errorf("%d added, %v; want 1", added, err)
	}
}

func TestUnreadableStateStartsOver(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	source.add(start)
	store.cursors["list."] = "{"
	if added, err := New(source, store, Options{Now: at(start)}).Sync(context.Background()); added != 1 || err != nil {
		t.Errorf("%d added, %v", added, err)
	}
}

// Two processes that read into one archive take nothing from each other.
func TestTwoReadersAddUp(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	r := rand.New(rand.NewPCG(1, 9))
	shapes(r, source, 4000, start-20*day, start)
	opts := Options{Now: at(start + 1000)}
	other := New(&fakeSource{list: source.list}, store, opts)
	source.before = func(request) error {
		if len(source.asked) == 6 {
			if _, err := other.tailOnce(); err != nil {
				t.Error(err)
			}
		}
		if len(source.asked) == 15 {
			return errors.New("broken")
		}
		return nil
	}
	if _, err := New(source, store, opts).Sync(context.Background()); err == nil {
		t.Fatal("it was to fail")
	}
	read := len(store.order)
	source.asked, source.before = nil, nil
	if _, err := New(source, store, opts).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	exact(t, source, store)
	if pages := len(source.asked); pages > (4000-read)/100+4*workers {
		t.Errorf("%d pages for the %d events that were left", pages, 4000-read)
	}
}

// tailOnce is one round of the tail.
func (s *Syncer) tailOnce() (int, error) {
	added, _, _, err := s.tail(context.Background())
	return added, err
}
