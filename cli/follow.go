package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"bursar/services"
)

// followLogs prints what matches now, oldest first, and then each event as it
// becomes visible, until it is interrupted. When the archive cannot be read for a
// while it goes on from the event that was printed last: none is missed and none
// comes twice.
func (s *session) followLogs(ctx context.Context, d *services.Desk, f logsFlags) error {
	q, err := s.filtered(d, f)
	if err != nil {
		return err
	}
	if !f.noSync {
		s.refresh(ctx, d)
	}
	out, err := s.eventWriter(f, rawOf(ctx, d))
	if err != nil {
		return err
	}
	tail := &tail{desk: d, query: q, out: out, line: s.progress(false)}
	for failures := 0; ; {
		before := tail.read
		err := tail.run(ctx)
		var broken *writeError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &broken):
			return broken.error
		case err != nil && !passing(err):
			return err
		}
		if failures++; tail.read > before {
			failures = 1
		}
		if failures == patience && err != nil {
			s.notice("Still waiting: " + present(err).Message)
		}
		if !pause(ctx, min(followPause<<min(failures-1, 10), followPauseMost)) {
			return nil
		}
	}
}

// How long following rests after it failed: it doubles with each failure. patience
// is how many are not worth a word.
const (
	followPause     = 100 * time.Millisecond
	followPauseMost = 5 * time.Second
	patience        = 6
)

// passing reports whether an error may go away by itself.
func passing(err error) bool {
	switch services.CodeOf(err) {
	case services.CodeUnavailable, services.CodeStorage, services.CodeConflict, services.CodeRateLimited:
		return true
	}
	return false
}

// pause waits, and reports whether it was not interrupted.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// writeError is a failure of the output, which ends the following.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// tail is one following and where it is.
type tail struct {
	desk     *services.Desk
	query    services.LogQuery
	out      eventWriter
	line     *progress
	begun    bool             // what matched at the beginning is known
	pending  []services.Event // what of it is not printed yet, oldest first
	position string
	read     int // how often the archive could be read
}

// run prints until the archive cannot be read or the context ends.
func (t *tail) run(ctx context.Context) error {
	if !t.begun {
		q := t.query
		q.Progress = func(p services.LogProgress) { t.line.show(searchWords(p, 0)) }
		page, err := t.desk.Logs.List(ctx, q)
		t.line.clear()
		if err != nil {
			return err
		}
		t.pending = slices.Clone(page.Events)
		slices.Reverse(t.pending)
		t.begun, t.position = true, page.Position
		if len(t.pending) == 0 {
			if _, err := t.print(nil); err != nil {
				return err
			}
		}
	}
	if len(t.pending) > 0 {
		n, err := t.print(t.pending)
		t.pending = t.pending[n:]
		if err != nil {
			return err
		}
	}
	for a, err := range t.desk.Logs.Follow(ctx, t.query, t.position) {
		if err != nil {
			return err
		}
		if _, err := t.print([]services.Event{a.Event}); err != nil {
			return err
		}
		t.position = a.Position
	}
	return nil
}

// print writes events. The bytes of one that are read for it may fail as any
// reading does; otherwise the output is broken.
func (t *tail) print(events []services.Event) (int, error) {
	n, err := t.out.write(events)
	var own *services.Error
	switch {
	case err == nil:
		t.read++
	case !errors.As(err, &own):
		err = &writeError{err}
	}
	return n, err
}
