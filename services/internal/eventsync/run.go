package eventsync

import (
	"context"
	"time"
)

const (
	// wholeEvery is how often Run reads with Sync's overlap.
	wholeEvery = time.Hour
	// noteEvery is how often Run notes that all is well when nothing changes.
	noteEvery = time.Minute
	// longestPause is the most that Run waits after failures in a row.
	longestPause = 5 * time.Minute
)

// Run syncs at once and then every so often until ctx ends; it returns when it
// has stopped. After failures in a row it waits twice as long each time, up to
// five minutes. onChange, which may be nil, is called after each round that
// brought events or changed whether there is a problem.
func (s *Syncer) Run(ctx context.Context, every time.Duration, onChange func()) {
	if every <= 0 {
		every = 5 * time.Second
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	var whole time.Time // when the last whole round succeeded
	for failures := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		overlap, start := s.opts.TailOverlap, s.opts.Now()
		if age := start.Sub(whole); whole.IsZero() || age >= wholeEvery || age < 0 {
			overlap = s.opts.Overlap
		}
		added, told, err := s.round(ctx, overlap, noteEvery)
		if ctx.Err() != nil {
			return
		}
		if (added > 0 || told) && onChange != nil {
			onChange()
		}
		wait := every
		switch {
		case err != nil:
			failures++
			wait = backOff(every, failures)
			s.opts.Log.Warn("reading Stripe's event list", "error", err, "failures", failures, "wait", wait)
		default:
			if failures = 0; overlap == s.opts.Overlap {
				whole = start
			}
		}
		pause.Reset(wait)
	}
}

// backOff is the pause after a number of failures in a row.
func backOff(every time.Duration, failures int) time.Duration {
	for ; failures > 0 && every < longestPause; failures-- {
		every *= 2
	}
	return min(every, longestPause)
}
