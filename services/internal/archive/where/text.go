package where

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ParseAny reads a query as a person gives it: JSON when it begins with "{",
// otherwise the short form.
func ParseAny(text string, now time.Time, zone *time.Location) (*Query, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return Parse([]byte(text))
	}
	return ParseText(text, now, zone)
}

// ParseText reads the short form of a query:
//
//	type:charge.* status:failed amount>50eur since:7d "jane"
//
// Conditions side by side must all hold; "or", "not" or a "-" in front, and
// brackets combine them. Times are relative to now, dates those of the zone (nil
// for UTC). Text that names no condition is searched for. Nothing at all is the
// query that holds for everything. Errors are an *Error that knows its place.
func ParseText(text string, now time.Time, zone *time.Location) (*Query, error) {
	if len(text) > maxText || !utf8.ValidString(text) {
		return nil, refused("The filter is longer than %d KiB, or not Unicode text.", maxText>>10)
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	if zone == nil {
		zone = time.UTC
	}
	p := &textParser{tokens: tokens, end: len(text), now: now.In(zone)}
	all, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if p.next < len(p.tokens) {
		return nil, refuse(p.tokens[p.next].at, `There is a ")" without its "(".`)
	}
	return Parse(writtenOf(allOf(all)))
}

const (
	maxText     = 8 << 10 // bytes of the short form
	maxBrackets = 8       // brackets and negations inside each other
)

// writtenOf is a value as JSON.
func writtenOf(v value) []byte {
	var w writer
	w.value(v)
	return w.out
}

// textParser reads tokens into conditions: queries in JSON, all of which hold.
type textParser struct {
	tokens []token
	next   int
	end    int // of the text
	now    time.Time
}

// peek is the next word; ok is false for a bracket and at the end.
func (p *textParser) peek(n int) (w word, ok bool) {
	if p.next+n >= len(p.tokens) || p.tokens[p.next+n].sign != 0 {
		return nil, false
	}
	return p.tokens[p.next+n].word, true
}

// sign is the bracket or the "-" that comes next, 0 for a word, -1 at the end.
func (p *textParser) sign() rune {
	if p.next >= len(p.tokens) {
		return -1
	}
	return p.tokens[p.next].sign
}

// at is the place of what comes next.
func (p *textParser) at() int {
	if p.next >= len(p.tokens) {
		return p.end
	}
	return p.tokens[p.next].at
}

// alternatives reads conditions up to the end or a closing bracket.
func (p *textParser) alternatives(depth int) ([]value, error) {
	var sides []value
	for {
		start := p.at()
		side, err := p.conjuncts(depth)
		if err != nil {
			return nil, err
		}
		w, ok := p.peek(0)
		more := ok && w.is("or")
		if len(side) == 0 && (more || len(sides) > 0) {
			return nil, refuse(start, `"or" stands between two conditions; write it in quotes to search for it.`)
		}
		if !more && len(sides) == 0 {
			return side, nil
		}
		sides = append(sides, allOf(side))
		if !more {
			return anyOf(sides), nil
		}
		p.next++
	}
}

// conjuncts reads conditions side by side.
func (p *textParser) conjuncts(depth int) ([]value, error) {
	var all []value
	for {
		w, ok := p.peek(0)
		if sign := p.sign(); sign < 0 || sign == ')' || ok && w.is("or") {
			return all, nil
		}
		if ok && w.is("and") && len(all) > 0 {
			p.next++
			continue
		}
		one, err := p.condition(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
}

// condition reads one condition, with what negates it.
func (p *textParser) condition(depth int) ([]value, error) {
	at := p.at()
	if depth > maxBrackets {
		return nil, refuse(at, "Brackets and negations nest deeper than %d levels.", maxBrackets)
	}
	w, _ := p.peek(0)
	_, more := p.peek(1)
	more = more || p.next+1 < len(p.tokens) && p.tokens[p.next+1].sign != ')'
	switch {
	case p.sign() == '(':
		return p.group(depth)
	case p.sign() == '-', w.is("not") && more:
		p.next++
	case len(w) > 1 && w[0].r == '-' && !w[0].quoted:
		p.tokens[p.next].word, p.tokens[p.next].at = w[1:], at+1
	default:
		return p.term()
	}
	inner, err := p.condition(depth + 1)
	if err != nil {
		return nil, err
	}
	return notOf(allOf(inner)), nil
}

// group reads what stands in brackets.
func (p *textParser) group(depth int) ([]value, error) {
	at := p.at()
	p.next++
	inner, err := p.alternatives(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.sign() != ')' {
		return nil, refuse(at, `This "(" has no ")".`)
	}
	p.next++
	if len(inner) == 0 {
		return nil, refuse(at, "There is nothing in the brackets.")
	}
	return inner, nil
}
