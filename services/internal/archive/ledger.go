package archive

import (
	"context"
	"encoding/json"

	"bursar/services"
)

// Ledger remembers the Checkout Sessions made here, so that none is forgotten
// before its outcome is known. It lives in the archive's file.
type Ledger struct{ archive *Archive }

// Ledger returns the ledger in this file.
func (a *Archive) Ledger() *Ledger { return &Ledger{a} }

// Save remembers a session whose outcome is not known. Saving a settled one
// again changes nothing.
func (l *Ledger) Save(ctx context.Context, s services.Session) error {
	const op = "remembering the checkout session"
	text, err := json.Marshal(s)
	if err != nil {
		return l.archive.fault(op, err)
	}
	return l.archive.update(ctx, op, func(b *batch) error {
		return b.exec(saveSession, s.ID, s.Created.Unix(), string(text))
	})
}

// Settle records the final receipt of a session that Save remembered. For any
// other session, and for a receipt that is not final, it does nothing.
func (l *Ledger) Settle(ctx context.Context, r services.Receipt) error {
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

// Unsettled lists the sessions whose outcome is not known, newest first.
func (l *Ledger) Unsettled(ctx context.Context) ([]services.Session, error) {
	return decodeRows[services.Session](ctx, l.archive, `SELECT session FROM sessions
		WHERE receipt IS NULL ORDER BY created DESC, rowid DESC`)
}

// Recent lists the receipts of settled sessions, newest session first; 0 means
// all of them.
func (l *Ledger) Recent(ctx context.Context, limit int) ([]services.Receipt, error) {
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
