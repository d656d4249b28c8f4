package waiting

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// opening is how opening the page went.
type opening struct {
	done  bool   // a browser was started
	where string // why there is none; the address was copied
}

type (
	opened  struct{}
	closed  struct{ receipt services.Receipt }
	encoded struct {
		code  services.QRCode
		short string // the address in the code
	}
)

// expireMsg is the person's yes to giving up.
type expireMsg struct{ to tui.InstanceID }

// Target returns the screen that asked.
func (m expireMsg) Target() tui.InstanceID { return m.to }

// url is the page's address while it can be paid.
func (s *screen) url() string {
	if s.receipt.Outcome != services.OutcomeOpen {
		return ""
	}
	return s.receipt.Session.URL
}

// openFirst opens the page of a session that was made just now, once.
func (s *screen) openFirst() tea.Cmd {
	if !s.toOpen || s.url() == "" {
		return nil
	}
	s.toOpen = false
	return s.openPage()
}

// openPage opens the page, or copies its address where there is no browser.
func (s *screen) openPage() tea.Cmd {
	links, url := s.env.Desk.Links, s.url()
	s.back = false
	if ok, why := links.CanOpen(); !ok {
		s.opened = opening{where: services.Clean(why)}
		return tui.Copy(url, "address of the checkout page")
	}
	return tui.Ask(s.env, &s.browser, "opening the checkout page", func(ctx context.Context) (opened, error) {
		return opened{}, links.Open(ctx, url)
	})
}

func (s *screen) gotOpened(r tui.Reply[opened]) tea.Cmd {
	if !s.browser.Accept(r.Req) {
		return nil
	}
	if r.Err == nil {
		s.opened = opening{done: true}
		return nil
	}
	s.opened = opening{where: widget.Message(r.Err)}
	if url := s.url(); url != "" {
		return tui.Copy(url, "address of the checkout page")
	}
	return nil
}

// toggleQR shows or hides the page's address as a code.
func (s *screen) toggleQR() tea.Cmd {
	s.qrOn = !s.qrOn
	if !s.qrOn || s.code.code.Size > 0 || s.qr.Pending() {
		return nil
	}
	links, url := s.env.Desk.Links, s.url()
	return tui.Ask(s.env, &s.qr, "drawing the QR code", func(context.Context) (encoded, error) {
		code, short, err := links.QR(url)
		return encoded{code, short}, err
	})
}

func (s *screen) gotCode(r tui.Reply[encoded]) {
	if !s.qr.Accept(r.Req) {
		return
	}
	s.code, s.qrErr = r.Val, r.Err
}

// giveUp asks whether the session is to be closed or left open.
func (s *screen) giveUp() tea.Cmd {
	session := s.receipt.Session
	return tui.AskConfirm(tui.Confirm{
		Title: "Give up waiting for " + session.Total.String() + "?",
		Facts: []string{
			session.Summary,
			"Expiring closes the page, so that nobody can pay it later.",
			"Left open, it can be paid until " + s.clock(session.ExpiresAt) + " and stays listed under Checkout.",
		},
		Yes: "Expire it", No: "Leave it open",
		Do: func() tea.Msg { return expireMsg{s.env.ID} },
	})
}

func (s *screen) close() tea.Cmd {
	if s.has && s.receipt.Outcome != services.OutcomeOpen {
		return nil
	}
	checkout, id := s.env.Desk.Checkout, s.id
	return tui.Ask(s.env, &s.expire, "expiring the checkout", func(ctx context.Context) (closed, error) {
		r, err := checkout.Expire(ctx, id)
		return closed{r}, err
	})
}

// gotClosed believes that the session is closed. Anything else, such as a
// payment that came first, is read back with Check.
func (s *screen) gotClosed(r tui.Reply[closed]) tea.Cmd {
	if !s.expire.Accept(r.Req) || s.has && s.receipt.Outcome.Settled() {
		return nil
	}
	if r.Err == nil && r.Val.receipt.Outcome == services.OutcomeIncomplete {
		s.check.Abort()
		s.expired, s.err, s.askedAt = true, nil, s.env.Now()
		s.take(r.Val.receipt)
		return nil
	}
	s.failures = 0
	if r.Err != nil {
		return tea.Batch(tui.Fail(r.Err), s.ask())
	}
	return s.ask()
}
