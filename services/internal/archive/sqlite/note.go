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
	noteSyncLast          = "sync.last"          // milliseconds
	noteSyncProblem       = "sync.problem"
	cursorPrefix          = "cursor."
)

// Health is archive.Archive.Health.
func (a *Archive) Health(ctx context.Context) (services.LogHealth, error) {
	const op = "reading the archive's state"
	var h services.LogHealth
	var newest, oldest, synced, received int64
	err := a.read.QueryRowContext(ctx, `SELECT
		(SELECT coalesce(sum(n), 0) FROM counts WHERE customer = ''),
		(SELECT coalesce(max(created), 0) FROM events), (SELECT coalesce(min(created), 0) FROM events),
		coalesce((SELECT CAST(value AS INTEGER) FROM notes WHERE name = ?), 0),
		coalesce((SELECT CAST(value AS INTEGER) FROM notes WHERE name = ?), 0),
		coalesce((SELECT value FROM notes WHERE name = ?), '')`,
		noteSyncLast, noteWebhookLast, noteSyncProblem).Scan(&h.Events, &newest, &oldest, &synced, &received, &h.SyncProblem)
	if err != nil {
		return h, a.fault(op, err)
	}
	if h.Events > 0 {
		h.Newest, h.Oldest = time.Unix(newest, 0).UTC(), time.Unix(oldest, 0).UTC()
	}
	if synced != 0 {
		h.LastSync = time.UnixMilli(synced).UTC()
	}
	if received != 0 {
		h.LastWebhook = time.UnixMilli(received).UTC()
	}
	return h, nil
}

// Counts is archive.Archive.Counts.
func (a *Archive) Counts(ctx context.Context) (c archive.Counts, err error) {
	err = a.read.QueryRowContext(ctx, `SELECT coalesce((SELECT CAST(value AS INTEGER) FROM notes WHERE name = ?), 0),
		(SELECT count(*) FROM conflicts), (SELECT count(*) FROM quarantine)`, noteWebhookDuplicates).
		Scan(&c.Duplicates, &c.Conflicts, &c.Quarantined)
	if err != nil {
		return c, a.fault("counting what was kept aside", err)
	}
	return c, nil
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
	err = a.read.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM notes WHERE name = ?), '')`, cursorPrefix+name).Scan(&value)
	if err != nil {
		return "", a.fault("reading a cursor", err)
	}
	return value, nil
}

// SetCursor is archive.Archive.SetCursor.
func (a *Archive) SetCursor(ctx context.Context, name, value string) error {
	return a.update(ctx, "storing a cursor", func(b *batch) error { return b.note(cursorPrefix+name, value) })
}
