// Package jsregex compiles the portable subset of ECMAScript's regular
// expressions to Go's, which match in linear time: what a pattern means in
// JavaScript it means here, and what cannot mean the same is refused with words.
//
// JavaScript looks at text as UTF-16 units unless the flag u is given, has four
// line terminators, its own white space and its own rules for the flag i
// (ECMA-262, "RegExp (Regular Expression) Objects"). The pattern is written anew
// with every class spelt out, and text is brought into the form that the new
// pattern expects where the two differ.
package jsregex

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxPattern = 1000   // UTF-16 units in a pattern
	maxRepeat  = 1000   // n and m of {n,m}, and what repeats inside repeats multiply to
	maxSize    = 10_000 // steps of the compiled pattern, about
)

// Regexp is a compiled pattern. It is safe for concurrent use.
type Regexp struct {
	pattern, flags string
	re             *regexp.Regexp
	size           int
	units          bool // text is read as UTF-16 units
	lines          bool // line terminators are written as in terminated
	kelvin         bool // U+017F and U+212A count as s and k
}

// Compile reads a pattern and its flags, any of i, m, s, g and u, each at most
// once. The error says in words what the pattern has that is refused.
func Compile(pattern, flags string) (*Regexp, error) {
	t := &translator{}
	if err := t.setFlags(flags); err != nil {
		return nil, err
	}
	if !utf8.ValidString(pattern) {
		return nil, fmt.Errorf("the pattern is not UTF-8 text")
	}
	units := utf16.Encode([]rune(pattern))
	if len(units) > maxPattern {
		return nil, fmt.Errorf("the pattern has more than %d characters", maxPattern)
	}
	t.in = []rune(pattern)
	if !t.unicode {
		t.in = t.in[:0]
		for _, u := range units {
			t.in = append(t.in, rune(u))
		}
	}
	t.lines = t.multiline && strings.ContainsAny(pattern, "^$")
	text, err := t.translate()
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(text)
	if err != nil {
		// What is left for it to refuse are repeats inside repeats.
		return nil, fmt.Errorf("the repeats inside repeats of the pattern multiply to more than %d", maxRepeat)
	}
	return &Regexp{pattern: pattern, flags: flags, re: re, size: t.size,
		units: !t.unicode, lines: t.lines, kelvin: t.unicode && t.fold}, nil
}

// String gives the pattern as JavaScript writes it: "/^ch_/i".
func (r *Regexp) String() string { return "/" + r.pattern + "/" + r.flags }

// Size is about how many steps one character of text can cost at most, from 1 to
// 10,000: the work of a match is bounded by this times the text's length.
func (r *Regexp) Size() int { return r.size }

// MatchString reports whether text has a match anywhere.
func (r *Regexp) MatchString(text string) bool { return r.re.MatchString(r.prepare(text)) }

// surrogates is added to a UTF-16 surrogate to stand in text that must stay
// UTF-8. Nothing else can be there: units have no character beyond U+FFFF.
const surrogates = 0x100000

// prepare writes text the way the compiled pattern expects it; mostly as it is.
func (r *Regexp) prepare(text string) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for _, c := range text {
		switch {
		case r.units && c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			b.WriteRune(surrogates + high)
			b.WriteRune(surrogates + low)
		case r.lines && isTerminator(c):
			b.WriteString(terminated(c))
		case r.kelvin && c == 'ſ':
			b.WriteByte('s')
		case r.kelvin && c == '\u212A':
			b.WriteByte('k')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// isPlain reports whether text has nothing that prepare might change.
func isPlain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf || c == '\n' || c == '\r' {
			return false
		}
	}
	return true
}

// terminated is how a line terminator is written for a pattern with the flag m.
// Go's ^ and $ know only the line feed, so each terminator is put between two of
// them: before it stands $, after it ^, and what is inside is never looked at,
// because the pattern takes all three characters or none.
func terminated(c rune) string { return "\n" + string(c) + "\n" }

// isTerminator reports whether c ends a line in JavaScript.
func isTerminator(c rune) bool { return c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029' }
