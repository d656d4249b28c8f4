package where

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// JSON returns the query as canonical JSON, which parses to the same query: no
// white space, operators before fields, numbers in their shortest form.
func (q *Query) JSON() []byte { return bytes.Clone(q.text) }

// String is JSON as a text.
func (q *Query) String() string { return string(q.text) }

// writer prints queries as JSON.
type writer struct{ out []byte }

func (w *writer) text(s string) { w.out = append(w.out, quoted(s)...) }

// quoted is a JSON string with nothing escaped that need not be.
func quoted(s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// key starts a member of an object.
func (w *writer) key(key string) {
	w.next()
	w.text(key)
	w.out = append(w.out, ':')
}

// next writes the comma before what is not the first of its object or list.
func (w *writer) next() {
	if last := w.out[len(w.out)-1]; last != '{' && last != '[' {
		w.out = append(w.out, ',')
	}
}

func (w *writer) open(c byte)  { w.out = append(w.out, c) }
func (w *writer) close(c byte) { w.out = append(w.out, c) }

func (w *writer) query(q *query) {
	if q.bare() {
		w.value(q.ops[0].value)
		return
	}
	w.open('{')
	w.operators(q.ops)
	for _, f := range q.fields {
		w.key(f.path.String())
		if f.literal() {
			w.value(f.ops[0].value)
			continue
		}
		w.open('{')
		w.operators(f.ops)
		w.close('}')
	}
	w.close('}')
}

func (w *writer) operators(ops []*operator) {
	for _, op := range ops {
		w.key(op.kind.String())
		w.operand(op)
	}
}

func (w *writer) operand(op *operator) {
	switch op.kind {
	case opIn, opNin, opMod:
		w.value(value{kind: kindArray, items: op.values})
	case opExists:
		w.value(value{kind: kindBool, yes: op.want})
	case opType:
		w.text(typeNames[op.typ])
	case opAll, opAnd, opOr, opNor:
		w.open('[')
		for _, q := range op.queries {
			w.next()
			w.query(q)
		}
		w.close(']')
	case opNot, opElemMatch, opFact:
		w.query(op.queries[0])
	case opRegex:
		w.text(op.pattern)
		if op.flags != "" {
			w.key("$options")
			w.text(op.flags)
		}
	case opLike, opSearch:
		w.text(op.text)
	case opFilters:
		w.open('[')
		for _, f := range op.filters {
			w.next()
			w.value(f.written)
		}
		w.close(']')
	default:
		w.value(op.value)
	}
}

func (w *writer) value(v value) {
	switch v.kind {
	case kindBool:
		w.out = strconv.AppendBool(w.out, v.yes)
	case kindNumber:
		w.out = append(w.out, format(v.number)...)
	case kindText:
		w.text(v.text)
	case kindArray:
		w.open('[')
		for _, item := range v.items {
			w.next()
			w.value(item)
		}
		w.close(']')
	case kindObject:
		w.open('{')
		for _, m := range v.members {
			w.key(m.key)
			w.value(m.value)
		}
		w.close('}')
	default:
		w.out = append(w.out, "null"...)
	}
}
