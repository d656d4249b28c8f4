package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// window reads the rows of a page and one more, newest first, or upwards from
// the event that it starts from.
type window struct {
	selection

	tx      *sql.Tx
	query   archive.Query
	up      bool
	from    *key // behind it the next rows are
	skipped int
	found   []services.Event

	matches  func(*services.Event) (bool, error) // what SQL cannot decide
	buffer   []byte
	rows     int // that came, with the last one's key
	last     key
	examined int
	of       int
	told     int // of what was found
	toldAt   time.Time
}

// key is an event's place in the order of lists.
type key struct {
	created int64
	id      string
}

func (w *window) read(ctx context.Context) error {
	w.found = []services.Event{}
	if err := w.start(ctx); err != nil {
		return err
	}
	if w.match == "TRUE" {
		return w.readRows(ctx, nil, w.query.Limit+1, w.query.Offset)
	}
	return w.scan(ctx)
}

// start finds the event that the page starts from.
func (w *window) start(ctx context.Context) error {
	for field, id := range map[string]string{"before": w.query.Before, "after": w.query.After} {
		if id == "" {
			continue
		}
		k := key{id: id}
		err := w.tx.QueryRowContext(ctx, `SELECT created FROM arrivals WHERE id = $1`, id).Scan(&k.created)
		if errors.Is(err, sql.ErrNoRows) {
			return archive.UnknownCursor(field, id)
		}
		if err != nil {
			return err
		}
		w.from = &k
	}
	return nil
}

// beyond adds that rows are behind one place and up to another, nil for none. The
// bounds on created alone let whole months be left out.
func (w *window) beyond(c *condition, to *key) {
	after, until := "<", ">="
	if w.up {
		after, until = ">", "<="
	}
	if w.from != nil {
		c.add("created "+after+"= %s AND (created, id) "+after+" (%[1]s, %s)", w.from.created, w.from.id)
	}
	if to != nil {
		c.add("created "+until+" %s AND (created, id) "+until+" (%[1]s, %s)", to.created, to.id)
	}
}

func (w *window) order() string {
	if w.up {
		return " ORDER BY created, id"
	}
	return " ORDER BY created DESC, id DESC"
}

// readRows reads rows up to a place; limit 0 means all. Payloads come only where
// the evaluator needs them.
func (w *window) readRows(ctx context.Context, to *key, limit, offset int) error {
	c := condition{slices.Clone(w.terms), slices.Clone(w.args)}
	w.beyond(&c, to)
	text := `SELECT ` + eventColumns + `, m, CASE WHEN m IS NULL THEN form END, CASE WHEN m IS NULL THEN bytes END
		FROM (SELECT *, (` + w.match + `) AS m FROM events WHERE ` + c.String() + w.order()
	if limit > 0 {
		text += fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset)
	}
	rows, err := w.tx.QueryContext(ctx, text+") AS e"+w.order(), c.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	for rows.Next() {
		if err := w.take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// take looks at a row, and keeps it when it matches and is not skipped.
func (w *window) take(rows *sql.Rows) error {
	var match sql.NullBool
	var form sql.NullInt64
	var packed sql.RawBytes
	e, err := scanEvent(rows, &match, &form, &packed)
	if err != nil {
		return err
	}
	w.rows, w.last = w.rows+1, key{e.Created.Unix(), e.ID}
	if !match.Valid {
		if match.Bool, err = w.evaluate(e, archive.Form(form.Int64), packed); err != nil {
			return err
		}
	}
	switch {
	case !match.Bool:
	case w.match != "TRUE" && w.skipped < w.query.Offset:
		w.skipped++
	case len(w.found) <= w.query.Limit:
		w.found = append(w.found, e)
	}
	return nil
}

// evaluate is what the query says of an event that SQL cannot decide.
func (w *window) evaluate(e services.Event, form archive.Form, packed []byte) (matches bool, err error) {
	if w.matches == nil {
		w.matches = w.query.Matches()
	}
	if w.buffer, err = archive.UnpackJSON(w.buffer[:0], form, packed); err != nil {
		return false, err
	}
	e.Raw = w.buffer
	return w.matches(&e)
}

// How many events are looked at before more is told: of all, few at first since
// most queries find enough soon, and of those that an index leads to.
const (
	firstStretch = 500
	lastStretch  = 32_000
	few          = 500
)

// scan reads on until enough is found: stretch by stretch of all events, or of
// those that an index leads to a few.
func (w *window) scan(ctx context.Context) error {
	if w.query.Progress != nil {
		if err := w.tx.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0)::bigint FROM counts WHERE customer = $1`, w.customer).Scan(&w.of); err != nil {
			return err
		}
	}
	stretch := firstStretch
	for w.toldAt = time.Now(); len(w.found) <= w.query.Limit; w.tell(w.from) {
		if w.indexed {
			before := w.rows
			if err := w.readRows(ctx, nil, few, 0); err != nil || w.rows-before < few {
				return err
			}
			w.from, w.examined = &key{w.last.created, w.last.id}, w.rows
			continue
		}
		to, err := w.ahead(ctx, stretch)
		if err != nil {
			return err
		}
		if err := w.readRows(ctx, to, 0, 0); err != nil || to == nil {
			return err
		}
		w.from, w.examined = to, w.examined+stretch
		stretch = min(4*stretch, lastStretch)
	}
	return nil
}

// ahead is the place where the next stretch ends, nil when the last is reached.
// It is measured by an index: the customer's, or that of all events.
func (w *window) ahead(ctx context.Context, stretch int) (*key, error) {
	c := condition{}
	if w.customer != "" {
		c.add("customer = %s", w.customer)
	}
	w.beyond(&c, nil)
	var k key
	err := w.tx.QueryRowContext(ctx, fmt.Sprintf(`SELECT created, id FROM events WHERE %s%s LIMIT 1 OFFSET %d`, c.String(), w.order(), stretch-1), c.args...).
		Scan(&k.created, &k.id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &k, err
}

// tell reports how far the scan has come, about ten times a second.
func (w *window) tell(at *key) {
	if w.query.Progress == nil || time.Since(w.toldAt) < 100*time.Millisecond {
		return
	}
	found := w.found[w.told:min(len(w.found), w.query.Limit)] // one more than the page holds may be there
	w.query.Progress(services.LogProgress{Examined: w.examined, Of: max(w.of, w.examined), Reached: time.Unix(at.created, 0).UTC(), Found: slices.Clone(found)})
	w.told, w.toldAt = w.told+len(found), time.Now()
}
