package logs

import (
	"slices"

	"bursar/services"
)

// run is an unbroken stretch of the events that match, newest first, and how many
// more of them there are on either side. Moving through the archive reads the
// next page from an end of it, so that the ten thousandth costs what the first
// one does.
type run struct {
	rows  []services.Event
	above int // newer ones that are not in rows, or unknown
	below int // older ones that are not in rows, or unknown
}

// unknown is a count that nobody made.
const unknown = -1

// stands reports whether a stands above b in the list: by created, then by id,
// the largest first.
func stands(a, b services.Event) bool {
	if !a.Created.Equal(b.Created) {
		return a.Created.After(b.Created)
	}
	return a.ID > b.ID
}

// total is how many match in all, or unknown.
func (r *run) total() int {
	if r.above == unknown || r.below == unknown {
		return unknown
	}
	return r.above + len(r.rows) + r.below
}

// counted is how many are known to match.
func (r *run) counted() int { return max(r.above, 0) + len(r.rows) + max(r.below, 0) }

// place is where an event stands or would stand, and whether it is there.
func (r *run) place(e services.Event) (at int, there bool) {
	return slices.BinarySearchFunc(r.rows, e, func(row, e services.Event) int {
		switch {
		case row.ID == e.ID:
			return 0
		case stands(row, e):
			return -1
		}
		return 1
	})
}

// merge puts events in their places, each once, and says how many are new.
func (r *run) merge(events []services.Event) (added int) {
	for _, e := range events {
		if at, there := r.place(e); !there {
			r.rows = slices.Insert(r.rows, at, e)
			added++
		}
	}
	return added
}

// begin makes the run of the newest page. What was told of it before stays.
func (r *run) begin(page services.LogPage) {
	r.merge(page.Events)
	r.above = 0
	switch {
	case !page.More && page.Total <= len(page.Events), len(page.Events) == 0:
		r.below = 0
	case page.Total >= 0:
		r.below = max(page.Total-len(page.Events), 1)
	default:
		r.below = unknown
	}
}

// finish makes the run of the oldest page: less than limit is all there is.
// total is how many match, or unknown.
func (r *run) finish(page services.LogPage, limit, total int) {
	*r = run{below: 0, above: unknown}
	r.merge(page.Events)
	switch {
	case len(page.Events) < limit:
		r.above = 0
	case page.Total >= 0:
		r.above = max(page.Total-len(r.rows), 0)
	case total >= 0:
		r.above = max(total-len(r.rows), 1)
	}
}

// older adds the page below.
func (r *run) older(page services.LogPage) {
	added := r.merge(page.Events)
	r.below = left(r.below, added, added == 0 || !page.More)
}

// newer adds the page above: less than limit is all there is.
func (r *run) newer(page services.LogPage, limit int) {
	added := r.merge(page.Events)
	r.above = left(r.above, added, added == 0 || len(page.Events) < limit)
}

// left is what is left of a count when some of it were read; end says that they
// were the last.
func left(n, read int, end bool) int {
	switch {
	case end:
		return 0
	case n == unknown:
		return unknown
	}
	return max(n-read, 1)
}

// arrive takes an event in that has just become visible in the archive. Outside
// of the run it only counts.
func (r *run) arrive(e services.Event) {
	at, there := r.place(e)
	switch {
	case there:
	case at == 0 && len(r.rows) > 0 && r.above != 0:
		if r.above > 0 {
			r.above++
		}
	case at == len(r.rows) && len(r.rows) > 0 && r.below != 0:
		if r.below > 0 {
			r.below++
		}
	default:
		r.rows = slices.Insert(r.rows, at, e)
	}
}

// keep is how many rows on either side of those that are seen are held.
const keep = 2 * pageSize

// trim gives up the rows that are far from those between from and to, and reports
// whether there were any.
func (r *run) trim(from, to int) (changed bool) {
	before := len(r.rows)
	if n := len(r.rows) - (to + keep); n > 0 {
		r.rows = slices.Delete(r.rows, len(r.rows)-n, len(r.rows))
		if r.below != unknown {
			r.below += n
		}
	}
	if n := from - keep; n > 0 {
		r.rows = slices.Delete(r.rows, 0, n)
		if r.above != unknown {
			r.above += n
		}
	}
	return len(r.rows) != before
}
