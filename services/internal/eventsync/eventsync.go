// Package eventsync fills the archive from Stripe's event list, so that a
// profile which no webhook can reach misses nothing, and one that a webhook does
// reach finds what the webhook lost.
//
// A reading asks for the newest events and then for every stretch of time that
// is not whole, several side by side, each page by page back in time. The store
// keeps which seconds are whole, page by page, so that an interrupted reading
// goes on where it stopped. It promises no gap: a second counts as whole only
// after its events are on the disk, what Stripe lists later than its time says
// is found by reading the last hour again, and what could not be read in time is
// told (Gaps). What is read twice is one row in the archive.
package eventsync

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"bursar/services"
)

// Source reads Stripe's event list (GET /v1/events).
type Source interface {
	// EventPage returns up to limit events, newest first, that were created from
	// since to until, both included (zero: no bound), and stand in the list after
	// the event with the id after ("": from the newest). more says that the list
	// goes on. An after that Stripe no longer knows is CodeNotFound or CodeRefused.
	// Several calls run at once.
	EventPage(ctx context.Context, since, until time.Time, after string, limit int) (events []Event, more bool, err error)
}

// Event is an event of the list.
type Event struct {
	ID      string
	Created int64  // seconds; 0 when it cannot be read
	Raw     []byte // the bytes as they stood in the answer
}

// Store keeps events and the state of the sync. Both are on the disk when a call
// returns without an error.
type Store interface {
	Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error)
	Cursor(ctx context.Context, name string) (string, error)
	SetCursor(ctx context.Context, name, value string) error
	RecordSync(ctx context.Context, at time.Time, problem string) error
}

// Options are the parts of a syncer that tests and owners choose. The zero
// value works.
type Options struct {
	Account string         // whose list it is; another account starts from the beginning
	Now     services.Clock // nil means the system's
	Log     *slog.Logger   // nil means nowhere
	Keeps   time.Duration  // how long the list keeps an event; 0 means Stripe's 30 days
	Overlap time.Duration  // how far Sync reads back before what is known; 0 means 1 h
}

// pageSize is Stripe's largest page, in events.
const pageSize = 100

// Syncer reads one account's event list into one store. Its methods are safe
// for concurrent use.
type Syncer struct {
	source Source
	store  Store
	opts   Options
	cursor string
	name   string        // tells it from other processes' on the same store
	turn   chan struct{} // holds one token: whose turn it is to fill
	saving sync.Mutex    // held while the state is changed

	// What was last noted in the store.
	noting  sync.Mutex
	noted   time.Time
	problem string
}

// CursorOf is the name under which a store keeps what is known of an account's
// event list.
func CursorOf(account string) string { return "list." + account }

// New returns a syncer. It starts nothing.
func New(source Source, store Store, opts Options) *Syncer {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Keeps <= 0 {
		opts.Keeps = 30 * 24 * time.Hour
	}
	if opts.Overlap <= 0 {
		opts.Overlap = time.Hour
	}
	return &Syncer{source: source, store: store, opts: opts, cursor: CursorOf(opts.Account), name: rand.Text(), turn: make(chan struct{}, 1)}
}

// reading is one way to read the list.
type reading struct {
	ask      bool          // widen what is asked for to since
	since    int64         // seconds; 0: all that the list has
	overlap  time.Duration // how far back before the newest known event
	patience int           // how often in a row a page is asked for again
	wait     bool          // for another filling here to end, instead of leaving the rest to it
	yields   bool          // leave the rest to another process that fills it already
	leads    bool          // tell other processes that this one fills
	stale    time.Duration // how old a note that all is well may be
	progress func(services.SyncProgress)
}

// leading is r for the part that fills, after what the newest page brought.
func (r reading) leading(first tally) reading {
	r.leads = true
	if told := r.progress; told != nil {
		r.progress = func(p services.SyncProgress) {
			p.Read, p.Added, p.Requests = p.Read+first.read, p.Added+first.added, p.Requests+first.requests
			told(p)
		}
	}
	return r
}

// Sync reads what is missing: everything Stripe still has (30 days) the first
// time, later what came since and what an interrupted reading left, with the
// overlap. It notes the outcome in the store and returns how many events were
// new, also beside an error. While another reading fills older stretches, it
// reads the newest events only.
func (s *Syncer) Sync(ctx context.Context) (added int, err error) {
	sum, _, err := s.whole(ctx, reading{overlap: s.opts.Overlap})
	return sum.added, err
}

// patience is how often in a row Backfill asks for a page again: a bit over a
// minute.
const patience = 6

// Backfill reads the list from since on (zero: all that Stripe still has), what
// is whole left out, and goes on where an earlier one stopped. It outlasts a
// minute of Stripe's troubles. progress may be nil. The result counts what was
// read also beside an error.
func (s *Syncer) Backfill(ctx context.Context, since time.Time, progress func(services.SyncProgress)) (services.SyncResult, error) {
	r := reading{ask: true, overlap: s.opts.Overlap, patience: patience, wait: true, progress: progress}
	if !since.IsZero() {
		if since.After(s.opts.Now()) {
			return services.SyncResult{}, services.Invalid("since", "The time to read from is still to come.", "Use one in the past, such as 7d or 2026-11-01.")
		}
		r.since = max(1, since.Unix())
	}
	sum, _, err := s.whole(ctx, r)
	result := services.SyncResult{Read: sum.read, Added: sum.added}
	// What was kept is told also when ctx has ended.
	st, _, loadErr := s.load(context.WithoutCancel(ctx))
	if loadErr == nil && st.Begun {
		result.Gaps, result.Oldest = st.gaps(s.opts.Now(), s.opts.Keeps), time.Unix(st.Start, 0).UTC()
	}
	if err == nil {
		err = loadErr
	}
	return result, err
}

// whole is one reading of all that is missing, noted in the store. told reports
// whether that changed what stands there.
func (s *Syncer) whole(ctx context.Context, r reading) (sum tally, told bool, err error) {
	sum, complete, err := s.read(ctx, r)
	switch {
	case err != nil && ctx.Err() != nil:
		return sum, false, err // stopped, which says nothing of Stripe
	case err == nil && !complete:
		return sum, false, nil // whoever fills will note it
	}
	told, noteErr := s.note(ctx, err, r.stale)
	if err == nil {
		err = noteErr
	}
	return sum, told, err
}

// read reads the newest events and then what is open. complete is false when
// another reading fills that.
func (s *Syncer) read(ctx context.Context, r reading) (sum tally, complete bool, err error) {
	now := s.opts.Now()
	st, err := s.update(ctx, func(st *state) {
		if r.ask || !st.Begun {
			st.begin(r.since, now.Add(-s.opts.Keeps).Unix())
		}
	})
	if err != nil {
		return sum, false, err
	}
	sum, left, err := s.head(ctx, st, r.overlap, r.patience)
	if err != nil {
		return sum, false, err
	}
	if ok, err := s.take(ctx, r.wait); !ok {
		return sum, false, err
	}
	defer func() { <-s.turn }()
	if st, _, err = s.load(ctx); err != nil || r.yields && st.filledByOthers(s.name, now.Unix()) {
		return sum, false, err
	}
	filled, err := s.fill(ctx, st.windows(left, now.Unix()), r.leading(sum))
	sum.add(filled)
	if err != nil {
		return sum, false, err
	}
	_, err = s.update(ctx, func(st *state) {
		if st.Filler == s.name {
			st.Filler, st.Filled = "", 0
		}
		if stale := now.Unix()-st.Quiet.To >= int64(r.stale/time.Second); stale || sum.added > 0 {
			st.rest(now.Unix())
		}
	})
	return sum, err == nil, err
}

// take waits for the turn to fill, or without wait reports whether it is free.
func (s *Syncer) take(ctx context.Context, wait bool) (bool, error) {
	select {
	case s.turn <- struct{}{}:
		return true, nil
	default:
	}
	if !wait {
		return false, nil
	}
	select {
	case s.turn <- struct{}{}:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// head reads one page: the newest events, down to overlap before what is known.
// left is what goes on below it, nil when nothing does.
func (s *Syncer) head(ctx context.Context, st state, overlap time.Duration, patience int) (sum tally, left *window, err error) {
	w := &window{span: span{st.Since, open}}
	if st.Top > 0 {
		w.From = max(1, st.Since, st.Top-int64(overlap/time.Second))
	}
	p := s.fetch(ctx, w, patience)
	if p.err != nil {
		return tally{requests: p.requests}, nil, p.err
	}
	sum, more, err := s.keep(ctx, []page{p}, false)
	if err != nil || len(more) == 0 {
		return sum, nil, err
	}
	return sum, more[0], nil
}

// windows are what is open and what is left below the newest page, each second
// once.
func (st *state) windows(left *window, now int64) (windows []*window) {
	todo := st.open(now)
	if left != nil {
		todo = todo.with(left.span)
	}
	for _, x := range todo {
		w := &window{span: x, place: st.Places[x.To]}
		if left != nil && x.To == left.To && w.N <= left.N {
			left.From = x.From
			w = left
		}
		windows = append(windows, w)
	}
	return windows
}

// note notes in the store how a reading ended, when that differs from what stands
// there or the note is older than stale. told reports whether it differs.
func (s *Syncer) note(ctx context.Context, err error, stale time.Duration) (told bool, noteErr error) {
	problem := ""
	if err != nil {
		problem = services.AsError(err).Message
	}
	s.noting.Lock()
	defer s.noting.Unlock()
	now := s.opts.Now()
	if problem == s.problem && !s.noted.IsZero() && (problem != "" || now.Sub(s.noted) < stale) {
		return false, nil
	}
	if err := s.store.RecordSync(ctx, now, problem); err != nil {
		s.opts.Log.Warn("noting the state of the sync", "error", err)
		return false, err
	}
	told = problem != s.problem
	s.noted, s.problem = now, problem
	return told, nil
}
