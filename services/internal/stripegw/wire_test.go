package stripegw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"bursar/services"
)

// hanging never answers: it waits until the client is gone.
func hanging(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// dripping begins an answer and never ends it.
func dripping(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, `{"id":"cus_1",`)
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func TestWireFaults(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	_ = closed.Close()
	untrusted := httptest.NewUnstartedServer(answer(200, customerJSON))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell that it is not trusted
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	elsewhere := &script{steps: []http.HandlerFunc{answer(200, customerJSON)}}
	other := httptest.NewServer(elsewhere)
	t.Cleanup(other.Close)

	cases := []struct {
		name      string
		handler   http.HandlerFunc
		base      string
		timeout   time.Duration
		message   string
		ambiguous bool // of a write
	}{
		{"hangs", hanging, "", 50 * time.Millisecond, "did not answer within the time limit of 50ms", true},
		{"slow body", dripping, "", 50 * time.Millisecond, "did not answer within the time limit of 50ms", true},
		{"reset", reset, "", 0, "cannot be reached: ", true},
		{"refused", nil, nobody, 0, "cannot be reached: connection refused", false},
		{"untrusted", nil, untrusted.URL, 0, "certificate cannot be trusted", false},
		{"redirected", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }, "", 0, "HTTP 302", true},
		{"cut off", withHeader("Content-Length", "500", answer(200, `{"id":`)), "", 0, "broke off in the middle", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			handler := c.handler
			if handler == nil {
				handler = answer(200, customerJSON)
			}
			g := gatewayTo(t, handler, func(o *Options) {
				o.Timeout = c.timeout
				if c.base != "" {
					o.BaseURL = c.base
				}
			})
			_, err := g.CreateCustomer(t.Context(), services.NewCustomer{Email: "a@b.c"}, "")
			e := services.AsError(err)
			if e == nil || e.Code != services.CodeUnavailable || !strings.Contains(e.Message, c.message) || e.Next == "" {
				t.Fatalf("got %#v", e)
			}
			var a interface{ Ambiguous() bool }
			if !errors.As(err, &a) || a.Ambiguous() != c.ambiguous {
				t.Errorf("ambiguous: want %v", c.ambiguous)
			}
			_, err = g.Customer(t.Context(), "cus_1")
			if errors.As(err, &a) && a.Ambiguous() {
				t.Error("a read can do nothing")
			}
		})
	}
	if n := len(elsewhere.requests()); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

func TestCallerGivesUp(t *testing.T) {
	arrived := make(chan struct{}, 1)
	g := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { arrived <- struct{}{}; hanging(w, r) }))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := g.Customer(ctx, "cus_1")
	if services.CodeOf(err) != services.CodeUnavailable || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "given up") {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 40*time.Millisecond)
	defer cancel()
	_, err = g.Customer(ctx, "cus_1")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "time limit of 40ms") {
		t.Errorf("deadline: %v", err)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait that outlasts the time limit: %v", err)
	}
	if err := sleep(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}
}

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		attempt     int
		asked, want time.Duration
	}{{0, 0, 500 * time.Millisecond}, {1, 0, time.Second}, {2, 0, 2 * time.Second}, {0, 3 * time.Second, 3 * time.Second}, {0, time.Minute, 5 * time.Second}, {9, 0, 5 * time.Second}} {
		for range 20 {
			if d := backoff(c.attempt, c.asked); d < c.want || d > c.want+c.want/5 {
				t.Errorf("attempt %d, asked %v: %v", c.attempt, c.asked, d)
			}
		}
	}
}

func TestTooLongAnswer(t *testing.T) {
	g := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range maxAnswer>>20 + 1 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	if _, err := g.Customer(t.Context(), "cus_1"); !strings.Contains(fmt.Sprint(err), "longer than 32 MiB") {
		t.Errorf("got %v", err)
	}
}

// slowConnection is a network that takes no connection.
type slowConnection struct{}

func (slowConnection) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

func TestNoConnectionAndNoKey(t *testing.T) {
	g := New(Options{Key: testKey, MaxRetries: -1, Transport: slowConnection{}})
	_, err := g.Account(t.Context())
	if services.CodeOf(err) != services.CodeUnavailable || !strings.Contains(err.Error(), "Stripe cannot be reached: no connection within 8s") {
		t.Errorf("no connection: %v", err)
	}
	_, err = New(Options{Transport: slowConnection{}}).Account(t.Context())
	if services.CodeOf(err) != services.CodeNotConfigured {
		t.Errorf("no key: %v", err)
	}
}

func TestKeyIsNotLogged(t *testing.T) {
	var lines strings.Builder
	g := gatewayTo(t, answer(200, customerJSON), func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if _, err := g.Customer(t.Context(), "cus_1"); err != nil {
		t.Fatal(err)
	}
	if text := lines.String(); !strings.Contains(text, "request=req_test1") || strings.Contains(text, testKey[8:]) {
		t.Errorf("logged %q", text)
	}
}

func TestCauseHoldsNoAddress(t *testing.T) {
	g := New(Options{Key: testKey, MaxRetries: -1, Transport: slowConnection{}})
	_, err := g.CustomersByEmail(t.Context(), "jane@example.com")
	if text := fmt.Sprint(services.AsError(err).Err); strings.Contains(text, "jane") || !strings.Contains(text, "dial") {
		t.Errorf("cause %q", text)
	}
}
