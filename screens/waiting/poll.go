package waiting

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// How Stripe is asked: each answer that changes nothing makes the next pause
// longer, and so many failures in a row end the asking until the person asks.
const (
	firstWait   = 700 * time.Millisecond
	longestWait = 3 * time.Second
	patience    = 3
)

// ask reads the session back, unless that is under way or its outcome is final.
func (s *screen) ask() tea.Cmd {
	if s.has && s.receipt.Outcome.Settled() {
		return nil
	}
	if s.check.Pending() {
		s.again = true
		return nil
	}
	s.again = false
	s.timer++
	checkout, id := s.env.Desk.Checkout, s.id
	return tui.Ask(s.env, &s.check, "reading the checkout", func(ctx context.Context) (services.Receipt, error) {
		return checkout.Check(ctx, id)
	})
}

func (s *screen) gotReceipt(r tui.Reply[services.Receipt]) tea.Cmd {
	if !s.check.Accept(r.Req) {
		return nil
	}
	s.askedAt = s.env.Now()
	if s.err = r.Err; r.Err != nil {
		s.failures++
	} else {
		s.failures = 0
		s.take(r.Val)
	}
	if s.again {
		return tea.Batch(s.openFirst(), s.ask())
	}
	return tea.Batch(s.openFirst(), s.schedule())
}

// take keeps what was read. News make the next pause short.
func (s *screen) take(r services.Receipt) {
	old := s.receipt
	news := !s.has || old.Outcome != r.Outcome || old.Declined != r.Declined ||
		old.Session.Status != r.Session.Status || old.Session.PaymentStatus != r.Session.PaymentStatus
	s.receipt, s.has = r, true
	if news {
		s.delay = firstWait
	}
	if r.Outcome.Settled() {
		s.qrOn = false
	}
	if r.Outcome == services.OutcomeCompleted {
		s.emptyCart()
	}
}

// schedule sets the timer for the next check while there is something to wait
// for.
func (s *screen) schedule() tea.Cmd {
	if !s.waiting() {
		return nil
	}
	s.timer++
	cmd := s.env.After(s.delay, tui.Later{To: s.env.ID, Tag: s.timer})
	s.delay = min(s.delay+s.delay/2, longestWait)
	return cmd
}

// waiting reports whether checks go on by themselves.
func (s *screen) waiting() bool {
	switch {
	case s.has && s.receipt.Outcome != services.OutcomeOpen:
		return false
	case s.err != nil:
		return lost(s.err) && s.failures < patience
	}
	return true
}

// lost reports whether an error leaves open what became of the payment. Other
// errors are definite, such as a key that is refused.
func lost(err error) bool {
	switch services.CodeOf(err) {
	case services.CodePending, services.CodeUnavailable, services.CodeRateLimited, services.CodeConflict, services.CodeInternal:
		return true
	}
	return false
}

// changed checks at once when the desk tells something that may be about this
// session.
func (s *screen) changed(c services.Change) tea.Cmd {
	mine := c.Ref == s.id
	switch c.Kind {
	case services.ChangeReturned:
		if !mine {
			return nil
		}
		s.came, s.back = true, false
	case services.ChangeCancelled:
		if !mine {
			return nil
		}
		s.back, s.came = true, false
	case services.ChangeEvents:
		if !mine && c.Ref != "" {
			return nil
		}
	case services.ChangeResync:
	default:
		return nil
	}
	s.delay = firstWait
	s.failures = 0
	return s.ask()
}
