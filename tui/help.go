package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/layout"
	"bursar/tui/theme"
	"bursar/tui/widget"
)

// scroll is a read-only overlay: lines one can move through.
type scroll struct {
	theme *theme.Theme
	title string
	lines func(w int) []string
	list  widget.List
}

func (s *scroll) update(k tea.KeyMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "up", "k":
		s.list.Top--
	case "down", "j":
		s.list.Top++
	case "pgup", "ctrl+u":
		s.list.Top -= s.list.Height
	case "pgdown", "ctrl+d", " ":
		s.list.Top += s.list.Height
	default:
		return true, nil
	}
	return false, nil
}

func (s *scroll) view(w, h int) []string {
	lines := s.lines(max(w-4, 1))
	room := max(h-4, 1)
	s.list.Height = room
	s.list.Top = max(min(s.list.Top, len(lines)-room), 0)
	seen := lines[s.list.Top:min(s.list.Top+room, len(lines))]
	foot := "any other key closes"
	if len(lines) > room {
		foot = "up and down move, any other key closes"
	}
	return box(s.theme, s.title, append(append([]string(nil), seen...), "", s.theme.Muted.Render(foot)), w, h)
}

// newHelp explains the keys of the screen that is seen, from its own bindings.
func newHelp(m *Model) overlay {
	s := m.current()
	return &scroll{theme: m.theme, title: "Keys on " + s.Title(), lines: func(w int) []string {
		lines := []string{m.theme.Bold.Render("This screen")}
		lines = append(lines, keyTable(m.theme, s.Bindings(), w)...)
		lines = append(lines, "", m.theme.Bold.Render("Everywhere"))
		return append(lines, keyTable(m.theme, m.globals(), w)...)
	}}
}

func keyTable(t *theme.Theme, bindings []key.Binding, w int) []string {
	var lines []string
	width := 0
	for _, b := range bindings {
		if b.Enabled() {
			width = max(width, layout.Width(t.KeyName(allKeys(b))))
		}
	}
	width = min(width, w/2)
	for _, b := range bindings {
		if b.Enabled() {
			lines = append(lines, t.Key.Render(layout.Fit(t.KeyName(allKeys(b)), width, t.Symbols.Ellipsis))+"  "+b.Help().Desc)
		}
	}
	return lines
}

// allKeys names every key of a binding, so that the vim spellings are found.
func allKeys(b key.Binding) string {
	names := make([]string, 0, len(b.Keys()))
	for _, k := range b.Keys() {
		names = append(names, keyName(k))
	}
	return strings.Join(names, " ")
}

func keyName(k string) string {
	switch k {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case " ":
		return "space"
	case "pgdown":
		return "pgdn"
	}
	return k
}

// newMessages shows what the status line has said, newest first.
func newMessages(m *Model) overlay {
	return &scroll{theme: m.theme, title: "Messages", lines: func(w int) []string {
		var lines []string
		for i := len(m.status.history) - 1; i >= 0; i-- {
			e := m.status.history[i]
			sign := m.theme.Success.Render(m.theme.Symbols.Success)
			if e.failed {
				sign = m.theme.Danger.Render(m.theme.Symbols.Failed)
			}
			for j, l := range layout.Wrap(e.text, max(w-11, 8)) {
				lead := strings.Repeat(" ", 11)
				if j == 0 {
					lead = m.theme.Muted.Render(e.at.In(m.opt.Zone).Format("15:04:05")) + " " + sign + " "
				}
				lines = append(lines, lead+l)
			}
		}
		if len(lines) == 0 {
			lines = []string{"Nothing has been said yet."}
		}
		return lines
	}}
}
