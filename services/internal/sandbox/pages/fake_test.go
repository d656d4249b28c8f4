package pages

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bursar/services"
)

// fake is a Backend that plays by the contract with a few fixed sessions. Tests
// read what the pages handed to it.
type fake struct {
	mu       sync.Mutex
	sessions map[string]Checkout
	portal   Portal
	next     Next // where a paid session leads
	payments []Payment
	changes  []OrderChange
	charges  int
	done     []string // portal calls, "cancel sub_1 too_expensive"
	billing  Billing
	err      error // what every call fails with, when set
}

const (
	merchant = "Oak & Ink"
	token    = "test_YWNjdF8x"
)

var today = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

func eur(minor int64) services.Money { return services.Money{Amount: minor, Currency: "eur"} }

// newFake has a session in every state, named for it.
func newFake() *fake {
	paper := CheckoutLine{Name: "Laid paper, A5", Description: "90 g, deckle edge, 50 sheets", Quantity: 2, Unit: eur(1450), Total: eur(2900)}
	pen := CheckoutLine{Name: "Fountain pen “Quill”", Description: "Medium nib, oak barrel", Quantity: 1, Unit: eur(4900), Total: eur(4900)}
	plan := CheckoutLine{Name: "Ink club", Description: "A new bottle every month", Quantity: 1, Unit: eur(2000), Total: eur(2000), Per: "month"}
	open := Checkout{Session: "open", Merchant: merchant, Mode: "payment", Status: "open", Lines: []CheckoutLine{paper, pen}, Subtotal: eur(7800), Discount: eur(780), Shipping: eur(590), Tax: eur(1333), Total: eur(7610), CancelURL: "https://shop.example/cart", ExpiresAt: today.Add(24 * time.Hour)}
	f := &fake{sessions: map[string]Checkout{}, next: Next{URL: "https://shop.example/thanks?id=cs_1"}}
	add := func(name string, change func(*Checkout)) {
		c := open
		c.Session = name
		change(&c)
		f.sessions[name] = c
	}
	add("open", func(*Checkout) {})
	add("locked", func(c *Checkout) { c.Email, c.EmailLocked = "jane@example.com", true })
	add("again", func(c *Checkout) { c.LastDecline = "Your card was declined." })
	add("full", func(c *Checkout) {
		c.AskName, c.AskAddress, c.AskPhone, c.AskShipping, c.TermsRequired = true, true, true, true, true
		c.Countries, c.CustomText = []string{"DE", "FR"}, "Orders leave our workshop within two days."
	})
	simple := func(c *Checkout, lines ...CheckoutLine) {
		c.Lines, c.Discount, c.Shipping, c.Tax = lines, services.Money{}, services.Money{}, services.Money{}
		c.Subtotal = services.Money{Currency: lines[0].Total.Currency}
		for _, l := range lines {
			c.Subtotal.Amount += l.Total.Amount
		}
		c.Total = c.Subtotal
	}
	add("single", func(c *Checkout) { simple(c, pen) })
	add("plan", func(c *Checkout) { simple(c, plan); c.Mode, c.Recurring = "subscription", "€20.00 per month" })
	add("trial", func(c *Checkout) {
		simple(c, plan)
		c.Mode, c.Recurring, c.Total = "subscription", "€20.00 per month", eur(0)
		c.TrialDays, c.TrialEnds = 14, today.AddDate(0, 0, 14)
	})
	add("planoff", func(c *Checkout) {
		simple(c, plan)
		c.Mode, c.Recurring, c.Discount, c.Total = "subscription", "€20.00 per month", eur(500), eur(1500)
	})
	add("setup", func(c *Checkout) {
		c.Mode, c.Lines, c.Total = "setup", nil, services.Money{}
		c.Subtotal, c.Discount, c.Shipping, c.Tax = c.Total, c.Total, c.Total, c.Total
	})
	add("free", func(c *Checkout) { simple(c, pen); c.Discount, c.Total, c.NoCardNeeded = pen.Total, eur(0), true })
	add("yen", func(c *Checkout) {
		m := services.Money{Amount: 2400, Currency: "jpy"}
		simple(c, CheckoutLine{Name: "和紙", Quantity: 1, Unit: m, Total: m})
		c.SubmitType = "donate"
	})
	add("dinar", func(c *Checkout) {
		m := services.Money{Amount: 12500, Currency: "kwd"}
		simple(c, CheckoutLine{Name: "دفتر", Quantity: 1, Unit: m, Total: m})
	})
	add("order", func(c *Checkout) {
		simple(c, paper, pen)
		c.Lines[0].ID, c.Lines[0].Adjustable, c.Lines[0].Minimum, c.Lines[0].Maximum = "li_1", true, 1, 20
		c.Lines[1].ID, c.Lines[1].Adjustable, c.Lines[1].Maximum = "li_2", true, 5
		c.AskCode = true
		c.Shippings = []ShippingOption{{Rate: "shr_1", Name: "Letter post", Delivery: "3–5 business days", Amount: eur(0), Chosen: true}, {Rate: "shr_2", Name: "By bicycle, the same day", Delivery: "up to 6 hours", Amount: eur(990)}}
	})
	add("coupon", func(c *Checkout) { c.AskCode, c.Coupon, c.TaxIncluded = true, "PAPER10", eur(1102) })
	add("named", func(c *Checkout) {
		simple(c, pen)
		c.CustomAmount = &CustomAmount{Amount: eur(4900), Minimum: eur(500), Maximum: eur(50000)}
	})
	add("fields", func(c *Checkout) {
		simple(c, pen)
		c.AskShipping, c.AskPromotions, c.TermsRequired = true, true, true
		c.ShippingText, c.TermsText, c.AfterText = "We ship on weekdays.", "Our terms are short.", "You get a mail."
		c.CustomFields = []CustomField{{Key: "engraving", Label: "Engraving", Type: "text", MinLength: 2, MaxLength: 20}, {Key: "size", Label: "Nib", Type: "dropdown", Options: []Option{{"m", "Medium"}, {"b", "Broad"}}}, {Key: "staff", Label: "Staff number", Type: "numeric", Optional: true}}
	})
	add("recover", func(c *Checkout) { c.Status, c.Recoverable = "expired", true })
	add("complete", func(c *Checkout) { c.Status, c.SuccessURL = "complete", "https://shop.example/thanks?id=cs_1" })
	add("expired", func(c *Checkout) { c.Status = "expired" })
	f.portal = newPortal()
	return f
}

// newPortal has a plan in each state, two cards and two invoices.
func newPortal() Portal {
	return Portal{
		Token: token, Merchant: merchant, ReturnURL: "https://shop.example/account",
		Customer: Billing{Name: "Jane Roe", Email: "jane@example.com", Phone: "+49 30 1234567", Line1: "Lindenstraße 4", City: "Berlin", PostalCode: "10969", Country: "DE"},
		Subscriptions: []PortalSubscription{
			{ID: "sub_1", Name: "Ink club", Price: "€20.00 per month", Status: "active", Renews: today.AddDate(0, 1, 0), Plan: "price_1", Quantity: 1, Currency: "eur"},
			{ID: "sub_2", Name: "Paper letter", Price: "€96.00 per year", Status: "active", Renews: today.AddDate(0, 3, 0), Canceled: true},
			{ID: "sub_3", Name: "Workshop pass", Price: "€12.00 per month", Status: "canceled", Renews: today.AddDate(0, -2, 0), Ended: true},
		},
		Cards:     []PortalCard{{ID: "pm_1", Brand: "Visa", Last4: "4242", Expires: "08/29", Default: true}, {ID: "pm_2", Brand: "Mastercard", Last4: "4444", Expires: "02/28"}},
		Invoices:  []PortalInvoice{{ID: "in_2", Number: "OAK-0002", Created: today, Total: eur(2000), Status: "open", Path: "/i/in_2"}, {ID: "in_1", Number: "OAK-0001", Created: today.AddDate(0, -1, 0), Total: eur(2000), Status: "paid", Path: "/i/in_1"}},
		CanCancel: true, AskReason: true, Reasons: []string{"too_expensive", "missing_features", "switched_service", "unused", "other"},
		CanUpdateCard: true, CanUpdateInfo: true, ShowInvoices: true, Editable: []string{"name", "email", "phone", "address"},
		Headline: "Paper and ink since 1874", PrivacyURL: "https://shop.example/privacy", TermsURL: "https://shop.example/terms",
		ChangePrice: true, ChangeQuantity: true, Confirms: true, AfterMessage: "See you soon.", Flow: "none",
		Plans: []PlanChoice{{Price: "price_1", Name: "Ink club", Amount: "€20.00 per month", Currency: "eur"}, {Price: "price_2", Name: "Ink club, large", Amount: "€35.00 per month", Currency: "eur"}},
	}
}

func (f *fake) Checkout(_ context.Context, session string) (Checkout, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.sessions[session]
	if f.err != nil {
		return Checkout{}, f.err
	}
	if !ok {
		return Checkout{}, ErrNotFound
	}
	return c, nil
}

func (f *fake) Change(ctx context.Context, session string, c OrderChange) error {
	if _, err := f.Checkout(ctx, session); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, c)
	switch {
	case c.Code == "NOPE":
		return &Problem{Field: "promotionCode", Message: "This code is invalid."}
	case c.Line != "" && (c.Quantity < 1 || c.Quantity > 20):
		return &Problem{Field: QuantityID(c.Line), Message: "Choose a quantity from 1 to 20."}
	case c.Amount == "1":
		return &Problem{Field: "customAmount", Message: "The amount must be at least €5.00."}
	}
	return nil
}

func (f *fake) Recover(_ context.Context, session string) (string, error) {
	if session != "recover" {
		return "", ErrNotFound
	}
	return "open", nil
}

func (f *fake) Short(_ context.Context, short string) (string, error) {
	if short != "abc" {
		return "", ErrNotFound
	}
	return "open", nil
}

func (f *fake) Pay(ctx context.Context, session string, p Payment) (Next, error) {
	c, err := f.Checkout(ctx, session)
	if err != nil {
		return Next{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.payments = append(f.payments, p)
	if c.Status == "complete" {
		return f.next, nil
	}
	if c.Status == "expired" {
		return Next{}, &Problem{Message: "This session has expired."}
	}
	switch number := strings.ReplaceAll(p.Card.Number, " ", ""); {
	case number == "4000000000000002":
		return Next{}, &Problem{Message: "Your credit card was declined. Try paying with a debit card instead."}
	case number == "4242424242424241":
		return Next{}, &Problem{Field: "cardNumber", Message: "Your card number is invalid."}
	case number == "4000002500003155":
		return Next{Challenge: "pi_1"}, nil
	case c.TermsRequired && !p.Terms:
		return Next{}, &Problem{Field: termsField, Message: "Please agree to the terms."}
	}
	f.charges++
	c.Status, c.SuccessURL = "complete", f.next.URL
	f.sessions[session] = c
	return f.next, nil
}

func (f *fake) Challenge(ctx context.Context, session, intent string) (Checkout, error) {
	if intent != "pi_1" {
		return Checkout{}, ErrNotFound
	}
	return f.Checkout(ctx, session)
}

func (f *fake) Answer(ctx context.Context, session, intent string, pass bool) (Next, error) {
	if _, err := f.Challenge(ctx, session, intent); err != nil {
		return Next{}, err
	}
	if !pass {
		return Next{}, &Problem{Message: "We are unable to authenticate your payment method."}
	}
	return f.next, nil
}

func (f *fake) Portal(_ context.Context, t string) (Portal, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t != token {
		return Portal{}, ErrNotFound
	}
	return f.portal, f.err
}

// did records a portal call.
func (f *fake) did(words ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, strings.Join(words, " "))
	return nil
}

// has reports whether a portal call was made.
func (f *fake) has(call string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.done, call)
}

func (f *fake) Cancel(_ context.Context, _, subscription string, c Cancellation) error {
	if c.Comment == "refuse" {
		return &Problem{Message: "This plan cannot be canceled."}
	}
	return f.did("cancel", subscription, c.Feedback, c.Comment)
}

func (f *fake) Resume(_ context.Context, _, subscription string) error {
	return f.did("resume", subscription)
}

func (f *fake) UpdatePlan(_ context.Context, _, subscription string, c PlanChange) error {
	if c.Quantity > 9 {
		return &Problem{Message: "Choose another quantity."}
	}
	return f.did("update", subscription, c.Price, fmt.Sprint(c.Quantity))
}

func (f *fake) AddCard(_ context.Context, _ string, c Card) error {
	if c.Number == "4242424242424241" {
		return &Problem{Field: "cardNumber", Message: "Your card number is invalid."}
	}
	return f.did("add", c.Number, c.Expiry, c.CVC, c.Name)
}

func (f *fake) SetDefaultCard(_ context.Context, _, card string) error { return f.did("default", card) }

func (f *fake) RemoveCard(_ context.Context, _, card string) error {
	if card == "pm_1" {
		return &Problem{Message: "This is the only card of a running plan. Add another one first."}
	}
	return f.did("remove", card)
}

func (f *fake) UpdateBilling(_ context.Context, _ string, b Billing) error {
	if b.Email == "nobody" {
		return &Problem{Field: "email", Message: "Your email is invalid."}
	}
	f.mu.Lock()
	f.billing = b
	f.mu.Unlock()
	return f.did("billing")
}

func (f *fake) Invoice(_ context.Context, id string) (Document, error) {
	d := Document{
		Kind: "Invoice", Number: "OAK-0001", Merchant: f.portal.Merchant, Customer: f.portal.Customer, Created: today, Status: "paid",
		Lines:    []CheckoutLine{{Name: "Ink club", Description: "23 November – 23 December 2026", Quantity: 1, Unit: eur(2000), Total: eur(2000), Per: "month"}, {Name: "Bottle deposit", Quantity: 2, Unit: eur(150), Total: eur(300)}},
		Subtotal: eur(2300), Discount: eur(300), Tax: eur(380), Total: eur(2380), Paid: eur(2380), Card: "Visa •••• 4242", Currency: "eur",
	}
	switch id {
	case "in_1":
	case "in_2":
		d.Number, d.Status, d.Paid = "OAK-0002", "open", eur(0)
	default:
		return Document{}, ErrNotFound
	}
	return d, nil
}

func (f *fake) Receipt(ctx context.Context, charge string) (Document, error) {
	if charge != "ch_1" {
		return Document{}, ErrNotFound
	}
	d, err := f.Invoice(ctx, "in_1")
	d.Kind, d.Number, d.Status, d.Refunded = "Receipt", "1204-8871", "succeeded", eur(500)
	return d, err
}
