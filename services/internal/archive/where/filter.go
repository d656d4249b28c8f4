package where

import (
	"math"
	"strings"
)

// filter is one entry of $filters (spec/where, section 3.20).
type filter struct {
	written   value
	column    string // a key of the event with this exact name, else a dotted path
	path      path
	condition condition
	value     value   // == != contains oneof: the operand
	text      string  // == != contains: the operand as text, in lower case
	low, high float64 // > >= < <= (low only) and between
	members   []value // oneof
	csv       bool    // oneof: the members were written as comma-separated text
	from, to  moment  // dates; of one operand only from
}

// condition is what a filter asks.
type condition uint8

const (
	filterIs condition = iota
	filterIsNot
	filterAbove
	filterAtLeast
	filterBelow
	filterAtMost
	filterContains
	filterEmpty
	filterNotEmpty
	filterBetween
	filterOneOf
	filterDateIs
	filterDateBefore
	filterDateAfter
	filterDateBetween
)

// conditionNames are the conditions as they are written.
var conditionNames = [...]string{
	filterIs: "==", filterIsNot: "!=", filterAbove: ">", filterAtLeast: ">=", filterBelow: "<", filterAtMost: "<=",
	filterContains: "contains", filterEmpty: "empty", filterNotEmpty: "notempty", filterBetween: "between", filterOneOf: "oneof",
	filterDateIs: "dateis", filterDateBefore: "datebefore", filterDateAfter: "dateafter", filterDateBetween: "datebetween",
}

// setFilters compiles the entries of $filters.
func (op *operator) setFilters(v value, at trail) error {
	if v.kind != kindArray {
		return fail("$filters", at, "needs a list")
	}
	for i, item := range v.items {
		f, says := readFilter(item)
		if says != "" {
			return fail("$filters", at, "cannot use its entry %d: %s", i+1, says)
		}
		op.filters = append(op.filters, f)
	}
	return nil
}

// readFilter compiles one entry. says is what is wrong with it, for after the
// operator's name; empty when nothing is.
func readFilter(v value) (f filter, says string) {
	column, _ := v.get("column")
	asked, _ := v.get("condition")
	f.written, f.column = v, column.text
	if v.kind != kindObject || column.kind != kindText || f.column == "" {
		return f, `it needs a "column"`
	}
	f.path = pathOf(f.column)
	known := false
	for c, name := range conditionNames {
		if asked.kind == kindText && asked.text == name {
			f.condition, known = condition(c), true
		}
	}
	if !known {
		return f, `it needs a "condition", one of ` + strings.Join(conditionNames[:], " ")
	}
	return f, f.operands()
}

// operands reads what the condition needs.
func (f *filter) operands() (says string) {
	f.value, _ = f.written.get("value")
	name := conditionNames[f.condition]
	switch f.condition {
	case filterIs, filterIsNot, filterContains:
		if text, ok := scalarText(f.value); ok && (f.condition != filterContains || f.value.kind != kindBool) {
			f.text = lower(text)
			return ""
		}
		return name + ` needs a "value" that is a text or a number`
	case filterAbove, filterAtLeast, filterBelow, filterAtMost:
		var ok bool
		if f.low, ok = scalarNumber(f.value); ok {
			return ""
		}
		return name + ` needs a "value" that is a number`
	case filterBetween:
		from, _ := f.value.get("from")
		to, _ := f.value.get("to")
		var ok, too bool
		f.low, ok = scalarNumber(from)
		f.high, too = scalarNumber(to)
		if ok && too {
			return ""
		}
		return name + ` needs a "value" with the numbers "from" and "to"`
	case filterOneOf:
		return f.setMembers()
	case filterDateIs, filterDateBefore, filterDateAfter, filterDateBetween:
		return f.setDates()
	}
	return ""
}

// setMembers takes a list of single values, or comma-separated text.
func (f *filter) setMembers() (says string) {
	f.members = f.value.items
	switch {
	case f.value.kind == kindText:
		f.csv = true
		for _, part := range csvParts(f.value.text) {
			f.members = append(f.members, value{kind: kindText, text: part})
		}
	case f.value.kind != kindArray:
		return `oneof needs a "value" that is a list or comma-separated text`
	}
	for _, m := range f.members {
		if m.kind == kindArray || m.kind == kindObject {
			return "oneof needs single values"
		}
	}
	return ""
}

// csvParts splits text at the commas outside double quotes; parts are trimmed,
// lose one pair of quotes, and are dropped when empty.
func csvParts(text string) []string {
	var parts []string
	quoted, start := false, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] == '"' {
			quoted = !quoted
		}
		if i < len(text) && (text[i] != ',' || quoted) {
			continue
		}
		part := strings.Trim(text[start:i], jsSpace)
		if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
			part = part[1 : len(part)-1]
		}
		if part != "" {
			parts = append(parts, part)
		}
		start = i + 1
	}
	return parts
}

// scalarText is how JavaScript prints a text, number or boolean.
func scalarText(v value) (string, bool) {
	switch v.kind {
	case kindText:
		return v.text, true
	case kindNumber:
		return format(v.number), true
	case kindBool:
		if v.yes {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// scalarNumber is a number, or the decimal that a text holds.
func scalarNumber(v value) (float64, bool) {
	switch v.kind {
	case kindNumber:
		return v.number, true
	case kindText:
		return decimalOf(v.text)
	}
	return 0, false
}

// decimalOf reads a text that is nothing but a decimal number.
func decimalOf(text string) (float64, bool) {
	text = strings.Trim(text, jsSpace)
	if text == "" || !isDecimal(text) {
		return 0, false
	}
	n := parse(text)
	return n, !math.IsInf(n, 0)
}
