package sandbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/sandbox/pages"
)

// backend is the sandbox as its pages see it.
type backend struct{ s *Server }

var _ pages.Backend = backend{}

// completionWait is how long the page waits for the merchant to acknowledge
// checkout.session.completed before it sends the person on (3.2 A).
const completionWait = 10 * time.Second

const merchant = "Kettle & Crane"

// view runs fn on the committed state.
func view[T any](b backend, fn func(*tx) (T, error)) (out T, err error) {
	err = b.s.read(func(t *tx) error {
		out, err = fn(t)
		return err
	})
	return out, err
}

// change runs fn as a write whose events carry no request (3.0).
func (b backend) change(fn func(*tx) error) error { return b.s.write(cause{}, fn) }

// Checkout returns a session's page.
func (b backend) Checkout(_ context.Context, session string) (pages.Checkout, error) {
	return view(b, func(t *tx) (pages.Checkout, error) { return t.checkoutPage(session) })
}

// Short resolves a short link.
func (b backend) Short(_ context.Context, short string) (string, error) {
	return view(b, func(t *tx) (string, error) {
		for s := range t.each("checkout.session") {
			if shortOf(str(s, "id")) == short {
				return str(s, "id"), nil
			}
		}
		return "", pages.ErrNotFound
	})
}

// shortOf is the part of a session id that a short link carries: 60 bits of it.
func shortOf(session string) string {
	rest, ok := strings.CutPrefix(session, "cs_test_")
	if !ok || len(rest) < 12 {
		return ""
	}
	return rest[2:12]
}

// ShortLink turns the address of a session's hosted page into a short one that
// leads to it, or returns it as it is when it is not such an address.
func ShortLink(checkoutURL string) string {
	base, session, ok := strings.Cut(checkoutURL, "/c/pay/")
	session, _, _ = strings.Cut(session, "#")
	if short := shortOf(session); ok && short != "" {
		return base + "/c/" + short
	}
	return checkoutURL
}

// Pay submits the checkout form.
func (b backend) Pay(ctx context.Context, session string, p pages.Payment) (pages.Next, error) {
	if err := b.tax(session, p); err != nil {
		return pages.Next{}, problemOf(err)
	}
	return b.act(ctx, session, func(t *tx, s object) error { return t.submit(s, p) })
}

// Change changes what an open session sells.
func (b backend) Change(_ context.Context, session string, change pages.OrderChange) error {
	return b.change(func(t *tx) error {
		s := t.find("checkout.session", session)
		if s == nil {
			return pages.ErrNotFound
		}
		if s["status"] != "open" || num(s, "expires_at") <= t.now {
			return nil // the page says what became of it
		}
		return t.changeOrder(t.edit(session), change)
	})
}

// Recover opens a session like one that expired.
func (b backend) Recover(_ context.Context, session string) (id string, err error) {
	err = b.change(func(t *tx) error {
		old := t.find("checkout.session", session)
		if old == nil {
			return pages.ErrNotFound
		}
		s, err := t.recoverSession(old)
		id = str(s, "id")
		return err
	})
	return id, err
}

// Answer passes or fails a challenge.
func (b backend) Answer(ctx context.Context, session, intent string, pass bool) (pages.Next, error) {
	return b.act(ctx, session, func(t *tx, s object) error { return t.answer(s, intent, pass) })
}

// act changes an open session and says where the browser goes. A complete
// session is only sent on.
func (b backend) act(ctx context.Context, session string, fn func(*tx, object) error) (next pages.Next, err error) {
	var deliveries []string
	err = b.change(func(t *tx) error {
		s := t.find("checkout.session", session)
		if s == nil {
			return pages.ErrNotFound
		}
		if s["status"] == "open" && num(s, "expires_at") > t.now {
			s = t.edit(session)
			if err := fn(t, s); err != nil {
				return err
			}
		}
		switch s["status"] {
		case "complete":
			next.URL = successURL(s)
		case "open":
			next.Challenge = str(s, "_intent")
		}
		for id, d := range t.deliveries {
			if d != nil && str(t.get(d.event), "type") == "checkout.session.completed" {
				deliveries = append(deliveries, id)
			}
		}
		return nil
	})
	if err != nil {
		return pages.Next{}, problemOf(err)
	}
	b.s.settled(ctx, deliveries, completionWait)
	return next, nil
}

func successURL(s object) string {
	id := str(s, "id")
	return strings.NewReplacer("{CHECKOUT_SESSION_ID}", id, "%7BCHECKOUT_SESSION_ID%7D", id).Replace(str(s, "success_url"))
}

// problemOf turns what a card said into the hosted page's words.
func problemOf(err error) error {
	var e *apiError
	if !errors.As(err, &e) {
		return err
	}
	if e.status >= 500 {
		return err
	}
	p := &pages.Problem{Message: e.message}
	switch e.code {
	case "coupon_expired":
		p.Field = codeField
	case "incorrect_number", "invalid_number":
		p.Field, p.Message = "cardNumber", "Your card number is invalid."
	case "invalid_expiry_month", "invalid_expiry_year":
		p.Field, p.Message = "cardExpiry", "Your card's expiration date is in the past or invalid."
	case "invalid_cvc":
		p.Field, p.Message = "cardCvc", "Your card's security code is incomplete."
	case "payment_intent_authentication_failure", "setup_intent_authentication_failure":
		p.Field = "cardNumber"
	default:
		if e.kind != "card_error" {
			return p
		}
		p.Field = "cardNumber"
		for _, d := range declines() {
			if d.code == e.code && (d.declineCode == "" || d.declineCode == e.extra["decline_code"]) && d.page != "" {
				p.Field, p.Message = d.field, d.page
			}
		}
	}
	return p
}

// Challenge returns what a challenge is about.
func (b backend) Challenge(_ context.Context, session, intent string) (pages.Checkout, error) {
	return view(b, func(t *tx) (pages.Checkout, error) {
		if s := t.find("checkout.session", session); s == nil || str(s, "_intent") != intent {
			return pages.Checkout{}, pages.ErrNotFound
		}
		return t.checkoutPage(session)
	})
}

// Invoice returns an invoice to print.
func (b backend) Invoice(_ context.Context, id string) (pages.Document, error) {
	return view(b, func(t *tx) (pages.Document, error) { return t.invoicePage(id) })
}

// Receipt returns a charge's receipt to print.
func (b backend) Receipt(_ context.Context, charge string) (pages.Document, error) {
	return view(b, func(t *tx) (pages.Document, error) { return t.receiptPage(charge) })
}

func money(o object, amount, currency string) services.Money {
	return services.Money{Amount: num(o, amount), Currency: str(o, currency)}
}
