package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"bursar/services"
	"bursar/services/internal/archive"
)

const eventColumns = `id, type, created, received, livemode, object_id, object_type,
	coalesce(customer, ''), amount, coalesce(currency, ''), outcome, request_id, api_version, source`

// selection is what a query asks for, in SQL.
type selection struct {
	terms []string
	args  []any
}

// add adds a condition; each %s in it stands for one of the values.
func (s *selection) add(condition string, values ...any) {
	marks := make([]any, len(values))
	for i, v := range values {
		s.args = append(s.args, v)
		marks[i] = fmt.Sprintf("$%d", len(s.args))
	}
	s.terms = append(s.terms, fmt.Sprintf(condition, marks...))
}

func (s *selection) where() string {
	if len(s.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.terms, " AND ")
}

func selected(q archive.Query) *selection {
	s := &selection{}
	if q.Customer != "" {
		s.add("customer = %s", q.Customer)
	}
	if q.Type != "" {
		s.add("type = %s", q.Type)
	}
	return s
}

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
	if page.Total, err = total(ctx, tx, q); err != nil {
		return page, a.fault(op, givenUp(ctx, err))
	}
	if q.Limit == 0 {
		return page, nil
	}
	if page.Events, err = window(ctx, tx, q); err != nil {
		return page, a.fault(op, givenUp(ctx, err))
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
func window(ctx context.Context, tx *sql.Tx, q archive.Query) ([]services.Event, error) {
	s, order := selected(q), "created DESC, id DESC"
	for field, id := range map[string]string{"before": q.Before, "after": q.After} {
		if id == "" {
			continue
		}
		var created int64
		err := tx.QueryRowContext(ctx, `SELECT created FROM arrivals WHERE id = $1`, id).Scan(&created)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, archive.UnknownCursor(field, id)
		}
		if err != nil {
			return nil, err
		}
		// The bound on created alone lets whole months be left out.
		if field == "before" {
			s.add("created <= %s AND (created, id) < (%[1]s, %s)", created, id)
		} else {
			s.add("created >= %s AND (created, id) > (%[1]s, %s)", created, id)
			order = "created, id"
		}
	}
	where := s.where()
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM events%s ORDER BY %s LIMIT $%d OFFSET $%d`,
		eventColumns, where, order, len(s.args)+1, len(s.args)+2), append(s.args, q.Limit+1, q.Offset)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	events := []services.Event{}
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
	s := &selection{}
	s.add("customer = %s", q.Customer)
	if q.Type != "" {
		s.add("type = %s", q.Type)
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0)::bigint FROM counts`+s.where(), s.args...).Scan(&n)
	return n, err
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
