package waiting

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
)

type keyMap struct {
	open, receipt, link, copyFact, qr, giveUp, check, logs, again, retry key.Binding
	move                                                                 keys.Move
}

func newKeys() keyMap {
	return keyMap{
		open: keys.New("o", "open the page", "o"), receipt: keys.New("o", "open the receipt", "o"),
		link: keys.New("u", "copy the address", "u"), copyFact: keys.New("y", "copy", "y"),
		qr: keys.New("Q", "QR code", "Q"), giveUp: keys.New("x", "give up…", "x"),
		check: keys.New("r", "check now", "r"), logs: keys.New("l", "customer's logs", "l"),
		again: keys.New("n", "sell again", "n"), retry: keys.New("n", "back to the cart", "n"), move: keys.NewMove(),
	}
}

// Bindings are the keys that act now.
func (s *screen) Bindings() []key.Binding {
	k := s.keys
	outcome := s.outcome()
	fact, onFact := s.facts.Current()
	if _, what := fact.Copied(); onFact {
		k.copyFact.SetHelp("y", "copy "+what)
	}
	page := s.url() != ""
	done, dead := outcome == services.OutcomeCompleted, outcome == services.OutcomeIncomplete
	k.open.SetEnabled(page)
	k.link.SetEnabled(page)
	if fact.Value == s.url() {
		k.link.SetHelp("", k.link.Help().Desc) // the footer says it once, for y
	}
	k.qr.SetEnabled(page)
	k.giveUp.SetEnabled(page && !s.expire.Pending())
	k.receipt.SetEnabled(done && s.receipt.ReceiptURL != "")
	k.copyFact.SetEnabled(onFact && !s.qrFills())
	k.check.SetEnabled(!done && !dead)
	k.logs.SetEnabled(done && s.receipt.Session.Customer != "")
	k.again.SetEnabled(done)
	k.retry.SetEnabled(dead)
	out := []key.Binding{k.open, k.receipt, k.copyFact, k.link, k.qr, k.giveUp, k.check, k.logs, k.again, k.retry}
	if onFact {
		out = append(out, quiet(k.move.All())...)
	}
	return out
}

// quiet leaves bindings to the help, so that the footer has room for the way back.
func quiet(bindings []key.Binding) []key.Binding {
	for i := range bindings {
		bindings[i].SetHelp("", bindings[i].Help().Desc)
	}
	return bindings
}

func (s *screen) key(m tea.KeyMsg) tea.Cmd {
	for _, b := range s.Bindings() {
		if key.Matches(m, b) {
			return s.do(m)
		}
	}
	return nil
}

// do acts on a key whose binding is enabled.
func (s *screen) do(m tea.KeyMsg) tea.Cmd {
	k := s.keys
	switch {
	case key.Matches(m, k.open) && s.url() != "":
		return s.openPage()
	case key.Matches(m, k.receipt):
		return tui.OpenLink(s.receipt.ReceiptURL, "the receipt")
	case key.Matches(m, k.link):
		return tui.Copy(s.url(), "address of the checkout page")
	case key.Matches(m, k.copyFact):
		fact, _ := s.facts.Current()
		text, what := fact.Copied()
		return tui.Copy(text, what)
	case key.Matches(m, k.qr):
		return s.toggleQR()
	case key.Matches(m, k.giveUp):
		return s.giveUp()
	case key.Matches(m, k.check):
		s.failures = 0
		s.delay = firstWait
		return s.ask()
	case key.Matches(m, k.logs):
		return tui.Go(tui.Route{Kind: tui.Logs, Ref: s.receipt.Session.Customer})
	case key.Matches(m, k.again) && s.outcome() == services.OutcomeCompleted:
		return tea.Sequence(tui.Back(), tui.GoTab(tui.Catalogue))
	case key.Matches(m, k.retry):
		return tea.Sequence(tui.Back(), tui.GoTab(tui.Checkout))
	}
	s.facts.Update(s.env.Theme, m, k.move)
	return nil
}
