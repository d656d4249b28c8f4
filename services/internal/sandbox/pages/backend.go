// Package pages serves what a person sees of the sandbox: the hosted checkout
// page, the 3-D Secure challenge, the billing portal, invoices and receipts.
// It draws views and reads forms; what they mean is the Backend's. Addresses:
//
//	GET/POST /c/pay/{session}            hosted checkout
//	POST     /c/pay/{session}/order      quantity, code, shipping, amount
//	POST     /c/pay/{session}/recover    a new checkout for an expired one
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
	// Change changes what an open session sells, as the person asks on the page:
	// a quantity, a promotion code, a way to ship, an amount of their own. A
	// *Problem says what the person can mend.
	Change(ctx context.Context, session string, c OrderChange) error
	// Recover opens a session like an expired one that may be recovered, and
	// returns its id.
	Recover(ctx context.Context, session string) (string, error)
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
	// UpdatePlan changes the price or the quantity of a plan with one price.
	UpdatePlan(ctx context.Context, token, subscription string, c PlanChange) error
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
	AskPromotions bool   // consent_collection.promotions: offers to send promotions
	CustomText    string // custom_text.submit.message
	ShippingText  string // custom_text.shipping_address.message
	TermsText     string // custom_text.terms_of_service_acceptance.message
	AfterText     string // custom_text.after_submit.message

	TaxByAddress bool           // taxes are chosen by the country that is typed
	TaxIncluded  services.Money // inclusive taxes: part of Total, not added to it
	AskCode      bool           // allow_promotion_codes
	Coupon       string         // the code or name of what is taken off; empty: nothing
	CouponFixed  bool           // the merchant gave it: it cannot be removed
	Shippings    []ShippingOption
	CustomAmount *CustomAmount // the person names the amount; nil: they do not
	CustomFields []CustomField
	Recoverable  bool // expired, and can be opened anew
}

// ShippingOption is a way to ship the order.
type ShippingOption struct {
	Rate     string // id of the shipping rate
	Name     string
	Delivery string // "3–5 business days"; empty when not known
	Amount   services.Money
	Chosen   bool
}

// CustomAmount is a price that the person names.
type CustomAmount struct {
	Amount           services.Money // as it is now; 0 when not named yet
	Minimum, Maximum services.Money
}

// CustomField is a question that the page asks for the merchant.
type CustomField struct {
	Key, Label, Type     string // Type is text, numeric or dropdown
	Optional             bool
	MinLength, MaxLength int // characters; 0: no limit of the merchant's
	Options              []Option
}

// Option is one answer of a dropdown.
type Option struct{ Value, Label string }

// CustomFieldID is the id of a custom field's input, for a Problem about it.
func CustomFieldID(key string) string { return "custom-" + key }

// QuantityID is the id of a line's quantity input, for a Problem about it.
func QuantityID(line string) string { return "quantity-" + line }

// OrderChange is one change of the order; the first of its parts that is set is
// meant.
type OrderChange struct {
	Line         string // id of the line whose Quantity is changed
	Quantity     int64  // -1 when what was typed is no number
	ShippingRate string // id of the way to ship
	RemoveCode   bool
	Code         string // promotion code as typed
	Amount       string // custom amount as typed, in major units ("12.50")
}

// CheckoutLine is one line of the summary.
type CheckoutLine struct {
	ID          string // of a line item; empty elsewhere
	Name        string
	Description string
	Quantity    int64
	Unit        services.Money
	Total       services.Money
	Per         string // "month", "3 months"; empty for one-off
	Adjustable  bool   // the person may choose from Minimum to Maximum of it
	Minimum     int64
	Maximum     int64
	Metered     bool // charged by use: Unit is what a unit of it costs
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
	// Promotions says that the person agrees to be sent promotions.
	Promotions bool
	// Fields are the answers to the custom fields, by key.
	Fields map[string]string
	// Expected is the total that the page showed, in minor units and digits;
	// empty when it showed none. Another total is not charged.
	Expected string
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
	Tax      services.Money // exclusive: added to the lines
	Included services.Money // inclusive taxes: part of Total
	Shipping services.Money
	Total    services.Money
	Paid     services.Money
	Refunded services.Money
	Card     string
	Currency string
}
