package widget

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bursar/services"
	"bursar/tui/layout"
)

// span is a run of text that is drawn in one style.
type span struct {
	text string
	kind spanKind
}

type spanKind uint8

const (
	spanText   spanKind = iota
	spanHidden          // stands for a character that is not seen by itself
	spanHit             // found by the search
)

// maxMarks is how many combining marks one character keeps; further ones are
// shown as escapes, so that a cell holds a bounded number of bytes.
const maxMarks = 4

// spans makes s from byte from on visible in at most w cells. It returns how many
// cells that takes and the byte it stopped at. quoted also escapes what a JSON
// string escapes. hits are the byte ranges to mark.
func spans(s string, from, w int, quoted bool, hits [][2]int) (out []span, cells, next int) {
	var b strings.Builder
	kind, marks := spanText, 0
	flush := func(k spanKind) {
		if b.Len() > 0 && k != kind {
			out = append(out, span{b.String(), kind})
			b.Reset()
		}
		kind = k
	}
	for next = from; next < len(s); {
		text, size, width, hidden := visible(s[next:], quoted)
		if width == 0 {
			marks++
		} else {
			marks = 0
		}
		if marks > maxMarks || width == 0 && b.Len() == 0 && len(out) == 0 {
			r, _ := utf8.DecodeRuneInString(s[next:])
			text, hidden = escapeRune(r), true
			width = len(text)
		}
		if cells+width > w {
			break
		}
		for len(hits) > 0 && hits[0][1] <= next {
			hits = hits[1:]
		}
		switch {
		case hidden:
			flush(spanHidden)
		case len(hits) > 0 && hits[0][0] <= next:
			flush(spanHit)
		default:
			flush(spanText)
		}
		b.WriteString(text)
		cells += width
		next += size
	}
	if b.Len() > 0 {
		out = append(out, span{b.String(), kind})
	}
	return out, cells, next
}

// visible returns the first character of s as it may be drawn, the bytes it is
// made from, and its cells. hidden tells that the character itself would not
// have been seen.
func visible(s string, quoted bool) (text string, size, cells int, hidden bool) {
	if c := s[0]; c >= 0x20 && c < 0x7f {
		if quoted && (c == '"' || c == '\\') {
			return `\` + s[:1], 1, 2, false
		}
		return s[:1], 1, 1, false
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return `\x` + hex(rune(s[0]), 2), 1, 4, true
	case quoted && r == '\n':
		return `\n`, size, 2, false
	case quoted && r == '\t':
		return `\t`, size, 2, false
	case services.Invisible(r), !unicode.IsPrint(r):
		text = escapeRune(r)
		return text, size, len(text), true
	}
	return s[:size], size, layout.Width(s[:size]), false
}

// escapeRune writes a character as its number: \u202e, \u{e0041}.
func escapeRune(r rune) string {
	if r > 0xffff {
		return `\u{` + hex(r, 5) + `}`
	}
	return `\u` + hex(r, 4)
}

func hex(r rune, digits int) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", max(digits-len(s), 0)) + s
}

// fullCells returns the cells s takes when it is made visible, counting no
// further than limit.
func fullCells(s string, limit int, quoted bool) int {
	cells := 0
	for i := 0; i < len(s) && cells <= limit; {
		_, size, width, _ := visible(s[i:], quoted)
		cells += width
		i += size
	}
	return cells
}

// breaks returns where s is broken so that each part takes at most w cells.
func breaks(s string, w int, quoted bool) []int {
	at := []int{0}
	for from := 0; ; {
		_, _, next := spans(s, from, w, quoted, nil)
		if next >= len(s) || next == from {
			return at
		}
		at = append(at, next)
		from = next
	}
}

// foldHits returns where needle, in lower case, stands in s in any case, at most
// limit times.
func foldHits(s string, needle []rune, limit int) [][2]int {
	var hits [][2]int
	if len(needle) == 0 {
		return nil
	}
	for i := 0; i < len(s) && len(hits) < limit; {
		if n := foldPrefix(s[i:], needle); n > 0 {
			hits = append(hits, [2]int{i, i + n})
			i += n
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return hits
}

// foldPrefix returns how many bytes of s the needle takes at its start, or 0.
func foldPrefix(s string, needle []rune) int {
	at := 0
	for _, want := range needle {
		if at >= len(s) {
			return 0
		}
		r, size := rune(s[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[at:])
		}
		if r != want && unicode.ToLower(r) != want {
			return 0
		}
		at += size
	}
	return at
}
