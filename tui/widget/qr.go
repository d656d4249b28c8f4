package widget

import (
	"strings"

	"bursar/services"
	"bursar/tui/theme"
)

// quiet is the light border around a code, in modules. The standard asks for
// four; two scan reliably on a screen and fit far more windows.
const quiet = 2

// QRSize returns the cells a code needs with its quiet zone.
func QRSize(q services.QRCode) (w, h int) {
	side := q.Size + 2*quiet
	return side, (side + 1) / 2
}

// QR draws a code in half blocks, black on explicit white whatever the theme, so
// that it scans.
func QR(t *theme.Theme, q services.QRCode) []string {
	w, h := QRSize(q)
	lines := make([]string, 0, h)
	for row := range h {
		var b strings.Builder
		for col := range w {
			x, y := col-quiet, 2*row-quiet
			b.WriteString(halfBlock(q.At(x, y), q.At(x, y+1)))
		}
		lines = append(lines, t.Paper.Render(b.String()))
	}
	return lines
}

func halfBlock(top, bottom bool) string {
	switch {
	case top && bottom:
		return "█"
	case top:
		return "▀"
	case bottom:
		return "▄"
	}
	return " "
}
