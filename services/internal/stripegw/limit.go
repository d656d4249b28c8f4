package stripegw

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"bursar/services"
)

// How often a gateway asks, in requests a second. Stripe allows an account 100
// in live mode and 25 in test mode, and any one endpoint 25
// (docs.stripe.com/rate-limits).
const (
	testRate     = 25
	liveRate     = 80 // the account's other programs want to ask too
	endpointRate = 25
	lowestRate   = 0.5
)

// recovery is how long a rate takes from nothing back to what it was.
const recovery = 30 * time.Second

type backgroundKey struct{}

// Background marks the calls under ctx as work that nobody waits for, such as
// reading the event list: they start only when no other call wants to.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

func isBackground(ctx context.Context) bool { return ctx.Value(backgroundKey{}) != nil }

// limiter decides when a call may start. All calls of a gateway share one
// bucket. A person's call takes from it what it needs, and the bucket holds a
// few in store for it; the background, one call at a time, takes only what
// would run over otherwise. So a person's call never waits behind a backfill.
// Programs that use the same account at the same time are not known here: when
// Stripe refuses, the rate is halved, and comes back bit by bit.
type limiter struct {
	account    *pace
	background *pace         // besides: it asks one endpoint, which has a limit of its own
	turn       chan struct{} // holds one token: whose turn it is in the background
	store      float64       // requests that are kept in the account's bucket for people

	mu   sync.Mutex
	hold time.Time // the background starts nothing before
}

// newLimiter returns a limiter of so many requests a second, and of them so many
// in the background.
func newLimiter(account, background float64) *limiter {
	store := max(1, account/5)
	return &limiter{
		account: newPace(account, int(store)+2), background: newPace(min(background, account), 2),
		turn: make(chan struct{}, 1), store: store,
	}
}

// rates are the account's requests a second and the background's share: what the
// options say, or what Stripe allows in the key's mode.
func (o Options) rates() (account, background float64) {
	account, background = o.Rate, o.BackgroundRate
	if account <= 0 {
		account = testRate
		if mode, _ := services.KeyMode(o.Key); mode == services.ModeLive {
			account = liveRate
		}
	}
	if background <= 0 {
		background = endpointRate
	}
	return account, background
}

// wait returns when a call may start, or with ctx's error when that would be too
// late.
func (l *limiter) wait(ctx context.Context) error {
	if !isBackground(ctx) {
		return l.account.take(ctx)
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := l.background.take(ctx); err != nil {
		return err
	}
	for {
		wait := l.held()
		if wait <= 0 {
			wait = l.account.takeAbove(l.store)
		}
		if wait <= 0 {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// held is how long the background still has to hold back.
func (l *limiter) held() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.hold)
}

// refused takes in that Stripe answered 429 to a call that began then.
func (l *limiter) refused(ctx context.Context, began time.Time, x *exchange) {
	switch {
	case x.limited == "resource-specific":
		return // one object's own limit: others may be asked as before
	case strings.HasPrefix(x.limited, "endpoint-"):
		if isBackground(ctx) {
			l.background.slow(began)
		}
	default:
		l.account.slow(began)
		l.background.slow(began)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(x.retryAfter); until.After(l.hold) {
		l.hold = until
	}
}

// pace is a bucket whose rate gives way and comes back.
type pace struct {
	full float64 // requests a second

	mu     sync.Mutex
	bucket *rate.Limiter
	at     float64   // the rate when it was last slowed
	slowed time.Time // when that was; zero if never
}

func newPace(full float64, burst int) *pace {
	return &pace{full: full, bucket: rate.NewLimiter(rate.Limit(full), burst)}
}

// now sets the bucket to the rate of now and returns it.
func (p *pace) now() float64 {
	limit := p.full
	if !p.slowed.IsZero() {
		limit = min(limit, p.at+p.full*time.Since(p.slowed).Seconds()/recovery.Seconds())
	}
	if rate.Limit(limit) != p.bucket.Limit() {
		p.bucket.SetLimit(rate.Limit(limit))
	}
	return limit
}

// take waits for a request's turn.
func (p *pace) take(ctx context.Context) error {
	p.mu.Lock()
	p.now()
	r := p.bucket.Reserve()
	p.mu.Unlock()
	wait := r.Delay()
	if wait <= 0 {
		return nil
	}
	err := sleep(ctx, wait)
	if err != nil {
		r.Cancel()
	}
	return err
}

// takeAbove takes a request when more than store of them are left, and otherwise
// returns how long that will take at least.
func (p *pace) takeAbove(store float64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := p.now()
	missing := store + 1 - p.bucket.Tokens()
	if missing <= 0 && p.bucket.Allow() {
		return 0
	}
	return max(time.Millisecond, time.Duration(missing/limit*float64(time.Second)))
}

// slow halves the rate, once for all the calls that were under way together.
func (p *pace) slow(began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if began.Before(p.slowed) {
		return
	}
	p.at, p.slowed = max(lowestRate, p.now()/2), time.Now()
	p.now()
}
