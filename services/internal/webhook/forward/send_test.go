package forward

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bursar/services"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, "": 0, "-1": 0, "soon": 0, "100000": maxWait, "99999999999999999999": 0,
		"Mon, 23 Nov 2026 12:00:30 GMT": 30 * time.Second, "Mon, 23 Nov 2026 11:00:00 GMT": 0, "Tue, 24 Nov 2026 12:00:00 GMT": maxWait,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	source := &fake{}
	source.add(event("a", 0, "a.b"))
	asked := make(chan struct{}, 10)
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	q := open(t, file(t))
	f := start(t, q, soon(source), Destination{URL: server, Secret: secret})
	<-asked
	eventually(t, "the log", func() bool { return len(log(t, q)) == 1 })
	source.add(event("b", 0, "a.b"))
	eventually(t, "the other one", func() bool { return f.States()[0].Waiting == 2 })
	if d := log(t, q)[0]; d.Next.Sub(d.Time) < 119*time.Second {
		t.Errorf("%+v", d)
	}
	stop(t, f)
	if len(asked) != 0 {
		t.Error("it was asked again at once")
	}
}

func TestAnswers(t *testing.T) {
	elsewhere := newProgram(t, nil)
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		status  int
		problem string
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 307, "HTTP 307: redirects are not followed"},
		"created":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }, 201, ""},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204, ""},
		"gone":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, 410, "HTTP 410"},
		"html": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			_, _ = w.Write([]byte("<html>Bad gateway"))
		}, 502, "HTTP 502"},
		"escapes": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = w.Write([]byte("\n no \x1b[31mred\x1b[0m \u202eback" + strings.Repeat("x", 500) + "\nsecond"))
		}, 500, "HTTP 500: no red back" + strings.Repeat("x", 189) + "…"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, 200, ""},
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "no answer in time"},
		"cut":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "the connection was closed without an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Timeout: 200 * time.Millisecond}.withDefaults()
			s := newSender(Destination{URL: newServer(t, tt.handler), Secret: secret}, o)
			defer s.close()
			if a := s.send(t.Context(), []byte("{}")); a.status != tt.status || a.problem != tt.problem {
				t.Errorf("%+v", a)
			}
		})
	}
	if got := elsewhere.ids(false); len(got) != 0 {
		t.Errorf("the redirect was followed")
	}
}

func TestCertificates(t *testing.T) {
	server := newTLSServer(t)
	for skip, want := range map[bool]int{false: 0, true: 200} {
		s := newSender(Destination{URL: server, Secret: secret, SkipVerify: skip}, Options{}.withDefaults())
		a := s.send(t.Context(), []byte("{}"))
		if a.status != want || !skip && !strings.Contains(a.problem, "certificate") {
			t.Errorf("skip %v: %+v", skip, a)
		}
		s.close()
	}
	for address, fine := range map[string]bool{"127.0.0.1:443": true, "[::1]:443": true, "93.184.215.14:443": false, "10.0.0.1:443": false, "nonsense": false} {
		if err := onlyThisMachine("tcp", address, nil); (err == nil) != fine {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestSecretFor(t *testing.T) {
	one, two := SecretFor("sk_test_1", "http://localhost/a"), SecretFor("sk_test_1", "http://localhost/b")
	if one != SecretFor("sk_test_1", "http://localhost/a") || one == two || one == SecretFor("sk_test_2", "http://localhost/a") {
		t.Error("a secret is one destination's and one key's")
	}
	if err := services.CheckSigningSecret(one); err != nil || len(one) != 70 {
		t.Errorf("%q: %v", one, err)
	}
}

func TestBackoff(t *testing.T) {
	b := Backoff{time.Second, time.Minute}
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 7: time.Minute, 1000: time.Minute} {
		for range 100 {
			if got := b.after(failures); got < want*4/5 || got > want*6/5 {
				t.Fatalf("after %d failures %v, want about %v", failures, got, want)
			}
		}
	}
}
