package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Add is archive.Archive.Add.
func (a *Archive) Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	records := a.packer.Prepare(raws)
	now := a.opts.Now().UnixMilli()
	err = a.update(ctx, "storing events", func(b *batch) error {
		for _, r := range records {
			switch isNew, err := b.store(r, source, now); {
			case err != nil:
				return err
			case isNew:
				added++
			case r.Reason == "":
				duplicates++
			}
		}
		if source != services.SourceWebhook || len(records) == 0 {
			return nil
		}
		if err := b.note(noteWebhookLast, strconv.FormatInt(now, 10)); err != nil {
			return err
		}
		return b.exec(addToNote, noteWebhookDuplicates, duplicates)
	})
	if err != nil {
		return 0, 0, err
	}
	return added, duplicates, nil
}

// update runs fn in one transaction and tells the watchers when it changed
// something.
func (a *Archive) update(ctx context.Context, op string, fn func(*batch) error) error {
	tx, err := a.write.BeginTx(ctx, nil)
	if err != nil {
		return a.fault(op, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	b := &batch{ctx: ctx, tx: tx, prepared: a.stmts, stmts: make([]*sql.Stmt, len(a.stmts))}
	if err := fn(b); err != nil {
		return a.fault(op, err)
	}
	if err := b.flushCounts(); err != nil {
		return a.fault(op, err)
	}
	if err := tx.Commit(); err != nil {
		return a.fault(op, err)
	}
	if b.changed {
		a.notice.Tell()
	}
	return nil
}

// countKey is a row of the counts table.
type countKey struct{ customer, kind string }

// batch is one write transaction. ctx is the call's: a batch does not outlive it.
type batch struct {
	ctx      context.Context
	tx       *sql.Tx
	prepared []*sql.Stmt
	stmts    []*sql.Stmt // prepared, bound to tx when first used
	counts   map[countKey]int
	changed  bool
}

func (b *batch) stmt(s statement) *sql.Stmt {
	if b.stmts[s] == nil {
		b.stmts[s] = b.tx.StmtContext(b.ctx, b.prepared[s])
	}
	return b.stmts[s]
}

func (b *batch) exec(s statement, args ...any) error {
	_, err := b.affect(s, args...)
	return err
}

// affect runs a statement and reports whether it changed a row.
func (b *batch) affect(s statement, args ...any) (bool, error) {
	res, err := b.stmt(s).ExecContext(b.ctx, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	if n > 0 {
		b.changed = true
	}
	return n > 0, err
}

func (b *batch) note(name, value string) error { return b.exec(setNote, name, value) }

func (b *batch) count(customer, kind string) {
	if b.counts == nil {
		b.counts = map[countKey]int{}
	}
	b.counts[countKey{customer, kind}]++
}

func (b *batch) flushCounts() error {
	for key, n := range b.counts {
		if err := b.exec(addToCount, key.customer, key.kind, n); err != nil {
			return err
		}
	}
	return nil
}

// store stores one payload and reports whether it is a new event.
func (b *batch) store(r archive.Record, source services.EventSource, now int64) (isNew bool, err error) {
	f := r.Facts
	if r.Reason != "" {
		digest := sha256.Sum256(r.Raw)
		return false, b.exec(insertQuarantine, digest[:], now, string(source), r.Reason, r.Form, r.Packed)
	}
	var seq int64
	err = b.stmt(seqOfEvent).QueryRowContext(b.ctx, f.ID).Scan(&seq)
	if err == nil {
		return false, b.compare(seq, r, source, now)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if f.Customer == "" {
		if f.Customer, err = b.customerOf(f.Refs); err != nil {
			return false, err
		}
	}
	res, err := b.stmt(insertEvent).ExecContext(b.ctx, f.ID, f.Type, f.Created, now, f.Livemode, f.ObjectID, f.ObjectType,
		nullable(f.Customer), amountOf(f.Amount), currencyOf(f.Amount), string(f.Outcome), f.RequestID, f.APIVersion, string(source))
	if err != nil {
		return false, err
	}
	if seq, err = res.LastInsertId(); err != nil {
		return false, err
	}
	if err := b.exec(insertPayload, seq, r.Form, r.Packed); err != nil {
		return false, err
	}
	b.count("", f.Type)
	if f.Customer == "" {
		return true, b.wait(seq, f.Refs)
	}
	b.count(f.Customer, f.Type)
	return true, b.learn(f.Refs, f.Customer)
}

// compare looks at a further copy of an archived event, and keeps it when it
// does not tell the same.
func (b *batch) compare(seq int64, r archive.Record, source services.EventSource, now int64) error {
	var form archive.Form
	var packed []byte
	if err := b.stmt(payloadOfSeq).QueryRowContext(b.ctx, seq).Scan(&form, &packed); err != nil {
		return err
	}
	stored, err := archive.Unpack(form, packed)
	if err != nil {
		return err
	}
	if bytes.Equal(stored, r.Raw) {
		return nil
	}
	same, digest, err := archive.SameMeaning(stored, r.Raw)
	if err != nil || same {
		return err
	}
	if err := b.exec(insertConflict, r.Facts.ID, digest, now, string(source), r.Form, r.Packed); err != nil {
		return fmt.Errorf("keeping another copy of event %s: %w", r.Facts.ID, err)
	}
	return nil
}

func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func amountOf(m *services.Money) any {
	if m == nil {
		return nil
	}
	return m.Amount
}

func currencyOf(m *services.Money) any {
	if m == nil {
		return nil
	}
	return m.Currency
}
