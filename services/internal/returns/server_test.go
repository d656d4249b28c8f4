package returns

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/config"
	"bursar/services"
)

// visitor is a server, what it told, and a clock to turn.
type visitor struct {
	*Server
	t    *testing.T
	mu   sync.Mutex
	told []services.Change
	now  time.Time
}

func start(t *testing.T, o Options) *visitor {
	t.Helper()
	v := &visitor{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	o.OnVisit = func(c services.Change) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.told = append(v.told, c)
	}
	o.Now = func() time.Time {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.now
	}
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	v.Server = s
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// later turns the clock.
func (v *visitor) later(d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = v.now.Add(d)
}

// changes returns what was told since the last call.
func (v *visitor) changes() []services.Change {
	v.mu.Lock()
	defer v.mu.Unlock()
	told := v.told
	v.told = nil
	return told
}

func (v *visitor) wants(changes ...services.Change) {
	v.t.Helper()
	if got := v.changes(); !slices.Equal(got, changes) {
		v.t.Errorf("told %v, want %v", got, changes)
	}
}

// open asks for an address and returns status, headers and text.
func (v *visitor) open(method, address string, header ...string) (int, http.Header, string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

const get = http.MethodGet

func (v *visitor) checkout(attempt string) (success, cancel string) {
	v.t.Helper()
	success, cancel, err := v.Checkout(attempt)
	if err != nil {
		v.t.Fatal(err)
	}
	return success, cancel
}

func filled(success, session string) string {
	return strings.ReplaceAll(success, "{CHECKOUT_SESSION_ID}", session)
}

func TestAddresses(t *testing.T) {
	v := start(t, Options{})
	success, cancel := v.checkout("key-1")
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/checkout/[A-Z2-7]{26}/done\?session_id=\{CHECKOUT_SESSION_ID\}$`).MatchString(success) {
		t.Errorf("success %q", success)
	}
	if u, err := url.Parse(cancel); err != nil || u.RawQuery != "" || !strings.HasPrefix(cancel, v.Base()+"/") {
		t.Errorf("cancel %q, %v", cancel, err)
	}
	if again, _ := v.checkout("key-1"); again != success {
		t.Error("the same attempt got another address")
	}
	if other, _ := v.checkout("key-2"); other == success {
		t.Error("two attempts got the same address")
	}
	portal, err := v.Portal("key-1")
	if err != nil || strings.Contains(success, strings.TrimPrefix(portal, v.Base()+"/portal/")) {
		t.Errorf("portal %q, %v", portal, err)
	}
}

func TestVisits(t *testing.T) {
	v := start(t, Options{})
	success, cancel := v.checkout("key")
	v.Bind("key", "cs_test_1")
	portal, _ := v.Portal("portal-key")
	v.Bind("portal-key", "bps_1")
	v.Bind("unknown", "cs_x")

	status, _, text := v.open(get, cancel)
	if status != 200 || !strings.Contains(text, "Nothing was paid here") {
		t.Errorf("cancel: %d\n%s", status, text)
	}
	v.wants(services.Change{Kind: services.ChangeCancelled, Ref: "cs_test_1"})

	for range 2 { // reloading is fine
		status, _, text = v.open(get, filled(success, "cs_test_other"))
		if status != 200 || !strings.Contains(text, "You can go back to the terminal") || !strings.Contains(text, "asking Stripe") {
			t.Errorf("success: %d\n%s", status, text)
		}
		if low := strings.ToLower(text); strings.Contains(low, "thank") || strings.Contains(low, "success") || strings.Contains(low, "completed") {
			t.Errorf("the page claims what it does not know:\n%s", text)
		}
		v.wants(services.Change{Kind: services.ChangeReturned, Ref: "cs_test_1"})
	}

	status, _, text = v.open(get, portal)
	if status != 200 || !strings.Contains(text, "the terminal has noticed") {
		t.Errorf("portal: %d\n%s", status, text)
	}
	v.wants(services.Change{Kind: services.ChangeReturned, Ref: "bps_1"})
}

// TestVisitBeforeBind: a person can be faster than the answer that names the
// session.
func TestVisitBeforeBind(t *testing.T) {
	v := start(t, Options{})
	success, cancel := v.checkout("key")
	for range 5 {
		v.open(get, cancel)
	}
	v.wants()
	v.open(get, filled(success, "cs_test_9"))
	v.wants(services.Change{Kind: services.ChangeReturned, Ref: "cs_test_9"})
	v.open(get, filled(success, "<script>"))
	v.wants()
	v.Bind("key", "cs_test_9")
	early := services.Change{Kind: services.ChangeCancelled, Ref: "cs_test_9"}
	v.wants(early, early)
	v.Bind("key", "cs_test_9")
	v.wants()
}

func TestWhatIsNoVisit(t *testing.T) {
	v := start(t, Options{})
	success, cancel := v.checkout("key")
	v.Bind("key", "cs_test_1")
	success = filled(success, "cs_test_1")
	tests := []struct {
		name, method, address string
		header                []string
		status                int
	}{
		{"head", http.MethodHead, success, nil, 200},
		{"post", http.MethodPost, cancel, nil, 404},
		{"prefetch", get, success, []string{"Sec-Purpose", "prefetch"}, 503},
		{"prerender", get, success, []string{"Sec-Purpose", "prefetch;prerender"}, 503},
		{"old prefetch", get, cancel, []string{"Purpose", "prefetch"}, 503},
		{"preview", get, cancel, []string{"X-Purpose", "preview"}, 503},
		{"older prefetch", get, cancel, []string{"X-Moz", "prefetch"}, 503},
		{"another host", get, success, []string{"Host", "evil.example"}, 421},
		{"another host with our port", get, success, []string{"Host", "127.0.0.1.evil.example:80"}, 421},
		{"no such state", get, v.Base() + "/checkout/AAAAAAAAAAAAAAAAAAAAAAAAAA/done?session_id=cs_test_1", nil, 404},
		{"no such page", get, v.Base() + "/", nil, 404},
		{"deeper", get, cancel + "/x", nil, 404},
		{"icon", get, v.Base() + "/favicon.ico", nil, 404},
	}
	_, _, unknown := v.open(get, v.Base()+"/nothing")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, _, text := v.open(tt.method, tt.address, tt.header...)
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if status != 200 && text != unknown {
				t.Errorf("the page tells more than that there is nothing:\n%s", text)
			}
			v.wants()
		})
	}
	for _, host := range []string{"localhost:1", "127.0.0.1", "[::1]:8", "LOCALHOST"} {
		if status, _, _ := v.open(get, cancel, "Host", host); status != 200 {
			t.Errorf("host %q: %d", host, status)
		}
	}
}

func TestStatesExpireAndAreBounded(t *testing.T) {
	v := start(t, Options{})
	success, cancel := v.checkout("key")
	v.Bind("key", "cs_test_1")
	v.later(24*time.Hour + 30*time.Minute) // Stripe's session ends after 24 hours
	if status, _, _ := v.open(get, success); status != 200 {
		t.Errorf("after 24.5 h: %d", status)
	}
	v.later(31 * time.Minute)
	v.changes()
	if status, _, _ := v.open(get, cancel); status != 404 {
		t.Errorf("after 25 h: %d", status)
	}
	v.wants()
	if again, _ := v.checkout("key"); again == success {
		t.Error("a state that was over is used again")
	}

	_, first := v.checkout("first")
	for i := range visitLimit {
		v.checkout(string(rune('a'+i%26)) + strings.Repeat("x", i))
	}
	if status, _, _ := v.open(get, first); status != 404 {
		t.Errorf("the oldest of too many: %d", status)
	}
	if n := len(v.visits.byState); n != visitLimit || len(v.visits.byAttempt) != n || len(v.visits.order) != n {
		t.Errorf("%d states are kept", n)
	}
}

func TestHeaders(t *testing.T) {
	v := start(t, Options{})
	_, cancel := v.checkout("key")
	for _, address := range []string{cancel, v.Base() + "/nothing"} {
		_, h, text := v.open(get, address)
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(csp, "unsafe") {
			t.Errorf("policy %q", csp)
		}
		_, style, _ := strings.Cut(text, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		if sum := sha256.Sum256([]byte(style)); style == "" || !strings.Contains(h.Get("Content-Security-Policy"), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Error("the policy does not allow the page's own stylesheet")
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", h)
		}
		if strings.Contains(text, "<script") || strings.Contains(text, "http://") || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("the page holds what it should not:\n%s", text)
		}
		for _, need := range []string{`<html lang="en">`, "<h1>", "<main>", `name="viewport"`, "prefers-color-scheme: dark"} {
			if !strings.Contains(text, need) {
				t.Errorf("%s is missing", need)
			}
		}
	}
}

func TestWebhookOnTheSameListener(t *testing.T) {
	webhook := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "webhook "+r.URL.Path)
	})
	v := start(t, Options{Webhook: webhook})
	address := v.Base() + config.WebhookPath + "abc"
	if status, _, text := v.open(http.MethodPost, address, "Host", "pay.example.com"); status != 200 || text != "webhook "+config.WebhookPath+"abc" {
		t.Errorf("%d %q", status, text)
	}
	without := start(t, Options{})
	if status, _, _ := without.open(http.MethodPost, without.Base()+config.WebhookPath+"abc"); status != 404 {
		t.Errorf("without a receiver: %d", status)
	}
}

func TestPortInUse(t *testing.T) {
	first := start(t, Options{})
	if first.Notice() != "" {
		t.Errorf("notice %q", first.Notice())
	}
	addr := strings.TrimPrefix(first.Base(), "http://")
	second := start(t, Options{Addr: addr})
	if second.Base() == first.Base() || !strings.Contains(second.Notice(), "is in use") || !strings.Contains(second.Notice(), second.Base()) {
		t.Errorf("%q: notice %q", second.Base(), second.Notice())
	}
	if _, err := Start(t.Context(), Options{Addr: "nonsense"}); services.CodeOf(err) != services.CodeUnavailable || services.AsError(err).Next == "" {
		t.Errorf("nonsense: %v", err)
	}
	every := start(t, Options{Addr: "0.0.0.0:0"})
	if !strings.HasPrefix(every.Base(), "http://127.0.0.1:") {
		t.Errorf("on every address: %q", every.Base())
	}
}

// TestCloseWaits: an answer under way is finished, a connection that says nothing
// does not hold the end up, and the port is free afterwards.
func TestCloseWaits(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s, err := Start(t.Context(), Options{Webhook: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		_, _ = io.WriteString(w, "done")
	})})
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(s.Base(), "http://")
	answer := make(chan string, 1)
	go func() {
		res, err := http.Post(s.Base()+config.WebhookPath+"x", "text/plain", nil)
		if err != nil {
			answer <- err.Error()
			return
		}
		b, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		answer <- string(b)
	}()
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	for { // until it does not listen any more
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-closed:
		t.Fatalf("closed with an answer under way: %v", err)
	default:
	}
	close(leave)
	if got := <-answer; got != "done" {
		t.Errorf("answer %q", got)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = l.Close()
}

// TestCloseWithAMuteConnection: browsers open connections ahead of time and say
// nothing; Shutdown alone would wait for them.
func TestCloseWithAMuteConnection(t *testing.T) {
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(s.Base(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for deadline := time.Now().Add(10 * time.Second); ; {
		s.mu.Lock()
		seen := len(s.mute) == 1
		s.mu.Unlock()
		if seen {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the connection was not noticed")
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestConcurrentVisits is for the race detector.
func TestConcurrentVisits(t *testing.T) {
	v := start(t, Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			key := string(rune('a' + i))
			_, cancel, _ := v.Checkout(key)
			v.Bind(key, "cs_"+key)
			v.open(get, cancel)
		})
	}
	wg.Wait()
	if n := len(v.changes()); n != 8 {
		t.Errorf("%d of 8 visits were told", n)
	}
}
