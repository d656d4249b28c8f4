package widget

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"bursar/tui/keys"
	"bursar/tui/theme"
)

// Fact is a labelled value that can be copied.
type Fact struct {
	Group string // the heading above the facts that share it
	Label string
	Value string
	Copy  string         // what a copy takes; empty: the value
	What  string         // what the copy is called; empty: the label in lower case
	Style lipgloss.Style // the value's; the zero style draws it plain
	Keep  bool           // an id: its middle is left out when it is too long
	Whole bool           // an address: every character is shown, on lines of its own
}

// Copied returns what a copy of the fact takes and what it is called.
func (f Fact) Copied() (text, what string) {
	text, what = f.Copy, f.What
	if text == "" {
		text = f.Value
	}
	if what == "" {
		what = strings.ToLower(f.Label)
	}
	return text, what
}

// FactList shows facts with a cursor over them, each on as many lines as it
// needs. Facts of the group named Aside stand beside the others where the window
// is wide and high enough for both.
type FactList struct {
	Facts  []Fact
	Cursor int
	Aside  string

	moved     bool // by the person: until then the first fact has the cursor
	top, w, h int
}

// factLines is a fact's place among the drawn lines.
type factLines struct{ from, to int }

const (
	asideWidth = 44 // cells of the column at the side
	asideFrom  = 100
	valueLines = 4 // lines of a long text
)

// Set replaces the facts. A cursor that was moved stays on the fact with the same
// label; otherwise the first has it.
func (l *FactList) Set(facts []Fact) {
	at, _ := l.Current()
	l.Facts = facts
	for i, f := range facts {
		if l.moved && f.Label == at.Label && f.Group == at.Group {
			l.Cursor = i
			return
		}
	}
	if l.Cursor != 0 {
		l.Cursor, l.top = 0, 0
	}
	l.moved = false
}

// Current is the fact with the cursor.
func (l *FactList) Current() (Fact, bool) {
	if l.Cursor < 0 || l.Cursor >= len(l.Facts) {
		return Fact{}, false
	}
	return l.Facts[l.Cursor], true
}

// SetSize gives the room in cells.
func (l *FactList) SetSize(w, h int) { l.w, l.h = w, max(h, 1) }

// Update moves by a key of move or the wheel. A fact higher than the window is
// scrolled through before the cursor leaves it.
func (l *FactList) Update(t *theme.Theme, msg tea.Msg, move keys.Move) bool {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, move.Up):
			l.step(t, -1)
		case key.Matches(msg, move.Down):
			l.step(t, 1)
		case key.Matches(msg, move.PageUp):
			l.page(t, -1)
		case key.Matches(msg, move.PageDown):
			l.page(t, 1)
		case key.Matches(msg, move.Home):
			l.Cursor, l.top = 0, 0
		case key.Matches(msg, move.End):
			l.Cursor, l.moved = max(len(l.Facts)-1, 0), true
			l.reveal(t, 1)
		default:
			return false
		}
		return true
	case tea.MouseMsg:
		switch {
		case msg.Button == tea.MouseButtonWheelUp:
			l.step(t, -1)
		case msg.Button == tea.MouseButtonWheelDown:
			l.step(t, 1)
		case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
			l.click(t, msg.X, msg.Y)
		default:
			return false
		}
		return true
	}
	return false
}

func (l *FactList) step(t *theme.Theme, by int) {
	l.moved = true
	if l.beside(t) {
		l.Cursor = max(min(l.Cursor+by, len(l.Facts)-1), 0)
		return
	}
	lines, at := l.lines(t, 0, len(l.Facts), l.w)
	if len(at) == 0 {
		return
	}
	now := at[l.Cursor]
	if by > 0 && now.to > l.top+l.room(lines) {
		l.top++
		return
	}
	if by < 0 && now.from < l.top {
		l.top--
		return
	}
	l.Cursor = max(min(l.Cursor+by, len(l.Facts)-1), 0)
	l.reveal(t, by)
}

// page moves the cursor by what is seen at once.
func (l *FactList) page(t *theme.Theme, by int) {
	l.moved = true
	lines, at := l.lines(t, 0, len(l.Facts), l.w)
	if len(at) == 0 {
		return
	}
	target := at[l.Cursor].from + by*max(l.room(lines)-1, 1)
	for i, f := range at {
		if f.from <= target {
			l.Cursor = i
		}
	}
	if target <= 0 {
		l.Cursor = 0
	}
	l.reveal(t, by)
}

// reveal scrolls the fact with the cursor into sight: whole where it fits, else
// the end one comes from. Moving to the first fact also shows its heading.
func (l *FactList) reveal(t *theme.Theme, by int) {
	lines, at := l.lines(t, 0, len(l.Facts), l.w)
	if len(at) == 0 {
		return
	}
	f, room := at[l.Cursor], l.room(lines)
	switch {
	case l.Cursor == 0:
		l.top = 0
	case f.to-f.from > room && by > 0, f.from < l.top:
		l.top = f.from
	case f.to > l.top+room:
		l.top = f.to - room
	}
	l.top = max(min(l.top, len(lines)-room), 0)
}

// room is how many of the lines are seen at once: where not all fit, the last
// line says how many follow.
func (l *FactList) room(lines []string) int {
	if len(lines) <= l.h || l.h < 3 {
		return l.h
	}
	return l.h - 1
}

func (l *FactList) click(t *theme.Theme, x, y int) {
	from, to, w := 0, len(l.Facts), l.w
	row := y + l.top
	if split := l.split(); l.beside(t) {
		row, w = y, l.mainWidth()
		if x < w {
			to = split
		} else {
			from, w = split, asideWidth
		}
	}
	_, at := l.lines(t, from, to, w)
	for i, f := range at {
		if row >= f.from && row < f.to {
			l.Cursor, l.moved = from+i, true
		}
	}
}
