package sqlite

import (
	"context"
	"strconv"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// eventColumns are what eventOf reads, of events AS e.
const eventColumns = `e.key, e.id, e.type, (SELECT id FROM customers WHERE n = e.customer), e.received, e.livemode, e.object_id,
	e.object_type, e.amount, e.currency, e.outcome, e.request_id, e.api_version, e.source`

// eventWidth is the number of eventColumns.
const eventWidth = 14

// createdOf is the time that a key tells.
func createdOf(key int64) time.Time { return time.Unix(key>>keyBits, 0).UTC() }

// eventOf reads eventColumns.
func (a *Archive) eventOf(c *conn, r row) (e services.Event, err error) {
	e = services.Event{ID: r.text(1), Created: createdOf(r.integer(0)), Customer: r.text(3), Received: time.UnixMilli(r.integer(4)).UTC(),
		Livemode: r.integer(5) != 0, ObjectID: r.text(6), RequestID: r.text(11)}
	var currency, outcome, source string
	for _, named := range [...]struct {
		column int
		text   *string
	}{{2, &e.Type}, {7, &e.ObjectType}, {9, &currency}, {10, &outcome}, {12, &e.APIVersion}, {13, &source}} {
		if *named.text, err = a.name(c, r.integer(named.column)); err != nil {
			return e, err
		}
	}
	e.Outcome, e.Source = services.EventOutcome(outcome), services.EventSource(source)
	if amount, ok := r[8].(int64); ok {
		e.Amount = &services.Money{Amount: amount, Currency: currency}
	}
	return e, nil
}

// Event is archive.Archive.Event.
func (a *Archive) Event(ctx context.Context, id string) (e services.Event, err error) {
	err = a.reading(ctx, "reading an archived event", func(c *conn) error {
		found := false
		err := c.each(ctx, `SELECT `+eventColumns+`, form, bytes FROM events AS e JOIN payloads USING (key) WHERE id = ?`, []any{id},
			func(r row) (err error) {
				found = true
				e, err = a.eventOf(c, r)
				if err == nil {
					e.Raw, err = archive.Unpack(archive.Form(r.integer(eventWidth)), r.bytes(eventWidth+1))
				}
				return err
			})
		if err == nil && !found {
			err = archive.NotFound(id)
		}
		return err
	})
	return e, err
}

// Has is archive.Archive.Has.
func (a *Archive) Has(ctx context.Context, ids []string) (has map[string]bool, err error) {
	has = make(map[string]bool, len(ids))
	err = a.reading(ctx, "looking events up in the archive", func(c *conn) error {
		for _, id := range ids {
			there, err := c.integer(ctx, `SELECT EXISTS (SELECT 1 FROM events WHERE id = ?)`, id)
			if err != nil {
				return err
			}
			if there != 0 {
				has[id] = true
			}
		}
		return nil
	})
	return has, err
}

// Types is archive.Archive.Types.
func (a *Archive) Types(ctx context.Context, customer string) (counts []services.TypeCount, err error) {
	counts = []services.TypeCount{}
	err = a.reading(ctx, "counting events", func(c *conn) error {
		number, known, err := personNumber(ctx, c, customer)
		if err != nil || !known {
			return err
		}
		return c.each(ctx, `SELECT name, counts.n FROM counts JOIN names ON names.n = type WHERE customer = ? ORDER BY counts.n DESC, name`,
			[]any{number}, func(r row) error {
				counts = append(counts, services.TypeCount{Type: r.text(0), Count: int(r.integer(1))})
				return nil
			})
	})
	return counts, err
}

// personNumber returns the number of a customer as counts have it: 0 when id is
// "", which means every customer. known is false for one without events.
func personNumber(ctx context.Context, c *conn, id string) (number int64, known bool, err error) {
	if id == "" {
		return 0, true, nil
	}
	number, err = c.integer(ctx, `SELECT n FROM customers WHERE id = ?`, id)
	return number, number != 0, err
}

// Arrivals is archive.Archive.Arrivals.
func (a *Archive) Arrivals(ctx context.Context, after string, limit int) (arrivals []services.Arrival, err error) {
	var from int64
	if after != "" {
		if from, err = strconv.ParseInt(after, 10, 64); err != nil || from < 0 {
			return nil, archive.BadPosition(after)
		}
	}
	arrivals = []services.Arrival{}
	err = a.reading(ctx, "following the archive", func(c *conn) error {
		if last, err := c.integer(ctx, `SELECT max(arrival) FROM events`); err != nil || last <= from {
			if err == nil && last < from {
				err = archive.BadPosition(after) // of another file, perhaps one that was set aside
			}
			return err
		}
		return c.each(ctx, `SELECT `+eventColumns+`, form, bytes, arrival FROM events AS e JOIN payloads USING (key)
			WHERE arrival > ? ORDER BY arrival LIMIT ?`, []any{from, limit}, func(r row) error {
			e, err := a.eventOf(c, r)
			if err == nil {
				e.Raw, err = archive.Unpack(archive.Form(r.integer(eventWidth)), r.bytes(eventWidth+1))
			}
			arrivals = append(arrivals, services.Arrival{Event: e, Position: strconv.FormatInt(r.integer(eventWidth+2), 10)})
			return err
		})
	})
	return arrivals, err
}
