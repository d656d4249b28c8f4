package logs

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// The timers' tags: the refresh's, and from tagDetail on one for each event
// looked at.
const (
	tagRefresh = iota
	tagDetail
)

// refreshEvery is the least time between two refreshes, however fast events
// come.
const refreshEvery = 250 * time.Millisecond

// changed reads the page again, at once or as soon as it may.
func (s *Screen) changed() tea.Cmd {
	if s.page.Pending() || s.throttled {
		s.dirty = true
		return nil
	}
	return s.refresh()
}

func (s *Screen) refresh() tea.Cmd {
	s.throttled = true
	offset := s.base
	if s.atTop() {
		offset = 0
	}
	return tea.Batch(s.ask(offset), s.env.After(refreshEvery, tui.Later{To: s.env.ID, Tag: tagRefresh}))
}

// rested lets the next refresh happen.
func (s *Screen) rested() tea.Cmd {
	s.throttled = false
	if s.dirty && !s.page.Pending() {
		return s.refresh()
	}
	return nil
}

func (s *Screen) atTop() bool { return s.list.Cursor == 0 && s.list.Top == 0 }

// came takes a page in.
func (s *Screen) came(page services.LogPage, err error) tea.Cmd {
	if err != nil {
		s.again = false
		if s.loaded {
			return tui.Fail(err)
		}
		s.err = err
		s.SetSize(s.w, s.h)
		return nil
	}
	first, more := !s.loaded, page.Total-s.total
	at, top := s.list.Cursor, s.list.Top
	stick := s.follow && s.atTop()
	s.err, s.loaded = nil, true
	s.rows, s.base, s.total = page.Events, page.Offset, page.Total
	s.list.SetLen(s.total)
	s.SetSize(s.w, s.h)
	if first || stick {
		s.fresh = 0
		s.list.Select(0)
		return s.settle()
	}
	s.fresh += max(more, 0)
	to, found := s.find(s.anchor)
	switch {
	case found:
	case s.anchor == "" || s.again:
		to = at + more
	case more != 0 && !s.again:
		// The anchor moved out of this page: it is as far down as there are new ones.
		s.again = true
		s.place(at+more, top+more)
		return s.ask(s.list.Top + s.list.Height/2 - pageSize/2)
	default:
		to = at
	}
	s.again = false
	s.place(to, top+to-at)
	return s.settle()
}

// place puts the cursor on a row with the window beginning at another one.
func (s *Screen) place(cursor, top int) {
	s.list.Top = max(top, 0)
	s.list.Select(cursor)
}

func (s *Screen) find(id string) (int, bool) {
	if id == "" {
		return 0, false
	}
	for i, e := range s.rows {
		if e.ID == id {
			return s.base + i, true
		}
	}
	return 0, false
}

// settle remembers what is under the cursor after anything moved, reads the rows
// that are needed next and the event's bytes.
func (s *Screen) settle() tea.Cmd {
	s.anchor = ""
	e, ok := s.selected()
	if ok {
		s.anchor = e.ID
	}
	if s.list.Top == 0 {
		s.fresh = 0
	}
	return tea.Batch(s.need(), s.look(e, ok))
}

// need reads the page around the window when the window comes near the edge of
// what is read.
func (s *Screen) need() tea.Cmd {
	from, to := s.list.Window()
	covered := func(base, n, margin int) bool {
		return base <= max(from-margin, 0) && min(to+margin, s.total) <= base+n
	}
	switch {
	case !s.loaded, covered(s.base, len(s.rows), pageMargin):
		return nil
	case s.page.Pending() && covered(s.asked, pageSize, 0):
		return nil
	}
	offset := max(min(from+s.list.Height/2-pageSize/2, s.total-pageSize), 0)
	if offset == s.base && !s.page.Pending() {
		return nil // the archive gave less than it counted: asking again would not end
	}
	return s.ask(offset)
}
