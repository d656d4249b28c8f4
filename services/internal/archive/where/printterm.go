package where

import (
	"slices"
	"strings"
)

// quote writes text so that it is read as a value of a key.
func quote(text string) string {
	plain := text != "" && !strings.HasPrefix(text, "-")
	for _, r := range text {
		plain = plain && (isKeyRune(r, false) || strings.ContainsRune("@+/:#$%&!?;~^'", r))
	}
	if plain {
		return text
	}
	return inQuotes(text)
}

func inQuotes(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// printEqual prints a key with the values that it may have. asText, which may be
// nil, writes a value that is not a text.
func printEqual(key string, v value, asText func(value) (string, bool)) (string, bool) {
	one := func(v value) (string, bool) {
		if v.kind == kindText {
			if asText != nil {
				return asText(v)
			}
			return quote(v.text), true
		}
		if asText != nil && isSingle(v) {
			return asText(v)
		}
		return "", false
	}
	if !hasOperator(v) {
		text, ok := one(v)
		return key + ":" + text, ok && isSingle(v)
	}
	if len(v.members) == 1 {
		switch m := v.members[0]; m.key {
		case "$ne":
			text, ok := one(m.value)
			return "-" + key + ":" + text, ok
		case "$in", "$nin":
			var items []string
			for _, item := range m.value.items {
				text, ok := one(item)
				if !ok {
					return "", false
				}
				items = append(items, text)
			}
			if m.key == "$nin" {
				key = "-" + key
			}
			return key + ":" + strings.Join(items, ","), len(items) > 0
		case "$exists":
			if m.value.kind == kindBool && m.value.yes {
				return key + ":*", true
			}
			return "-" + key + ":*", true
		}
	}
	text, ok := unglob(v)
	return key + ":" + text, ok
}

// unglob is the word with "*" that a pattern was made of.
func unglob(v value) (string, bool) {
	pattern, ok := v.get("$regex")
	if !ok || pattern.kind != kindText {
		return "", false
	}
	rest, anchored := strings.CutPrefix(pattern.text, "^")
	var b, part strings.Builder
	if !anchored {
		b.WriteByte('*')
	}
	flush := func() {
		if part.Len() > 0 {
			b.WriteString(quote(part.String()))
			part.Reset()
		}
	}
	for i := 0; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && i+1 < len(rest):
			i++
			part.WriteByte(rest[i])
		case strings.HasPrefix(rest[i:], ".*"):
			flush()
			b.WriteByte('*')
			i++
		case rest[i] == '$' && i == len(rest)-1:
			flush()
			return b.String(), true
		default:
			part.WriteByte(rest[i])
		}
	}
	flush()
	return b.String() + "*", true
}

// printGlobs prints an $or as one list where it was one.
func printGlobs(items []value) (string, bool) {
	var words []string
	key := ""
	for _, item := range items {
		if len(item.members) != 1 {
			return "", false
		}
		m := item.members[0]
		if key == "" {
			key = m.key
		}
		if m.key != key || strings.HasPrefix(key, "$") || key != "type" && key != "id" && !isPath(key) {
			return "", false
		}
		text, ok := printEqual(key, m.value, nil)
		if isPath(key) {
			var terms []string
			if terms, ok = printPath(key, m.value); ok && len(terms) == 1 {
				text = terms[0]
			}
		}
		word, found := strings.CutPrefix(text, key+":")
		if !ok || !found {
			return "", false
		}
		words = append(words, word)
	}
	text := key + ":" + strings.Join(words, ",")
	return text, readsAs(text, object("$or", value{kind: kindArray, items: items}))
}

// printPath prints a condition on a path into the event.
func printPath(path string, v value) ([]string, bool) {
	write := func(v value) (string, bool) {
		if v.kind != kindText {
			return string(writtenOf(v)), isSingle(v)
		}
		text := quote(v.text)
		if plain := valueOf(wordOf(text), path); plain.kind != kindText {
			text = inQuotes(v.text)
		}
		return text, true
	}
	if len(v.members) < 2 {
		text, ok := printEqual(path, v, write)
		if denied, found := strings.CutPrefix(text, "-"+path+":"); ok && found && denied != "*" {
			text = path + "!=" + denied
		}
		if ok {
			return []string{text}, true
		}
	}
	if _, isPattern := v.get("$regex"); isPattern {
		text, ok := unglob(v)
		return []string{path + ":" + text}, ok
	}
	var terms []string
	for _, m := range v.members {
		sign := map[string]string{"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<=", "$iLike": "~"}[m.key]
		if inner, ok := m.value.get("$iLike"); ok && m.key == "$not" && len(m.value.members) == 1 {
			sign, m.value = "!~", inner
		}
		text, ok := write(m.value)
		if sign == "" || !ok {
			return nil, false
		}
		terms = append(terms, path+sign+text)
	}
	return terms, len(terms) > 0 && !slices.Contains(terms, "")
}

// wordOf is text without quotes as a word.
func wordOf(text string) word {
	var w word
	for _, r := range text {
		w = append(w, char{r: r, quoted: r == '"'})
	}
	return w
}
