package pages

import (
	"crypto/rand"
	"embed"
	"log/slog"
	"net/http"
	"time"
)

// Options are what the pages need beside their Backend. Every field may be left
// at its zero value.
type Options struct {
	// Now tells the time; time.Now when nil.
	Now func() time.Time
	// Secret keys the form tokens. A page stays usable for as long as the secret
	// stays the same; a random one, good for this handler only, when empty.
	Secret []byte
	// Logger receives what went wrong inside, never an address with a token in
	// it; nothing is logged when nil.
	Logger *slog.Logger
}

//go:embed style.css icon.svg countries.txt
var files embed.FS

// server draws the pages of one Backend.
type server struct {
	backend   Backend
	now       func() time.Time
	secret    []byte
	log       *slog.Logger
	countries []choice
	assets    assets
}

// New returns the handler of every address in the package comment and of
// /assets/, where the stylesheet and the icon are. Anything else below it is a
// page that says so, with status 404. It does not check the Host header: the
// server it is mounted in does.
func New(b Backend, o Options) http.Handler {
	s := &server{backend: b, now: o.Now, secret: o.Secret, log: o.Logger}
	if s.now == nil {
		s.now = time.Now
	}
	if len(s.secret) == 0 {
		s.secret = make([]byte, 32)
		_, _ = rand.Read(s.secret) // documented never to fail
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.countries = readCountries()
	s.assets = readAssets()
	return s.guard(s.routes())
}

// routes names every address once.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	at := func(path string, get, post http.HandlerFunc) { mux.HandleFunc(path, s.methods(get, post)) }

	at("/c/pay/{session}", s.checkout, s.pay)
	at("/c/pay/{session}/order", nil, s.changeOrder)
	at("/c/pay/{session}/recover", nil, s.recoverCheckout)
	at("/c/{short}", s.short, nil)
	at("/c/3ds/{session}/{intent}", s.challenge, s.answer)

	const portal = "/p/session/{token}"
	at(portal, s.portal, nil)
	at(portal+"/subscriptions/{subscription}/cancel", s.cancelPlan, s.confirmCancel)
	at(portal+"/subscriptions/{subscription}/resume", nil, s.resumePlan)
	at(portal+"/subscriptions/{subscription}/update", s.choosePlan, nil)
	at(portal+"/subscriptions/{subscription}/update/confirm", s.askPlan, s.updatePlan)
	at(portal+"/done", s.flowOver, nil)
	at(portal+"/payment-methods/add", s.newCard, s.addCard)
	at(portal+"/payment-methods/{card}/default", nil, s.defaultCard)
	at(portal+"/payment-methods/{card}/remove", s.askRemove, s.removeCard)
	at(portal+"/billing", s.editBilling, s.saveBilling)

	at("/i/{invoice}", s.invoice, nil)
	at("/r/{charge}", s.receipt, nil)
	at("/assets/{file}", s.asset, nil)
	mux.HandleFunc("/", s.notFound)
	return mux
}

// methods sends GET and HEAD to get and POST to post, and answers 405 with a
// page for the rest.
func (s *server) methods(get, post http.HandlerFunc) http.HandlerFunc {
	allow := ""
	if get != nil {
		allow = "GET, HEAD"
	}
	if post != nil {
		if allow != "" {
			allow += ", "
		}
		allow += http.MethodPost
	}
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case get != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			get(w, r)
		case post != nil && r.Method == http.MethodPost:
			post(w, r)
		default:
			w.Header().Set("Allow", allow)
			s.message(w, r, http.StatusMethodNotAllowed)
		}
	}
}
