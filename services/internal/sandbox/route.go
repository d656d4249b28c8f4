package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
)

// route is an operation with its path taken apart.
type route struct {
	operation
	segments []string
	params   []param
}

// describe gathers all resources and their routes, fixed segments before
// variable ones.
func describe() (map[string]*resource, []route, error) {
	all := map[string]*resource{}
	var routes []route
	for _, group := range [][]*resource{platformResources(), catalogueResources(), customerResources(), paymentResources(), checkoutResources(), billingResources(), portalResources(), disputeResources(), discountResources(), rateResources()} {
		for _, r := range group {
			all[r.object] = r
			if r.blank != "" {
				var err error
				if r.fields, err = parseObject([]byte(r.blank)); err != nil {
					return nil, nil, fmt.Errorf("reading the fields of %s: %w", r.object, err)
				}
			}
			for _, op := range r.ops {
				params := append([]param{opt("expand", arrayOf(text))}, op.params...)
				routes = append(routes, route{op, strings.Split(op.path, "/"), params})
			}
		}
	}
	sort.SliceStable(routes, func(i, j int) bool { return strings.Count(routes[i].path, ":") < strings.Count(routes[j].path, ":") })
	return all, routes, nil
}

func (s *Server) route(method, path string) (*route, map[string]string) {
	segments := strings.Split(path, "/")
	for i := range s.routes {
		r := &s.routes[i]
		if r.method == method && len(r.segments) == len(segments) {
			if vars, ok := capture(r.segments, segments); ok {
				return r, vars
			}
		}
	}
	return nil, nil
}

func capture(pattern, segments []string) (map[string]string, bool) {
	vars := map[string]string{}
	for i, p := range pattern {
		switch {
		case strings.HasPrefix(p, ":") && segments[i] != "":
			vars[p[1:]] = segments[i]
		case p != segments[i]:
			return nil, false
		}
	}
	return vars, true
}

func fillPath(path string, vars map[string]string) string {
	for name, value := range vars {
		path = strings.Replace(path, ":"+name, value, 1)
	}
	return path
}

// beyond are families of Stripe's API that this sandbox leaves out on purpose.
var beyond = strings.Fields("issuing identity terminal treasury reporting climate test_helpers apps sigma forwarding account_links account_sessions application_fees transfers topups country_specs payouts quotes subscription_schedules payment_links credit_notes plans tokens sources files file_links subscription_items balance mandates radar reviews ephemeral_keys stripecli")

// lacking are operations of Stripe's on what this sandbox does have. They are
// refused by name, so that nobody takes them for a mistyped address.
var lacking = strings.Fields(`
POST/v1/payment_intents POST/v1/payment_intents/:id/confirm POST/v1/payment_intents/:id/increment_authorization
POST/v1/setup_intents POST/v1/setup_intents/:id POST/v1/setup_intents/:id/confirm POST/v1/setup_intents/:id/cancel
POST/v1/disputes/:id POST/v1/disputes/:id/close
POST/v1/charges POST/v1/charges/:id/capture GET/v1/charges/:id/refunds POST/v1/refunds/:id/cancel
POST/v1/subscriptions POST/v1/subscriptions/:id/resume
POST/v1/invoices POST/v1/invoices/:id DELETE/v1/invoices/:id GET/v1/invoices/upcoming GET/v1/invoices/upcoming/lines
POST/v1/invoices/:id/finalize POST/v1/invoices/:id/pay POST/v1/invoices/:id/send POST/v1/invoices/:id/void POST/v1/invoices/:id/mark_uncollectible
POST/v1/invoiceitems POST/v1/invoiceitems/:id DELETE/v1/invoiceitems/:id POST/v1/balance/settings POST/v1/accounts
GET/v1/customers/:id/sources POST/v1/customers/:id/sources GET/v1/customers/:id/tax_ids POST/v1/customers/:id/tax_ids
GET/v1/customers/:id/balance_transactions POST/v1/customers/:id/balance_transactions GET/v1/customers/:id/cash_balance
`)

func unknownRoute(method, path string) *apiError {
	parts := strings.Split(path, "/")
	for _, known := range lacking {
		if pattern, ok := strings.CutPrefix(known, method); ok && strings.Count(pattern, "/") == len(parts)-1 {
			if _, same := capture(strings.Split(pattern, "/"), parts); same {
				return refused("", "%s %s", method, path)
			}
		}
	}
	for _, name := range beyond {
		if len(parts) > 2 && (parts[2] == name || parts[1] == "v2") {
			return invalid("", "", "This sandbox does not support %s. It has customers, products, prices, checkout sessions, payments, refunds, disputes, subscriptions, invoices, the billing portal, events and webhook endpoints.", strings.Join(parts[1:3], "/"))
		}
	}
	message := "Unrecognized request URL (" + method + ": " + path + "). "
	if strings.HasSuffix(path, "/") && len(path) > 4 {
		message += "If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. "
	}
	message += "Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
	return &apiError{status: http.StatusNotFound, kind: invalidRequest, message: message}
}

// request is one API request on its way.
type request struct {
	id     string // "req_…"
	key    string // idempotency key, of a POST
	access access
	route  *route
	vars   map[string]string
	form   *node
}

// api answers one API request.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	q := &request{id: "req_" + randomText(14)}
	h := w.Header()
	h.Set("Request-Id", q.id)
	h.Set("Stripe-Version", APIVersion)
	h.Set("Cache-Control", "no-cache, no-store")
	if s.o.Faults.Request != nil {
		if f := s.o.Faults.Request(r); f != nil {
			f.answer(w, r)
			return
		}
	}
	if err := s.accept(q, r); err != nil {
		if e := asAPIError(err); e.status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", `Basic realm="Stripe"`)
		}
		writeError(w, err)
		return
	}
	h.Set("Stripe-Should-Retry", "false")
	if q.key != "" {
		h.Set("Idempotency-Key", q.key)
	}
	if r.Method == http.MethodPost && q.key != "" {
		s.once(w, q, r.URL.Path)
		return
	}
	p, err := s.carryOut(q, nil)
	respond(w, p, err)
}

// accept checks key, route and form of a request.
func (s *Server) accept(q *request, r *http.Request) (err error) {
	if q.access, err = authenticate(r); err != nil {
		return err
	}
	if r.Header.Get("Stripe-Account") != "" {
		return refused("", "Connect: the Stripe-Account header names another account")
	}
	if q.route, q.vars = s.route(r.Method, r.URL.Path); q.route == nil {
		return unknownRoute(r.Method, r.URL.Path)
	}
	if q.access == publishable && !q.route.publishable {
		return &apiError{status: http.StatusForbidden, kind: invalidRequest, code: "secret_key_required", message: "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys."}
	}
	if r.Method == http.MethodPost {
		q.key = r.Header.Get("Idempotency-Key")
		if len(q.key) > 255 {
			return invalid("", "", "Idempotency keys are limited to 255 characters.")
		}
	}
	q.form, err = readForm(r)
	return err
}

// carryOut runs an operation in its transaction. note, when given, records the
// answer in the same transaction.
func (s *Server) carryOut(q *request, note func(*tx, *reply)) (*reply, error) {
	var p *reply
	work := func(t *tx) error {
		given, err := validate(t, q.form, q.route.params)
		if err != nil {
			return err
		}
		var expand []string
		for _, e := range itemsAt(given, "expand") {
			expand = append(expand, e.(string))
		}
		out, err := q.route.run(&call{tx: t, vars: q.vars, given: given, publishable: q.access == publishable})
		if err == nil {
			out, err = t.show(out, expand)
		}
		if e := asAPIError(err); err != nil {
			if e.keep && note != nil {
				note(t, &reply{status: e.status, body: pretty(e.body()), request: q.id})
			}
			return err
		}
		p = &reply{status: http.StatusOK, body: pretty(out), request: q.id}
		if note != nil {
			note(t, p)
		}
		return nil
	}
	if q.route.method == http.MethodGet {
		err := s.read(work)
		return p, err
	}
	err := s.write(cause{q.id, q.key}, work)
	return p, err
}

func asAPIError(err error) *apiError {
	var e *apiError
	if err != nil && !errors.As(err, &e) {
		e = broken("An unknown error occurred")
	}
	return e
}

func respond(w http.ResponseWriter, p *reply, err error) {
	if err != nil {
		writeError(w, err)
		return
	}
	writeBody(w, p.status, p.body)
}

func writeError(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	writeBody(w, e.status, pretty(e.body()))
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone; what was done stays done
}

func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	for i := range b {
		b[i] = base62[int(b[i])%len(base62)]
	}
	return string(b)
}

func (f *Fault) answer(w http.ResponseWriter, r *http.Request) {
	if f.Hang {
		<-r.Context().Done()
		return
	}
	if f.Body != "" {
		writeBody(w, f.Status, []byte(f.Body))
		return
	}
	e := &apiError{status: f.Status, kind: invalidRequest, message: "A fault that was asked for."}
	switch {
	case f.Status >= 500:
		e.kind, e.message = "api_error", "An unknown error occurred"
	case f.Status == http.StatusTooManyRequests:
		e.code, e.message = "rate_limit", "Testmode request rate limit exceeded, the rate limits in testmode are lower than livemode. You can learn more about rate limits here https://stripe.com/docs/rate-limits."
	}
	writeError(w, e)
}
