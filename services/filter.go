package services

import "fmt"

// FilterFault is the place in a filter's text that cannot be used. It is in the
// chain of the CodeInvalid errors of Logs.Filter that are about one place.
type FilterFault struct {
	From, To int // bytes of the text, from inclusive and to exclusive; both its length when something is missing at the end
}

// Error says where it is, for the operator.
func (f *FilterFault) Error() string { return fmt.Sprintf("at byte %d to %d", f.From, f.To) }

// FilterKey is a word that the short form of a filter knows, for completion and
// help: what stands before a sign, as in "status:failed".
type FilterKey struct {
	Name   string   // "status"
	Sign   string   // the sign it is mostly used with, ":" or ">"
	Values []string // what can stand after it: all of it or, with Open, examples
	Open   bool     // other values can stand there too
	Means  string   // a few words for a person
}

// FilterKeys lists the words that the short form of a filter knows, the most
// used first.
func FilterKeys() []FilterKey {
	return []FilterKey{
		{Name: "type", Sign: ":", Open: true, Means: "event type, * stands for anything"},
		{Name: "status", Sign: ":", Means: "what happened", Values: []string{
			string(EventSucceeded), string(EventFailed), string(EventPending), string(EventRefunded), string(EventCanceled), string(EventAttention), string(EventNeutral)}},
		{Name: "amount", Sign: ">", Open: true, Means: "more than, also < >= <= and :", Values: []string{"50eur", "100usd", "2400jpy"}},
		{Name: "since", Sign: ":", Open: true, Means: "made at or after", Values: []string{"1h", "today", "yesterday", "7d", "30d"}},
		{Name: "until", Sign: ":", Open: true, Means: "made before", Values: []string{"1h", "today", "yesterday", "7d", "30d"}},
		{Name: "customer", Sign: ":", Open: true, Means: "a customer's id"},
		{Name: "object", Sign: ":", Open: true, Means: "the id of what it is about, or its kind: charge, invoice"},
		{Name: "currency", Sign: ":", Open: true, Means: "of the amount", Values: []string{"eur", "usd", "jpy", "kwd"}},
		{Name: "request", Sign: ":", Open: true, Means: "the id of the request that made it"},
		{Name: "source", Sign: ":", Means: "how it came here", Values: []string{string(SourceWebhook), string(SourceList)}},
	}
}
