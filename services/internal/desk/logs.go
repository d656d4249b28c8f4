package desk

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"bursar/services"
)

// Logs implements services.Logs.
type Logs struct {
	store EventStore
	sync  Syncer
}

var _ services.Logs = (*Logs)(nil)

// NewLogs reads the archive in store, which sync fills from Stripe.
func NewLogs(store EventStore, sync Syncer) *Logs {
	return &Logs{store: store, sync: sync}
}

// The limits of one page, in events. 100 is the seed's default
// (spec/fliplet-payments, section 1).
const logDefault = 100

// List returns events newest first.
func (l *Logs) List(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	const op = "reading the log"
	limit := logDefault
	if q.Limit != nil {
		limit = *q.Limit
	}
	switch {
	case limit < 0:
		return services.LogPage{}, invalid(op, "limit", "The limit is negative.", "Use a number from 0 to 10000, or leave it out for 100.")
	case limit > services.MaxLogLimit:
		return services.LogPage{}, invalid(op, "limit", "The limit is over 10,000 events.", "Read page by page: use a smaller limit and an offset.")
	case q.Offset < 0:
		return services.LogPage{}, invalid(op, "offset", "The offset is negative.", "Use 0 or more.")
	}
	eventType, err := typeOf(q.Where)
	if err != nil {
		return services.LogPage{}, err
	}
	return l.store.Events(ctx, q.Customer, eventType, limit, q.Offset)
}

// Event returns one event with its received bytes.
func (l *Logs) Event(ctx context.Context, id string) (services.Event, error) {
	if id == "" {
		return services.Event{}, invalid("reading the event", "id", "No event is given.", "Give an event id, such as evt_….")
	}
	return l.store.Event(ctx, id)
}

// Types counts events by type, most frequent first.
func (l *Logs) Types(ctx context.Context, customer string) ([]services.TypeCount, error) {
	return l.store.Types(ctx, customer)
}

// Filter reads a filter in either of its forms.
func (l *Logs) Filter(text string) (services.LogFilter, error) {
	if _, err := typeOf(json.RawMessage(text)); err != nil {
		return services.LogFilter{}, err
	}
	return services.LogFilter{Where: json.RawMessage(text)}, nil
}

// Follow yields events as they arrive.
func (l *Logs) Follow(context.Context, services.LogQuery, string) iter.Seq2[services.Arrival, error] {
	return func(yield func(services.Arrival, error) bool) {
		yield(services.Arrival{}, &services.Error{Code: services.CodeUnavailable, Op: "following the log", Message: "Following does not work yet.", Next: "Read the log again."})
	}
}

// Backfill reads Stripe's event list from a time on.
func (l *Logs) Backfill(ctx context.Context, since time.Time, progress func(services.SyncProgress)) (services.SyncResult, error) {
	return l.sync.Backfill(ctx, since, progress)
}

// Sync reads what is missing from Stripe's event list.
func (l *Logs) Sync(ctx context.Context) (int, error) { return l.sync.Sync(ctx) }

// Health says how fresh the archive is.
func (l *Logs) Health(ctx context.Context) (services.LogHealth, error) { return l.store.Health(ctx) }

func invalid(op, field, message, next string) *services.Error {
	e := services.Invalid(field, message, next)
	e.Op = op
	return e
}
