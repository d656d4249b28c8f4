package where

import (
	"slices"
	"strings"
)

// The short form builds queries out of conditions, each an object with one
// member, and brings every query into the same order, so that what it prints
// reads as the query that was printed.

func object(key string, v value) value {
	return value{kind: kindObject, members: []member{{key, v}}}
}

func textValue(s string) value { return value{kind: kindText, text: s} }

func numberValue(n float64) value { return value{kind: kindNumber, number: n} }

func boolValue(yes bool) value { return value{kind: kindBool, yes: yes} }

func listValue(items ...value) value { return value{kind: kindArray, items: items} }

func nullValue() value { return value{kind: kindNull} }

// fact is a condition on a field of $fact.
func factValue(name string, v value) value { return object("$fact", object(name, v)) }

// isSingle reports whether a value is none of several: no list and no object.
func isSingle(v value) bool { return v.kind != kindArray && v.kind != kindObject }

// conditionsOf is a query as conditions, each of one member, that must all hold.
// Queries inside of them are in order already.
func conditionsOf(q value) []value {
	var all, last []value
	for _, m := range q.members {
		switch {
		case m.key == "$and" && m.value.kind == kindArray:
			for _, item := range m.value.items {
				last = append(last, conditionsOf(item)...)
			}
		case m.key == "$or" && m.value.kind == kindArray:
			var sides []value
			for _, item := range m.value.items {
				sides = append(sides, allOf(conditionsOf(item)))
			}
			all = append(all, anyOf(sides)...)
		case m.key == "$nor" && m.value.kind == kindArray:
			for _, item := range m.value.items {
				all = append(all, notOf(allOf(conditionsOf(item)))...)
			}
		case m.key == "$not" && m.value.kind == kindObject:
			all = append(all, notOf(allOf(conditionsOf(m.value)))...)
		case m.key == "$fact" || !strings.HasPrefix(m.key, "$"):
			all = append(all, split(object(m.key, m.value))...)
		default:
			all = append(all, object(m.key, m.value))
		}
	}
	return append(all, last...)
}

// split takes a query in order apart again.
func split(q value) []value {
	var all []value
	for _, m := range q.members {
		switch {
		case m.key == "$and":
			all = append(all, m.value.items...)
		case m.key == "$nor":
			for _, item := range m.value.items {
				all = append(all, object(m.key, listValue(item)))
			}
		case m.key == "$fact":
			for _, f := range m.value.members {
				for _, operand := range operandsOf(f.key, f.value) {
					all = append(all, factValue(f.key, operand))
				}
			}
		case strings.HasPrefix(m.key, "$"):
			all = append(all, object(m.key, m.value))
		default:
			for _, operand := range operandsOf(m.key, m.value) {
				all = append(all, object(m.key, operand))
			}
		}
	}
	return all
}

// operandsOf takes a field's operators apart; each is a condition of its own.
func operandsOf(key string, v value) []value {
	if !hasOperator(v) {
		return []value{v}
	}
	var all []value
	for _, m := range v.members {
		operand := object(m.key, m.value)
		switch m.key {
		case "$options":
			continue
		case "$regex":
			if options, ok := v.get("$options"); ok {
				operand.members = append(operand.members, member{"$options", options})
			}
		}
		all = append(all, plainOperand(key, operand))
	}
	return all
}

// plainOperand writes {"$eq": 1} and {"$in": [1]} as 1 where that is the same.
func plainOperand(key string, v value) value {
	if len(v.members) != 1 || hasIndex(key) {
		return v
	}
	switch m := v.members[0]; {
	case m.key == "$eq" && isSingle(m.value):
		return m.value
	case m.key == "$in" && m.value.kind == kindArray && len(m.value.items) == 1 && isSingle(m.value.items[0]):
		return m.value.items[0]
	case m.key == "$nin" && m.value.kind == kindArray && len(m.value.items) == 1 && isSingle(m.value.items[0]):
		return object("$ne", m.value.items[0])
	}
	return v
}

// hasIndex reports whether a path has a part that is an index in an array: there
// $ne is not always the opposite of $eq.
func hasIndex(key string) bool {
	return slices.ContainsFunc(pathOf(key), func(s segment) bool { return s.numeric })
}

// allOf is the query that all conditions hold. What fits into one object goes
// there, the rest under $and.
func allOf(conditions []value) value {
	out, rest := value{kind: kindObject}, value{kind: kindArray}
	for _, condition := range conditions {
		for _, c := range split(condition) {
			if !merge(&out, c.members[0]) {
				rest.items = append(rest.items, c)
			}
		}
	}
	slices.SortStableFunc(out.members, func(a, b member) int { return rank(a.key) - rank(b.key) })
	if facts, ok := out.get("$fact"); ok {
		slices.SortStableFunc(facts.members, func(a, b member) int { return factRank(a.key) - factRank(b.key) })
	}
	if len(rest.items) > 0 {
		out.members = append(out.members, member{"$and", rest})
	}
	return out
}

func factRank(name string) int { return slices.Index(strings.Fields(factNames), name) }

// rank is the order of a query's members: fields, then facts, then the rest.
func rank(key string) int {
	switch {
	case !strings.HasPrefix(key, "$"):
		return 0
	case key == "$fact":
		return 1
	case key == "$or":
		return 2
	case key == "$nor":
		return 3
	case key == "$search":
		return 4
	}
	return 5
}

// merge adds a condition to an object unless it has one that is in the way.
func merge(into *value, m member) bool {
	i := slices.IndexFunc(into.members, func(have member) bool { return have.key == m.key })
	if i < 0 {
		if m.key == "$fact" { // it is added to later
			m.value.members = slices.Clone(m.value.members)
		}
		into.members = append(into.members, m)
		return true
	}
	have := &into.members[i].value
	if string(writtenOf(*have)) == string(writtenOf(m.value)) {
		return true
	}
	switch m.key {
	case "$search":
		*have = textValue(have.text + " " + m.value.text)
		return true
	case "$nor":
		have.items = append(have.items[:len(have.items):len(have.items)], m.value.items...)
		return true
	case "$fact":
		return merge(have, m.value.members[0])
	}
	return !strings.HasPrefix(m.key, "$") && mergeOperators(have, m.value)
}

// mergeOperators puts two comparisons of a field together: a range.
func mergeOperators(have *value, more value) bool {
	for _, m := range slices.Concat(have.members, more.members) {
		switch m.key {
		case "$gt", "$gte", "$lt", "$lte":
		default:
			return false
		}
	}
	if len(have.members) != 1 || len(more.members) != 1 || have.members[0].key == more.members[0].key {
		return false
	}
	have.members = append(have.members[:1:1], more.members...)
	return true
}

// anyOf is the conditions that say that one of several queries in order holds.
func anyOf(sides []value) []value {
	var all []value
	for _, side := range sides {
		if inner, ok := side.get("$or"); ok && len(side.members) == 1 {
			all = append(all, inner.items...)
			continue
		}
		all = append(all, side)
	}
	if len(all) == 1 {
		return split(all[0])
	}
	return []value{object("$or", value{kind: kindArray, items: all})}
}

// notOf is the conditions that say that a query in order does not hold.
func notOf(q value) []value {
	if len(q.members) == 1 {
		switch m := q.members[0]; {
		case m.key == "$or":
			var all []value
			for _, item := range m.value.items {
				all = append(all, notOf(item)...)
			}
			return all
		case m.key == "$nor":
			return anyOf(m.value.items)
		case m.key == "$fact" && len(m.value.members) == 1:
			f := m.value.members[0]
			if opposite, ok := oppositeOf(f.value); ok {
				return []value{factValue(f.key, opposite)}
			}
		case !strings.HasPrefix(m.key, "$") && !hasIndex(m.key):
			if opposite, ok := oppositeOf(m.value); ok {
				return []value{object(m.key, opposite)}
			}
		}
	}
	return []value{object("$nor", listValue(q))}
}

// oppositeOf is the operand that holds where another does not.
func oppositeOf(v value) (value, bool) {
	if isSingle(v) {
		return object("$ne", v), true
	}
	if len(v.members) != 1 || !hasOperator(v) {
		return v, false
	}
	switch m := v.members[0]; m.key {
	case "$ne":
		return m.value, isSingle(m.value)
	case "$in":
		return object("$nin", m.value), true
	case "$nin":
		return object("$in", m.value), true
	case "$exists":
		return object("$exists", boolValue(!truth(m.value))), true
	}
	return v, false
}
