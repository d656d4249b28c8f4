package sqlite

import (
	"context"
	"encoding/json"

	"bursar/services"
	"bursar/services/internal/archive"
)

// ledger is the ledger in an archive's file.
type ledger struct{ archive *Archive }

// Ledger is archive.Archive.Ledger.
func (a *Archive) Ledger() archive.Ledger { return ledger{a} }

// Save is archive.Ledger.Save.
func (l ledger) Save(ctx context.Context, s services.Session) error {
	const op = "remembering the checkout session"
	text, err := json.Marshal(s)
	if err != nil {
		return l.archive.fault(op, err)
	}
	return l.archive.update(ctx, op, func(b *batch) error {
		return b.exec(saveSession, s.ID, s.Created.Unix(), string(text))
	})
}

// Settle is archive.Ledger.Settle.
func (l ledger) Settle(ctx context.Context, r services.Receipt) error {
	const op = "recording the checkout's outcome"
	if !r.Outcome.Settled() {
		return nil
	}
	session, err := json.Marshal(r.Session)
	if err != nil {
		return l.archive.fault(op, err)
	}
	receipt, err := json.Marshal(r)
	if err != nil {
		return l.archive.fault(op, err)
	}
	return l.archive.update(ctx, op, func(b *batch) error {
		return b.exec(settleSession, string(session), string(receipt), r.Session.ID)
	})
}

// Unsettled is archive.Ledger.Unsettled.
func (l ledger) Unsettled(ctx context.Context) ([]services.Session, error) {
	return decodeRows[services.Session](ctx, l.archive, `SELECT session FROM sessions
		WHERE receipt IS NULL ORDER BY created DESC, rowid DESC`)
}

// Recent is archive.Ledger.Recent.
func (l ledger) Recent(ctx context.Context, limit int) ([]services.Receipt, error) {
	if limit <= 0 {
		limit = -1 // SQLite: no limit
	}
	return decodeRows[services.Receipt](ctx, l.archive, `SELECT receipt FROM sessions
		WHERE receipt IS NOT NULL ORDER BY created DESC, rowid DESC LIMIT ?`, limit)
}

func decodeRows[T any](ctx context.Context, a *Archive, query string, args ...any) ([]T, error) {
	const op = "reading the checkout sessions"
	rows, err := a.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, a.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	values := []T{}
	for rows.Next() {
		var text []byte
		var v T
		if err := rows.Scan(&text); err != nil {
			return nil, a.fault(op, err)
		}
		if err := json.Unmarshal(text, &v); err != nil {
			return nil, a.fault(op, err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		return nil, a.fault(op, err)
	}
	return values, nil
}
