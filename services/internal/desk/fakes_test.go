package desk

import (
	"context"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// lost is the error of a write whose answer did not arrive.
type lost struct{}

func (lost) Error() string   { return "cut off" }
func (lost) Ambiguous() bool { return true }

func unavailable(cause error) error {
	return &services.Error{Code: services.CodeUnavailable, Message: "The network is gone.", Next: "Check it.", RequestID: "req_1", Err: cause}
}

// fakePrices knows some prices.
type fakePrices map[string]services.Price

func (f fakePrices) Prices(_ context.Context, ids []string) (map[string]services.Price, error) {
	found := map[string]services.Price{}
	for _, id := range ids {
		if p, ok := f[id]; ok {
			found[id] = p
		}
	}
	return found, nil
}

func shopPrices() fakePrices {
	month := &services.Recurrence{Interval: "month", Count: 1}
	year := &services.Recurrence{Interval: "year", Count: 1}
	prices := fakePrices{}
	for _, p := range []services.Price{
		{ID: "mug", ProductName: "Mug", Unit: services.Money{Amount: 1200, Currency: "eur"}},
		{ID: "yen", ProductName: "Tea", Unit: services.Money{Amount: 2400, Currency: "jpy"}},
		{ID: "dinar", ProductName: "Lamp", Unit: services.Money{Amount: 12500, Currency: "kwd"}},
		{ID: "monthly", ProductName: "Gold", Unit: services.Money{Amount: 2000, Currency: "eur"}, Recurring: month},
		{ID: "yearly", ProductName: "Gold", Unit: services.Money{Amount: 20000, Currency: "eur"}, Recurring: year},
	} {
		p.Active = true
		prices[p.ID] = p
	}
	prices["old"] = services.Price{ID: "old", Unit: services.Money{Amount: 500, Currency: "eur"}}
	return prices
}

// reading is one answer of fakeSessions.
type reading struct {
	r   services.Receipt
	err error
}

func read(status, payment, declined string) reading {
	return reading{r: services.Receipt{Declined: declined, Session: services.Session{ID: "cs_1", Status: status, PaymentStatus: payment, Total: services.Money{Amount: 2400, Currency: "jpy"}}}}
}

// fakeSessions answers each read with the next reading, and the last for good.
type fakeSessions struct {
	mu       sync.Mutex
	readings []reading
	reads    int
	created  [][]services.Option
	keys     []string
	make     reading
	expired  []string
	expire   reading
}

func (f *fakeSessions) CreateSession(_ context.Context, params []services.Option, key string) (services.Session, error) {
	f.created, f.keys = append(f.created, params), append(f.keys, key)
	return f.make.r.Session, f.make.err
}

func (f *fakeSessions) Session(ctx context.Context, _ string) (services.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return services.Receipt{}, unavailable(ctx.Err())
	}
	next := f.readings[min(f.reads, len(f.readings)-1)]
	f.reads++
	return next.r, next.err
}

func (f *fakeSessions) ExpireSession(_ context.Context, id, _ string) (services.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expired = append(f.expired, id)
	return f.expire.r, f.expire.err
}

func (f *fakeSessions) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reads
}

// fakeLedger remembers in memory.
type fakeLedger struct {
	saved   []services.Session
	settled []services.Receipt
	err     error
}

func (f *fakeLedger) Save(ctx context.Context, s services.Session) error {
	if f.err == nil && ctx.Err() == nil {
		f.saved = append(f.saved, s)
	}
	return f.err
}

func (f *fakeLedger) Settle(_ context.Context, r services.Receipt) error {
	if f.err == nil {
		f.settled = append(f.settled, r)
	}
	return f.err
}
func (f *fakeLedger) Unsettled(context.Context) ([]services.Session, error) { return f.saved, nil }
func (f *fakeLedger) Recent(_ context.Context, limit int) ([]services.Receipt, error) {
	return f.settled[:min(limit, len(f.settled))], nil
}

// fakeReturns makes addresses that name their attempt.
type fakeReturns struct{ bound map[string]string }

func (f *fakeReturns) Checkout(attempt string) (string, string, error) {
	return "http://127.0.0.1:9/ok?s=" + attempt + "&id={CHECKOUT_SESSION_ID}", "http://127.0.0.1:9/back?s=" + attempt, nil
}
func (f *fakeReturns) Portal(attempt string) (string, error) {
	return "http://127.0.0.1:9/portal?s=" + attempt, nil
}
func (f *fakeReturns) Bind(attempt, ref string) {
	if f.bound == nil {
		f.bound = map[string]string{}
	}
	f.bound[attempt] = ref
}

// counter is a till on fakes. Its After hands every asked wait to the test,
// which lets it pass by sending on it.
type counter struct {
	*Checkout
	sessions *fakeSessions
	ledger   *fakeLedger
	returns  *fakeReturns
	changes  *Broadcaster
	waits    chan wantWait
}

type wantWait struct {
	d    time.Duration
	pass chan time.Time
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{sessions: &fakeSessions{}, ledger: &fakeLedger{}, returns: &fakeReturns{}, changes: NewBroadcaster(), waits: make(chan wantWait, 16)}
	t.Cleanup(c.changes.Close)
	c.sessions.make = reading{r: services.Receipt{Session: services.Session{ID: "cs_1", Status: "open", URL: "https://pay.example/x"}}}
	c.Checkout = NewCheckout(CheckoutOptions{Prices: shopPrices(), Sessions: c.sessions, Ledger: c.ledger, Returns: c.returns, Watch: c.changes.Watch,
		Now: func() time.Time { return noon }, After: func(d time.Duration) <-chan time.Time {
			w := wantWait{d, make(chan time.Time, 1)}
			c.waits <- w
			return w.pass
		}})
	return c
}
