package where

// cell is a place in SQL that a value is read from. What text and number are is
// only asked of a value of that type.
type cell struct {
	kind         fragment // the name of the JSON type; NULL where there is nothing
	text, number fragment
	column       bool // it is a column, whose number is an integer of 64 bits and not a double
}

// bind is a value that the cell is compared with.
func (at cell) bind(v any) bound { return bound{value: v, own: at.column} }

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
		a.text = expr{fragment: piece(at.text, " = ", at.bind(v.text))}
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
		case v.kind == kindNumber && !at.column:
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
		others = append(others, c.finite(at, piece(at.number, at.in(numbers))))
	}
	a.number = c.or(others...)
	if len(texts) > 0 {
		a.text = expr{fragment: piece(at.text, at.in(texts))}
	}
}

// in is " IN (…)".
func (at cell) in(values []any) fragment {
	return piece(" IN (", placeholders(values, at.column), ")")
}
