package eventsync

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Whatever times a page holds, what it takes off a window is of that window, and
// what is left lies below it.
func TestCutStaysWithinTheWindow(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 6))
		w := &window{span: span{r.Int64N(50), open}}
		if r.IntN(2) == 0 {
			w.To = w.From + r.Int64N(50)
		}
		before := w.span
		for range 4 {
			events := make([]Event, 1+r.IntN(4))
			least := before.To
			for i := range events {
				events[i] = Event{ID: fmt.Sprint("evt_", r.IntN(1000)), Created: r.Int64N(130) - 10}
				if events[i].Created > 0 {
					least = min(least, events[i].Created)
				}
			}
			read, newest, left := w.cut(events, r.IntN(4) > 0)
			if read.From <= read.To && (read.From < before.From || read.To > before.To || before.To == open && read.To > newest) {
				t.Fatalf("seed %d: %v was read of %v by %v", seed, read, before, events)
			}
			if !left {
				break
			}
			if w.From != before.From || w.To > before.To || w.To < before.From || w.To != least || read.From <= read.To && read.From <= w.To ||
				w.After != events[len(events)-1].ID || w.N < 0 {
				t.Fatalf("seed %d: %v is left of %v by %v, %v was read", seed, w, before, events, read)
			}
			before = w.span
		}
	}
}

// Splitting a window loses no second and doubles none.
func TestSpreadKeepsEverySecond(t *testing.T) {
	const bottom = 1000
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 8))
		whole := span{r.Int64N(3000), 0}
		whole.To = whole.From + r.Int64N(100_000)
		d := density{float64(1 + r.IntN(1000)), float64(1 + r.IntN(1000))}
		windows := spread([]*window{{span: whole, place: place{"evt_1", 3}, pages: 2, all: d, recent: d}}, r.IntN(20), bottom)
		var sum spans
		seconds := int64(0)
		for _, w := range windows {
			sum, seconds = sum.with(w.span), seconds+w.To-w.From+1
			if w.After != "" && w.To != whole.To {
				t.Fatalf("seed %d: the place moved to %v", seed, w)
			}
		}
		if len(sum) != 1 || sum[0] != whole || seconds != whole.To-whole.From+1 {
			t.Fatalf("seed %d: %v became %v", seed, whole, sum)
		}
	}
}

func TestNoEstimateWithoutALook(t *testing.T) {
	d := density{100, 1000}
	seen := &window{span: span{0, 99_999}, pages: 3, all: d, recent: d}
	began := time.Now()
	m := &meter{samples: []sample{{began, 0}, {began.Add(4 * time.Second), 100}}}
	if got := m.remaining([]*window{seen}, 0); got != 4*time.Second { // 100 pages at 25 a second
		t.Errorf("got %s", got)
	}
	if got := m.remaining([]*window{seen, seen.split(0)}, 0); got != 4*time.Second {
		t.Errorf("got %s after splitting", got)
	}
	if got := m.remaining([]*window{seen, {span: span{0, 10}}}, 0); got != -1 {
		t.Errorf("got %s with a window that was not looked at", got)
	}
	m.samples[1].requests = 5
	if got := m.remaining([]*window{seen}, 0); got != -1 {
		t.Errorf("got %s after five requests", got)
	}
}
