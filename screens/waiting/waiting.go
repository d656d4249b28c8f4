// Package waiting is one checkout from its page to its receipt: a person opens
// the page, sees that it is waited for and why, and reads what became of it.
//
// It calls Checkout.Check again and again while the outcome is open, and at once
// when the desk tells of a return; Checkout.Expire when the person gives up; and
// Links for the browser and the QR code. Paid is shown only when Check returned
// services.OutcomeCompleted. It leads to the customer's logs, to the catalogue
// and back to the checkout.
//
// Route: Ref is the session. Arg "new" means it was made just now from the cart:
// its page is opened once, and the cart is emptied when it is paid. Arg "cart"
// empties the cart too but opens nothing.
package waiting

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// screen is the wait for one session.
type screen struct {
	env  *tui.Env
	id   string
	w, h int

	// What was read of the session.
	check    tui.Guard
	receipt  services.Receipt
	has      bool // receipt was read at least once
	err      error
	failures int       // checks that failed one after the other
	askedAt  time.Time // when Stripe was asked last
	since    time.Time // when the wait began
	again    bool      // something changed during a check: check once more
	timer    int       // the last timer set; an older one is not obeyed
	delay    time.Duration

	// What the person did on the page or here.
	back    bool // used the page's back link
	came    bool // came back from the page
	expire  tui.Guard
	expired bool // closed from here

	// The page.
	toOpen  bool // it is still to be opened by itself
	browser tui.Guard
	opened  opening
	qr      tui.Guard
	qrOn    bool
	code    encoded
	qrErr   error

	sold  *sold // what the cart was when the session was made; nil: not from the cart
	facts widget.FactList
	keys  keyMap
}

// sold is a cart to be compared later.
type sold struct {
	lines    []services.Item
	customer string
}

func snapshot(c *tui.Cart) *sold {
	s := &sold{customer: c.Customer.ID}
	for _, l := range c.Lines {
		s.lines = append(s.lines, services.Item{Price: l.Price.ID, Quantity: l.Quantity})
	}
	return s
}

// New makes the wait for the session r.Ref.
func New(env *tui.Env, r tui.Route) tui.Screen {
	s := &screen{env: env, id: r.Ref, since: env.Now(), delay: firstWait, keys: newKeys(), toOpen: r.Arg == "new"}
	s.facts.Aside = cardsGroup
	if r.Arg == "new" || r.Arg == "cart" {
		s.sold = snapshot(env.Cart)
	}
	return s
}

// Title names the page by what it shows.
func (s *screen) Title() string {
	if s.outcome() == services.OutcomeCompleted {
		return "Receipt"
	}
	return "Payment"
}

func (s *screen) Init() tea.Cmd { return s.ask() }

func (s *screen) Capturing() bool { return false }

func (s *screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.fit()
}

func (s *screen) Update(msg tea.Msg) tea.Cmd {
	defer s.fit()
	switch msg := msg.(type) {
	case tui.Reply[services.Receipt]:
		return s.gotReceipt(msg)
	case tui.Reply[closed]:
		return s.gotClosed(msg)
	case tui.Reply[opened]:
		return s.gotOpened(msg)
	case tui.Reply[encoded]:
		s.gotCode(msg)
	case tui.Later:
		if msg.Tag == s.timer {
			return s.ask()
		}
	case tui.ChangeMsg:
		return s.changed(services.Change(msg))
	case expireMsg:
		return s.close()
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		msg.Y -= len(s.head())
		s.facts.Update(s.env.Theme, msg, s.keys.move)
	}
	return nil
}

// outcome is what is known: what Stripe said last, or pending once it cannot be
// asked any more.
func (s *screen) outcome() services.Outcome {
	switch {
	case s.has && s.receipt.Outcome.Settled():
		return s.receipt.Outcome
	case s.err != nil && lost(s.err):
		return services.OutcomePending
	case s.has:
		return s.receipt.Outcome
	}
	return services.OutcomeOpen
}

// emptyCart empties the cart the session was made from, once, and only when
// nothing else was put in it since.
func (s *screen) emptyCart() {
	if s.sold == nil {
		return
	}
	now := snapshot(s.env.Cart)
	if now.customer == s.sold.customer && slices.Equal(now.lines, s.sold.lines) {
		s.env.Cart.Clear()
	}
	s.sold = nil
}
