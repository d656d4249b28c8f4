package logs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui/tuitest"
)

// world is what a run is a stretch of: every event that is visible, in order.
type world struct {
	events []services.Event
	made   int
	r      *rand.Rand
}

// add makes an event visible that was made at any time.
func (w *world) add() services.Event {
	w.made++
	e := services.Event{ID: fmt.Sprintf("evt_%06d", w.r.IntN(900_000)+w.made), Created: tuitest.Now().Add(-time.Duration(w.r.IntN(300)) * time.Second)}
	if w.r.IntN(2) == 0 {
		e.Created = tuitest.Now().Add(time.Duration(w.made) * time.Second)
	}
	at, there := (&run{rows: w.events}).place(e)
	if !there {
		w.events = slices.Insert(w.events, at, e)
	}
	return e
}

func (w *world) page(from, to int, counted bool) services.LogPage {
	from, to = max(from, 0), min(to, len(w.events))
	p := services.LogPage{Events: slices.Clone(w.events[from:to]), Total: unknown, More: to < len(w.events)}
	if counted {
		p.Total = len(w.events)
	}
	return p
}

func (w *world) index(e services.Event) int {
	return slices.IndexFunc(w.events, func(o services.Event) bool { return o.ID == e.ID })
}

// holds fails when the run is not an unbroken stretch of the world, or counts
// wrongly what it counts.
func (w *world) holds(t *testing.T, step string, r *run) {
	t.Helper()
	if len(r.rows) == 0 {
		return
	}
	from := w.index(r.rows[0])
	to := from + len(r.rows)
	if from < 0 || to > len(w.events) {
		t.Fatalf("%s: the run is not of this world: %d to %d of %d", step, from, to, len(w.events))
	}
	for i, e := range r.rows {
		if w.events[from+i].ID != e.ID {
			t.Fatalf("%s: row %d is %s, want %s", step, i, e.ID, w.events[from+i].ID)
		}
	}
	// A full page above may have been the last one: it counts one too many until the
	// next is read, and never says that the top is reached when it is not.
	if r.above != unknown && (r.above < from || r.above > from+1) || r.below != unknown && r.below != len(w.events)-to {
		t.Fatalf("%s: counts %d above and %d below, there are %d and %d", step, r.above, r.below, from, len(w.events)-to)
	}
}

func TestARunIsAlwaysUnbroken(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		w := &world{r: rnd}
		for range rnd.IntN(400) {
			w.add()
		}
		limit, counted := 1+rnd.IntN(60), rnd.IntN(2) == 0
		r := &run{}
		r.begin(w.page(0, limit, counted))
		w.holds(t, "the newest page", r)
		for i := range 120 {
			step := fmt.Sprintf("seed %d, step %d", seed, i)
			switch op := rnd.IntN(7); {
			case op < 2:
				step += ", an arrival"
				r.arrive(w.add())
			case op == 2 && len(r.rows) > 0:
				step += ", the page below"
				at := w.index(r.rows[len(r.rows)-1]) + 1
				r.older(w.page(at, at+limit, counted))
			case op == 3 && len(r.rows) > 0:
				step += ", the page above"
				at := w.index(r.rows[0])
				r.newer(w.page(at-limit, at, counted), limit)
			case op == 4:
				step += ", the oldest page"
				r.finish(w.page(len(w.events)-limit, len(w.events), counted), limit, r.total())
			case op == 5 && rnd.IntN(3) == 0:
				step += ", the newest page"
				*r = run{above: 0, below: unknown}
				r.begin(w.page(0, limit, counted))
			case op == 6 && len(r.rows) > 0:
				step += ", giving up"
				from := rnd.IntN(len(r.rows))
				r.trim(from-keep, from+rnd.IntN(10)-keep+1)
			}
			w.holds(t, step, r)
			if len(r.rows) > 0 && r.counted() > len(w.events)+1 {
				t.Fatalf("%s: counts %d of %d", step, r.counted(), len(w.events))
			}
		}
	}
}

func TestReadingOnReachesTheEnds(t *testing.T) {
	w := &world{r: rand.New(rand.NewPCG(1, 2))}
	for range 500 {
		w.add()
	}
	for _, counted := range []bool{true, false} {
		r := &run{}
		r.begin(w.page(0, 50, counted))
		for i := 0; r.below != 0; i++ {
			if i > 20 {
				t.Fatalf("still %d below", r.below)
			}
			at := w.index(r.rows[len(r.rows)-1]) + 1
			r.older(w.page(at, at+50, counted))
		}
		if len(r.rows) != len(w.events) || r.total() != len(w.events) {
			t.Errorf("%d rows, %d in all, want %d", len(r.rows), r.total(), len(w.events))
		}
		r.finish(w.page(len(w.events)-50, len(w.events), counted), 50, unknown)
		for i := 0; r.above != 0; i++ {
			if i > 20 {
				t.Fatalf("still %d above", r.above)
			}
			at := w.index(r.rows[0])
			r.newer(w.page(at-50, at, counted), 50)
		}
		if len(r.rows) != len(w.events) {
			t.Errorf("%d rows upwards", len(r.rows))
		}
	}
}
