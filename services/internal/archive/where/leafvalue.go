package where

import (
	"math"
	"strings"
)

// compare is $gt, $gte, $lt and $lte: of one type only.
func (c *compiler) compare(a *answers, op *operator, at cell) {
	switch v := op.value; v.kind {
	case kindNull: // an array would be made a number of
		equal := sure(op.kind == opGte || op.kind == opLte)
		a.missing, a.null, a.array = equal, equal, unknown()
	case kindBool:
		order := 0 // of false and the operand
		if v.yes {
			order = -1
		}
		a.no, a.yes = sure(op.kind.holds(order)), sure(op.kind.holds(order+1))
	case kindNumber:
		a.number = c.number(at, op.kind, v.number)
	case kindText:
		a.text = c.order(at, op.kind, v.text)
	}
}

// sign is the operator of SQL.
func (k opKind) sign() string {
	switch k {
	case opGt:
		return " > "
	case opGte:
		return " >= "
	case opLt:
		return " < "
	case opLte:
		return " <= "
	}
	return " = "
}

// holds compares as an operator does, given how two values are in order.
func (k opKind) holds(order int) bool {
	switch k {
	case opGt:
		return order > 0
	case opGte:
		return order >= 0
	case opLt:
		return order < 0
	case opLte:
		return order <= 0
	}
	return order == 0
}

// order compares text by bytes, which is JavaScript's order by UTF-16 units as
// long as one side has nothing from the surrogates on.
func (c *compiler) order(at cell, kind opKind, operand string) expr {
	for _, r := range operand {
		if r >= 0xD800 {
			return unknown()
		}
	}
	text := at.text
	if c.dialect.Postgres {
		text = piece(text, ` COLLATE "C"`)
	}
	return expr{fragment: piece(text, kind.sign(), at.bind(operand))}
}

// exact bounds the integers that doubles tell apart.
const exact = 1 << 53

// number compares a number. Integer columns are compared as integers, so that an
// index on them serves, for which a bound between two is moved to one.
func (c *compiler) number(at cell, kind opKind, operand float64) expr {
	switch {
	case !at.column:
		return c.finite(at, piece(at.number, kind.sign(), at.bind(operand)))
	case math.Abs(operand) >= exact:
		return expr{fragment: piece(c.double(at.number), kind.sign(), at.bind(operand))}
	}
	floor := math.Floor(operand)
	if floor != operand {
		switch kind {
		case opEq:
			return sure(false)
		case opGte:
			kind = opGt
		case opLt:
			kind = opLte
		}
	}
	return expr{fragment: piece(at.number, kind.sign(), at.bind(int64(floor)))}
}

// askType is $type.
func askType(a *answers, typ kind, nullBefore func() expr) {
	switch typ {
	case kindNull:
		a.null, a.missing = sure(true), nullBefore()
	case kindBool:
		a.no, a.yes = sure(true), sure(true)
	case kindNumber:
		a.number = sure(true)
	case kindText:
		a.text = sure(true)
	case kindArray:
		a.array = sure(true)
	case kindObject:
		a.object = sure(true)
	}
}

// modulo is $mod, of integers that doubles hold exactly; null and false count as
// 0, true as 1, and text and arrays may be numbers too.
func (c *compiler) modulo(a *answers, divisor, remainder float64, at site) {
	if divisor == 0 {
		return
	}
	zero := sure(remainder == 0)
	a.null, a.no = zero, zero
	if remainder == 0 {
		a.missing = at.viaNull()
	}
	a.yes = sure(math.Mod(1, divisor) == remainder)
	a.number, a.text, a.array = unknown(), unknown(), unknown()
	if integral(divisor) && integral(remainder) {
		a.number = c.remainder(at.cell, int64(divisor), int64(remainder))
	}
}

func integral(n float64) bool { return n == math.Trunc(n) && math.Abs(n) < exact }

// prefixed is $regex where all it asks is how a text begins: "^charge\.". Other
// patterns are for the evaluator.
func (c *compiler) prefixed(op *operator, at cell) expr {
	prefix, ok := literalPrefix(op.pattern, op.flags)
	if !ok {
		return unknown()
	}
	if prefix == "" {
		return sure(true)
	}
	next := prefix[:len(prefix)-1] + string(rune(prefix[len(prefix)-1]+1)) // ASCII: the first text behind all with the prefix
	return c.and(c.order(at, opGte, prefix), c.order(at, opLt, next))
}

// literalPrefix reads a pattern that is "^" and ASCII characters that stand for
// themselves.
func literalPrefix(pattern, flags string) (prefix string, ok bool) {
	rest, ok := strings.CutPrefix(pattern, "^")
	if !ok || strings.ContainsAny(flags, "im") {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		ch := rest[i]
		switch {
		case ch == '\\' && i+1 < len(rest) && strings.IndexByte(`.-/$^*+?()[]{}|\`, rest[i+1]) >= 0:
			i++
			ch = rest[i]
		case ch < ' ' || ch > '~' || strings.IndexByte(`.$^*+?()[]{}|\`, ch) >= 0:
			return "", false
		}
		b.WriteByte(ch)
	}
	return b.String(), true
}

// like is $iLike. The databases know the case of ASCII only, and print numbers
// in other ways than JavaScript.
func (c *compiler) like(a *answers, needle string, at cell) {
	a.no, a.yes = sure(strings.Contains("false", needle)), sure(strings.Contains("true", needle))
	if needle == "" {
		a.number, a.text = sure(true), sure(true)
		return
	}
	a.number = unknown()
	found := sure(false)
	if isASCII(needle) {
		found = c.contains(at, needle)
	}
	a.text = expr{fragment: piece("CASE WHEN ", c.onlyASCII(at.text), " THEN ", found.fragment, " END"), open: true}
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
