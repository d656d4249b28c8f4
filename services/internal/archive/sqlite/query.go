package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

const eventColumns = `id, type, created, received, livemode, object_id, object_type,
	coalesce(customer, ''), amount, coalesce(currency, ''), outcome, request_id, api_version, source`

// condition renders the query's selection as SQL over the columns of events.
func condition(q archive.Query) (where string, args []any) {
	terms := []string{"TRUE"}
	if q.Customer != "" {
		terms, args = append(terms, "customer = ?"), append(args, q.Customer)
	}
	if q.Type != "" {
		terms, args = append(terms, "type = ?"), append(args, q.Type)
	}
	return strings.Join(terms, " AND "), args
}

// List is archive.Archive.List.
func (a *Archive) List(ctx context.Context, q archive.Query) (services.LogPage, error) {
	const op = "reading the archive"
	page := services.LogPage{Offset: q.Offset, Events: []services.Event{}}
	if err := q.Check(); err != nil {
		return page, err
	}
	tx, err := a.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return page, a.fault(op, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	if page.Total, err = total(ctx, tx, q); err != nil {
		return page, a.fault(op, err)
	}
	var seq int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM events`).Scan(&seq); err != nil {
		return page, a.fault(op, err)
	}
	page.Position = strconv.FormatInt(seq, 10)
	if q.Limit == 0 {
		return page, nil
	}
	if page.Events, err = window(ctx, tx, q); err != nil {
		return page, a.fault(op, err)
	}
	if page.More = len(page.Events) > q.Limit; page.More {
		page.Events = page.Events[:q.Limit]
	}
	if q.After != "" {
		slices.Reverse(page.Events)
		page.More = true // the event that it starts from, at least
	}
	return page, nil
}

// window reads the query's rows and one more.
func window(ctx context.Context, tx *sql.Tx, q archive.Query) (events []services.Event, err error) {
	where, args := condition(q)
	order := ` ORDER BY created DESC, id DESC`
	for field, id := range map[string]string{"before": q.Before, "after": q.After} {
		if id == "" {
			continue
		}
		var created int64
		if err := tx.QueryRowContext(ctx, `SELECT created FROM events WHERE id = ?`, id).Scan(&created); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = archive.UnknownCursor(field, id)
			}
			return nil, err
		}
		op := " AND (created, id) < (?, ?)"
		if field == "after" {
			op, order = " AND (created, id) > (?, ?)", ` ORDER BY created, id`
		}
		where, args = where+op, append(args, created, id)
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM events WHERE `+where+order+` LIMIT ? OFFSET ?`,
		append(args, q.Limit+1, q.Offset)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	events = []services.Event{}
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// total reads how many events match from the counters.
func total(ctx context.Context, tx *sql.Tx, q archive.Query) (n int, err error) {
	query, args := `SELECT coalesce(sum(n), 0) FROM counts WHERE customer = ?`, []any{q.Customer}
	if q.Type != "" {
		query, args = query+` AND type = ?`, append(args, q.Type)
	}
	err = tx.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// Arrivals is archive.Archive.Arrivals. One writer at a time gives out the
// numbers, so they become visible in their order.
func (a *Archive) Arrivals(ctx context.Context, after string, limit int) (arrivals []services.Arrival, err error) {
	const op = "following the archive"
	var seq int64
	if after != "" {
		if seq, err = strconv.ParseInt(after, 10, 64); err != nil || seq < 0 {
			return nil, archive.BadPosition(after)
		}
	}
	rows, err := a.read.QueryContext(ctx, `SELECT `+eventColumns+`, seq, encoding, bytes
		FROM events JOIN payloads USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?`, seq, limit)
	if err != nil {
		return nil, a.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	arrivals = []services.Arrival{}
	for rows.Next() {
		var form archive.Form
		var packed []byte
		e, err := scanEvent(rows, &seq, &form, &packed)
		if err == nil {
			e.Raw, err = archive.Unpack(form, packed)
		}
		if err != nil {
			return nil, a.fault(op, err)
		}
		arrivals = append(arrivals, services.Arrival{Event: e, Position: strconv.FormatInt(seq, 10)})
	}
	if err := rows.Err(); err != nil {
		return nil, a.fault(op, err)
	}
	return arrivals, nil
}

// Has is archive.Archive.Has.
func (a *Archive) Has(ctx context.Context, ids []string) (map[string]bool, error) {
	const op = "looking events up in the archive"
	tx, err := a.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, a.fault(op, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	has := make(map[string]bool, len(ids))
	for _, id := range ids {
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM events WHERE id = ?)`, id).Scan(&there); err != nil {
			return nil, a.fault(op, err)
		}
		if there {
			has[id] = true
		}
	}
	return has, nil
}

// Event is archive.Archive.Event.
func (a *Archive) Event(ctx context.Context, id string) (services.Event, error) {
	var form archive.Form
	var packed []byte
	row := a.read.QueryRowContext(ctx, `SELECT `+eventColumns+`, encoding, bytes
		FROM events JOIN payloads USING (seq) WHERE id = ?`, id)
	e, err := scanEvent(row, &form, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return e, archive.NotFound(id)
	}
	if err == nil {
		e.Raw, err = archive.Unpack(form, packed)
	}
	if err != nil {
		return e, a.fault("reading an archived event", err)
	}
	return e, nil
}

// scanEvent reads eventColumns, and further columns into more.
func scanEvent(row interface{ Scan(...any) error }, more ...any) (services.Event, error) {
	var e services.Event
	var created, received int64
	var amount sql.NullInt64
	var currency string
	err := row.Scan(append([]any{&e.ID, &e.Type, &created, &received, &e.Livemode, &e.ObjectID, &e.ObjectType,
		&e.Customer, &amount, &currency, &e.Outcome, &e.RequestID, &e.APIVersion, &e.Source}, more...)...)
	e.Created, e.Received = time.Unix(created, 0).UTC(), time.UnixMilli(received).UTC()
	if amount.Valid {
		e.Amount = &services.Money{Amount: amount.Int64, Currency: currency}
	}
	return e, err
}

// Types is archive.Archive.Types.
func (a *Archive) Types(ctx context.Context, customer string) ([]services.TypeCount, error) {
	const op = "counting events"
	rows, err := a.read.QueryContext(ctx, `SELECT type, n FROM counts WHERE customer = ? ORDER BY n DESC, type`, customer)
	if err != nil {
		return nil, a.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	counts := []services.TypeCount{}
	for rows.Next() {
		var c services.TypeCount
		if err := rows.Scan(&c.Type, &c.Count); err != nil {
			return nil, a.fault(op, err)
		}
		counts = append(counts, c)
	}
	if err := rows.Err(); err != nil {
		return nil, a.fault(op, err)
	}
	return counts, nil
}
