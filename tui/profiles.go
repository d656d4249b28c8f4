package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/keys"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// profiles lets a person choose another profile.
type profiles struct {
	m     *Model
	rows  []services.Profile
	err   error
	ready bool
	list  widget.List
	move  keys.Move
}

type profilesMsg struct {
	box  *profiles
	rows []services.Profile
	err  error
}

// deliver hands the answer to the box that asked for it.
func (msg profilesMsg) deliver() {
	msg.box.rows, msg.box.err, msg.box.ready = msg.rows, msg.err, true
	msg.box.list.SetLen(len(msg.rows))
	for i, p := range msg.rows {
		if p.Name == msg.box.m.desk.Profile.Name {
			msg.box.list.Select(i)
		}
	}
}

func newProfiles(m *Model) (*profiles, tea.Cmd) {
	b := &profiles{m: m, move: keys.NewMove()}
	ctx, desk := m.ctx, m.desk
	return b, func() tea.Msg {
		rows, err := guarded(ctx, "listing the profiles", func(ctx context.Context) ([]services.Profile, error) { return desk.Configuration.Profiles(ctx) })
		return profilesMsg{b, rows, err}
	}
}

func (b *profiles) update(k tea.KeyMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "esc", "q", "p":
		return true, nil
	case "a":
		return true, GoTab(Setup)
	case "enter":
		if len(b.rows) == 0 {
			return true, nil
		}
		name := b.rows[b.list.Cursor].Name
		if name == b.m.desk.Profile.Name {
			return true, nil
		}
		return true, UseProfile(name)
	}
	b.list.Update(k, b.move)
	return false, nil
}

func (b *profiles) view(w, h int) []string {
	t, inner := b.m.theme, max(w-4, 1)
	b.list.SetSize(max(h-5, 1))
	var lines []string
	switch {
	case b.err != nil:
		lines = layout.Wrap(widget.Message(b.err), inner)
	case !b.ready:
		lines = []string{t.Muted.Render("Reading the profiles" + t.Symbols.Ellipsis)}
	}
	cols := []layout.Column{{Min: 8, Max: 20}, {Min: 7, Max: 7}, {Min: 8}}
	widths := layout.Widths(cols, inner-widget.Margin)
	from, to := b.list.Window()
	for i := from; i < to; i++ {
		p := b.rows[i]
		mark, style, mode := t.Symbols.Off+" ", t.Text, "TEST"
		if p.Name == b.m.desk.Profile.Name {
			mark = t.Symbols.On + " "
		}
		if p.Live() {
			mode, style = "LIVE", t.Danger
		}
		account := p.AccountName
		if account == "" {
			account = p.AccountID
		}
		cells := []widget.Cell{{Text: mark + p.Name}, {Text: mode, Style: style}, {Text: account, Style: t.Muted}}
		lines = append(lines, widget.Row(t, cols, widths, cells, widget.FocusOf(i, b.list.Cursor, true), inner))
	}
	lines = append(lines, "", t.Muted.Render("enter uses it, a sets one up, esc closes"))
	return box(t, "Profile", lines, w, h)
}
