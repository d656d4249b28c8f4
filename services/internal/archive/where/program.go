package where

// program is a query made ready for evaluation: its tree as one list of nodes,
// each followed by what is below it, and the shape of what it asks for. The
// nodes and their rules are those of spec/where, section 2.2.
type program struct {
	nodes   []node
	initial []state
	shape   *shape
}

// node is a node of the evaluator.
type node struct {
	rule    rule
	end     int32     // the place after what is below it
	steps   []step    // ruleNested: the path
	op      *operator // the rules that test a value
	set     *valueSet // ruleIn and ruleNone
	filters []lookup  // ruleFilters
}

// rule is how a node comes to its result.
type rule uint8

const (
	ruleGroup     rule = iota // all below it hold, each over all candidates
	ruleNested                // a group over the candidates at a path
	ruleSome                  // some candidate passes
	ruleNone                  // no candidate equals a member of the list
	ruleIn                    // some candidate equals a member of the list
	ruleExists                // there is a last key
	ruleSize                  // some candidate is an array of that length
	ruleElemMatch             // some element of a candidate holds
	ruleNot                   // the one below it does not hold
	ruleOr                    // one below it holds
	ruleNor                   // none below it holds
	ruleEvent                 // a condition on the whole event
)

// step is a part of a path, with its place among the keys of the shape there.
type step struct {
	segment
	slot int32
}

// lookup is where a filter finds its column.
type lookup struct {
	exact step
	path  []step
}

// state is what a node remembers while one document is evaluated.
type state struct{ keep, done bool }

func newProgram(root *query) *program {
	p := &program{shape: &shape{}}
	p.shape.addQuery(root)
	p.query(root, p.shape)
	for i := range p.nodes {
		p.initial = append(p.initial, p.nodes[i].reset())
	}
	return p
}

// reset is a node's state before the first candidate.
func (n *node) reset() state {
	switch n.rule {
	case ruleNone:
		return state{keep: true}
	case ruleExists:
		return state{keep: !n.op.want}
	}
	return state{}
}

// node adds a node; end is called when all below it has been added.
func (p *program) node(n node) (end func()) {
	at := len(p.nodes)
	p.nodes = append(p.nodes, n)
	return func() { p.nodes[at].end = int32(len(p.nodes)) }
}

// query adds the nodes of a query on values of a shape.
func (p *program) query(q *query, s *shape) {
	parts := len(q.fields)
	if len(q.ops) > 0 {
		parts++
	}
	if parts != 1 {
		defer p.node(node{rule: ruleGroup})()
	}
	if len(q.ops) > 0 {
		p.nested(nil, q.ops, s)
	}
	for _, f := range q.fields {
		p.nested(f.path, f.ops, s)
	}
}

// nested adds the nodes of operators on what stands at a path.
func (p *program) nested(at path, ops []*operator, s *shape) {
	steps, s := s.steps(at)
	defer p.node(node{rule: ruleNested, steps: steps})()
	for _, op := range ops {
		p.operator(op, s)
	}
}

// steps makes a path ready for walking from values of the shape; below is the
// shape at its end.
func (s *shape) steps(at path) (steps []step, below *shape) {
	for _, part := range at {
		slot := s.slot(part.key)
		steps = append(steps, step{part, int32(slot)})
		if slot < 0 {
			s = wholeShape
		} else {
			s = s.below[slot]
		}
	}
	return steps, s
}

// operator adds the nodes of an operator on values of a shape.
func (p *program) operator(op *operator, s *shape) {
	switch op.kind {
	case opNe:
		defer p.node(node{rule: ruleNone, set: newValueSet([]value{op.value})})()
	case opNin:
		defer p.node(node{rule: ruleNone, set: newValueSet(op.values)})()
	case opIn:
		defer p.node(node{rule: ruleIn, set: newValueSet(op.values)})()
	case opExists:
		defer p.node(node{rule: ruleExists, op: op})()
	case opSize:
		defer p.node(node{rule: ruleSize, op: op})()
	case opElemMatch:
		defer p.node(node{rule: ruleElemMatch})()
	case opNot:
		defer p.node(node{rule: ruleNot})()
	case opOr:
		defer p.node(node{rule: ruleOr})()
	case opNor:
		defer p.node(node{rule: ruleNor})()
	case opAnd, opAll:
		defer p.node(node{rule: ruleGroup})()
	case opFilters:
		defer p.node(node{rule: ruleEvent, op: op, filters: s.lookups(op.filters)})()
	case opSearch, opFact:
		defer p.node(node{rule: ruleEvent, op: op})()
		return
	default:
		defer p.node(node{rule: ruleSome, op: op})()
	}
	for _, q := range op.queries {
		p.query(q, s)
	}
}

// lookups are where the filters find their columns, in documents of the shape.
func (s *shape) lookups(filters []filter) []lookup {
	all := make([]lookup, len(filters))
	for i, f := range filters {
		exact, _ := s.steps(path{{key: f.column, index: -1}})
		all[i].exact = exact[0]
		all[i].path, _ = s.steps(f.path)
	}
	return all
}
