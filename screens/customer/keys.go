package customer

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	_, event := s.selected()
	k.open.SetEnabled(event && !s.aside)
	k.sell.SetEnabled(s.alive())
	k.portal.SetEnabled(s.alive())
	k.logs.SetEnabled(s.known)
	k.time.SetEnabled(len(s.events) > 0)
	k.pane.SetEnabled(s.known && s.logOK)
	if !s.known {
		k.retry.SetHelp("r", "try again")
	}
	return append([]key.Binding{k.open, k.portal, k.sell, k.logs, k.copy, k.time, k.pane, k.retry}, s.move.All()...)
}

// alive reports whether something can be done with the customer.
func (s *Screen) alive() bool { return s.known && !s.customer.Deleted }

func (s *Screen) selected() (services.Event, bool) {
	if s.list.Cursor >= len(s.events) {
		return services.Event{}, false
	}
	return s.events[s.list.Cursor], true
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	if s.aside && s.facts.Update(k, s.move) || !s.aside && s.list.Update(k, s.move) {
		return nil
	}
	switch {
	case key.Matches(k, s.keys.open) && !s.aside:
		return s.open()
	case key.Matches(k, s.keys.sell) && s.alive():
		s.env.Cart.Customer = s.customer
		return tea.Batch(tui.Note("Selling to "+s.customer.Label()+": choose products."), tui.GoTab(tui.Catalogue))
	case key.Matches(k, s.keys.portal) && s.alive():
		return tui.Go(tui.Route{Kind: tui.Portal, Ref: s.id})
	case key.Matches(k, s.keys.logs) && s.known:
		return tui.Go(tui.Route{Kind: tui.Logs, Ref: s.id})
	case key.Matches(k, s.keys.copy):
		return tui.Copy(s.id, "customer id")
	case key.Matches(k, s.keys.time):
		s.table.Mode = s.table.Mode.Next()
		s.SetSize(s.w, s.h)
	case key.Matches(k, s.keys.pane) && s.known && s.logOK:
		s.aside = !s.aside
	case key.Matches(k, s.keys.retry):
		return s.Init()
	}
	return nil
}

func (s *Screen) open() tea.Cmd {
	if e, ok := s.selected(); ok {
		return tui.Go(tui.Route{Kind: tui.Event, Ref: e.ID})
	}
	return nil
}

func (s *Screen) mouse(m tea.MouseMsg) tea.Cmd {
	p := s.panes()
	inLog := m.Y >= p.logY && m.X >= p.logX
	if !inLog {
		s.facts.Update(m, s.move)
		return nil
	}
	if m.Action == tea.MouseActionPress && m.Button == tea.MouseButtonLeft {
		s.aside = false
		before := s.list.Cursor
		if s.list.Click(m.Y-p.logY-logHead) && s.list.Cursor == before {
			return s.open()
		}
		return nil
	}
	s.list.Update(m, s.move)
	return nil
}
