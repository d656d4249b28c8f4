package sqlite

import (
	"database/sql"
	"errors"
)

// customerOf returns the customer that one of the objects is known to belong
// to, "" when none is.
func (b *batch) customerOf(objects []string) (string, error) {
	for _, id := range objects {
		var customer string
		err := b.stmt(customerOfObject).QueryRowContext(b.ctx, id).Scan(&customer)
		if err == nil {
			return customer, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", err
		}
	}
	return "", nil
}

// wait remembers that an event's customer is not known, and which objects could
// tell it.
func (b *batch) wait(seq int64, objects []string) error {
	for _, id := range objects {
		if err := b.exec(insertWait, id, seq); err != nil {
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
func (b *batch) learn(objects []string, customer string) error {
	for queue := objects; len(queue) > 0; queue = queue[1:] {
		isNew, err := b.affect(insertLink, queue[0], customer)
		if err != nil {
			return err
		}
		if !isNew {
			continue
		}
		events, err := column[int64](b, takeWaits, queue[0])
		if err != nil {
			return err
		}
		for _, seq := range events {
			further, err := b.assign(seq, customer)
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
func (b *batch) assign(seq int64, customer string) (further []string, err error) {
	kinds, err := column[string](b, setCustomer, customer, seq)
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		b.count(customer, kind)
	}
	return column[string](b, waitsOfSeq, seq)
}

// column runs a statement and returns the one column of its rows.
func column[T any](b *batch, s statement, args ...any) (values []T, err error) {
	rows, err := b.stmt(s).QueryContext(b.ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}
