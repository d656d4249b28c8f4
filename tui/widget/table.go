package widget

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Cell is one field of a table row. Keep asks for the middle to be left out when
// it is too long, as ids want.
type Cell struct {
	Text  string
	Style lipgloss.Style
	Keep  bool
}

// Focus says how a row is drawn.
type Focus int

// The states of a row.
const (
	Plain    Focus = iota
	Selected       // has the cursor, in the focused pane
	Resting        // has the cursor, in another pane
)

// FocusOf returns the focus of row i in a list.
func FocusOf(i, cursor int, paneFocused bool) Focus {
	switch {
	case i != cursor:
		return Plain
	case paneFocused:
		return Selected
	}
	return Resting
}

// Row draws one row of w cells: a margin with the cursor's sign, then the cells
// at the given widths (see layout.Widths; use w-Margin for it).
func Row(t *theme.Theme, cols []layout.Column, widths []int, cells []Cell, focus Focus, w int) string {
	var b strings.Builder
	first := true
	for i, c := range cols {
		if widths[i] == 0 || i >= len(cells) {
			continue
		}
		if !first {
			b.WriteString(strings.Repeat(" ", layout.Gap))
		}
		first = false
		text := cells[i].Text
		if cells[i].Keep {
			text = layout.Middle(text, widths[i], t.Symbols.Ellipsis)
		}
		if c.Right {
			text = layout.Right(text, widths[i], t.Symbols.Ellipsis)
		} else {
			text = layout.Fit(text, widths[i], t.Symbols.Ellipsis)
		}
		if focus == Plain {
			text = cells[i].Style.Render(text)
		}
		b.WriteString(text)
	}
	switch focus {
	case Selected:
		return t.Selected.Render(layout.Fit(t.Symbols.Selected+" "+b.String(), w, ""))
	case Resting:
		return t.Resting.Render(layout.Fit(t.Symbols.Selected+" "+b.String(), w, ""))
	}
	return layout.Cut(strings.Repeat(" ", Margin)+b.String(), w, "")
}

// Margin is the cells before a row's first column, where the cursor's sign goes.
const Margin = 2

// Header draws the column titles.
func Header(t *theme.Theme, cols []layout.Column, widths []int, w int) string {
	cells := make([]Cell, len(cols))
	for i, c := range cols {
		cells[i] = Cell{Text: c.Title, Style: t.Heading.Inherit(t.Muted)}
	}
	return Row(t, cols, widths, cells, Plain, w)
}

// Facts draws "label  value" lines with the labels in one column.
func Facts(t *theme.Theme, pairs [][2]string, w int) []string {
	label := 0
	for _, p := range pairs {
		label = max(label, layout.Width(p[0]))
	}
	label = min(label, max(w/2, 1))
	lines := make([]string, 0, len(pairs))
	for _, p := range pairs {
		lines = append(lines, layout.Cut(t.Muted.Render(layout.Fit(p[0], label, t.Symbols.Ellipsis))+"  "+layout.Cut(p[1], w, t.Symbols.Ellipsis), w, t.Symbols.Ellipsis))
	}
	return lines
}
