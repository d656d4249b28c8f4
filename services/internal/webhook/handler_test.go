package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

// memory is a sink that may fail.
type memory struct {
	mu   sync.Mutex
	raws [][]byte
	err  error
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memory) Add(_ context.Context, source services.EventSource, raws [][]byte) (int, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return 0, 0, m.err
	}
	if source != services.SourceWebhook {
		return 0, 0, errors.New("wrong source")
	}
	for _, raw := range raws {
		m.raws = append(m.raws, bytes.Clone(raw))
	}
	return len(raws), 0, nil
}

const token = "3f786850e387550fdab836ed7e6dc881de23001b"

type receiver struct {
	*httptest.Server
	*Receiver
	sink    *memory
	log     *record
	mu      sync.Mutex
	now     time.Time
	secrets func(context.Context) ([]Secret, error)
}

// record is a log that may be read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *record) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *record) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// set changes what the receiver's parts read.
func (r *receiver) set(change func(*receiver)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

func (r *receiver) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *receiver) ask(ctx context.Context) ([]Secret, error) {
	r.mu.Lock()
	ask := r.secrets
	r.mu.Unlock()
	return ask(ctx)
}

// always answers with secrets that never end.
func always(values ...string) func(context.Context) ([]Secret, error) {
	return func(context.Context) ([]Secret, error) { return secrets(values...), nil }
}

func serve(t *testing.T) *receiver {
	r := &receiver{sink: &memory{}, log: &record{}, now: signedAt, secrets: always(secretOne, secretTwo)}
	other := &memory{err: errors.New("another profile's sink was used")}
	r.Receiver = New([]Target{
		{Name: "shop", Token: token, Secrets: r.ask, Sink: r.sink},
		{Name: "other", Token: "other", Secrets: always("whsec_other"), Sink: other},
		{Name: "none", Token: "", Sink: other},
	}, Options{Now: r.clock, Log: slog.New(slog.NewTextHandler(r.log, nil)), Retry: 7 * time.Second})
	r.Server = httptest.NewServer(r.Routes())
	t.Cleanup(func() {
		r.Server.Close()
		if err := r.Receiver.Close(); err != nil {
			t.Error(err)
		}
		if held := r.opts.Limits.Bytes - r.room.left.Load(); held != 0 {
			t.Errorf("%d bytes of bodies are still counted", held)
		}
	})
	return r
}

// post sends a delivery as Stripe does; change may alter the request.
func (r *receiver) post(t *testing.T, content io.Reader, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.URL+PathPrefix+token, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	req.Header.Set(SignatureHeader, "t=1795003200,v1="+signedOne)
	if change != nil {
		change(req)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestDeliveryIsStoredAsItCame(t *testing.T) {
	r := serve(t)
	res, text := r.post(t, strings.NewReader(payload), nil)
	if res.StatusCode != http.StatusOK || !strings.Contains(text, "received") {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if len(r.sink.raws) != 1 || string(r.sink.raws[0]) != payload {
		t.Errorf("stored %q", r.sink.raws)
	}
}

func TestRefusals(t *testing.T) {
	large := strings.Repeat("a", maxBody+1)
	for name, tt := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		words  string
	}{
		"unknown token":    {payload, func(r *http.Request) { r.URL.Path = PathPrefix + "x" }, 404, "No webhook"},
		"no token":         {payload, func(r *http.Request) { r.URL.Path = PathPrefix }, 404, "No webhook"},
		"more than token":  {payload, func(r *http.Request) { r.URL.Path += "/x" }, 404, "No webhook"},
		"elsewhere":        {payload, func(r *http.Request) { r.URL.Path = "/" }, 404, "No webhook"},
		"other profile":    {payload, func(r *http.Request) { r.URL.Path = PathPrefix + "other" }, 400, "no signing secret matches"},
		"GET":              {payload, func(r *http.Request) { r.Method = http.MethodGet }, 405, "POST"},
		"form":             {payload, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415, "json"},
		"no content type":  {payload, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "json"},
		"empty":            {"", nil, 400, "empty"},
		"too large":        {large, nil, 413, "1 MiB"},
		"too large, parts": {large, func(r *http.Request) { r.ContentLength = -1 }, 413, "1 MiB"},
		"unsigned":         {payload, func(r *http.Request) { r.Header.Del(SignatureHeader) }, 400, "missing or malformed"},
		"forged":           {payload + " ", nil, 400, "no signing secret matches"},
		"replayed": {payload, func(r *http.Request) {
			r.Header.Set(SignatureHeader, Sign([]byte(payload), []string{secretOne}, signedAt.Add(-time.Hour)))
		}, 400, "clock"},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t)
			res, text := r.post(t, strings.NewReader(tt.body), tt.change)
			if res.StatusCode != tt.status || !strings.Contains(text, tt.words) {
				t.Errorf("%d %q; want %d and %q", res.StatusCode, text, tt.status, tt.words)
			}
			if len(r.sink.raws) != 0 {
				t.Errorf("stored %q", r.sink.raws)
			}
			if allow := res.Header.Get("Allow"); (tt.status == 405) != (allow == "POST") {
				t.Errorf("Allow %q", allow)
			}
			for _, secret := range []string{secretOne, token, "evt_1"} {
				if strings.Contains(r.log.String()+text, secret) {
					t.Errorf("the answer or the log tells %q", secret)
				}
			}
		})
	}
}

func TestLargestBodyPasses(t *testing.T) {
	r := serve(t)
	largest := append([]byte(`{}`), bytes.Repeat([]byte(" "), maxBody-2)...)
	res, text := r.post(t, bytes.NewReader(largest), func(req *http.Request) {
		req.Header.Set(SignatureHeader, Sign(largest, []string{secretTwo}, signedAt))
	})
	if res.StatusCode != http.StatusOK || len(r.sink.raws) != 1 || len(r.sink.raws[0]) != maxBody {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestSenderIsToldToComeAgain(t *testing.T) {
	r := serve(t)
	check := func(why string) {
		t.Helper()
		res, text := r.post(t, strings.NewReader(payload), nil)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "7" || strings.Contains(text, why) {
			t.Errorf("%d, Retry-After %q, %q", res.StatusCode, res.Header.Get("Retry-After"), text)
		}
		if !strings.Contains(r.log.String(), why) {
			t.Errorf("the log does not tell %q: %s", why, r.log)
		}
	}
	r.set(func(r *receiver) {
		r.secrets = func(context.Context) ([]Secret, error) { return nil, errors.New("keyring locked") }
	})
	check("keyring locked")
	r.set(func(r *receiver) { r.secrets = always(secretOne) })
	r.sink.fail(errors.New("disk full"))
	check("disk full")
	r.sink.fail(nil)
	if res, _ := r.post(t, strings.NewReader(payload), nil); res.StatusCode != http.StatusOK {
		t.Errorf("after the fault: %d", res.StatusCode)
	}
}

// 2xx is answered after the event is stored, not before.
func TestAnswerWaitsForTheSink(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	sink := sinkFunc(func(ctx context.Context) error {
		close(began)
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	handler := New([]Target{{Token: token, Sink: sink, Secrets: always(secretOne)}}, Options{Now: func() time.Time { return signedAt }})
	defer func() { _ = handler.Close() }()
	server := httptest.NewServer(handler)
	defer server.Close()
	r := &receiver{Server: server}
	answered := make(chan int, 1)
	go func() {
		res, _ := r.post(t, strings.NewReader(payload), nil)
		answered <- res.StatusCode
	}()
	<-began
	select {
	case status := <-answered:
		t.Errorf("answered %d before it was stored", status)
	default:
	}
	close(release)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("answered %d", status)
	}
}

type sinkFunc func(context.Context) error

func (f sinkFunc) Add(ctx context.Context, _ services.EventSource, raws [][]byte) (int, int, error) {
	return len(raws), 0, f(ctx)
}
