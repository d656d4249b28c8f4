// Package eventsync fills the archive from Stripe's event list, so that a
// profile which no webhook can reach misses nothing, and one that a webhook does
// reach finds what the webhook lost.
//
// It promises no gap: the place it continues from moves only after everything
// before it is on the disk, an interrupted reading goes on where it stopped, and
// each reading overlaps the one before, since Stripe may list an event later
// than its created time says. What is read twice is one row in the archive.
package eventsync

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"bursar/services"
)

// Source reads Stripe's event list (GET /v1/events).
type Source interface {
	// EventPage returns up to limit events, newest first, that were created at
	// or after since (zero: all that Stripe still has) and stand in the list
	// after the event with the id after ("": from the newest). raws are the
	// events' bytes as they stood in the answer; more says that the list goes
	// on. An after that Stripe no longer knows is CodeNotFound or CodeRefused.
	EventPage(ctx context.Context, since time.Time, after string, limit int) (raws [][]byte, more bool, err error)
}

// Store keeps events, oldest first within a batch, and the place that was
// reached. Both are on the disk when a call returns without an error.
type Store interface {
	Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error)
	Cursor(ctx context.Context, name string) (string, error)
	SetCursor(ctx context.Context, name, value string) error
	RecordSync(ctx context.Context, at time.Time, problem string) error
}

// Progress is how far a reading has come.
type Progress struct {
	Read    int       // events read in this reading
	Added   int       // of them, events that were new
	Reached time.Time // readings go back in time: created of the oldest read so far
}

// Options are the parts of a syncer that tests and owners choose. The zero
// value works.
type Options struct {
	Account     string         // whose list it is; another account starts from the beginning
	Now         services.Clock // nil means the system's
	Log         *slog.Logger   // nil means nowhere
	Overlap     time.Duration  // how far Sync reads back before what is known; 0 means 1 h
	TailOverlap time.Duration  // the same for Run's frequent rounds; 0 means 2 min
	Progress    func(Progress) // called after each page, from the reading goroutine
}

// pageSize is Stripe's largest page, in events.
const pageSize = 100

// Syncer reads one account's event list into one store. Its methods are safe
// for concurrent use; one reading runs at a time.
type Syncer struct {
	source Source
	store  Store
	opts   Options
	cursor string
	turn   chan struct{} // holds one token: whose turn it is to read

	// What was last noted in the store; owned by whoever has the turn.
	noted   time.Time
	problem string
}

// New returns a syncer. It starts nothing.
func New(source Source, store Store, opts Options) *Syncer {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Overlap <= 0 {
		opts.Overlap = time.Hour
	}
	if opts.TailOverlap <= 0 {
		opts.TailOverlap = 2 * time.Minute
	}
	if opts.Progress == nil {
		opts.Progress = func(Progress) {}
	}
	return &Syncer{source: source, store: store, opts: opts, cursor: "events." + opts.Account, turn: make(chan struct{}, 1)}
}

// Sync reads what is missing: everything Stripe still has (30 days) the first
// time, later what came since, with the overlap. An interrupted reading is
// finished first. It notes the outcome in the store and returns how many events
// were new, also beside an error.
func (s *Syncer) Sync(ctx context.Context) (added int, err error) {
	added, _, err = s.round(ctx, s.opts.Overlap, 0)
	return added, err
}

// round is one Sync, noted in the store when its outcome differs from what is
// noted there or the note is older than stale. told reports whether it was.
func (s *Syncer) round(ctx context.Context, overlap, stale time.Duration) (added int, told bool, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
	added, err = s.read(ctx, overlap)
	if ctx.Err() != nil && err != nil {
		return added, false, err // stopped, which says nothing of Stripe
	}
	problem := ""
	if err != nil {
		problem = services.AsError(err).Message
	}
	now := s.opts.Now()
	if problem == s.problem && !s.noted.IsZero() && (problem != "" || now.Sub(s.noted) < stale) {
		return added, false, err
	}
	if noteErr := s.store.RecordSync(ctx, now, problem); noteErr != nil {
		s.opts.Log.Warn("noting the state of the sync", "error", noteErr)
		if err == nil {
			err = noteErr
		}
		return added, false, err
	}
	changed := problem != s.problem
	s.noted, s.problem = now, problem
	return added, changed, err
}

// state is the syncer's place in the list, as it stands in the store.
type state struct {
	// Whole is the time, in seconds, up to which everything is archived; 0
	// before the first whole reading.
	Whole int64 `json:"whole"`
	Walk  *walk `json:"walk,omitempty"` // a reading that is not finished
}

// walk is a reading from the newest event back in time.
type walk struct {
	Since int64  `json:"since"` // seconds; where it ends, 0 at the end of the list
	Top   int64  `json:"top"`   // seconds; what Whole becomes when it has ended
	After string `json:"after"` // the oldest event that is stored; "" before the first
}

func (s *Syncer) read(ctx context.Context, overlap time.Duration) (added int, err error) {
	var st state
	text, err := s.store.Cursor(ctx, s.cursor)
	if err != nil {
		return 0, err
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &st); err != nil {
			s.opts.Log.Warn("the sync's place cannot be read; starting over", "error", err)
			st = state{}
		}
	}
	if st.Walk != nil {
		if added, err = s.finish(ctx, &st); err != nil {
			return added, err
		}
	}
	st.Walk = &walk{}
	if st.Whole > 0 {
		st.Walk.Since = max(1, st.Whole-int64(overlap/time.Second))
	}
	n, err := s.finish(ctx, &st)
	return added + n, err
}

func (s *Syncer) save(ctx context.Context, st state) error {
	text, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("encoding the sync's place: %w", err)
	}
	return s.store.SetCursor(ctx, s.cursor, string(text))
}
