package jsregex

import (
	"fmt"
	"strings"
)

// translator reads a pattern and writes it in Go's syntax as it goes. Which
// match is found does not matter, only whether there is one: groups capture
// nothing and lazy repeats are plain ones.
type translator struct {
	in []rune // UTF-16 units, or characters with the flag u
	at int

	fold, multiline, dotAll, unicode bool
	lines                            bool // see terminated

	out  strings.Builder
	size int
}

func (t *translator) setFlags(flags string) error {
	for i, f := range flags {
		if strings.ContainsRune(flags[:i], f) {
			return fmt.Errorf("the flag %q is given twice", f)
		}
		switch f {
		case 'i':
			t.fold = true
		case 'm':
			t.multiline = true
		case 's':
			t.dotAll = true
		case 'u':
			t.unicode = true
		case 'g': // finding one match or all is the same here
		case 'y', 'd', 'v':
			return fmt.Errorf("the flag %q is not supported; there are i, m, s, g and u", f)
		default:
			return fmt.Errorf("there is no flag %q; there are i, m, s, g and u", f)
		}
	}
	return nil
}

func (t *translator) translate() (string, error) {
	if t.lines { // the search starts between characters, never inside a terminator
		t.out.WriteString(`\A(?:`)
		t.emit(set{{0, t.last()}})
		t.out.WriteString(`)*?(?:`)
	}
	if err := t.alternatives(); err != nil {
		return "", err
	}
	if t.at < len(t.in) {
		return "", t.refuse(`there is a ")" without its "("`)
	}
	if t.lines {
		t.out.WriteByte(')')
	}
	if t.size++; t.size > maxSize {
		return "", errTooLarge()
	}
	return t.out.String(), nil
}

func errTooLarge() error {
	return fmt.Errorf("the pattern is too large once its repeats are written out")
}

// refuse says what is wrong and where, counted in characters from 1.
func (t *translator) refuse(format string, args ...any) error {
	return fmt.Errorf(format+" (character %d of the pattern)", append(args, t.at+1)...)
}

// last is the highest character there is.
func (t *translator) last() rune {
	if t.unicode {
		return 0x10FFFF
	}
	return 0xFFFF
}

// peek returns the character that is n ahead, -1 behind the end.
func (t *translator) peek(n int) rune {
	if t.at+n < len(t.in) {
		return t.in[t.at+n]
	}
	return -1
}

// take moves on when the next character is c.
func (t *translator) take(c rune) bool {
	if t.peek(0) != c {
		return false
	}
	t.at++
	return true
}

// alternatives reads up to the end or a closing bracket.
func (t *translator) alternatives() error {
	for {
		switch t.peek(0) {
		case -1, ')':
			return nil
		case '|':
			t.at++
			t.size++
			t.out.WriteByte('|')
			continue
		}
		before := t.size
		repeatable, err := t.term()
		if err == nil && repeatable {
			err = t.repeat(before)
		}
		if err != nil {
			return err
		}
		if t.size > maxSize {
			return errTooLarge()
		}
	}
}

// term reads one assertion, which cannot be repeated, or one atom.
func (t *translator) term() (repeatable bool, err error) {
	c := t.peek(0)
	switch c {
	case '^':
		t.assertion(1, `\A`, `(?m:^)`)
		return false, nil
	case '$':
		t.assertion(1, `\z`, `(?m:$)`)
		return false, nil
	case '(':
		return true, t.group()
	case '[':
		s, err := t.class()
		if err == nil {
			t.emit(s)
		}
		return true, err
	case '*', '+', '?':
		return false, t.refuse("there is nothing that %q could repeat", c)
	case '{':
		if _, _, length := t.braces(); length > 0 || t.unicode {
			return false, t.refuse("there is nothing that %q could repeat", c)
		}
	case '}', ']':
		if t.unicode {
			return false, t.refuse("with the flag u, a lone %q is written %q", c, `\`+string(c))
		}
	case '.':
		t.at++
		any := set{{0, t.last()}}
		if !t.dotAll {
			any = terminators().not(t.last())
		}
		t.emit(any)
		return true, nil
	case '\\':
		switch t.peek(1) {
		case 'b':
			t.assertion(2, `\b`, `\b`)
			return false, nil
		case 'B':
			t.assertion(2, `\B`, `\B`)
			return false, nil
		}
		s, err := t.escape(false)
		if err == nil {
			t.emit(s)
		}
		return true, err
	}
	t.at++
	t.emit(t.cased(set{{c, c}}))
	return true, nil
}

// assertion writes one of two forms for the next n characters, the second under
// the flag m.
func (t *translator) assertion(n int, single, multi string) {
	t.at += n
	t.size++
	if t.multiline {
		single = multi
	}
	t.out.WriteString(single)
}

// emit writes an atom that takes one character of s.
func (t *translator) emit(s set) {
	if t.lines {
		if ends := s.and(terminators()); len(ends) > 0 {
			t.out.WriteString(`(?:`)
			s.and(terminators().not(t.last())).write(&t.out, !t.unicode)
			t.out.WriteString(`|\n`)
			ends.write(&t.out, !t.unicode)
			t.out.WriteString(`\n)`)
			t.size += 5
			return
		}
	}
	t.size++
	s.write(&t.out, !t.unicode)
}

// cased adds case variants under the flag i. s is normal.
func (t *translator) cased(s set) set {
	if t.fold {
		return s.folded(t.unicode)
	}
	return s
}

func (t *translator) group() error {
	if t.peek(1) == '?' {
		switch t.peek(2) {
		case ':':
		case '=', '!':
			return t.refuse("look-ahead is not supported")
		case '<':
			if c := t.peek(3); c == '=' || c == '!' {
				return t.refuse("look-behind is not supported")
			}
			return t.refuse("named groups are not supported; write ( ) instead")
		default:
			return t.refuse(`"(?" begins nothing that JavaScript knows; flags stand in $options`)
		}
		t.at += 2
	}
	t.at++
	t.out.WriteString(`(?:`)
	if err := t.alternatives(); err != nil {
		return err
	}
	if !t.take(')') {
		return t.refuse(`a ")" is missing`)
	}
	t.out.WriteByte(')')
	return nil
}

// repeat reads the quantifier of the atom that began when the size was before.
func (t *translator) repeat(before int) error {
	atom := t.size - before
	switch c := t.peek(0); c {
	case '*', '+', '?':
		t.at++
		t.size++
		t.out.WriteRune(c)
	case '{':
		low, high, length := t.braces()
		switch {
		case length == 0 && t.unicode:
			return t.refuse(`with the flag u, a lone "{" is written %q`, `\{`)
		case length == 0:
			return nil // the brace is a character like others
		case low > maxRepeat || high > maxRepeat:
			return t.refuse("something is repeated more than %d times", maxRepeat)
		case high >= 0 && high < low:
			return t.refuse("the repeat {%d,%d} ends before it begins", low, high)
		}
		t.size = before + atom*max(low, high) + max(high-low, 1)
		t.at += length
		if high < 0 {
			fmt.Fprintf(&t.out, "{%d,}", low)
		} else {
			fmt.Fprintf(&t.out, "{%d,%d}", low, high)
		}
	default:
		return nil
	}
	t.take('?')
	return nil
}

// braces reads {n}, {n,} or {n,m} ahead without moving. high is -1 for no bound;
// length is 0 when there is no such thing.
func (t *translator) braces() (low, high, length int) {
	low, n := t.number(1)
	if n == 1 {
		return 0, 0, 0
	}
	high = low
	if t.peek(n) == ',' {
		if high, length = t.number(n + 1); length == n+1 {
			high = -1
		}
		n = length
	}
	if t.peek(n) != '}' {
		return 0, 0, 0
	}
	return low, high, n + 1
}

// number reads the digits that begin n ahead; next is where they end.
func (t *translator) number(n int) (value, next int) {
	for ; t.peek(n) >= '0' && t.peek(n) <= '9'; n++ {
		value = min(value*10+int(t.peek(n)-'0'), maxRepeat+1)
	}
	return value, n
}
