package app

import (
	"context"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// eventStore is the archive as the log reads it. Its health also tells of the
// receiver and the clock.
type eventStore struct {
	archive.Archive
	receiver *receiver
	clock    *clock
	now      services.Clock
}

// List reads the query and lists what it selects.
func (s eventStore) List(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	query, err := archive.Read(q)
	if err != nil {
		return services.LogPage{}, err
	}
	return s.Archive.List(ctx, query)
}

// Arrivals returns those of the next events that the query selects.
func (s eventStore) Arrivals(ctx context.Context, q services.LogQuery, from string, limit int) ([]services.Arrival, string, error) {
	query, err := archive.Read(q)
	if err != nil {
		return nil, from, err
	}
	return archive.Follow(ctx, s.Archive, query, from, limit)
}

// Filter reads a filter in either of its forms; times in it are relative to now,
// dates the machine's.
func (s eventStore) Filter(text string) (services.LogFilter, error) {
	return archive.Filter(text, s.now(), time.Local)
}

// Complete lists how a word of a filter can go on.
func (s eventStore) Complete(text string, at int, types []string) []services.FilterWord {
	return archive.Complete(text, at, types)
}

// Health adds where webhooks are received now, and whether the clock lets them in.
func (s eventStore) Health(ctx context.Context) (services.LogHealth, error) {
	h, err := s.Archive.Health(ctx)
	h.Receiving, h.ClockProblem = s.receiver.address(), s.clock.problem()
	return h, err
}
