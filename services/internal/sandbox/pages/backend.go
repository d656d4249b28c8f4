// Package pages serves what a person sees of the sandbox: the hosted checkout
// page, the 3-D Secure challenge, the billing portal, invoices and receipts.
// It draws views and reads forms; what they mean is the Backend's. Addresses:
//
//	GET/POST /c/pay/{session}            hosted checkout
//	GET      /c/{short}                  a short link to it, for QR codes
//	GET/POST /c/3ds/{session}/{intent}   the challenge page
//	GET/POST /p/session/{token}/…        billing portal
//	GET      /i/{invoice}                hosted invoice
//	GET      /r/{charge}                 receipt
//	GET      /assets/{file}              the stylesheet and the icon
//
// Everything is server-rendered HTML with one stylesheet; no script is needed.
package pages

import (
	"context"
	"errors"
	"time"

	"bursar/services"
)

// ErrNotFound is returned by a Backend for an address that leads nowhere.
var ErrNotFound = errors.New("no such page")

// Backend is the sandbox as the pages need it. Every method is safe for
// concurrent use and, when it changes something, durable when it returns.
type Backend interface {
	// Checkout returns a session's page in any state.
	Checkout(ctx context.Context, session string) (Checkout, error)
	// Short resolves a short link to a session id.
	Short(ctx context.Context, short string) (session string, err error)
	// Pay submits the checkout form. A *Problem says what the person can mend:
	// the page is shown again with it. A second submit of a complete session
	// charges nothing and answers as the first did.
	Pay(ctx context.Context, session string, p Payment) (Next, error)
	// Challenge returns the amount a 3-D Secure challenge is about.
	Challenge(ctx context.Context, session, intent string) (Checkout, error)
	// Answer passes or fails a challenge.
	Answer(ctx context.Context, session, intent string, pass bool) (Next, error)

	// Portal returns a portal session's page.
	Portal(ctx context.Context, token string) (Portal, error)
	// Cancel ends a subscription now or at the end of its period.
	Cancel(ctx context.Context, token, subscription string, c Cancellation) error
	// Resume takes a cancellation at period end back.
	Resume(ctx context.Context, token, subscription string) error
	// AddCard attaches a card and makes it the default.
	AddCard(ctx context.Context, token string, c Card) error
	// SetDefaultCard and RemoveCard change the cards on file. The only default
	// card of a customer with a running subscription cannot be removed.
	SetDefaultCard(ctx context.Context, token, paymentMethod string) error
	RemoveCard(ctx context.Context, token, paymentMethod string) error
	// UpdateBilling changes name, email, phone and address.
	UpdateBilling(ctx context.Context, token string, b Billing) error

	// Invoice and Receipt return printable documents.
	Invoice(ctx context.Context, id string) (Document, error)
	Receipt(ctx context.Context, charge string) (Document, error)
}

// Problem is something a person can mend on the page. Field is the form field it
// belongs to ("email", "cardNumber", "cardExpiry", "cardCvc", "billingName" …),
// or empty when it is about the whole payment.
type Problem struct {
	Field   string
	Message string
}

func (p *Problem) Error() string { return p.Message }

// Checkout is a session for its page.
type Checkout struct {
	Session       string
	Merchant      string
	Mode          string // payment, subscription, setup
	Status        string // open, complete, expired
	Lines         []CheckoutLine
	Subtotal      services.Money
	Discount      services.Money
	Shipping      services.Money
	Tax           services.Money
	Total         services.Money // due now
	Recurring     string         // "€20.00 per month", for a subscription
	TrialDays     int            // 0 when there is none
	TrialEnds     time.Time
	Email         string // prefilled
	EmailLocked   bool   // the customer's own: shown, not asked
	AskName       bool
	AskAddress    bool // billing_address_collection=required
	AskPhone      bool
	AskShipping   bool
	Countries     []string // allowed_countries of the shipping address
	SubmitType    string   // pay, book, donate, auto
	CancelURL     string   // empty: no back link
	SuccessURL    string   // of a complete session, placeholder replaced
	Locale        string
	NoCardNeeded  bool // nothing to pay and no card collected
	ExpiresAt     time.Time
	LastDecline   string // words of the attempt before, when the person comes back
	TermsRequired bool
	CustomText    string // custom_text.submit.message
}

// CheckoutLine is one line of the summary.
type CheckoutLine struct {
	Name        string
	Description string
	Quantity    int64
	Unit        services.Money
	Total       services.Money
	Per         string // "month", "3 months"; empty for one-off
}

// Card is a card as typed. Only Stripe's test numbers are accepted, and neither
// number nor CVC is ever stored.
type Card struct {
	Number string
	Expiry string // "MM / YY" in any usual spelling
	CVC    string
	Name   string
}

// Payment is the submitted checkout form.
type Payment struct {
	Email    string
	Card     Card
	Billing  Billing
	Shipping Billing
	Terms    bool
}

// Billing is an address with its contact.
type Billing struct {
	Name, Email, Phone                             string
	Line1, Line2, City, State, PostalCode, Country string
}

// Next is where the browser goes after a form: URL of another site (the
// session's success_url), or Challenge, the intent that asks for 3-D Secure.
type Next struct {
	URL       string
	Challenge string
}

// Portal is a customer's portal page.
type Portal struct {
	Token         string
	Merchant      string
	ReturnURL     string // empty: no return link
	Customer      Billing
	Subscriptions []PortalSubscription
	Cards         []PortalCard
	Invoices      []PortalInvoice
	CanCancel     bool
	CancelNow     bool // the configuration cancels at once instead of at period end
	AskReason     bool
	Reasons       []string // Stripe's feedback values
	CanUpdateCard bool
	CanUpdateInfo bool
	ShowInvoices  bool
}

// PortalSubscription is one plan on the portal.
type PortalSubscription struct {
	ID       string
	Name     string
	Price    string // "€20.00 per month"
	Status   string
	Renews   time.Time // end of the current period
	Canceled bool      // cancel_at_period_end
	Ended    bool
}

// PortalCard is a card on file.
type PortalCard struct {
	ID      string
	Brand   string // "Visa"
	Last4   string
	Expires string // "08/29"
	Default bool
}

// PortalInvoice is a row of the invoice history.
type PortalInvoice struct {
	ID      string
	Number  string
	Created time.Time
	Total   services.Money
	Status  string
	Path    string // "/i/in_…"
}

// Cancellation is what a person answers when they cancel.
type Cancellation struct {
	Feedback string // one of Portal.Reasons, or empty
	Comment  string
}

// Document is a printable invoice or receipt.
type Document struct {
	Kind     string // "Invoice" or "Receipt"
	Number   string
	Merchant string
	Customer Billing
	Created  time.Time
	Status   string
	Lines    []CheckoutLine
	Subtotal services.Money
	Discount services.Money
	Tax      services.Money
	Total    services.Money
	Paid     services.Money
	Refunded services.Money
	Card     string
	Currency string
}
