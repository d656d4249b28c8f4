package where

// equals is equality with a scalar; with an array or an object there is none.
func (v *value) equals(s scalar) bool {
	switch v.kind {
	case kindNull:
		return s.kind <= kindNull
	case kindBool:
		return s.kind == kindBool && s.yes == v.yes
	case kindNumber:
		return s.kind == kindNumber && s.number == v.number
	case kindText:
		return s.kind == kindText && string(s.text) == v.text
	}
	return false
}

// equal is equality with a value on the tape (spec/where, section 2.4).
func (m *Matcher) equal(v *value, at int32) bool {
	kind := m.kind(at)
	if kind != v.kind {
		return v.kind == kindNull && kind == kindMissing
	}
	switch kind {
	case kindArray:
		return m.equalItems(v, at)
	case kindObject:
		return m.equalMembers(v, at)
	}
	return v.equals(m.scalar(at))
}

func (m *Matcher) equalItems(v *value, at int32) bool {
	if int(m.entries[at].count) != len(v.items) {
		return false
	}
	at++
	for i := range v.items {
		if m.work--; m.work < 0 || !m.equal(&v.items[i], at) {
			return false
		}
		at = m.entries[at].next
	}
	return true
}

// equalMembers compares objects: they have as many keys, and what the operand
// has under each of its keys equals what the other has there, or null when it
// has nothing there.
func (m *Matcher) equalMembers(v *value, at int32) bool {
	count := int(m.entries[at].count)
	if count < len(v.members) {
		return false
	}
	found := 0
	for i := range v.members {
		if m.work--; m.work < 0 {
			return false
		}
		member := m.find(at, v.members[i].key)
		if member != missing {
			found++
		}
		if !m.equal(&v.members[i].value, member) {
			return false
		}
	}
	return count == found || m.keys(at) == len(v.members)
}

// keys counts the different keys of an object that is whole on the tape, or has
// no member.
func (m *Matcher) keys(at int32) int {
	e := &m.entries[at]
	if !e.whole {
		return int(e.count)
	}
	keys := map[string]bool{}
	for member := at + 1; member < e.next; member = m.entries[member].next {
		keys[string(m.text(m.entries[member].key))] = true
	}
	return len(keys)
}
