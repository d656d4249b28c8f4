package where

import "errors"

// Facts are what bursar learned about an event beside its JSON, for $fact. An
// empty text is a fact that is not known; $exists tells.
type Facts struct {
	Customer, Outcome, Currency, ObjectID, ObjectType, RequestID, Source, APIVersion string

	Amount   *int64 // minor units of Currency; nil when the event is about no money
	Received int64  // Unix seconds
	Livemode bool
}

// ErrWork is a query that needs too much work on one event: deeply nested $not
// over deeply nested arrays, or costly patterns over very long texts.
var ErrWork = errors.New("the query needs too much work on one event")

// maxWork bounds the work on one document. Each visited value, each tested
// condition and each comparison of a part is one unit; long texts cost more.
const maxWork = 4_000_000

// Matcher evaluates one query, on one document after the other. It is not safe
// for concurrent use: take one for each goroutine.
type Matcher struct {
	tape

	*program
	states  []state
	seconds seconds
	facts   Facts
	work    int // units left
	words   wordMatcher
}

// Matcher returns a new evaluator of the query.
func (q *Query) Matcher() *Matcher {
	return &Matcher{program: q.program, states: make([]state, len(q.program.nodes)), seconds: seconds{asked: q.program.shape.createdStep()}}
}

// Match reports whether an event matches. doc is its JSON as it was received and
// checked then: of what is not JSON some is noticed (ErrDocument) and the rest
// is skipped over. The only other error is ErrWork.
func (m *Matcher) Match(doc []byte, facts Facts) (bool, error) {
	if err := m.read(doc, m.shape); err != nil {
		return false, err
	}
	m.readSeconds()
	m.facts, m.work = facts, maxWork
	copy(m.states, m.initial)
	m.next(0, candidate{value: 0, leaf: true})
	if m.work < 0 {
		return false, ErrWork
	}
	return m.states[0].keep, nil
}

// candidate is a value that a path leads to.
type candidate struct {
	value   int32 // its place on the tape, or missing
	owner   owner // what holds it
	numeric bool  // it is missing, and the key asked for reads as a number
	leaf    bool  // the path ends in it
}

// owner is what kind of value holds a candidate.
type owner uint8

const (
	ownerNone owner = iota // it is the document
	ownerArray
	ownerObject
	ownerOther
)

// next gives a node one more candidate.
func (m *Matcher) next(i int32, c candidate) {
	if m.work--; m.work < 0 {
		return
	}
	n, s := &m.nodes[i], &m.states[i]
	switch n.rule {
	case ruleGroup:
		m.group(i, c)
	case ruleNested:
		m.walk(i, n.steps, c)
	case ruleSome:
		if (c.owner != ownerArray || c.value != missing) && m.test(n.op, c.value) {
			*s = state{keep: true, done: true}
		}
	case ruleNone:
		if (c.owner != ownerArray || c.value != missing || c.numeric) && m.in(n.set, c.value) {
			*s = state{keep: false, done: true}
		}
	case ruleIn:
		if c.owner != ownerArray || c.value != missing || c.numeric {
			found := m.in(n.set, c.value)
			*s = state{keep: found, done: found}
		}
	case ruleExists:
		if c.leaf && c.value != missing {
			*s = state{keep: n.op.want, done: true}
		}
	case ruleSize:
		if m.kind(c.value) == kindArray && float64(m.entries[c.value].count) == n.op.value.number {
			*s = state{keep: true, done: true}
		}
	case ruleElemMatch:
		m.elemMatch(i, c)
	case ruleNot:
		m.next(i+1, c)
		below := m.states[i+1]
		*s = state{keep: !below.keep, done: below.done}
	case ruleOr, ruleNor:
		found := m.some(i, c)
		*s = state{keep: found == (n.rule == ruleOr), done: found}
	case ruleEvent:
		found := m.event(n)
		*s = state{keep: found, done: found}
	}
}

// group gives a candidate to all nodes below one that still want any.
func (m *Matcher) group(i int32, c candidate) {
	result := state{keep: true, done: true}
	end := m.nodes[i].end
	for below := i + 1; below < end; below = m.nodes[below].end {
		s := &m.states[below]
		if !s.done {
			m.next(below, c)
		}
		if !s.keep {
			result.keep = false
			if s.done || i == 0 && m.nodes[0].rule == ruleGroup { // the document is the only candidate of the first group
				break
			}
		}
		if !s.done {
			result.done = false
		}
	}
	m.states[i] = result
}

// some gives a candidate to the nodes below one until the first that holds.
func (m *Matcher) some(i int32, c candidate) bool {
	end := m.nodes[i].end
	for below := i + 1; below < end; below = m.nodes[below].end {
		m.next(below, c)
		if m.states[below].keep {
			return true
		}
	}
	return false
}

// elemMatch asks whether an element of the candidate holds by itself.
func (m *Matcher) elemMatch(i int32, c candidate) {
	if m.kind(c.value) != kindArray {
		return
	}
	s, end := &m.states[i], m.entries[c.value].next
	for at := c.value + 1; at < end && m.work >= 0; at = m.entries[at].next {
		copy(m.states[i+1:m.nodes[i].end], m.initial[i+1:m.nodes[i].end])
		m.next(i+1, candidate{value: at, owner: ownerArray, leaf: true})
		s.keep = s.keep || m.states[i+1].keep
	}
	s.done = s.keep || c.owner != ownerObject
}

// walk gives the group at node i every candidate that a path leads to from c,
// elements before the array that holds them. It returns false to stop.
func (m *Matcher) walk(i int32, path []step, c candidate) bool {
	at := c.value
	for begun := c.leaf; ; begun = true {
		if m.work--; m.work < 0 {
			return false
		}
		kind := m.kind(at)
		if kind == kindArray && (len(path) == 0 || !path[0].numeric) {
			end := m.entries[at].next
			for element := at + 1; element < end; element = m.entries[element].next {
				if !m.walk(i, path, candidate{value: element, owner: ownerArray, leaf: begun}) {
					return false
				}
			}
		}
		if len(path) == 0 || kind <= kindNull {
			c.value, c.leaf = at, len(path) == 0 && begun
			m.group(i, c)
			return !m.states[i].done
		}
		switch kind {
		case kindArray:
			c.owner = ownerArray
		case kindObject:
			c.owner = ownerObject
		default:
			c.owner = ownerOther
		}
		at, c.numeric, path = m.step(at, &path[0]), path[0].numeric, path[1:]
	}
}

// kind is the kind of a value on the tape, or that it is missing.
func (m *Matcher) kind(at int32) kind {
	if at == missing {
		return kindMissing
	}
	return m.entries[at].kind
}

// step goes from a value to what one of its keys holds.
func (m *Matcher) step(at int32, s *step) int32 {
	e := &m.entries[at]
	switch {
	case e.kind == kindObject && e.whole:
		return m.find(at, s.key)
	case e.kind == kindObject:
		if s.slot >= 0 {
			return m.slots[e.slots+s.slot]
		}
	case e.kind == kindArray && s.index >= 0 && s.index < int(e.count):
		m.work -= s.index / 64
		at++
		for range s.index {
			at = m.entries[at].next
		}
		return at
	}
	return missing
}

// find finds a member of an object that is whole on the tape.
func (m *Matcher) find(at int32, key string) int32 {
	e := &m.entries[at]
	m.work -= int(e.count) / 64
	found := missing
	for member := at + 1; member < e.next; member = m.entries[member].next {
		if string(m.text(m.entries[member].key)) == key {
			found = member
		}
	}
	return found
}
