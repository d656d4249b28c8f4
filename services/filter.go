package services

import "fmt"

// FilterFault is the place in a filter's text that cannot be used. It is in the
// chain of the CodeInvalid errors of Logs.Filter that are about one place.
type FilterFault struct {
	From, To int // bytes of the text, from inclusive and to exclusive; the same when only the place is known, both its length at the end
}

// Error says where it is, for the operator.
func (f *FilterFault) Error() string { return fmt.Sprintf("at byte %d to %d", f.From, f.To) }

// FilterKey is a key of the short form: what stands before a sign, as in
// "status:failed".
type FilterKey struct {
	Name  string // "status"
	Sign  string // the sign it is mostly used with, ":" or ">"
	Means string // a few words for a person
}

// FilterKeys lists the keys of the short form, the most used first, for help and
// completion. Beside them there are paths into the event, data.object.… and
// metadata.….
func FilterKeys() []FilterKey {
	return []FilterKey{
		{"type", ":", "the event's type: charge.failed, charge.*, a,b"},
		{"status", ":", "what happened: failed, succeeded, pending"},
		{"amount", ">", "the amount: >50eur, 10..50eur"},
		{"since", ":", "from then on: 7d, yesterday, 2026-11-01"},
		{"until", ":", "up to then: 2h, yesterday, 2026-11-01"},
		{"on", ":", "on a day, in a month: today, last-week, 2026-11"},
		{"customer", ":", "the customer's id, or none"},
		{"object", ":", "what it is about: an id, or charge, invoice"},
		{"currency", ":", "the currency: eur,usd"},
		{"id", ":", "the event's id"},
		{"request", ":", "the id of the API request"},
		{"source", ":", "how it came: webhook, list"},
		{"live", ":", "live mode: yes, no"},
	}
}

// FilterWord is one way to go on in a filter that is being typed.
type FilterWord struct {
	From, To int    // the bytes of the text that it replaces
	Text     string // what stands there then
	Means    string // a few words for a person; may be empty
}
