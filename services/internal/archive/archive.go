// Package archive keeps every event that bursar has seen for a profile, with
// the bytes as they came. This package is what all archives have in common and
// knows no storage: the contract, the facts that are indexed of an event
// (customer, type, time, amount, outcome), the forms payloads are kept in, and
// the words for what can go wrong. The stores are its sub-packages; archivetest
// holds them to the contract.
package archive

import (
	"context"
	"time"

	"bursar/services"
)

// Archive is one profile's archive. Its methods are safe for concurrent use,
// and several processes may use one archive at once. Errors are
// *services.Error; CodeStorage when the store fails.
//
// Every list has one total order, newest first: by created, then by id as
// bytes. Arrivals has the other order, in which events became visible.
type Archive interface {
	// Add stores events as they were received, all of them in one transaction
	// that is on the disk when Add returns. An event that is there already is a
	// duplicate and stays one row; a copy that tells something else is kept
	// beside it (Counts.Conflicts, Aside). Bytes that are no event are kept aside
	// with the reason (Counts.Quarantined, Aside) and counted as neither. Customers
	// are worked out here, also of earlier events.
	Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error)

	// Restore is Add for what an archive had kept before: each event stays as it came
	// then, when and how. It counts no delivery.
	Restore(ctx context.Context, events []Kept) (added, duplicates int, err error)

	// List returns a window of the events that q selects, without Raw, as of one
	// moment.
	List(ctx context.Context, q Query) (services.LogPage, error)
	// Arrivals returns events with Raw in the order in which they became visible,
	// those after the position ("": from the first on), at most limit of them. What
	// commits late is never skipped: going on from the last position misses nothing
	// and repeats nothing. A position that is none is CodeInvalid.
	Arrivals(ctx context.Context, after string, limit int) ([]services.Arrival, error)
	// Event returns one event with Raw, or CodeNotFound.
	Event(ctx context.Context, id string) (services.Event, error)
	// Types counts a customer's events by type, most frequent first; every event
	// when customer is "".
	Types(ctx context.Context, customer string) ([]services.TypeCount, error)
	// Has says which of the events are archived.
	Has(ctx context.Context, ids []string) (map[string]bool, error)

	// Health says how much there is and how fresh it is. Receiving and Gaps are
	// left empty: they are others' to fill in.
	Health(ctx context.Context) (services.LogHealth, error)
	// Counts returns what came in and is not among the events.
	Counts(ctx context.Context) (Counts, error)
	// Aside lists what was kept aside, oldest first, after the given one's Key
	// (0: from the first on), at most limit of them.
	Aside(ctx context.Context, after int64, limit int) ([]Aside, error)
	// RecordSync notes how reading Stripe's event list went: the time of a whole
	// read, or why it failed (cleaned here). A problem leaves the time of the last
	// whole read as it was.
	RecordSync(ctx context.Context, at time.Time, problem string) error
	// Cursor returns what SetCursor stored under name, "" when nothing.
	Cursor(ctx context.Context, name string) (value string, err error)
	// SetCursor keeps a reader's place. It is on the disk when SetCursor returns.
	SetCursor(ctx context.Context, name, value string) error

	// Watch tells when something changed: events came, an event found its customer,
	// the state of the sync or the ledger moved, in this process or another.
	// Changes that come faster than they are read are told once. The channel closes
	// when ctx ends or the archive is closed.
	Watch(ctx context.Context) <-chan struct{}
	// Ledger returns the ledger in this archive.
	Ledger() Ledger
	// Close ends every watch, waits for what the archive runs, and closes it. Calls
	// after the first do nothing.
	Close() error
}

// Ledger remembers the Checkout Sessions made here, so that none is forgotten
// before its outcome is known.
type Ledger interface {
	// Save remembers a session whose outcome is not known. Saving a settled one
	// again changes nothing.
	Save(ctx context.Context, s services.Session) error
	// Settle records the final receipt of a session that Save remembered. For any
	// other session, and for a receipt that is not final, it does nothing.
	Settle(ctx context.Context, r services.Receipt) error
	// Unsettled lists the sessions whose outcome is not known, newest first.
	Unsettled(ctx context.Context) ([]services.Session, error)
	// Recent lists the receipts of settled sessions, newest session first; 0 means
	// all of them.
	Recent(ctx context.Context, limit int) ([]services.Receipt, error)
}

// Kept is an event with how and when an archive came by it.
type Kept struct {
	Source   services.EventSource
	Received time.Time // zero for now
	Raw      []byte
}

// Counts are figures of the archive that are no events of their own.
type Counts struct {
	Duplicates  int // webhook deliveries of events that were there already
	Conflicts   int // copies of archived events that tell something else
	Quarantined int // payloads that are no events
}

// Aside is a payload that was received and is not among the events.
type Aside struct {
	Key      int64  // its place in the list
	EventID  string // of the archived event that it contradicts; empty when it is no event
	Reason   string // why it is no event; cleaned for display
	Received time.Time
	Source   services.EventSource
	Raw      []byte // as it came
}
