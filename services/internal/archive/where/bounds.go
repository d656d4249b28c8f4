package where

import (
	"math"
	"slices"
)

// Bounds is where a query can match at all: every event that matches lies within
// each of them, not every event within them matches. A nil list bounds nothing,
// an empty one leaves nothing.
type Bounds struct {
	IDs, Types []string
	Customers  []string // of $fact
	From, To   int64    // created, Unix seconds, both included
}

// Bounds returns the query's bounds, as far as its outermost ANDs tell them.
func (q *Query) Bounds() Bounds {
	b := Bounds{From: math.MinInt64, To: math.MaxInt64}
	b.add(q.root)
	return b
}

// add narrows the bounds by a query that must hold.
func (b *Bounds) add(q *query) {
	for _, op := range q.ops {
		switch op.kind {
		case opAnd:
			for _, member := range op.queries {
				b.add(member)
			}
		case opFact:
			for _, f := range op.queries[0].fields {
				if f.path.String() == "customer" {
					narrow(&b.Customers, f.ops)
				}
			}
		}
	}
	for _, f := range q.fields {
		switch f.path.String() {
		case "id":
			narrow(&b.IDs, f.ops)
		case "type":
			narrow(&b.Types, f.ops)
		case "created":
			b.created(f.ops)
		}
	}
}

// narrow keeps of the texts, nil for all, those that the operators allow.
func narrow(texts *[]string, ops []*operator) {
	for _, op := range ops {
		allowed := op.values
		if op.kind == opEq {
			allowed = []value{op.value}
		} else if op.kind != opIn {
			continue
		}
		kept := []string{}
		for _, v := range allowed {
			if v.kind != kindText {
				return // what is not always a text is not bounded
			}
			if *texts == nil || slices.Contains(*texts, v.text) {
				kept = append(kept, v.text)
			}
		}
		*texts = kept
	}
}

// created narrows the time by the operators on it.
func (b *Bounds) created(ops []*operator) {
	for _, op := range ops {
		n := op.value.number
		if op.value.kind != kindNumber || math.Abs(n) > 1<<53 {
			continue
		}
		switch op.kind {
		case opEq:
			b.From, b.To = max(b.From, int64(math.Ceil(n))), min(b.To, int64(math.Floor(n)))
		case opGt:
			b.From = max(b.From, int64(math.Floor(n))+1)
		case opGte:
			b.From = max(b.From, int64(math.Ceil(n)))
		case opLt:
			b.To = min(b.To, int64(math.Ceil(n))-1)
		case opLte:
			b.To = min(b.To, int64(math.Floor(n)))
		}
	}
}
