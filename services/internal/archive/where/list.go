package where

import "strings"

// list is an array in SQL: a source of rows, one for each element.
type list struct {
	source, length fragment
	element        cell
}

// listAt is the array at a path.
func (c *compiler) listAt(at path) *list {
	body, p := c.dialect.Body, c.pathOf(at)
	if c.dialect.Postgres {
		text := piece("(element.item #>> '{}')")
		return &list{source: piece("jsonb_array_elements(", body, " #> ", p, ") AS element(item)"),
			length:  piece("jsonb_array_length(", body, " #> ", p, ")"),
			element: cell{kind: piece("jsonb_typeof(element.item)"), text: text, number: c.double(text)}}
	}
	return &list{source: piece("json_each(", body, ", ", p, ") AS element"),
		length:  piece("json_array_length(", body, ", ", p, ")"),
		element: cell{kind: piece("element.type"), text: piece("element.atom"), number: c.double(piece("element.atom"))}}
}

// some is whether some element meets an operator. Elements that are arrays have
// elements of their own, at any depth, and are left to the evaluator.
func (c *compiler) some(op *operator, l *list) expr {
	if l == nil {
		l = &list{}
	}
	a := c.single(op, site{cell: l.element})
	a.missing, a.array = sure(false), sure(false)
	if e, ok := a.same(); ok {
		return e
	}
	if l.source.text == "" {
		return unknown()
	}
	a.array = unknown()
	meets := c.byKind(l.element, a)
	largest := "max"
	if c.dialect.Postgres {
		largest = "bool_or"
	}
	return expr{open: true, fragment: piece("(SELECT CASE WHEN ", largest, "(x) THEN TRUE WHEN ", largest, "(x IS NULL) THEN NULL ELSE FALSE END FROM (SELECT ",
		meets.fragment, " AS x FROM ", l.source, ") AS elements)")}
}

// size is whether an array has so many elements, or one of its elements may.
func (c *compiler) size(want float64, l *list) expr {
	if want < 0 || !integral(want) {
		return sure(false)
	}
	if l == nil {
		return unknown()
	}
	return expr{open: true, fragment: piece("CASE WHEN ", l.length, " = CAST(", bound{value: int64(want)}, " AS bigint) THEN TRUE WHEN EXISTS (SELECT 1 FROM ",
		l.source, " WHERE ", l.element.kind, " = 'array') THEN NULL ELSE FALSE END")}
}

// placeholders is one for each value.
func placeholders(values []any, own bool) fragment {
	mark := bound{own: own}.mark()
	return fragment{text: strings.Repeat(mark+", ", len(values)-1) + mark, args: values}
}
