// Package desk is what happens at a profile's desk: the services of the seed
// (Configuration, Products, Customers, Checkout, Logs) as orchestration over
// the small interfaces of this file. It holds the rules of selling (when a
// checkout counts as paid, what is retried with which key, what a profile may
// be changed to) and knows neither Stripe's wire, nor a database, nor a
// browser: services/app hands it those.
package desk

import (
	"context"
	"time"

	"bursar/config"
	"bursar/services"
)

// Prices looks prices up at Stripe.
type Prices interface {
	// Prices returns the prices with these ids. An id that Stripe does not know
	// is left out; any other failure is an error.
	Prices(ctx context.Context, ids []string) (map[string]services.Price, error)
}

// Sessions makes and reads Checkout Sessions at Stripe.
type Sessions interface {
	// CreateSession makes a session from Stripe's own form parameters, in the
	// given order, under the idempotency key. When the answer was lost after the
	// request went out, the error's chain has an Ambiguous() bool that is true.
	CreateSession(ctx context.Context, params []services.Option, key string) (services.Session, error)
	// Session reads a session back with everything that was paid by it. Outcome
	// and Amount are left empty: the desk decides them. Declined is set when the
	// last attempt to pay failed and nothing is under way since.
	Session(ctx context.Context, id string) (services.Receipt, error)
	// ExpireSession closes an open session and returns it like Session.
	ExpireSession(ctx context.Context, id, key string) (services.Receipt, error)
}

// People finds and makes customers at Stripe.
type People interface {
	Customer(ctx context.Context, id string) (services.Customer, error)
	// CustomersByEmail lists the customers with exactly this email (Stripe
	// compares the case too), in no particular order.
	CustomersByEmail(ctx context.Context, email string) ([]services.Customer, error)
	CreateCustomer(ctx context.Context, n services.NewCustomer, key string) (services.Customer, error)
	SearchCustomers(ctx context.Context, text string, limit int) (found []services.Customer, more bool, err error)
	Subscriptions(ctx context.Context, customer string) ([]services.Subscription, error)
	CreatePortalSession(ctx context.Context, customer, returnURL, key string) (services.PortalVisit, error)
}

// Catalog holds the product sources, by number.
type Catalog interface {
	Sources(ctx context.Context) ([]services.ProductSource, error)
	// Rows returns a source's rows in its own order, each ProductUnchecked.
	Rows(ctx context.Context, source int) ([]services.Product, error)
}

// Ledger remembers the Checkout Sessions made here, on disk.
type Ledger interface {
	// Save remembers a session whose outcome is not known. One that is there
	// already stays as it is: a retry may save the same session again.
	Save(ctx context.Context, s services.Session) error
	// Settle records the final receipt of a session that Save remembered, and
	// does nothing for any other.
	Settle(ctx context.Context, r services.Receipt) error
	// Unsettled and Recent list what is not and what is settled, newest first.
	Unsettled(ctx context.Context) ([]services.Session, error)
	Recent(ctx context.Context, limit int) ([]services.Receipt, error)
}

// EventStore reads the archive.
type EventStore interface {
	// List returns the window that q selects; its Limit is set and allowed.
	// CodeInvalid names what is wrong with its Where or its cursors.
	List(ctx context.Context, q services.LogQuery) (services.LogPage, error)
	// Arrivals looks at the next events in the order they became visible in, at most
	// limit of them after a position ("": from the first), and returns those that q
	// selects and the position of the last it looked at: from itself when there is
	// none. Limit, Offset, Before and After do not count.
	Arrivals(ctx context.Context, q services.LogQuery, from string, limit int) (found []services.Arrival, next string, err error)
	// Filter reads a filter in either of its forms.
	Filter(text string) (services.LogFilter, error)
	// Complete lists how the word at a byte of a filter's short form can go on.
	Complete(text string, at int, types []string) []services.FilterWord
	// Watch tells when something in the archive changed. The channel closes when ctx
	// ends or the archive is closed.
	Watch(ctx context.Context) <-chan struct{}
	Event(ctx context.Context, id string) (services.Event, error)
	Types(ctx context.Context, customer string) ([]services.TypeCount, error)
	Health(ctx context.Context) (services.LogHealth, error)
}

// Syncer fills the archive from Stripe's event list.
type Syncer interface {
	Sync(ctx context.Context) (added int, err error)
	// Backfill reads the list from since on (zero: all that Stripe still has).
	Backfill(ctx context.Context, since time.Time, progress func(services.SyncProgress)) (services.SyncResult, error)
	// Gaps lists the stretches that are not known to be whole, oldest first.
	Gaps(ctx context.Context) ([]services.LogGap, error)
}

// Returns makes the addresses that a person comes back to, each with a state
// that cannot be guessed. The same attempt always gets the same addresses, so
// that a retry sends Stripe what it sent before.
type Returns interface {
	// Checkout returns where Stripe sends the buyer. success must keep Stripe's
	// literal {CHECKOUT_SESSION_ID}.
	Checkout(attempt string) (success, cancel string, err error)
	// Portal returns where Stripe sends the customer from the billing portal.
	Portal(attempt string) (string, error)
	// Bind says which session or visit an attempt became: the Ref of the change
	// that its visits publish.
	Bind(attempt, ref string)
}

// ProfileStore keeps profiles and their secrets.
type ProfileStore interface {
	// Names lists the profiles that exist, in any order, the sandbox among them.
	Names(ctx context.Context) ([]string, error)
	// Load returns a profile's values; ok is false when there is no such profile.
	// The sandbox is always there.
	Load(ctx context.Context, name string) (p config.Profile, ok bool, err error)
	// Save stores the secrets that are not nil, and then changes the profile, or
	// makes it: change gets it as it is stored at that moment (see
	// config.Store.SaveProfile). When change returns an error, the profile stays
	// as it was.
	Save(ctx context.Context, name string, s Secrets, change func(*config.Profile) error) error
	// Secret returns a secret and where it came from, such as "keyring" or
	// "environment STRIPE_API_KEY"; empty when it is not set.
	Secret(ctx context.Context, profile string, kind config.Kind) (value, from string, err error)
	// Storage says in words where a profile's secrets are kept, and whether
	// storing one needs a passphrase.
	Storage(ctx context.Context, profile string) (words string, needPassphrase bool)
}

// Secrets are the secrets to store; nil leaves one as it is. They are never
// logged.
type Secrets struct {
	SecretKey     *string
	SigningSecret *string
	Passphrase    *string // protects the file, where there is no keyring
}
