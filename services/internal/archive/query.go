package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"bursar/services"
)

// Filter selects events; its zero value selects all of them, 100 at a time.
type Filter struct {
	Customer string // "cus_…"; empty for every customer
	Type     string // one event type; empty for every type
	Limit    int    // rows at most; 0 means 100
	Offset   int    // rows left out
}

const defaultLimit = 100

// condition renders the filter as SQL over the columns of events.
func (f Filter) condition() (sql string, args []any) {
	var terms []string
	if f.Customer != "" {
		terms, args = append(terms, "customer = ?"), append(args, f.Customer)
	}
	if f.Type != "" {
		terms, args = append(terms, "type = ?"), append(args, f.Type)
	}
	if len(terms) == 0 {
		return "TRUE", nil
	}
	return strings.Join(terms, " AND "), args
}

const eventColumns = `id, type, created, received, livemode, object_id, object_type,
	coalesce(customer, ''), amount, coalesce(currency, ''), outcome, request_id, api_version, source`

// newestFirst is the archive's one order. It is total: seq is unique, and within
// one second the later arrival counts as the newer event.
const newestFirst = ` ORDER BY created DESC, seq DESC`

// query renders the filter as the query for its window. The inner query walks an
// index only, so that rows left out are not read.
func (f Filter) query() (sql string, args []any) {
	where, args := f.condition()
	return `SELECT ` + eventColumns + ` FROM events WHERE seq IN (SELECT seq FROM events WHERE ` +
		where + newestFirst + ` LIMIT ? OFFSET ?)` + newestFirst, append(args, f.Limit, f.Offset)
}

// List returns the filter's events newest first, without Raw, and how many
// match in all, both as of one moment.
func (a *Archive) List(ctx context.Context, f Filter) (services.LogPage, error) {
	const op = "reading the archive"
	if f.Limit < 0 || f.Offset < 0 {
		return services.LogPage{}, services.Invalid("limit", "Limit and offset must not be negative.", "Use 0 or more.")
	}
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	page := services.LogPage{Offset: f.Offset, Events: []services.Event{}}
	tx, err := a.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return page, a.fault(op, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	if page.Total, err = total(ctx, tx, f); err != nil {
		return page, a.fault(op, err)
	}
	query, args := f.query()
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return page, a.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return page, a.fault(op, err)
		}
		page.Events = append(page.Events, e)
	}
	if err := rows.Err(); err != nil {
		return page, a.fault(op, err)
	}
	return page, nil
}

// Events is List for one customer and one type, each "" for all of them.
func (a *Archive) Events(ctx context.Context, customer, eventType string, limit, offset int) (services.LogPage, error) {
	return a.List(ctx, Filter{Customer: customer, Type: eventType, Limit: limit, Offset: offset})
}

// total reads how many events match from the counters.
func total(ctx context.Context, tx *sql.Tx, f Filter) (n int, err error) {
	query, args := `SELECT coalesce(sum(n), 0) FROM counts WHERE customer = ?`, []any{f.Customer}
	if f.Type != "" {
		query, args = query+` AND type = ?`, append(args, f.Type)
	}
	err = tx.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// Event returns one event with its received bytes, or CodeNotFound.
func (a *Archive) Event(ctx context.Context, id string) (services.Event, error) {
	const op = "reading an archived event"
	var encoding int
	var packed []byte
	row := a.read.QueryRowContext(ctx, `SELECT `+eventColumns+`, encoding, bytes
		FROM events JOIN payloads USING (seq) WHERE id = ?`, id)
	e, err := scanEvent(row, &encoding, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return e, &services.Error{Code: services.CodeNotFound, Op: op,
			Message: fmt.Sprintf("The archive holds no event %q.", services.Clean(id)), Next: "Check the id, or read Stripe's event list again with sync."}
	}
	if err == nil {
		e.Raw, err = unpack(encoding, packed)
	}
	if err != nil {
		return e, a.fault(op, err)
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

// Types counts a customer's events by type, most frequent first; every event
// when customer is "".
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
