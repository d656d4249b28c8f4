package checkout

import (
	"strconv"

	"bursar/services"
)

// part is a section of the document.
type part int

const (
	noPart part = iota
	linePart
	customerPart
	optionPart
	openPart
)

// row is a line of the document that the cursor can be on.
type row struct {
	part part
	id   string // what it stays the same by
	at   int    // its place in its section
}

// rows are what the cursor can be on, top to bottom.
func (s *screen) rows() []row {
	var rows []row
	for i, l := range s.env.Cart.Lines {
		rows = append(rows, row{linePart, l.Price.ID, i})
	}
	if !s.bare() {
		rows = append(rows, row{customerPart, "", 0})
	}
	for i, o := range s.options {
		rows = append(rows, row{optionPart, o.Name + "=" + o.Value + "#" + strconv.Itoa(i), i})
	}
	for i, o := range s.open {
		rows = append(rows, row{openPart, o.ID, i})
	}
	return rows
}

// bare reports whether nothing was put together yet.
func (s *screen) bare() bool {
	return len(s.env.Cart.Lines) == 0 && len(s.options) == 0 && s.env.Cart.Customer.ID == ""
}

// settle puts the cursor back on the row it was on after anything changed; when
// that row is gone, on the one that took its place.
func (s *screen) settle() {
	rows := s.rows()
	s.list.SetSize(max(len(rows), 1))
	s.list.SetLen(len(rows))
	if s.on.part != noPart {
		for i, r := range rows {
			if r.part == s.on.part && r.id == s.on.id {
				s.list.Select(i)
				break
			}
		}
	}
	s.mark(rows)
}

// mark remembers the row under the cursor.
func (s *screen) mark(rows []row) {
	s.on = row{}
	if s.list.Cursor < len(rows) {
		s.on = rows[s.list.Cursor]
	}
}

// line is the cart's line under the cursor.
func (s *screen) line() (services.Line, bool) {
	if s.on.part != linePart || s.on.at >= len(s.env.Cart.Lines) {
		return services.Line{}, false
	}
	return s.env.Cart.Lines[s.on.at], true
}
