package pages

import (
	"time"

	"bursar/services"
)

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
	Editable      []string // of name, email, phone and address
	ShowInvoices  bool

	Headline, PrivacyURL, TermsURL string
	Plans                          []PlanChoice // what a plan can be changed to
	ChangePrice, ChangeQuantity    bool
	UpdateBilledNow                bool   // a change of plan is charged at once, not on the next invoice
	Flow                           string // the flow this session is made for; empty for none
	AfterURL                       string // where a completed flow leads; empty: the portal's first page
	Confirms                       bool   // a completed flow ends on a page that says so, with AfterMessage
	AfterMessage                   string
}

// PlanChoice is a price that a plan can be changed to.
type PlanChoice struct {
	Price    string // id
	Name     string
	Amount   string // "€20.00 per month"
	Currency string
}

// PlanChange is the plan that a person confirms.
type PlanChange struct {
	Price    string
	Quantity int64
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
	Plan     string // id of its price; empty when it has several, which cannot be changed here
	Quantity int64
	Currency string
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
