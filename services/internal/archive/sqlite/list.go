package sqlite

import (
	"context"
	"slices"
	"strconv"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// List is archive.Archive.List.
func (a *Archive) List(ctx context.Context, q archive.Query) (services.LogPage, error) {
	page := services.LogPage{Offset: q.Offset, Events: []services.Event{}, Total: -1}
	if err := q.Check(); err != nil {
		return page, err
	}
	err := a.reading(ctx, "reading the archive", func(c *conn) error {
		position, err := c.integer(ctx, `SELECT max(arrival) FROM events`)
		if err != nil {
			return err
		}
		page.Position = strconv.FormatInt(position, 10)
		s, err := a.selectionOf(ctx, c, q)
		if err != nil {
			return err
		}
		page.Total = s.total
		if q.Limit == 0 || s.nothing {
			return nil
		}
		w := window{a: a, ctx: ctx, c: c, selection: s, skip: q.Offset, want: q.Limit + 1, up: q.Up()}
		if w.edge, err = edgeOf(ctx, c, q); err != nil {
			return err
		}
		if s.open {
			scan := &scan{window: w, progress: q.Progress, limit: q.Limit, told: time.Now()}
			err = scan.read()
			w = scan.window
		} else {
			err = w.read()
		}
		page.Events = append(page.Events, w.events...)
		return err
	})
	if page.More = len(page.Events) > q.Limit; page.More {
		page.Events = page.Events[:q.Limit]
	}
	if q.Up() {
		slices.Reverse(page.Events)
		page.More = q.After != "" // the event that it starts from, at least
	}
	return page, err
}

// place is where an event stands in lists.
type place struct {
	key int64
	id  string
}

func (p place) second() int64 { return p.key >> keyBits }

// edgeOf returns the event that a query's window starts after, nil for none.
func edgeOf(ctx context.Context, c *conn, q archive.Query) (*place, error) {
	field, id := "before", q.Before
	if q.After != "" {
		field, id = "after", q.After
	}
	if id == "" {
		return nil, nil
	}
	p := &place{id: id}
	found, err := c.first(ctx, `SELECT key FROM events WHERE id = ?`, []any{id}, func(r row) { p.key = r.integer(0) })
	if err == nil && !found {
		err = archive.UnknownCursor(field, id)
	}
	return p, err
}

// window reads a window of a selection that SQL alone decides. It walks keys,
// which are in the order of seconds, and puts the events of one second in the
// order of their ids.
type window struct {
	a   *Archive
	ctx context.Context
	c   *conn
	selection

	edge *place // start after this event; nil: from the newest
	up   bool   // towards newer events
	skip int    // still to leave out
	want int    // still to find

	events []services.Event
}

const (
	jumpFrom   = 200 // an offset from which on keys are counted rather than rows read
	largeGroup = 500 // events of one second that are not read to be put in order
)

// read reads the window.
func (w *window) read() error {
	bound := w.start()
	if w.skip >= jumpFrom {
		beyond, err := w.jump(&bound)
		if beyond || err != nil {
			return err
		}
	}
	for {
		large, err := w.walk(bound)
		if err != nil || large < 0 {
			return err
		}
		if err := w.readLarge(large); err != nil || w.want == 0 {
			return err
		}
		if bound = lastKey(large) + 1; !w.up {
			if bound = firstKey(large) - 1; bound < 0 {
				return nil
			}
		}
	}
}

// beyond is the SQL for keys from a bound on, and the order of the walk.
func (w *window) beyond() (condition, order string) {
	if w.up {
		return " AND e.key >= ?", " ORDER BY e.key"
	}
	return " AND e.key <= ?", " ORDER BY e.key DESC"
}

// from is the SQL up to the selection's condition.
func (w *window) from(columns string) string {
	return `SELECT ` + columns + ` FROM events AS e ` + w.index + ` WHERE ` + w.where
}

// with joins the selection's arguments with further ones.
func (w *window) with(more ...any) []any { return append(slices.Clone(w.args), more...) }

// jump moves the bound to the second in which the offset ends. over says that the
// selection ends before.
func (w *window) jump(bound *int64) (over bool, err error) {
	before := 0 // matching events of the edge's second that stand before it
	if w.edge != nil {
		compare := " AND e.id >= ?"
		if w.up {
			compare = " AND e.id <= ?"
		}
		n, err := w.c.integer(w.ctx, w.from("count(*)")+" AND e.key BETWEEN ? AND ?"+compare,
			w.with(firstKey(w.edge.second()), lastKey(w.edge.second()), w.edge.id)...)
		if err != nil {
			return false, err
		}
		before = int(n)
	}
	condition, order := w.beyond()
	var key int64
	found, err := w.c.first(w.ctx, w.from("e.key")+condition+order+" LIMIT 1 OFFSET ?", w.with(*bound, w.skip+before), func(r row) { key = r.integer(0) })
	if err != nil || !found {
		return true, err
	}
	second := key >> keyBits
	low, high := key+1, lastKey(second)
	*bound = high
	if w.up {
		low, high = firstKey(second), key-1
		*bound = low
	}
	inside, err := w.c.integer(w.ctx, w.from("count(*)")+" AND e.key BETWEEN ? AND ?", w.with(low, high)...)
	if err != nil {
		return false, err
	}
	w.skip = int(inside)
	if w.edge != nil && second == w.edge.second() {
		w.skip -= before
	}
	return false, nil
}

// walk reads events from a key on until it has what it wants, and returns -1; or
// until it comes to a large second, and returns that.
func (w *window) walk(bound int64) (large int64, err error) {
	condition, order := w.beyond()
	large = -1
	var group []services.Event
	second := int64(-1)
	err = w.c.each(w.ctx, w.from(eventColumns)+condition+order, w.with(bound), func(r row) error {
		if s := r.integer(0) >> keyBits; s != second {
			if w.take(group, second); w.want == 0 {
				return errEnough
			}
			group, second = group[:0], s
		}
		if len(group) == largeGroup {
			large = second
			return errEnough
		}
		e, err := w.a.eventOf(w.c, r)
		group = append(group, e)
		return err
	})
	if err == nil && large < 0 {
		w.take(group, second)
	}
	return large, err
}

// take takes the events of one second into the window.
func (w *window) take(group []services.Event, second int64) {
	slices.SortFunc(group, func(x, y services.Event) int { return w.compare(x.ID, y.ID) })
	for _, e := range group {
		switch {
		case w.edge != nil && second == w.edge.second() && w.compare(e.ID, w.edge.id) <= 0: // stands before
		case w.skip > 0:
			w.skip--
		case w.want > 0:
			w.want--
			w.events = append(w.events, e)
		}
	}
}

// compare compares two ids of one second by which comes first.
func (w *window) compare(x, y string) int {
	switch {
	case x == y:
		return 0
	case (x < y) == w.up:
		return -1
	}
	return 1
}

// readLarge takes the events of a second with many, put in order by SQLite, which
// keeps only as many as are wanted.
func (w *window) readLarge(second int64) error {
	condition, order := " AND e.key BETWEEN ? AND ?", " ORDER BY e.id DESC"
	args := w.with(firstKey(second), lastKey(second))
	compare := " AND e.id < ?"
	if w.up {
		order, compare = " ORDER BY e.id", " AND e.id > ?"
	}
	if w.edge != nil && second == w.edge.second() {
		condition += compare
		args = append(args, w.edge.id)
	}
	n, err := w.c.integer(w.ctx, w.from("count(*)")+condition, args...)
	if err != nil || int(n) <= w.skip {
		w.skip -= int(n)
		return err
	}
	err = w.c.each(w.ctx, `SELECT `+eventColumns+` FROM events AS e WHERE e.key IN (`+w.from("e.key")+condition+order+` LIMIT ? OFFSET ?)`+order,
		append(args, w.want, w.skip), func(r row) error {
			e, err := w.a.eventOf(w.c, r)
			w.events, w.want = append(w.events, e), w.want-1
			return err
		})
	w.skip = 0
	return err
}
