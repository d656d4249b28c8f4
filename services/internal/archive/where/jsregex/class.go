package jsregex

import "strings"

// class reads "[…]" with its case variants; what it denies is left out last.
func (t *translator) class() (set, error) {
	start := t.at
	t.at++
	deny := t.take('^')
	if t.peek(0) == ']' {
		t.at = start
		return nil, t.refuse("an empty class is not supported")
	}
	var s set
	for !t.take(']') {
		if t.at >= len(t.in) {
			t.at = start
			return nil, t.refuse(`a class has no "]"`)
		}
		part, err := t.member()
		if err != nil {
			return nil, err
		}
		s = append(s, part...)
	}
	s = t.cased(s.normal())
	if deny {
		s = s.not(t.last())
	}
	return s, nil
}

// member reads one character, one range or one escape for several characters.
func (t *translator) member() (set, error) {
	first, err := t.single()
	if err != nil {
		return nil, err
	}
	if t.peek(0) != '-' || t.peek(1) == ']' || t.peek(1) < 0 {
		return first, nil
	}
	at := t.at
	t.at++
	second, err := t.single()
	if err != nil {
		return nil, err
	}
	one := func(s set) bool { return len(s) == 1 && s[0].lo == s[0].hi }
	switch {
	case !one(first) || !one(second):
		if t.unicode {
			t.at = at
			return nil, t.refuse("a range in a class goes from one character to another")
		}
		return append(append(first, second...), span{'-', '-'}), nil // the dash is a character like others
	case second[0].lo < first[0].lo:
		t.at = at
		return nil, t.refuse("a range in a class ends before it begins")
	}
	return set{{first[0].lo, second[0].lo}}, nil
}

// single reads what may stand on either side of a dash.
func (t *translator) single() (set, error) {
	c := t.peek(0)
	switch c {
	case '\\':
		return t.escape(true)
	case '[':
		if t.isPOSIX() {
			return nil, t.refuse("classes such as [:alpha:] are not known to JavaScript")
		}
	}
	t.at++
	return set{{c, c}}, nil
}

// isPOSIX reports whether "[:name:]" stands ahead. JavaScript reads it as
// characters, which nobody means.
func (t *translator) isPOSIX() bool {
	n := 1
	if t.peek(n) != ':' {
		return false
	}
	for n++; t.peek(n) == '^' || t.peek(n) >= 'a' && t.peek(n) <= 'z'; n++ {
	}
	return n > 2 && t.peek(n) == ':' && t.peek(n+1) == ']'
}

// escape reads a backslash and what belongs to it. Outside of a class the result
// has its case variants; in a class they are added to the whole.
func (t *translator) escape(inClass bool) (set, error) {
	c := t.peek(1)
	if s := t.classEscape(c); s != nil {
		t.at += 2
		return s, nil
	}
	one, length, err := t.characterEscape(c, inClass)
	if err != nil {
		return nil, err
	}
	t.at += length
	if inClass {
		return set{{one, one}}, nil
	}
	return t.cased(set{{one, one}}), nil
}

// classEscape is what \d, \w, \s and their opposites stand for, nil for another
// letter. With i and u, \w has the variants of its letters, and \W lacks them.
func (t *translator) classEscape(c rune) set {
	word := words()
	if t.unicode {
		word = t.cased(word)
	}
	switch c {
	case 'd':
		return digits()
	case 'D':
		return digits().not(t.last())
	case 'w':
		return word
	case 'W':
		return word.not(t.last())
	case 's':
		return blanks()
	case 'S':
		return blanks().not(t.last())
	}
	return nil
}

// characterEscape reads an escape for one character; length counts the backslash.
func (t *translator) characterEscape(c rune, inClass bool) (one rune, length int, err error) {
	switch c {
	case -1:
		return 0, 0, t.refuse(`the pattern ends in a "\"`)
	case 't':
		return '\t', 2, nil
	case 'n':
		return '\n', 2, nil
	case 'r':
		return '\r', 2, nil
	case 'f':
		return '\f', 2, nil
	case 'v':
		return '\v', 2, nil
	case 'x':
		if one = t.hex(2, 2); one < 0 {
			return 0, 0, t.refuse(`"\x" takes two hexadecimal digits`)
		}
		return one, 4, nil
	case 'u':
		return t.unicodeEscape()
	case 'b':
		if inClass {
			return '\b', 2, nil
		}
	case 'p', 'P':
		return 0, 0, t.refuse("Unicode properties such as \\p{L} are not supported")
	case 'c':
		return 0, 0, t.refuse(`control escapes such as "\cA" are not supported`)
	case '0':
		return 0, 0, t.refuse(`"\0" is not supported; write "\x00"`)
	}
	switch {
	case c >= '1' && c <= '9', c == 'k':
		return 0, 0, t.refuse("back-references are not supported")
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return 0, 0, t.refuse(`"\%c" means nothing in JavaScript`, c)
	case t.unicode && !strings.ContainsRune(`^$\.*+?()[]{}|/`, c) && (c != '-' || !inClass):
		return 0, 0, t.refuse("with the flag u, %q must not have a backslash", c)
	}
	return c, 2, nil
}

// unicodeEscape reads \uHHHH, with the flag u also a surrogate pair in that form.
func (t *translator) unicodeEscape() (one rune, length int, err error) {
	if t.peek(2) == '{' {
		return 0, 0, t.refuse(`"\u{…}" is not supported; write the character itself`)
	}
	if one = t.hex(2, 4); one < 0 {
		return 0, 0, t.refuse(`"\u" takes four hexadecimal digits`)
	}
	if t.unicode && one >= 0xD800 && one <= 0xDBFF && t.peek(6) == '\\' && t.peek(7) == 'u' {
		if low := t.hex(8, 4); low >= 0xDC00 && low <= 0xDFFF {
			return (one-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12, nil
		}
	}
	return one, 6, nil
}

// hex reads count hexadecimal digits that begin n ahead; -1 when they are none.
func (t *translator) hex(n, count int) rune {
	var value rune
	for i := n; i < n+count; i++ {
		switch c := t.peek(i); {
		case c >= '0' && c <= '9':
			value = value<<4 + c - '0'
		case c >= 'a' && c <= 'f':
			value = value<<4 + c - 'a' + 10
		case c >= 'A' && c <= 'F':
			value = value<<4 + c - 'A' + 10
		default:
			return -1
		}
	}
	return value
}
