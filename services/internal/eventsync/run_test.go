package eventsync

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bursar/services"
)

// guardedSource answers one call at a time, and none while the test changes it.
type guardedSource struct {
	mu     *sync.Mutex
	source *fakeSource
}

func (g guardedSource) EventPage(ctx context.Context, since time.Time, after string, limit int) ([][]byte, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.source.EventPage(ctx, since, after, limit)
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, store := &fakeSource{}, newStore()
		var rounds []time.Duration // since the beginning
		began := time.Now()
		broken := false
		source.before = func() error { // runs with mu held
			rounds = append(rounds, time.Since(began))
			if broken {
				return &services.Error{Code: services.CodeUnavailable, Message: "Stripe does not answer."}
			}
			return nil
		}
		source.add(began.Unix() - 10*24*3600)
		source.add(began.Unix() - 3000)
		source.add(began.Unix())
		changes := 0
		var mu sync.Mutex // between the test and Run
		locked := func(fn func()) {
			mu.Lock()
			defer mu.Unlock()
			fn()
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			guarded := guardedSource{&mu, source}
			New(guarded, store, Options{}).Run(ctx, 5*time.Second, func() { locked(func() { changes++ }) })
		}()
		step := func(d time.Duration, wantRounds, wantChanges int) {
			t.Helper()
			locked(func() { rounds, changes = nil, 0 })
			time.Sleep(d)
			synctest.Wait()
			if len(rounds) != wantRounds || changes != wantChanges {
				t.Errorf("%d rounds, %d changes; want %d, %d", len(rounds), changes, wantRounds, wantChanges)
			}
		}
		step(12*time.Second, 3, 1) // at 0, 5, 10
		if since := source.since[len(source.since)-1].Unix(); since != began.Unix()-120 {
			t.Errorf("the tail is read since %d, want two minutes before %d", since, began.Unix())
		}
		locked(func() { source.add(time.Now().Unix()) })
		step(5*time.Second, 1, 1)
		locked(func() { broken = true })
		step(75*time.Second, 4, 1) // at 20, then after 10, 20, 40
		if h := store.recorded[len(store.recorded)-1]; h != "Stripe does not answer." {
			t.Errorf("recorded %q", h)
		}
		step(time.Hour, 13, 0) // after 80, 160, then every 300
		if n := len(store.recorded); store.recorded[n-2] != "" {
			t.Errorf("the same problem was noted again and again: %q", store.recorded)
		}
		locked(func() { broken = false })
		for len(store.recorded) > 0 && store.recorded[len(store.recorded)-1] != "" {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		noted := len(store.recorded)
		step(10*time.Minute, 120, 0)
		if n := len(store.recorded) - noted; n < 9 || n > 11 {
			t.Errorf("noted %d times in ten quiet minutes, want one a minute", n)
		}
		locked(func() { source.since = nil })
		step(time.Hour, 720, 0)
		whole := 0
		for _, since := range source.since {
			if since.Unix() == source.list[0].Created-3600 {
				whole++
			}
		}
		if whole != 1 {
			t.Errorf("%d rounds of an hour read the whole overlap, want 1", whole)
		}
		stop()
		<-ended
	})
}
