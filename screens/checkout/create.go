package checkout

import (
	"context"
	"crypto/rand"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// attempt is one wish to make a session. Its key is minted when the person
// presses enter and is used again for the same request until the answer is
// definite, so that a retry can never make a second session.
type attempt struct {
	request services.CheckoutRequest
	key     string
}

// made is a session and what it was made from.
type made struct {
	session string
	request services.CheckoutRequest
}

// createMsg is the person's yes to a question that was asked before creating.
type createMsg struct {
	to      tui.InstanceID
	request services.CheckoutRequest
}

// Target returns the screen that asked.
func (m createMsg) Target() tui.InstanceID { return m.to }

type created struct{ session services.Session }

// request is what a session would be made from now, without a key.
func (s *screen) request() services.CheckoutRequest {
	r := services.CheckoutRequest{Customer: s.env.Cart.Customer.ID, Options: slices.Clone(s.options)}
	for _, l := range s.env.Cart.Lines {
		r.Items = append(r.Items, services.Item{Price: l.Price.ID, Quantity: l.Quantity})
	}
	if p := s.plan(); p.err == nil && !p.byOptions {
		r.Mode = p.mode
	}
	return r
}

// same reports whether two requests ask for the same session.
func same(a, b services.CheckoutRequest) bool {
	return a.Customer == b.Customer && a.Mode == b.Mode && slices.Equal(a.Items, b.Items) && slices.Equal(a.Options, b.Options)
}

// press makes a session from what is there, or asks first: in live mode, and
// when the same cart has a checkout that can still be paid.
func (s *screen) press() tea.Cmd {
	p := s.plan()
	request := s.request()
	if s.attempt.key == "" || !same(request, s.attempt.request) {
		s.attempt = attempt{request, rand.Text()}
	}
	request.IdempotencyKey = s.attempt.key
	twice := s.hasOpen(request)
	if !s.env.Desk.Profile.Live() && !twice {
		return s.send(request)
	}
	c := tui.Confirm{Title: "Create a checkout?", Yes: "Create the checkout", Facts: s.facts(p),
		Do: func() tea.Msg { return createMsg{s.env.ID, request} }}
	if !p.byOptions {
		c.Title = "Create a checkout for " + p.due.String() + "?"
		c.Typed = p.due.Decimal()
	}
	if twice {
		c.Title = "This cart has an open checkout already"
		c.Facts = append([]string{"It can still be paid. With a second one, the same cart can be paid twice."}, c.Facts...)
		c.Yes = "Create a second one"
	}
	return tui.AskConfirm(c)
}

// hasOpen reports whether the last session made is of this request and can still
// be paid.
func (s *screen) hasOpen(r services.CheckoutRequest) bool {
	return s.made.session != "" && s.isOpen(s.made.session) && same(r, s.made.request)
}

// facts are what a confirmation says of the sale.
func (s *screen) facts(p plan) []string {
	profile := s.env.Desk.Profile
	account := profile.AccountName
	if account == "" {
		account = profile.AccountID
	}
	var facts []string
	if p.byOptions {
		facts = append(facts, "What is sold is in the options.")
	} else {
		facts = append(facts, widget.Count(s.env.Cart.Count(), "item")+", "+p.due.String()+" due now.", p.words()+".")
	}
	facts = append(facts, "Customer: "+s.buyer()+".")
	if account != "" {
		facts = append(facts, "Account: "+account+".")
	}
	return facts
}

// buyer names who buys.
func (s *screen) buyer() string {
	if c := s.env.Cart.Customer; c.ID != "" {
		return c.Label()
	}
	return "guest"
}

func (s *screen) send(request services.CheckoutRequest) tea.Cmd {
	checkout := s.env.Desk.Checkout
	s.problem = nil
	return tui.Ask(s.env, &s.create, "creating the checkout session", func(ctx context.Context) (created, error) {
		session, err := checkout.Create(ctx, request)
		return created{session}, err
	})
}

func (s *screen) gotSession(r tui.Reply[created]) tea.Cmd {
	if !s.create.Accept(r.Req) {
		return nil
	}
	if r.Err != nil {
		s.problem, s.problemOf = r.Err, s.attempt.request
		if definite(r.Err) {
			s.attempt = attempt{}
		}
		return s.readOpen()
	}
	s.made = made{r.Val.session.ID, s.attempt.request}
	s.attempt = attempt{}
	s.sweep.Abort() // it may not know this session yet
	s.open = append([]services.Session{r.Val.session}, s.open...)
	return tea.Batch(tui.Go(tui.Route{Kind: tui.Waiting, Ref: r.Val.session.ID, Arg: "new"}), s.readOpen())
}

// definite reports whether an error says for certain that no session stands:
// Stripe would answer its key with the same refusal again, so the next attempt
// needs a new one.
func definite(err error) bool {
	switch services.CodeOf(err) {
	case services.CodePending, services.CodeUnavailable, services.CodeRateLimited, services.CodeConflict, services.CodeInternal:
		return false
	}
	return true
}
