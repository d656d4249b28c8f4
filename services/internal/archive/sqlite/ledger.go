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
		return b.exec(`INSERT INTO sessions (id, created, session) VALUES (?,?,?)
			ON CONFLICT DO UPDATE SET session = excluded.session WHERE receipt IS NULL`, s.ID, s.Created.Unix(), string(text))
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
		return b.exec(`UPDATE sessions SET session = ?, receipt = ? WHERE id = ?`, string(session), string(receipt), r.Session.ID)
	})
}

// Unsettled is archive.Ledger.Unsettled.
func (l ledger) Unsettled(ctx context.Context) ([]services.Session, error) {
	return decodeRows[services.Session](ctx, l.archive, `SELECT session FROM sessions
		WHERE receipt IS NULL ORDER BY created DESC, n DESC`)
}

// Recent is archive.Ledger.Recent.
func (l ledger) Recent(ctx context.Context, limit int) ([]services.Receipt, error) {
	if limit <= 0 {
		limit = -1 // SQLite: no limit
	}
	return decodeRows[services.Receipt](ctx, l.archive, `SELECT receipt FROM sessions
		WHERE receipt IS NOT NULL ORDER BY created DESC, n DESC LIMIT ?`, limit)
}

func decodeRows[T any](ctx context.Context, a *Archive, query string, args ...any) (values []T, err error) {
	values = []T{}
	err = a.reading(ctx, "reading the checkout sessions", func(c *conn) error {
		return c.each(ctx, query, args, func(r row) error {
			var v T
			if err := json.Unmarshal([]byte(r.text(0)), &v); err != nil {
				return err
			}
			values = append(values, v)
			return nil
		})
	})
	return values, err
}
