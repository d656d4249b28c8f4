package eventsync

import (
	"math/rand/v2"
	"testing"
)

// Stretches behave like sets of seconds.
func TestSpansAreSetsOfSeconds(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		var s spans
		set := map[int64]bool{}
		for range r.IntN(12) {
			x := span{From: r.Int64N(40)}
			x.To = x.From + r.Int64N(8) - 1 // sometimes empty
			s = s.with(x)
			for i := x.From; i <= x.To; i++ {
				set[i] = true
			}
		}
		for i, x := range s {
			if x.From > x.To || (i > 0 && x.From <= s[i-1].To+1) {
				t.Fatalf("seed %d: %v is not in order and apart", seed, s)
			}
		}
		in := span{r.Int64N(20), 20 + r.Int64N(30)}
		holes := map[int64]bool{}
		for _, h := range s.holes(in) {
			for i := h.From; i <= h.To; i++ {
				holes[i] = true
			}
		}
		top := int64(0)
		for i := range int64(60) {
			if s.has(i) != set[i] {
				t.Fatalf("seed %d: %v has %d: %t", seed, s, i, s.has(i))
			}
			if want := !set[i] && in.From <= i && i <= in.To; holes[i] != want {
				t.Fatalf("seed %d: %v in %v: %d is a hole: %t", seed, s, in, i, holes[i])
			}
			if set[i] {
				top = i
			}
		}
		if s.top() != top {
			t.Fatalf("seed %d: top of %v is %d", seed, s, s.top())
		}
	}
}
