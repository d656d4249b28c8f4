// Package widget holds the parts that screens are made of. Widgets are plain
// structs with methods: they own cursors and what was typed, know nothing of
// services, and draw with the theme they are given.
package widget

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/keys"
)

// List is a cursor over a number of rows and the window of them that is seen.
// It holds no rows: its cost does not grow with their number.
type List struct {
	Len    int // rows in all
	Cursor int // the row with the cursor, 0-based
	Top    int // the first row seen
	Height int // rows seen at once
}

// SetSize sets how many rows are seen.
func (l *List) SetSize(height int) {
	l.Height = max(height, 0)
	l.clamp()
}

// SetLen sets how many rows there are.
func (l *List) SetLen(n int) {
	l.Len = max(n, 0)
	l.clamp()
}

// Select moves the cursor to a row.
func (l *List) Select(row int) {
	l.Cursor = row
	l.clamp()
}

// Window returns the rows seen, from inclusive and to exclusive.
func (l *List) Window() (from, to int) { return l.Top, min(l.Top+l.Height, l.Len) }

// Update moves the cursor by a key of move or the mouse's wheel, and reports
// whether it took the message.
func (l *List) Update(msg tea.Msg, move keys.Move) bool {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, move.Up):
			l.Select(l.Cursor - 1)
		case key.Matches(msg, move.Down):
			l.Select(l.Cursor + 1)
		case key.Matches(msg, move.PageUp):
			l.Select(l.Cursor - max(l.Height-1, 1))
		case key.Matches(msg, move.PageDown):
			l.Select(l.Cursor + max(l.Height-1, 1))
		case key.Matches(msg, move.Home):
			l.Select(0)
		case key.Matches(msg, move.End):
			l.Select(l.Len - 1)
		default:
			return false
		}
		return true
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			l.Select(l.Cursor - 3)
		case tea.MouseButtonWheelDown:
			l.Select(l.Cursor + 3)
		default:
			return false
		}
		return true
	}
	return false
}

// Click moves the cursor to the row seen at line y of the list and reports
// whether there is one.
func (l *List) Click(y int) bool {
	row := l.Top + y
	if y < 0 || y >= l.Height || row >= l.Len {
		return false
	}
	l.Select(row)
	return true
}

func (l *List) clamp() {
	l.Cursor = max(min(l.Cursor, l.Len-1), 0)
	if l.Cursor < l.Top {
		l.Top = l.Cursor
	}
	if l.Height > 0 && l.Cursor >= l.Top+l.Height {
		l.Top = l.Cursor - l.Height + 1
	}
	l.Top = max(min(l.Top, l.Len-l.Height), 0)
}
