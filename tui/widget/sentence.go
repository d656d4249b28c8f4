package widget

import (
	"strconv"
	"strings"

	"bursar/tui/layout"
)

// Sentence wraps text behind a sign of one cell, at most most lines of w cells
// (0: as many as it takes); the lines after the first stand under its words.
func Sentence(sign, text string, w, most int, tail string) []string {
	const lead = 4
	words := layout.Wrap(text, max(w-lead-1, 1))
	if most > 0 && len(words) > most {
		words = words[:most]
		words[most-1] = layout.Cut(words[most-1], max(w-lead-2, 1), "") + tail
	}
	lines := make([]string, len(words))
	for i, l := range words {
		head := strings.Repeat(" ", lead)
		if i == 0 {
			head = layout.Fit("  "+sign, lead, "")
		}
		lines[i] = layout.Cut(head+l, w, "")
	}
	return lines
}

// Number writes a number with grouped thousands: "2,400".
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Count says how many of something there are: "1 item", "2,400 items".
func Count(n int64, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return Number(n) + " " + word + "s"
}
