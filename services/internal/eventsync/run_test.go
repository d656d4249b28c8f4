package eventsync

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bursar/services"
)

// running is Run in a bubble of its own time.
type running struct {
	*testing.T
	*fakeSource
	*fakeStore
	syncer  *Syncer
	began   time.Time
	broken  atomic.Bool  // whether Stripe answers
	asleep  atomic.Int64 // how long the machine slept, its timers standing still
	set     atomic.Int64 // how far somebody moved its clock
	changes atomic.Int64
	start   func() // lets Run begin
}

// step lets time pass and checks how many pages were read and changes told.
func (r *running) step(d time.Duration, wantPages, wantChanges int) {
	r.Helper()
	pages, changes := r.pages(), r.changes.Load()
	r.rest(d)
	if p, c := r.pages()-pages, int(r.changes.Load()-changes); p != wantPages || c != wantChanges {
		r.Errorf("after %s: %d pages, %d changes; want %d, %d", time.Since(r.began), p, c, wantPages, wantChanges)
	}
}

func (r *running) rest(d time.Duration) {
	r.start()
	time.Sleep(d)
	synctest.Wait()
}

// event puts an event in the list that was made some time ago.
func (r *running) event(ago time.Duration) {
	r.fakeSource.mu.Lock()
	defer r.fakeSource.mu.Unlock()
	r.add(time.Now().Add(time.Duration(r.asleep.Load()) - ago).Unix())
}

// wall is what the machine's clock says.
func (r *running) wall() time.Time {
	return time.Now().Add(time.Duration(r.asleep.Load() + r.set.Load()))
}

// run plays fn while Run polls every so often.
func run(t *testing.T, every time.Duration, fn func(r *running)) {
	synctest.Test(t, func(t *testing.T) {
		r := &running{T: t, fakeSource: &fakeSource{}, fakeStore: newStore(), began: time.Now()}
		r.before = func(request) error {
			if r.broken.Load() {
				return &services.Error{Code: services.CodeUnavailable, Message: "Stripe does not answer."}
			}
			return nil
		}
		r.syncer = New(r.fakeSource, r.fakeStore, Options{Now: r.wall})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		started := make(chan struct{})
		go func() {
			defer close(ended)
			<-started
			r.syncer.Run(ctx, every, func() { r.changes.Add(1) })
		}()
		r.start = sync.OnceFunc(func() { close(started) })
		fn(r)
		stop()
		<-ended
	})
}

func TestRunTellsWhatIsNew(t *testing.T) {
	run(t, 5*time.Second, func(r *running) {
		r.event(10 * 24 * time.Hour)
		r.event(0)
		r.step(12*time.Second, 3, 1) // at 0, 5, 10
		if since := r.last().since; since != r.began.Unix()-settled {
			r.Errorf("the tail is read since %d, want two minutes before %d", since, r.began.Unix())
		}
		r.event(0)
		r.step(5*time.Second, 1, 1)
		r.step(5*time.Second, 1, 0)
		exact(r, r.fakeSource, r.fakeStore)
	})
}

func TestRunBacksOff(t *testing.T) {
	run(t, 5*time.Second, func(r *running) {
		r.step(17*time.Second, 4, 0) // at 0, 5, 10, 15
		r.broken.Store(true)
		r.step(75*time.Second, 4, 1) // at 20, then after 10, 20, 40
		if r.lastNote() != "Stripe does not answer." {
			r.Errorf("noted %q", r.recorded)
		}
		r.step(time.Hour, 13, 0) // after 80, 160, then every 300
		if n := len(r.recorded); r.recorded[n-2] != "" {
			r.Errorf("the same problem was noted again and again: %q", r.recorded)
		}
		r.broken.Store(false)
		changes := r.changes.Load()
		for r.lastNote() != "" {
			r.rest(time.Second)
		}
		if r.changes.Load() != changes+1 {
			r.Errorf("told %d times that the problem is over", r.changes.Load()-changes)
		}
		r.step(10*time.Second, 2, 0)
	})
}

// readsWhole counts the requests that read the last hour again.
func (r *running) readsWhole() (n int) {
	for _, q := range r.asked {
		if q.since == r.began.Unix()-3600 {
			n++
		}
	}
	return n
}

func TestRunReconcilesHourly(t *testing.T) {
	run(t, 5*time.Second, func(r *running) {
		r.event(0)
		r.step(time.Second, 1, 1)
		noted := len(r.recorded)
		r.step(10*time.Minute, 120, 0)
		if n := len(r.recorded) - noted; n < 9 || n > 11 {
			r.Errorf("noted %d times in ten quiet minutes, want one a minute", n)
		}
		saved := r.cursors["list."]
		r.rest(30 * time.Second)
		if r.cursors["list."] != saved {
			r.Error("the state was written although nothing came")
		}
		r.step(time.Hour, 720, 0)
		if n := r.readsWhole(); n != 1 {
			r.Errorf("%d rounds read the whole hour, want 1", n)
		}
	})
}

// A machine that slept, or whose clock was set, reads everything since at once,
// although its timers stood still.
func TestRunReconcilesAfterSleep(t *testing.T) {
	run(t, 5*time.Minute, func(r *running) {
		r.event(0)
		r.rest(time.Minute)
		for _, jump := range []struct{ slept, set time.Duration }{{26 * time.Hour, 0}, {0, -3 * time.Hour}, {2 * time.Minute, 0}} {
			before := r.pages()
			r.asleep.Add(int64(jump.slept))
			r.set.Add(int64(jump.set))
			for range 250 {
				r.event(jump.slept / 2)
			}
			r.event(0)
			r.rest(lookEvery)
			if r.pages() == before {
				r.Errorf("nothing was read within %s of %+v", lookEvery, jump)
			}
			exact(r, r.fakeSource, r.fakeStore)
			if gaps, err := r.syncer.Gaps(r.Context()); err != nil || len(gaps) > 0 {
				r.Errorf("gaps %v, %v", gaps, err)
			}
		}
		before := r.pages()
		r.set.Add(int64(20 * time.Second)) // a clock that is set right by a little
		r.rest(lookEvery)
		if r.pages() != before {
			r.Error("a small correction of the clock counts as sleep")
		}
	})
}

// While a long history is read, what happens now is in the archive at once.
func TestRunTailsBesideALongReading(t *testing.T) {
	run(t, 5*time.Second, func(r *running) {
		r.latency.Store(int64(3 * time.Second))
		for i := range 30_000 {
			r.event(time.Duration(i) * time.Minute)
		}
		r.rest(10 * time.Second)
		r.event(0)
		r.rest(9 * time.Second)
		lost := missing(r.fakeSource, r.fakeStore, 0)
		if len(lost) < 10_000 {
			r.Fatalf("the history was read already but for %d events", len(lost))
		}
		if now := missing(r.fakeSource, r.fakeStore, r.began.Unix()+5); len(now) > 0 {
			r.Errorf("what happened meanwhile is missing: %v", now)
		}
		gaps, err := r.syncer.Gaps(r.Context())
		if err != nil || len(gaps) == 0 || !strings.Contains(gaps[0].Why, "not read yet") || gaps[0].Lost {
			r.Errorf("gaps %v, %v", gaps, err)
		}
		if r.lastNote() != "nothing" {
			r.Errorf("noted %q before everything was read", r.recorded)
		}
		r.rest(5 * time.Minute)
		exact(r, r.fakeSource, r.fakeStore)
		if gaps, err := r.syncer.Gaps(r.Context()); err != nil || len(gaps) > 0 || r.lastNote() != "" {
			r.Errorf("gaps %v, %v, noted %q", gaps, err, r.recorded)
		}
	})
}

// More events between two rounds than a page holds are no reason to wait.
func TestRunKeepsUpWithBursts(t *testing.T) {
	run(t, 20*time.Second, func(r *running) {
		r.event(0)
		r.rest(time.Second)
		for range 30 {
			for range 450 {
				r.event(time.Duration(r.n%15) * time.Second)
			}
			r.rest(20 * time.Second)
			exact(r, r.fakeSource, r.fakeStore)
		}
		if n := r.pages(); n > 30*35 {
			r.Errorf("%d pages in 30 rounds, which is more than two minutes' worth each", n)
		}
	})
}

// A stretch that only comes to light between two rounds, such as one that another
// process left, is filled without waiting for the hour.
func TestRunFillsWhatIsOpen(t *testing.T) {
	run(t, 20*time.Second, func(r *running) {
		for i := range 300 {
			r.event(time.Duration(i) * time.Hour)
		}
		r.rest(time.Second)
		if _, err := r.syncer.update(r.Context(), func(st *state) { st.Since, st.Whole = 0, st.Whole[:0].with(span{st.Top - 50*3600, st.Top}) }); err != nil {
			r.Fatal(err)
		}
		r.rest(25 * time.Second)
		if gaps, err := r.syncer.Gaps(r.Context()); err != nil || len(gaps) > 0 {
			r.Errorf("gaps %v, %v", gaps, err)
		}
	})
}

// What another process fills is left to it, until it ends or dies.
func TestRunLeavesToOthersWhatTheyFill(t *testing.T) {
	run(t, 20*time.Second, func(r *running) {
		for i := range 20_000 {
			r.event(time.Duration(i) * 2 * time.Minute)
		}
		other := &fakeSource{list: r.list}
		other.latency.Store(int64(5 * time.Second))
		ctx, kill := context.WithCancel(r.Context())
		died := make(chan error)
		go func() {
			_, err := New(other, r.fakeStore, Options{Now: r.wall}).Backfill(ctx, time.Time{}, nil)
			died <- err
		}()
		time.Sleep(12 * time.Second)
		r.rest(40 * time.Second)
		filled := 0
		for _, q := range r.asked {
			if q.until > 0 {
				filled++
			}
		}
		if left := missing(r.fakeSource, r.fakeStore, 0); filled > 0 || len(left) < 1000 || r.pages() < 2 {
			r.Errorf("%d pages were read twice, %d in all; %d events left", filled, r.pages(), len(left))
		}
		kill()
		<-died
		r.rest(3 * time.Minute)
		exact(r, r.fakeSource, r.fakeStore)
	})
}
