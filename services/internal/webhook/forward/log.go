package forward

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"bursar/services"
)

// How much of the log of attempts is kept.
const (
	logAge  = 30 * 24 * time.Hour
	logRows = 200_000
)

// Deliveries returns attempts, the latest first.
func (q *Queue) Deliveries(ctx context.Context, query services.DeliveryQuery) ([]services.Delivery, error) {
	const op = "reading the delivery log"
	terms, args := []string{"TRUE"}, []any{}
	where := func(term string, arg any) { terms, args = append(terms, term), append(args, arg) }
	if query.Event != "" {
		where("event = ?", query.Event)
	}
	if query.URL != "" {
		where("url = ?", query.URL)
	}
	if !query.Since.IsZero() {
		where("time >= ?", query.Since.UnixMilli())
	}
	if !query.Until.IsZero() {
		where("time < ?", query.Until.UnixMilli())
	}
	if query.Failed {
		where("outcome <> ?", string(services.DeliveryDone))
	}
	if query.Limit <= 0 {
		query.Limit = 100
	}
	rows, err := q.db.QueryContext(ctx, `SELECT time, event, type, url, attempt, status, took, outcome, problem, next
		FROM attempts JOIN destinations ON destinations.id = destination WHERE `+strings.Join(terms, " AND ")+ // fixed texts
		` ORDER BY time DESC, attempts.id DESC LIMIT ?`, append(args, query.Limit)...)
	if err != nil {
		return nil, q.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	list := []services.Delivery{}
	for rows.Next() {
		var d services.Delivery
		var at, next int64
		if err := rows.Scan(&at, &d.Event, &d.Type, &d.URL, &d.Attempt, &d.Status, &d.Took, &d.Outcome, &d.Problem, &next); err != nil {
			return nil, q.fault(op, err)
		}
		d.Time, d.Next = timeOf(at), timeOf(next)
		list = append(list, d)
	}
	return list, q.fault(op, rows.Err())
}

// prune forgets old attempts.
func (q *Queue) prune(ctx context.Context, now time.Time) error {
	return q.update(ctx, "forgetting old deliveries", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE time < ? OR id <= (SELECT max(id) FROM attempts) - ?`,
			now.Add(-logAge).UnixMilli(), logRows)
		return err
	})
}

// known is a destination in the file.
type known struct {
	id    int64
	url   string
	types Types
}

// destinations lists the destination with an address, or those that the last
// forwarder served. CodeNotFound when there is none.
func (q *Queue) destinations(ctx context.Context, address string) (list []known, err error) {
	const op = "looking the destinations up"
	rows, err := q.db.QueryContext(ctx, `SELECT id, url, types FROM destinations
		WHERE url = ?1 OR ?1 = '' AND started = (SELECT max(started) FROM destinations) ORDER BY id`, address)
	if err != nil {
		return nil, q.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	for rows.Next() {
		var k known
		var types string
		if err := rows.Scan(&k.id, &k.url, &types); err != nil {
			return nil, q.fault(op, err)
		}
		if types != "" {
			k.types = strings.Split(types, ",")
		}
		list = append(list, k)
	}
	if err := rows.Err(); err != nil {
		return nil, q.fault(op, err)
	}
	if len(list) == 0 {
		what := "Nothing was passed on from this profile yet."
		if address != "" {
			what = "Nothing was passed on to " + services.Clean(address) + " yet."
		}
		return nil, &services.Error{Code: services.CodeNotFound, Op: op, Message: what, Next: "Start bursar webhook listen --forward-to URL first."}
	}
	return list, nil
}

// Resend queues events for the destinations that the last forwarder served, where
// they take the events' types; or for the one with an address, whatever it takes.
// An event that waits already is tried at once. CodeNotFound when there is no such
// destination.
func (q *Queue) Resend(ctx context.Context, events []services.Event, address string) (services.ResendResult, error) {
	list, err := q.destinations(ctx, address)
	if err != nil {
		return services.ResendResult{}, err
	}
	r := services.ResendResult{Listening: true}
	for _, d := range list {
		queued := 0
		err := q.update(ctx, "queueing events", func(tx *sql.Tx) error {
			for _, e := range events {
				if address == "" && !d.types.Match(e.Type) {
					continue
				}
				queued++
				i := itemOf(e)
				if _, err := tx.ExecContext(ctx, `INSERT INTO waiting (destination, event, type, object) VALUES (?,?,?,?)
					ON CONFLICT DO UPDATE SET due = 0, refused = 0`, d.id, i.event, i.kind, i.object); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return r, err
		}
		r.Queued += queued
		r.Listening = r.Listening && q.served(d.id)
	}
	q.resends.Add(1)
	return r, nil
}

// served reports whether a process serves a destination.
func (q *Queue) served(destination int64) bool {
	lock := q.lock(destination)
	free, err := lock.TryLock()
	if free {
		err = errors.Join(err, lock.Unlock())
	}
	return !free && err == nil
}
