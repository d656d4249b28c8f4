package stripegw

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bursar/services"
)

// wire answers in memory after a while, and notes when each request came. It
// lives in a bubble of its own time.
type wire struct {
	latency time.Duration
	answer  func(n int, r *http.Request) (status int, header map[string]string, body string) // nil: a customer

	mu    sync.Mutex
	began time.Time
	came  []time.Duration // since began
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.came = append(w.came, time.Since(w.began))
	n := len(w.came)
	w.mu.Unlock()
	time.Sleep(w.latency)
	status, header, body := 200, map[string]string(nil), customerJSON
	if w.answer != nil {
		status, header, body = w.answer(n, r)
	}
	res := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
	for k, v := range header {
		res.Header.Set(k, v)
	}
	return res, nil
}

// between counts the requests that came in a span of time.
func (w *wire) between(from, to time.Duration) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range w.came {
		if from <= at && at < to {
			n++
		}
	}
	return n
}

// limited plays fn with a gateway on w, in a bubble of its own time.
func limited(t *testing.T, w *wire, o Options, fn func(t *testing.T, g *Gateway)) {
	synctest.Test(t, func(t *testing.T) {
		w.began = time.Now()
		o.Key, o.Transport = cmp.Or(o.Key, testKey), w
		g := New(o)
		fn(t, g)
		synctest.Wait()
	})
}

// crowd makes calls from several goroutines until ctx ends or n are made.
func crowd(ctx context.Context, g *Gateway, goroutines, n int) *sync.WaitGroup {
	calls := make(chan int, n)
	for i := range n {
		calls <- i
	}
	close(calls)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range calls {
				if _, err := g.Customer(ctx, "cus_1"); err != nil && ctx.Err() != nil {
					return
				}
			}
		})
	}
	return &wg
}

func TestTheBackgroundGetsTheWholeRateWhenNobodyElseAsks(t *testing.T) {
	w := &wire{latency: 150 * time.Millisecond}
	limited(t, w, Options{}, func(t *testing.T, g *Gateway) {
		crowd(Background(t.Context()), g, 8, 1000).Wait()
		if took := time.Since(w.began); took < 39*time.Second || took > 41*time.Second {
			t.Errorf("a thousand requests at 25 a second took %s", took)
		}
		for s := range 39 {
			if n := w.between(time.Duration(s)*time.Second, time.Duration(s+1)*time.Second); n > 27 {
				t.Errorf("%d requests in second %d", n, s)
			}
		}
	})
}

func TestAPersonsCallNeverWaitsBehindTheBackground(t *testing.T) {
	w := &wire{latency: 150 * time.Millisecond}
	limited(t, w, Options{}, func(t *testing.T, g *Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		backfill := crowd(Background(ctx), g, 8, 100_000)
		time.Sleep(3 * time.Second)
		for range 20 { // three calls at once, as a screen makes them, again and again
			asked := time.Now()
			crowd(ctx, g, 3, 3).Wait()
			if took := time.Since(asked); took != w.latency {
				t.Errorf("a person waited %s, the wire alone takes %s", took, w.latency)
			}
			time.Sleep(700 * time.Millisecond)
		}
		if total := w.between(3*time.Second, 20*time.Second); total > 17*25+8 {
			t.Errorf("%d requests in 17 seconds, 25 a second are allowed", total)
		}
		stop()
		backfill.Wait()
	})
}

func TestTheBackgroundGetsWhatIsLeft(t *testing.T) {
	w := &wire{latency: 50 * time.Millisecond}
	limited(t, w, Options{}, func(t *testing.T, g *Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		background := 0
		w.answer = func(_ int, r *http.Request) (int, map[string]string, string) {
			if isBackground(r.Context()) {
				w.mu.Lock()
				background++
				w.mu.Unlock()
			}
			return 200, nil, customerJSON
		}
		backfill := crowd(Background(ctx), g, 8, 100_000)
		people := crowd(ctx, g, 4, 200) // as fast as they may
		people.Wait()
		took := time.Since(w.began)
		if took > 8*time.Second || background > 20 {
			t.Errorf("200 calls of people took %s beside %d of the background", took, background)
		}
		stop()
		backfill.Wait()
	})
}

func TestTheLiveRateAndTheEndpointsOwn(t *testing.T) {
	live := "sk_live_" + strings.Repeat("Ab1", 8)
	for _, c := range []struct {
		o          Options
		background bool
		rate       float64
	}{
		{Options{}, false, 25}, {Options{}, true, 25}, {Options{Key: live}, false, 80}, {Options{Key: live}, true, 25},
		{Options{Rate: 10}, true, 10}, {Options{Rate: 200, BackgroundRate: 150}, true, 150},
	} {
		w := &wire{}
		limited(t, w, c.o, func(t *testing.T, g *Gateway) {
			ctx := t.Context()
			if c.background {
				ctx = Background(ctx)
			}
			crowd(ctx, g, 4, 1000).Wait()
			if got := 1000 / time.Since(w.began).Seconds(); got < c.rate*0.98 || got > c.rate*1.05 {
				t.Errorf("%+v, background %t: %.1f a second, want %.0f", c.o.Rate, c.background, got, c.rate)
			}
		})
	}
}

const tooMany = `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many"}}`

func TestTheRateGivesWayAndComesBack(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		body         string
		slower       bool
	}{
		{"without a reason", "", tooMany, true},
		{"the account's", "global-rate", tooMany, true},
		{"the endpoint's", "endpoint-concurrency", tooMany, true},
		{"one object's", "resource-specific", tooMany, false},
		{"a lock", "", `{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"Locked"}}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &wire{latency: 100 * time.Millisecond}
			limited(t, w, Options{MaxRetries: -1}, func(t *testing.T, g *Gateway) {
				w.answer = func(n int, _ *http.Request) (int, map[string]string, string) {
					if 100 <= n && n < 103 { // three at once, which is one reason to slow down
						return 429, map[string]string{"Stripe-Rate-Limited-Reason": c.reason}, c.body
					}
					return 200, nil, customerJSON
				}
				crowd(Background(t.Context()), g, 8, 1000).Wait()
				during, after := w.between(5*time.Second, 9*time.Second), w.between(24*time.Second, 34*time.Second)
				if slow := during < 80; slow != c.slower || (slow && during < 50) {
					t.Errorf("%d requests in the four seconds after it, slower: %t", during, slow)
				}
				if after < 240 && c.slower {
					t.Errorf("%d requests in ten seconds twenty seconds later", after)
				}
			})
		})
	}
}

func TestAnEndpointsLimitSlowsNoPerson(t *testing.T) {
	w := &wire{}
	limited(t, w, Options{MaxRetries: -1}, func(t *testing.T, g *Gateway) {
		w.answer = func(int, *http.Request) (int, map[string]string, string) {
			return 429, map[string]string{"Stripe-Rate-Limited-Reason": "endpoint-rate"}, tooMany
		}
		crowd(Background(t.Context()), g, 4, 20).Wait()
		w.answer = nil
		before := time.Now()
		crowd(t.Context(), g, 4, 107).Wait()
		if took := time.Since(before); took > 4100*time.Millisecond {
			t.Errorf("107 calls of people took %s", took)
		}
	})
}

func TestRetryAfterHoldsTheBackgroundOnly(t *testing.T) {
	w := &wire{}
	limited(t, w, Options{}, func(t *testing.T, g *Gateway) {
		w.answer = func(n int, _ *http.Request) (int, map[string]string, string) {
			if n == 1 {
				return 429, map[string]string{"Retry-After": "7"}, tooMany
			}
			return 200, nil, customerJSON
		}
		if _, err := g.Customer(Background(t.Context()), "cus_1"); err != nil {
			t.Fatal(err)
		}
		if len(w.came) != 2 || w.came[1] < 7*time.Second || w.came[1] > 8*time.Second {
			t.Errorf("asked at %v, want again after seven seconds", w.came)
		}
		g.limit.refused(t.Context(), time.Now(), &exchange{retryAfter: time.Minute})
		asked := time.Now()
		if _, err := g.Customer(t.Context(), "cus_1"); err != nil || time.Since(asked) > 0 {
			t.Errorf("a person waited %s: %v", time.Since(asked), err)
		}
	})
}

func TestACallThatGetsNoTurn(t *testing.T) {
	w := &wire{}
	limited(t, w, Options{Rate: 1}, func(t *testing.T, g *Gateway) {
		crowd(t.Context(), g, 1, 3).Wait()
		for _, mark := range []func(context.Context) context.Context{Background, func(ctx context.Context) context.Context { return ctx }} {
			late, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := g.Customer(mark(late), "cus_1")
			if e := services.AsError(err); e.Code != services.CodeUnavailable || !strings.Contains(e.Message, "not sent") || e.Next == "" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			gone, stop := context.WithCancel(t.Context())
			stop()
			if _, err := g.Customer(mark(gone), "cus_1"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		if len(w.came) != 3 {
			t.Errorf("%d requests went out", len(w.came))
		}
		// Who gave up takes no turn away from others.
		asked := time.Now()
		if _, err := g.Customer(t.Context(), "cus_1"); err != nil || time.Since(asked) > 1100*time.Millisecond {
			t.Errorf("waited %s: %v", time.Since(asked), err)
		}
	})
}
