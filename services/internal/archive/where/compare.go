package where

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"unicode/utf8"
)

// test tells whether a value passes an operator that tests one value.
func (m *Matcher) test(op *operator, at int32) bool {
	switch op.kind {
	case opEq:
		return m.equal(&op.value, at)
	case opMod:
		return math.Mod(m.number(at), op.values[0].number) == op.values[1].number
	case opGt, opGte, opLt, opLte:
		if op.value.kind == kindNull && m.kind(at) == kindArray {
			return op.holds(compareNumbers(m.number(at), 0)) // JavaScript makes numbers of both
		}
	}
	s := m.scalar(at)
	switch op.kind {
	case opRegex:
		m.work -= len(s.text) * op.regex.Size() / 16
	case opLike:
		m.work -= len(s.text) / 16
	}
	return m.work >= 0 && op.passes(s)
}

// passes tells whether a scalar passes an operator that asks for nothing inside
// arrays and objects.
func (op *operator) passes(s scalar) bool {
	switch op.kind {
	case opEq:
		return op.value.equals(s)
	case opGt, opGte, opLt, opLte:
		return op.compares(s)
	case opType:
		return s.kind == op.typ
	case opRegex:
		return s.kind == kindText && op.regex.MatchString(string(s.text))
	case opLike:
		return op.like(s)
	}
	return false
}

// like tells whether a scalar's text has the needle, in whatever case.
func (op *operator) like(s scalar) bool {
	switch s.kind {
	case kindText:
		return containsFolded(s.text, op.needle)
	case kindNumber:
		return containsFolded([]byte(format(s.number)), op.needle)
	case kindBool:
		return containsFolded(strconv.AppendBool(nil, s.yes), op.needle)
	}
	return false
}

// containsFolded reports whether needle, which is in lower case, is in text put
// into lower case.
func containsFolded(text []byte, needle string) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return bytes.Contains(bytes.Map(lowerRune, text), []byte(needle))
		}
	}
	for ; len(text) >= len(needle); text = text[1:] {
		if hasFoldedPrefix(text, needle) {
			return true
		}
	}
	return false
}

// hasFoldedPrefix is strings.HasPrefix for ASCII text put into lower case.
func hasFoldedPrefix(text []byte, prefix string) bool {
	for i := range len(prefix) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

// compares tells whether a scalar stands in the asked order to the operand: only
// values of one JavaScript type do, and null counts as an object that is 0.
func (op *operator) compares(s scalar) bool {
	v := &op.value
	switch {
	case v.kind == kindNull:
		return s.kind <= kindNull && op.holds(0, true)
	case s.kind != v.kind:
		return false
	case v.kind == kindNumber:
		return op.holds(compareNumbers(s.number, v.number))
	case v.kind == kindText:
		return op.holds(compareUnits(s.text, v.text), true)
	case v.kind == kindBool:
		return op.holds(cmp.Compare(bit(s.yes), bit(v.yes)), true)
	}
	return false
}

// holds tells whether an order of value and operand is the asked one.
func (op *operator) holds(order int, comparable bool) bool {
	if !comparable {
		return false
	}
	switch op.kind {
	case opGt:
		return order > 0
	case opGte:
		return order >= 0
	case opLt:
		return order < 0
	}
	return order <= 0
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareNumbers orders two numbers; NaN has no order.
func compareNumbers(a, b float64) (order int, comparable bool) {
	return cmp.Compare(a, b), a == a && b == b
}

// compareUnits orders texts as JavaScript does, by UTF-16 units. That is the
// order of their bytes unless a character beyond U+FFFF meets one from U+E000 on.
func compareUnits(a []byte, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	if n == len(a) || n == len(b) {
		return len(a) - len(b)
	}
	first, second := a[n], b[n]
	if first >= 0xEE && second >= 0xEE && (first >= 0xF0) != (second >= 0xF0) {
		return int(second) - int(first)
	}
	return int(first) - int(second)
}
