package webhook

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
)

// counting is a sink that counts.
type counting struct{ stored atomic.Int64 }

func (c *counting) Add(_ context.Context, _ services.EventSource, raws [][]byte) (int, int, error) {
	c.stored.Add(int64(len(raws)))
	return len(raws), 0, nil
}

// listen serves a receiver with one target as the program does.
func listen(t *testing.T, target Target, o Options, so ServerOptions) (*Receiver, *Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	so.Metrics = o.Metrics
	r := New([]Target{target}, o)
	s := Serve(l, r.Routes(), so)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if held := r.opts.Limits.Bytes - r.room.left.Load(); held != 0 {
			t.Errorf("%d bytes of bodies are still counted", held)
		}
	})
	return r, s
}

// deliver sends one signed delivery on a connection of its own.
func deliver(s *Server, text, secret string) (status int, err error) {
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request(text, secret)); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func request(text, secret string) string {
	return fmt.Sprintf("POST %s%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=utf-8\r\n"+
		"Stripe-Signature: %s\r\nContent-Length: %d\r\n\r\n%s", PathPrefix, token, Sign([]byte(text), []string{secret}, time.Now()), len(text), text)
}

// metric is the sum of the counters whose line begins like this.
func metric(t *testing.T, s *Server, line string) (sum float64) {
	t.Helper()
	res, err := http.Get("http://" + s.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(line)+`.* (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		var v float64
		if _, err := fmt.Sscan(m[1], &v); err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	return sum
}

// Thousands of connections that are slow, in each way a connection can be, take
// little memory and do not keep a sender out.
func TestSlowConnections(t *testing.T) {
	many, most := 10_000, 0
	if testing.Short() {
		many, most = 600, 60
	}
	most = ServerOptions{Connections: most}.withDefaults().Connections
	sink := &counting{}
	_, s := listen(t, Target{Name: "shop", Token: token, Secrets: always(secretOne), Sink: sink}, Options{},
		ServerOptions{Connections: most, Silence: 20 * time.Millisecond, Header: time.Minute, Read: time.Minute})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	whole := request(strings.Repeat("x", 100_000), secretOne)
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for i := range many {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		_, _ = io.WriteString(c, whole[:[]int{0, 40, len(whole) - 99_000, len(whole) - 50_000}[i%4]]) // it may be turned away already
	}
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc+after.StackInuse) - int64(before.HeapAlloc+before.StackInuse)
	if grown > 50<<20 {
		t.Errorf("%d slow connections take %d MiB", many, grown>>20)
	}
	eventually(t, "a delivery", func() bool {
		status, err := deliver(s, `{"id":"evt_1"}`, secretOne)
		return err == nil && status == http.StatusOK
	})
	if n := sink.stored.Load(); n != 1 {
		t.Errorf("%d were stored", n)
	}
	refused, given := metric(t, s, `bursar_webhook_connections_total{outcome="refused"}`), metric(t, s, `bursar_webhook_connections_total{outcome="given_up"}`)
	// The delivery and the readers of the counters have come and gone.
	if taken := metric(t, s, `bursar_webhook_connections_total{outcome="taken"}`); taken-given > float64(most+3) || refused+given < float64(many-most) {
		t.Errorf("of %d connections %v were taken, %v refused, %v given up", many, taken, refused, given)
	}
	t.Logf("%d connections: %d KiB", many, grown>>10)
}

// While the secret is rotated, two signers deliver at full speed; the old one is
// refused from the moment that it ends.
func TestTwoSignersWhileRotating(t *testing.T) {
	var ends atomic.Pointer[time.Time]
	ends.Store(&time.Time{})
	sink := &counting{}
	clock := &atomic.Int64{} // seconds ahead
	now := func() time.Time { return time.Now().Add(time.Duration(clock.Load()) * time.Second) }
	_, s := listen(t, Target{Name: "shop", Token: token, Sink: sink, Secrets: func(context.Context) ([]Secret, error) {
		return []Secret{{Name: "current", Value: secretOne}, {Name: "previous", Value: secretTwo, Expires: *ends.Load()}}, nil
	}}, Options{Now: now}, ServerOptions{})
	round := func() (ok, refused [2]int) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := range 25 {
					signer := (worker + i) % 2
					status, err := deliver(s, fmt.Sprintf(`{"id":"evt_%d_%d"}`, worker, i), []string{secretOne, secretTwo}[signer])
					mu.Lock()
					switch {
					case err != nil:
						t.Error(err)
					case status == http.StatusOK:
						ok[signer]++
					case status == http.StatusBadRequest:
						refused[signer]++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		return ok, refused
	}
	if ok, refused := round(); ok != [2]int{100, 100} {
		t.Errorf("both valid: %v taken, %v refused", ok, refused)
	}
	ended := now().Add(20 * time.Second)
	ends.Store(&ended)
	clock.Add(30)
	if ok, refused := round(); ok != [2]int{100, 0} || refused != [2]int{0, 100} {
		t.Errorf("the old one ended: %v taken, %v refused", ok, refused)
	}
	if n := sink.stored.Load(); n != 300 {
		t.Errorf("%d were stored", n)
	}
	for name, want := range map[string]float64{"current": 200, "previous": 100} {
		if got := metric(t, s, `bursar_webhook_signatures_total{profile="shop",secret="`+name+`"}`); got != want {
			t.Errorf("%v deliveries are counted for the %s secret, want %v", got, name, want)
		}
	}
}

// What a sender cuts off is not stored, and what it sends too slowly neither.
func TestTruncatedAndSlowBodies(t *testing.T) {
	sink := &counting{}
	_, s := listen(t, Target{Name: "shop", Token: token, Secrets: always(secretOne), Sink: sink}, Options{},
		ServerOptions{Header: time.Minute, Read: 100 * time.Millisecond})
	whole := request(strings.Repeat("x", 10_000), secretOne)
	for at := 1; at < len(whole); at += len(whole) / 9 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, whole[:at])
		_ = c.Close()
	}
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, whole[:len(whole)-1]); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("a slow body: %v, %v", res, err)
	}
	if n := sink.stored.Load(); n != 0 {
		t.Errorf("%d were stored", n)
	}
}

// What can be refused without the body is refused before it is sent.
func TestRefusedBeforeTheBody(t *testing.T) {
	_, s := listen(t, Target{Name: "shop", Token: token, Secrets: always(secretOne), Sink: &counting{}}, Options{}, ServerOptions{})
	for name, tt := range map[string]struct {
		change func(string) string
		status int
	}{
		"too large": {func(r string) string {
			return regexp.MustCompile(`Content-Length: \d+`).ReplaceAllString(r, "Content-Length: 1048577")
		}, 413},
		"unsigned":  {func(r string) string { return strings.Replace(r, "Stripe-Signature", "X-Signature", 1) }, 400},
		"no token":  {func(r string) string { return strings.Replace(r, token, "x", 1) }, 404},
		"the media": {func(r string) string { return strings.Replace(r, "application/json", "text/plain", 1) }, 415},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_ = c.SetDeadline(time.Now().Add(patience))
			head, _, _ := strings.Cut(tt.change(request("{}", secretOne)), "{}")
			_, _ = io.WriteString(c, head)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || res.StatusCode != tt.status || !res.Close {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
}

// When bodies take all the room there is, more are told to come again at once.
func TestRoomIsBounded(t *testing.T) {
	r, s := listen(t, Target{Name: "shop", Token: token, Secrets: always(secretOne), Sink: &counting{}},
		Options{Limits: Limits{Bytes: 40 << 10}}, ServerOptions{Read: time.Minute})
	whole := request(strings.Repeat("x", 16<<10), secretOne)
	for range 2 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := io.WriteString(c, whole[:len(whole)-1]); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both bodies", func() bool { return r.room.left.Load() == 8<<10 })
	if status, err := deliver(s, strings.Repeat("y", 9<<10), secretOne); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("%d, %v", status, err)
	}
	if status, err := deliver(s, "{}", secretOne); err != nil || status != http.StatusOK {
		t.Errorf("a small one: %d, %v", status, err)
	}
	if n := metric(t, s, `bursar_webhook_deliveries_total{profile="shop",verdict="full"}`); n != 1 {
		t.Errorf("%v are counted", n)
	}
}

func TestHealth(t *testing.T) {
	sink := &memory{}
	_, s := listen(t, Target{Name: "shop", Token: token, Secrets: always(secretOne), Sink: sink}, Options{}, ServerOptions{})
	health := func() (status int, h Health) {
		res, err := http.Get("http://" + s.Addr().String() + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, h
	}
	if status, h := health(); status != http.StatusOK || h.Status != "ok" || len(h.Profiles) != 1 || h.Profiles[0].Profile != "shop" {
		t.Errorf("%d %+v", status, h)
	}
	sink.fail(&services.Error{Code: services.CodeStorage, Message: "The disk is full."})
	if status, err := deliver(s, "{}", secretOne); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("%d, %v", status, err)
	}
	eventually(t, "the problem", func() bool { status, _ := health(); return status == http.StatusServiceUnavailable })
	if _, h := health(); h.Status != "failing" || h.Profiles[0].Problem != "The disk is full." {
		t.Errorf("%+v", h)
	}
	sink.fail(nil)
	if status, err := deliver(s, "{}", secretOne); err != nil || status != http.StatusOK {
		t.Errorf("%d, %v", status, err)
	}
	eventually(t, "the recovery", func() bool { status, _ := health(); return status == http.StatusOK })
}

// The counters are this machine's own: through a tunnel there is nothing to see.
// They never hold a token or a secret.
func TestMetricsAreForThisMachine(t *testing.T) {
	_, s := listen(t, Target{Name: "shop", Token: token, Secrets: always(secretOne), Sink: &counting{}}, Options{}, ServerOptions{})
	if status, err := deliver(s, "{}", secretOne); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v", status, err)
	}
	for name, tt := range map[string]struct {
		host, header string
		status       int
	}{
		"from here":                 {"127.0.0.1:8787", "", 200},
		"by name":                   {"localhost:8787", "", 200},
		"IPv6":                      {"[::1]", "", 200},
		"through a tunnel":          {"pay.example.com", "", 404},
		"a tunnel that renames":     {"localhost", "X-Forwarded-For", 404},
		"a proxy that says so":      {"localhost", "Forwarded", 404},
		"a name that looks like it": {"127.0.0.1.example.com", "", 404},
	} {
		for _, path := range []string{"/metrics", "/healthz"} {
			req, err := http.NewRequest(http.MethodGet, "http://"+s.Addr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			if tt.header != "" {
				req.Header.Set(tt.header, "198.51.100.7")
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != tt.status {
				t.Errorf("%s%s: %d %s", name, path, res.StatusCode, text)
			}
			for _, hidden := range []string{token, secretOne, "whsec"} {
				if strings.Contains(string(text), hidden) {
					t.Errorf("%s tells %q", path, hidden)
				}
			}
		}
	}
}

// Closing leaves nothing running, whatever state connections are in.
func TestCloseLeavesNothing(t *testing.T) {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	before := runtime.NumGoroutine()
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := New([]Target{{Name: "shop", Token: token, Secrets: always(secretOne), Sink: &counting{}}}, Options{})
		s := Serve(l, r.Routes(), ServerOptions{Connections: 5, Silence: time.Hour})
		whole := request("{}", secretOne)
		for i := range 20 {
			c, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_, _ = io.WriteString(c, whole[:[]int{0, 40, len(whole) - 1, len(whole)}[i%4]])
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "the end of every goroutine", func() bool { return runtime.NumGoroutine() <= before })
}
