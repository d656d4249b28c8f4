package archive

import (
	"bursar/services"
	"bursar/services/internal/archive/where"
)

// Query selects a window of an archive's events, newest first.
type Query struct {
	Customer string       // "cus_…"; empty for every customer
	Type     string       // one event type; empty for every type
	Where    *where.Query // nil for every event
	Limit    int          // rows at most; 0 selects none
	Offset   int          // matching rows left out
	Before   string       // "evt_…": only events after this one in the list, so older ones; it need not match
	After    string       // "evt_…": only events before this one in the list, so newer ones: the nearest to it, still newest first

	// Progress, which may be nil, is told about ten times a second how far a query
	// that no index serves has come. It is called from one goroutine at a time.
	Progress func(services.LogProgress)
}

// Check refuses what no archive can answer (spec/where, section 6).
func (q Query) Check() error {
	switch {
	case q.Limit < 0:
		return services.Invalid("limit", "The limit is negative.", "Use a number from 0 to 10000, or leave it out for 100.")
	case q.Limit > services.MaxLogLimit:
		return services.Invalid("limit", "The limit is over 10,000 events.", "Read page by page: use a smaller limit and an offset.")
	case q.Offset < 0:
		return services.Invalid("offset", "The offset is negative.", "Use 0 or more.")
	case q.Before != "" && q.After != "":
		return services.Invalid("after", "Before and after cannot be used together.", "Use one of them.")
	}
	return nil
}
