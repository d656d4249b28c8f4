package where

import (
	"math"
	"strconv"
)

// scalar is a value taken out of a document or of an event's facts. Of arrays and
// objects it has only the kind.
type scalar struct {
	kind   kind
	yes    bool
	number float64
	text   []byte // holds until the next scalar is taken
}

// scalar decodes a value on the tape.
func (m *Matcher) scalar(at int32) scalar {
	if at == missing {
		return scalar{}
	}
	e := &m.entries[at]
	s := scalar{kind: e.kind}
	switch e.kind {
	case kindBool:
		s.yes = m.doc[e.start] == 't'
	case kindNumber:
		if at == m.seconds.at {
			s.number = m.seconds.value
			break
		}
		s.number = numberIn(m.doc[e.start:e.end])
	case kindText:
		s.text = m.tape.text(extent{e.start, e.end})
		m.work -= len(s.text) / 64
	}
	return s
}

// numberIn decodes a JSON number; a whole number of few digits, as most are, in
// its own way because that is faster.
func numberIn(text []byte) float64 {
	digits, negative := text, text[0] == '-'
	if negative {
		digits = text[1:]
	}
	if len(digits) <= 18 {
		whole := 0
		for _, c := range digits {
			if c < '0' || c > '9' {
				return parse(string(text))
			}
			whole = whole*10 + int(c-'0')
		}
		if negative {
			whole = -whole
		}
		return float64(whole)
	}
	n, _ := strconv.ParseFloat(string(text), 64)
	return n
}

// number is JavaScript's Number of a value (spec/where, section 2.5).
func (m *Matcher) number(at int32) float64 {
	s := m.scalar(at)
	switch s.kind {
	case kindNull:
		return 0
	case kindBool:
		return float64(bit(s.yes))
	case kindNumber:
		return s.number
	case kindText:
		return numberOf(string(s.text))
	case kindArray:
		// JavaScript joins the elements with commas: more than one are no number.
		switch m.entries[at].count {
		case 0:
			return 0
		case 1:
			if m.entries[at+1].kind != kindBool {
				return m.number(at + 1)
			}
		}
	}
	return math.NaN()
}
