package eventsync

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
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

// A reading that is killed at any page goes on there: nothing is missing, nothing
// is read again but what was under way.
func TestKilledAtEveryPage(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	source := &fakeSource{}
	shapes(r, source, 2500, start-20*day, start)
	for range 350 {
		source.add(start - 5*day) // and one second with pages of its own
	}
	whole := 0
	for kill := 1; ; kill++ {
		store := newStore()
		ctx, stop := context.WithCancel(context.Background())
		source.asked, source.before = nil, func(request) error {
			if len(source.asked) == kill {
				stop()
			}
			return nil
		}
		opts := Options{Now: at(start + 1000)}
		_, err := New(source, store, opts).Backfill(ctx, time.Time{}, nil)
		stop()
		if err == nil {
			whole = kill
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		source.before = nil
		if _, err := New(source, store, opts).Backfill(context.Background(), time.Time{}, nil); err != nil {
			t.Fatal(err)
		}
		exact(t, source, store)
		twice := 0
		for _, n := range store.has {
			twice += n - 1
		}
		// The last hour is read again, and at most a page for each worker.
		if most := workers*pageSize + len(source.list)/10; twice > most {
			t.Errorf("killed at page %d: %d events were read twice", kill, twice)
		}
		if whole > 0 {
			break
		}
	}
	if whole < 25 {
		t.Errorf("2850 events were read in %d pages", whole-1)
	}
}

// Killed after every few pages, again and again, a reading still comes to its end.
func TestKilledAgainAndAgain(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	r := rand.New(rand.NewPCG(8, 7))
	shapes(r, source, 1500, start-20*day, start-day)
	for range 1050 {
		source.add(start - 30)
	}
	for range 1050 {
		source.add(start - 5*day)
	}
	clock := start
	opts := Options{Now: func() time.Time { return time.Unix(clock, 0) }, Overlap: time.Second}
	for life := 0; ; life++ {
		ctx, stop := context.WithCancel(context.Background())
		source.asked, source.before = nil, func(request) error {
			if len(source.asked) > 5 {
				stop()
			}
			return nil
		}
		_, err := New(source, store, opts).Sync(ctx)
		stop()
		clock += 60
		if st, _ := decode(store.cursors["list."]); st.Top > 0 && len(st.open(clock)) == 0 {
			break
		}
		if err == nil || life > 300 {
			t.Fatalf("not at its end after %d lives: %v", life, err)
		}
	}
	exact(t, source, store)
}

func TestInterruptedFirstSyncGoesOn(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for i := range int64(1000) {
		source.add(start + i*60)
	}
	broken := &services.Error{Code: services.CodeUnavailable, Message: "Stripe does not answer."}
	source.before = func(request) error {
		if len(source.asked) >= 7 {
			return broken
		}
		return nil
	}
	opts := Options{Now: at(start + 100_000)}
	added, err := New(source, store, opts).Sync(context.Background())
	if !errors.Is(err, broken) || added < 100 {
		t.Fatalf("%d added, %v", added, err)
	}
	if store.recorded[0] != broken.Message {
		t.Errorf("recorded %q", store.recorded)
	}
	source.asked, source.before = nil, nil
	more, err := New(source, store, opts).Sync(context.Background())
	if err != nil || added+more != 1000 {
		t.Fatalf("%d and %d added, %v", added, more, err)
	}
	exact(t, source, store)
	if pages := len(source.asked); pages > (1000-added)/100+2*workers {
		t.Errorf("%d pages for the %d events that were left", pages, 1000-added)
	}
	if got := store.lastNote(); got != "" {
		t.Errorf("recorded %q at last", got)
	}
}

// A page that came before the end is kept.
func TestStoppedKeepsWhatCame(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	store := newStore()
	source := pages(func(string) ([][]byte, bool, error) {
		stop()
		return [][]byte{[]byte(`{"id":"evt_2","created":1795000000}`), []byte(`{"id":"evt_1","created":1794000000}`)}, true, nil
	})
	res, err := New(source, store, Options{Now: at(start + day)}).Backfill(ctx, time.Time{}, nil)
	if !errors.Is(err, context.Canceled) || res.Read != 2 || res.Added != 2 || len(store.order) != 2 || len(res.Gaps) != 2 {
		t.Errorf("%+v, %v; stored %v", res, err, store.order)
	}
	if len(store.recorded) > 0 {
		t.Errorf("a stop was noted as %q", store.recorded)
	}
}

// The second that is not over has no place to go on from: more may come into it.
func TestThePresentHasNoPlaces(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for range 250 {
		source.add(start)
	}
	source.before = func(request) error {
		if len(source.asked) == 2 {
			return errors.New("broken")
		}
		return nil
	}
	if _, err := New(source, store, Options{Now: at(start)}).Sync(context.Background()); err == nil {
		t.Fatal("it was to fail")
	}
	if st, _ := decode(store.cursors["list."]); len(store.order) != 100 || len(st.Places)+len(st.Whole) > 0 {
		t.Errorf("%d events stored, %+v", len(store.order), st)
	}
}

func TestLostPlaceStartsTheSecondAgain(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for range 450 {
		source.add(start)
	}
	for i := range int64(50) {
		source.add(start + 200 + i)
	}
	source.before = func(request) error {
		if len(source.asked) == 4 {
			return errors.New("broken")
		}
		return nil
	}
	opts := Options{Now: at(start + 2000)}
	if _, err := New(source, store, opts).Sync(context.Background()); err == nil {
		t.Fatal("the first sync was to fail")
	}
	st, _ := decode(store.cursors["list."])
	if len(st.Places) != 1 {
		t.Fatalf("it stands at %v", st.Places)
	}
	place := st.Places[start].After
	source.list = slices.DeleteFunc(source.list, func(e event) bool { return e.ID == place })
	source.asked, source.before = nil, func(request) error {
		if len(source.asked) == 4 { // the newest, the lost place, its second from the top
			return errors.New("broken")
		}
		return nil
	}
	if _, err := New(source, store, opts).Sync(context.Background()); err == nil {
		t.Fatal("the second sync was to fail")
	}
	if st, _ := decode(store.cursors["list."]); len(st.Places) != 1 || st.Places[start].After == place {
		t.Errorf("it stands at %v, where %s is gone", st.Places, place)
	}
	source.before = nil
	if _, err := New(source, store, opts).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	exact(t, source, store)
	// A list that refuses everything is an error, not an endless loop.
	source.before = func(request) error { return &services.Error{Code: services.CodeRefused} }
	if _, err := New(source, store, opts).Sync(context.Background()); services.CodeOf(err) != services.CodeRefused {
		t.Errorf("got %v", err)
	}
}

func TestBadAnswersEnd(t *testing.T) {
	for name, page := range map[string][]string{
		"empty but more":    {},
		"the same again":    {`{"id":"evt_1","created":1}`},
		"an event sans id":  {`{"created":1}`},
		"an id of bad form": {`{"id":7}`},
		"no JSON":           {`{`},
	} {
		source := pages(func(string) ([][]byte, bool, error) {
			var raws [][]byte
			for _, text := range page {
				raws = append(raws, []byte(text))
			}
			return raws, true, nil
		})
		if _, err := New(source, newStore(), Options{}).Sync(context.Background()); services.CodeOf(err) != services.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A time that cannot be read, or that is out of order, makes nothing whole that
// is not, and holds up nothing.
func TestOddTimes(t *testing.T) {
	odd := [][]string{
		{`{"id":"evt_9","created":"soon"}`, `{"id":"evt_8","created":1795000000}`},
		{`{"id":"evt_7","created":1794000000}`, `{"id":"evt_6"}`},
		{`{"id":"evt_5","created":null}`, `{"id":"evt_4","created":-5}`},
		{`{"id":"evt_3","created":1796000000}`, `{"id":"evt_2","created":1793000000}`},
		{`{"id":"evt_1","created":1}`},
	}
	turn := map[string]int{"": 0, "evt_8": 1, "evt_6": 2, "evt_4": 3, "evt_2": 4}
	store := newStore()
	source := pages(func(after string) ([][]byte, bool, error) {
		var raws [][]byte
		i, ok := turn[after]
		if !ok {
			t.Errorf("read on after %q", after)
		}
		for _, text := range odd[i] {
			raws = append(raws, []byte(text))
		}
		st, _ := decode(store.cursors["list."])
		if st.Whole.has(1793000000) || st.Whole.has(1) {
			t.Errorf("%v is called whole before page %d", st.Whole, i)
		}
		return raws, i < len(odd)-1, nil
	})
	if added, err := New(source, store, Options{Now: at(start + 10*day)}).Sync(context.Background()); err != nil || added != 9 {
		t.Errorf("%d added, %v", added, err)
	}
}

type pages func(after string) ([][]byte, bool, error)

func (p pages) EventPage(_ context.Context, _, _ time.Time, after string, _ int) ([][]byte, bool, error) {
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
	other := New(source, store, opts)
	source.before = func(request) error {
		if len(source.asked) == 6 {
			source.mu.Unlock()
			defer source.mu.Lock()
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
