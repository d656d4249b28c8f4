package logs

import (
	"slices"
	"strconv"

	"bursar/services"
)

// line is one line of the list: an event of the run, or a gap where it lies in
// time.
type line struct {
	event int // its row in the run; of a gap the row below it
	gap   int // its place in the gaps, or noGap
}

const noGap = -1

func (l line) isGap() bool { return l.gap != noGap }

// setGaps takes the stretches that are not whole, in any order.
func (s *Screen) setGaps(gaps []services.LogGap) {
	s.gaps = slices.Clone(gaps)
	slices.SortStableFunc(s.gaps, func(a, b services.LogGap) int { return b.To.Compare(a.To) })
}

// missing counts the gaps that Stripe's list can still fill.
func (s *Screen) missing() (n int) {
	for _, g := range s.gaps {
		if !g.Lost {
			n++
		}
	}
	return n
}

// compose lists the run with each gap above the first event that is older than
// the gap's end. A gap beyond an end of the run shows when that end is reached.
func (s *Screen) compose() []line {
	lines := make([]line, 0, len(s.run.rows)+len(s.gaps))
	g := 0
	if len(s.run.rows) > 0 && s.run.above != 0 {
		for g < len(s.gaps) && s.gaps[g].To.After(s.run.rows[0].Created) {
			g++
		}
	}
	for i, e := range s.run.rows {
		for ; g < len(s.gaps) && !e.Created.After(s.gaps[g].To); g++ {
			lines = append(lines, line{i, g})
		}
		lines = append(lines, line{i, noGap})
	}
	if len(s.run.rows) > 0 && s.run.below == 0 {
		for ; g < len(s.gaps); g++ {
			lines = append(lines, line{len(s.run.rows), g})
		}
	}
	return lines
}

// name is what tells a line from the others however the list changes.
func (s *Screen) name(l line) string {
	if l.isGap() {
		return "gap " + strconv.FormatInt(s.gaps[l.gap].From.Unix(), 10)
	}
	return s.run.rows[l.event].ID
}

// relist lists the run and the gaps anew. The cursor stays on what it is on, at
// the same height of the window; when that is gone, where it was.
func (s *Screen) relist() {
	at, height := s.list.Cursor, s.list.Cursor-s.list.Top
	s.lines = s.compose()
	s.list.SetLen(len(s.lines))
	if s.anchor != "" {
		if i := slices.IndexFunc(s.lines, func(l line) bool { return s.name(l) == s.anchor }); i >= 0 {
			at = i
		}
	}
	s.place(at, at-height)
}

// place puts the cursor on a line with the window beginning at another one.
func (s *Screen) place(cursor, top int) {
	s.list.Top = max(top, 0)
	s.list.Select(cursor)
}

// window is the rows of the run that are seen, from inclusive and to exclusive.
func (s *Screen) window() (from, to int) {
	first, last := s.list.Window()
	if first >= last || last > len(s.lines) {
		return 0, min(s.list.Height, len(s.run.rows))
	}
	return s.lines[first].event, min(s.lines[last-1].event+1, len(s.run.rows))
}

func (s *Screen) atTop() bool { return s.list.Cursor == 0 && s.list.Top == 0 && s.run.above == 0 }
