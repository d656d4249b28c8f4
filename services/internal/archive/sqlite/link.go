package sqlite

import (
	"context"

	"bursar/services/internal/archive"
)

// customerOf returns the number of the customer that an event belongs to: the
// one it names, or the one that an object it refers to is known to belong to; 0
// when none is.
func (b *batch) customerOf(f *archive.Facts) (int64, error) {
	if f.Customer != "" {
		return b.person(f.Customer)
	}
	for _, id := range f.Links() {
		if customer, err := b.integer(`SELECT customer FROM links WHERE object = ?`, id); customer != 0 || err != nil {
			return customer, err
		}
	}
	return 0, nil
}

// wait remembers that an event's customer is not known, and which objects could
// tell it.
func (b *batch) wait(key int64, objects []string) error {
	for _, id := range objects {
		if err := b.exec(`INSERT INTO waits (object, key) VALUES (?,?) ON CONFLICT DO NOTHING`, id, key); err != nil {
			return err
		}
	}
	return nil
}

// learn links objects to their customer. Events that waited for one of them get
// their customer now, and what those events refer to is learned in turn: a
// refund names a charge, whose event may name the payment intent only. What was
// learned first stays: only a payment method can change hands, and its old
// events belong to whom they belonged to.
func (b *batch) learn(objects []string, customer int64) error {
	for queue := objects; len(queue) > 0; queue = queue[1:] {
		isNew, err := b.affect(`INSERT INTO links (object, customer) VALUES (?,?) ON CONFLICT DO NOTHING`, queue[0], customer)
		if err != nil {
			return err
		}
		if !isNew {
			continue
		}
		events, err := column(b, row.integer, `DELETE FROM waits WHERE object = ? RETURNING key`, queue[0])
		if err != nil {
			return err
		}
		for _, key := range events {
			further, err := b.assign(key, customer)
			if err != nil {
				return err
			}
			queue = append(queue[:len(queue):len(queue)], further...)
		}
	}
	return nil
}

// assign gives an event that waited its customer and returns the other objects
// that it refers to. As those are learned too, nothing of it waits any more.
func (b *batch) assign(key, customer int64) (further []string, err error) {
	kinds, err := column(b, row.integer, `UPDATE events SET customer = ? WHERE key = ? AND customer IS NULL RETURNING type`, customer, key)
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		b.count(customer, kind)
		b.changed = true
	}
	return column(b, row.text, `SELECT object FROM waits WHERE key = ?`, key)
}

// column runs a statement and returns the first column of its rows.
func column[T any](b *batch, read func(row, int) T, text string, args ...any) (values []T, err error) {
	err = b.conn.each(context.Background(), text, args, func(r row) error {
		values = append(values, read(r, 0))
		return nil
	})
	return values, err
}
