// Package returns serves the pages on this machine that a person's browser comes
// back to from Stripe's checkout and billing portal, and tells who came. The pages
// never say what became of a payment: only Stripe's answer does. The receiver of
// webhooks is mounted on the same listener.
package returns

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"bursar/config"
	"bursar/services"
)

// closeWait is how long Close lets answers finish that are under way.
const closeWait = 2 * time.Second

// Options are what a Server is made of.
type Options struct {
	// Addr is host:port to listen on; empty means a free port on 127.0.0.1.
	Addr string
	// Webhook receives what comes below config.WebhookPath, under any Host name: it
	// is reached from outside and checks signatures. It may be nil.
	Webhook http.Handler
	// OnVisit is told of each page that a person opens: ChangeReturned or
	// ChangeCancelled with the Ref of Bind. It must not block. It may be nil.
	OnVisit func(services.Change)
	// Now is the clock; nil means time.Now.
	Now services.Clock
}

// Server is the running pages.
type Server struct {
	base   string
	notice string
	http   *http.Server
	visits *visits

	listener net.Listener
	served   chan struct{} // closed when nothing is accepted any more

	mu    sync.Mutex
	mute  map[net.Conn]bool // connections that have not said anything yet
	ended error             // why accepting ended before Close
}

// Start listens and serves until Close. When the port is in use or may not be
// used it takes a free one and says so in Notice.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.OnVisit == nil {
		o.OnVisit = func(services.Change) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l, notice, err := listen(ctx, o.Addr)
	if err != nil {
		return nil, &services.Error{Code: services.CodeUnavailable, Op: "starting the return pages",
			Message: "Nothing can listen on " + services.Clean(o.Addr) + ".", Next: "Choose another address to listen on, such as 127.0.0.1:0.", Err: err}
	}
	s := &Server{base: "http://" + reachable(l.Addr()), visits: newVisits(o.Now, o.OnVisit),
		listener: l, served: make(chan struct{}), mute: map[net.Conn]bool{}}
	if notice != "" {
		s.notice = notice + " " + s.base + " is used instead."
	}
	s.http = &http.Server{
		Handler:           s.routes(o.Webhook),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ConnState:         s.track,
		ErrorLog:          log.New(io.Discard, "", 0), // it would write over the screen
	}
	go s.serve()
	return s, nil
}

func (s *Server) serve() {
	defer close(s.served)
	if err := s.http.Serve(s.listener); !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = err
	}
}

// track notes the connections that were opened and have asked for nothing yet, as
// browsers open them ahead of time.
func (s *Server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.mute[c] = true
		return
	}
	delete(s.mute, c)
}

// listen takes the port that is asked for, or any other one and a word why.
func listen(ctx context.Context, addr string) (l net.Listener, notice string, err error) {
	var lc net.ListenConfig
	l, err = lc.Listen(ctx, "tcp", addr)
	if err == nil {
		return l, "", nil
	}
	host, port, splitErr := net.SplitHostPort(addr)
	if splitErr != nil {
		return nil, "", err
	}
	l, otherErr := lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if otherErr != nil {
		return nil, "", err
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return l, "Port " + port + " is in use:", nil
	}
	return l, "Port " + port + " cannot be used:", nil
}

// reachable is a listener's host:port as a browser on this machine reaches it.
func reachable(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.String()
	}
	ip := ap.Addr().Unmap()
	if ip.IsUnspecified() {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.AddrPortFrom(ip, ap.Port()).String()
}

// Base is the server's address: "http://127.0.0.1:4242".
func (s *Server) Base() string { return s.base }

// Notice says what a person should know about the address, or nothing.
func (s *Server) Notice() string { return s.notice }

// Checkout returns where Stripe sends the buyer of an attempt, the same addresses
// for the same attempt. success holds Stripe's literal {CHECKOUT_SESSION_ID}
// (spec/stripe-sandbox, hosted checkout), which must reach Stripe unescaped.
func (s *Server) Checkout(attempt string) (success, cancel string, err error) {
	state := s.visits.state("checkout " + attempt)
	return s.base + "/checkout/" + state + "/done?session_id={CHECKOUT_SESSION_ID}", s.base + "/checkout/" + state + "/back", nil
}

// Portal returns where Stripe sends the customer of an attempt from the billing
// portal.
func (s *Server) Portal(attempt string) (string, error) {
	return s.base + "/portal/" + s.visits.state("portal "+attempt), nil
}

// Bind says which session or portal visit an attempt became: the Ref that OnVisit
// is told, also for a page that was opened before.
func (s *Server) Bind(attempt, ref string) {
	s.visits.bind("checkout "+attempt, ref)
	s.visits.bind("portal "+attempt, ref)
}

// Close stops listening, lets answers under way finish for a moment, and waits
// until nothing of the server runs any more. Connections that have asked for
// nothing are closed first: Shutdown would wait for them.
func (s *Server) Close() error {
	_ = s.listener.Close() // closed already the second time
	<-s.served
	s.mu.Lock()
	err := s.ended
	for c := range s.mute {
		_ = c.Close()
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if late := s.http.Shutdown(ctx); late != nil {
		err = errors.Join(err, late, s.http.Close())
	}
	return err
}

func (s *Server) routes(webhook http.Handler) http.Handler {
	pages := http.NewServeMux()
	pages.HandleFunc("GET /checkout/{state}/done", s.page(paidPage, services.ChangeReturned))
	pages.HandleFunc("GET /checkout/{state}/back", s.page(cancelPage, services.ChangeCancelled))
	pages.HandleFunc("GET /portal/{state}", s.page(portalPage, services.ChangeReturned))
	pages.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { show(w, http.StatusNotFound, unknownPage) })

	mux := http.NewServeMux()
	if webhook != nil {
		mux.Handle(config.WebhookPath, webhook)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !forThisMachine(r.Host) { // a foreign name that was made to lead here
			show(w, http.StatusMisdirectedRequest, unknownPage)
			return
		}
		pages.ServeHTTP(w, r)
	})
	return mux
}

// page serves one kind of page to whoever knows a state, and tells of the visit
// when it is a person's.
func (s *Server) page(content page, kind services.ChangeKind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		state := r.PathValue("state")
		switch {
		case !s.visits.known(state):
			show(w, http.StatusNotFound, unknownPage)
		case ahead(r): // refused, so that the browser asks again when the person comes
			show(w, http.StatusServiceUnavailable, unknownPage)
		default:
			if r.Method == http.MethodGet {
				s.visits.came(state, kind, r.URL.Query().Get("session_id"))
			}
			show(w, http.StatusOK, content)
		}
	}
}

// ahead reports whether a browser fetches the page before anybody wants to see it.
func ahead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		value := strings.ToLower(r.Header.Get(name))
		if strings.Contains(value, "prefetch") || strings.Contains(value, "preview") || strings.Contains(value, "prerender") {
			return true
		}
	}
	return false
}

// forThisMachine reports whether a Host header names this machine.
func forThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return config.Loopback(strings.Trim(host, "[]"))
}
