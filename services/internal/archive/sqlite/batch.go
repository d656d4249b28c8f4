package sqlite

import (
	"context"
	"strconv"
)

// batch is one write transaction.
type batch struct {
	a       *Archive
	conn    *conn
	now     int64 // milliseconds
	arrival int64 // the last that was given out; -1 while not known
	counts  map[countKey]int
	named   map[string]int64 // names that are new in this transaction
	people  map[string]int64 // customers that this transaction had to do with
	changed bool
}

// countKey is a row of the counts table.
type countKey struct{ customer, kind int64 }

// update runs fn in one transaction that is on the disk when update returns, and
// tells the watchers when it changed something.
func (a *Archive) update(ctx context.Context, op string, fn func(*batch) error) error {
	changed, err := a.commit(ctx, fn)
	if err != nil {
		return a.fault(op, err)
	}
	if changed {
		a.notice.Tell()
	}
	select {
	case a.stored <- struct{}{}:
	default: // the keeper knows
	}
	return nil
}

func (a *Archive) commit(ctx context.Context, fn func(*batch) error) (changed bool, err error) {
	c, err := a.writer(ctx)
	if err != nil {
		return false, err
	}
	defer func() { a.turn <- c }()
	// Waiting for another process's write is given up with the context; what
	// follows is short.
	if err := c.each(ctx, "BEGIN IMMEDIATE", nil, func(row) error { return nil }); err != nil {
		_, _ = c.exec("ROLLBACK") // it may have begun in the moment it was given up
		return false, err
	}
	b := &batch{a: a, conn: c, now: a.opts.Now().UnixMilli(), arrival: -1}
	if err = fn(b); err == nil {
		err = b.flushCounts()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		_, err = c.exec("COMMIT")
	}
	if err != nil {
		_, _ = c.exec("ROLLBACK") // SQLite may have done so itself; what failed first is told
		return false, err
	}
	for text, number := range b.named {
		a.names.know(number, text)
	}
	return b.changed, nil
}

func (b *batch) exec(text string, args ...any) error {
	_, err := b.affect(text, args...)
	return err
}

// affect runs a statement and reports whether it changed a row.
func (b *batch) affect(text string, args ...any) (bool, error) {
	n, err := b.conn.exec(text, args...)
	if n > 0 {
		b.changed = true
	}
	return n > 0, err
}

func (b *batch) integer(text string, args ...any) (int64, error) {
	return b.conn.integer(context.Background(), text, args...)
}

// number returns the number of a text, a new one if it has none.
func (b *batch) number(text string) (int64, error) {
	if n, ok := b.named[text]; ok {
		return n, nil
	}
	n, err := b.a.number(b.conn, text)
	if n != 0 || err != nil {
		return n, err
	}
	n, err = b.integer(`INSERT INTO names (name) VALUES (?) RETURNING n`, text)
	if b.named == nil {
		b.named = map[string]int64{}
	}
	b.named[text] = n
	return n, err
}

// person returns the number of a customer, a new one if it has none.
func (b *batch) person(id string) (int64, error) {
	if n, ok := b.people[id]; ok {
		return n, nil
	}
	n, err := b.integer(`SELECT n FROM customers WHERE id = ?`, id)
	if err == nil && n == 0 {
		n, err = b.integer(`INSERT INTO customers (id) VALUES (?) RETURNING n`, id)
	}
	if b.people == nil {
		b.people = map[string]int64{}
	}
	b.people[id] = n
	return n, err
}

// nextArrival gives out the next place in the order of arrival. Only a writer
// does, and there is one at a time, so events become visible in that order.
func (b *batch) nextArrival() (int64, error) {
	if b.arrival < 0 {
		var err error
		if b.arrival, err = b.integer(`SELECT max(arrival) FROM events`); err != nil {
			return 0, err
		}
	}
	b.arrival++
	return b.arrival, nil
}

func (b *batch) note(name, value string) error {
	return b.exec(`INSERT INTO notes (name, value) VALUES (?,?)
		ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value`, name, value)
}

// addToNote counts in a note.
func (b *batch) addToNote(name string, n int) error {
	if n == 0 {
		return nil
	}
	return b.exec(`INSERT INTO notes (name, value) VALUES (?,?) ON CONFLICT DO UPDATE SET value = value + excluded.value`, name, strconv.Itoa(n))
}

func (b *batch) count(customer, kind int64) {
	if b.counts == nil {
		b.counts = map[countKey]int{}
	}
	b.counts[countKey{customer, kind}]++
}

func (b *batch) flushCounts() error {
	for key, n := range b.counts {
		if err := b.exec(`INSERT INTO counts (customer, type, n) VALUES (?,?,?)
			ON CONFLICT DO UPDATE SET n = n + excluded.n`, key.customer, key.kind, n); err != nil {
			return err
		}
	}
	return nil
}
