package forward

import (
	"context"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/webhook"
)

// patience is how long a test waits for what happens in the background.
const patience = 20 * time.Second

const secret = "whsec_0123456789abcdef0123456789abcdef" // an example

// eventually polls until ok, and fails the test when that takes too long.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// fake is an archive in memory.
type fake struct {
	mu       sync.Mutex
	events   []services.Event
	watchers []chan struct{}
	err      error
}

// event makes the n-th event of an object, with bytes of its own.
func event(object string, n int, kind string) services.Event {
	id := fmt.Sprintf("evt_%s_%03d", object, n)
	return services.Event{ID: id, Type: kind, ObjectID: object,
		Raw: []byte(fmt.Sprintf("{\n  \"id\": \"%s\",\n  \"type\": \"%s\", \"note\": \"é\\u0000\"}\n", id, kind))}
}

func (f *fake) add(events ...services.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, events...)
	for _, w := range f.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fake) Arrivals(_ context.Context, after string, limit int) (page []services.Arrival, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	at := 0
	if after != "" {
		if at, err = strconv.Atoi(after); err != nil {
			return nil, services.Invalid("position", "That is no position.", "")
		}
	}
	for n := at; n < min(at+limit, len(f.events)); n++ {
		page = append(page, services.Arrival{Event: f.events[n], Position: strconv.Itoa(n + 1)})
	}
	return page, nil
}

func (f *fake) Event(_ context.Context, id string) (services.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return services.Event{}, f.err
	}
	for _, e := range f.events {
		if e.ID == id {
			return e, nil
		}
	}
	return services.Event{}, &services.Error{Code: services.CodeNotFound, Message: "There is no such event."}
}

func (f *fake) Watch(ctx context.Context) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := make(chan struct{}, 1)
	f.watchers = append(f.watchers, w)
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.watchers = slices.DeleteFunc(f.watchers, func(x chan struct{}) bool { return x == w })
		close(w)
	})
	return w
}

// program is a developer's program that takes events. It checks every delivery.
type program struct {
	*httptest.Server
	t      testing.TB
	mu     sync.Mutex
	tried  []string                   // ids, each time
	taken  []string                   // ids that were answered 200
	answer func(id string, n int) int // the status of an id's n-th delivery, 0 to cut; nil: always 200
	counts map[string]int
}

func newProgram(t testing.TB, answer func(id string, n int) int) *program {
	p := &program{t: t, answer: answer, counts: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *program) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed
	}
	if _, err := webhook.Verify(r.Header.Get(webhook.SignatureHeader), raw, []webhook.Secret{{Value: secret}}, time.Now(), 0); err != nil {
		p.t.Errorf("%s: %v", raw, err)
	}
	var id string
	if _, err := fmt.Sscanf(string(raw), "{\n  \"id\": %q,", &id); err != nil {
		p.t.Errorf("no event as it came: %q", raw)
	}
	p.mu.Lock()
	p.counts[id]++
	p.tried = append(p.tried, id)
	status := http.StatusOK
	if p.answer != nil {
		status = p.answer(id, p.counts[id])
	}
	if status == http.StatusOK {
		p.taken = append(p.taken, id)
	}
	p.mu.Unlock()
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "said the program\nand more")
}

func (p *program) ids(taken bool) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if taken {
		return slices.Clone(p.taken)
	}
	return slices.Clone(p.tried)
}

// took reports whether so many deliveries were taken.
func (p *program) took(n int) func() bool { return func() bool { return len(p.ids(true)) >= n } }

// soon are options whose waits are short.
func soon(source Source) Options {
	return Options{Source: source, Backoff: Backoff{time.Millisecond, 10 * time.Millisecond}, Outage: Backoff{time.Millisecond, 10 * time.Millisecond}}
}

func open(t testing.TB, path string) *Queue {
	t.Helper()
	q, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "profile", "forward.db") }

func start(t testing.TB, q *Queue, o Options, destinations ...Destination) *Forwarder {
	t.Helper()
	f, err := Start(context.Background(), q, destinations, "", o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func stop(t testing.TB, f *Forwarder) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// log returns every attempt, the first one first.
func log(t testing.TB, q *Queue) []services.Delivery {
	t.Helper()
	list, err := q.Deliveries(context.Background(), services.DeliveryQuery{Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// newServer serves a handler that needs no program, and returns its address.
func newServer(t *testing.T, handler http.HandlerFunc) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the end of the connection is not seen
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func newTLSServer(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// newProgramAt starts a program on an address that was another's.
func newProgramAt(t *testing.T, address string) *program {
	t.Helper()
	p := &program{t: t, counts: map[string]int{}}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p.Server = &httptest.Server{Listener: l, Config: &http.Server{Handler: p}}
	p.Start()
	t.Cleanup(p.Close)
	return p
}
