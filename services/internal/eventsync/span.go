package eventsync

import "sort"

// span is a stretch of whole seconds (Unix time), both ends within it.
type span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// spans are stretches in order, with at least a second between each two.
type spans []span

// with returns s and x together. An x that ends before it begins adds nothing.
func (s spans) with(x span) spans {
	if x.From > x.To {
		return s
	}
	first := sort.Search(len(s), func(i int) bool { return s[i].To >= x.From-1 })
	after := first
	for ; after < len(s) && s[after].From <= x.To+1; after++ {
		x.From, x.To = min(x.From, s[after].From), max(x.To, s[after].To)
	}
	out := append(make(spans, 0, len(s)+1), s[:first]...)
	return append(append(out, x), s[after:]...)
}

// holes returns what of x is not in s.
func (s spans) holes(x span) (out spans) {
	for _, have := range s {
		if have.To < x.From {
			continue
		}
		if have.From > x.To {
			break
		}
		if have.From > x.From {
			out = append(out, span{x.From, have.From - 1})
		}
		x.From = have.To + 1
	}
	if x.From <= x.To {
		out = append(out, x)
	}
	return out
}

// has reports whether a second is in s.
func (s spans) has(second int64) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].To >= second })
	return i < len(s) && s[i].From <= second
}

// top is the last second in s, 0 when there is none.
func (s spans) top() int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].To
}
