package where

// filter evaluates one entry of $filters.
func (m *Matcher) filter(f *filter, l *lookup) bool {
	at := m.column(l)
	switch f.condition {
	case filterEmpty:
		return m.isEmpty(at)
	case filterNotEmpty:
		return !m.isEmpty(at)
	case filterIsNot:
		return !m.filterAny(f, at)
	}
	return m.filterAny(f, at)
}

// column finds a filter's column: never more than one value.
func (m *Matcher) column(l *lookup) int32 {
	if m.entries[0].kind == kindObject {
		if at := m.step(0, &l.exact); at != missing {
			return at
		}
	}
	at := int32(0)
	for i := range l.path {
		if at = m.step(at, &l.path[i]); at == missing {
			break
		}
	}
	return at
}

func (m *Matcher) isEmpty(at int32) bool {
	switch m.kind(at) {
	case kindMissing, kindNull:
		return true
	case kindText:
		return m.entries[at].start == m.entries[at].end
	case kindArray, kindObject:
		return m.entries[at].count == 0
	}
	return false
}

// filterAny tells whether a value passes, or any single value in an array.
func (m *Matcher) filterAny(f *filter, at int32) bool {
	if m.kind(at) != kindArray {
		m.work--
		return f.passes(m.scalar(at))
	}
	end := m.entries[at].next
	for element := at + 1; element < end && m.work >= 0; element = m.entries[element].next {
		if m.filterAny(f, element) {
			return true
		}
	}
	return false
}

// passes tells whether a single value fulfils the condition; of != it tells
// whether it is equal.
func (f *filter) passes(s scalar) bool {
	v := value{kind: s.kind, yes: s.yes, number: s.number, text: string(s.text)}
	switch f.condition {
	case filterIs, filterIsNot:
		text, ok := scalarText(v)
		if ok && lower(text) == f.text {
			return true
		}
		n, ok := scalarNumber(v)
		return f.value.kind == kindNumber && ok && n == f.value.number
	case filterContains:
		text, ok := scalarText(v)
		return ok && containsFolded([]byte(text), f.text)
	case filterOneOf:
		return f.oneOf(v)
	case filterDateIs, filterDateBefore, filterDateAfter, filterDateBetween:
		return f.dated(v)
	}
	n, ok := scalarNumber(v)
	return ok && f.inRange(n)
}

func (f *filter) inRange(n float64) bool {
	switch f.condition {
	case filterAbove:
		return n > f.low
	case filterAtLeast:
		return n >= f.low
	case filterBelow:
		return n < f.low
	case filterAtMost:
		return n <= f.low
	}
	return n >= f.low && n <= f.high
}

// oneOf tells whether a value is a member, or a text has a comma-separated part
// that is one.
func (f *filter) oneOf(v value) bool {
	parts := []string{v.text}
	if v.kind == kindText {
		parts = append(parts, csvParts(v.text)...)
	}
	if f.csv && (v.kind == kindNumber || v.kind == kindBool) {
		parts[0], _ = scalarText(v)
		v.kind = kindText
	}
	for _, member := range f.members {
		if member.kind != v.kind {
			continue
		}
		for _, part := range parts {
			v.text = part
			if v.kind != kindText && member.equals(scalar{kind: v.kind, yes: v.yes, number: v.number}) || v.kind == kindText && member.text == part {
				return true
			}
		}
	}
	return false
}

func (f *filter) dated(v value) bool {
	var at moment
	var ok bool
	switch v.kind {
	case kindNumber:
		at, ok = momentOfNumber(v.number)
	case kindText:
		at, ok = momentOf(v.text)
	}
	if !ok {
		return false
	}
	order, ok := f.from.compare(at)
	if !ok {
		return false
	}
	switch f.condition {
	case filterDateIs:
		return order == 0
	case filterDateBefore:
		return order < 0
	case filterDateAfter:
		return order > 0
	}
	last, ok := f.to.compare(at)
	return ok && order >= 0 && last <= 0
}
