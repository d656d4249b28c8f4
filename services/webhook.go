package services

import (
	"context"
	"time"
)

// Deliveries tells what became of the events that were passed on, and passes
// them on again.
type Deliveries interface {
	// List returns attempts, the latest first.
	List(ctx context.Context, q DeliveryQuery) ([]Delivery, error)
	// Resend queues archived events for the destinations that events were passed
	// on to before, and returns how many. CodeNotFound when there is no such event
	// or destination. They go out now when a listener runs, else with the next one.
	Resend(ctx context.Context, r ResendRequest) (ResendResult, error)
}

// Delivery is one attempt to pass an event on.
type Delivery struct {
	Time    time.Time       `json:"time"` // when it began
	Event   string          `json:"event"`
	Type    string          `json:"type"`
	URL     string          `json:"url"`
	Attempt int             `json:"attempt"` // from 1
	Status  int             `json:"status"`  // of the answer, 0 when there was none
	Took    int64           `json:"took_ms"` // milliseconds
	Outcome DeliveryOutcome `json:"outcome"`
	Problem string          `json:"problem,omitempty"` // why it failed; cleaned for display
	Next    time.Time       `json:"next,omitzero"`     // when it is tried again; zero when it is not
}

// DeliveryOutcome is what an attempt leads to.
type DeliveryOutcome string

// The outcomes of attempts.
const (
	DeliveryDone    DeliveryOutcome = "delivered"
	DeliveryRetried DeliveryOutcome = "failed"   // it is tried again
	DeliveryGivenUp DeliveryOutcome = "given_up" // it is not, unless somebody asks for it
)

// DeliveryQuery selects attempts.
type DeliveryQuery struct {
	Event  string    // "evt_…"; empty for every event
	URL    string    // a destination; empty for every one
	Since  time.Time // began then or later; zero for the oldest
	Until  time.Time // began before; zero for now
	Failed bool      // only attempts that failed
	Limit  int       // rows at most; 0 means 100
}

// ResendRequest says which events to pass on again: one, or all that Stripe made
// in a stretch of time.
type ResendRequest struct {
	Event        string // "evt_…"; empty when a stretch is meant
	Since, Until time.Time
	URL          string // only to this destination; empty for each that takes the event's type
}

// ResendResult is what a resend did.
type ResendResult struct {
	Queued    int  `json:"queued"`    // deliveries that wait now; an event counts once for each destination
	Listening bool `json:"listening"` // a listener is running that passes them on
}

// Listening is a webhook receiver in the foreground.
type Listening struct {
	Address  string             `json:"address"`          // "http://127.0.0.1:8787"
	Status   string             `json:"status"`           // where /healthz and /metrics answer
	Profiles []ListeningProfile `json:"profiles"`         // what is received
	Forwards []Forwarding       `json:"forwards"`         // where it is passed on to
	Notice   string             `json:"notice,omitempty"` // something a person should know

	// Lines is what comes and what becomes of it; it closes when the receiver does.
	// A reader that is slower than the events misses some and is told how many.
	Lines <-chan ListenLine `json:"-"`

	// Ended is closed when nothing is received any more, also before Close.
	Ended <-chan struct{} `json:"-"`

	// Close stops receiving, stores what was accepted, waits a moment for what is
	// being passed on, and says why the receiver ended before if it did.
	Close func() error `json:"-"`
}

// ListeningProfile is one profile of a receiver.
type ListeningProfile struct {
	Profile Profile      `json:"profile"`
	URL     string       `json:"url"` // to set in Stripe; the sandbox delivers to it by itself
	Reach   WebhookReach `json:"reach"`
}

// Forwarding is one destination of a receiver.
type Forwarding struct {
	Profile string   `json:"profile"`
	URL     string   `json:"url"`
	Types   []string `json:"types"`   // event types with wildcards; empty for all
	Secret  string   `json:"secret"`  // "whsec_…": what the destination verifies with
	Waiting int      `json:"waiting"` // events of before that go out first
}

// ListenLine is an event that came, with what became of it, or a later attempt to
// pass it on.
type ListenLine struct {
	Time       time.Time  `json:"time"`
	Profile    string     `json:"profile"`
	Event      Event      `json:"event"`                // zero when only Missed is told
	Deliveries []Delivery `json:"deliveries,omitempty"` // the attempts there were, or the later one
	Waiting    int        `json:"waiting,omitempty"`    // destinations that were not tried yet
	Missed     int        `json:"missed,omitempty"`     // events and attempts before this one that were not told
}
