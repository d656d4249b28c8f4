package stripegw

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// failure is a call that ended without a result.
type failure struct {
	err       error         // of the last attempt
	limit     time.Duration // the time that the call had
	maybeDone bool          // a write that Stripe may have done all the same
}

// cause is the Err of what this package returns. It holds what an operator
// needs and never stripe-go's own error, whose text repeats whole objects.
type cause struct {
	text      string
	ambiguous bool
	err       error // the context's or the network's error, for errors.Is
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// Ambiguous reports whether this was a write that Stripe may have done although
// no answer says so. It is safe to repeat under the same idempotency key.
func (c *cause) Ambiguous() bool { return c.ambiguous }

// explain turns a failed call into what a person can act on.
func (g *Gateway) explain(ctx context.Context, r request, x *exchange, f failure) error {
	e := &services.Error{Op: r.op, RequestID: x.requestID}
	se := stripeError(f.err)
	switch {
	case se != nil && x.whole:
		g.explainAnswer(e, x, se)
	case x.status >= 400 && x.whole:
		explainStatus(e, x.status)
	default:
		g.explainWire(ctx, e, x, f)
	}
	e.Err = g.causeOf(x, f, se)
	return e
}

// crowded is the error of a call that did not get its turn in time.
type crowded struct{ err error }

func (c *crowded) Error() string { return "waiting for a turn: " + c.err.Error() }
func (c *crowded) Unwrap() error { return c.err }

func (g *Gateway) causeOf(x *exchange, f failure, se *stripe.Error) error {
	c := &cause{ambiguous: f.maybeDone}
	switch {
	case se != nil:
		c.text = fmt.Sprintf("stripe answered %d: type %q, code %q, decline code %q, param %q", x.status, se.Type, se.Code, se.DeclineCode, se.Param)
	case x.status != 0 && x.whole:
		c.text = fmt.Sprintf("the answer %d is not Stripe's JSON", x.status)
	default:
		c.err = f.err
		var u *url.Error
		if errors.As(f.err, &u) {
			c.err = u.Err // without the address, whose query may hold an email
		}
		c.text = c.err.Error()
	}
	c.text = services.Clean(g.redact(c.text))
	return c
}

// explainAnswer is for errors that Stripe itself describes
// (spec/stripe-sandbox, section 2.5).
func (g *Gateway) explainAnswer(e *services.Error, x *exchange, se *stripe.Error) {
	e.Message = g.words(se.Msg)
	e.Field = services.Clean(se.Param)
	switch {
	case x.status == http.StatusUnauthorized, se.Code == stripe.ErrorCodeSecretKeyRequired:
		explainKey(e, se)
	case x.status == http.StatusPaymentRequired:
		e.Code, e.Next = services.CodeDeclined, "Try another card or payment method."
	case x.status == http.StatusForbidden:
		explainPermission(e, se)
	case se.Type == stripe.ErrorTypeIdempotency, x.status == http.StatusConflict:
		e.Code, e.Next = services.CodeConflict, "Wait a moment and try again. If it stays, start a new attempt."
	case se.Code == stripe.ErrorCodeResourceMissing, x.status == http.StatusNotFound:
		e.Code = services.CodeNotFound
		e.Next = "Check the id, and that the profile is the right account and mode."
	case x.status == http.StatusTooManyRequests:
		explainStatus(e, x.status)
	case x.status >= 500:
		said := e.Message
		if explainStatus(e, x.status); said != "" {
			e.Message += " It says: " + said
		}
	default:
		e.Code, e.Next = services.CodeRefused, "Correct what Stripe names and try again."
		if strings.Contains(se.Msg, "default configuration has not been created") {
			e.Next = "Save the customer portal's settings once in the Stripe dashboard: Settings, Billing, Customer portal."
		}
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("Stripe refused the request (HTTP %d) without saying why.", x.status)
	}
}

// words are Stripe's own sentence, safe to show.
func (g *Gateway) words(message string) string {
	message = strings.TrimSpace(services.Clean(g.redact(message)))
	if runes := []rune(message); len(runes) > 600 {
		message = string(runes[:600]) + "…"
	}
	return message
}

// explainKey says in own words what is wrong with the secret key: Stripe's
// sentences are about HTTP headers.
func explainKey(e *services.Error, se *stripe.Error) {
	const where = "copy a current one from Stripe (Developers, API keys)"
	text := strings.ToLower(se.Msg)
	e.Code, e.Field = services.CodeUnauthorized, ""
	switch {
	case strings.Contains(text, "revoked"):
		e.Message = "This secret key was revoked in Stripe: it will not work again."
	case se.Code == stripe.ErrorCodeAPIKeyExpired, se.Code == stripe.ErrorCodePlatformAPIKeyExpired, strings.Contains(text, "expired api key"):
		e.Message = "This secret key has expired: it was rolled, or its time ran out."
	case se.Code == stripe.ErrorCodeSecretKeyRequired, strings.Contains(text, "publishable"):
		e.Message = "Stripe wants a secret key here and was given a publishable one."
	case strings.Contains(text, "did not provide an api key"):
		e.Code, e.Message = services.CodeNotConfigured, "This profile has no secret key."
	default:
		e.Message = "Stripe does not know this secret key: it is mistyped, or it was deleted."
	}
	e.Next = "Enter another key in setup: " + where + "."
}

// permission finds what a restricted key lacks: "Enabling "Prices Read"
// ('plan_read') permissions on this key …".
var permission = regexp.MustCompile(`Enabling (?:the )?["']?([^"'()]{2,60}?)["']? ?\(?(?:'[a-z0-9_]+'\)? )?permissions?\b`)

func explainPermission(e *services.Error, se *stripe.Error) {
	e.Code, e.Field = services.CodeForbidden, ""
	if m := permission.FindStringSubmatch(se.Msg); m != nil {
		name := services.Clean(strings.TrimSpace(m[1]))
		e.Message = fmt.Sprintf("This key lacks the permission %q.", name)
		e.Next = fmt.Sprintf("Allow %q for the key in Stripe (Developers, API keys), or use another key.", name)
		return
	}
	if e.Message == "" {
		e.Message = "This key may not do this."
	}
	e.Next = "Give the key that permission in Stripe (Developers, API keys), or use another key."
}

// explainStatus is for answers of which only the status counts.
func explainStatus(e *services.Error, status int) {
	switch {
	case status == http.StatusTooManyRequests:
		e.Code, e.Message = services.CodeRateLimited, "Stripe asks to slow down: too many requests in a short time."
		e.Next = "Wait a few seconds and try again."
	case status >= 500:
		e.Code, e.Message = services.CodeUnavailable, fmt.Sprintf("Stripe has a fault of its own (HTTP %d).", status)
		e.Next = "Try again in a moment; status.stripe.com says whether it is a known one."
	default:
		e.Code, e.Message = services.CodeUnavailable, fmt.Sprintf("What answered (HTTP %d) is not Stripe.", status)
		e.Next = "Check the connection: a proxy, a firewall or a hotel's login page may stand in between."
	}
}

// explainWire is for calls that got no answer, or none that can be read.
func (g *Gateway) explainWire(ctx context.Context, e *services.Error, x *exchange, f failure) {
	e.Code = services.CodeUnavailable
	e.Next = "Check the connection and try again."
	var dns *net.DNSError
	var netErr net.Error
	var late *crowded
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Message, e.Next = "The request was given up before Stripe answered.", ""
	case errors.As(f.err, &late):
		e.Message = "Too many requests wait for Stripe: this one was not sent in the time it had."
		e.Next = "Try again in a moment."
	case ctx.Err() != nil:
		e.Message = fmt.Sprintf("%s did not answer within the time limit of %s.", g.who(), f.limit.Round(10*time.Millisecond))
	case errors.As(f.err, &netErr) && netErr.Timeout():
		e.Message = fmt.Sprintf("%s cannot be reached: no connection within %s.", g.who(), connectTimeout)
	case errors.Is(f.err, errTooLong):
		e.Message = "Stripe's answer is longer than 32 MiB."
		e.Next = "Ask for less at once."
	case x.status != 0 && x.whole:
		e.Message = fmt.Sprintf("What answered (HTTP %d) is not Stripe: its answer cannot be read.", x.status)
		e.Next = "Check the connection: a proxy, a firewall or a hotel's login page may stand in between."
	case x.status != 0:
		e.Message = g.who() + " broke off in the middle of its answer."
	case permanent(f.err):
		e.Message = "The connection to " + g.host() + " is not secure: its certificate cannot be trusted."
		e.Next = "Check this machine's clock and its network: something may be listening in. The key was not sent."
	case errors.As(f.err, &dns):
		e.Message = "The name " + g.host() + " cannot be found: this machine seems to be offline."
	default:
		e.Message = g.who() + " cannot be reached: " + reason(f.err) + "."
	}
}

// permanent reports whether the other end cannot be trusted, which trying again
// does not change.
func permanent(err error) bool {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	return errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid) || errors.As(err, &verify)
}

// reason is the innermost cause of a network error, such as "connection
// refused".
func reason(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	text := services.Clean(strings.TrimSuffix(err.Error(), "."))
	if text == "EOF" || text == "unexpected EOF" {
		return "the connection was closed"
	}
	return text
}

// who names the other end: Stripe, or the address that stands in for it.
func (g *Gateway) who() string {
	if g.base == stripe.APIURL {
		return "Stripe"
	}
	return "Stripe's stand-in at " + g.host()
}

func (g *Gateway) host() string {
	if u, err := url.Parse(g.base); err == nil && u.Host != "" {
		return services.Clean(u.Host)
	}
	return "the API base"
}

var secretText = regexp.MustCompile(`(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]+|whsec_[A-Za-z0-9+/=_-]+`)

// redact masks every secret in a text.
func (g *Gateway) redact(s string) string {
	if g.key != "" {
		s = strings.ReplaceAll(s, g.key, services.Mask(g.key))
	}
	return secretText.ReplaceAllStringFunc(s, services.Mask)
}

// unreadable is the error of an answer that is JSON but not the object asked
// for.
func (g *Gateway) unreadable(r request, res *stripe.APIResponse) error {
	x := &exchange{status: http.StatusOK, whole: true}
	if res != nil {
		x.status, x.requestID = res.StatusCode, requestID(res.RequestID)
	}
	return g.explain(context.Background(), r, x, failure{err: errors.New("not the object asked for"), maybeDone: r.method != http.MethodGet})
}
