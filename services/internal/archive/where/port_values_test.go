package where

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The port's rules for values: equality, order, JavaScript's numbers, and the
// conditions on the whole event.

func portEqual(q value, v any) bool {
	switch v := v.(type) {
	case nil, absent:
		return q.kind == kindNull
	case bool:
		return q.kind == kindBool && q.yes == v
	case float64:
		return q.kind == kindNumber && q.number == v
	case string:
		return q.kind == kindText && q.text == v
	case []any:
		return q.kind == kindArray && slices.EqualFunc(q.items, v, portEqual)
	case map[string]any:
		if q.kind != kindObject || len(q.members) != len(v) {
			return false
		}
		for _, m := range q.members {
			if !portEqual(m.value, portStep(v, m.key)) {
				return false
			}
		}
		return true
	}
	return false
}

func portPasses(op *operator, v any) bool {
	switch op.kind {
	case opEq:
		return portEqual(op.value, v)
	case opMod:
		return math.Mod(portNumber(v), op.values[0].number) == op.values[1].number
	case opType:
		return portKind(v) == op.typ
	case opRegex:
		text, ok := v.(string)
		return ok && op.regex.MatchString(text)
	case opLike:
		text, ok := portText(v)
		return ok && strings.Contains(lower(text), lower(strings.Trim(op.text, "%")))
	}
	order, ok := portCompare(op.value, v)
	switch op.kind {
	case opGt:
		return ok && order > 0
	case opGte:
		return ok && order >= 0
	case opLt:
		return ok && order < 0
	}
	return ok && order <= 0
}

func portKind(v any) kind {
	switch v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case float64:
		return kindNumber
	case string:
		return kindText
	case []any:
		return kindArray
	case map[string]any:
		return kindObject
	}
	return kindMissing
}

func portText(v any) (string, bool) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return format(v), true
	case string:
		return v, true
	}
	return "", false
}

// portCompare orders a value against an operand by JavaScript's typeof.
func portCompare(q value, v any) (order int, ok bool) {
	switch v := v.(type) {
	case bool:
		if q.kind == kindBool {
			return bit(v) - bit(q.yes), true
		}
	case float64:
		if q.kind == kindNumber {
			return compareNumbers(v, q.number)
		}
	case string:
		if q.kind == kindText {
			return slices.Compare(utf16.Encode([]rune(v)), utf16.Encode([]rune(q.text))), true
		}
	default:
		if q.kind != kindNull {
			return 0, false
		}
		if isAbsent(v) {
			v = nil
		}
		return compareNumbers(portNumber(v), 0)
	}
	return 0, false
}

// portNumber is JavaScript's Number.
func portNumber(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		return float64(bit(v))
	case float64:
		return v
	case string:
		return numberOf(v)
	case []any:
		return numberOf(portJoin(v))
	}
	return math.NaN()
}

// portJoin is JavaScript's join of an array.
func portJoin(list []any) string {
	var parts []string
	for _, v := range list {
		switch v := v.(type) {
		case nil:
			parts = append(parts, "")
		case []any:
			parts = append(parts, portJoin(v))
		case map[string]any:
			parts = append(parts, "[object Object]")
		default:
			text, _ := portText(v)
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ",")
}

// whole evaluates a condition on the whole event.
func (p port) whole(op *operator) bool {
	switch op.kind {
	case opSearch:
		words := Words(p.doc)
		for _, w := range op.words {
			if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, w) }) {
				return false
			}
		}
		return true
	case opFact:
		return p.fact(op.queries[0])
	}
	for _, f := range op.filters {
		if !p.filter(f) {
			return false
		}
	}
	return true
}

// fact evaluates a query over the facts as if they were a document.
func (p port) fact(q *query) bool {
	facts := map[string]any{"customer": p.facts.Customer, "outcome": p.facts.Outcome, "currency": p.facts.Currency,
		"object_id": p.facts.ObjectID, "object_type": p.facts.ObjectType, "request_id": p.facts.RequestID,
		"source": p.facts.Source, "api_version": p.facts.APIVersion}
	maps.DeleteFunc(facts, func(_ string, v any) bool { return v == "" })
	if p.facts.Amount != nil {
		facts["amount"] = float64(*p.facts.Amount)
	}
	facts["received"], facts["livemode"] = float64(p.facts.Received), p.facts.Livemode
	n := port{event: facts}.query(q)
	n.reset()
	n.next(facts, "", nil, true)
	return n.kept()
}

func (p port) filter(f filter) bool {
	v := p.event
	event, _ := v.(map[string]any)
	if own, ok := event[f.column]; ok {
		v = own
	} else {
		for _, key := range strings.Split(f.column, ".") {
			v = portStep(v, key)
		}
	}
	if f.condition == filterEmpty || f.condition == filterNotEmpty {
		empty := v == nil || isAbsent(v)
		switch v := v.(type) {
		case string:
			empty = v == ""
		case []any:
			empty = len(v) == 0
		case map[string]any:
			empty = len(v) == 0
		}
		return empty == (f.condition == filterEmpty)
	}
	return p.filterAny(f, v) != (f.condition == filterIsNot)
}

func (p port) filterAny(f filter, v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return p.filterAny(f, e) })
	case bool:
		return f.passes(scalar{kind: kindBool, yes: v})
	case float64:
		return f.passes(scalar{kind: kindNumber, number: v})
	case string:
		return f.passes(scalar{kind: kindText, text: []byte(v)})
	}
	return f.passes(scalar{kind: portKind(v)})
}
