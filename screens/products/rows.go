package products

import (
	"strings"

	"bursar/services"
)

// identity is what a row stays the same by while rows come and go around it.
func identity(p services.Product) [2]string { return [2]string{p.PriceID, p.Name} }

// current is the row with the cursor.
func (s *screen) current() (services.Product, bool) {
	if s.list.Cursor >= len(s.shown) {
		return services.Product{}, false
	}
	return s.rows[s.shown[s.list.Cursor]], true
}

// replace shows other rows and leaves the cursor on the row it was on: the same
// place of the source when it is still the same row there, else its first
// double.
func (s *screen) replace(rows []services.Product) {
	was, had := s.current()
	s.rows = rows
	s.refilter()
	if !had {
		return
	}
	same := -1
	for i, at := range s.shown {
		if identity(rows[at]) != identity(was) {
			continue
		}
		if same < 0 || rows[at].Row == was.Row {
			same = i
		}
	}
	if same >= 0 {
		s.list.Select(same)
	}
}

// refilter finds the rows that hold every word of the filter.
func (s *screen) refilter() {
	words := strings.Fields(strings.ToLower(s.filter.Value()))
	s.shown = s.shown[:0]
	for i, p := range s.rows {
		text := strings.ToLower(strings.Join([]string{p.Name, p.Description, p.PriceID, stateWord(p.State)}, "\n"))
		ok := true
		for _, w := range words {
			ok = ok && strings.Contains(text, w)
		}
		if ok {
			s.shown = append(s.shown, i)
		}
	}
	s.list.SetLen(len(s.shown))
}

// unsellable counts the rows that cannot be put in a cart, of those that Stripe
// was asked about.
func (s *screen) unsellable() int64 {
	var n int64
	for _, p := range s.rows {
		if p.State != services.ProductUnchecked && p.State != "" && !p.Sellable() {
			n++
		}
	}
	return n
}
