package logs

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// pageSize is how many events are read at once, and pageMargin how near the edge
// of those that are held the window may come before the next page is read.
const (
	pageSize   = 200
	pageMargin = 60
)

// searchWithin is how long a page may take: a filter that no index serves looks at
// every event of the archive. Esc ends it sooner.
const searchWithin = 30 * time.Minute

// want is which page is asked for.
type want int

const (
	newest want = iota
	older       // the one below the run
	newer       // the one above it
	oldest
)

// reading is the page that is being read.
type reading struct {
	guard    tui.Guard
	want     want
	jump     bool                 // the cursor goes along, to the end that is read
	begun    bool                 // some of the newest page is in the run
	progress services.LogProgress // how far it has come; what it was when it is stopped
	found    int                  // events found so far
	stopped  bool                 // a person stopped it: nothing is read until they say
	before   *reading             // what a jump is in the place of
}

// ask reads a page.
func (s *Screen) ask(w want) tea.Cmd {
	q := services.LogQuery{Customer: s.customer, Where: s.filter.where, Limit: new(pageSize)}
	switch n := len(s.run.rows); {
	case w == older && n > 0:
		q.Before = s.run.rows[n-1].ID
	case w == newer && n > 0:
		q.After = s.run.rows[0].ID
	case w == oldest:
		q.Last = true
	}
	p := &s.pages
	*p = reading{guard: p.guard, want: w}
	desk := s.env.Desk
	return tui.AskParts(s.env, &p.guard, searchWithin, "reading the events", func(ctx context.Context, tell func(services.LogProgress)) (services.LogPage, error) {
		q.Progress = tell
		if q.Customer != "" {
			return desk.Customers.Logs(ctx, q)
		}
		return desk.Logs.List(ctx, q)
	})
}

// jumpTo reads the page at an end of the archive and puts the cursor there.
func (s *Screen) jumpTo(w want) tea.Cmd {
	s.giveUpJump()
	before := s.pages
	before.guard = tui.Guard{}
	cmd := s.ask(w)
	s.pages.jump, s.pages.before = true, &before
	return cmd
}

// giveUpJump ends a jump that a person does not wait for, as if it had not been
// asked for.
func (s *Screen) giveUpJump() {
	p := &s.pages
	if !p.jump || p.begun || !p.guard.Pending() {
		return
	}
	p.guard.Abort()
	guard := p.guard
	*p = *p.before
	p.guard = guard
}

// need reads the next page when the window comes near an end of the run.
func (s *Screen) need() tea.Cmd {
	p := &s.pages
	if !s.loaded || p.stopped || p.guard.Pending() && (p.want == newest || p.want == oldest) {
		return nil
	}
	from, to := s.window()
	wants := []want{}
	if to+pageMargin > len(s.run.rows) && s.run.below != 0 {
		wants = append(wants, older)
	}
	if from < pageMargin && s.run.above != 0 {
		wants = append(wants, newer)
	}
	for _, w := range wants {
		if p.guard.Pending() && p.want == w {
			return nil
		}
	}
	if len(wants) == 0 {
		return nil
	}
	return s.ask(wants[0])
}

// told takes in what a query has found while it goes on. Pages above the run are
// taken whole: their order is not the one they are found in.
func (s *Screen) told(parts []services.LogProgress) tea.Cmd {
	p := &s.pages
	var found []services.Event
	for _, part := range parts {
		found = append(found, part.Found...)
		part.Found = nil
		p.progress = part
	}
	p.found += len(found)
	s.SetSize(s.w, s.h)
	if len(found) == 0 || p.want == newer || p.want == oldest {
		return nil
	}
	stick := s.live.follow && s.atTop()
	if p.want == newest && !p.begun {
		s.startOver()
	}
	s.run.merge(found)
	s.loaded, s.err = true, nil
	return s.took(stick)
}

// startOver empties the run for the newest page, whose first events are here.
func (s *Screen) startOver() {
	s.pages.begun = true
	s.run = run{above: 0, below: unknown}
	s.anchor = ""
	s.lines = nil
	s.place(0, 0)
}

// came takes a page in.
func (s *Screen) came(page services.LogPage, err error) tea.Cmd {
	p := &s.pages
	if err != nil {
		if s.loaded {
			return tui.Fail(err)
		}
		s.err = err
		s.SetSize(s.w, s.h)
		return nil
	}
	if p.want == newest && !p.begun {
		s.startOver()
	}
	stick := s.live.follow && s.atTop()
	s.err, s.loaded = nil, true
	switch p.want {
	case newest:
		s.run.begin(page)
	case oldest:
		s.run.finish(page, pageSize, s.run.total())
		s.anchor, stick = "", false
	case older:
		s.run.older(page)
	case newer:
		s.run.newer(page, pageSize)
	}
	cmd := s.took(stick)
	if p.want == newest || p.want == oldest {
		return tea.Batch(cmd, s.listen(page.Position))
	}
	return cmd
}

// took lists what has been taken in and gives up what is far away. stick keeps
// the cursor at the top.
func (s *Screen) took(stick bool) tea.Cmd {
	s.relist()
	switch {
	case stick:
		s.place(0, 0)
	case s.anchor == "" && s.pages.want == oldest:
		s.list.Select(len(s.lines) - 1)
	}
	s.hold()
	if s.run.trim(s.window()) {
		s.relist()
	}
	s.SetSize(s.w, s.h)
	return s.settle()
}

// hold remembers what is under the cursor.
func (s *Screen) hold() {
	s.anchor = ""
	if l, ok := s.under(); ok {
		s.anchor = s.name(l)
	}
}

// settle remembers what is under the cursor after anything moved, and reads the
// rows that are needed next and the event's bytes.
func (s *Screen) settle() tea.Cmd {
	s.hold()
	if s.list.Top == 0 && s.run.above == 0 {
		s.live.fresh = 0
	}
	e, ok := s.selected()
	return tea.Batch(s.need(), s.look(e, ok))
}

// searches reports whether a query has run for so long that a person sees it.
func (s *Screen) searches() bool { return s.pages.guard.Waited(s.env.Now()) > tui.SkeletonAfter }

// stop ends the query that runs; what it found stays. A jump that is stopped
// leads nowhere.
func (s *Screen) stop() tea.Cmd {
	p := &s.pages
	if p.jump && !p.begun {
		s.giveUpJump()
		return nil
	}
	p.guard.Abort()
	p.stopped = true
	if !s.loaded {
		s.loaded = true
		s.run = run{below: unknown}
	}
	s.SetSize(s.w, s.h)
	cmd := s.settle()
	if !s.live.guard.Pending() {
		return tea.Batch(cmd, s.listen(s.live.position))
	}
	return cmd
}

// goOn reads on where a query was stopped: below what it found.
func (s *Screen) goOn() tea.Cmd {
	switch {
	case len(s.run.rows) == 0:
		s.loaded = false
		return s.ask(newest)
	case s.pages.want == newest:
		return s.ask(older)
	}
	return s.ask(s.pages.want)
}
