package event

import (
	"strings"

	"bursar/tui/layout"
	"bursar/tui/widget"
)

// View draws the box.
func (s *Screen) View() string {
	t, now := s.env.Theme, s.env.Now()
	var lines []string
	switch {
	case s.loaded:
		lines = append(s.head(), s.tree.Lines(true)...)
	case s.err != nil:
		lines = widget.Failure(t, s.err, "r", s.w)
	default:
		lines = append([]string{""}, widget.Loading(t, "reading the event", s.guard.Waited(now), s.w, s.h-1)...)
	}
	return strings.Join(layout.Block(lines, s.w, s.h, t.Symbols.Ellipsis), "\n")
}

// head is what stands above the JSON: two lines where there is little room, all
// facts where there is more, in two columns when the window is wide.
func (s *Screen) head() []string {
	if !s.loaded {
		return nil
	}
	t, now := s.env.Theme, s.env.Now()
	short := widget.EventHead(t, s.event, s.mode, now, s.env.Zone, s.w)
	switch {
	case s.w < 60, s.w < 96 && s.h < 28, s.h < 18:
		return short
	case s.w < 96:
		facts := widget.Facts(t, widget.EventFacts(t, s.event, s.mode, now, s.env.Zone), s.w-3)
		return append(append(short[:1:1], indented(facts)...), s.rule())
	}
	facts := widget.EventFacts(t, s.event, s.mode, now, s.env.Zone)
	half := (s.w - 5) / 2
	left, right := widget.Facts(t, facts[:5], half), widget.Facts(t, facts[5:], half)
	return append(append(short[:1:1], indented(layout.Join(left, right, half, half, "  ", t.Symbols.Ellipsis))...), s.rule())
}

func (s *Screen) rule() string {
	t := s.env.Theme
	return t.Border.Render(strings.Repeat(t.Symbols.Rule, s.w))
}

func indented(lines []string) []string {
	for i := range lines {
		lines[i] = "   " + lines[i]
	}
	return lines
}
