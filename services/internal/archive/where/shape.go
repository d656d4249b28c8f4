package where

// shape is the part of a document that a query can ask for: the keys it names,
// below each other. Arrays have no shape of their own: their elements, and the
// elements of arrays in them, have that of the array.
type shape struct {
	whole bool // everything is asked for; nothing else counts then
	index bool // one of the keys can be a place in an array, whose elements are whole then
	keys  []string
	below []*shape // by key
}

// maxKeys is how many keys of one object are worth telling apart.
const maxKeys = 16

// wholeShape is the shape of everything below a shape that is whole.
var wholeShape = &shape{whole: true}

// key returns the shape below a key, a new one if the key is new.
func (s *shape) key(key string) *shape {
	if at := s.slot(key); at >= 0 {
		return s.below[at]
	}
	if len(s.keys) == maxKeys {
		s.whole = true
	}
	if s.whole {
		return &shape{}
	}
	s.keys = append(s.keys, key)
	s.below = append(s.below, &shape{})
	return s.below[len(s.below)-1]
}

// slot returns the place of a key among the shape's keys, or -1.
func (s *shape) slot(key string) int {
	for i, k := range s.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// at returns the shape at a path.
func (s *shape) at(p path) *shape {
	for _, part := range p {
		s.index = s.index || part.index >= 0
		s = s.key(part.key)
	}
	return s
}

// elements is the shape of an array's elements.
func (s *shape) elements() *shape {
	if s.whole || s.index {
		return wholeShape
	}
	return s
}

// addQuery adds what a query asks for of a value of this shape.
func (s *shape) addQuery(q *query) {
	s.addOperators(q.ops)
	for _, f := range q.fields {
		s.at(f.path).addOperators(f.ops)
	}
}

func (s *shape) addOperators(ops []*operator) {
	for _, op := range ops {
		switch op.kind {
		case opEq, opNe:
			s.whole = s.whole || op.value.hasMembers()
		case opIn, opNin:
			for _, v := range op.values {
				s.whole = s.whole || v.hasMembers()
			}
		case opFilters:
			for _, f := range op.filters {
				s.key(f.column)
				s.at(f.path)
			}
		case opFact, opSearch: // they ask for nothing of the tape
		default:
			for _, q := range op.queries {
				s.addQuery(q)
			}
		}
	}
}

// hasMembers reports whether a value holds an object with members, which is
// compared with all members of the other.
func (v value) hasMembers() bool {
	for _, item := range v.items {
		if item.hasMembers() {
			return true
		}
	}
	return len(v.members) > 0
}
