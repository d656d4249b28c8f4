package forward

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"bursar/services"
)

// Queue is a profile's forwarding queue, in a file of its own: where each
// destination stands, what still is to be delivered to it, and what was tried.
// Several processes may use one file; each destination is served by one of them.
type Queue struct {
	path    string
	db      *sql.DB
	resends atomic.Int64 // of this process
}

// Open opens the queue's file, making it when there is none. Errors are
// *services.Error with CodeStorage.
func Open(ctx context.Context, path string) (*Queue, error) {
	q := &Queue{path: path}
	db, err := connect(ctx, path)
	if err != nil {
		return nil, q.fault("opening the forwarding queue", err)
	}
	q.db = db
	return q, nil
}

// Close closes the file.
func (q *Queue) Close() error { return q.fault("closing the forwarding queue", q.db.Close()) }

// item is an event that waits for its delivery.
type item struct {
	id       int64 // its place in the queue
	event    string
	kind     string
	object   string
	attempts int
	refused  time.Time // when an answer first refused it; zero when none did
	due      time.Time // zero: at once
}

// lane is what keeps events in order: their object, or each is alone.
func (i item) lane() string {
	if i.object == "" {
		return i.event
	}
	return i.object
}

func itemOf(e services.Event) item { return item{event: e.ID, kind: e.Type, object: e.ObjectID} }

// update runs fn in one transaction.
func (q *Queue) update(ctx context.Context, op string, fn func(tx *sql.Tx) error) error {
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		return q.fault(op, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := fn(tx); err != nil {
		return q.fault(op, err)
	}
	return q.fault(op, tx.Commit())
}

// place is where a destination stands.
type place struct {
	id       int64
	position string
	since    time.Time // when the destination was added
}

// destination finds a destination, or adds it at the position from, and notes that
// it is served from now on.
func (q *Queue) destination(ctx context.Context, d Destination, from string, now time.Time) (p place, err error) {
	var since int64
	err = q.update(ctx, "looking the destination up", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO destinations (url, types, position, since, started) VALUES (?1, ?2, ?3, ?4, ?4)
			ON CONFLICT DO UPDATE SET types = excluded.types, started = excluded.started RETURNING id, position, since`,
			d.URL, strings.Join(d.Types, ","), from, now.UnixMilli()).Scan(&p.id, &p.position, &since)
	})
	p.since = timeOf(since)
	return p, err
}

// waits returns what waits for a destination, in order.
func (q *Queue) waits(ctx context.Context, destination int64) (items []item, err error) {
	const op = "reading the forwarding queue"
	rows, err := q.db.QueryContext(ctx, `SELECT id, event, type, object, attempts, refused, due FROM waiting
		WHERE destination = ? ORDER BY id`, destination)
	if err != nil {
		return nil, q.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	for rows.Next() {
		var i item
		var refused, due int64
		if err := rows.Scan(&i.id, &i.event, &i.kind, &i.object, &i.attempts, &refused, &due); err != nil {
			return nil, q.fault(op, err)
		}
		i.refused, i.due = timeOf(refused), timeOf(due)
		items = append(items, i)
	}
	return items, q.fault(op, rows.Err())
}

// advance queues events and moves the destination's position behind them, both or
// neither. It returns those that were not queued already.
func (q *Queue) advance(ctx context.Context, destination int64, position string, events []item) (queued []item, err error) {
	err = q.update(ctx, "queueing events", func(tx *sql.Tx) error {
		queued = nil
		for _, e := range events {
			err := tx.QueryRowContext(ctx, `INSERT INTO waiting (destination, event, type, object) VALUES (?,?,?,?)
				ON CONFLICT DO NOTHING RETURNING id`, destination, e.event, e.kind, e.object).Scan(&e.id)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			queued = append(queued, e)
		}
		_, err := tx.ExecContext(ctx, `UPDATE destinations SET position = ? WHERE id = ?`, position, destination)
		return err
	})
	return queued, err
}

// skip makes a destination as one that is added now at a position.
func (q *Queue) skip(ctx context.Context, p place, now time.Time) error {
	return q.update(ctx, "leaving out what waits", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM waiting WHERE destination = ?`, p.id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE destinations SET position = ?, since = ? WHERE id = ?`, p.position, now.UnixMilli(), p.id)
		return err
	})
}

// attempt is a delivery that was tried, and what it means for the item.
type attempt struct {
	item     item // as it is after the attempt
	delivery services.Delivery
}

// settle records attempts: what is delivered or given up leaves the queue.
func (q *Queue) settle(ctx context.Context, destination int64, attempts []attempt) error {
	return q.update(ctx, "recording deliveries", func(tx *sql.Tx) error {
		for _, a := range attempts {
			d := a.delivery
			if _, err := tx.ExecContext(ctx, `INSERT INTO attempts (destination, time, event, type, attempt, status, took, outcome, problem, next)
				VALUES (?,?,?,?,?,?,?,?,?,?)`, destination, d.Time.UnixMilli(), d.Event, d.Type, d.Attempt, d.Status, d.Took, string(d.Outcome),
				d.Problem, millis(d.Next)); err != nil {
				return err
			}
			var err error
			if d.Outcome == services.DeliveryRetried {
				_, err = tx.ExecContext(ctx, `UPDATE waiting SET attempts = ?, refused = ?, due = ? WHERE id = ?`,
					a.item.attempts, millis(a.item.refused), millis(a.item.due), a.item.id)
			} else {
				_, err = tx.ExecContext(ctx, `DELETE FROM waiting WHERE id = ?`, a.item.id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// version moves when somebody else may have queued events: another process, or a
// resend in this one.
func (q *Queue) version(ctx context.Context) (v int64, err error) {
	err = q.db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v<<32 + q.resends.Load(), q.fault("looking at the forwarding queue", err)
}

// lock is the file that a process holds while it serves a destination.
func (q *Queue) lock(destination int64) *flock.Flock {
	return flock.New(filepath.Join(filepath.Dir(q.path), "forward-"+strconv.FormatInt(destination, 10)+".lock"), flock.SetPermissions(0o600))
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
