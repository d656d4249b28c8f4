package where

import (
	"strings"
	"unicode/utf8"
)

// Error says why a query is refused. No row has been read then: a refused query
// is never "no events" and never "all events".
type Error struct {
	Operator string // the operator it is about ("$gt"); may be empty
	Path     string // where in the query: keys and operators, joined with "/"; empty at the top
	Message  string // a sentence for a person that names both; text of the query in it is quoted

	offset int // in the short form: the byte that it is about, counted from 1; 0 for none
}

func (e *Error) Error() string { return e.Message }

// At is the byte of the short form that the error is about, counted from 0; -1
// when it is about none, and for queries in JSON.
func (e *Error) At() int { return e.offset - 1 }

// maxShown bounds what an error repeats of the query, in bytes.
const maxShown = 120

// shorten cuts text that an error repeats.
func shorten(text string) string {
	if len(text) <= maxShown {
		return text
	}
	cut := maxShown
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// trail is the way from the top of a query to a part of it.
type trail []string

// at is the trail to a part below.
func (t trail) at(step string) trail { return append(t[:len(t):len(t)], step) }

func (t trail) String() string { return shorten(strings.Join(t, "/")) }
