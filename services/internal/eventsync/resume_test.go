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
	source := pages(func(string) ([]Event, bool, error) {
		stop()
		return []Event{listed(2, start), listed(1, start-day)}, true, nil
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
	deep := 0 // pages of the second, read on from a place
	source.before = func(r request) error {
		if r.until == start && r.after != "" {
			deep++
		}
		if deep == 3 {
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
	source.list = slices.DeleteFunc(source.list, func(e Event) bool { return e.ID == place })
	source.before = func(r request) error {
		if r.until == start && r.after != "" && r.after != place { // once it began the second again
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
