package desk

import (
	"context"
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

const (
	logDefault  = 100 // rows, the seed's default (spec/fliplet-payments, section 1)
	followBatch = 200 // events that are read at once while following
)

// List returns events newest first.
func (l *Logs) List(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	const op = "reading the log"
	if q.Limit == nil {
		q.Limit = new(logDefault)
	}
	switch {
	case *q.Limit < 0:
		return services.LogPage{}, invalid(op, "limit", "The limit is negative.", "Use a number from 0 to 10000, or leave it out for 100.")
	case *q.Limit > services.MaxLogLimit:
		return services.LogPage{}, invalid(op, "limit", "The limit is over 10,000 events.", "Read page by page: use a smaller limit and an offset.")
	case q.Offset < 0:
		return services.LogPage{}, invalid(op, "offset", "The offset is negative.", "Use 0 or more.")
	case q.Before != "" && q.After != "":
		return services.LogPage{}, invalid(op, "after", "Before and after cannot be used together.", "Use one of them.")
	case q.Last && (q.Before != "" || q.After != "" || q.Offset > 0):
		return services.LogPage{}, invalid(op, "last", "The oldest events have no other place to start from.", "Leave offset, before and after out.")
	}
	return l.store.List(ctx, q)
}

// Follow yields events as they arrive. It asks to be woken before it reads, so
// that nothing comes unseen between a reading and the waiting after it.
func (l *Logs) Follow(ctx context.Context, q services.LogQuery, from string) iter.Seq2[services.Arrival, error] {
	return func(yield func(services.Arrival, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		woken := l.store.Watch(ctx)
		if from == "" {
			page, err := l.store.List(ctx, services.LogQuery{Limit: new(0)})
			if err != nil {
				yieldError(ctx, yield, err)
				return
			}
			from = page.Position
		}
		for {
			found, next, err := l.store.Arrivals(ctx, q, from, followBatch)
			if err != nil {
				yieldError(ctx, yield, err)
				return
			}
			for _, arrival := range found {
				if !yield(arrival, nil) {
					return
				}
			}
			if next != from {
				from = next
				continue
			}
			if _, more := <-woken; !more {
				return
			}
		}
	}
}

// yieldError ends a following with what went wrong, unless it was ended.
func yieldError(ctx context.Context, yield func(services.Arrival, error) bool, err error) {
	if ctx.Err() == nil {
		yield(services.Arrival{}, err)
	}
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
func (l *Logs) Filter(text string) (services.LogFilter, error) { return l.store.Filter(text) }

// Complete lists how a word of a filter can go on.
func (l *Logs) Complete(text string, at int, types []string) []services.FilterWord {
	return l.store.Complete(text, at, types)
}

// Sync reads what is missing from Stripe's event list.
func (l *Logs) Sync(ctx context.Context) (int, error) { return l.sync.Sync(ctx) }

// Backfill reads Stripe's event list from a time on.
func (l *Logs) Backfill(ctx context.Context, since time.Time, progress func(services.SyncProgress)) (services.SyncResult, error) {
	return l.sync.Backfill(ctx, since, progress)
}

// Health says how fresh the archive is, and where events may be missing.
func (l *Logs) Health(ctx context.Context) (services.LogHealth, error) {
	h, err := l.store.Health(ctx)
	if err == nil {
		h.Gaps, err = l.sync.Gaps(ctx)
	}
	return h, err
}

func invalid(op, field, message, next string) *services.Error {
	e := services.Invalid(field, message, next)
	e.Op = op
	return e
}
