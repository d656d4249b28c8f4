package where

import (
	"math"
	"strings"
)

// cell is a place in SQL that a value is read from. What text and number are is
// only asked of a value of that type.
type cell struct {
	kind         fragment // the name of the JSON type; NULL where there is nothing
	text, number fragment
	whole        bool // number is an integer of 64 bits, not a double
}

// answers is what a condition says of a value, by the value's type.
type answers struct {
	missing, null, no, yes, number, text, object, array expr
}

// never is the condition that nothing meets.
func never() answers {
	f := sure(false)
	return answers{f, f, f, f, f, f, f, f}
}

// each changes every answer.
func (a answers) each(change func(expr) expr) answers {
	for _, e := range []*expr{&a.missing, &a.null, &a.no, &a.yes, &a.number, &a.text, &a.object, &a.array} {
		*e = change(*e)
	}
	return a
}

// same returns the answer that is the same for every value, if there is one.
func (a answers) same() (expr, bool) {
	same := true
	a.each(func(e expr) expr {
		same = same && e.constant != variable && e.constant == a.missing.constant
		return e
	})
	return a.missing, same
}

// site is where a leaf operator reads: a value, or an element of an array.
type site struct {
	cell
	list       *list       // the value as an array; nil when that is not asked about in SQL
	nullBefore func() expr // a value on the way is null, which then is the candidate; nil for never
}

// viaNull is nullBefore where there is one.
func (s site) viaNull() expr {
	if s.nullBefore == nil {
		return sure(false)
	}
	return s.nullBefore()
}

// ask is what a leaf operator says of the value at a site, when no array is on
// the way to it.
func (c *compiler) ask(op *operator, at site) answers {
	switch op.kind {
	case opNe:
		return c.ask(&operator{kind: opEq, value: op.value}, at).each(not)
	case opNin:
		return c.ask(&operator{kind: opIn, values: op.values}, at).each(not)
	}
	a := c.single(op, at)
	if op.overElements() {
		a.array = c.some(op, at.list)
	}
	return a
}

// single is ask for a value by itself, without the elements of an array.
func (c *compiler) single(op *operator, at site) answers {
	a := never()
	switch op.kind {
	case opEq:
		c.equal(&a, op.value, at.cell)
	case opIn:
		c.among(&a, op.values, at.cell)
	case opGt, opGte, opLt, opLte:
		c.compare(&a, op, at.cell)
	case opExists:
		a = a.each(func(expr) expr { return sure(op.want) })
		a.missing = sure(!op.want)
	case opType:
		askType(&a, op.typ, at.viaNull)
	case opMod:
		c.modulo(&a, op.values[0].number, op.values[1].number, at)
	case opSize:
		a.array = c.size(op.value.number, at.list)
	case opElemMatch:
		a.array = unknown()
	case opRegex:
		a.text = c.prefixed(op, at.cell)
	case opLike:
		c.like(&a, op.needle, at.cell)
	}
	return a
}

// overElements reports whether an array meets the operator exactly when one of
// its elements does: what is asked for is no array and cannot be made of one.
func (op *operator) overElements() bool {
	switch op.kind {
	case opEq:
		return op.value.kind != kindArray
	case opIn:
		for _, v := range op.values {
			if v.kind == kindArray {
				return false
			}
		}
		return true
	case opGt, opGte, opLt, opLte:
		return op.value.kind != kindNull
	case opType:
		return op.typ != kindArray && op.typ != kindTimestamp
	}
	return op.kind == opRegex || op.kind == opLike
}

// equal is $eq.
func (c *compiler) equal(a *answers, v value, at cell) {
	switch v.kind {
	case kindNull:
		a.missing, a.null = sure(true), sure(true)
	case kindBool:
		if v.yes {
			a.yes = sure(true)
		} else {
			a.no = sure(true)
		}
	case kindNumber:
		a.number = c.number(at, opEq, v.number)
	case kindText:
		a.text = expr{fragment: piece(at.text, " = ", bound{v.text})}
	case kindArray:
		a.array = unknown()
	case kindObject:
		a.object = unknown()
	}
}

// among is $in: some member is equal.
func (c *compiler) among(a *answers, values []value, at cell) {
	var texts, numbers []any
	var others []expr
	for _, v := range values {
		switch {
		case v.kind == kindText:
			texts = append(texts, v.text)
		case v.kind == kindNumber && !at.whole:
			numbers = append(numbers, v.number)
		case v.kind == kindNumber && integral(v.number):
			numbers = append(numbers, int64(v.number))
		case v.kind == kindNumber:
			others = append(others, c.number(at, opEq, v.number))
		default:
			c.equal(a, v, at)
		}
	}
	if len(numbers) > 0 {
		others = append(others, c.finite(at, piece(at.number, in(numbers))))
	}
	a.number = c.or(others...)
	if len(texts) > 0 {
		a.text = expr{fragment: piece(at.text, in(texts))}
	}
}

// in is " IN (…)".
func in(values []any) fragment {
	return piece(" IN (", placeholders(values), ")")
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
		a.text = c.order(at.text, op.kind, v.text)
	}
}

// order compares text by bytes, which is JavaScript's order by UTF-16 units as
// long as one side has nothing from the surrogates on.
func (c *compiler) order(text fragment, kind opKind, operand string) expr {
	for _, r := range operand {
		if r >= 0xD800 {
			return unknown()
		}
	}
	if c.dialect.Postgres {
		text = piece(text, ` COLLATE "C"`)
	}
	return expr{fragment: piece(text, kind.sign(), bound{operand})}
}

// exact bounds the integers that doubles tell apart.
const exact = 1 << 53

// number compares a number. Integer columns are compared as integers, so that an
// index on them serves, for which a bound between two is moved to one.
func (c *compiler) number(at cell, kind opKind, operand float64) expr {
	switch {
	case !at.whole:
		return c.finite(at, piece(at.number, kind.sign(), bound{operand}))
	case math.Abs(operand) >= exact:
		return expr{fragment: piece(c.double(at.number), kind.sign(), bound{operand})}
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
	return expr{fragment: piece(at.number, kind.sign(), bound{int64(floor)})}
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
	return c.and(c.order(at.text, opGte, prefix), c.order(at.text, opLt, next))
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
		found = c.contains(at.text, needle)
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
