package services

import "fmt"

// FilterFault is the place in a filter's text that cannot be used. It is in the
// chain of the CodeInvalid errors of Logs.Filter that are about one place.
type FilterFault struct {
	From, To int // bytes of the text, from inclusive and to exclusive; the same when only the place is known, both its length at the end
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
		{Name: "type", Sign: ":", Open: true, Means: "the event's type: charge.failed, charge.*"},
		{Name: "status", Sign: ":", Means: "what happened", Values: []string{
			string(EventSucceeded), string(EventFailed), string(EventPending), string(EventRefunded), string(EventCanceled), string(EventAttention), string(EventNeutral)}},
		{Name: "amount", Sign: ">", Open: true, Means: "the amount: >50eur, <=20, 10..50eur", Values: []string{"50eur", "100usd", "2400jpy"}},
		{Name: "since", Sign: ":", Open: true, Means: "from then on: 7d, yesterday, 2026-11-01", Values: []string{"1h", "today", "yesterday", "7d", "30d"}},
		{Name: "until", Sign: ":", Open: true, Means: "up to then: 2h, yesterday, 2026-11-01", Values: []string{"1h", "today", "yesterday", "7d", "30d"}},
		{Name: "on", Sign: ":", Open: true, Means: "on a day, in a month: today, last-week, 2026-11", Values: []string{"today", "yesterday", "last-week", "last-month"}},
		{Name: "customer", Sign: ":", Open: true, Means: "a customer's id, or none", Values: []string{"none"}},
		{Name: "object", Sign: ":", Open: true, Means: "what it is about: an id, or charge, invoice", Values: []string{"charge", "customer", "invoice", "payment_intent", "refund", "subscription"}},
		{Name: "currency", Sign: ":", Open: true, Means: "the currency: eur,usd", Values: []string{"eur", "usd", "jpy", "kwd"}},
		{Name: "id", Sign: ":", Open: true, Means: "the event's id"},
		{Name: "request", Sign: ":", Open: true, Means: "the id of the API request"},
		{Name: "source", Sign: ":", Means: "how it came", Values: []string{string(SourceWebhook), string(SourceList)}},
		{Name: "live", Sign: ":", Means: "live mode", Values: []string{"yes", "no"}},
	}
}
