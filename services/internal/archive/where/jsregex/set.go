package jsregex

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// set is a set of characters, or of UTF-16 units: spans in order, with a gap
// between one and the next once normal has seen them.
type set []span

type span struct{ lo, hi rune }

func digits() set { return set{{'0', '9'}} }

func words() set { return set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}} }

// blanks is what \s stands for: WhiteSpace and LineTerminator of ECMA-262.
func blanks() set {
	return set{{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029},
		{0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}}
}

func terminators() set { return set{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}} }

// normal sorts the spans and joins those that touch.
func (s set) normal() set {
	slices.SortFunc(s, func(a, b span) int { return int(a.lo - b.lo) })
	out := s[:0]
	for _, p := range s {
		if n := len(out); n > 0 && p.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, p.hi)
			continue
		}
		out = append(out, p)
	}
	return out
}

// not is every character up to last that a normal set lacks.
func (s set) not(last rune) set {
	var out set
	next := rune(0)
	for _, p := range s {
		if next < p.lo {
			out = append(out, span{next, p.lo - 1})
		}
		next = p.hi + 1
	}
	if next <= last {
		out = append(out, span{next, last})
	}
	return out
}

// and is what two normal sets share.
func (s set) and(o set) set {
	var out set
	for i, j := 0, 0; i < len(s) && j < len(o); {
		if lo, hi := max(s[i].lo, o[j].lo), min(s[i].hi, o[j].hi); lo <= hi {
			out = append(out, span{lo, hi})
		}
		if s[i].hi < o[j].hi {
			i++
		} else {
			j++
		}
	}
	return out
}

// folded adds to a normal set the characters that differ from one of its own
// only in case. Characters without a partner are not looked at one by one.
func (s set) folded(unicodeMode bool) set {
	out := slices.Clone(s)
	ranges := append([]unicode.CaseRange{{Lo: 'ß', Hi: 'ß'}}, unicode.CaseRanges...) // ß has a partner and no mapping
	for _, p := range s {
		for _, cased := range ranges {
			for c := max(p.lo, rune(cased.Lo)); c <= min(p.hi, rune(cased.Hi)); c++ {
				for o := unicode.SimpleFold(c); o != c; o = unicode.SimpleFold(o) {
					if unicodeMode || canonical(o) == canonical(c) {
						out = append(out, span{o, o})
					}
				}
			}
		}
	}
	return out.normal()
}

// canonical is the form in which units are compared under the flag i without u
// (ECMA-262, Canonicalize): upper case, unless that is several characters or
// would make ASCII of what is not.
func canonical(c rune) rune {
	upper := unicode.ToUpper(c)
	switch {
	case c >= 0x80 && upper < 0x80:
		return c
	case c >= 0x1F80 && c <= 0x1FAF && c&8 == 0, c == 0x1FB3, c == 0x1FC3, c == 0x1FF3:
		return c // these have an upper case of two characters
	}
	return upper
}

// write renders a normal set as one class of Go's syntax, or as the one character
// that it holds. Where units is set, surrogates stand in their place in text.
func (s set) write(b *strings.Builder, units bool) {
	if units {
		var out set
		out = append(out, s.and(set{{0, 0xD7FF}, {0xE000, 0xFFFF}})...)
		for _, p := range s.and(set{{0xD800, 0xDFFF}}) {
			out = append(out, span{p.lo + surrogates, p.hi + surrogates})
		}
		s = out
	}
	switch {
	case len(s) == 0:
		b.WriteString(`[^\x00-\x{10FFFF}]`)
	case len(s) == 1 && s[0].lo == s[0].hi:
		writeRune(b, s[0].lo)
	default:
		b.WriteByte('[')
		for _, p := range s {
			writeRune(b, p.lo)
			if p.hi > p.lo {
				b.WriteByte('-')
				writeRune(b, p.hi)
			}
		}
		b.WriteByte(']')
	}
}

func writeRune(b *strings.Builder, c rune) {
	if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		b.WriteByte(byte(c))
		return
	}
	b.WriteString(`\x{` + strconv.FormatInt(int64(c), 16) + `}`)
}
