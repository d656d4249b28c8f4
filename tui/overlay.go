package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

// overlay is what lies over the screen and has the keyboard: a confirmation, the
// palette, help, the profiles or the message history.
type overlay interface {
	// update takes a key; done closes the overlay.
	update(k tea.KeyMsg) (done bool, cmd tea.Cmd)
	// view draws a box at most w wide and h high.
	view(w, h int) []string
}

// box frames lines under a title, exactly w wide and at most h high.
func box(t *theme.Theme, title string, lines []string, w, h int) []string {
	inner := max(w-4, 1)
	if room := max(h-2, 0); len(lines) > room {
		lines = lines[:room]
	}
	f := t.Symbols.Frame
	title = layout.Cut(title, max(w-6, 1), t.Symbols.Ellipsis)
	rest := strings.Repeat(f.Top, max(w-5-layout.Width(title), 0))
	out := []string{t.Border.Render(f.TopLeft+f.Top) + " " + t.Bold.Render(title) + " " + t.Border.Render(rest+f.TopRight)}
	for _, l := range lines {
		out = append(out, t.Border.Render(f.Left)+" "+layout.Fit(l, inner, t.Symbols.Ellipsis)+" "+t.Border.Render(f.Right))
	}
	return append(out, t.Border.Render(f.BottomLeft+strings.Repeat(f.Bottom, max(w-2, 0))+f.BottomRight))
}

// printable returns the text a key types, or "".
func printable(k tea.KeyMsg) string {
	if k.Type == tea.KeyRunes && !k.Alt {
		return string(k.Runes)
	}
	if k.Type == tea.KeySpace {
		return " "
	}
	return ""
}

// chop removes the last character.
func chop(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return string(r[:len(r)-1])
}
