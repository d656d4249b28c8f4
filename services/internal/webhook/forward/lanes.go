package forward

import (
	"container/heap"
	"time"
)

// lane is what waits for one object, in order.
type lane struct {
	key   string
	items []item
	due   time.Time
	index int // in lanes.due; -1 while its first item is being delivered
}

// lanes is everything that waits for a destination: by object, and by when it is
// due.
type lanes struct {
	byKey map[string]*lane
	due   lanesByDue     // those whose first item is not being delivered
	known map[int64]bool // the items, by their place in the queue
}

func newLanes() *lanes { return &lanes{byKey: map[string]*lane{}, known: map[int64]bool{}} }

// add puts an item at the end of its lane.
func (l *lanes) add(i item, now time.Time) {
	l.known[i.id] = true
	to := l.byKey[i.lane()]
	if to != nil {
		to.items = append(to.items, i)
		return
	}
	to = &lane{key: i.lane(), items: []item{i}}
	l.byKey[to.key] = to
	l.later(to, i.due, now)
}

// first returns the lane that is due first; nil when every lane is at it.
func (l *lanes) first() *lane {
	if len(l.due) == 0 {
		return nil
	}
	return l.due[0]
}

// take takes the first lane out while its first item is being delivered.
func (l *lanes) take() *lane { return heap.Pop(&l.due).(*lane) }

// later puts a lane back, to be taken at a time; a zero time means now. What is
// due now comes after what was due before.
func (l *lanes) later(of *lane, due, now time.Time) {
	if due.IsZero() {
		due = now
	}
	of.due = due
	heap.Push(&l.due, of)
}

// next drops a lane's first item, and puts the lane back if more waits in it.
func (l *lanes) next(of *lane, now time.Time) {
	delete(l.known, of.items[0].id)
	of.items = of.items[1:]
	if len(of.items) == 0 {
		delete(l.byKey, of.key)
		return
	}
	l.later(of, of.items[0].due, now)
}

// hurry makes an item that waits for its next attempt due now.
func (l *lanes) hurry(i item, now time.Time) {
	of := l.byKey[i.lane()]
	if of == nil || of.index < 0 || of.items[0].id != i.id || !of.due.After(now) {
		return
	}
	of.items[0].refused, of.due = time.Time{}, now
	heap.Fix(&l.due, of.index)
}

// lanesByDue is a heap of lanes, the one that is due first on top; of those that
// are due at once, the one whose event waits longest.
type lanesByDue []*lane

func (h lanesByDue) Len() int { return len(h) }

func (h lanesByDue) Less(a, b int) bool {
	if h[a].due.Equal(h[b].due) {
		return h[a].items[0].id < h[b].items[0].id
	}
	return h[a].due.Before(h[b].due)
}

func (h lanesByDue) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

// Push is heap.Interface's.
func (h *lanesByDue) Push(x any) {
	l := x.(*lane)
	l.index = len(*h)
	*h = append(*h, l)
}

// Pop is heap.Interface's.
func (h *lanesByDue) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	l.index = -1
	return l
}
