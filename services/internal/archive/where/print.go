package where

import (
	"strings"
	"time"
)

// Text prints the query in its short form, which ParseText reads as a query that
// means the same, whatever the time and the zone. ok is false when it has none.
func (q *Query) Text() (text string, ok bool) {
	v, err := read(q.text)
	if err != nil {
		return "", false
	}
	inOrder := allOf(conditionsOf(v))
	terms, ok := printAll(inOrder)
	if !ok {
		return "", false
	}
	text = strings.Join(terms, " ")
	if or, only := inOrder.get("$or"); only && len(inOrder.members) == 1 && len(terms) == 1 {
		if sides, isList := printSides(or.items); isList && "("+sides+")" == text {
			text = sides
		}
	}
	again, err := ParseText(text, time.Time{}, nil)
	want, err2 := Parse(writtenOf(inOrder))
	return text, err == nil && err2 == nil && string(again.text) == string(want.text)
}

// printAll prints the conditions of a query in order.
func printAll(q value) (terms []string, ok bool) {
	for _, m := range q.members {
		more, ok := printMember(m)
		if !ok {
			return nil, false
		}
		terms = append(terms, more...)
	}
	return terms, true
}

func printMember(m member) ([]string, bool) {
	switch m.key {
	case "$and":
		var terms []string
		for _, item := range m.value.items {
			more, ok := printAll(item)
			if !ok {
				return nil, false
			}
			terms = append(terms, more...)
		}
		return terms, true
	case "$fact":
		return printFacts(m.value)
	case "$or":
		if text, ok := printAnyAmount(m.value.items); ok {
			return []string{text}, true
		}
		if text, ok := printGlobs(m.value.items); ok {
			return []string{text}, true
		}
		sides, ok := printSides(m.value.items)
		return []string{"(" + sides + ")"}, ok
	case "$nor":
		return printDenials(m.value.items)
	case "$search":
		return []string{inQuotes(m.value.text)}, true
	case "type", "id":
		if text, ok := printEqual(m.key, m.value, nil); ok {
			return []string{text}, true
		}
		return nil, false
	case "created":
		return printCreated(m.value)
	case "livemode":
		text, ok := printEqual("live", m.value, func(v value) (string, bool) {
			return map[bool]string{true: "yes", false: "no"}[v.yes], v.kind == kindBool
		})
		return []string{text}, ok
	}
	return printPath(m.key, m.value)
}

// printSides prints the sides of an $or.
func printSides(items []value) (string, bool) {
	var sides []string
	for _, item := range items {
		terms, ok := printAll(item)
		if !ok {
			return "", false
		}
		sides = append(sides, strings.Join(terms, " "))
	}
	return strings.Join(sides, " or "), true
}

// printDenials prints the members of a $nor.
func printDenials(items []value) ([]string, bool) {
	var terms []string
	for len(items) > 0 {
		if len(items) >= 3 {
			if text, ok := printAnyAmount(items[:3]); ok {
				terms, items = append(terms, "-"+text), items[3:]
				continue
			}
		}
		inner, ok := printAll(items[0])
		if !ok {
			return nil, false
		}
		term := strings.Join(inner, " ")
		if len(inner) != 1 {
			term = "(" + term + ")"
		}
		terms, items = append(terms, "-"+term), items[1:]
	}
	return terms, true
}

// readsAs reports whether text is read as a query.
func readsAs(text string, want value) bool {
	q, err := ParseText(text, time.Time{}, nil)
	return err == nil && string(q.text) == string(writtenOf(want))
}
