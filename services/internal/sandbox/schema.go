package sandbox

import (
	"strings"
)

// kind is the type of a parameter's value.
type kind struct {
	name   kindName
	values []string // of an enum
	fields []param  // of a hash
	of     *kind    // of an array's elements
	min    int64    // of an integer
	max    int      // characters of a text, elements of an array
	object string   // of a reference: which resource it must name
}

type kindName int

const (
	kText kindName = iota
	kInteger
	kDecimal // a number with decimals, kept as text
	kNumber
	kBoolean
	kTime   // Unix seconds
	kMoment // Unix seconds, or "now"
	kSpan   // Unix seconds, or a hash of gt, gte, lt, lte
	kCurrency
	kEmail
	kURL
	kEnum
	kHash
	kArray
	kMetadata
	kReference
	kByCurrency // a hash for each of several currencies
	kAnything   // stored as it came
)

// The kinds that need no further description.
var (
	text     = &kind{name: kText, max: 5000}
	integer  = &kind{name: kInteger, min: -1 << 62}
	decimal  = &kind{name: kDecimal}
	number   = &kind{name: kNumber}
	boolean  = &kind{name: kBoolean}
	seconds  = &kind{name: kTime}
	moment   = &kind{name: kMoment}
	span     = &kind{name: kSpan}
	currency = &kind{name: kCurrency}
	email    = &kind{name: kEmail, max: 512}
	link     = &kind{name: kURL, max: 5000}
	metadata = &kind{name: kMetadata}
	anything = &kind{name: kAnything}
)

func upTo(characters int) *kind     { return &kind{name: kText, max: characters} }
func atLeast(n int64) *kind         { return &kind{name: kInteger, min: n} }
func oneOf(values ...string) *kind  { return &kind{name: kEnum, values: values} }
func hash(fields ...param) *kind    { return &kind{name: kHash, fields: fields} }
func arrayOf(of *kind) *kind        { return &kind{name: kArray, of: of, max: maxParams} }
func atMost(n int, of *kind) *kind  { return &kind{name: kArray, of: of, max: n} }
func reference(object string) *kind { return &kind{name: kReference, object: object} }
func byCurrency(f ...param) *kind   { return &kind{name: kByCurrency, fields: f} }
func words(list string) *kind       { return oneOf(strings.Fields(list)...) }

// concat joins groups of parameters.
func concat(groups ...[]param) []param {
	var all []param
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// param is one parameter that an operation knows.
type param struct {
	name     string
	kind     *kind
	required bool
	absent   bool // Stripe knows it, this sandbox does not act on it: refused by name
	own      bool // the operation's code handles it; it is not echoed
}

func opt(name string, k *kind) param { return param{name: name, kind: k} }
func req(name string, k *kind) param { return param{name: name, kind: k, required: true} }

// absent names parameters that are refused in words instead of being dropped.
func absent(names string) []param {
	var list []param
	for _, n := range strings.Fields(names) {
		list = append(list, param{name: n, kind: anything, absent: true})
	}
	return list
}
