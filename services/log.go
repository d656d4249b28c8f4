package services

import (
	"context"
	"encoding/json"
	"time"
)

// Logs reads the archive: every event bursar has seen for a profile.
type Logs interface {
	// List returns events newest first: by created, then by arrival.
	List(ctx context.Context, q LogQuery) (LogPage, error)
	// Event returns one event with its received bytes; CodeNotFound when the
	// archive does not hold it.
	Event(ctx context.Context, id string) (Event, error)
	// Types counts a customer's events by type (all events when customer is ""),
	// most frequent first.
	Types(ctx context.Context, customer string) ([]TypeCount, error)
	// Sync reads what is missing from Stripe's event list and returns how many
	// events were new.
	Sync(ctx context.Context) (added int, err error)
	// Health says how fresh the archive is.
	Health(ctx context.Context) (LogHealth, error)
}

// LogQuery selects archived events.
type LogQuery struct {
	Customer string          // "cus_…"; empty for every customer
	Where    json.RawMessage // a where query (spec/where); only {"type": "…"} works so far
	Limit    int             // rows at most; 0 means 100, the seed's default
	Offset   int             // rows left out
}

// LogPage is one window of events.
type LogPage struct {
	Events []Event `json:"events"` // without Raw
	Total  int     `json:"total"`  // how many match in all
	Offset int     `json:"offset"`
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
	SourceList    EventSource = "list" // read from Stripe's event list
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
