package where

import (
	"strings"
	"unicode"

	"bursar/services"
)

// clause is a key with a sign and what it is compared with: "amount>50eur".
type clause struct {
	key   string
	sign  string // ":" "=" "!=" ">" ">=" "<" "<=" "~" "!~"
	value word
	at    int // where the clause begins
	after int // where the value begins, or would
}

// signs are what may stand behind a key, the longer first.
var signs = [...]string{":>=", ":<=", ":>", ":<", "!=", "!~", ">=", "<=", "==", ":", "=", ">", "<", "~"}

// signOf reads the sign that a word begins with, and how it is usually written.
func signOf(w word) (sign string, length int) {
	for _, s := range signs {
		if len(w) < len(s) {
			continue
		}
		found := true
		for i, r := range s {
			found = found && w[i].r == r && !w[i].quoted
		}
		if found {
			length = len(s)
			if len(s) > 1 && (s[0] == ':' || s == "==") {
				s = s[1:]
			}
			return s, length
		}
	}
	return "", 0
}

// clauseOf reads a clause out of a word. Blanks around the sign take the next
// words in.
func (p *textParser) clauseOf(w word) (c clause, ok bool) {
	c.at = p.at()
	n := 0
	for n < len(w) && !w[n].quoted && isKeyRune(w[n].r, n == 0) {
		n++
	}
	if n == 0 {
		return c, false
	}
	c.key = w[:n].text()
	if lower := strings.ToLower(c.key); isKey(lower) && !isPath(lower) {
		c.key = lower
	}
	rest := w[n:]
	used := 1
	if next, more := p.peek(1); len(rest) == 0 && more && isKey(c.key) {
		if _, length := signOf(next); length > 0 {
			rest, used = next, 2
		}
	}
	sign, length := signOf(rest)
	if length == 0 {
		return c, false
	}
	c.sign, c.value = sign, rest[length:]
	c.after = p.tokens[p.next+used-1].end
	if next, more := p.peek(used); len(c.value) == 0 && more && !next.is("or", "and") {
		c.value, c.after = next, p.tokens[p.next+used].end
		used++
	}
	if len(c.value) > 0 {
		c.after = c.value[0].at
	}
	p.next += used
	return c, true
}

func isKeyRune(r rune, first bool) bool {
	return r == '_' || unicode.IsLetter(r) || !first && (unicode.IsDigit(r) || r == '.' || r == '-')
}

// textKeys are the keys of the short form, beside paths.
var textKeys = services.FilterKeys()

// isKey reports whether a word is a key, also without a sign behind it.
func isKey(name string) bool {
	switch name {
	case "outcome", "created", "amount_minor", "object_id", "object_type", "mode", "api_version", "account", "pending_webhooks":
		return true
	}
	for _, k := range textKeys {
		if k.Name == name {
			return true
		}
	}
	return isPath(name)
}

// isPath reports whether a key is a path into the event, or into its metadata.
func isPath(key string) bool {
	first, rest, dotted := strings.Cut(key, ".")
	switch first {
	case "data", "request", "related_object", "metadata":
		return dotted && rest != ""
	}
	return false
}

// term reads one condition that is not negated.
func (p *textParser) term() ([]value, error) {
	w, _ := p.peek(0)
	if c, ok := p.clauseOf(w); ok {
		if len(c.value) == 0 {
			return nil, refuse(c.after, "A value is missing after %q.", c.key+c.sign)
		}
		return p.clause(c)
	}
	if all, ok := p.phrase(); ok {
		return all, nil
	}
	at := p.at()
	if w.is("or", "and", "not") {
		return nil, refuse(at, "There is nothing for %q to stand with; write it in quotes to search for it.", w.text())
	}
	p.next++
	return searchFor(w, at)
}

// searchFor is a word that is no condition: an id, or something to search for.
func searchFor(w word, at int) ([]value, error) {
	text := w.text()
	if !w.quoted() {
		switch {
		case strings.HasPrefix(text, "cus_"):
			return []value{factValue("customer", textValue(text))}, nil
		case strings.HasPrefix(text, "evt_"):
			return []value{object("id", textValue(text))}, nil
		}
	}
	if len(QueryWords(text)) == 0 {
		return nil, refuse(at, "%q has no letter or digit to search for.", shorten(text))
	}
	return []value{object("$search", textValue(text))}, nil
}

// clause compiles a clause.
func (p *textParser) clause(c clause) ([]value, error) {
	if c.sign == "!=" && !isPath(c.key) {
		c.sign = "="
		all, err := p.clause(c)
		if err != nil {
			return nil, err
		}
		return notOf(allOf(all)), nil
	}
	switch c.key {
	case "amount", "amount_minor":
		return p.amount(c)
	case "created":
		return p.created(c)
	case "api_version", "account", "pending_webhooks":
		return p.path(c, c.key)
	}
	if isPath(c.key) {
		path := c.key
		if strings.HasPrefix(path, "metadata.") {
			path = "data.object." + path
		}
		return p.path(c, path)
	}
	if !isKey(c.key) {
		return nil, unknownKey(c)
	}
	if c.sign != ":" && c.sign != "=" {
		return nil, refuse(c.at, "%q does not go with %q; write %s:…", c.key, c.sign, c.key)
	}
	switch c.key {
	case "since", "until", "on":
		return p.period(c)
	case "live", "mode":
		return livemode(c)
	}
	return named(c)
}

// unknownKey refuses a key that there is not, and says which one may be meant.
func unknownKey(c clause) error {
	if strings.Contains(c.key, ".") {
		return refuse(c.at, `Paths begin with "data.object." or "metadata."; write %q in quotes to search for it.`, shorten(c.key))
	}
	var names []string
	for _, k := range textKeys {
		names = append(names, k.Name)
	}
	return refuse(c.at, "There is no key %q; there are %s, and paths such as data.object.status. Write it in quotes to search for it.",
		shorten(c.key), strings.Join(names, ", "))
}
