package services

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Logs reads the archive: every event bursar has seen for a profile.
type Logs interface {
	// List returns events newest first: by created, then by id.
	List(ctx context.Context, q LogQuery) (LogPage, error)
	// Filter reads what a person typed, the short form or a JSON where query, and
	// returns it in both forms. CodeInvalid names what is wrong and where; the place
	// in the text is a FilterFault in the error's chain.
	Filter(text string) (LogFilter, error)
	// Complete lists how the word at a byte of a filter's short form can go on, the
	// most likely first. types are the event types to complete with, as Types gives
	// them. It asks nothing of the archive and may be called while a key is handled.
	Complete(text string, at int, types []string) []FilterWord
	// Follow yields the events that q selects in the order they become visible in
	// the archive, starting after from (a LogPage.Position or Arrival.Position;
	// "" means from now on), and waits for further ones until ctx ends or the
	// caller stops. None is missed and none comes twice, also when a following
	// goes on from a position later or in another process. Limit and Offset do
	// not count here. An error ends the sequence.
	Follow(ctx context.Context, q LogQuery, from string) iter.Seq2[Arrival, error]
	// Event returns one event with its received bytes; CodeNotFound when the
	// archive does not hold it.
	Event(ctx context.Context, id string) (Event, error)
	// Types counts a customer's events by type (all events when customer is ""),
	// most frequent first.
	Types(ctx context.Context, customer string) ([]TypeCount, error)
	// Sync reads what is missing from Stripe's event list and returns how many
	// events were new.
	Sync(ctx context.Context) (added int, err error)
	// Backfill reads Stripe's event list from since on (zero: all that Stripe
	// still has, 30 days), going on where an earlier one stopped. progress, which
	// may be nil, is called from one goroutine at a time.
	Backfill(ctx context.Context, since time.Time, progress func(SyncProgress)) (SyncResult, error)
	// Health says how fresh the archive is.
	Health(ctx context.Context) (LogHealth, error)
}

// LogQuery selects archived events.
type LogQuery struct {
	Customer string          // "cus_…"; empty for every customer
	Where    json.RawMessage // a where query (spec/where); empty for every event
	Limit    *int            // rows at most, up to MaxLogLimit; nil means 100, 0 lists nothing (spec/where, section 6)
	Offset   int             // matching rows left out
	Before   string          // "evt_…": only events after this one in the list, so older ones; it need not match
	After    string          // "evt_…": only events before this one in the list, so newer ones: the nearest to it, still newest first
	Last     bool            // the oldest events that match instead of the newest, still newest first; without Offset, Before and After

	// Progress, which may be nil, is told now and then how far a query that no
	// index serves has come. It is called from one goroutine at a time.
	Progress func(LogProgress) `json:"-"`
}

// MaxLogLimit is the largest LogQuery.Limit; more is an error (spec/where, section 6).
const MaxLogLimit = 10_000

// LogProgress is how far a query has come.
type LogProgress struct {
	Examined int       // events looked at
	Of       int       // of how many at most
	Reached  time.Time // created of the event it stands at
	Found    []Event   // what it has found so far of its page and not told yet, in the page's order, without Raw; none with After and Last
}

// LogPage is one window of events.
type LogPage struct {
	Events   []Event `json:"events"`   // without Raw
	Total    int     `json:"total"`    // how many match in all; -1 when that was not counted
	Offset   int     `json:"offset"`   // matching rows left out
	More     bool    `json:"more"`     // older events match too
	Position string  `json:"position"` // the archive as of this page, for Logs.Follow
}

// LogFilter is a filter in its two forms, which mean the same.
type LogFilter struct {
	Where json.RawMessage // empty for every event
	Text  string          // the short form; empty when it has none, and for every event
}

// Arrival is an event with the place that Logs.Follow can go on from.
type Arrival struct {
	Event    Event
	Position string
}

// TypeCount is an event type and how many events have it.
type TypeCount struct {
	Type  string `json:"type"`
	Count int    `json:"count"`
}

// LogHealth is the archive's state for a person.
type LogHealth struct {
	Events      int       `json:"events"`
	Newest      time.Time `json:"newest"`       // created of the newest event; zero when empty
	Oldest      time.Time `json:"oldest"`       // created of the oldest event; zero when empty
	LastSync    time.Time `json:"last_sync"`    // when Stripe's list was last read whole; zero if never
	LastWebhook time.Time `json:"last_webhook"` // when a signed webhook last came; zero if never
	SyncProblem string    `json:"sync_problem"` // why the last read failed; empty when it did not
	Receiving   string    `json:"receiving"`    // the address of the webhook receiver; empty when none runs
	Gaps        []LogGap  `json:"gaps"`         // stretches that are not known to be whole, oldest first

	// ClockProblem says that this machine's clock is not Stripe's, and what to do;
	// empty while they agree well enough for signatures.
	ClockProblem string `json:"clock_problem"`
}

// LogGap is a stretch of time in which events may be missing.
type LogGap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Why  string    `json:"why"`
	Lost bool      `json:"lost"` // Stripe no longer lists it (30 days): nothing can fill it
}

// SyncProgress is how far a backfill has come.
type SyncProgress struct {
	Read, Added, Requests int
	Windows, Done         int           // stretches of time, and how many of them are read
	Remaining             time.Duration // an estimate; -1 while there is none
	Reached               time.Time     // created of the oldest event read so far
}

// SyncResult is what a backfill brought.
type SyncResult struct {
	Read   int       `json:"read"`
	Added  int       `json:"added"`
	Gaps   []LogGap  `json:"gaps"`   // what is still not whole
	Oldest time.Time `json:"oldest"` // everything from here on is archived, but for the gaps
}

// Event is an archived Stripe event. Everything but Raw is cleaned for display.
type Event struct {
	ID         string       `json:"id"`
	Type       string       `json:"type"`
	Created    time.Time    `json:"created"`  // when Stripe made it, whole seconds
	Received   time.Time    `json:"received"` // when bursar first stored it
	Livemode   bool         `json:"livemode"`
	ObjectID   string       `json:"object_id"`
	ObjectType string       `json:"object_type"` // Stripe's "object": charge, invoice …
	Customer   string       `json:"customer"`    // "cus_…" when known
	Amount     *Money       `json:"amount,omitempty"`
	Outcome    EventOutcome `json:"outcome"`
	RequestID  string       `json:"request_id,omitempty"`
	APIVersion string       `json:"api_version,omitempty"`
	Source     EventSource  `json:"source"`
	Raw        []byte       `json:"-"` // the received bytes, as they came; only from Logs.Event
}

// EventSource is how an event came to the archive first.
type EventSource string

// The sources of events.
const (
	SourceWebhook EventSource = "webhook"
	SourceList    EventSource = "list"   // read from Stripe's event list
	SourceImport  EventSource = "import" // read from a file that does not say how it came
)

// EventOutcome is what an event says happened, for one symbol and word.
type EventOutcome string

// The outcomes of events.
const (
	EventSucceeded EventOutcome = "succeeded"
	EventFailed    EventOutcome = "failed"
	EventPending   EventOutcome = "pending"
	EventRefunded  EventOutcome = "refunded"
	EventCanceled  EventOutcome = "canceled"
	EventAttention EventOutcome = "attention" // a dispute, an action required
	EventNeutral   EventOutcome = "neutral"
)
