// Package where is the archive's query language: the queries of the npm package
// sift 17.1.4 over the JSON of an event, quirks included, with Fliplet's $iLike
// and $filters (spec/where) and two operators of bursar's own, $search and $fact.
// It parses, refuses and evaluates; it knows no storage and never runs code.
//
// The operators of bursar's own, which sift does not have, stand only where a
// query is about the whole event: at the top, in $and, $or and $nor there, and in
// a $not there.
//
//   - {"$search": "jane cus_1"} holds when every word of the text begins one of the
//     event's Words.
//   - {"$fact": {"outcome": "failed", "amount": {"$gt": 5000}}} asks about Facts:
//     customer, outcome, amount (minor units), currency, object_id, object_type,
//     request_id, source, received (Unix seconds), livemode and api_version. Each
//     takes a single value, or $eq $ne $gt $gte $lt $lte $in $nin $exists, which
//     mean what they mean for JSON.
//
// One thing is read otherwise than it is written: created of a thin event, a text
// there, is the number of seconds that it is of other events.
package where

import (
	"strconv"
	"strings"

	"bursar/services/internal/archive/where/jsregex"
)

// Query is a compiled query. It never changes and is safe for concurrent use; a
// Matcher evaluates it.
type Query struct {
	root    *query
	text    []byte // canonical JSON
	program *program
}

// query is one query object: the AND of its operators on the value itself and of
// its fields, evaluated in this order. With neither it holds for everything.
type query struct {
	ops    []*operator
	fields []field
}

// bare reports whether the query was written as a value, which it then equals:
// the 5 in {"$not": 5}.
func (q *query) bare() bool { return len(q.ops) == 1 && q.ops[0].implicit }

// field is the AND of operators on what stands at a path; there is at least one.
type field struct {
	path path
	ops  []*operator
}

// literal reports whether the operand was written as a value: {"a": 1}.
func (f field) literal() bool { return f.ops[0].implicit }

// path is a dotted key, split.
type path []segment

// segment is one key of a path.
type segment struct {
	key     string
	numeric bool // JavaScript's Number reads it: in an array it is only an index
	index   int  // its place in an array; -1 when it can be none
}

func (p path) String() string {
	keys := make([]string, len(p))
	for i, s := range p {
		keys[i] = s.key
	}
	return strings.Join(keys, ".")
}

// pathOf splits a key at its dots.
func pathOf(key string) path {
	var p path
	for _, k := range strings.Split(key, ".") {
		s := segment{key: k, numeric: isNumeric(k), index: -1}
		if n, err := strconv.Atoi(k); err == nil && n >= 0 && strconv.Itoa(n) == k {
			s.index = n
		}
		p = append(p, s)
	}
	return p
}

// operator is one condition on a value. Its kind says which operands it has.
type operator struct {
	kind     opKind
	implicit bool            // opEq only: written as a bare value
	value    value           // opEq … opLte: the operand; opSize: a number
	values   []value         // opIn, opNin: the list; opMod: divisor and remainder, numbers
	queries  []*query        // opAnd, opOr, opNor, opAll: the members; opNot, opElemMatch, opFact: one
	want     bool            // opExists
	typ      kind            // opType
	regex    *jsregex.Regexp // opRegex
	pattern  string          // opRegex: the pattern as written
	flags    string          // opRegex: the flags as written
	text     string          // opLike: the operand as text; opSearch: the text as written
	needle   string          // opLike: what must be in the folded text
	words    []string        // opSearch: the words, folded
	filters  []filter        // opFilters: all of them must hold
}

// opKind says which operator one is.
type opKind uint8

const (
	opEq opKind = iota
	opNe
	opGt
	opGte
	opLt
	opLte
	opIn
	opNin
	opExists
	opType
	opMod
	opAll
	opSize
	opElemMatch
	opNot
	opAnd
	opOr
	opNor
	opRegex
	opLike
	opFilters
	opSearch
	opFact
)

// opNames are the operators as they are written.
var opNames = [...]string{
	opEq: "$eq", opNe: "$ne", opGt: "$gt", opGte: "$gte", opLt: "$lt", opLte: "$lte", opIn: "$in", opNin: "$nin",
	opExists: "$exists", opType: "$type", opMod: "$mod", opAll: "$all", opSize: "$size", opElemMatch: "$elemMatch",
	opNot: "$not", opAnd: "$and", opOr: "$or", opNor: "$nor", opRegex: "$regex", opLike: "$iLike", opFilters: "$filters",
	opSearch: "$search", opFact: "$fact",
}

func (k opKind) String() string { return opNames[k] }

// kind is the type of a JSON value, or that there is none.
type kind uint8

const (
	kindMissing kind = iota
	kindNull
	kindBool
	kindNumber
	kindText
	kindArray
	kindObject
	kindTimestamp // a JavaScript Date: $type takes the name, no JSON value has it
)

// typeNames are the operands of $type as they are printed.
var typeNames = [...]string{kindNull: "null", kindBool: "bool", kindNumber: "number", kindText: "string",
	kindArray: "array", kindObject: "object", kindTimestamp: "timestamp"}

// value is a JSON value of the query. Numbers are doubles, as in JavaScript.
type value struct {
	kind    kind
	yes     bool     // kindBool
	number  float64  // kindNumber; finite
	text    string   // kindText; UTF-8 without U+0000
	items   []value  // kindArray
	members []member // kindObject, in the order written; no key twice
}

// member is one member of an object of the query.
type member struct {
	key   string
	value value
}

// get returns the value of a key.
func (v value) get(key string) (value, bool) {
	for _, m := range v.members {
		if m.key == key {
			return m.value, true
		}
	}
	return value{}, false
}
