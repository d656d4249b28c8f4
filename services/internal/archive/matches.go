package archive

import (
	"context"

	"bursar/services"
	"bursar/services/internal/archive/where"
)

// Matches returns a function that tells whether the query selects an event, which
// needs its Raw; window and cursors do not count. It is for one goroutine.
func (q Query) Matches() func(e *services.Event) (bool, error) {
	if q.Where == nil {
		return func(e *services.Event) (bool, error) { return q.Customer == "" || q.Customer == e.Customer, nil }
	}
	m := q.Where.Matcher()
	return func(e *services.Event) (bool, error) {
		if q.Customer != "" && q.Customer != e.Customer {
			return false, nil
		}
		facts := where.Facts{Customer: e.Customer, Outcome: string(e.Outcome), ObjectID: e.ObjectID, ObjectType: e.ObjectType,
			RequestID: e.RequestID, Source: string(e.Source), APIVersion: e.APIVersion, Received: e.Received.Unix(), Livemode: e.Livemode}
		if e.Amount != nil {
			facts.Amount, facts.Currency = &e.Amount.Amount, e.Amount.Currency
		}
		matches, err := m.Match(e.Raw, facts)
		return matches, MatchError(err)
	}
}

// Follow looks at the next events after a position, at most limit of them, and
// returns those that the query selects and the position of the last it looked at:
// from itself when there is none.
func Follow(ctx context.Context, a Archive, q Query, from string, limit int) (found []services.Arrival, next string, err error) {
	arrivals, err := a.Arrivals(ctx, from, limit)
	if err != nil {
		return nil, from, err
	}
	next = from
	matches := q.Matches()
	for _, arrival := range arrivals {
		ok, err := matches(&arrival.Event)
		if err != nil {
			return nil, from, err
		}
		if next = arrival.Position; ok {
			found = append(found, arrival)
		}
	}
	return found, next, nil
}
