package tui

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Update routes one message: every kind of message has exactly one way.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
		if s := m.current(); s != nil {
			s.SetSize(m.bodySize())
		}
		return m, nil
	case tea.KeyMsg:
		return m, m.typed(msg)
	case tea.MouseMsg:
		return m, m.mouseEvent(msg)
	case addressed:
		if s := m.find(msg.Target()); s != nil {
			return m, s.Update(msg)
		}
		return m, nil
	case changedMsg:
		return m, m.changed(msg)
	case healthMsg:
		if msg.desk == m.desk && msg.err == nil {
			m.health = msg.health
		}
		return m, nil
	case openProfileMsg:
		return m, m.openProfile(msg.name)
	case openedMsg:
		return m, m.opened(msg)
	case TickMsg:
		return m, tea.Batch(m.broadcast(msg), m.tick())
	case profilesMsg:
		msg.deliver()
		return m, nil
	case replayMsg:
		return m, m.replayed(msg)
	case expireMsg:
		m.status.expire(msg.generation)
		return m, nil
	}
	return m, m.request(msg)
}

// request does what a screen asked of the shell.
func (m *Model) request(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case goMsg:
		return m.show(msg.Route)
	case replaceMsg:
		if s := m.stacks[m.active]; len(s) > 0 {
			m.cut(m.active, len(s)-1)
		}
		return m.push(msg.Route)
	case tabMsg:
		if i := m.tabOf(msg.Kind); i >= 0 && len(m.stacks[i]) > 1 {
			m.cut(i, 1) // its first page, not what was last read there
		}
		return m.show(Route{Kind: msg.Kind})
	case backMsg:
		return m.pop()
	case noteMsg:
		return m.note(msg.Text)
	case failMsg:
		m.status.fail(msg.Err, m.opt.Now())
	case copyMsg:
		return m.copy(msg)
	case openMsg:
		return m.openLink(msg)
	case profileMsg:
		return m.switchProfile(msg.Name)
	case confirmMsg:
		m.overlay = newConfirmBox(m, msg.Confirm)
	}
	return nil
}

// typed takes keys one by one: what is typed fast, or over a slow line, arrives
// as one message with several characters.
func (m *Model) typed(k tea.KeyMsg) tea.Cmd {
	if k.Type != tea.KeyRunes || k.Paste || len(k.Runes) < 2 {
		return m.key(k)
	}
	var cmds []tea.Cmd
	for _, r := range k.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Batch(cmds...)
}

// key gives a key to the first layer that takes it.
func (m *Model) key(k tea.KeyMsg) tea.Cmd {
	if key.Matches(k, m.keys.Kill) {
		return tea.Quit
	}
	if m.tooSmall() {
		if key.Matches(k, m.keys.Quit) {
			return tea.Quit
		}
		return nil
	}
	if m.overlay != nil {
		done, cmd := m.overlay.update(k)
		if done {
			m.overlay = nil
		}
		return cmd
	}
	s := m.current()
	if s == nil {
		return nil
	}
	if cmd, taken := m.controlKey(k); taken {
		return cmd
	}
	if s.Capturing() {
		return s.Update(k)
	}
	if cmd, taken := m.globalKey(k, s); taken {
		return cmd
	}
	return s.Update(k)
}

// controlKey handles the global keys that work in fields too.
func (m *Model) controlKey(k tea.KeyMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, m.keys.Suspend):
		return m.opt.Host.Suspend(), true
	case key.Matches(k, m.keys.Redraw):
		return tea.ClearScreen, true
	case k.String() == "ctrl+p":
		m.overlay = newPalette(m)
		return nil, true
	}
	return nil, false
}

func (m *Model) globalKey(k tea.KeyMsg, s Screen) (tea.Cmd, bool) {
	g := m.keys
	switch {
	case key.Matches(k, g.Back):
		switch {
		case escTaken(s):
			return nil, false
		case m.status.dismiss():
			return nil, true
		}
		return m.pop(), true
	case key.Matches(k, g.Commands):
		m.overlay = newPalette(m)
	case key.Matches(k, g.Help):
		m.overlay = newHelp(m)
	case key.Matches(k, g.Profile):
		box, cmd := newProfiles(m)
		m.overlay = box
		return cmd, true
	case key.Matches(k, g.Errors):
		m.overlay = newMessages(m)
	case key.Matches(k, g.Mouse):
		return m.toggleMouse(), true
	case key.Matches(k, g.Quit):
		return m.quit(), true
	default:
		for i, t := range g.Tabs {
			if key.Matches(k, t) {
				return m.showTab(i), true
			}
		}
		return nil, false
	}
	return nil, true
}

// quit asks only when something would be lost.
func (m *Model) quit() tea.Cmd {
	n := m.cart.Count()
	if n == 0 {
		return tea.Quit
	}
	m.overlay = newConfirmBox(m, Confirm{
		Title: "Quit bursar?",
		Facts: []string{"The cart is not kept: " + plural(n, "item") + " in it."},
		Yes:   "Quit", No: "Stay", Do: tea.Quit,
	})
	return nil
}

// replayed presses a key that the palette chose. A global one does not go to a
// field that has the keyboard.
func (m *Model) replayed(msg replayMsg) tea.Cmd {
	if s := m.current(); msg.global && s != nil {
		cmd, _ := m.globalKey(msg.key, s)
		return cmd
	}
	return m.key(msg.key)
}

func (m *Model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return tea.Batch(tea.EnableMouseCellMotion, Note("Mouse on; hold shift to select text."))
	}
	return tea.Batch(tea.DisableMouse, Note("Mouse off; the terminal selects text again."))
}

func (m *Model) mouseEvent(e tea.MouseMsg) tea.Cmd {
	s := m.current()
	if m.overlay != nil || s == nil || m.tooSmall() {
		return nil
	}
	top := m.headerHeight()
	if e.Y < top {
		if e.Action == tea.MouseActionPress && e.Button == tea.MouseButtonLeft {
			if i := m.tabAt(e.X, e.Y); i >= 0 {
				return m.showTab(i)
			}
		}
		return nil
	}
	_, h := m.bodySize()
	if e.Y >= top+h {
		return nil
	}
	e.Y -= top
	return s.Update(e)
}

func (m *Model) copy(msg copyMsg) tea.Cmd {
	ctx, host := m.base, m.opt.Host
	return func() tea.Msg {
		how, err := guarded(ctx, "copying the "+msg.What, func(ctx context.Context) (string, error) { return host.Copy(ctx, msg.Text) })
		if err != nil {
			return failMsg{err}
		}
		return noteMsg{"Copied the " + msg.What + " (" + how + ")."}
	}
}

// openLink opens a browser where there is one, and otherwise copies the address:
// one of the two always happens.
func (m *Model) openLink(msg openMsg) tea.Cmd {
	ctx, desk := m.base, m.desk
	if ok, why := desk.Links.CanOpen(); !ok {
		return tea.Batch(Note("No browser here ("+why+"): the address is copied instead."), m.copy(copyMsg{msg.URL, "address of " + msg.What}))
	}
	return func() tea.Msg {
		_, err := guarded(ctx, "opening "+msg.What, func(ctx context.Context) (struct{}, error) { return struct{}{}, desk.Links.Open(ctx, msg.URL) })
		if err != nil {
			return failMsg{err}
		}
		return noteMsg{"Opened " + msg.What + " in the browser."}
	}
}
