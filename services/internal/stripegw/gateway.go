// Package stripegw speaks to Stripe, and is the only package that knows
// stripe-go. Every call goes through one funnel (Gateway.call), which gives it
// its turn within Stripe's rate limit, a time limit, an idempotency key, retries
// of what may be retried, and turns whatever goes wrong into a services.Error
// that carries Stripe's request id. Texts are cleaned where they enter domain
// values.
package stripegw

import (
	"context"
	crand "crypto/rand"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"bursar/services"
)

// The limits of a call when Options leave them out.
const (
	DefaultTimeout    = 20 * time.Second // one call with its retries
	DefaultMaxRetries = 2
	connectTimeout    = 8 * time.Second // connection and TLS handshake, each
)

// Options are what a Gateway is made of. Only Key is needed.
type Options struct {
	Key        string        // "sk_…" or "rk_…"; never logged, never in an error
	BaseURL    string        // empty: Stripe's own
	Timeout    time.Duration // of one call with its retries; 0: DefaultTimeout
	MaxRetries int           // after the first attempt; 0: DefaultMaxRetries, negative: none

	// Rate is how many requests a second start at most; 0: 25 in test mode, 80 in
	// live mode. BackgroundRate is how many of them the background may have; 0: 25.
	Rate, BackgroundRate float64

	// Proxy is http.ProxyFromEnvironment or the like; nil: no proxy.
	Proxy func(*http.Request) (*url.URL, error)
	// Transport replaces the HTTP transport; Proxy is then not used.
	Transport http.RoundTripper
	Now       services.Clock // nil: time.Now
	Log       *slog.Logger   // one line a call, at debug level; nil: nothing is logged
}

// Gateway is one account's Stripe. It is safe for concurrent use.
type Gateway struct {
	backend stripe.Backend
	client  *http.Client
	key     string
	base    string
	timeout time.Duration
	retries int
	limit   *limiter
	now     services.Clock
	log     *slog.Logger
	pause   func(context.Context, time.Duration) error
	ahead   atomic.Int64 // see ClockAhead, nanoseconds
}

// New returns a gateway on a backend of its own: nothing is shared with other
// gateways, and stripe-go's package-level key stays empty.
func New(o Options) *Gateway {
	g := &Gateway{key: o.Key, base: strings.TrimRight(o.BaseURL, "/"), timeout: o.Timeout, retries: o.MaxRetries, now: o.Now, log: o.Log, pause: sleep}
	if g.base == "" {
		g.base = stripe.APIURL
	}
	if g.timeout <= 0 {
		g.timeout = DefaultTimeout
	}
	if g.retries == 0 {
		g.retries = DefaultMaxRetries
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	g.limit = newLimiter(o.rates())
	g.client = newClient(o.Transport, o.Proxy)
	g.backend = stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:               stripe.String(g.base),
		HTTPClient:        g.client,
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
		EnableTelemetry:   stripe.Bool(false),
		MaxNetworkRetries: stripe.Int64(0), // call retries itself, so that a wait ends with its context
	})
	return g
}

// Close gives idle connections back.
func (g *Gateway) Close() error {
	g.client.CloseIdleConnections()
	return nil
}

// ClockAhead is how far this machine's clock was ahead of Stripe's at the last
// answer, negative when it was behind; 0 before the first. Stripe tells whole
// seconds, and the answer's way counts as the machine's.
func (g *Gateway) ClockAhead() time.Duration { return time.Duration(g.ahead.Load()) }

// request is one call to Stripe. Its parameters keep their order, so that the
// same request is the same bytes again.
type request struct {
	op     string // what is being done, for a person
	method string
	path   string
	params []services.Option
	key    string // idempotency key of a write; empty: minted here
}

// call sends a request when it is its turn, until it is answered, or may not be
// sent again, or its time is over, and fills out. Waiting for the first turn does
// not count as its time.
func (g *Gateway) call(ctx context.Context, r request, out stripe.LastResponseSetter) error {
	if g.key == "" {
		return &services.Error{Code: services.CodeNotConfigured, Op: r.op, Message: "This profile has no secret key.", Next: "Enter one in setup."}
	}
	if err := g.limit.wait(ctx); err != nil {
		return g.explain(ctx, r, &exchange{}, failure{err: &crowded{err}})
	}
	limit := g.timeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(0, min(limit, time.Until(deadline)))
	}
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	if r.key == "" && r.method != http.MethodGet {
		r.key = mintKey()
	}
	began := g.now()
	maybeDone := false
	for attempt := 0; ; attempt++ {
		x, sent := &exchange{}, time.Now()
		err := g.send(withExchange(ctx, x), r, out)
		if !x.date.IsZero() {
			g.ahead.Store(int64(g.now().Sub(x.date)))
		}
		g.log.DebugContext(ctx, "stripe", "op", r.op, "method", r.method, "path", r.path, "status", x.status,
			"request", x.requestID, "attempt", attempt, "took", g.now().Sub(began))
		if err == nil {
			return nil
		}
		if x.status == http.StatusTooManyRequests && !locked(err) {
			g.limit.refused(ctx, sent, x)
		}
		maybeDone = maybeDone || r.method != http.MethodGet && x.ambiguous()
		wait := backoff(attempt, x.retryAfter)
		if attempt >= g.retries || !retryable(ctx, r.method, x, err) || g.pause(ctx, wait) != nil || g.limit.wait(ctx) != nil {
			return g.explain(ctx, r, x, failure{err: err, limit: limit, maybeDone: maybeDone})
		}
	}
}

// send does one attempt.
func (g *Gateway) send(ctx context.Context, r request, out stripe.LastResponseSetter) error {
	values := &form.Values{}
	for _, p := range r.params {
		values.Add(p.Name, p.Value)
	}
	params := &stripe.Params{Context: ctx}
	if r.method != http.MethodGet {
		params.IdempotencyKey = stripe.String(r.key)
	}
	return g.backend.CallRaw(r.method, r.path, g.key, values, params, out)
}

// backoff is how long to wait before attempt+1: half a second doubling, or what
// Stripe asked for, up to five seconds, with a fifth of jitter.
func backoff(attempt int, asked time.Duration) time.Duration {
	d := max(500*time.Millisecond<<attempt, asked)
	d = min(d, 5*time.Second)
	return d + rand.N(d/5)
}

// sleep waits for d, and returns early with an error when ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// mintKey returns an idempotency key that no other request has.
func mintKey() string { return "bursar-" + crand.Text() }
