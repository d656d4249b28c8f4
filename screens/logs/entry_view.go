package logs

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/layout"
	"bursar/tui/theme"
	"bursar/tui/widget"
)

// entryLine is the filter line in the place of the head.
func (s *Screen) entryLine(w int) string { return layout.Cut(" "+s.entry.field.Line(w-1), w, "") }

// drop is what hangs below the filter line and covers the list, so that nothing
// moves while one types: where and what is wrong, or what can be typed, and the
// ways to complete the word, with a rule below.
func (s *Screen) drop(w, h int) []string {
	n, t := &s.entry, s.env.Theme
	lines := s.dropHead(w)
	from, to := n.seen(h - len(lines) - 1)
	for i := from; i < to; i++ {
		lines = append(lines, n.offerRow(t, i, w))
	}
	if len(lines) == 0 {
		return nil
	}
	return append(lines, t.Border.Render(strings.Repeat(t.Symbols.Rule, w)))
}

// dropHead is what hangs above the offers.
func (s *Screen) dropHead(w int) []string {
	n, t := &s.entry, s.env.Theme
	switch {
	case n.problem != nil:
		return n.problemLines(t, w, max(s.h/4, 2))
	case n.field.Value() == "":
		hint := "words to find, or"
		if _, ok := n.env.Past.Back(1); ok {
			hint = t.KeyName("↑") + " the last filter, words to find, or"
		}
		return []string{layout.Cut("   "+t.Muted.Render(hint), w, t.Symbols.Ellipsis)}
	}
	return nil
}

// offersSeen is how many ways to complete a word are seen at once at most.
const offersSeen = 6

// seen is the window of the offers in h lines: half of them, so that the list
// below stays in sight.
func (n *entry) seen(h int) (from, to int) {
	room := min(offersSeen, len(n.offers), max(h/2, 0))
	from = max(n.chosen-room+1, 0)
	return from, from + room
}

func (n *entry) offerRow(t *theme.Theme, i, w int) string {
	o := n.offers[i]
	wide, counts := 0, true
	for _, other := range n.offers {
		wide, counts = max(wide, layout.Width(other.text)), counts && other.counted
	}
	cols := []layout.Column{{Min: min(wide, max(w/2, 8)), Max: min(wide, max(w-12, 8))}, {Min: 6, Rank: 1}}
	if counts {
		cols[1] = layout.Column{Min: 6, Max: 9, Right: true, Rank: 1}
	}
	widths := layout.Widths(cols, max(w-widget.Margin-1, 1))
	cells := []widget.Cell{{Text: o.text, Style: t.Text}, {Text: o.note, Style: t.Muted}}
	return widget.Row(t, cols, widths, cells, widget.FocusOf(i, n.chosen, true), w)
}

// problemLines says what is wrong in at most most lines, below a mark under the place
// while it is known to stand there.
func (n *entry) problemLines(t *theme.Theme, w, most int) []string {
	typed, _ := n.field.Typed()
	message := widget.Message(n.problem)
	text := strings.TrimSpace(typed)
	lines := []string{""}
	if from, to, ok := n.faultAt(text); ok && layout.Width(typed) < w-6 {
		lead := 3 + layout.Width(typed) - layout.Width(strings.TrimLeft(typed, " ")) + layout.Width(text[:from])
		mark := strings.Repeat("^", max(layout.Width(text[from:to]), 1))
		lines[0] = layout.Cut(strings.Repeat(" ", lead)+t.Danger.Render(mark), w, "")
	}
	return append(lines, widget.Sentence(t.Danger.Render(t.Symbols.Failed), message, w, most, t.Symbols.Ellipsis)...)
}

// clickOffer takes the offer at a line of the box.
func (s *Screen) clickOffer(y int) tea.Cmd {
	n, p := &s.entry, s.panes()
	first := 1 + len(s.dropHead(p.ListW))
	from, to := n.seen(p.ListH - first - 1)
	at := from + y - first
	if at < from || at >= to {
		return nil
	}
	n.take(at)
	n.complete()
	return n.changed()
}
