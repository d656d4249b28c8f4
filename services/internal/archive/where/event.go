package where

// event evaluates a condition on the whole event.
func (m *Matcher) event(n *node) bool {
	switch n.op.kind {
	case opSearch:
		m.work -= len(m.doc) / 64
		return m.words.match(m.doc, n.op.words)
	case opFact:
		return m.fact(n.op.queries[0])
	}
	for i := range n.filters {
		if m.work--; !m.filter(&n.op.filters[i], &n.filters[i]) {
			return false
		}
	}
	return true
}

// fact evaluates a query over the event's facts. A fact is one value, so each
// operator is plain.
func (m *Matcher) fact(q *query) bool {
	for _, f := range q.fields {
		s := m.scalarOf(f.path[0].key)
		for _, op := range f.ops {
			if !op.holdsFor(s) {
				return false
			}
		}
	}
	return true
}

// holdsFor evaluates an operator on a value that is the only candidate.
func (op *operator) holdsFor(s scalar) bool {
	switch op.kind {
	case opNe:
		return !op.value.equals(s)
	case opIn, opNin:
		for i := range op.values {
			if op.values[i].equals(s) {
				return op.kind == opIn
			}
		}
		return op.kind == opNin
	case opExists:
		return (s.kind != kindMissing) == op.want
	}
	return op.passes(s)
}

// scalarOf is a fact by its name in $fact.
func (m *Matcher) scalarOf(name string) scalar {
	text := ""
	switch name {
	case "amount":
		if m.facts.Amount == nil {
			return scalar{}
		}
		return scalar{kind: kindNumber, number: float64(*m.facts.Amount)}
	case "received":
		return scalar{kind: kindNumber, number: float64(m.facts.Received)}
	case "livemode":
		return scalar{kind: kindBool, yes: m.facts.Livemode}
	case "customer":
		text = m.facts.Customer
	case "outcome":
		text = m.facts.Outcome
	case "currency":
		text = m.facts.Currency
	case "object_id":
		text = m.facts.ObjectID
	case "object_type":
		text = m.facts.ObjectType
	case "request_id":
		text = m.facts.RequestID
	case "source":
		text = m.facts.Source
	case "api_version":
		text = m.facts.APIVersion
	}
	if text == "" {
		return scalar{}
	}
	m.scratch = append(m.scratch[:0], text...)
	return scalar{kind: kindText, text: m.scratch}
}
