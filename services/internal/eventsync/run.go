package eventsync

import (
	"context"
	"sync"
	"time"
)

const (
	// wholeEvery is how often Run reads with Sync's overlap.
	wholeEvery = time.Hour
	// noteEvery is how often Run notes that all is well when nothing changes.
	noteEvery = time.Minute
	// longestPause is the most that Run waits after failures in a row.
	longestPause = 5 * time.Minute
	// lookEvery is how often Run looks whether the machine slept.
	lookEvery = 15 * time.Second
	// slept is how far the wall clock runs away from the monotonic one when the
	// machine sleeps, at least.
	slept = time.Minute
	// tailReads is the longest stretch, in seconds, that a tailing round reads
	// itself before it is whole.
	tailReads = 600
)

// Run keeps the archive up with the list until ctx ends; it returns when it has
// stopped. Every so often it reads the newest events. When it starts, when the
// machine slept or its clock was set, and each hour it reconciles: it reads what
// is missing and the last hour again, beside the newest events as long as that
// takes. After failures in a row it waits twice as long each time, up to five
// minutes. onChange, which may be nil, is called after each round that brought
// events or changed whether there is a problem.
func (s *Syncer) Run(ctx context.Context, every time.Duration, onChange func()) {
	if every <= 0 {
		every = 5 * time.Second
	}
	r := runner{Syncer: s, every: every, onChange: onChange, ended: make(chan outcome, 1)}
	defer r.filler.Wait()
	clock := newClocks(s.opts.Now())
	beat := time.NewTimer(0)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-r.ended:
			r.filling = false
			if o.err == nil {
				r.wholeAt = o.began.Add(wholeEvery)
				r.opts.Log.Info("the archive was reconciled with Stripe's event list", "missing", o.added)
			}
			r.after(ctx, o)
		case <-beat.C:
		}
		if clock.apart(s.opts.Now()) {
			r.wholeAt, r.next = time.Time{}, time.Time{}
		}
		if r.due() {
			r.round(ctx)
		}
		beat.Reset(max(0, min(lookEvery, time.Until(r.next))))
	}
}

// runner is Run's state. It belongs to Run's goroutine, but for the filler.
type runner struct {
	*Syncer
	every    time.Duration
	onChange func()

	next     time.Time // of the next round
	wholeAt  time.Time // when the next round is to be a whole one
	failures int       // in a row

	filling bool // a whole reading is under way
	filler  sync.WaitGroup
	ended   chan outcome
}

// outcome is how a round ended.
type outcome struct {
	began time.Time
	added int
	told  bool
	err   error
}

func (r *runner) due() bool { return !time.Now().Before(r.next) }

// round starts a whole reading when one is due, and else reads the newest events.
func (r *runner) round(ctx context.Context) {
	o := outcome{began: time.Now()}
	r.next = o.began.Add(r.every)
	if !r.filling && !o.began.Before(r.wholeAt) {
		r.filling = true
		r.filler.Go(func() {
			var sum tally
			sum, o.told, o.err = r.whole(ctx, reading{overlap: r.opts.Overlap, wait: true, yields: true, stale: noteEvery})
			o.added = sum.added
			r.ended <- o
		})
		return
	}
	var open bool
	o.added, open, o.told, o.err = r.tail(ctx)
	if open && !r.filling && o.err == nil {
		r.wholeAt, r.next = time.Time{}, time.Time{}
	}
	r.after(ctx, o)
}

// after tells how a round ended and puts the next one off when it failed.
func (r *runner) after(ctx context.Context, o outcome) {
	if ctx.Err() != nil {
		return
	}
	if (o.added > 0 || o.told) && r.onChange != nil {
		r.onChange()
	}
	if o.err == nil {
		r.failures = 0
		return
	}
	r.failures++
	wait := backOff(r.every, r.failures, longestPause)
	r.next = time.Now().Add(wait)
	r.opts.Log.Warn("reading Stripe's event list", "error", o.err, "failures", r.failures, "wait", wait)
}

// tail reads the newest events. open reports that older ones are missing, which
// is the whole reading's to fill.
func (s *Syncer) tail(ctx context.Context) (added int, open, told bool, err error) {
	now := s.opts.Now().Unix()
	sum, open, err := s.newest(ctx, now)
	if ctx.Err() != nil {
		return sum.added, false, false, ctx.Err()
	}
	if err == nil && !open {
		_, err = s.update(ctx, func(st *state) {
			if now-st.Quiet.To >= int64(noteEvery/time.Second) {
				st.rest(now)
			}
		})
	}
	if err == nil && open {
		return sum.added, true, false, nil
	}
	told, noteErr := s.note(ctx, err, noteEvery)
	if err == nil {
		err = noteErr
	}
	return sum.added, open, told, err
}

// newest reads the newest page, and what goes on below it when that is not long.
func (s *Syncer) newest(ctx context.Context, now int64) (sum tally, open bool, err error) {
	st, _, err := s.load(ctx)
	if err != nil || !st.Begun {
		return sum, true, err
	}
	sum, left, err := s.head(ctx, st, settled*time.Second, 0)
	if err != nil {
		return sum, false, err
	}
	if left != nil && left.To-left.From <= tailReads {
		filled, err := s.fill(ctx, []*window{left}, reading{})
		sum.add(filled)
		if err != nil {
			return sum, false, err
		}
	}
	st, _, err = s.load(ctx)
	return sum, err == nil && len(st.open(now)) > 0, err
}

// clocks compares the wall clock with the monotonic one, which stands still while
// the machine sleeps.
type clocks struct {
	wall    time.Time
	started time.Time // has the monotonic reading
}

func newClocks(now time.Time) clocks { return clocks{now.Round(0), time.Now()} }

// apart reports whether the two went apart since the last time it did.
func (c *clocks) apart(now time.Time) bool {
	went := now.Round(0).Sub(c.wall) - time.Since(c.started)
	if went.Abs() < slept {
		return false
	}
	*c = newClocks(now)
	return true
}
