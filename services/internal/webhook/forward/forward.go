// Package forward passes events on to other addresses: the bytes as Stripe sent
// them, with a signature of their own, in the order in which they came for each
// object, and again until they are taken. What is still to be delivered is in a
// file, so that a restart goes on where it stopped; an event may come twice, and
// none is left out.
package forward

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"bursar/services"
)

// Source is where events come from: an archive.
type Source interface {
	// Arrivals returns events with Raw in the order in which they became visible,
	// those after the position, at most limit of them. Going on from the last
	// position misses nothing and repeats nothing.
	Arrivals(ctx context.Context, after string, limit int) ([]services.Arrival, error)
	// Event returns one event with Raw, or CodeNotFound.
	Event(ctx context.Context, id string) (services.Event, error)
	// Watch tells when something changed. The channel closes when ctx ends.
	Watch(ctx context.Context) <-chan struct{}
}

// Destination is an address that events are passed on to.
type Destination struct {
	URL        string // as ParseDestination checks it
	Types      Types  // what it takes
	Secret     string // "whsec_…": what its deliveries are signed with
	SkipVerify bool   // accept any TLS certificate; only for addresses of this machine
}

// Options are the parts of a forwarder that tests and owners choose. Zero values
// mean the defaults, but for Source.
type Options struct {
	Source   Source
	Now      services.Clock
	Log      *slog.Logger                          // nil means nowhere; never gets a body or a secret
	Proxy    func(*http.Request) (*url.URL, error) // nil: none
	Parallel int                                   // deliveries under way at once, for each destination; 0 means 8
	Window   int                                   // events that are queued ahead of their delivery, for each destination; 0 means 10,000
	Timeout  time.Duration                         // for one attempt; 0 means 30 s, as the Stripe CLI waits
	RetryFor time.Duration                         // since the first answer that refuses an event; 0 means 72 h, as Stripe does
	Grace    time.Duration                         // how long Close waits for attempts under way; 0 means 3 s
	Backoff  Backoff                               // between attempts of one event
	Outage   Backoff                               // between attempts while nobody answers at all
	Replay   []services.Event                      // events that go out first, though they may have gone out before
	FromNow  bool                                  // leave out what waits, and what came while nobody listened

	// Told is called with each attempt, from one goroutine a destination. It must
	// not block.
	Told func(services.Delivery)
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	if o.Window <= 0 {
		o.Window = 10_000
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.RetryFor <= 0 {
		o.RetryFor = 72 * time.Hour
	}
	if o.Grace <= 0 {
		o.Grace = 3 * time.Second
	}
	if o.Backoff.First <= 0 {
		o.Backoff = Backoff{First: time.Second, Most: 15 * time.Minute}
	}
	if o.Outage.First <= 0 {
		o.Outage = Backoff{First: 500 * time.Millisecond, Most: 30 * time.Second}
	}
	if o.Told == nil {
		o.Told = func(services.Delivery) {}
	}
	return o
}

// Forwarder passes events on until it is closed.
type Forwarder struct {
	lines []*line
	stop  context.CancelFunc
}

// State is how a destination is doing.
type State struct {
	URL     string
	Waiting int       // events that are queued
	Problem string    // why nobody answers; empty while somebody does
	Next    time.Time // when it is tried again; zero unless there is a problem
}

// Start passes the source's events on to the destinations. A destination that the
// queue knows goes on where it stopped, unless FromNow; a new one begins after the
// position from, with what is made from now on: history that is read from Stripe's
// list later is not passed on.
// CodeConflict when another process passes events on to one of them.
func Start(ctx context.Context, q *Queue, destinations []Destination, from string, o Options) (*Forwarder, error) {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	o = o.withDefaults()
	f, started := &Forwarder{stop: stop}, o.Now()
	for _, d := range destinations {
		l, err := newLine(ctx, q, d, from, started, o)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		f.lines = append(f.lines, l)
	}
	for _, l := range f.lines {
		l.run(running)
	}
	return f, nil
}

// States returns how each destination is doing.
func (f *Forwarder) States() []State {
	states := make([]State, 0, len(f.lines))
	for _, l := range f.lines {
		states = append(states, l.state())
	}
	return states
}

// Close starts no further attempts, waits a moment for those under way, and
// returns when nothing runs any more. What was not delivered is in the queue.
func (f *Forwarder) Close() error {
	f.stop()
	var err error
	for _, l := range f.lines {
		err = errors.Join(err, l.close())
	}
	return err
}
