package widget

import (
	"strings"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Split is how a list and its detail share a body.
type Split int

// The splits, from the narrowest body to the widest.
const (
	OnePane Split = iota // the detail takes the list's place when it is opened
	Below                // the list above, the detail below
	Beside               // the list left, the detail right
)

// Panes is the geometry of a list and its detail in one body.
type Panes struct {
	Split            Split
	ListW, ListH     int
	DetailW, DetailH int
}

// PanesIn divides a body of w by h cells.
func PanesIn(w, h int) Panes {
	switch {
	case w >= 140:
		return Panes{Beside, w - 3 - 56, h, 56, h}
	case w >= 100:
		list := w * 54 / 100
		return Panes{Beside, list, h, w - 3 - list, h}
	case w >= 80 && h >= 14:
		detail := h * 2 / 5
		return Panes{Below, w, h - 1 - detail, w, detail}
	}
	return Panes{OnePane, w, h, w, h}
}

// View draws both panes; in one pane it draws the detail when open says so.
func (p Panes) View(t *theme.Theme, list, detail []string, open bool) []string {
	switch {
	case p.Split == Beside:
		return layout.Join(layout.Block(list, p.ListW, p.ListH, ""), layout.Block(detail, p.DetailW, p.DetailH, ""),
			p.ListW, p.DetailW, " "+t.Border.Render(t.Symbols.Divider)+" ", t.Symbols.Ellipsis)
	case p.Split == Below:
		rule := t.Border.Render(strings.Repeat(t.Symbols.Rule, p.ListW))
		lines := append(layout.Block(list, p.ListW, p.ListH, ""), rule)
		return append(lines, layout.Block(detail, p.DetailW, p.DetailH, "")...)
	case open:
		return layout.Block(detail, p.DetailW, p.DetailH, "")
	}
	return layout.Block(list, p.ListW, p.ListH, "")
}
