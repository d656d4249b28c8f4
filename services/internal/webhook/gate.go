package webhook

import (
	"container/list"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// farewells are how many refused connections are seen off at once, and farewell
// how long that takes at most.
const (
	farewells = 64
	farewell  = 500 * time.Millisecond
)

// gate is a listener that holds so many connections at most. When it is full, the
// one that has kept silent longest makes way for a new one, if that is long;
// otherwise the new one is told to come again. Each connection costs memory
// before it has said anything, so their number is what bounds it.
type gate struct {
	net.Listener
	most    int
	silence time.Duration // how long one may be silent while others wait outside
	retry   string        // seconds

	mu     sync.Mutex
	silent *list.List // of *guest that are neither in work nor gone, the longest silent first
	inside int

	leaving  chan struct{} // one for each connection that is seen off
	goodbyes sync.WaitGroup

	taken, refused, given prometheus.Counter
}

// guest is a connection inside the gate.
type guest struct {
	net.Conn
	gate  *gate
	place *list.Element // in gate.silent; nil while it is in work
	since time.Time     // when it last was answered, or came
	gone  bool
}

func newGate(l net.Listener, o ServerOptions) *gate {
	m := o.Metrics
	return &gate{Listener: l, most: o.Connections, silence: o.Silence, retry: seconds(o.Retry),
		silent: list.New(), leaving: make(chan struct{}, farewells),
		taken: m.connections.WithLabelValues("taken"), refused: m.connections.WithLabelValues("refused"), given: m.connections.WithLabelValues("given_up")}
}

// Accept returns the next connection that there is a place for.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if in := g.admit(conn); in != nil {
			g.taken.Inc()
			return in, nil
		}
		g.refused.Inc()
		g.turnAway(conn)
	}
}

// Close stops listening and returns when nobody is being seen off any more.
func (g *gate) Close() error {
	err := g.Listener.Close()
	g.goodbyes.Wait()
	return err
}

func (g *gate) admit(conn net.Conn) *guest {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.inside >= g.most && !g.giveUp(now, nil) {
		return nil
	}
	g.inside++
	in := &guest{Conn: conn, gate: g, since: now}
	in.place = g.silent.PushBack(in)
	return in
}

// giveUp closes the connection that has kept silent longest, if that is long, and
// reports whether there was one. except is spared. g.mu is held.
func (g *gate) giveUp(now time.Time, except *guest) bool {
	at := g.silent.Front()
	if at != nil && at.Value.(*guest) == except {
		at = at.Next()
	}
	if at == nil || now.Sub(at.Value.(*guest).since) < g.silence {
		return false
	}
	out := at.Value.(*guest)
	g.leave(out)
	g.given.Inc()
	_ = out.Conn.Close() // whoever reads from it is told by the error
	return true
}

// leave takes a connection off the books; g.mu is held.
func (g *gate) leave(c *guest) {
	if c.gone {
		return
	}
	c.gone = true
	g.inside--
	if c.place != nil {
		g.silent.Remove(c.place)
		c.place = nil
	}
}

// dismiss closes the connections that keep silent.
func (g *gate) dismiss() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for at := g.silent.Front(); at != nil; at = g.silent.Front() {
		c := at.Value.(*guest)
		g.leave(c)
		_ = c.Conn.Close() // the server that reads from it is told by the error
	}
}

// CloseWrite ends what is sent, so that the last answer is not taken back by
// what the sender still sends.
func (c *guest) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close closes the connection.
func (c *guest) Close() error {
	c.gate.mu.Lock()
	c.gate.leave(c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// turnAway tells a connection to come again. A few are waited for until they have
// read it; more are dropped.
func (g *gate) turnAway(conn net.Conn) {
	select {
	case g.leaving <- struct{}{}:
	default:
		_ = conn.Close()
		return
	}
	g.goodbyes.Go(func() {
		defer func() { <-g.leaving }()
		_ = conn.SetDeadline(time.Now().Add(farewell))
		const words = "There are too many connections. Send it again.\n"
		_, err := conn.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: " + g.retry +
			"\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(len(words)) + "\r\n\r\n" + words))
		if err == nil && (&guest{Conn: conn}).CloseWrite() == nil {
			rest := make([]byte, 4<<10)
			for read := 0; err == nil && read < 64<<10; { // closing with bytes unread would take the answer back
				var n int
				n, err = conn.Read(rest)
				read += n
			}
		}
		_ = conn.Close()
	})
}

type guestKey struct{}

// remember lets the handler find its connection.
func (g *gate) remember(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, c)
}

// working tells the gate that a request is read whole: it is the receiver that
// takes its time now, not the sender.
func working(ctx context.Context) {
	if c, ok := ctx.Value(guestKey{}).(*guest); ok {
		c.gate.mu.Lock()
		defer c.gate.mu.Unlock()
		if c.place != nil {
			c.gate.silent.Remove(c.place)
			c.place = nil
		}
	}
}

// makeWay is how many silent connections go for one delivery that there is no
// room for.
const makeWay = 8

// crowded tells the gate that a delivery found no room: those that have begun one
// and kept silent longest hold it, so they make way for when it comes again.
func crowded(ctx context.Context) {
	c, ok := ctx.Value(guestKey{}).(*guest)
	if !ok {
		return
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	for range makeWay {
		if !c.gate.giveUp(time.Now(), c) {
			return
		}
	}
}

// track notes the connections that were answered: they are waited for again.
func (g *gate) track(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*guest)
	if !ok || state != http.StateIdle {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.gone {
		return
	}
	c.since = time.Now()
	if c.place != nil {
		g.silent.MoveToBack(c.place)
		return
	}
	c.place = g.silent.PushBack(c)
}
