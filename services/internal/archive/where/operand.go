package where

import (
	"fmt"
	"strings"
	"unicode"

	"bursar/services/internal/archive/where/jsregex"
)

// operand compiles an operator's operand.
func (s scope) operand(op *operator, v value, at trail) error {
	name := op.kind.String()
	switch op.kind {
	case opEq, opNe:
		op.value = v
	case opGt, opGte, opLt, opLte:
		op.value = v
		if v.kind == kindArray || v.kind == kindObject {
			return fail(name, at, "needs a number, a text, true, false or null")
		}
	case opIn, opNin:
		return op.setList(v, at)
	case opExists:
		op.want = truth(v)
	case opType:
		return op.setType(v, at)
	case opMod:
		op.values = v.items
		if len(v.items) != 2 || v.items[0].kind != kindNumber || v.items[1].kind != kindNumber {
			return fail(name, at, "needs a list of two numbers: the divisor and the remainder")
		}
	case opSize:
		op.value = v
		if v.kind != kindNumber {
			return fail(name, at, "needs a number")
		}
	case opAll, opAnd, opOr, opNor:
		return s.setQueries(op, v, at)
	case opElemMatch:
		if v.kind != kindObject {
			return fail(name, at, "needs an object")
		}
		q, err := s.in(inner).query(v, at.at(name))
		op.queries = []*query{q}
		return err
	case opNot:
		q, err := s.below().member(v, name, at)
		op.queries = []*query{q}
		return err
	case opLike:
		return op.setLike(v, at)
	case opFilters:
		return op.setFilters(v, at)
	case opSearch:
		return op.setSearch(v, at)
	case opFact:
		return s.setFact(op, v, at)
	}
	return nil
}

// truth is JavaScript's, of a JSON value.
func truth(v value) bool {
	switch v.kind {
	case kindBool:
		return v.yes
	case kindNumber:
		return v.number != 0
	case kindText:
		return v.text != ""
	}
	return v.kind == kindArray || v.kind == kindObject
}

// setList takes a list, or one value as a list of one.
func (op *operator) setList(v value, at trail) error {
	op.values = v.items
	if v.kind != kindArray {
		op.values = []value{v}
	}
	for _, item := range op.values {
		if hasOperator(item) {
			return fail(op.kind.String(), at, "compares whole values; it takes no operators")
		}
	}
	return nil
}

func (op *operator) setType(v value, at trail) error {
	name := v.text
	if name == "boolean" {
		name = "bool"
	}
	for k, known := range typeNames {
		if v.kind == kindText && known != "" && known == name {
			op.typ = kind(k)
			return nil
		}
	}
	return fail("$type", at, "needs one of number, string, bool, boolean, array, object, null, timestamp")
}

// setQueries takes the list of queries of $and, $or and $nor, or of $all.
func (s scope) setQueries(op *operator, v value, at trail) error {
	name := op.kind.String()
	if v.kind != kindArray || op.kind != opAll && len(v.items) == 0 {
		if op.kind == opAll {
			return fail(name, at, "needs a list")
		}
		return fail(name, at, "needs a list of at least one query")
	}
	for _, item := range v.items {
		var q *query
		var err error
		if op.kind == opAll {
			q, err = s.in(inner).member(item, name, at)
		} else if item.kind != kindObject {
			err = fail(name, at, "needs queries: each member must be an object")
		} else {
			q, err = s.below().query(item, at.at(name))
		}
		if err != nil {
			return err
		}
		op.queries = append(op.queries, q)
	}
	return nil
}

// setRegex compiles $regex with the $options beside it.
func (s scope) setRegex(op *operator, pattern, options value, hasOptions bool, at trail) error {
	if pattern.kind != kindText {
		return fail("$regex", at, "needs a text")
	}
	if hasOptions && options.kind != kindText {
		return fail("$options", at, "needs a text of the flags i, m, s, g and u")
	}
	op.pattern, op.flags = pattern.text, options.text
	var err error
	if op.regex, err = jsregex.Compile(op.pattern, op.flags); err != nil {
		return fail("$regex", at, "cannot be used: %s", err)
	}
	if *s.steps += op.regex.Size(); *s.steps > maxSteps {
		return fail("$regex", at, "makes the patterns of the query too large together; shorten them or repeat less")
	}
	return nil
}

// setLike takes the text that $iLike looks for.
func (op *operator) setLike(v value, at trail) error {
	switch v.kind {
	case kindText:
		op.text = v.text
	case kindNumber:
		op.text = format(v.number)
	default:
		return fail("$iLike", at, "needs a text or a number")
	}
	op.needle = lower(strings.Trim(op.text, "%"))
	return nil
}

// lower is text in lower case, character by character; only U+0130 stays, whose
// lower case would be two characters.
func lower(text string) string {
	return strings.Map(lowerRune, text)
}

func lowerRune(r rune) rune {
	if r == '\u0130' {
		return r
	}
	return unicode.ToLower(r)
}

// setSearch takes the text whose words $search looks for.
func (op *operator) setSearch(v value, at trail) error {
	op.text, op.words = v.text, QueryWords(v.text)
	if v.kind != kindText || len(op.words) == 0 {
		return fail("$search", at, "needs a text with at least one letter or digit")
	}
	if len(op.words) > maxSearch {
		return fail("$search", at, "looks for at most %d words", maxSearch)
	}
	return nil
}

// factNames are the fields of $fact.
const factNames = "customer outcome amount currency object_id object_type request_id source received livemode api_version"

// setFact takes the query over an event's facts.
func (s scope) setFact(op *operator, v value, at trail) error {
	if v.kind != kindObject {
		return fail("$fact", at, `needs an object such as {"customer": "cus_…"}`)
	}
	at = at.at("$fact")
	q := &query{}
	for _, m := range v.members {
		if !isFact(m.key) {
			return &Error{Operator: "$fact", Path: at.at(m.key).String(),
				Message: fmt.Sprintf("$fact does not know %q; it knows %s.", shorten(m.key), factNames)}
		}
		f, err := s.in(fact).field(m, at)
		if err != nil {
			return err
		}
		for _, o := range f.ops {
			if !o.flat() {
				return fail(o.kind.String(), at.at(m.key), "needs single values: facts are no lists and no objects")
			}
		}
		q.fields = append(q.fields, f)
	}
	op.queries = []*query{q}
	return nil
}

func isFact(name string) bool {
	for known := range strings.FieldsSeq(factNames) {
		if known == name {
			return true
		}
	}
	return false
}

// flat reports whether the operator's operands are single values.
func (op *operator) flat() bool {
	for _, v := range append(op.values[:len(op.values):len(op.values)], op.value) {
		if v.kind == kindArray || v.kind == kindObject {
			return false
		}
	}
	return true
}
