package widget

import (
	"strconv"
	"strings"
	"time"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Bar draws how much of a whole is done in w cells. The text beside it must say
// the same in numbers.
func Bar(t *theme.Theme, done, of, w int) string {
	full := 0
	if of > 0 {
		full = min(max(done, 0), of) * w / of
	}
	fill := "█"
	if t.ASCII {
		fill = "#"
	}
	return t.Accent.Render(strings.Repeat(fill, max(full, 0))) + t.Border.Render(strings.Repeat(t.Symbols.Shade, max(w-full, 0)))
}

// Percent is how much of a whole is done: "31 %", never 100 before the end, ""
// when the whole is not known.
func Percent(done, of int) string {
	if of <= 0 {
		return ""
	}
	n := min(max(done, 0), of) * 100 / of
	return strconv.Itoa(n) + " %"
}

// Span is a length of time in its two largest units: "3 h 20 min", "45 s".
func Span(d time.Duration) string {
	units := []struct {
		name string
		of   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	d = max(d, 0)
	for i, u := range units {
		n := int64(d / u.of)
		if n == 0 && i < len(units)-1 {
			continue
		}
		text := Number(n) + " " + u.name
		if i+1 < len(units)-1 {
			if rest := int64(d % u.of / units[i+1].of); rest > 0 {
				text += " " + Number(rest) + " " + units[i+1].name
			}
		}
		return text
	}
	return ""
}

// Rule draws a line of w cells that says something: the first of the texts that
// fits, or the last one cut.
func Rule(t *theme.Theme, w int, texts ...string) string {
	text := texts[len(texts)-1]
	for _, try := range texts {
		if layout.Width(try)+6 <= w {
			text = try
			break
		}
	}
	line := t.Border.Render(strings.Repeat(t.Symbols.Rule, 2)) + " " + layout.Cut(text, max(w-6, 1), t.Symbols.Ellipsis) + " "
	return layout.Cut(line+t.Border.Render(strings.Repeat(t.Symbols.Rule, max(w-layout.Width(line), 0))), w, "")
}
