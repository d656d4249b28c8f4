package postgres

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"bursar/services"
	"bursar/services/internal/archive"
)

const eventColumns = `id, type, created, received, livemode, object_id, object_type,
	coalesce(customer, ''), amount, coalesce(currency, ''), outcome, request_id, api_version, source`

// List is archive.Archive.List.
func (a *Archive) List(ctx context.Context, q archive.Query) (services.LogPage, error) {
	const op = "reading the archive"
	page := services.LogPage{Offset: q.Offset, Events: []services.Event{}}
	if err := q.Check(); err != nil {
		return page, err
	}
	tx, err := a.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return page, a.fault(op, givenUp(ctx, err))
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	if err := tx.QueryRowContext(ctx, lastPosition).Scan(&page.Position); err != nil {
		return page, a.fault(op, givenUp(ctx, err))
	}
	sel := selectionOf(q)
	if page.Total, err = sel.total(ctx, tx); err != nil {
		return page, a.fault(op, givenUp(ctx, err))
	}
	if q.Limit == 0 {
		return page, nil
	}
	w := &window{tx: tx, query: q, selection: sel, up: q.Up()}
	if err := w.read(ctx); err != nil {
		return page, a.fault(op, givenUp(ctx, err))
	}
	page.Events = w.found
	if page.More = len(page.Events) > q.Limit; page.More {
		page.Events = page.Events[:q.Limit]
	}
	if w.up {
		slices.Reverse(page.Events)
		page.More = q.After != "" // the event that it starts from, at least
	}
	return page, nil
}

// Has is archive.Archive.Has.
func (a *Archive) Has(ctx context.Context, ids []string) (map[string]bool, error) {
	const op = "looking events up in the archive"
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if !strings.ContainsRune(id, 0) && strings.ToValidUTF8(id, "") == id { // others are no ids, and no text for PostgreSQL
			known = append(known, id)
		}
	}
	rows, err := a.read.QueryContext(ctx, `SELECT id FROM arrivals WHERE id = ANY($1::text[])`, pq.Array(known))
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	there, err := collect[string](rows)
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	has := make(map[string]bool, len(there))
	for _, id := range there {
		has[id] = true
	}
	return has, nil
}

// Event is archive.Archive.Event.
func (a *Archive) Event(ctx context.Context, id string) (services.Event, error) {
	if strings.ContainsRune(id, 0) || strings.ToValidUTF8(id, "") != id {
		return services.Event{}, archive.NotFound(id)
	}
	var form archive.Form
	var packed []byte
	row := a.read.QueryRowContext(ctx, `SELECT `+eventColumns+`, form, bytes FROM arrivals JOIN events USING (created, id) WHERE id = $1`, id)
	e, err := scanEvent(row, &form, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return e, archive.NotFound(id)
	}
	if err == nil {
		e.Raw, err = archive.Unpack(form, packed)
	}
	if err != nil {
		return e, a.fault("reading an archived event", givenUp(ctx, err))
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
	rows, err := a.read.QueryContext(ctx, `SELECT type, sum(n)::bigint FROM counts WHERE customer = $1 GROUP BY type ORDER BY 2 DESC, type`, customer)
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
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
		return nil, a.fault(op, givenUp(ctx, err))
	}
	return counts, nil
}
