package app_test

import (
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/sandbox"
)

// patience is how long a test waits for what happens in the background.
const patience = 15 * time.Second

// home is one person's folders, with a keyring and a clock of their own.
type home struct {
	t     *testing.T
	dir   string
	env   map[string]string
	ring  *ring        // nil: the machine has none
	ahead atomic.Int64 // how far the clock is moved, nanoseconds
}

// newHome makes an empty home. env are names and values, in turn.
func newHome(t *testing.T, env ...string) *home {
	h := &home{t: t, dir: t.TempDir(), ring: &ring{held: map[string]string{}}, env: map[string]string{"BROWSER": "none"}}
	h.env["BURSAR_HOME"] = h.dir
	for i := 0; i+1 < len(env); i += 2 {
		h.env[env[i]] = env[i+1]
	}
	return h
}

func (h *home) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

func (h *home) paths() config.Paths {
	paths, err := config.ResolvePaths(h.getenv, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return paths
}

func (h *home) getenv(name string) string { return h.env[name] }

// desks is what a process started in this home has.
func (h *home) desks() *app.Desks {
	h.t.Helper()
	paths := h.paths()
	store := config.NewStore(paths)
	secrets := config.SecretOptions{Paths: paths, Getenv: h.getenv}
	if h.ring != nil {
		secrets.Keyring = h.ring
	}
	cfg, err := store.Load(config.Flags{}, h.getenv)
	if err != nil {
		h.t.Fatal(err)
	}
	return app.New(app.Options{
		Paths: paths, Store: store, Config: cfg, Getenv: h.getenv, Now: h.now, Log: slog.New(slog.DiscardHandler),
		Secrets: config.OpenSecrets(secrets),
	})
}

// open opens a profile in a process of its own; it is closed with the test.
func (h *home) open(profile string, use app.Use) *services.Desk {
	h.t.Helper()
	d, _, err := h.desks().Open(h.t.Context(), profile, use)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			h.t.Errorf("closing %s: %v", profile, err)
		}
	})
	return d
}

// openShop opens a new demo shop.
func openShop(t *testing.T, use app.Use) *services.Desk {
	t.Helper()
	return newHome(t).open(services.SandboxProfile, use)
}

// ring is a keyring in memory.
type ring struct {
	mu   sync.Mutex
	held map[string]string
}

func (r *ring) Get(service, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.held[service+"/"+user]; ok {
		return v, nil
	}
	return "", config.ErrNoSecret
}

func (r *ring) Set(service, user, secret string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[service+"/"+user] = secret
	return nil
}

func (r *ring) Delete(service, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.held, service+"/"+user)
	return nil
}

// stripe stands in for Stripe: a demo shop whose requests are counted and whose
// connection can be disturbed.
type stripe struct {
	*httptest.Server
	shop    *sandbox.Server
	mu      sync.Mutex
	asked   []string // "POST /v1/customers"
	disturb func(w http.ResponseWriter, r *http.Request, serve http.Handler)
}

func newStripe(t *testing.T) *stripe {
	t.Helper()
	s := &stripe{Server: httptest.NewUnstartedServer(nil)}
	shop, err := sandbox.New(sandbox.Options{Data: filepath.Join(t.TempDir(), "stripe.db"), URL: "http://" + s.Listener.Addr().String(), Seed: true})
	if err != nil {
		t.Fatal(err)
	}
	s.shop, s.Config.Handler = shop, s
	s.Start()
	t.Cleanup(func() {
		s.Close()
		if err := shop.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stripe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	disturb := s.disturb
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	}
	s.mu.Unlock()
	if disturb != nil && strings.HasPrefix(r.URL.Path, "/v1/") {
		disturb(w, r, s.shop)
		return
	}
	s.shop.ServeHTTP(w, r)
}

// meanwhile disturbs every API request while fn runs.
func (s *stripe) meanwhile(disturb func(http.ResponseWriter, *http.Request, http.Handler), fn func()) {
	set := func(d func(http.ResponseWriter, *http.Request, http.Handler)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.disturb = d
	}
	set(disturb)
	defer set(nil)
	fn()
}

// count is how many requests begin like this.
func (s *stripe) count(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

// cut breaks the connection before the request is read.
func cut(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// deaf does what is asked and breaks the connection in place of the answer.
func deaf(_ http.ResponseWriter, r *http.Request, serve http.Handler) {
	serve.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// says answers everything with one of Stripe's errors.
func says(status int, body string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_said")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// page is a loaded web page.
type page struct {
	t      *testing.T
	url    *url.URL
	status int
	text   string
}

// browse loads an address like a browser, redirects followed.
func browse(t *testing.T, method, address string, form url.Values) page {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", u.Scheme+"://"+u.Host)
	}
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := web.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{t, res.Request.URL, res.StatusCode, string(text)}
}

func visit(t *testing.T, address string) page {
	t.Helper()
	return browse(t, http.MethodGet, address, nil)
}

var (
	formTag  = regexp.MustCompile(`(?s)<form[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>`)
	fieldTag = regexp.MustCompile(`<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"[^>]*>`)
	valueOf  = regexp.MustCompile(`\bvalue="([^"]*)"`)
)

// submit fills the page's first form in and sends it. Fields that the form does
// not have are left out.
func (p page) submit(fields map[string]string) page {
	p.t.Helper()
	m := formTag.FindStringSubmatch(p.text)
	if m == nil {
		p.t.Fatalf("%s (HTTP %d) has no form:\n%.2000s", p.url, p.status, p.text)
	}
	form := url.Values{}
	for _, f := range fieldTag.FindAllStringSubmatch(m[2], -1) {
		value := ""
		if v := valueOf.FindStringSubmatch(f[0]); v != nil && !strings.Contains(f[0], `type="radio"`) {
			value = html.UnescapeString(v[1])
		}
		form.Set(f[1], value)
	}
	for name, value := range fields {
		if form.Has(name) {
			form.Set(name, value)
		}
	}
	action, err := p.url.Parse(html.UnescapeString(m[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return browse(p.t, http.MethodPost, action.String(), form)
}

// follow opens the page's first link whose tag matches.
func (p page) follow(pattern string) page {
	p.t.Helper()
	for _, tag := range regexp.MustCompile(`<a\b[^>]*\bhref="([^"]*)"[^>]*>`).FindAllStringSubmatch(p.text, -1) {
		if regexp.MustCompile(pattern).MatchString(tag[0]) {
			to, err := p.url.Parse(html.UnescapeString(tag[1]))
			if err != nil {
				p.t.Fatal(err)
			}
			return visit(p.t, to.String())
		}
	}
	p.t.Fatalf("%s has no link like %s", p.url, pattern)
	return page{}
}

// Test cards.
const (
	goodCard     = "4242 4242 4242 4242"
	declinedCard = "4000 0000 0000 0002"
)

// pay fills a hosted checkout page in and submits it.
func pay(t *testing.T, address, card string) page {
	t.Helper()
	return visit(t, address).submit(map[string]string{
		"email": "buyer@example.com", "cardNumber": card, "cardExpiry": "12 / 34", "cardCvc": "123",
		"billingName": "Ada Example", "billingCountry": "DE", "billingPostalCode": "10115",
	})
}

// eventually calls fn until it returns nil.
func eventually(t *testing.T, what string, fn func() error) {
	t.Helper()
	err := errors.New("not tried")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = fn(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// await waits for a change that the desk tells.
func await(t *testing.T, changes <-chan services.Change, want services.Change) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case c, open := <-changes:
			if !open {
				t.Fatalf("the watch ended before %v", want)
			}
			if c == want {
				return
			}
		case <-late:
			t.Fatalf("%v was not told", want)
		}
	}
}

// offer is the checked price of the row whose name begins like this.
func offer(t *testing.T, d *services.Desk, name string) services.Product {
	t.Helper()
	rows, err := d.Products.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if strings.HasPrefix(r.Name, name) {
			return r
		}
	}
	t.Fatalf("the shop has no %s", name)
	return services.Product{}
}

// sell opens a checkout for one of each.
func sell(t *testing.T, d *services.Desk, r services.CheckoutRequest, names ...string) services.Session {
	t.Helper()
	for _, name := range names {
		r.Items = append(r.Items, services.Item{Price: offer(t, d, name).PriceID, Quantity: 1})
	}
	s, err := d.Checkout.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refuse checks an error's code, field and part of its message, and that it says
// what to do next.
func refuse(t *testing.T, err error, code services.Code, field, message string) *services.Error {
	t.Helper()
	e := &services.Error{}
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if e.Code != code || e.Field != field || !strings.Contains(e.Message, message) || e.Next == "" {
		t.Errorf("got code %s field %q message %q next %q, want %s %q %q", e.Code, e.Field, e.Message, e.Next, code, field, message)
	}
	return e
}
