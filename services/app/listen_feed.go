package app

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

const (
	feedEvery    = 100 * time.Millisecond // how often the feed looks for events at most
	feedPage     = 100                    // events at a time; when more come, those beyond are counted only
	historyPages = 50                     // of events that are not told of, at a time
	firstTry     = time.Second            // how long an event waits for its first attempts before it is told without
)

// feed tells what comes to a profile's archive and what becomes of it. It never
// makes anybody wait: what is more than a person can read is counted.
type feed struct {
	profile string
	store   archive.Archive
	out     chan<- services.ListenLine
	routes  func(eventType string) int // how many destinations take a type

	attempts chan services.Delivery
	lost     atomic.Int64 // attempts that there was no place for

	now      services.Clock
	began    time.Time
	position string
	total    int // events in the archive at position
	missed   int // lines that could not be told
	waiting  []*untold
}

// untold is an event whose first attempts are awaited.
type untold struct {
	line  services.ListenLine
	until time.Time
}

// newFeed makes a feed that begins with the page's position.
func newFeed(b *builder, begin services.LogPage, out chan<- services.ListenLine) *feed {
	return &feed{profile: b.profile.Name, store: b.archive, out: out, routes: func(string) int { return 0 },
		attempts: make(chan services.Delivery, 1024), now: b.now, began: b.now(), position: begin.Position, total: begin.Total}
}

// tried takes an attempt to pass an event on.
func (f *feed) tried(d services.Delivery) {
	select {
	case f.attempts <- d:
	default:
		f.lost.Add(1)
	}
}

// run tells until ctx ends, and then what it still has.
func (f *feed) run(ctx context.Context) {
	changed := f.store.Watch(ctx)
	tick := time.NewTicker(feedEvery)
	defer tick.Stop()
	news := true
	for {
		select {
		case <-ctx.Done():
			f.read(context.WithoutCancel(ctx))
			f.flush(time.Time{})
			f.owe()
			return
		case _, open := <-changed:
			news = true
			if !open {
				changed = nil
			}
		case d := <-f.attempts:
			if f.awaited(d.Event) < 0 {
				f.read(ctx) // it has the event, if the event is new
			}
			f.attempt(ctx, d)
		case <-tick.C:
			if news {
				news = f.read(ctx)
			}
			f.flush(time.Now())
			f.owe()
		}
	}
}

// read takes in the next events, and reports whether there may be more. When more
// come than are told, it goes on with the newest. History that is read from
// Stripe's list is not told of.
func (f *feed) read(ctx context.Context) (more bool) {
	for range historyPages {
		arrivals, err := f.store.Arrivals(ctx, f.position, feedPage)
		if err != nil {
			return true // the receiver says what is wrong with the archive
		}
		news := 0
		for _, a := range arrivals {
			f.position = a.Position
			f.total++
			if e := a.Event; e.Source != services.SourceList || !e.Created.Before(f.began.Truncate(time.Second)) {
				news++
				f.came(e)
			}
		}
		if len(arrivals) < feedPage {
			return false
		}
		if news == feedPage {
			return !f.skip(ctx)
		}
	}
	return true
}

// came tells of an event, at once when it goes nowhere, else with its first
// attempts.
func (f *feed) came(e services.Event) {
	e.Raw = nil
	line := services.ListenLine{Profile: f.profile, Event: e, Waiting: f.routes(e.Type)}
	if line.Waiting == 0 {
		f.tell(line)
		return
	}
	f.waiting = append(f.waiting, &untold{line, time.Now().Add(firstTry)})
}

// skip goes on with the newest event, and counts those that are left out.
func (f *feed) skip(ctx context.Context) bool {
	page, err := f.store.List(ctx, archive.Query{})
	if err != nil || page.Total < f.total {
		return false
	}
	f.missed += page.Total - f.total
	f.position, f.total = page.Position, page.Total
	return true
}

// awaited is where an event stands among those whose attempts are awaited, or -1.
func (f *feed) awaited(event string) int {
	return slices.IndexFunc(f.waiting, func(u *untold) bool { return u.line.Event.ID == event })
}

// attempt adds an attempt to its event's line, or tells it by itself.
func (f *feed) attempt(ctx context.Context, d services.Delivery) {
	at := f.awaited(d.Event)
	if at < 0 {
		e, err := f.store.Event(ctx, d.Event)
		if err != nil {
			e = services.Event{ID: d.Event, Type: d.Type}
		}
		e.Raw = nil
		f.tell(services.ListenLine{Profile: f.profile, Event: e, Deliveries: []services.Delivery{d}})
		return
	}
	line := &f.waiting[at].line
	line.Deliveries = append(line.Deliveries, d)
	if d.Attempt == 1 {
		line.Waiting--
	}
	if line.Waiting == 0 {
		f.tell(*line)
		f.waiting = slices.Delete(f.waiting, at, at+1)
	}
}

// flush tells of the events whose first attempts were awaited long enough; all of
// them when now is zero.
func (f *feed) flush(now time.Time) {
	n := 0
	for n < len(f.waiting) && (now.IsZero() || !now.Before(f.waiting[n].until)) {
		f.tell(f.waiting[n].line)
		n++
	}
	f.waiting = slices.Delete(f.waiting, 0, n)
}

// tell passes a line on, or counts it.
func (f *feed) tell(line services.ListenLine) {
	if !f.send(line) {
		f.missed++
	}
}

// owe tells how many were not told, when nothing else is told.
func (f *feed) owe() {
	if f.missed > 0 || f.lost.Load() > 0 {
		f.send(services.ListenLine{Profile: f.profile})
	}
}

// send passes a line on with how many were not told before it, if there is a
// reader for it.
func (f *feed) send(line services.ListenLine) bool {
	f.missed += int(f.lost.Swap(0))
	line.Time, line.Missed = f.now(), f.missed
	select {
	case f.out <- line:
		f.missed = 0
		return true
	default:
		return false
	}
}
