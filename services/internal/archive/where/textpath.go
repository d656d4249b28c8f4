package where

import (
	"strings"
)

// anyText is that a text is one of some, where "*" stands for any text.
func anyText(key string, items []word) []value {
	var plain []value
	var sides []value
	for _, item := range items {
		if operand, ok := glob(item); ok {
			sides = append(sides, object(key, operand))
		} else {
			plain = append(plain, textValue(item.text()))
		}
	}
	return oneOf(key, plain, sides)
}

// oneOf is that a value is one of some, or meets one of other conditions.
func oneOf(key string, plain []value, sides []value) []value {
	switch len(plain) {
	case 0:
	case 1:
		sides = append([]value{object(key, plain[0])}, sides...)
	default:
		sides = append([]value{object(key, object("$in", listValue(plain...)))}, sides...)
	}
	return anyOf(sides)
}

// glob is the operand for a word with a "*" outside of quotes.
func glob(w word) (value, bool) {
	parts := w.split('*')
	if len(parts) == 1 {
		return value{}, false
	}
	var b strings.Builder
	flags := ""
	for i, part := range parts {
		text := part.text()
		switch {
		case i == 0 && text != "":
			b.WriteString("^")
		case i > 0 && i < len(parts)-1 && text == "":
			continue // "**" is "*"
		case i > 0 && b.Len() > 0 && text != "":
			b.WriteString(".*")
			flags = "s"
		}
		b.WriteString(escapePattern(text))
	}
	if last := parts[len(parts)-1].text(); last != "" {
		b.WriteString("$")
	}
	if b.Len() == 0 {
		return object("$exists", boolValue(true)), true
	}
	operand := object("$regex", textValue(b.String()))
	if flags != "" {
		operand.members = append(operand.members, member{"$options", textValue(flags)})
	}
	return operand, true
}

// escapePattern writes text as a pattern that matches it.
func escapePattern(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(`.$^*+?()[]{}|\/`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// path is a condition on a path into the event.
func (p *textParser) path(c clause, path string) ([]value, error) {
	for _, s := range pathOf(path) {
		if s.key == "" {
			return nil, refuse(c.at, "The path %q has an empty part.", shorten(c.key))
		}
	}
	switch c.sign {
	case ":", "=", "!=":
		return equalTo(c, path)
	case "~", "!~":
		operand := object("$iLike", textValue(c.value.text()))
		if c.sign == "!~" {
			operand = object("$not", operand)
		}
		return []value{object(path, operand)}, nil
	}
	operator := map[string]string{">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}[c.sign]
	v := valueOf(c.value, path)
	if s, ok := p.moment(c.value); ok && v.kind == kindText {
		v = numberValue(float64(s.from.Unix())) // Stripe gives times in seconds
	}
	if v.kind == kindNull {
		return nil, refuse(c.after, "%q compares numbers, texts and times, not null.", c.sign)
	}
	return []value{object(path, object(operator, v))}, nil
}

// equalTo is that what stands at a path is one of some values, or is none.
func equalTo(c clause, path string) ([]value, error) {
	var plain, sides []value
	items, gap := c.value.values()
	if gap >= 0 {
		return nil, refuse(gap, `A value of %q is empty; "" is an empty text.`, c.key+c.sign)
	}
	for _, item := range items {
		if operand, ok := glob(item); ok && c.sign == ":" {
			sides = append(sides, object(path, operand))
		} else {
			plain = append(plain, valueOf(item, path))
		}
	}
	if c.sign != "!=" {
		return oneOf(path, plain, sides), nil
	}
	if len(plain) == 1 {
		return []value{object(path, object("$ne", plain[0]))}, nil
	}
	return []value{object(path, object("$nin", listValue(plain...)))}, nil
}

// valueOf is a word as a value of JSON: a number, true, false or null when it
// reads as one, otherwise text. Quotes make it text, and metadata has no other.
func valueOf(w word, path string) value {
	text := w.text()
	if w.quoted() || strings.Contains("."+path, ".metadata.") {
		return textValue(text)
	}
	switch text {
	case "true", "false":
		return boolValue(text == "true")
	case "null":
		return nullValue()
	}
	if n, ok := plainNumber(text); ok {
		return numberValue(n)
	}
	return textValue(text)
}

// plainNumber reads a number as JSON writes it that a double holds exactly as
// written; others, such as a long order number, are text.
func plainNumber(text string) (float64, bool) {
	if len(text) > 15 || text == "" {
		return 0, false
	}
	v, err := read([]byte(text))
	return v.number, err == nil && v.kind == kindNumber
}
