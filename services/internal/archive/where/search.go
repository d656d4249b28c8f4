package where

import (
	"strings"
	"unicode"
)

// QueryWords are the folded words of a text.
func QueryWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
