package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"bursar/services/internal/sandbox/pages"
)

// Options say what a sandbox is made of. Only Data is required.
type Options struct {
	Data    string           // path of the data file
	Addr    string           // loopback address to serve on; empty: the remembered one, or a free port
	URL     string           // base of the addresses that objects carry; Join sets it from Addr
	Now     func() time.Time // tells the shop's time; nil: the machine's clock
	Log     *slog.Logger     // nil: nothing is logged
	Seed    bool             // fill an empty file with the demo shop and its history
	Retries []time.Duration  // waits before a webhook is tried again; nil: 1 s, 5 s, 25 s (5.4)
	Anyhost bool             // webhook endpoints may lie outside this machine
	Faults  Faults           // for tests of what others do when Stripe fails
}

// Faults are switches for tests; the zero value is a sandbox that works.
type Faults struct {
	// Request may answer a request in the sandbox's place.
	Request func(*http.Request) *Fault
	// Shuffle delivers webhooks newest first, Duplicate delivers each one twice.
	Shuffle, Duplicate bool
}

// Fault is an answer that Stripe should not have given.
type Fault struct {
	Hang   bool   // answer nothing until the client gives up
	Status int    // HTTP status
	Body   string // sent as it is; empty: Stripe's envelope for the status
}

// Server is the sandbox as an http.Handler: the API below /v1/ and the pages.
// Close stops its goroutines and closes its file.
type Server struct {
	o         Options
	resources map[string]*resource
	routes    []route
	pages     http.Handler
	notice    string
	ids       *idSource

	writing sync.Mutex   // one writer at a time
	lock    sync.RWMutex // guards mem
	mem     *memory
	store   *store

	flights  flights
	progress *broadcast // told after each delivery attempt
	wake     chan struct{}
	stop     context.CancelFunc
	workers  sync.WaitGroup
}

// New opens the data file, fills it when asked to, catches up with what time
// did while nobody served it, and starts delivering webhooks. It returns ErrNewer
// for a file of a newer version; a damaged file is set aside (Notice tells).
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Retries == nil {
		o.Retries = []time.Duration{time.Second, 5 * time.Second, 25 * time.Second}
	}
	st, mem, aside, err := openStore(o.Data, o.Now())
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, mem: mem, store: st, ids: randomIDs(), progress: newBroadcast(), wake: make(chan struct{}, 1)}
	if aside != "" {
		s.notice = fmt.Sprintf("The sandbox file was damaged. It was set aside as %s and a new shop was made.", aside)
	}
	if s.resources, s.routes, err = describe(); err != nil {
		return nil, errors.Join(err, st.db.Close())
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, st.db.Close())
	}
	secret := str(s.mem.rows[accountID].object(), "_page_secret") // kept, so that a page outlives the process that drew it
	s.pages = pages.New(backend{s}, pages.Options{Now: o.Now, Secret: []byte(secret), Logger: o.Log})
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.workers.Go(func() { s.deliverAll(ctx) })
	s.workers.Go(func() { s.keepTime(ctx) })
	return s, nil
}

// prepare makes the shop that an empty file lacks and lets time catch up.
func (s *Server) prepare() error {
	if err := s.store.forget(s.o.Now().Add(-24 * time.Hour).Unix()); err != nil {
		return fmt.Errorf("tidying the sandbox file: %w", err)
	}
	if len(s.mem.rows) == 0 {
		if err := s.found(s.o.Seed); err != nil {
			return fmt.Errorf("making the sandbox's shop: %w", err)
		}
	}
	if err := s.moveIn(); err != nil {
		return fmt.Errorf("moving the sandbox to its address: %w", err)
	}
	return s.Tick()
}

// Notice tells what happened to the data file on the way, or is empty.
func (s *Server) Notice() string { return s.notice }

// Close stops the deliveries, waits for them and closes the file.
func (s *Server) Close() error {
	s.stop()
	s.workers.Wait()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.store.db.Close()
}

// write runs fn as the only writer and commits what it changed. An error drops
// the changes, unless it says that they stay. now is Unix seconds.
func (s *Server) write(c cause, fn func(*tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	t := s.newTx(s.o.Now().Unix())
	t.cause = c
	err := fn(t)
	if failed := (*apiError)(nil); err != nil && (!errors.As(err, &failed) || !failed.keep) {
		return err
	}
	if cerr := s.commit(t); cerr != nil {
		return cerr
	}
	return err
}

// commit makes a transaction durable, then visible. The writer's lock is held.
func (s *Server) commit(t *tx) error {
	if !t.changed() {
		return nil
	}
	if err := s.store.write(t); err != nil {
		s.o.Log.Error("sandbox: writing the data file", "err", err)
		if errors.Is(classify(err), syscall.ENOSPC) {
			return broken("The disk is full: the sandbox could not write its data file. Nothing was changed.")
		}
		return broken("The sandbox could not write its data file (%v). Nothing was changed.", err)
	}
	s.lock.Lock()
	for _, r := range t.rows {
		s.mem.put(r)
	}
	for id, d := range t.deliveries {
		if d == nil {
			delete(s.mem.deliveries, id)
		} else {
			s.mem.deliveries[id] = d
		}
	}
	s.lock.Unlock()
	if len(t.deliveries) > 0 {
		s.poke()
	}
	return nil
}

// read runs fn on the committed state, together with other readers.
func (s *Server) read(fn func(*tx) error) error {
	s.lock.RLock()
	defer s.lock.RUnlock()
	return fn(s.newTx(s.o.Now().Unix()))
}

// ServeHTTP refuses names that are not loopback (a page elsewhere could point
// its own name at this machine), then serves the API or the pages.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("sandbox: panic", "path", r.URL.Path, "panic", p)
			writeError(w, broken("An unknown error occurred"))
		}
	}()
	w.Header().Set("Date", s.o.Now().UTC().Format(http.TimeFormat)) // the shop's clock, also where it is not the machine's
	if !loopbackHost(r.Host) {
		writeError(w, &apiError{status: http.StatusForbidden, kind: invalidRequest, message: "This sandbox answers only to loopback names, such as 127.0.0.1 and localhost."})
		return
	}
	switch path := r.URL.Path; {
	case path == alivePath:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("bursar sandbox\n"))
	case strings.HasPrefix(path, "/v1/") || path == "/v1" || strings.HasPrefix(path, "/v2/"):
		if !takesGzip(r) {
			s.api(w, r)
			return
		}
		z := &zipped{ResponseWriter: w}
		s.api(z, r)
		z.finish()
	default:
		s.pages.ServeHTTP(w, r)
	}
}

// alivePath answers who serves here.
const alivePath = "/.bursar-sandbox"

func loopbackHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}
