package logs

import (
	"strings"

	"bursar/services"
	"bursar/tui/widget"
)

// offer is a way to complete the word under the cursor.
type offer struct {
	text    string // what stands there then
	note    string // what it means, or how many events have it
	counted bool   // the note is a number
}

// mostOffers bounds what is offered for one word.
const mostOffers = 100

// offersOf are the ways to go on in a filter, with how many events have a type,
// and the bytes of the text that they replace.
func offersOf(words []services.FilterWord, types []services.TypeCount) (offers []offer, from, to int) {
	for _, w := range words {
		if len(offers) > 0 && (w.From != from || w.To != to) || len(offers) == mostOffers {
			continue
		}
		from, to = w.From, w.To
		o := offer{text: w.Text, note: w.Means}
		if n := countOf(strings.TrimPrefix(w.Text, "type:"), types); n >= 0 {
			o.note, o.counted = widget.Grouped(n), true
		}
		offers = append(offers, o)
	}
	return offers, from, to
}

// countOf is how many events have a type, or a group of types as in "charge.*";
// -1 for what is no type.
func countOf(kind string, types []services.TypeCount) int {
	n := -1
	group, grouped := strings.CutSuffix(kind, "*")
	for _, t := range types {
		if t.Type == kind || grouped && strings.HasPrefix(t.Type, group) {
			n = max(n, 0) + t.Count
		}
	}
	return n
}

// wordAt is the word of a filter that ends at or holds a byte: where it begins and
// ends. Blanks in quotes belong to it.
func wordAt(text string, at int) (from, to int) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ' ' && !quoted:
			if i >= at {
				return from, i
			}
			from = i + 1
		}
	}
	return from, len(text)
}

// holdsType reports whether a word of a filter says an event type.
func holdsType(word string) bool { return strings.HasPrefix(strings.ToLower(word), "type:") }

// withType is a filter for one event type, in the place of those it asked for
// before; "" for every type. JSON is replaced, and of alternatives or brackets
// nothing is taken out.
func withType(text, kind string) string {
	var kept []string
	whole := false
	if !isJSON(text) {
		for rest := text; rest != ""; {
			from, to := wordAt(rest, 0)
			word := rest[from:to]
			whole = whole || strings.EqualFold(word, "or") || strings.EqualFold(word, "not") || !strings.Contains(word, `"`) && strings.ContainsAny(word, "()")
			if word != "" && !holdsType(word) {
				kept = append(kept, word)
			}
			rest = strings.TrimPrefix(rest[to:], " ")
		}
	}
	if whole {
		kept = []string{"(" + strings.TrimSpace(text) + ")"}
	}
	if kind != "" {
		kept = append([]string{"type:" + kind}, kept...)
	}
	return strings.Join(kept, " ")
}

// isJSON reports whether a filter is in its other form.
func isJSON(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

// typeIn is the first event type that a filter asks for.
func typeIn(text string) string {
	for rest := text; rest != ""; {
		from, to := wordAt(rest, 0)
		if word := rest[from:to]; holdsType(word) {
			return word[len("type:"):]
		}
		rest = strings.TrimPrefix(rest[to:], " ")
	}
	return ""
}
