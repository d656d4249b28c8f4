package archive

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bursar/services"
	"bursar/services/internal/archive/where"
)

// Query selects a window of an archive's events, newest first.
type Query struct {
	Customer string       // "cus_…"; empty for every customer
	Where    *where.Query // nil for every event
	Limit    int          // rows at most; 0 selects none
	Offset   int          // matching rows left out
	Before   string       // "evt_…": only events after this one in the list, so older ones; it need not match
	After    string       // "evt_…": only events before this one in the list, so newer ones: the nearest to it, still newest first
	Last     bool         // the oldest events instead of the newest, still newest first; without Offset, Before and After

	// Progress, which may be nil, is told about ten times a second how far a query
	// that no index serves has come. It is called from one goroutine at a time.
	Progress func(services.LogProgress)
}

// Check refuses what no archive can answer (spec/where, section 6).
func (q Query) Check() error {
	switch {
	case q.Limit < 0:
		return services.Invalid("limit", "The limit is negative.", "Use a number from 0 to 10000, or leave it out for 100.")
	case q.Limit > services.MaxLogLimit:
		return services.Invalid("limit", "The limit is over 10,000 events.", "Read page by page: use a smaller limit and an offset.")
	case q.Offset < 0:
		return services.Invalid("offset", "The offset is negative.", "Use 0 or more.")
	case q.Before != "" && q.After != "":
		return services.Invalid("after", "Before and after cannot be used together.", "Use one of them.")
	case q.Last && (q.Before != "" || q.After != "" || q.Offset > 0):
		return services.Invalid("last", "The oldest events have no other place to start from.", "Leave offset, before and after out.")
	}
	return nil
}

// Up reports whether the window is found from older to newer events.
func (q Query) Up() bool { return q.After != "" || q.Last }

// defaultLimit is how many rows a query without a limit selects (spec/where,
// section 6).
const defaultLimit = 100

// Read makes a Query of what a caller asks.
func Read(q services.LogQuery) (Query, error) {
	read := Query{Customer: q.Customer, Limit: defaultLimit, Offset: q.Offset, Before: q.Before, After: q.After, Last: q.Last, Progress: q.Progress}
	if q.Limit != nil {
		read.Limit = *q.Limit
	}
	if text := bytes.TrimSpace(q.Where); len(text) > 0 && string(text) != "null" {
		var err error
		if read.Where, err = where.Parse(text); err != nil {
			return Query{}, badWhere(err)
		}
	}
	return read, nil
}

// Filter reads a filter as a person gives it, in its short form or as a query in
// JSON, and returns it in both. Times in it are relative to now, dates those of
// the zone.
func Filter(text string, now time.Time, zone *time.Location) (services.LogFilter, error) {
	q, err := where.ParseAny(text, now, zone)
	if err != nil {
		return services.LogFilter{}, pointed(badWhere(err), text)
	}
	f := services.LogFilter{Where: q.JSON()}
	if string(f.Where) == "{}" {
		return services.LogFilter{}, nil
	}
	f.Text, _ = q.Text()
	return f, nil
}

// Complete lists how the word at a byte of a filter's short form can go on.
func Complete(text string, at int, types []string) []services.FilterWord {
	var words []services.FilterWord
	for _, c := range where.Complete(text, at, types) {
		words = append(words, services.FilterWord{From: c.From, To: c.To, Text: c.Text, Means: c.Help})
	}
	return words
}

// pointed adds the place in the text that an error is about, where it knows it.
func pointed(e *services.Error, text string) error {
	var refused *where.Error
	if errors.As(e.Err, &refused) && refused.At() >= 0 {
		from := min(refused.At(), len(text))
		length := strings.IndexAny(text[from:], " \t\r\n:=<>~!,()")
		switch {
		case length < 0:
			length = len(text) - from
		case length == 0:
			_, length = utf8.DecodeRuneInString(text[from:])
		}
		e.Err = fmt.Errorf("%w: %w", &services.FilterFault{From: from, To: from + length}, e.Err)
	}
	return e
}

// badWhere says why a query is refused.
func badWhere(err error) *services.Error {
	message := "The query cannot be read."
	var refused *where.Error
	if errors.As(err, &refused) {
		message = services.Clean(refused.Message)
	}
	e := services.Invalid("where", message, `Use a filter such as type:charge.* status:failed, or a query such as {"type": "charge.failed"}.`)
	e.Op, e.Err = "reading the log", err
	return e
}
