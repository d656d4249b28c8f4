package eventsync_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bursar/services"
	"bursar/services/internal/eventsync"
	"bursar/services/internal/stripegw"
)

// history is an account's event list, answered in memory after some time on the
// way. It counts its requests.
type history struct {
	latency time.Duration
	created []int64 // seconds, newest first

	mu       sync.Mutex
	requests int
}

// RoundTrip answers GET /v1/events.
func (h *history) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.requests++
	h.mu.Unlock()
	time.Sleep(h.latency)
	q := r.URL.Query()
	whole := func(name string, without int64) int64 {
		if n, err := strconv.ParseInt(q.Get(name), 10, 64); err == nil {
			return n
		}
		return without
	}
	since, until := whole("created[gte]", 0), whole("created[lte]", 1<<60)
	from, _ := slices.BinarySearchFunc(h.created, until, func(c, until int64) int {
		if c > until {
			return -1
		}
		return 1
	})
	if after := q.Get("starting_after"); after != "" {
		i, err := strconv.Atoi(strings.TrimPrefix(after, "evt_"))
		if err != nil || h.created[i] > until {
			return nil, fmt.Errorf("the place %s is not in the list", after)
		}
		from = i + 1
	}
	body := bytes.NewBufferString(`{"object":"list","data":[`)
	to := from
	for ; to < len(h.created) && to < from+100 && h.created[to] >= since; to++ {
		if to > from {
			body.WriteByte(',')
		}
		fmt.Fprintf(body, `{"id":"evt_%d","created":%d}`, to, h.created[to])
	}
	fmt.Fprintf(body, `],"has_more":%t}`, to < len(h.created) && h.created[to] >= since)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
}

// list is Stripe's event list as services/app gives it to a syncer.
type list struct{ *stripegw.Gateway }

func (l list) EventPage(ctx context.Context, since, until time.Time, after string, limit int) (events []eventsync.Event, more bool, err error) {
	p, err := l.Gateway.EventPage(stripegw.Background(ctx), stripegw.EventQuery{Since: since, Until: until, After: after, Limit: limit})
	for _, e := range p.Events {
		events = append(events, eventsync.Event{ID: e.ID, Created: max(0, e.Created.Unix()), Raw: e.Raw})
	}
	return events, p.More, err
}

// counting is a store that counts the events it has.
type counting struct {
	mu      sync.Mutex
	has     map[string]bool
	read    int
	cursors map[string]string
}

func newCounting() *counting { return &counting{has: map[string]bool{}, cursors: map[string]string{}} }

func (c *counting) Add(_ context.Context, _ services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.has)
	for _, raw := range raws {
		id, _, ok := bytes.Cut(bytes.TrimPrefix(raw, []byte(`{"id":"`)), []byte(`"`))
		if !ok {
			return 0, 0, fmt.Errorf("the event %s came changed", raw)
		}
		c.has[string(id)] = true
	}
	c.read += len(raws)
	added = len(c.has) - before
	return added, len(raws) - added, nil
}

func (c *counting) Cursor(_ context.Context, name string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cursors[name], nil
}

func (c *counting) SetCursor(_ context.Context, name, value string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cursors[name] = value
	return nil
}

func (c *counting) RecordSync(context.Context, time.Time, string) error { return nil }

const days = int64(24 * 3600)

// accounts are 100,000 events of the 30 days before now, as accounts have them.
var accounts = map[string]func(r *rand.Rand, now int64) int64{
	"even": func(r *rand.Rand, now int64) int64 { return now - r.Int64N(30*days-3600) },
	"by day": func(r *rand.Rand, now int64) int64 {
		return now - r.Int64N(29)*days - 9*3600 + int64(r.NormFloat64()*3*3600)
	},
	"monthly renewals in an hour": func(r *rand.Rand, now int64) int64 {
		if r.IntN(10) < 7 {
			return now - 22*days + r.Int64N(3600)
		}
		return now - r.Int64N(30*days-3600)
	},
	"minutes of hundreds": func(r *rand.Rand, now int64) int64 { return now - 1 - r.Int64N(290)*8000 - r.Int64N(20) },
	"growing":             func(r *rand.Rand, now int64) int64 { return now - int64(r.ExpFloat64()*3*float64(days))%(30*days-3600) },
}

// 100,000 events at 150 ms and 25 requests a second take a thousand pages and so
// 40 seconds at best; a tenth more is allowed.
func TestBackfillIsAsFastAsTheRateAllows(t *testing.T) {
	const events = 100_000
	for name, when := range accounts {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 1))
				h := &history{latency: 150 * time.Millisecond}
				for range events {
					h.created = append(h.created, min(time.Now().Unix(), when(r, time.Now().Unix())))
				}
				slices.SortFunc(h.created, func(a, b int64) int { return cmp.Compare(b, a) })
				g := stripegw.New(stripegw.Options{Key: "sk_test_" + strings.Repeat("Ab1", 8), Transport: h})
				store := newCounting()
				began, guess := time.Now(), newGuesses(t)
				res, err := eventsync.New(list{g}, store, eventsync.Options{}).Backfill(t.Context(), time.Time{}, guess.take)
				took := time.Since(began)
				if err != nil || res.Added != events || len(store.has) != events || len(res.Gaps) > 0 {
					t.Fatalf("%+v, %v; %d stored", res, err, len(store.has))
				}
				t.Logf("%d requests in %s, %d events read", h.requests, took, store.read)
				if took > 44*time.Second {
					t.Errorf("took %s, the rate allows 40 s", took)
				}
				guess.check(took)
			})
		})
	}
}

// guesses are what a backfill said of its remaining time.
type guesses struct {
	*testing.T
	began time.Time
	all   []guess
	last  services.SyncProgress
}

type guess struct{ at, remaining time.Duration }

func newGuesses(t *testing.T) *guesses { return &guesses{T: t, began: time.Now()} }

func (g *guesses) take(p services.SyncProgress) {
	if p.Read < g.last.Read || p.Added < g.last.Added || p.Requests <= g.last.Requests || p.Windows < g.last.Windows ||
		p.Done < g.last.Done || p.Done > p.Windows || (!g.last.Reached.IsZero() && p.Reached.After(g.last.Reached)) {
		g.Errorf("progress went back: %+v after %+v", p, g.last)
	}
	g.last = p
	g.all = append(g.all, guess{time.Since(g.began), p.Remaining})
}

// check holds the guesses against how long it took. "Unknown" is no lie, and not
// the whole answer.
func (g *guesses) check(took time.Duration) {
	known, good := 0, 0
	for _, guess := range g.all {
		if guess.remaining < 0 {
			continue
		}
		known++
		if left := took - guess.at; guess.remaining > left/2-2*time.Second && guess.remaining < 2*left+2*time.Second {
			good++
		}
	}
	g.Logf("%d of %d reports had a remaining time, %d of them within half and double", known, len(g.all), good)
	if known < len(g.all)/2 || good < known*6/10 {
		g.Errorf("the remaining time is not to be relied on: %d known, %d good of %d: %v", known, good, len(g.all), g.all)
	}
	if g.last.Done != g.last.Windows || g.last.Remaining > 0 {
		g.Errorf("at the end: %+v", g.last)
	}
}
