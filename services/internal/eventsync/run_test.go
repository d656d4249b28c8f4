package eventsync

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bursar/services"
)

// guarded is a source and a store whose calls wait for mu.
type guarded struct {
	mu *sync.Mutex
	*fakeSource
	*fakeStore
}

func (g guarded) EventPage(ctx context.Context, since time.Time, after string, limit int) ([][]byte, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fakeSource.EventPage(ctx, since, after, limit)
}

func (g guarded) Add(ctx context.Context, source services.EventSource, raws [][]byte) (int, int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fakeStore.Add(ctx, source, raws)
}

func (g guarded) Cursor(ctx context.Context, name string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fakeStore.Cursor(ctx, name)
}

func (g guarded) SetCursor(ctx context.Context, name, value string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fakeStore.SetCursor(ctx, name, value)
}

func (g guarded) RecordSync(ctx context.Context, at time.Time, problem string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fakeStore.RecordSync(ctx, at, problem)
}

// running is Run in a bubble of its own time. The test holds mu but while it
// rests, so Run moves only then.
type running struct {
	*testing.T
	guarded
	began   time.Time
	broken  bool            // whether Stripe answers
	rounds  []time.Duration // since began, of the last step
	changes int             // of the last step
}

func (r *running) rest(d time.Duration) {
	r.mu.Unlock()
	time.Sleep(d)
	synctest.Wait()
	r.mu.Lock()
}

func (r *running) step(d time.Duration, wantRounds, wantChanges int) {
	r.Helper()
	r.rounds, r.changes = nil, 0
	r.rest(d)
	if len(r.rounds) != wantRounds || r.changes != wantChanges {
		r.Errorf("rounds at %v, %d changes; want %d, %d", r.rounds, r.changes, wantRounds, wantChanges)
	}
}

// lastNote is what was last noted of the sync.
func (r *running) lastNote() string { return r.recorded[len(r.recorded)-1] }

// run plays fn while Run polls every five seconds.
func run(t *testing.T, fn func(r *running)) {
	synctest.Test(t, func(t *testing.T) {
		r := &running{T: t, guarded: guarded{new(sync.Mutex), &fakeSource{}, newStore()}, began: time.Now()}
		r.before = func() error {
			r.rounds = append(r.rounds, time.Since(r.began))
			if r.broken {
				return &services.Error{Code: services.CodeUnavailable, Message: "Stripe does not answer."}
			}
			return nil
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		r.mu.Lock()
		go func() {
			defer close(ended)
			New(r.guarded, r.guarded, Options{}).Run(ctx, 5*time.Second, func() {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.changes++
			})
		}()
		fn(r)
		r.mu.Unlock()
		stop()
		<-ended
	})
}

func TestRunTellsWhatIsNew(t *testing.T) {
	run(t, func(r *running) {
		now := r.began.Unix()
		r.add(now - 10*24*3600)
		r.add(now)
		r.step(12*time.Second, 3, 1) // at 0, 5, 10
		if since := r.since[len(r.since)-1].Unix(); since != now-120 {
			r.Errorf("the tail is read since %d, want two minutes before %d", since, now)
		}
		r.add(time.Now().Unix())
		r.step(5*time.Second, 1, 1)
		r.step(5*time.Second, 1, 0)
		if len(r.order) != 3 {
			r.Errorf("%d events stored, want 3", len(r.order))
		}
	})
}

func TestRunBacksOff(t *testing.T) {
	run(t, func(r *running) {
		r.step(17*time.Second, 4, 0) // at 0, 5, 10, 15
		r.broken = true
		r.step(75*time.Second, 4, 1) // at 20, then after 10, 20, 40
		if r.lastNote() != "Stripe does not answer." {
			r.Errorf("noted %q", r.recorded)
		}
		r.step(time.Hour, 13, 0) // after 80, 160, then every 300
		if n := len(r.recorded); r.recorded[n-2] != "" {
			r.Errorf("the same problem was noted again and again: %q", r.recorded)
		}
		r.broken, r.changes = false, 0
		for r.lastNote() != "" {
			r.rest(time.Second)
		}
		if r.changes != 1 {
			r.Errorf("told %d times that the problem is over", r.changes)
		}
		r.step(10*time.Second, 2, 0)
	})
}

func TestRunReadsTheWholeOverlapHourly(t *testing.T) {
	run(t, func(r *running) {
		r.add(r.began.Unix())
		r.step(time.Second, 1, 1)
		noted := len(r.recorded)
		r.step(10*time.Minute, 120, 0)
		if n := len(r.recorded) - noted; n < 9 || n > 11 {
			r.Errorf("noted %d times in ten quiet minutes, want one a minute", n)
		}
		r.step(time.Hour, 720, 0)
		whole := 0
		for _, since := range r.since {
			if since.Unix() == r.began.Unix()-3600 {
				whole++
			}
		}
		if whole != 1 {
			r.Errorf("%d rounds read the whole overlap, want 1", whole)
		}
	})
}
