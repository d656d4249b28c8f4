package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Add is archive.Archive.Add.
func (a *Archive) Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	records := archive.Prepare(raws)
	err = a.update(ctx, "storing events", func(b *batch) error {
		added, duplicates = 0, 0
		for i := range records {
			switch isNew, err := b.store(&records[i], source); {
			case err != nil:
				return err
			case isNew:
				added++
			case records[i].Reason == "":
				duplicates++
			}
		}
		if source != services.SourceWebhook || len(records) == 0 {
			return nil
		}
		if err := b.note(noteWebhookLast, strconv.FormatInt(b.now, 10)); err != nil {
			return err
		}
		return b.addToNote(noteWebhookDuplicates, duplicates)
	})
	if err != nil {
		return 0, 0, err
	}
	return added, duplicates, nil
}

// store stores one payload and reports whether it is a new event.
func (b *batch) store(r *archive.Record, source services.EventSource) (isNew bool, err error) {
	if r.Reason != "" {
		digest := sha256.Sum256(r.Raw)
		return false, b.putAside("", digest[:], r.Reason, source, r, noteQuarantined)
	}
	customer, err := b.customerOf(&r.Facts)
	if err != nil {
		return false, err
	}
	key, kind, isNew, err := b.insert(r, customer, source)
	if err != nil {
		return false, err
	}
	if !isNew {
		return false, b.compare(key, r, source)
	}
	if err := b.exec(`INSERT INTO payloads (key, form, bytes) VALUES (?,?,?)`, key, int64(r.Form), r.Packed); err != nil {
		return false, err
	}
	b.count(0, kind)
	if customer == 0 {
		return true, b.wait(key, r.Facts.Links())
	}
	b.count(customer, kind)
	return true, b.learn(r.Facts.Links(), customer)
}

// insert inserts an event's row, unless there is one with its id, and returns
// the row's key.
func (b *batch) insert(r *archive.Record, customer int64, source services.EventSource) (key, kind int64, isNew bool, err error) {
	f := &r.Facts
	currency := ""
	var amount any
	if f.Amount != nil {
		amount, currency = f.Amount.Amount, f.Amount.Currency
	}
	var numbers [6]int64
	for i, text := range [...]string{f.Type, string(f.Outcome), currency, string(source), f.ObjectType, f.APIVersion} {
		if numbers[i], err = b.number(text); err != nil {
			return 0, 0, false, err
		}
	}
	arrival, err := b.nextArrival()
	if err != nil {
		return 0, 0, false, err
	}
	known := int64(0)
	key = firstKey(f.Created) | arrival&(1<<keyBits-1)
	for {
		isNew, err = b.affect(`INSERT INTO events (key, arrival, type, customer, outcome, amount, currency, livemode, source,
			object_type, api_version, received, id, object_id, request_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			key, arrival, numbers[0], orNull(customer), numbers[1], amount, numbers[2], f.Livemode, numbers[3],
			numbers[4], numbers[5], b.now, f.ID, f.ObjectID, f.RequestID)
		if isNew || err != nil {
			return key, numbers[0], isNew, err
		}
		found, err := b.conn.first(context.Background(), `SELECT key FROM events WHERE id = ?`, []any{f.ID}, func(r row) { known = r.integer(0) })
		if found || err != nil {
			b.arrival--
			return known, numbers[0], false, err
		}
		if key, err = b.freeKey(key); err != nil {
			return 0, 0, false, err
		}
	}
}

// freeKey finds a key that is free in the second of one that is taken.
func (b *batch) freeKey(key int64) (int64, error) {
	second := key >> keyBits
	free, err := b.integer(`SELECT key + 1 FROM events AS e WHERE key BETWEEN ?1 AND ?2
		AND NOT EXISTS (SELECT 1 FROM events WHERE key = e.key + 1) LIMIT 1`, key, lastKey(second)-1)
	if err == nil && free == 0 {
		free, err = b.integer(`SELECT key - 1 FROM events AS e WHERE key BETWEEN ?1 AND ?2
			AND NOT EXISTS (SELECT 1 FROM events WHERE key = e.key - 1) LIMIT 1`, firstKey(second)+1, key)
	}
	if err == nil && free == 0 {
		err = fmt.Errorf("there are %d events of one second", 1<<keyBits)
	}
	return free, err
}

// orNull is a customer's number, or NULL for none.
func orNull(customer int64) any {
	if customer == 0 {
		return nil
	}
	return customer
}

// compare looks at a further copy of an archived event, and keeps it when it
// does not tell the same.
func (b *batch) compare(key int64, r *archive.Record, source services.EventSource) error {
	var form archive.Form
	var packed []byte
	if _, err := b.conn.first(context.Background(), `SELECT form, bytes FROM payloads WHERE key = ?`, []any{key}, func(r row) {
		form, packed = archive.Form(r.integer(0)), r.bytes(1)
	}); err != nil {
		return err
	}
	if form == r.Form && bytes.Equal(packed, r.Packed) {
		return nil
	}
	stored, err := archive.UnpackJSON(nil, form, packed)
	if err != nil {
		return err
	}
	received, err := archive.UnpackJSON(nil, r.Form, r.Packed)
	if err != nil {
		return err
	}
	same, digest, err := archive.SameMeaning(stored, received)
	if err != nil || same {
		return err
	}
	return b.putAside(r.Facts.ID, digest, "It tells something else than the archived event.", source, r, noteConflicts)
}

// putAside keeps what is not among the events, once, and counts it.
func (b *batch) putAside(event string, digest []byte, reason string, source services.EventSource, r *archive.Record, counter string) error {
	isNew, err := b.affect(`INSERT INTO aside (event, digest, reason, received, source, form, bytes) VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		event, digest, reason, b.now, string(source), int64(r.Form), r.Packed)
	if err != nil || !isNew {
		return err
	}
	return b.addToNote(counter, 1)
}
