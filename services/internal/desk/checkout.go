package desk

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"bursar/services"
)

// CheckoutOptions are what a Checkout is made of.
type CheckoutOptions struct {
	Prices   Prices
	Sessions Sessions
	Ledger   Ledger
	Returns  Returns
	Watch    func(context.Context) <-chan services.Change // wakes Await
	Now      services.Clock

	After func(time.Duration) <-chan time.Time // nil: time.After
	Log   *slog.Logger                         // for what must not fail a sale; nil: nothing is logged
}

// Checkout implements services.Checkout.
type Checkout struct {
	prices   Prices
	sessions Sessions
	ledger   Ledger
	returns  Returns
	watch    func(context.Context) <-chan services.Change
	now      services.Clock
	after    func(time.Duration) <-chan time.Time
	log      *slog.Logger
}

var _ services.Checkout = (*Checkout)(nil)

// NewCheckout returns the checkout of one profile.
func NewCheckout(o CheckoutOptions) *Checkout {
	if o.After == nil {
		o.After = time.After
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Checkout{prices: o.Prices, sessions: o.Sessions, ledger: o.Ledger, returns: o.Returns,
		watch: o.Watch, now: o.Now, after: o.After, log: o.Log}
}

const opCreate = "creating the checkout session"

// Create makes a session. Its parameters follow from the request and the
// attempt's addresses alone, so that a retry under the same idempotency key
// sends the same ones and Stripe answers with the same session.
func (c *Checkout) Create(ctx context.Context, r services.CheckoutRequest) (services.Session, error) {
	key := r.IdempotencyKey
	if key == "" {
		key = mintKey()
	}
	if bad := checkKey(key); bad != nil {
		return services.Session{}, bad
	}
	mode, err := c.plan(ctx, r)
	if err != nil {
		return services.Session{}, err
	}
	success, cancel, err := c.returns.Checkout(key)
	if err != nil {
		return services.Session{}, err
	}
	s, err := c.sessions.CreateSession(ctx, sessionParams(r, mode, success, cancel), key)
	switch {
	case ambiguous(err):
		return services.Session{}, lostAnswer(err, r.IdempotencyKey == "", key)
	case err != nil:
		return services.Session{}, err
	}
	c.returns.Bind(key, s.ID)
	// The session exists: that the caller gives up now must not make it unseen.
	ctx = context.WithoutCancel(ctx)
	if err := c.ledger.Save(ctx, s); err != nil {
		return services.Session{}, c.withdraw(ctx, s, err)
	}
	return s, nil
}

// plan checks the cart and returns the mode to send; empty when the options
// carry the line items, so that only Stripe can tell.
func (c *Checkout) plan(ctx context.Context, r services.CheckoutRequest) (services.CheckoutMode, error) {
	mode := r.Mode
	if m, ok := option(r.Options, "mode"); ok {
		mode = services.CheckoutMode(m)
	}
	own := carries(r.Options, "line_items")
	switch {
	case own && len(r.Items) > 0:
		return "", invalid(opCreate, "line_items", "The line items are given twice: as items and as options.", "Give them in one way only.")
	case own, mode == services.SetupMode && len(r.Items) == 0:
		return mode, nil
	}
	lines, err := c.lines(ctx, r.Items)
	if err != nil {
		return "", err
	}
	planned, _, err := services.Plan(lines)
	if err != nil {
		return "", inOp(opCreate, err)
	}
	return agreed(mode, planned)
}

// lines looks up what the items are, naming the first that Stripe does not know.
func (c *Checkout) lines(ctx context.Context, items []services.Item) ([]services.Line, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.Price)
	}
	prices, err := c.prices.Prices(ctx, unique(ids))
	if err != nil {
		return nil, err
	}
	lines := make([]services.Line, 0, len(items))
	for i, item := range items {
		price, ok := prices[item.Price]
		if !ok {
			return nil, &services.Error{Code: services.CodeNotFound, Op: opCreate, Field: fmt.Sprintf("line_items[%d][price]", i),
				Message: fmt.Sprintf("Stripe knows no price %q.", services.Clean(item.Price)),
				Next:    "Take it out, or correct the price id in the product source."}
		}
		lines = append(lines, services.Line{Price: price, Name: nameOf(price), Quantity: item.Quantity})
	}
	return lines, nil
}

func nameOf(p services.Price) string {
	if p.ProductName != "" {
		return p.ProductName
	}
	return p.ID
}

// agreed returns the mode to send, and refuses one that Stripe would refuse for
// what is in the cart. A word that is not a mode is left for Stripe to judge.
func agreed(asked, planned services.CheckoutMode) (services.CheckoutMode, error) {
	switch {
	case asked == "":
		return planned, nil
	case asked == services.PaymentMode && planned == services.SubscriptionMode:
		return "", invalid(opCreate, "mode", "Payment mode takes no recurring price, and the cart has one.", "Use subscription mode, or take the recurring price out.")
	case asked == services.SubscriptionMode && planned == services.PaymentMode:
		return "", invalid(opCreate, "mode", "Subscription mode needs a recurring price, and the cart has none.", "Use payment mode, or add a recurring price.")
	case asked == services.SetupMode:
		return "", invalid(opCreate, "mode", "Setup mode takes no items: it only saves a card.", "Empty the cart, or use another mode.")
	}
	return asked, nil
}

// sessionParams builds Stripe's form parameters, in a fixed order. An option
// replaces what would be sent under the same name.
func sessionParams(r services.CheckoutRequest, mode services.CheckoutMode, success, cancel string) []services.Option {
	var params []services.Option
	add := func(name, value string) {
		if value != "" && !carries(r.Options, name) {
			params = append(params, services.Option{Name: name, Value: value})
		}
	}
	add("mode", string(mode))
	if ui, ok := option(r.Options, "ui_mode"); !ok || ui == "hosted" {
		add("success_url", success)
		add("cancel_url", cancel)
	}
	add("customer", r.Customer)
	for i, item := range r.Items {
		prefix := "line_items[" + strconv.Itoa(i) + "]"
		params = append(params,
			services.Option{Name: prefix + "[price]", Value: item.Price},
			services.Option{Name: prefix + "[quantity]", Value: strconv.FormatInt(item.Quantity, 10)})
	}
	return append(params, r.Options...)
}

// option returns the last value given under a name.
func option(options []services.Option, name string) (value string, ok bool) {
	for _, o := range options {
		if o.Name == name {
			value, ok = o.Value, true
		}
	}
	return value, ok
}

// carries reports whether an option sets a parameter or a part of it:
// "line_items[0][price]" is a part of "line_items".
func carries(options []services.Option, root string) bool {
	for _, o := range options {
		if o.Name == root || strings.HasPrefix(o.Name, root+"[") {
			return true
		}
	}
	return false
}

// lostAnswer is the error of a session that may or may not exist. Nobody has
// its address, so nothing can have been paid by it.
func lostAnswer(err error, minted bool, key string) error {
	next := "Try again: Stripe answers the same attempt with the same session and never makes a second one."
	if minted {
		next = "Try again with the idempotency key " + key + ": Stripe then answers with the same session and never makes a second one. Nobody can have paid it: its address was never received."
	}
	cause := services.AsError(err)
	return &services.Error{Code: services.CodePending, Op: opCreate, Next: next, RequestID: cause.RequestID, Err: err,
		Message: "The session may have been created, but Stripe's answer was lost: " + lowerFirst(cause.Message)}
}

// withdraw closes a session that could not be written down: unremembered, it
// could be paid unseen.
func (c *Checkout) withdraw(ctx context.Context, s services.Session, cause error) error {
	e := *services.AsError(cause)
	e.Op, e.Err = opCreate, cause
	if _, err := c.sessions.ExpireSession(ctx, s.ID, mintKey()); err != nil {
		c.log.Warn("expiring a session that could not be remembered", "session", s.ID, "err", err)
		e.Message = fmt.Sprintf("Session %s was created but could not be remembered, and could not be expired either. %s", s.ID, e.Message)
		e.Next = "Expire it in the Stripe dashboard, or leave it: its address was given to nobody. " + e.Next
		return &e
	}
	e.Message = "The session could not be remembered, so it was expired: nobody can pay it. " + e.Message
	return &e
}

func inOp(op string, err error) error {
	e := *services.AsError(err)
	e.Op = op
	return &e
}

// lowerFirst makes a sentence the second half of another. A first word that is
// a name keeps its capital.
func lowerFirst(s string) string {
	if s == "" || strings.HasPrefix(s, "Stripe") {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
