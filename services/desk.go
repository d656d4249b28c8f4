package services

import (
	"context"
	"time"
)

// Desk is one opened profile: the calls a face can make. Its fields are set by
// services/app (or by fakes in tests) and never change while it is open.
type Desk struct {
	Profile       Profile
	Configuration Configuration
	Products      Products
	Customers     Customers
	Checkout      Checkout
	Logs          Logs
	Deliveries    Deliveries
	Links         Links

	// Watch streams what changed until ctx ends, then closes the channel. A slow
	// reader is never waited for: changes it missed are merged into one.
	Watch func(ctx context.Context) <-chan Change

	// Close stops what the desk started, in order, and waits for it.
	Close func() error
}

// Mode is Stripe's test or live mode. It is decided once, from the key.
type Mode string

// The two modes.
const (
	ModeTest Mode = "test"
	ModeLive Mode = "live"
)

// SandboxProfile is the name of the built-in profile on the embedded server.
const SandboxProfile = "sandbox"

// Profile says which account a desk speaks to. It holds no secret.
type Profile struct {
	Name        string `json:"name"`
	Mode        Mode   `json:"mode"`
	Sandbox     bool   `json:"sandbox"`
	AccountID   string `json:"account_id"`   // "acct_…", empty until Stripe was asked
	AccountName string `json:"account_name"` // cleaned for display
}

// Live reports whether real money can move.
func (p Profile) Live() bool { return p.Mode == ModeLive }

// ChangeKind says what a Change is about.
type ChangeKind string

// The kinds of change.
const (
	ChangeEvents    ChangeKind = "events"    // the archive has new events
	ChangeReturned  ChangeKind = "returned"  // a person came back to Ref, a session or visit id
	ChangeCancelled ChangeKind = "cancelled" // a person used the page's back link; Ref is the session id
	ChangeResync    ChangeKind = "resync"    // changes were merged: read again what is shown
	ChangeHealth    ChangeKind = "health"    // Logs.Health has something new
)

// Change is one notice of Desk.Watch.
type Change struct {
	Kind ChangeKind
	Ref  string
}

// Links opens and encodes addresses for a person.
type Links interface {
	// CanOpen reports whether a browser is likely to appear where the person is,
	// and if not, why ("no display", "over SSH").
	CanOpen() (ok bool, why string)
	// Open opens an http or https address in the browser. It refuses other
	// schemes, and returns CodeUnavailable when no browser can be started.
	Open(ctx context.Context, url string) error
	// QR encodes an address; short is the address it encodes, which may be a
	// shorter one that leads to the same page.
	QR(url string) (code QRCode, short string, err error)
}

// QRCode is a square of dark and light modules without its quiet zone.
type QRCode struct {
	Size int    // modules a side
	Dark []bool // Size*Size, row by row
}

// At reports whether the module in column x of row y is dark. Outside the
// square everything is light: that is the quiet zone.
func (q QRCode) At(x, y int) bool {
	if x < 0 || y < 0 || x >= q.Size || y >= q.Size {
		return false
	}
	return q.Dark[y*q.Size+x]
}

// Page selects a window of a list: at most Limit rows (the call's own default
// when 0), leaving out the first Offset ones.
type Page struct {
	Limit  int
	Offset int
}

// Clock tells the time; tests fix it.
type Clock func() time.Time
