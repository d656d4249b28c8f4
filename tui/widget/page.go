package widget

import (
	"strings"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

// PageColumns shares w cells between a page's main column and the panel beside
// it: narrow cells from 100 on, 8 more from 140 on, and 0 where there is no room.
func PageColumns(w, narrow int) (main, panel int) {
	switch {
	case w < 100:
		return w, 0
	case w >= 140:
		narrow += 8
	}
	return w - narrow - 3, narrow
}

// Page draws a page's main lines in h lines, with the panel's beside them behind
// a rule when the panel has a width.
func Page(t *theme.Theme, lines, panel []string, mainWidth, panelWidth, h int) string {
	tail := t.Symbols.Ellipsis
	lines = lines[:min(len(lines), h)]
	if panelWidth > 0 {
		rule := " " + t.Border.Render(t.Symbols.Divider) + " "
		lines = layout.Join(layout.Block(lines, mainWidth, h, tail), layout.Block(panel, panelWidth, h, tail), mainWidth, panelWidth, rule, tail)
	} else {
		lines = append([]string(nil), lines...)
		for i := range lines {
			lines[i] = layout.Cut(lines[i], mainWidth, tail)
		}
	}
	return strings.Join(lines, "\n")
}
