package where

import (
	"fmt"
	"strings"
)

// Parse compiles a query from JSON. No text at all is the query that holds for
// everything, as {} is. Whatever cannot be meant, or means different things in
// sift and here, is refused with an *Error (spec/where, section 5): nothing is
// evaluated then.
func Parse(raw []byte) (*Query, error) {
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	v, err := read(raw)
	if err != nil {
		return nil, err
	}
	if v.kind != kindObject {
		return nil, refused(`The query must be an object such as {"type": "charge.failed"}.`)
	}
	root, err := scope{place: document, steps: new(int)}.query(v, nil)
	if err != nil {
		return nil, err
	}
	return compile(root), nil
}

// compile makes a Query of its tree.
func compile(root *query) *Query {
	var w writer
	w.query(root)
	return &Query{root: root, text: w.out, program: newProgram(root)}
}

// place says where a query object stands, which decides what may be in it.
type place uint8

const (
	document place = iota // it asks about the whole event
	inner                 // it asks about a part of it
	property              // not a query but the operators of a field
	fact                  // operators of a member of $fact
)

// scope is what is known while a query object is compiled.
type scope struct {
	place place
	steps *int // size of all patterns so far
}

// in is the scope in another place.
func (s scope) in(p place) scope { return scope{place: p, steps: s.steps} }

// below is the scope of a query inside an operator.
func (s scope) below() scope {
	if s.place == document {
		return s
	}
	return s.in(inner)
}

// fail builds the refusal of an operator. says goes on after its name.
func fail(operator string, at trail, says string, args ...any) error {
	where := "at the top"
	if len(at) > 0 {
		where = fmt.Sprintf("under %q", at)
	}
	return &Error{Operator: operator, Path: at.String(),
		Message: fmt.Sprintf("%s %s %s.", shorten(operator), where, fmt.Sprintf(says, args...))}
}

// query compiles a query object.
func (s scope) query(v value, at trail) (*query, error) {
	q := &query{}
	operators := value{kind: kindObject}
	for _, m := range v.members {
		if strings.HasPrefix(m.key, "$") {
			operators.members = append(operators.members, m)
			continue
		}
		f, err := s.in(property).field(m, at)
		if err != nil {
			return nil, err
		}
		q.fields = append(q.fields, f)
	}
	var err error
	q.ops, err = s.operators(operators, at)
	return q, err
}

// member compiles what may be a query object or a value to equal: the operand of
// $not and a member of $all.
func (s scope) member(v value, name string, at trail) (*query, error) {
	switch v.kind {
	case kindObject:
		return s.query(v, at.at(name))
	case kindArray:
		return nil, fail(name, at, "takes an object or a single value, not a list")
	}
	return &query{ops: []*operator{{kind: opEq, implicit: true, value: v}}}, nil
}

// field compiles a path and its operand: operators if any of its keys starts
// with "$", otherwise a value that is compared whole.
func (s scope) field(m member, at trail) (field, error) {
	f := field{path: pathOf(m.key)}
	below := at.at(m.key)
	for _, part := range f.path {
		if part.key == "" {
			return f, &Error{Path: below.String(), Message: fmt.Sprintf("The path %q has an empty part.", below)}
		}
	}
	if !hasOperator(m.value) {
		f.ops = []*operator{{kind: opEq, implicit: true, value: m.value}}
		return f, nil
	}
	for _, o := range m.value.members {
		if !strings.HasPrefix(o.key, "$") {
			return f, &Error{Path: below.String(),
				Message: fmt.Sprintf("Under %q operators and the plain key %q are mixed; one object has either.", below, shorten(o.key))}
		}
	}
	var err error
	f.ops, err = s.operators(m.value, below)
	return f, err
}

// hasOperator reports whether a value is an object with a key of an operator.
func hasOperator(v value) bool {
	for _, m := range v.members {
		if strings.HasPrefix(m.key, "$") {
			return true
		}
	}
	return false
}

// operators compiles an object's operators, in order.
func (s scope) operators(v value, at trail) ([]*operator, error) {
	var ops []*operator
	for _, m := range v.members {
		if m.key == "$options" {
			if _, ok := v.get("$regex"); !ok {
				return nil, fail(m.key, at, "stands without $regex")
			}
			continue
		}
		kind, err := s.kindOf(m.key, at)
		if err != nil {
			return nil, err
		}
		op := &operator{kind: kind}
		if kind == opRegex {
			options, ok := v.get("$options")
			err = s.setRegex(op, m.value, options, ok, at)
		} else {
			err = s.operand(op, m.value, at)
		}
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// kindOf finds an operator by name and checks that it may stand here.
func (s scope) kindOf(name string, at trail) (opKind, error) {
	kind, ok := kindNamed(name)
	if !ok {
		return 0, fail(name, at, "is no operator that is known here")
	}
	switch kind {
	case opFilters, opSearch, opFact:
		if s.place != document {
			return 0, fail(name, at, "asks about the whole event: it stands at the top, in $and, $or or $nor there, or in a $not at the top")
		}
	case opAnd, opOr, opNor:
		if s.place == property || s.place == fact {
			return 0, fail(name, at, "cannot stand under a field; put the field into its members")
		}
	case opEq, opNe, opGt, opGte, opLt, opLte, opIn, opNin, opExists:
	default:
		if s.place == fact {
			return 0, fail(name, at, "is not for facts; they take $eq $ne $gt $gte $lt $lte $in $nin $exists")
		}
	}
	return kind, nil
}

func kindNamed(name string) (opKind, bool) {
	for kind, known := range opNames {
		if known == name {
			return opKind(kind), true
		}
	}
	return 0, false
}
