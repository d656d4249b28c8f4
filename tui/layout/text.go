// Package layout measures, cuts and places styled text in terminal cells. Its one
// authority on width is x/ansi, which lipgloss uses too.
package layout

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns how many cells s takes; escape sequences take none.
func Width(s string) int { return ansi.StringWidth(s) }

// Cut shortens s to at most w cells, ending it in tail when something was lost.
func Cut(s string, w int, tail string) string {
	if w <= 0 {
		return ""
	}
	if head, cut := prefix(s, w); cut {
		return ansi.Truncate(head, max(w-ansi.StringWidth(tail), 0), "") + ansi.Truncate(tail, w, "")
	}
	if ansi.StringWidth(s) <= w {
		return s
	}
	return ansi.Truncate(s, w, tail)
}

// prefix returns enough of a very long text to fill w cells, so that measuring it
// costs what is seen and not what there is. Styled text is left as it is.
func prefix(s string, w int) (head string, cut bool) {
	limit := 16*w + 256
	if len(s) <= limit || strings.Contains(s, "\x1b") {
		return s, false
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit], true
}

// Fit cuts s to w cells or pads it with spaces to exactly w.
func Fit(s string, w int, tail string) string {
	s = Cut(s, w, tail)
	if n := w - ansi.StringWidth(s); n > 0 {
		s += strings.Repeat(" ", n)
	}
	return s
}

// Right cuts s to w cells or pads it on the left to exactly w.
func Right(s string, w int, tail string) string {
	s = Cut(s, w, tail)
	if n := w - ansi.StringWidth(s); n > 0 {
		s = strings.Repeat(" ", n) + s
	}
	return s
}

// Middle shortens an id to w cells and keeps its head and its tail, since both
// tell ids apart: "evt_1Pq9…Zk31". The text must carry no escape sequences.
func Middle(s string, w int, tail string) string {
	if ansi.StringWidth(s) <= w {
		return s
	}
	keep := w - ansi.StringWidth(tail)
	if keep < 4 {
		return Cut(s, w, tail)
	}
	end := keep * 2 / 5
	return ansi.Truncate(s, keep-end, "") + tail + from(s, ansi.StringWidth(s)-end)
}

// from leaves out the first w cells of s. A wide character that they cut in two
// becomes a blank.
func from(s string, w int) string {
	rest, want := ansi.TruncateLeft(s, w, ""), max(ansi.StringWidth(s)-w, 0)
	if ansi.StringWidth(rest) > want {
		rest = " " + ansi.TruncateLeft(s, w+1, "")
	}
	return rest
}

// Spread puts left and right at the two ends of a line of w cells, cutting left
// first when both do not fit.
func Spread(left, right string, w int, tail string) string {
	r := Cut(right, w, tail)
	room := w - ansi.StringWidth(r)
	if r != "" {
		room--
	}
	if room <= 0 {
		return Fit(r, w, tail)
	}
	line := Fit(left, room, tail)
	if r != "" {
		line += " " + r
	}
	return line
}

// Wrap breaks text into lines of at most w cells, at spaces where it can.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(s, w, ""), "\n")
}

// Block makes lines into exactly h lines of at most w cells.
func Block(lines []string, w, h int, tail string) []string {
	out := make([]string, max(h, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Cut(lines[i], w, tail)
		}
	}
	return out
}

// Join places two blocks side by side with sep between them; left lines are
// fitted to lw cells, right ones cut to rw.
func Join(left, right []string, lw, rw int, sep, tail string) []string {
	out := make([]string, max(len(left), len(right)))
	for i := range out {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		out[i] = Fit(l, lw, tail) + sep + Cut(r, rw, tail)
	}
	return out
}

// Overlay draws box over base with its top left corner at column x of line y.
// What it does not cover stays as it is.
func Overlay(base, box []string, x, y int) []string {
	out := append([]string(nil), base...)
	for i, line := range box {
		row := y + i
		if row < 0 || row >= len(out) {
			continue
		}
		under := out[row]
		left := Fit(ansi.Truncate(under, x, ""), x, "")
		right := from(under, x+ansi.StringWidth(line))
		if strings.Contains(under, "\x1b") {
			left, right = left+reset, reset+right
		}
		out[row] = left + line + right
	}
	return out
}

// reset ends any style that was cut open on either side of an overlay.
const reset = "\x1b[m"

// Plain removes escape sequences.
func Plain(s string) string { return ansi.Strip(s) }
