package stripegw

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// receiptExpansions are what a receipt is read from, beside the session itself.
// Stripe expands four levels at most. A one-off payment hangs on the session's
// payment intent, a subscription's first one on its invoice.
func receiptExpansions() []services.Option {
	return []services.Option{
		{Name: "expand[0]", Value: "line_items"},
		{Name: "expand[1]", Value: "payment_intent.latest_charge.balance_transaction"},
		{Name: "expand[2]", Value: "invoice.charge.balance_transaction"},
		{Name: "expand[3]", Value: "invoice.payment_intent"},
	}
}

// CreateSession makes a Checkout Session from Stripe's form parameters, as they
// are and in their order.
func (g *Gateway) CreateSession(ctx context.Context, params []services.Option, key string) (services.Session, error) {
	r := request{op: "creating the checkout session", method: http.MethodPost, path: "/v1/checkout/sessions", key: key, params: params}
	expands := false
	for _, p := range params {
		expands = expands || p.Name == "expand" || strings.HasPrefix(p.Name, "expand[")
	}
	if !expands {
		r.params = append(append([]services.Option(nil), params...), services.Option{Name: "expand[0]", Value: "line_items"})
	}
	read, err := g.session(ctx, r)
	return read.Session, err
}

// Session reads a Checkout Session back. Outcome, Amount and CheckedAt are left
// to the caller.
func (g *Gateway) Session(ctx context.Context, id string) (services.Receipt, error) {
	const op = "reading the checkout session"
	path, err := pathTo(op, "/v1/checkout/sessions/%s", id)
	if err != nil {
		return services.Receipt{}, err
	}
	return g.session(ctx, request{op: op, method: http.MethodGet, path: path, params: receiptExpansions()})
}

// ExpireSession closes an open Checkout Session and returns it like Session.
func (g *Gateway) ExpireSession(ctx context.Context, id, key string) (services.Receipt, error) {
	const op = "expiring the checkout session"
	path, err := pathTo(op, "/v1/checkout/sessions/%s/expire", id)
	if err != nil {
		return services.Receipt{}, err
	}
	return g.session(ctx, request{op: op, method: http.MethodPost, path: path, params: receiptExpansions(), key: key})
}

func (g *Gateway) session(ctx context.Context, r request) (services.Receipt, error) {
	var s stripe.CheckoutSession
	if err := g.call(ctx, r, &s); err != nil {
		return services.Receipt{}, err
	}
	if s.ID == "" || s.Status == "" {
		return services.Receipt{}, g.unreadable(r, s.LastResponse)
	}
	return receiptOf(&s), nil
}

func sessionOf(s *stripe.CheckoutSession) services.Session {
	out := services.Session{
		ID: services.Clean(s.ID), URL: services.Clean(s.URL), Mode: services.CheckoutMode(services.Clean(string(s.Mode))),
		Status: services.Clean(string(s.Status)), PaymentStatus: services.Clean(string(s.PaymentStatus)),
		Email: services.Clean(s.CustomerEmail), Total: money(s.AmountTotal, s.Currency),
		Created: at(s.Created), ExpiresAt: at(s.ExpiresAt), Summary: summaryOf(s.LineItems),
	}
	if s.Status != stripe.CheckoutSessionStatusOpen {
		out.URL = ""
	}
	if s.Customer != nil {
		out.Customer = services.Clean(s.Customer.ID)
	}
	if s.CustomerDetails != nil && s.CustomerDetails.Email != "" {
		out.Email = services.Clean(s.CustomerDetails.Email)
	}
	return out
}

// summaryOf renders line items: "2 × Gold plan, 1 × Mug".
func summaryOf(items *stripe.LineItemList) string {
	if items == nil {
		return ""
	}
	var parts []string
	for _, item := range items.Data {
		if item == nil {
			continue
		}
		name := services.Clean(item.Description)
		if name == "" && item.Price != nil {
			name = services.Clean(item.Price.ID)
		}
		parts = append(parts, fmt.Sprintf("%d × %s", item.Quantity, name))
	}
	if items.HasMore {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

func receiptOf(s *stripe.CheckoutSession) services.Receipt {
	out := services.Receipt{Session: sessionOf(s)}
	intent, charge := s.PaymentIntent, (*stripe.Charge)(nil)
	if intent != nil {
		charge = intent.LatestCharge
	}
	if s.Subscription != nil {
		out.Subscription = services.Clean(s.Subscription.ID)
	}
	if s.Invoice != nil {
		out.Invoice = services.Clean(s.Invoice.ID)
		intent, charge = cmp.Or(intent, s.Invoice.PaymentIntent), cmp.Or(charge, s.Invoice.Charge)
	}
	if intent != nil {
		out.PaymentIntent = services.Clean(intent.ID)
		out.Declined = declinedOf(intent)
	}
	if charge != nil && charge.Status != stripe.ChargeStatusFailed {
		enterCharge(&out, charge)
	}
	return out
}

// declinedOf are the words of the last attempt, when it failed and none is
// under way since.
func declinedOf(p *stripe.PaymentIntent) string {
	switch p.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		if p.LastPaymentError == nil {
			return ""
		}
		return cmp.Or(services.Clean(p.LastPaymentError.Msg), "The payment was declined.")
	case stripe.PaymentIntentStatusCanceled:
		return "The payment was canceled."
	}
	return ""
}

func enterCharge(out *services.Receipt, c *stripe.Charge) {
	out.Charge = services.Clean(c.ID)
	out.ReceiptURL = services.Clean(c.ReceiptURL)
	if d := c.PaymentMethodDetails; d != nil {
		if d.Card != nil {
			out.Card = cardLabel(string(d.Card.Brand), d.Card.Last4)
		} else {
			out.Card = brandName(string(d.Type))
		}
	}
	// An id alone, not expanded, tells no fee.
	if b := c.BalanceTransaction; b != nil && b.Currency != "" {
		fee := money(b.Fee, b.Currency)
		out.Fee = &fee
	}
}
