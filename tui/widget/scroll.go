package widget

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/keys"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Scroll is a window over lines without a cursor.
type Scroll struct {
	Top int // the first line seen

	seen, length int // as last drawn
}

// Update moves the window by a key of move or the mouse's wheel, and reports
// whether it took the message.
func (s *Scroll) Update(msg tea.Msg, move keys.Move) bool {
	to := s.Top
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, move.Up):
			to--
		case key.Matches(msg, move.Down):
			to++
		case key.Matches(msg, move.PageUp):
			to -= max(s.seen-1, 1)
		case key.Matches(msg, move.PageDown):
			to += max(s.seen-1, 1)
		case key.Matches(msg, move.Home):
			to = 0
		case key.Matches(msg, move.End):
			to = s.length
		default:
			return false
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			to -= 3
		case tea.MouseButtonWheelDown:
			to += 3
		default:
			return false
		}
	default:
		return false
	}
	s.Top = max(min(to, s.length-s.seen), 0)
	return true
}

// View returns the lines seen, at most h. Where more follow, the last line says
// how many.
func (s *Scroll) View(t *theme.Theme, lines []string, w, h int) []string {
	s.seen, s.length = h, len(lines)
	if len(lines) <= h {
		s.Top = 0
		return lines
	}
	if h <= 0 {
		return nil
	}
	if h > 1 {
		s.seen = h - 1
	}
	s.Top = max(min(s.Top, len(lines)-s.seen), 0)
	out := append([]string(nil), lines[s.Top:s.Top+s.seen]...)
	if h > 1 {
		left := len(lines) - s.Top - s.seen
		note := "  end"
		if left > 0 {
			note = "  " + Count(int64(left), "more line")
		}
		out = append(out, t.Muted.Render(layout.Cut(note, w, "")))
	}
	return out
}
