package stripegw

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// maxAnswer is the longest answer that is read, in bytes. A page of a hundred
// large events is a few megabytes.
const maxAnswer = 32 << 20

var errTooLong = errors.New("the answer is longer than 32 MiB")

// newClient returns a client that never follows a redirect: Stripe sends none,
// and a key must not travel to where one points.
func newClient(next http.RoundTripper, proxy func(*http.Request) (*url.URL, error)) *http.Client {
	if next == nil {
		next = &http.Transport{
			Proxy:                 proxy,
			DialContext:           (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          16,
			MaxIdleConnsPerHost:   16, // more than a backfill keeps busy
			IdleConnTimeout:       90 * time.Second,
			ExpectContinueTimeout: time.Second,
		}
	}
	return &http.Client{
		Transport:     &transport{next: next},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange is what the wire saw of one attempt. stripe-go keeps neither the
// status nor the request id of an answer that it cannot read.
type exchange struct {
	sent        atomic.Bool // the request's head went out; set from the connection's goroutine
	whole       bool        // the answer was read to its end
	status      int         // 0 without an answer
	requestID   string
	shouldRetry string // Stripe's advice: "true", "false" or nothing
	retryAfter  time.Duration
	date        time.Time // when Stripe says it answered; zero when it does not
	limited     string    // which of Stripe's limits was reached, such as "endpoint-rate"; 429 only
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { x.sent.Store(true) }})
}

// transport notes what happens in the request's exchange.
type transport struct{ next http.RoundTripper }

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return t.next.RoundTrip(req)
	}
	// stripe-go describes the machine in this header, with the name it has on
	// its network (uname -a). That is nobody's business.
	req = req.Clone(req.Context())
	req.Header.Del("X-Stripe-Client-User-Agent")
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return res, err
	}
	x.status = res.StatusCode
	x.requestID = requestID(res.Header.Get("Request-Id"))
	x.shouldRetry = res.Header.Get("Stripe-Should-Retry")
	x.limited = res.Header.Get("Stripe-Rate-Limited-Reason")
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds < 1000 {
		x.retryAfter = time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		x.date = at
	}
	res.Body = &body{ReadCloser: res.Body, exchange: x, left: maxAnswer}
	return res, nil
}

// CloseIdleConnections passes http.Client's call on.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// requestID keeps an id short enough to show.
func requestID(s string) string {
	if s = services.Clean(s); len(s) > 64 {
		return ""
	}
	return s
}

// body limits an answer and notes that it was read whole.
type body struct {
	io.ReadCloser
	exchange *exchange
	left     int
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	if b.left < 0 {
		return 0, errTooLong
	}
	if err == io.EOF {
		b.exchange.whole = true
	}
	return n, err
}

// stripeError returns Stripe's own error, or nil when the failure is another.
func stripeError(err error) *stripe.Error {
	var e *stripe.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// locked reports whether an answer 429 is about one object that something else
// is changing just now, and not about how often we ask.
func locked(err error) bool {
	e := stripeError(err)
	return e != nil && e.Code == stripe.ErrorCodeLockTimeout
}

// ambiguous reports whether Stripe may have done what was asked although the
// attempt failed: the request went out and no definite answer came back. A 5xx
// is not definite (Stripe documentation, "Errors").
func (x *exchange) ambiguous() bool {
	switch {
	case x.status == 0:
		return x.sent.Load()
	case x.status < 400:
		return true // an answer that cannot be read
	}
	return x.status >= 500
}

// retryable reports whether the same request may be sent again at once. Writes
// carry their idempotency key, so a repeated one is not done twice.
func retryable(ctx context.Context, method string, x *exchange, err error) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case x.status == 0:
		return !permanent(err)
	case !x.whole:
		return !errors.Is(err, errTooLong) // the connection broke in the middle
	case x.shouldRetry == "false":
		return false
	case x.shouldRetry == "true":
		return true
	case x.status == http.StatusConflict, x.status == http.StatusTooManyRequests, x.status == http.StatusServiceUnavailable:
		return true
	}
	// Stripe keeps a write's 500 under its key and would only repeat it.
	return x.status >= 500 && method == http.MethodGet
}
