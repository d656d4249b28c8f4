package services

import (
	"strings"
	"unicode/utf8"
)

// Clean makes text from outside safe to draw on one line of a terminal. Escape
// sequences are removed whole; control, bidi, tag and other invisible
// characters are dropped; line breaks and tabs become one space; what is not
// UTF-8 becomes U+FFFD. Every string that a service returns for display has
// gone through it; received bytes (Event.Raw) have not.
func Clean(s string) string { return clean(s, false) }

// CleanLines is Clean for text of several lines: line breaks stay.
func CleanLines(s string) string { return clean(s, true) }

func clean(s string, lines bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if n := escapeLength(s[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == '\n' && lines:
			b.WriteRune(r)
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case Invisible(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// Invisible reports whether a character can change how its surroundings are
// drawn without being seen itself: C0 and C1 controls, DEL, bidi marks and
// overrides, zero-width no-break space, line and paragraph separators, variation
// selector 16 and tag characters.
func Invisible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfe0f:
		return true
	case r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

// escapeLength returns the length of the escape sequence s starts with, or 0.
// It knows CSI, the string sequences (OSC, DCS, SOS, PM, APC; ended by ST or
// BEL, or by the end of s) in their 7-bit and 8-bit forms, and two-byte escapes.
func escapeLength(s string) int {
	var kind byte
	var n int
	switch {
	case s[0] == 0x1b && len(s) == 1:
		return 1
	case s[0] == 0x1b:
		kind, n = s[1], 2
	case s[0] == 0xc2 && len(s) > 1 && s[1] >= 0x80 && s[1] <= 0x9f:
		kind, n = s[1]-0x40, 2
	default:
		return 0
	}
	switch kind {
	case '[':
		for n < len(s) && s[n] >= 0x20 && s[n] <= 0x3f {
			n++
		}
		if n < len(s) && s[n] >= 0x40 && s[n] <= 0x7e {
			n++
		}
	case ']', 'P', 'X', '^', '_':
		for ; n < len(s); n++ {
			switch {
			case s[n] == 0x07:
				return n + 1
			case s[n] == 0x1b && n+1 < len(s) && s[n+1] == '\\':
				return n + 2
			case s[n] == 0xc2 && n+1 < len(s) && s[n+1] == 0x9c:
				return n + 2
			}
		}
	default:
		// ESC, intermediates, final byte: "ESC ( B". A byte that cannot belong to
		// an escape sequence ends it, so that no visible text is swallowed.
		if s[0] != 0x1b {
			return n
		}
		n = 1
		for n < len(s) && s[n] >= 0x20 && s[n] <= 0x2f {
			n++
		}
		if n < len(s) && s[n] >= 0x30 && s[n] <= 0x7e {
			n++
		}
	}
	return n
}
