package logs

import (
	"slices"
	"strings"

	"bursar/services"
	"bursar/tui/widget"
)

// offer is a way to complete the word under the cursor.
type offer struct {
	text string // the whole word
	note string // what it means, for a person
	more bool   // a value follows: it is not the end of a word
}

// signs are what can stand between a key and its value.
const signs = ":<>=!~"

// mostOffers bounds what is offered for one word.
const mostOffers = 100

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

// offers lists the completions of a word: the words of the short form, the values
// that fit behind one, and event types that hold what is typed. JSON has none.
func offers(word string, known []services.FilterKey, types []services.TypeCount) []offer {
	rest := strings.TrimLeft(word, "-(")
	lead, word := word[:len(word)-len(rest)], rest
	var out []offer
	if at := strings.IndexAny(word, signs); at > 0 {
		name := word[:at]
		rest := strings.TrimLeft(word[at:], signs)
		sign := word[at : len(word)-len(rest)]
		out = values(strings.ToLower(name), name+sign, rest, known, types)
	} else {
		out = words(strings.ToLower(word), known, types)
	}
	out = out[:min(len(out), mostOffers)]
	for i := range out {
		out[i].text = lead + out[i].text
	}
	if len(out) == 1 && out[0].text == lead+word {
		return nil // it is complete
	}
	return out
}

func words(word string, known []services.FilterKey, types []services.TypeCount) (out []offer) {
	for _, k := range known {
		if strings.HasPrefix(k.Name, word) {
			out = append(out, offer{k.Name + k.Sign, k.Means, true})
		}
	}
	if len(word) >= 2 {
		out = append(out, typeOffers("type:", word, types)...)
	}
	return out
}

// values lists what can stand behind a key and its sign. Of a list, as in
// "type:a,b", only the last part is completed.
func values(name, head, rest string, known []services.FilterKey, types []services.TypeCount) (out []offer) {
	at := slices.IndexFunc(known, func(k services.FilterKey) bool { return k.Name == name })
	if at < 0 {
		return nil
	}
	if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
		head, rest = head+rest[:comma+1], rest[comma+1:]
	}
	rest = strings.ToLower(rest)
	for _, v := range known[at].Values {
		if strings.HasPrefix(v, rest) {
			out = append(out, offer{text: head + v})
		}
	}
	if name == "type" {
		out = append(out, typeOffers(head, rest, types)...)
	}
	return out
}

// typeOffers lists the groups of event types that begin with what is typed, then
// the types that begin with it, then those that hold it.
func typeOffers(head, typed string, types []services.TypeCount) []offer {
	var groups, begin, hold []offer
	sums := map[string]int{}
	sizes := map[string]int{}
	for _, t := range types {
		if group, _, ok := strings.Cut(t.Type, "."); ok {
			sums[group] += t.Count
			sizes[group]++
		}
	}
	for _, t := range types {
		if strings.ContainsAny(t.Type, " \",") {
			continue // nobody's event type looks like this
		}
		if group, _, ok := strings.Cut(t.Type, "."); ok && sizes[group] > 1 && strings.HasPrefix(group+".*", typed) {
			groups = append(groups, offer{text: head + group + ".*", note: widget.Grouped(sums[group])})
			sizes[group] = 0
		}
		o := offer{text: head + t.Type, note: widget.Grouped(t.Count)}
		switch at := strings.Index(strings.ToLower(t.Type), typed); {
		case at == 0:
			begin = append(begin, o)
		case at > 0:
			hold = append(hold, o)
		}
	}
	return slices.Concat(groups, begin, hold)
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
