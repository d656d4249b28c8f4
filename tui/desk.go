package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
)

// changedMsg is one notice of a desk's watch.
type changedMsg struct {
	from   <-chan services.Change
	change services.Change
	open   bool
}

func (m *Model) listen(from <-chan services.Change) tea.Cmd {
	return func() tea.Msg {
		c, ok := <-from
		return changedMsg{from, c, ok}
	}
}

type healthMsg struct {
	desk   *services.Desk
	health services.LogHealth
	err    error
}

func (m *Model) askHealth() tea.Cmd {
	ctx, desk := m.ctx, m.desk
	return func() tea.Msg {
		h, err := guarded(ctx, "reading the archive's state", desk.Logs.Health)
		return healthMsg{desk, h, err}
	}
}

// openProfileMsg opens a profile without asking about the cart.
type openProfileMsg struct{ name string }

type openedMsg struct {
	desk *services.Desk
	err  error
}

func (m *Model) openProfile(name string) tea.Cmd {
	if m.opening != "" {
		return nil
	}
	m.opening = name
	ctx, host := m.base, m.opt.Host
	return func() tea.Msg {
		d, err := guarded(ctx, "opening the profile "+name, func(ctx context.Context) (*services.Desk, error) { return host.Open(ctx, name) })
		return openedMsg{d, err}
	}
}

func (m *Model) opened(msg openedMsg) tea.Cmd {
	m.opening = ""
	if msg.err != nil {
		m.status.fail(msg.err, m.opt.Now())
		return nil
	}
	old := m.desk
	m.overlay = nil // it may ask about what the old desk had
	m.opt.Start = Route{}
	m.adopt(msg.desk)
	closeOld := func() tea.Msg {
		if err := old.Close(); err != nil {
			return failMsg{err}
		}
		return nil
	}
	return tea.Batch(tea.SetWindowTitle(m.windowTitle()), m.startDesk(), closeOld)
}

// switchProfile opens another profile; the cart belongs to this one and does not
// go along, so it is asked about.
func (m *Model) switchProfile(name string) tea.Cmd {
	n := m.cart.Count()
	if n == 0 {
		return m.openProfile(name)
	}
	m.overlay = newConfirmBox(m, Confirm{
		Title: "Open the profile " + services.Clean(name) + "?",
		Facts: []string{"The cart does not go along: " + plural(n, "item") + " in it."},
		Yes:   "Open it", No: "Stay", Do: send(openProfileMsg{name}),
	})
	return nil
}

func (m *Model) changed(msg changedMsg) tea.Cmd {
	if !msg.open || msg.from != m.changes || m.ctx.Err() != nil {
		return nil
	}
	return tea.Batch(m.broadcast(ChangeMsg(msg.change)), m.askHealth(), m.listen(msg.from))
}
