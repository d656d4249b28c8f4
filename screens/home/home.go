// Package home is the first page: what this profile is, what is set up and what
// is not, what is going on, and the ways in.
//
// It calls Configuration.Show, Logs.Health, Logs.List, Checkout.Unsettled and
// Checkout.Recent. Routes lead out to every tab, to an open checkout or a receipt
// (tui.Waiting) and to an event (tui.Event).
package home

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
)

// Screen is the page. It has one cursor over everything that can be opened.
type Screen struct {
	env  *tui.Env
	w, h int

	setup  part[services.ConfigurationView]
	health part[services.LogHealth]
	open   part[[]services.Session]
	sales  part[[]services.Receipt]
	events part[services.LogPage]

	rows   []row
	cursor int // in rows
	top    int // first line seen of the left column

	keys bindings
}

type bindings struct {
	move                             keys.Move
	enter, sell, customers, logs     key.Binding
	setUp, webhooks, checkout, try   key.Binding
	refresh, copyID, copyCard, arrow key.Binding
}

// New makes the page.
func New(env *tui.Env, _ tui.Route) tui.Screen {
	s := &Screen{env: env, keys: bindings{
		move:      keys.NewMove(),
		arrow:     keys.New("↑↓", "move", "up", "down", "k", "j"),
		enter:     keys.New("enter", "open", "enter"),
		sell:      keys.New("s", "sell", "s"),
		customers: keys.New("c", "customers", "c"),
		logs:      keys.New("l", "logs", "l"),
		checkout:  keys.New("b", "go on with the cart", "b"),
		setUp:     keys.New("u", "set up", "u"),
		webhooks:  keys.New("w", "webhooks", "w"),
		try:       keys.New("d", "try the sandbox", "d"),
		copyID:    keys.New("y", "copy the id", "y"),
		copyCard:  keys.New("T", "copy the test card", "T"),
		refresh:   keys.New("r", "refresh", "r"),
	}}
	s.rebuild()
	return s
}

// Init starts reading everything.
func (s *Screen) Init() tea.Cmd { return tea.Batch(s.askSetup(), s.askNews()) }

// Title names the page.
func (s *Screen) Title() string { return "Home" }

// Capturing is false: there is no text field here.
func (s *Screen) Capturing() bool { return false }

// SetSize gives the box.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.rebuild()
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	r := s.current()
	k.copyID.SetEnabled(r.id != "")
	k.copyCard.SetEnabled(!s.env.Desk.Profile.Live())
	k.try.SetEnabled(s.missingKeys())
	k.checkout.SetEnabled(s.env.Cart.Count() > 0)
	return []key.Binding{k.arrow, k.enter, k.sell, k.customers, k.logs, k.checkout, k.try, k.setUp, k.webhooks, k.copyID, k.copyCard, k.refresh,
		hidden(k.move.PageUp), hidden(k.move.PageDown), hidden(k.move.Home), hidden(k.move.End)}
}

// hidden keeps a binding out of the footer; help shows it all the same.
func hidden(b key.Binding) key.Binding {
	b.SetHelp("", b.Help().Desc)
	return b
}

// Update takes keys, the mouse, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	cmd := s.take(msg)
	s.rebuild()
	return cmd
}

func (s *Screen) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	case tui.ShownMsg:
		return tea.Batch(s.askSetup(), s.askNews())
	case tui.ChangeMsg:
		return s.changed(msg)
	case tui.Reply[services.ConfigurationView]:
		return s.setup.accept(msg, s.askSetup)
	case tui.Reply[services.LogHealth]:
		return s.health.accept(msg, s.askHealth)
	case tui.Reply[[]services.Session]:
		return s.open.accept(msg, s.askOpen)
	case tui.Reply[[]services.Receipt]:
		return s.sales.accept(msg, s.askSales)
	case tui.Reply[services.LogPage]:
		return s.events.accept(msg, s.askEvents)
	}
	return nil
}

func (s *Screen) changed(msg tui.ChangeMsg) tea.Cmd {
	if msg.Kind == services.ChangeHealth {
		return s.askHealth()
	}
	return s.askNews()
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	b := s.keys
	switch {
	case key.Matches(k, b.enter):
		return s.current().enter
	case key.Matches(k, b.sell):
		return tui.GoTab(tui.Catalogue)
	case key.Matches(k, b.customers):
		return tui.GoTab(tui.Customers)
	case key.Matches(k, b.logs):
		return tui.GoTab(tui.Logs)
	case key.Matches(k, b.setUp):
		return tui.GoTab(tui.Setup)
	case key.Matches(k, b.webhooks):
		return tui.GoTab(tui.Webhooks)
	case key.Matches(k, b.checkout) && s.env.Cart.Count() > 0:
		return tui.GoTab(tui.Checkout)
	case key.Matches(k, b.try) && s.missingKeys():
		return tui.UseProfile(services.SandboxProfile)
	case key.Matches(k, b.copyID) && s.current().id != "":
		return tui.Copy(s.current().id, "id")
	case key.Matches(k, b.copyCard) && !s.env.Desk.Profile.Live():
		return tui.Copy(testCards[0].digits(), "test card's number")
	case key.Matches(k, b.refresh):
		return tea.Batch(s.askSetup(), s.askNews())
	}
	s.moveBy(k)
	return nil
}

func (s *Screen) moveBy(k tea.KeyMsg) {
	m := s.keys.move
	page := max(s.h/2, 1)
	switch {
	case key.Matches(k, m.Up):
		s.cursor--
	case key.Matches(k, m.Down):
		s.cursor++
	case key.Matches(k, m.PageUp):
		s.cursor -= page
	case key.Matches(k, m.PageDown):
		s.cursor += page
	case key.Matches(k, m.Home):
		s.cursor = 0
	case key.Matches(k, m.End):
		s.cursor = len(s.rows) - 1
	}
	s.clamp()
}

// mouse moves with the wheel, selects with a click and opens with another one.
func (s *Screen) mouse(e tea.MouseMsg) tea.Cmd {
	switch {
	case e.Button == tea.MouseButtonWheelUp:
		s.cursor -= 2
	case e.Button == tea.MouseButtonWheelDown:
		s.cursor += 2
	case e.Button == tea.MouseButtonLeft && e.Action == tea.MouseActionPress:
		left, _ := s.split()
		lines := s.lines(left)
		at := s.top + e.Y
		if e.X >= left || at < 0 || at >= len(lines) || lines[at].row < 0 {
			return nil
		}
		if lines[at].row == s.cursor {
			return s.current().enter
		}
		s.cursor = lines[at].row
	}
	s.clamp()
	return nil
}

func (s *Screen) clamp() { s.cursor = max(min(s.cursor, len(s.rows)-1), 0) }

// current is the row with the cursor; there is always one.
func (s *Screen) current() row { return s.rows[s.cursor] }

// missingKeys reports that this profile cannot speak to Stripe yet.
func (s *Screen) missingKeys() bool {
	return !s.env.Desk.Profile.Sandbox && s.setup.have && !s.setup.val.SecretKey.Set
}
