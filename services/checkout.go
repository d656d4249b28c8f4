package services

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Checkout sells. Nothing is ever told as paid that was not read back from
// Stripe as paid.
type Checkout interface {
	// Create makes a Checkout Session. The cart's rules (Plan) are checked before
	// anything is sent; unknown Options go to Stripe, whose answer is returned.
	// The session is remembered until its outcome is known.
	Create(ctx context.Context, r CheckoutRequest) (Session, error)
	// Check reads the session's state back from Stripe. OutcomeOpen while the
	// person can still pay; a lost connection is an error with CodePending.
	Check(ctx context.Context, session string) (Receipt, error)
	// Await checks until the outcome is known or ctx ends, and tells each change
	// of state. When ctx ends first, or Stripe cannot be asked several times in a
	// row, it returns what was last read and CodePending. A person who used the
	// page's back link has cancelled: the session is then expired.
	Await(ctx context.Context, session string, progress func(Receipt)) (Receipt, error)
	// Expire closes an open session, so that nobody can pay it later.
	Expire(ctx context.Context, session string) (Receipt, error)
	// Unsettled lists the sessions made here whose outcome is not known, newest
	// first, without asking Stripe.
	Unsettled(ctx context.Context) ([]Session, error)
	// Recent lists sessions made here whose outcome is known, newest first.
	Recent(ctx context.Context, limit int) ([]Receipt, error)
}

// CheckoutMode is Stripe's session mode.
type CheckoutMode string

// The modes of a Checkout Session.
const (
	PaymentMode      CheckoutMode = "payment"
	SubscriptionMode CheckoutMode = "subscription"
	SetupMode        CheckoutMode = "setup"
)

// Line is one line of a cart.
type Line struct {
	Price    Price
	Name     string
	Quantity int64 // units, 1 or more
}

// CheckoutRequest is what a session is made from.
type CheckoutRequest struct {
	Items          []Item       // may be empty when Options carry line items of their own
	Customer       string       // "cus_…"; empty for a guest
	Mode           CheckoutMode // empty: decided by Plan
	Options        []Option     // any further Stripe parameter, in order
	IdempotencyKey string       // minted once per attempt by the caller; empty: minted here
}

// Item is a price and how many of it.
type Item struct {
	Price    string // "price_…"
	Quantity int64  // units, 1 or more
}

// Option is one Stripe parameter by its form name, such as
// "payment_intent_data[description]".
type Option struct {
	Name  string
	Value string
}

// Session is a Checkout Session.
type Session struct {
	ID            string       `json:"id"`
	URL           string       `json:"url"` // empty once it is not open
	Mode          CheckoutMode `json:"mode"`
	Status        string       `json:"status"`         // open, complete, expired
	PaymentStatus string       `json:"payment_status"` // unpaid, paid, no_payment_required
	Customer      string       `json:"customer"`
	Email         string       `json:"email"`
	Total         Money        `json:"total"`
	Created       time.Time    `json:"created"`
	ExpiresAt     time.Time    `json:"expires_at"`
	Summary       string       `json:"summary"` // "2 × Gold plan, 1 × Mug"
}

// Outcome is what became of a checkout (spec/fliplet-payments, section 5).
type Outcome string

// The outcomes of a checkout.
const (
	OutcomeOpen       Outcome = "open"       // the person can still pay
	OutcomeCompleted  Outcome = "completed"  // paid, or nothing was to pay
	OutcomeIncomplete Outcome = "incomplete" // cancelled or expired: no money moved
	OutcomePending    Outcome = "pending"    // unknown or processing: do not pay again
)

// Settled reports whether the outcome will not change any more.
func (o Outcome) Settled() bool { return o == OutcomeCompleted || o == OutcomeIncomplete }

// Receipt is a checkout as it was last read from Stripe.
type Receipt struct {
	Session       Session   `json:"session"`
	Outcome       Outcome   `json:"outcome"`
	Amount        Money     `json:"amount"` // what was paid; zero while unpaid
	PaymentIntent string    `json:"payment_intent,omitempty"`
	Charge        string    `json:"charge,omitempty"`
	Subscription  string    `json:"subscription,omitempty"`
	Invoice       string    `json:"invoice,omitempty"`
	Fee           *Money    `json:"fee,omitempty"`         // Stripe's fee, when known
	ReceiptURL    string    `json:"receipt_url,omitempty"` // Stripe's receipt page
	Card          string    `json:"card,omitempty"`        // "Visa ···· 4242"
	Declined      string    `json:"declined,omitempty"`    // the last decline's words; the person may try again
	CheckedAt     time.Time `json:"checked_at"`
}

// Plan decides a cart's mode by what is in it and refuses what Stripe would
// refuse: nothing, an inactive price, mixed currencies, recurring prices of
// different intervals, a quantity below 1, more than 100 lines (20 recurring)
// or a total over Stripe's limit. The total is what is due now, before tax.
func Plan(lines []Line) (CheckoutMode, Money, error) {
	if len(lines) == 0 {
		return "", Money{}, Invalid("line_items", "The cart is empty.", "Add a product first.")
	}
	mode, total := PaymentMode, Money{Currency: lines[0].Price.Unit.Currency}
	intervals, currencies := map[string]bool{}, map[string]bool{}
	recurring := 0
	for _, l := range lines {
		switch {
		case l.Quantity < 1:
			return "", Money{}, Invalid("quantity", fmt.Sprintf("%q has quantity %d.", l.Name, l.Quantity), "Use 1 or more, or take it out.")
		case !l.Price.Active:
			return "", Money{}, Invalid("line_items", fmt.Sprintf("The price of %q is not active any more.", l.Name), "Take it out, or choose another price.")
		case l.Price.Unit.Amount > 0 && l.Quantity > maxAmount/l.Price.Unit.Amount:
			return "", Money{}, Invalid("quantity", fmt.Sprintf("%d × %q is more than Stripe takes in one payment.", l.Quantity, l.Name), "Use a smaller quantity.")
		}
		currencies[l.Price.Unit.Currency] = true
		total.Amount += l.Price.Unit.Amount * l.Quantity
		if r := l.Price.Recurring; r != nil {
			mode = SubscriptionMode
			recurring++
			intervals[r.String()] = true
		}
	}
	switch {
	case len(currencies) > 1:
		return "", Money{}, Invalid("line_items", "The cart mixes currencies: "+strings.ToUpper(joined(currencies))+". Stripe takes one currency per checkout.", "Take out the lines of all but one currency and sell them separately.")
	case len(intervals) > 1:
		return "", Money{}, Invalid("line_items", "The cart mixes billing intervals: "+joined(intervals)+". Stripe takes one interval per subscription.", "Take out the lines of all but one interval and sell them separately.")
	case len(lines) > 100, recurring > 20:
		return "", Money{}, Invalid("line_items", "The cart has more lines than Stripe takes: 100, of them 20 recurring.", "Take some out.")
	case total.Amount > maxAmount:
		return "", Money{}, Invalid("line_items", "The total is more than Stripe takes in one payment.", "Take something out.")
	case mode == PaymentMode && total.Amount > 0 && total.Amount < MinimumCharge(total.Currency):
		return "", Money{}, Invalid("line_items", "The total is below Stripe's minimum of "+Money{MinimumCharge(total.Currency), total.Currency}.String()+".", "Add something.")
	}
	return mode, total, nil
}

// maxAmount is Stripe's largest charge, in minor units (eight digits).
const maxAmount = 99_999_999

// MinimumCharge is Stripe's smallest charge in minor units (Stripe
// documentation, "Minimum and maximum charge amounts"); 0 where none is stated.
func MinimumCharge(currency string) int64 {
	switch strings.ToLower(currency) {
	case "usd", "aud", "brl", "cad", "chf", "eur", "nzd", "sgd", "jpy":
		return 50
	case "gbp":
		return 30
	case "dkk":
		return 250
	case "nok", "sek":
		return 300
	case "hkd":
		return 400
	case "mxn":
		return 1000
	}
	return 0
}

func joined(set map[string]bool) string {
	words := make([]string, 0, len(set))
	for w := range set {
		words = append(words, w)
	}
	sort.Strings(words)
	return strings.Join(words, ", ")
}
