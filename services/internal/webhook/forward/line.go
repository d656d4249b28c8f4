package forward

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"bursar/services"
)

const (
	pageSize     = 100                    // events that are read from the source at once
	pollEvery    = 500 * time.Millisecond // how often is looked for what others queued
	sleepMost    = 30 * time.Second       // clocks jump and machines sleep: times are looked at again
	readAgain    = time.Second            // after the source failed
	lockPatience = time.Second            // somebody may just be looking whether it is held
)

// line delivers to one destination. One goroutine decides (work) and owns every
// field but those behind mu; attempts run beside it and report back.
type line struct {
	queue  *Queue
	id     int64
	d      Destination
	o      Options
	sender *sender
	lock   *flock.Flock

	position string
	since    time.Time // when the destination was added
	behind   bool      // the source may have more than was read
	readAt   time.Time // when to read again after a failure
	lanes    *lanes
	busy     int   // attempts under way
	version  int64 // of the queue

	outages int       // attempts in a row that nobody answered
	paused  time.Time // until when nothing is sent
	problem string    // why nobody answers

	results chan result
	workers sync.WaitGroup
	running bool
	done    chan struct{}

	mu    sync.Mutex
	shown State
}

// newLine takes a destination's lock and reads what waits for it.
func newLine(ctx context.Context, q *Queue, d Destination, from string, started time.Time, o Options) (*line, error) {
	p, err := q.destination(ctx, d, from, started)
	if err != nil {
		return nil, err
	}
	l := &line{queue: q, id: p.id, d: d, o: o, sender: newSender(d, o), lock: q.lock(p.id), position: p.position, since: p.since, behind: true,
		lanes: newLanes(), results: make(chan result, o.Parallel), done: make(chan struct{})}
	trying, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if ok, err := l.lock.TryLockContext(trying, 20*time.Millisecond); !ok {
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return nil, q.fault("locking the destination", err)
		}
		return nil, &services.Error{Code: services.CodeConflict, Op: "starting to forward", Field: "forward_to",
			Message: "Another bursar passes events on to " + services.Clean(d.URL) + " already.", Next: "Stop it first, or name another address."}
	}
	if o.FromNow {
		l.position, l.since = from, started
		err = q.skip(ctx, place{id: p.id, position: from}, started)
	}
	if err == nil {
		err = l.load(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, l.lock.Unlock())
	}
	return l, nil
}

// load reads what waits since an earlier run.
func (l *line) load(ctx context.Context) (err error) {
	if err := l.queue.prune(ctx, l.o.Now()); err != nil {
		return err
	}
	if l.version, err = l.queue.version(ctx); err != nil {
		return err
	}
	items, err := l.queue.waits(ctx, l.id)
	if err != nil {
		return err
	}
	for _, i := range items {
		l.lanes.add(i, l.o.Now())
	}
	if err := l.enqueue(ctx, l.o.Replay, l.position); err != nil {
		return err
	}
	l.show()
	return nil
}

// run starts the line; it ends with ctx.
func (l *line) run(ctx context.Context) {
	l.running = true
	attempts, cut := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(l.done)
		defer cut()
		l.work(ctx, attempts)
		l.drain(attempts, cut)
	}()
}

// close waits for the end of a line whose context has ended.
func (l *line) close() error {
	if l.running {
		<-l.done
	}
	l.sender.close()
	return l.queue.fault("unlocking the destination", l.lock.Unlock())
}

// work decides what is sent when, until ctx ends.
func (l *line) work(ctx, attempts context.Context) {
	changed := l.o.Source.Watch(ctx)
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for ctx.Err() == nil {
		l.read(ctx)
		timer := time.NewTimer(l.start(attempts))
		l.show()
		select {
		case <-ctx.Done():
		case r := <-l.results:
			l.settle(attempts, r)
		case _, open := <-changed:
			l.behind = true
			if !open {
				changed = nil
			}
		case <-poll.C:
			l.join(ctx)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// drain waits a moment for the attempts under way, ends them, and records what
// became of them.
func (l *line) drain(attempts context.Context, cut context.CancelFunc) {
	grace := time.AfterFunc(l.o.Grace, cut)
	defer grace.Stop()
	for l.busy > 0 {
		l.settle(attempts, <-l.results)
	}
	l.workers.Wait()
	l.show()
}

// wants reports whether there may be events to read, and room for them.
func (l *line) wants() bool { return l.behind && len(l.lanes.known) < l.o.Window }

// read queues the next page of the source's events.
func (l *line) read(ctx context.Context) {
	now := l.o.Now()
	if !l.wants() || within(l.readAt, now, readAgain) > 0 {
		return
	}
	arrivals, err := l.o.Source.Arrivals(ctx, l.position, pageSize)
	if err == nil && len(arrivals) > 0 {
		var events []services.Event
		for _, a := range arrivals {
			if !before(a.Event, l.since) {
				events = append(events, a.Event)
			}
		}
		err = l.enqueue(ctx, events, arrivals[len(arrivals)-1].Position)
	}
	if err != nil {
		if ctx.Err() == nil {
			l.o.Log.Error("reading events to forward", "error", err)
		}
		l.readAt = now.Add(readAgain)
		return
	}
	l.behind = len(arrivals) == pageSize
}

// before reports whether an event is history to a destination that was added
// then: made earlier, and brought by reading Stripe's list. What a webhook brings
// late is news.
func before(e services.Event, added time.Time) bool {
	return e.Source == services.SourceList && e.Created.Before(added.Truncate(time.Second))
}

// enqueue queues those of the events that the destination takes, and moves it to a
// position.
func (l *line) enqueue(ctx context.Context, events []services.Event, position string) error {
	var wanted []item
	for _, e := range events {
		if l.d.Types.Match(e.Type) {
			wanted = append(wanted, itemOf(e))
		}
	}
	if len(wanted) == 0 && position == l.position {
		return nil
	}
	queued, err := l.queue.advance(ctx, l.id, position, wanted)
	if err != nil {
		return err
	}
	l.position = position
	for _, i := range queued {
		l.lanes.add(i, l.o.Now())
	}
	return nil
}

// join takes in what others have queued.
func (l *line) join(ctx context.Context) {
	version, err := l.queue.version(ctx)
	if err != nil || version == l.version {
		return // a queue that fails is told of where it is written
	}
	items, err := l.queue.waits(ctx, l.id)
	if err != nil {
		return
	}
	l.version = version
	for _, i := range items {
		if !l.lanes.known[i.id] {
			l.lanes.add(i, l.o.Now())
		} else if i.due.IsZero() {
			l.lanes.hurry(i, l.o.Now())
		}
	}
}

// start starts what is due, as much as may be under way, and returns for how long
// nothing else will be.
func (l *line) start(attempts context.Context) time.Duration {
	now, sleep := l.o.Now(), sleepMost
	if l.wants() {
		sleep = max(0, within(l.readAt, now, readAgain))
	}
	if pause := within(l.paused, now, l.longestPause()); pause > 0 {
		return min(sleep, pause)
	}
	most := l.o.Parallel
	if l.outages > 0 {
		most = 1 // one finds out whether somebody answers again
	}
	for next := l.lanes.first(); next != nil && l.busy < most; next = l.lanes.first() {
		if wait := within(next.due, now, max(2*l.o.Backoff.Most, l.longestPause())); wait > 0 {
			return min(sleep, wait)
		}
		of := l.lanes.take()
		i := of.items[0]
		l.busy++
		l.workers.Go(func() { l.results <- l.attempt(attempts, of, i) })
	}
	return sleep
}

func (l *line) longestPause() time.Duration { return max(2*l.o.Outage.Most, maxWait) }

// within is how long it is until a time that was chosen here, at most so far
// ahead. One that is farther away was chosen by a clock that has been set back
// since: it has come.
func within(at, now time.Time, most time.Duration) time.Duration {
	wait := at.Sub(now)
	if wait > most {
		return 0
	}
	return wait
}

// show publishes how the line is doing.
func (l *line) show() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = State{URL: l.d.URL, Waiting: len(l.lanes.known), Problem: l.problem}
	if l.problem != "" {
		l.shown.Next = l.paused
	}
}

func (l *line) state() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shown
}
