package sqlite

import (
	"context"
	"strconv"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// The names of what the archive notes about itself.
const (
	noteWebhookLast       = "webhook.last"       // milliseconds
	noteWebhookDuplicates = "webhook.duplicates" // deliveries of archived events
	noteConflicts         = "aside.conflicts"
	noteQuarantined       = "aside.quarantined"
	noteSyncLast          = "sync.last" // milliseconds
	noteSyncProblem       = "sync.problem"
	noteWords             = "words" // the last arrival whose words are indexed
	cursorPrefix          = "cursor."
)

// noted returns a note's text, "" when there is none.
func noted(ctx context.Context, c *conn, name string) (value string, err error) {
	_, err = c.first(ctx, `SELECT value FROM notes WHERE name = ?`, []any{name}, func(r row) { value = r.text(0) })
	return value, err
}

// notedNumber returns a note's number, 0 when there is none.
func notedNumber(ctx context.Context, c *conn, name string) (int64, error) {
	value, err := noted(ctx, c, name)
	if value == "" || err != nil {
		return 0, err
	}
	return strconv.ParseInt(value, 10, 64)
}

// notedTime returns the time that a note holds in milliseconds.
func notedTime(ctx context.Context, c *conn, name string) (t time.Time, err error) {
	n, err := notedNumber(ctx, c, name)
	if n != 0 {
		t = time.UnixMilli(n).UTC()
	}
	return t, err
}

// Health is archive.Archive.Health.
func (a *Archive) Health(ctx context.Context) (h services.LogHealth, err error) {
	err = a.reading(ctx, "reading the archive's state", func(c *conn) error {
		_, err := c.first(ctx, `SELECT (SELECT coalesce(sum(n), 0) FROM counts WHERE customer = 0),
			(SELECT min(key) FROM events), (SELECT max(key) FROM events)`, nil, func(r row) {
			if h.Events = int(r.integer(0)); h.Events > 0 {
				h.Oldest, h.Newest = createdOf(r.integer(1)), createdOf(r.integer(2))
			}
		})
		if err != nil {
			return err
		}
		if h.LastSync, err = notedTime(ctx, c, noteSyncLast); err != nil {
			return err
		}
		if h.LastWebhook, err = notedTime(ctx, c, noteWebhookLast); err != nil {
			return err
		}
		h.SyncProblem, err = noted(ctx, c, noteSyncProblem)
		return err
	})
	return h, err
}

// Counts is archive.Archive.Counts.
func (a *Archive) Counts(ctx context.Context) (counts archive.Counts, err error) {
	err = a.reading(ctx, "counting what was kept aside", func(c *conn) error {
		for name, n := range map[string]*int{noteWebhookDuplicates: &counts.Duplicates, noteConflicts: &counts.Conflicts, noteQuarantined: &counts.Quarantined} {
			value, err := notedNumber(ctx, c, name)
			if err != nil {
				return err
			}
			*n = int(value)
		}
		return nil
	})
	return counts, err
}

// RecordSync is archive.Archive.RecordSync.
func (a *Archive) RecordSync(ctx context.Context, at time.Time, problem string) error {
	return a.update(ctx, "noting the state of the sync", func(b *batch) error {
		if problem == "" {
			if err := b.note(noteSyncLast, strconv.FormatInt(at.UnixMilli(), 10)); err != nil {
				return err
			}
		}
		return b.note(noteSyncProblem, services.Clean(problem))
	})
}

// Cursor is archive.Archive.Cursor.
func (a *Archive) Cursor(ctx context.Context, name string) (value string, err error) {
	err = a.reading(ctx, "reading a cursor", func(c *conn) error {
		value, err = noted(ctx, c, cursorPrefix+name)
		return err
	})
	return value, err
}

// SetCursor is archive.Archive.SetCursor.
func (a *Archive) SetCursor(ctx context.Context, name, value string) error {
	return a.update(ctx, "storing a cursor", func(b *batch) error { return b.note(cursorPrefix+name, value) })
}

// Aside is archive.Archive.Aside.
func (a *Archive) Aside(ctx context.Context, after int64, limit int) (kept []archive.Aside, err error) {
	kept = []archive.Aside{}
	err = a.reading(ctx, "reading what was kept aside", func(c *conn) error {
		return c.each(ctx, `SELECT n, event, reason, received, source, form, bytes FROM aside WHERE n > ? ORDER BY n LIMIT ?`,
			[]any{after, limit}, func(r row) error {
				raw, err := archive.Unpack(archive.Form(r.integer(5)), r.bytes(6))
				kept = append(kept, archive.Aside{Key: r.integer(0), EventID: r.text(1), Reason: services.Clean(r.text(2)),
					Received: time.UnixMilli(r.integer(3)).UTC(), Source: services.EventSource(r.text(4)), Raw: raw})
				return err
			})
	})
	return kept, err
}
