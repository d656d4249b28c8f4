package eventsync

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bursar/services"
)

// open is the end of a window that has none: it goes up to the newest event.
const open = int64(1) << 62

// window is a stretch of the list that is read page by page, newest first. What
// is read of it is cut off at its end.
type window struct {
	span
	place // in the second To; zero: at its top

	pages  int     // read of it so far
	all    density // of these pages
	recent density // the same, the last ones counting most
}

// density is how many events a stretch of time had.
type density struct{ events, seconds float64 }

func (d density) plus(events, seconds float64) density {
	return density{d.events + events, d.seconds + seconds}
}

// page is one answer of the list.
type page struct {
	*window
	events   []Event
	lost     bool      // the place that the window stood at: it began its second again
	more     bool      // the window goes on
	asked    time.Time // by this machine's clock
	requests int       // that it took
	err      error
}

// cut takes a page off the window and returns the seconds of which nothing is
// left in it, and whether anything is left at all. newest is the created time of
// the page's first event, 0 when none has one.
func (w *window) cut(events []Event, more bool) (read span, newest int64, left bool) {
	oldest := w.To
	for _, e := range events {
		// The list is in order. A time that is not, or that cannot be read, must not
		// make more whole than is.
		if e.Created <= 0 {
			continue
		}
		oldest = min(oldest, e.Created)
		if newest == 0 {
			newest = oldest
		}
	}
	read = span{oldest + 1, w.To}
	if w.To == open {
		read.To = newest
	}
	if left = more && oldest >= w.From; !left {
		read.From = w.From
	}
	if newest == 0 && w.To == open {
		read = span{1, 0}
	}
	w.pages++
	n, seconds := float64(len(events)), float64(max(1, read.To-oldest))
	w.all = w.all.plus(n, seconds)
	w.recent = density{w.recent.events / 2, w.recent.seconds / 2}.plus(n, seconds)
	if left {
		w.stand(oldest, events)
	}
	return read, newest, left
}

// stand moves the window's end to the second that a page ended in.
func (w *window) stand(second int64, events []Event) {
	n := len(events)
	if second < w.To {
		w.N = 0
		for n = 0; n < len(events) && events[len(events)-1-n].Created == second; {
			n++
		}
	}
	w.To, w.place = second, place{events[len(events)-1].ID, w.N + n}
}

// reach is how far back windows are worth splitting, in seconds before now: as far
// as Stripe's list goes.
const reach = 31 * 24 * 3600

// estimate is how many pages the window still has, if it goes on as densely.
// bottom is where the list ends at the latest.
func (w *window) estimate(d density, bottom int64) float64 {
	if w.To == open || d.seconds == 0 {
		return 0
	}
	return max(0, float64(w.To-max(w.From, bottom)+1)) * d.events / d.seconds / pageSize
}

// size is how many pages the window may still have: a busy hour counts at once,
// and a quiet one in a busy month does not hide the rest.
func (w *window) size(bottom int64) float64 {
	return max(w.estimate(w.all, bottom), w.estimate(w.recent, bottom))
}

// split halves the window's time and returns the older half.
func (w *window) split(bottom int64) *window {
	bottom = max(w.From, bottom)
	middle := bottom + (w.To-bottom)/2
	older := &window{span: span{w.From, middle}, pages: w.pages - 1, all: w.recent, recent: w.recent}
	w.From, w.all = middle+1, w.recent
	return older
}

// worthSplitting is how many pages a window must seem to have.
const worthSplitting = 8

// spread splits the largest windows until there is work for so many more.
func spread(windows []*window, idle int, bottom int64) []*window {
	for ; idle > 0 && len(windows) > 0; idle-- {
		w := slices.MaxFunc(windows, func(a, b *window) int {
			return cmp.Compare(a.size(bottom), b.size(bottom))
		})
		if w.size(bottom) < worthSplitting || w.To <= max(w.From, bottom) {
			break
		}
		windows = append(windows, w.split(bottom))
	}
	return windows
}

// fetch reads the window's next page. A place that Stripe no longer knows, such as
// an event that became too old, is given up: its second is read from the top.
// What may pass is tried again, up to patience times.
func (s *Syncer) fetch(ctx context.Context, w *window, patience int) page {
	p := page{window: w}
	for failures := 0; ; {
		p.asked = s.opts.Now()
		p.requests++
		p.events, p.more, p.err = s.ask(ctx, w)
		switch {
		case p.err == nil:
			return p
		case w.After != "" && isLost(p.err):
			w.place, p.lost = place{}, true
			continue
		case failures == patience || !mayPass(p.err) || sleep(ctx, backOff(time.Second, failures, 30*time.Second)) != nil:
			return p
		}
		failures++
	}
}

// ask reads one page of the list.
func (s *Syncer) ask(ctx context.Context, w *window) ([]Event, bool, error) {
	var since, until time.Time
	if w.From > 0 {
		since = time.Unix(w.From, 0).UTC()
	}
	if w.To < open {
		until = time.Unix(w.To, 0).UTC()
	}
	events, more, err := s.source.EventPage(ctx, since, until, w.After, pageSize)
	if err == nil && more && (len(events) == 0 || events[len(events)-1].ID == w.After) {
		err = &services.Error{Code: services.CodeUnavailable, Op: "reading Stripe's event list", Message: "Stripe's event list does not move on.",
			Next: "Try again in a minute."}
	}
	return events, more, err
}

// isLost reports whether Stripe refused the place that a reading goes on from.
func isLost(err error) bool {
	code := services.CodeOf(err)
	return code == services.CodeNotFound || code == services.CodeRefused
}

// mayPass reports whether the same request may be answered in a while.
func mayPass(err error) bool {
	code := services.CodeOf(err)
	return code == services.CodeUnavailable || code == services.CodeRateLimited
}

// backOff is the pause after a number of failures before this one.
func backOff(pause time.Duration, failures int, longest time.Duration) time.Duration {
	for ; failures > 0 && pause < longest; failures-- {
		pause *= 2
	}
	return min(pause, longest)
}

// sleep waits for d, or returns ctx's error when it ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
