package where

import (
	"strings"
	"unicode"

	"bursar/services"
)

// named compiles the keys that take a list of words.
func named(c clause) ([]value, error) {
	items, gap := c.value.values()
	for _, item := range items {
		if item.text() == "" {
			gap = item[0].at
		}
	}
	if gap >= 0 {
		return nil, refuse(gap, "A value of %q is empty.", c.key+":")
	}
	switch c.key {
	case "type", "id":
		return anyText(c.key, items), nil
	case "status", "outcome":
		return eachFact("outcome", items, outcomeNamed)
	case "currency":
		return eachFact("currency", items, func(w word) (value, error) {
			if code, ok := currencyNamed(w.text()); ok {
				return textValue(code), nil
			}
			return value{}, refuse(w[0].at, "%q is no currency; they are written as eur, usd, jpy.", shorten(w.text()))
		})
	case "customer":
		if len(items) == 1 && items[0].is("*") {
			return []value{factValue("customer", object("$ne", nullValue()))}, nil
		}
		return eachFact("customer", items, customerNamed)
	case "object":
		return objects(items)
	case "request":
		return eachFact("request_id", items, plainWord)
	}
	return eachFact(c.key, items, plainWord) // source, object_id, object_type
}

// eachFact is that a fact is one of some values.
func eachFact(name string, items []word, read func(word) (value, error)) ([]value, error) {
	var values []value
	for _, item := range items {
		v, err := read(item)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) == 1 {
		return []value{factValue(name, values[0])}, nil
	}
	return []value{factValue(name, object("$in", listValue(values...)))}, nil
}

func plainWord(w word) (value, error) {
	for _, c := range w {
		if c.r == '*' && !c.quoted {
			return value{}, refuse(c.at, `A "*" stands for the end or the beginning of a type, an id of an event, or a value of a path.`)
		}
	}
	return textValue(w.text()), nil
}

// outcomes are the words of an event's outcome.
func outcomes() []services.EventOutcome {
	return []services.EventOutcome{services.EventSucceeded, services.EventFailed, services.EventPending, services.EventRefunded,
		services.EventCanceled, services.EventAttention, services.EventNeutral}
}

func outcomeNamed(w word) (value, error) {
	name := strings.ToLower(w.text())
	if name == "cancelled" {
		name = "canceled"
	}
	var names []string
	for _, o := range outcomes() {
		if string(o) == name {
			return textValue(name), nil
		}
		names = append(names, string(o))
	}
	return value{}, refuse(w[0].at, "%q is no outcome; there are %s. The status of the object itself is data.object.status:%s",
		shorten(w.text()), strings.Join(names, ", "), shorten(w.text()))
}

func customerNamed(w word) (value, error) {
	text := w.text()
	switch {
	case w.is("none"):
		return nullValue(), nil
	case strings.Contains(text, "@"):
		return value{}, refuse(w[0].at, "customer: takes an id such as cus_…; write %q alone to search for it.", shorten(text))
	}
	return plainWord(w)
}

// objects tells ids of objects from their types.
func objects(items []word) ([]value, error) {
	var ids, types []word
	for _, item := range items {
		if isObjectID(item.text()) {
			ids = append(ids, item)
		} else {
			types = append(types, item)
		}
	}
	var sides []value
	for _, side := range []struct {
		name  string
		items []word
	}{{"object_id", ids}, {"object_type", types}} {
		if len(side.items) == 0 {
			continue
		}
		all, err := eachFact(side.name, side.items, plainWord)
		if err != nil {
			return nil, err
		}
		sides = append(sides, allOf(all))
	}
	return anyOf(sides), nil
}

// isObjectID reports whether text looks like the id of an object rather than the
// name of a type: what follows the last "_" has a digit or a capital.
func isObjectID(text string) bool {
	return strings.ContainsFunc(text[strings.LastIndexByte(text, '_')+1:], func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsUpper(r)
	})
}

// livemode is live: and mode:.
func livemode(c clause) ([]value, error) {
	switch {
	case c.key == "live" && c.value.is("true", "yes"), c.key == "mode" && c.value.is("live"):
		return []value{object("livemode", boolValue(true))}, nil
	case c.key == "live" && c.value.is("false", "no"), c.key == "mode" && c.value.is("test"):
		return []value{object("livemode", boolValue(false))}, nil
	}
	words := "yes or no"
	if c.key == "mode" {
		words = "live or test"
	}
	return nil, refuse(c.after, "%s: is %s.", c.key, words)
}
