package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ServerOptions are the parts of a server that tests and owners choose. The zero
// value works.
type ServerOptions struct {
	Log         *slog.Logger  // nil means nowhere
	Metrics     *Metrics      // nil means counters that nobody reads
	Connections int           // at most; 0 means 512
	Retry       time.Duration // what a sender is told to wait when there are too many; 0 means 5 s
	Silence     time.Duration // how long a connection may keep others waiting with nothing whole when there are too many; 0 means 2 s
	Header      time.Duration // how long a request's header may take; 0 means 5 s
	Read        time.Duration // how long a whole request may take; 0 means 15 s
	Close       time.Duration // how long Close waits for answers under way; 0 means 20 s
}

func (o ServerOptions) withDefaults() ServerOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Connections <= 0 {
		o.Connections = 512
	}
	for d, fallback := range map[*time.Duration]time.Duration{
		&o.Retry: 5 * time.Second, &o.Silence: 2 * time.Second, &o.Header: 5 * time.Second, &o.Read: 15 * time.Second, &o.Close: 20 * time.Second,
	} {
		if *d <= 0 {
			*d = fallback
		}
	}
	return o
}

// Server serves a handler to senders that are not trusted: they may be slow, many
// or silent.
type Server struct {
	http *http.Server
	gate *gate
	wait time.Duration
	done chan struct{} // closed when nothing is accepted any more
	end  error
}

// Serve serves a handler on a listener until Close.
func Serve(l net.Listener, handler http.Handler, o ServerOptions) *Server {
	o = o.withDefaults()
	g := newGate(l, o)
	s := &Server{gate: g, wait: o.Close, done: make(chan struct{}), http: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: o.Header,
		ReadTimeout:       o.Read,
		WriteTimeout:      o.Read + 30*time.Second, // storing may take its time
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ConnContext:       g.remember,
		ConnState:         g.track,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(g); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.end = err
		}
	}()
	return s
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.gate.Addr() }

// Done is closed when nothing is accepted any more.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close stops listening, lets answers that are under way finish, and returns when
// nothing of the server runs any more, with why it ended before if it did. Those
// that have not sent a whole delivery soon are not waited for.
func (s *Server) Close() error {
	err := s.shutdown(min(s.wait, 250*time.Millisecond))
	if err != nil {
		s.gate.dismiss()
		err = s.shutdown(s.wait)
	}
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.done
	return errors.Join(err, s.end)
}

func (s *Server) shutdown(wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	return s.http.Shutdown(ctx)
}
