package postgres

import (
	"context"
	"encoding/json"

	"bursar/services"
	"bursar/services/internal/archive"
)

// ledger is the ledger in an archive's schema.
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
	return l.archive.update(ctx, op, `INSERT INTO sessions (id, created, session) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET session = excluded.session WHERE sessions.receipt IS NULL`, s.ID, s.Created.Unix(), string(text))
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
	return l.archive.update(ctx, op, `UPDATE sessions SET session = $1, receipt = $2 WHERE id = $3`, string(session), string(receipt), r.Session.ID)
}

// Unsettled is archive.Ledger.Unsettled.
func (l ledger) Unsettled(ctx context.Context) ([]services.Session, error) {
	return decodeRows[services.Session](ctx, l.archive, `SELECT session FROM sessions
		WHERE receipt IS NULL ORDER BY created DESC, place DESC`)
}

// Recent is archive.Ledger.Recent.
func (l ledger) Recent(ctx context.Context, limit int) ([]services.Receipt, error) {
	return decodeRows[services.Receipt](ctx, l.archive, `SELECT receipt FROM sessions
		WHERE receipt IS NOT NULL ORDER BY created DESC, place DESC LIMIT nullif(greatest($1, 0), 0)`, limit)
}

func decodeRows[T any](ctx context.Context, a *Archive, query string, args ...any) ([]T, error) {
	const op = "reading the checkout sessions"
	rows, err := a.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	texts, err := collect[[]byte](rows)
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	values := make([]T, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &values[i]); err != nil {
			return nil, a.fault(op, err)
		}
	}
	return values, nil
}
