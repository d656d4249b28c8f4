package desk

import (
	"context"

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
const (
	logDefault = 100
	logMax     = 1000
)

// List returns events newest first. A limit over 1,000 is cut to it.
func (l *Logs) List(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	const op = "reading the log"
	switch {
	case q.Limit < 0:
		return services.LogPage{}, invalid(op, "limit", "The limit is negative.", "Use a number from 1 to 1000, or leave it out for 100.")
	case q.Offset < 0:
		return services.LogPage{}, invalid(op, "offset", "The offset is negative.", "Use 0 or more.")
	case q.Limit == 0:
		q.Limit = logDefault
	}
	eventType, err := typeOf(q.Where)
	if err != nil {
		return services.LogPage{}, err
	}
	return l.store.Events(ctx, q.Customer, eventType, min(q.Limit, logMax), q.Offset)
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

// Sync reads what is missing from Stripe's event list.
func (l *Logs) Sync(ctx context.Context) (int, error) { return l.sync.Sync(ctx) }

// Health says how fresh the archive is.
func (l *Logs) Health(ctx context.Context) (services.LogHealth, error) { return l.store.Health(ctx) }

func invalid(op, field, message, next string) *services.Error {
	e := services.Invalid(field, message, next)
	e.Op = op
	return e
}
