package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/lib/pq"

	"bursar/services"
	"bursar/services/internal/archive"
)

// The names of what the archive notes about itself.
const (
	noteSyncLast    = "sync.last" // milliseconds
	noteSyncProblem = "sync.problem"
	cursorPrefix    = "cursor."
)

// setNotes sets the notes named in $1 to the values in $2.
const setNotes = `INSERT INTO notes (name, value) SELECT * FROM unnest($1::text[], $2::text[]) ORDER BY 1
	ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE notes.value <> excluded.value`

// Health is archive.Archive.Health.
func (a *Archive) Health(ctx context.Context) (services.LogHealth, error) {
	var h services.LogHealth
	var newest, oldest, synced, received int64
	err := a.read.QueryRowContext(ctx, `SELECT
		(SELECT coalesce(sum(n), 0)::bigint FROM counts WHERE customer = ''),
		(SELECT coalesce(max(created), 0) FROM events), (SELECT coalesce(min(created), 0) FROM events),
		coalesce((SELECT value::bigint FROM notes WHERE name = $1), 0),
		(SELECT coalesce(max(received), 0) FROM writers),
		coalesce((SELECT value FROM notes WHERE name = $2), '')`,
		noteSyncLast, noteSyncProblem).Scan(&h.Events, &newest, &oldest, &synced, &received, &h.SyncProblem)
	if err != nil {
		return h, a.fault("reading the archive's state", givenUp(ctx, err))
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
	err = a.read.QueryRowContext(ctx, `SELECT (SELECT coalesce(sum(duplicates), 0)::bigint FROM writers),
		(SELECT count(*) FROM conflicts), (SELECT count(*) FROM quarantine)`).Scan(&c.Duplicates, &c.Conflicts, &c.Quarantined)
	if err != nil {
		return c, a.fault("counting what was kept aside", givenUp(ctx, err))
	}
	return c, nil
}

// Aside is archive.Archive.Aside.
func (a *Archive) Aside(ctx context.Context, after int64, limit int) ([]archive.Aside, error) {
	const op = "reading what was kept aside"
	rows, err := a.read.QueryContext(ctx, `SELECT place, id, reason, received, source, form, bytes FROM (
		SELECT row_number() OVER (ORDER BY received, digest) AS place, * FROM (
			SELECT digest, '' AS id, reason, received, source, form, bytes FROM quarantine
			UNION ALL SELECT digest, id, 'it tells something else than the archived event', received, source, form, bytes FROM conflicts) AS kept) AS listed
		WHERE place > $1 ORDER BY place LIMIT $2`, after, limit)
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	kept := []archive.Aside{}
	for rows.Next() {
		var k archive.Aside
		var received int64
		var form archive.Form
		var packed []byte
		if err := rows.Scan(&k.Key, &k.EventID, &k.Reason, &received, &k.Source, &form, &packed); err != nil {
			return nil, a.fault(op, err)
		}
		if k.Raw, err = archive.Unpack(form, packed); err != nil {
			return nil, a.fault(op, err)
		}
		k.Reason, k.Received = services.Clean(k.Reason), time.UnixMilli(received).UTC()
		kept = append(kept, k)
	}
	if err := rows.Err(); err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	return kept, nil
}

// RecordSync is archive.Archive.RecordSync.
func (a *Archive) RecordSync(ctx context.Context, at time.Time, problem string) error {
	names, values := []string{noteSyncProblem}, []string{services.Clean(problem)}
	if problem == "" {
		names, values = append(names, noteSyncLast), append(values, strconv.FormatInt(at.UnixMilli(), 10))
	}
	return a.update(ctx, "noting the state of the sync", setNotes, pq.Array(names), pq.Array(values))
}

// Cursor is archive.Archive.Cursor.
func (a *Archive) Cursor(ctx context.Context, name string) (value string, err error) {
	err = a.read.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM notes WHERE name = $1), '')`, cursorPrefix+name).Scan(&value)
	if err != nil {
		return "", a.fault("reading a cursor", givenUp(ctx, err))
	}
	return value, nil
}

// SetCursor is archive.Archive.SetCursor.
func (a *Archive) SetCursor(ctx context.Context, name, value string) error {
	return a.update(ctx, "storing a cursor", setNotes, pq.Array([]string{cursorPrefix + name}), pq.Array([]string{value}))
}
