package where

import (
	"slices"
	"strings"
)

// Completion is one way to go on at a place of the short form.
type Completion struct {
	From, To int    // the bytes of the text that it replaces
	Text     string // what stands there then
	Help     string // what it means, in a few words; may be empty
}

// Complete lists how the word at a byte of the short form can go on: keys where
// a condition begins, values behind a key, and then the event types that hold
// what is typed. types are those that are known, the most likely first.
func Complete(text string, at int, types []string) []Completion {
	at = min(max(at, 0), len(text))
	tokens, err := lex(text[:at])
	if err != nil { // in the middle of a quotation, or of a character
		return nil
	}
	var w word
	if len(tokens) > 0 {
		if last := tokens[len(tokens)-1]; last.sign == 0 && last.end == at {
			w = last.word
		}
	}
	for len(w) > 0 && w[0].r == '-' && !w[0].quoted {
		w = w[1:]
	}
	key, value, found := cutKey(w)
	if !found {
		return append(completions(text, at, key, keyChoices()), holding(text, at, key, "type:", types)...)
	}
	parts := value.split(',')
	last := parts[len(parts)-1]
	all := completions(text, at, last, valueChoices(key, types))
	if key.is("type") {
		all = append(all, holding(text, at, last, "", types)...)
	}
	return all
}

// cutKey cuts a word behind its sign; found is false when it has none.
func cutKey(w word) (key, value word, found bool) {
	n := 0
	for n < len(w) && !w[n].quoted && isKeyRune(w[n].r, n == 0) {
		n++
	}
	_, length := signOf(w[n:])
	if n == 0 || length == 0 {
		return w, nil, false
	}
	return w[:n], w[n+length:], true
}

// choice is a word that may be meant.
type choice struct{ text, help string }

// completions are the choices that begin as a word does.
func completions(text string, at int, w word, choices []choice) []Completion {
	if w.quoted() {
		return nil
	}
	begun := w.text()
	from, to := placeOf(text, at, begun)
	var all []Completion
	for _, c := range choices {
		if len(c.text) >= len(begun) && strings.EqualFold(c.text[:len(begun)], begun) && c.text != text[from:to] {
			all = append(all, Completion{From: from, To: to, Text: c.text, Help: c.help})
		}
	}
	return all
}

// placeOf is the word that was begun before a byte, up to its end.
func placeOf(text string, at int, begun string) (from, to int) {
	for to = at; to < len(text) && !strings.ContainsRune(" \t\n,()\"", rune(text[to])); {
		to++
	}
	return at - len(begun), to
}

// holding are the types that hold a word of two letters or more; those that begin
// with it only where head, which is put before them, makes them another word.
func holding(text string, at int, w word, head string, types []string) []Completion {
	begun := w.text()
	if w.quoted() || len(begun) < 2 {
		return nil
	}
	from, to := placeOf(text, at, begun)
	var all []Completion
	for _, t := range types {
		i := strings.Index(t, strings.ToLower(begun))
		if (i > 0 || i == 0 && head != "") && plainType(t) {
			all = append(all, Completion{From: from, To: to, Text: head + t})
		}
	}
	return all
}

// plainType reports whether a type can be written without quotes, as all of
// Stripe's can.
func plainType(t string) bool {
	return !strings.ContainsFunc(t, func(r rune) bool { return !isKeyRune(r, false) })
}

func keyChoices() []choice {
	var all []choice
	for _, k := range textKeys {
		all = append(all, choice{k.Name + k.Sign, k.Means})
	}
	return append(all, choice{"data.object.", "a field of the object: data.object.status:open"}, choice{"metadata.", "metadata of the object: metadata.order:1042"})
}

func valueChoices(key word, types []string) []choice {
	switch strings.ToLower(key.text()) {
	case "type":
		return typeChoices(types)
	case "status", "outcome":
		var all []choice
		for _, o := range outcomes() {
			all = append(all, choice{text: string(o)})
		}
		return all
	case "since", "until", "created":
		return []choice{{"1h", "the last hour"}, {"24h", "the last 24 hours"}, {"7d", "the last 7 days"}, {"30d", "the last 30 days"},
			{"today", ""}, {"yesterday", ""}, {"this-week", "since Monday"}, {"last-week", ""}, {"this-month", ""}, {"last-month", ""}}
	case "on":
		return []choice{{"today", ""}, {"yesterday", ""}, {"this-week", "from Monday"}, {"last-week", "Monday to Sunday"}, {"this-month", ""}, {"last-month", ""}}
	case "live":
		return []choice{{"yes", "live mode"}, {"no", "test mode"}}
	case "mode":
		return []choice{{"live", ""}, {"test", ""}}
	case "currency":
		var all []choice
		for code := range strings.FieldsSeq("eur usd gbp jpy " + currencies) {
			if !slices.Contains(all, choice{text: code}) {
				all = append(all, choice{text: code})
			}
		}
		return all
	case "customer":
		return []choice{{"none", "events whose customer is not known"}, {"*", "events whose customer is known"}}
	case "object":
		return []choice{{"charge", ""}, {"payment_intent", ""}, {"checkout.session", ""}, {"invoice", ""}, {"subscription", ""}, {"refund", ""},
			{"dispute", ""}, {"payout", ""}, {"customer", ""}, {"setup_intent", ""}}
	case "source":
		return []choice{{"webhook", "sent by Stripe"}, {"list", "read from Stripe's event list"}}
	}
	return nil
}

// typeChoices are the types, each group of them before its first.
func typeChoices(types []string) []choice {
	var all []choice
	for _, t := range types {
		if !plainType(t) {
			continue
		}
		if group, _, dotted := strings.Cut(t, "."); dotted {
			if c := (choice{group + ".*", "all of " + group}); !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
		all = append(all, choice{text: t})
	}
	return all
}
