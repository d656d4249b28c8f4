package eventsync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/eventsync"
	"bursar/services/internal/sandbox"
	"bursar/services/internal/stripegw"
)

// shop is the sandbox behind a connection that can be disturbed.
type shop struct {
	*testing.T
	*httptest.Server
	sandbox *sandbox.Server
	now     atomic.Int64 // the sandbox's clock, seconds

	mu      sync.Mutex
	lists   int                                                // requests for the event list so far
	disturb func(n int, w http.ResponseWriter) (answered bool) // before the n-th of them
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{T: t, Server: httptest.NewUnstartedServer(nil)}
	s.now.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Unix())
	box, err := sandbox.New(sandbox.Options{Data: filepath.Join(t.TempDir(), "shop.db"), URL: "http://" + s.Listener.Addr().String(),
		Now: func() time.Time { return time.Unix(s.now.Load(), 0) }, Seed: true})
	if err != nil {
		t.Fatal(err)
	}
	s.sandbox, s.Config.Handler = box, s
	s.Start()
	t.Cleanup(func() {
		s.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/events" && r.Header.Get("X-Undisturbed") == "" {
		s.mu.Lock()
		s.lists++
		n, disturb := s.lists, s.disturb
		s.mu.Unlock()
		if disturb != nil && disturb(n, w) {
			return
		}
	}
	s.sandbox.ServeHTTP(w, r)
}

// disturbing changes what disturbs the list, and counts anew.
func (s *shop) disturbing(d func(n int, w http.ResponseWriter) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists, s.disturb = 0, d
}

// shopKey is any test key: a sandbox takes them all.
var shopKey = "sk_test_" + strings.Repeat("Ab1", 8)

func (s *shop) do(method, path, form string) []byte {
	s.Helper()
	r := httptest.NewRequest(method, s.URL+path, strings.NewReader(form))
	r.Header.Set("Authorization", "Bearer "+shopKey)
	r.Header.Set("X-Undisturbed", "1")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.sandbox.ServeHTTP(w, r)
	if w.Code != 200 {
		s.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// happen makes n events in the sandbox's second.
func (s *shop) happen(n int) {
	for i := range n {
		s.do("POST", "/v1/customers", fmt.Sprintf("email=c%d@example.com", i))
	}
}

// events reads the whole list in the plainest way.
func (s *shop) events() map[string]string {
	s.Helper()
	all := map[string]string{}
	for after := ""; ; {
		var page struct {
			Data []json.RawMessage `json:"data"`
			More bool              `json:"has_more"`
		}
		path := "/v1/events?limit=100"
		if after != "" {
			path += "&starting_after=" + after
		}
		if err := json.Unmarshal(s.do("GET", path, ""), &page); err != nil {
			s.Fatal(err)
		}
		for _, raw := range page.Data {
			after = id(s, raw)
			all[after] = string(raw)
		}
		if !page.More {
			return all
		}
	}
}

func id(t *shop, raw []byte) string {
	t.Helper()
	var e struct{ ID string }
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// keeping is a store with the events' bytes.
type keeping struct {
	*shop
	counting
	raws map[string]string
}

func (s *shop) store() *keeping {
	return &keeping{shop: s, counting: *newCounting(), raws: map[string]string{}}
}

func (k *keeping) Add(_ context.Context, _ services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	k.counting.mu.Lock()
	defer k.counting.mu.Unlock()
	for _, raw := range raws {
		e := id(k.shop, raw)
		switch old, known := k.raws[e]; {
		case !known:
			k.raws[e] = string(raw)
			added++
		case old != string(raw):
			k.Errorf("%s came with other bytes", e)
		default:
			duplicates++
		}
	}
	return added, duplicates, nil
}

// exact fails the test unless the store has what the list has, byte for byte.
func (k *keeping) exact() {
	k.Helper()
	want := k.events()
	lost, changed := 0, 0
	for e, raw := range want {
		switch got, ok := k.raws[e]; {
		case !ok:
			lost++
		case got != raw:
			changed++
		}
	}
	if lost+changed > 0 || len(k.raws) != len(want) {
		k.Fatalf("%d of %d events are missing, %d changed, %d stored", lost, len(want), changed, len(k.raws))
	}
}

// syncer is what a process has: a gateway and a syncer of its own. ahead is how
// far its clock goes ahead of Stripe's, in seconds.
func (k *keeping) syncer(ahead int64, o stripegw.Options) *eventsync.Syncer {
	o.Key, o.BaseURL = shopKey, k.URL
	if o.Rate == 0 {
		o.Rate, o.BackgroundRate = 2000, 2000
	}
	g := stripegw.New(o)
	k.Cleanup(func() { _ = g.Close() })
	return eventsync.New(list{g}, k, eventsync.Options{Now: func() time.Time { return time.Unix(k.now.Load()+ahead, 0) }})
}

// fault is one thing that goes wrong on the way.
type fault struct {
	name string
	do   func(w http.ResponseWriter)
}

func answered(status int, header, value, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if header != "" {
			w.Header().Set(header, value)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const tooMany = `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many"}}`

var faults = []fault{
	{"500", answered(500, "", "", `{"error":{"type":"api_error","message":"Oops"}}`)},
	{"503 of a proxy", answered(503, "", "", "<html>busy")},
	{"429", answered(429, "Stripe-Rate-Limited-Reason", "endpoint-rate", tooMany)},
	{"429 with a time", answered(429, "Retry-After", "1", tooMany)},
	{"a page that ends in the middle", answered(200, "Content-Length", "100000", `{"object":"list","data":[{"id":"evt_`)},
	{"no answer", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
	{"not Stripe", answered(200, "", "", "<html>Welcome to the hotel")},
}

// One fault of each kind, and the backfill does not even notice.
func TestBackfillThroughFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			k := s.store()
			s.disturbing(func(n int, w http.ResponseWriter) bool {
				time.Sleep(2 * time.Millisecond)
				if n == 1 || n == 5 || n == 9 {
					f.do(w)
					return true
				}
				return false
			})
			res, err := k.syncer(0, stripegw.Options{}).Backfill(t.Context(), time.Time{}, nil)
			if err != nil || res.Read < 500 || len(res.Gaps) > 0 {
				t.Fatalf("%+v, %v", res, err)
			}
			k.exact()
		})
	}
}

// Faults at random, a process that dies at random, events that arrive meanwhile,
// hundreds of them in one second, clocks that disagree: in the end the archive is
// the list.
func TestTheListEndsUpInTheArchive(t *testing.T) {
	for seed, ahead := range []int64{0, 45, 2 * days, -2 * days} {
		t.Run(fmt.Sprintf("seed %d, clock %d s ahead", seed, ahead), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(seed), 9))
			var dice sync.Mutex
			roll := func(n int) int {
				dice.Lock()
				defer dice.Unlock()
				return r.IntN(n)
			}
			s := newShop(t)
			k := s.store()
			s.happen(230) // in one second
			s.now.Add(7200)
			s.happen(120)
			s.now.Add(3)
			lives, done := 0, false
			for ; !done; lives++ {
				if lives > 400 {
					t.Fatal("it does not come to an end")
				}
				ctx, kill := context.WithCancel(t.Context())
				busy := lives < 20 // requests of this life may end in the next
				s.disturbing(func(_ int, w http.ResponseWriter) bool {
					switch roll(6) {
					case 0:
						faults[roll(len(faults))].do(w)
						return true
					case 1:
						kill()
					case 2:
						if busy {
							s.now.Add(int64(roll(2)))
							s.happen(roll(4))
						}
					}
					return false
				})
				sync := k.syncer(ahead, stripegw.Options{MaxRetries: -1})
				_, err := sync.Sync(ctx)
				done = err == nil && lives >= 20
				kill()
			}
			s.disturbing(nil)
			k.exact()
			t.Logf("%d lives", lives)
		})
	}
}

// A process that is killed at some request leaves a place to go on from.
func TestKilledAtARequest(t *testing.T) {
	s := newShop(t)
	s.happen(330)
	s.now.Add(600)
	for at, whole := 1, false; !whole; at += 3 {
		k := s.store()
		ctx, kill := context.WithCancel(t.Context())
		s.disturbing(func(n int, _ http.ResponseWriter) bool {
			if n == at {
				kill()
			}
			return false
		})
		_, err := k.syncer(0, stripegw.Options{}).Backfill(ctx, time.Time{}, nil)
		whole = err == nil && at > 5
		kill()
		s.disturbing(nil)
		if _, err := k.syncer(0, stripegw.Options{}).Backfill(t.Context(), time.Time{}, nil); err != nil {
			t.Fatal(err)
		}
		k.exact()
	}
}
