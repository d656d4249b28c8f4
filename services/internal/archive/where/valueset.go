package where

// valueSet is a list of values, made ready for asking whether one is in it.
type valueSet struct {
	null, yes, no bool
	numbers       map[float64]bool
	texts         map[string]bool
	nested        []value // arrays and objects
}

func newValueSet(values []value) *valueSet {
	s := &valueSet{numbers: map[float64]bool{}, texts: map[string]bool{}}
	for _, v := range values {
		switch v.kind {
		case kindNull:
			s.null = true
		case kindBool:
			s.yes, s.no = s.yes || v.yes, s.no || !v.yes
		case kindNumber:
			s.numbers[v.number] = true
		case kindText:
			s.texts[v.text] = true
		default:
			s.nested = append(s.nested, v)
		}
	}
	return s
}

// has reports whether a scalar equals a member.
func (v *valueSet) has(s scalar) bool {
	switch s.kind {
	case kindMissing, kindNull:
		return v.null
	case kindBool:
		return s.yes && v.yes || !s.yes && v.no
	case kindNumber:
		return v.numbers[s.number]
	case kindText:
		return v.texts[string(s.text)]
	}
	return false
}

// in reports whether a value on the tape equals a member.
func (m *Matcher) in(set *valueSet, at int32) bool {
	switch m.kind(at) {
	case kindArray, kindObject:
		for i := range set.nested {
			if m.work--; m.work >= 0 && m.equal(&set.nested[i], at) {
				return true
			}
		}
		return false
	}
	return set.has(m.scalar(at))
}
