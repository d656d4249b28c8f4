package eventsync

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bursar/services"
)

const start = int64(1_795_000_000)

func at(seconds int64) services.Clock { return func() time.Time { return time.Unix(seconds, 0) } }

func TestFirstSyncReadsEverythingInOrder(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		source, store := &fakeSource{}, newStore()
		for range r.IntN(700) {
			source.add(start + int64(r.IntN(1+r.IntN(40)))) // up to hundreds in one second, across pages
		}
		var seen []Progress
		added, err := New(source, store, Options{Now: at(start + 1000), Progress: func(p Progress) { seen = append(seen, p) }}).Sync(context.Background())
		if err != nil || added != len(source.list) {
			t.Fatalf("seed %d: %d added, %v; want %d", seed, added, err, len(source.list))
		}
		if !slices.Equal(store.newestFirst(), source.ids()) {
			t.Fatalf("seed %d: the archive's order is not Stripe's", seed)
		}
		if n := len(seen); len(source.list) > 0 && (n == 0 || seen[n-1].Read != len(source.list) ||
			seen[n-1].Reached.Unix() != source.list[len(source.list)-1].Created) {
			t.Errorf("seed %d: progress ended with %+v", seed, seen)
		}
		if len(store.recorded) != 1 || store.recorded[0] != "" {
			t.Errorf("seed %d: recorded %q", seed, store.recorded)
		}
	}
}

func TestLaterSyncReadsTheOverlapOnly(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for i := range int64(1000) {
		source.add(start + i*60)
	}
	newest := source.list[0].Created
	sync := New(source, store, Options{Now: at(newest + 5), Overlap: 10 * time.Minute})
	if _, err := sync.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	source.add(newest + 3)
	source.add(newest - 540) // listed late
	source.calls = 0
	added, err := New(source, store, Options{Now: at(newest + 5), Overlap: 10 * time.Minute}).Sync(context.Background())
	if added != 2 || err != nil || source.calls != 1 {
		t.Errorf("%d added, %v, %d pages; want 2 from one page", added, err, source.calls)
	}
	if got := source.since[len(source.since)-1].Unix(); got != newest-600 {
		t.Errorf("read since %d, want %d", got, newest-600)
	}
	// Another account's list is read from the beginning.
	if _, err := New(source, store, Options{Account: "acct_2", Now: at(newest)}).Sync(context.Background()); err != nil || !source.since[len(source.since)-1].IsZero() {
		t.Errorf("another account continued where the first was: %v", err)
	}
}

// Whatever fails, stops or arrives meanwhile: what Stripe lists ends up in the
// archive.
func TestNoGap(t *testing.T) {
	const lateBy = 60 // seconds
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		source, store := &fakeSource{}, newStore()
		clock := start
		broken := errors.New("broken")
		chance := func(percent int, err error) error {
			if r.IntN(100) < percent {
				return err
			}
			return nil
		}
		arrive := func(n int) {
			for range n {
				clock += int64(r.IntN(2))
				source.add(clock - int64(r.IntN(lateBy)))
			}
		}
		arrive(r.IntN(900))
		opts := Options{Now: func() time.Time { return time.Unix(clock, 0) }, Overlap: 2 * lateBy * time.Second}
		sync := New(source, store, opts)
		source.before = func() error {
			arrive(r.IntN(30))
			return chance(15, broken)
		}
		store.fail = func(string) error { return chance(8, broken) }
		for range 12 {
			if _, err := sync.Sync(context.Background()); err != nil && r.IntN(2) == 0 {
				sync = New(source, store, opts) // the process was killed and starts again
			}
			arrive(r.IntN(150))
		}
		source.before, store.fail = nil, func(string) error { return nil }
		if _, err := New(source, store, opts).Sync(context.Background()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if lost := missing(source, store); len(lost) > 0 {
			t.Fatalf("seed %d: %d of %d events are missing: %v", seed, len(lost), len(source.list), lost[:min(5, len(lost))])
		}
	}
}

func TestInterruptedFirstSyncGoesOn(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for i := range int64(1000) {
		source.add(start + i*60)
	}
	broken := &services.Error{Code: services.CodeUnavailable, Message: "Stripe does not answer."}
	source.before = func() error {
		if source.calls == 7 {
			return broken
		}
		return nil
	}
	if added, err := New(source, store, Options{Now: at(start + 100_000)}).Sync(context.Background()); !errors.Is(err, broken) || added < 500 {
		t.Fatalf("%d added, %v", added, err)
	}
	if store.recorded[0] != broken.Message {
		t.Errorf("recorded %q", store.recorded)
	}
	source.calls, source.before = 0, nil
	if _, err := New(source, store, Options{Now: at(start + 100_000)}).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	// What was left of the first reading, and one page for the overlap of the next.
	if lost := missing(source, store); len(lost) > 0 || source.calls > 6 {
		t.Errorf("%d missing, %d pages read", len(lost), source.calls)
	}
	if got := store.recorded[len(store.recorded)-1]; got != "" {
		t.Errorf("recorded %q at last", got)
	}
}

func TestLostPlaceStartsAgain(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	for i := range int64(450) {
		source.add(start + i)
	}
	source.before = func() error {
		if source.calls == 3 {
			return errors.New("broken")
		}
		return nil
	}
	if _, err := New(source, store, Options{Now: at(start + 2000)}).Sync(context.Background()); err == nil {
		t.Fatal("the first sync was to fail")
	}
	source.list = slices.Delete(source.list, 150, 250) // the place it stood at is among them
	source.before = nil
	if _, err := New(source, store, Options{Now: at(start + 2000)}).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	if lost := missing(source, store); len(lost) > 0 {
		t.Errorf("%d events are missing", len(lost))
	}
	// A list that refuses everything is an error, not an endless loop.
	source.before = func() error { return &services.Error{Code: services.CodeRefused} }
	if _, err := New(source, store, Options{Now: at(start + 2000)}).Sync(context.Background()); services.CodeOf(err) != services.CodeRefused {
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
	// What is wrong with one event must not hold up the others.
	store := newStore()
	source := pages(func(string) ([][]byte, bool, error) {
		return [][]byte{[]byte(`{"id":"evt_2","created":"soon"}`), []byte(`{"id":"evt_1","created":1}`)}, false, nil
	})
	if _, err := New(source, addAll{store}, Options{}).Sync(context.Background()); err != nil {
		t.Error(err)
	}
}

// addAll accepts events that the fake store cannot read.
type addAll struct{ *fakeStore }

func (addAll) Add(_ context.Context, _ services.EventSource, raws [][]byte) (int, int, error) {
	return len(raws), 0, nil
}

type pages func(after string) ([][]byte, bool, error)

func (p pages) EventPage(_ context.Context, _ time.Time, after string, _ int) ([][]byte, bool, error) {
	return p(after)
}

func TestEventsOfTheFutureHideNothing(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	source.add(start + 10_000_000) // a clock that ran ahead
	source.add(start)
	if _, err := New(source, store, Options{Now: at(start + 1)}).Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	source.add(start + 2)
	if added, err := New(source, store, Options{Now: at(start + 3)}).Sync(context.Background()); added != 1 || err != nil {
		t.Errorf("%d added, %v; want 1", added, err)
	}
}

func TestUnreadablePlaceStartsOver(t *testing.T) {
	source, store := &fakeSource{}, newStore()
	source.add(start)
	store.cursors["events."] = "{"
	if added, err := New(source, store, Options{Now: at(start)}).Sync(context.Background()); added != 1 || err != nil {
		t.Errorf("%d added, %v", added, err)
	}
}
