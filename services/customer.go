package services

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Customers finds and makes customers, reads their logs and opens their portal.
type Customers interface {
	// Create returns the customer with this email, making one when none exists
	// (the seed: idempotent by email). created tells which.
	Create(ctx context.Context, n NewCustomer) (c Customer, created bool, err error)
	// Get returns one customer; CodeNotFound when Stripe knows none.
	Get(ctx context.Context, id string) (Customer, error)
	// Search finds customers by part of a name or an email, or by a whole
	// "cus_…" id; an empty text lists the newest. more says that there are others.
	Search(ctx context.Context, text string, limit int) (found []Customer, more bool, err error)
	// Subscriptions lists a customer's subscriptions of every status, newest first.
	Subscriptions(ctx context.Context, customer string) ([]Subscription, error)
	// Logs returns a customer's archived events, newest first (the seed's getLogs).
	Logs(ctx context.Context, q LogQuery) (LogPage, error)
	// OpenBillingPortal makes a portal session. Opening its URL is the face's
	// part; Desk.Watch tells when the person came back to it, by Visit.ID.
	OpenBillingPortal(ctx context.Context, customer string) (PortalVisit, error)
}

// NewCustomer is what a person types to make a customer.
type NewCustomer struct {
	Email string
	Name  string // optional
}

// Customer is a Stripe customer, texts cleaned for display.
type Customer struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Email       string            `json:"email"`
	Phone       string            `json:"phone,omitempty"`
	Country     string            `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Description string            `json:"description,omitempty"`
	Created     time.Time         `json:"created"`
	Balance     *Money            `json:"balance,omitempty"` // credit when negative; nil when zero
	Delinquent  bool              `json:"delinquent"`
	Deleted     bool              `json:"deleted"`
	Card        string            `json:"card,omitempty"` // default payment method, "Visa ···· 4242"
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// Label is the name, or else the email, or else the id.
func (c Customer) Label() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Email != "":
		return c.Email
	}
	return c.ID
}

// Subscription is a Stripe subscription.
type Subscription struct {
	ID                string    `json:"id"`
	Status            string    `json:"status"` // Stripe's word: active, past_due, canceled …
	Items             []string  `json:"items"`  // "2 × Gold plan, €20.00 / month"
	CurrentPeriodEnd  time.Time `json:"current_period_end"`
	CancelAtPeriodEnd bool      `json:"cancel_at_period_end"`
	Created           time.Time `json:"created"`
}

// PortalVisit is one opened billing portal.
type PortalVisit struct {
	ID       string    `json:"id"` // "bps_…"; the Ref of its ChangeReturned
	Customer string    `json:"customer"`
	URL      string    `json:"url"`
	Opened   time.Time `json:"opened"`
}

// CheckEmail says what is wrong with an email's form, or nil. It asks for one
// "@" with something on both sides, and no spaces or control characters; what
// else an address may be is Stripe's to judge.
func CheckEmail(email string) *Error {
	local, domain, ok := strings.Cut(email, "@")
	if email == "" {
		return Invalid("email", "The email is empty.", "Type an address such as jane@example.com.")
	}
	bad := !ok || local == "" || domain == "" || strings.Contains(domain, "@") || len(email) > 512 ||
		strings.ContainsFunc(email, func(r rune) bool { return r == ' ' || Invisible(r) })
	if bad {
		return Invalid("email", "This is not an email address.", "Type an address such as jane@example.com.")
	}
	return nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
