package archive

import (
	"slices"
	"strings"
	"time"

	"bursar/services"
)

// Facts are what the archive indexes of one event; every text in it can be
// shown as it is.
type Facts struct {
	ID         string
	Type       string
	Created    int64 // seconds
	Livemode   bool
	APIVersion string
	RequestID  string
	ObjectID   string
	ObjectType string
	Customer   string   // as the event itself names it; often empty
	Refs       []string // the object and what it refers to: all of one customer
	Amount     *services.Money
	Outcome    services.EventOutcome
}

// maxText bounds what is indexed of one field; Stripe's ids have at most 255
// characters.
const maxText = 255

// lastCreated is the end of the year 9999, in seconds.
const lastCreated = 253_402_300_799

// FactsOf reads an event's facts in one pass over its bytes. reason says why
// bytes are no event that can be archived; unknown types, missing fields and
// other API versions are not among the reasons.
func FactsOf(raw []byte) (f Facts, reason string) {
	r := eventReader{scanner: scanner{text: raw}}
	err := r.scanner.object(r.member)
	if err == nil && !r.scanner.end() {
		err = errNotJSON
	}
	f = r.facts
	switch {
	case err != nil:
		return f, err.Error()
	case !isName(f.ID):
		return f, "it has no usable id"
	case !isName(f.Type):
		return f, "it has no usable type"
	}
	var ok bool
	if f.Created, ok = createdOf(r.created); !ok {
		return f, "it has no usable created time"
	}
	f.RequestID = shown(f.RequestID)
	f.read(r.object, r.before)
	return f, ""
}

// eventReader takes an event's facts as the scanner comes by them.
type eventReader struct {
	scanner scanner
	facts   Facts
	object  objectFields
	created []byte
	before  string // the customer before this change
}

// member reads one member of the event.
func (r *eventReader) member(key []byte) error {
	switch string(key) {
	case "data":
		return r.scanner.objectOr(r.data)
	case "related_object": // thin events (v2.core.event)
		return r.scanner.objectOr(func(key []byte) error { return r.object.read(&r.scanner, key) })
	case "request": // an object, or in old versions the id itself
		return r.scanner.reference(&r.facts.RequestID)
	}
	raw, err := r.scanner.value()
	switch string(key) {
	case "id":
		r.facts.ID = textOf(raw)
	case "type":
		r.facts.Type = textOf(raw)
	case "created":
		r.created = raw
	case "livemode":
		r.facts.Livemode = string(raw) == "true"
	case "api_version":
		r.facts.APIVersion = shown(textOf(raw))
	}
	return err
}

// data reads one member of the event's data.
func (r *eventReader) data(key []byte) error {
	switch string(key) {
	case "object":
		r.object = objectFields{}
		return r.scanner.objectOr(func(key []byte) error { return r.object.read(&r.scanner, key) })
	case "previous_attributes":
		r.before = ""
		return r.scanner.objectOr(func(key []byte) error {
			if string(key) == "customer" {
				return r.scanner.reference(&r.before)
			}
			return r.scanner.skip()
		})
	}
	return r.scanner.skip()
}

// read takes over what the event's object says.
func (f *Facts) read(o objectFields, before string) {
	f.ObjectID, f.ObjectType = name(o.id), shown(o.kind)
	if f.ObjectType == "" {
		f.ObjectType = shown(o.relatedType)
	}
	f.Customer = name(o.customer)
	if f.Customer == "" {
		f.Customer = name(before)
	}
	if f.ObjectType == "customer" {
		f.Customer = f.ObjectID
	}
	for _, id := range append([]string{o.id}, o.refs...) {
		if isName(id) && id != f.Customer {
			f.Refs = append(f.Refs, id)
		}
	}
	f.Amount = o.money(f.Type, f.ObjectType)
	f.Outcome = outcomeOf(f.Type, o.status, o.paymentStatus)
}

// createdOf reads the event's time: seconds, or RFC 3339 in thin events.
func createdOf(raw []byte) (int64, bool) {
	if text := textOf(raw); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		return t.Unix(), err == nil && t.Unix() >= 0 && t.Unix() <= lastCreated
	}
	n, ok := integerOf(raw)
	return n, ok && n >= 0 && n <= lastCreated
}

// isName reports whether text can be an id or a type: visible ASCII, not too
// long. Such text needs no cleaning, so what is shown is also what is looked up.
func isName(text string) bool {
	if text == "" || len(text) > maxText {
		return false
	}
	for i := 0; i < len(text); i++ {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func name(text string) string {
	if isName(text) {
		return text
	}
	return ""
}

// shown makes text from outside fit for display.
func shown(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return services.Clean(text)
}

// skip reads a value and forgets it.
func (s *scanner) skip() error {
	_, err := s.value()
	return err
}

// objectOr reads an object by its members, or skips any other value.
func (s *scanner) objectOr(member func(key []byte) error) error {
	if s.peek() == '{' {
		return s.object(member)
	}
	return s.skip()
}

// reference reads an id, or the id of the expanded object in its place.
func (s *scanner) reference(id *string) error {
	*id = ""
	if s.peek() == '{' {
		return s.object(func(key []byte) error {
			raw, err := s.value()
			if string(key) == "id" {
				*id = textOf(raw)
			}
			return err
		})
	}
	raw, err := s.value()
	*id = textOf(raw)
	return err
}

// Links are the objects that tie an event to its customer: of those that an
// event refers to all but the ones that nothing else refers to, whose own events
// name their customer if there is one.
func (f *Facts) Links() []string {
	if f.ObjectType != "checkout.session" && f.ObjectType != "billing_portal.session" {
		return f.Refs
	}
	return slices.DeleteFunc(slices.Clone(f.Refs), func(id string) bool { return id == f.ObjectID })
}
