package where

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of the short form: a word, a bracket, or the "-" before one.
type token struct {
	sign    rune // '(' ')' '-', or 0 for a word
	word    word
	at, end int // where it stands in the text, in bytes
}

// word is text between blanks.
type word []char

// char is a character of a word. What was in quotes stands for itself.
type char struct {
	r      rune // -1 for the quote itself, so that "" is something
	at     int  // where it stands in the text, in bytes
	quoted bool
}

// refuse is a refusal of the short form with the place in it that it is about.
func refuse(at int, format string, args ...any) error {
	return &Error{offset: at + 1, Message: fmt.Sprintf(format, args...)}
}

// lex takes a text apart at blanks and brackets outside of quotes.
func lex(text string) ([]token, error) {
	var all []token
	open := rune(0) // the quote that is open
	inWord := false
	for at, r := range text {
		if inWord && open == 0 && (unicode.IsSpace(r) || r == '(' || r == ')') {
			all[len(all)-1].end = at
			inWord = false
		}
		switch {
		case open == 0 && unicode.IsSpace(r):
			continue
		case open == 0 && (r == '(' || r == ')'), !inWord && r == '-' && strings.HasPrefix(text[at+1:], "("):
			all = append(all, token{sign: r, at: at, end: at + 1})
			continue
		}
		if !inWord {
			all = append(all, token{at: at})
			inWord = true
		}
		w := &all[len(all)-1].word
		switch {
		case open != 0 && closes(open, r) && !w.escapes():
			open = 0
		case open == 0 && isQuote(r):
			open = r
			*w = append(*w, char{r: -1, at: at, quoted: true})
		case open != 0 && (r == '"' || r == '\\') && w.escapes():
			(*w)[len(*w)-1] = char{r: r, at: at, quoted: true}
			*w = append(*w, char{r: -1, at: at, quoted: true}) // so that it escapes nothing itself
		default:
			*w = append(*w, char{r: r, at: at, quoted: open != 0})
		}
	}
	if inWord {
		t := &all[len(all)-1]
		if t.end = len(text); open != 0 {
			return nil, refuse(t.at, "A quotation begins here and does not end.")
		}
	}
	return all, nil
}

// isQuote takes the curly quotes of telephones too.
func isQuote(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' }

func closes(open, r rune) bool {
	return r == '"' && open == '"' || open != '"' && (r == '“' || r == '”')
}

// escapes reports whether the word ends in a backslash inside of quotes.
func (w word) escapes() bool {
	return len(w) > 0 && w[len(w)-1].quoted && w[len(w)-1].r == '\\'
}

// text is what the word stands for.
func (w word) text() string {
	var b strings.Builder
	for _, c := range w {
		if c.r >= 0 {
			b.WriteRune(c.r)
		}
	}
	return b.String()
}

// quoted reports whether any of it was in quotes.
func (w word) quoted() bool {
	for _, c := range w {
		if c.quoted {
			return true
		}
	}
	return false
}

// is reports whether the word is one of some, in any case and without quotes.
func (w word) is(any ...string) bool {
	if w.quoted() {
		return false
	}
	for _, one := range any {
		if strings.EqualFold(w.text(), one) {
			return true
		}
	}
	return false
}

// values cuts the word at commas. gap is where a value is missing, -1 if none is.
func (w word) values() (items []word, gap int) {
	gap = w[0].at
	for _, item := range w.split(',') {
		if len(item) == 0 {
			return nil, gap
		}
		last := item[len(item)-1]
		gap = last.at + max(utf8.RuneLen(last.r), 1) + 1
		items = append(items, item)
	}
	return items, -1
}

// split cuts the word at a character outside of quotes.
func (w word) split(sep rune) []word {
	var parts []word
	start := 0
	for i, c := range w {
		if c.r == sep && !c.quoted {
			parts = append(parts, w[start:i:i])
			start = i + 1
		}
	}
	return append(parts, w[start:])
}
