package logs

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// live is what arrives while one looks.
type live struct {
	follow   bool // the cursor stays at the top when it is there
	fresh    int  // events that came since and are above what is seen
	guard    tui.Guard
	position string // where the following goes on
	deaf     error  // why nothing arrives now
	dirty    bool   // something changed while the following rested
	resting  bool   // it began or failed just now
}

// The timers' tags: that of the following's rest; from tagDetail on one for each
// event looked at; from tagCheck down one for each text of the filter line.
const (
	tagRest   = 0
	tagDetail = 1
	tagCheck  = -1
)

// restEvery is the least time between two beginnings of the following, and
// restFailed that after it failed.
const (
	restEvery  = 250 * time.Millisecond
	restFailed = 2 * time.Second
)

// listen follows the archive from a position on.
func (s *Screen) listen(from string) tea.Cmd {
	l := &s.live
	l.position, l.dirty, l.resting = from, false, true
	q := services.LogQuery{Customer: s.customer, Where: s.filter.where}
	desk := s.env.Desk
	follow := tui.Follow(s.env, &l.guard, "following the log", func(ctx context.Context, tell func(services.Arrival)) error {
		for a, err := range desk.Logs.Follow(ctx, q, from) {
			if err != nil {
				return err
			}
			a.Event.Raw = nil // the list needs none
			tell(a)
		}
		return nil
	})
	return tea.Batch(follow, s.rest(restEvery))
}

func (s *Screen) rest(d time.Duration) tea.Cmd {
	s.live.resting = true
	return s.env.After(d, tui.Later{To: s.env.ID, Tag: tagRest})
}

// rested lets the following begin again when there is a reason to.
func (s *Screen) rested() tea.Cmd {
	s.live.resting = false
	if s.live.dirty {
		return s.changed()
	}
	return nil
}

// changed makes sure that the following goes on, at once or as soon as it may.
func (s *Screen) changed() tea.Cmd {
	l := &s.live
	switch {
	case !s.loaded && s.pages.guard.Pending(), l.guard.Pending():
		return nil // it is told anyway
	case l.resting:
		l.dirty = true
		return nil
	case !s.loaded:
		return s.ask(newest)
	}
	return s.listen(l.position)
}

// ended takes the end of a following: it goes on from where it was, later when it
// failed.
func (s *Screen) ended(err error) tea.Cmd {
	if s.live.deaf = err; err == nil {
		return nil
	}
	s.live.dirty = true
	return s.rest(restFailed)
}

// arrived takes in events that have just become visible. Only at the top, and
// while following, do they move what is seen.
func (s *Screen) arrived(arrivals []services.Arrival) tea.Cmd {
	l := &s.live
	stick := l.follow && s.atTop()
	top, seen := s.topEvent()
	l.deaf = nil
	for _, a := range arrivals {
		l.position = a.Position
		s.run.arrive(a.Event)
		if !seen || stands(a.Event, top) {
			l.fresh++
		}
	}
	return s.took(stick)
}

// topEvent is the event at the top of the window.
func (s *Screen) topEvent() (services.Event, bool) {
	from, _ := s.window()
	if from >= len(s.run.rows) {
		return services.Event{}, false
	}
	return s.run.rows[from], true
}

// toggle follows or pauses. Following leads to the newest.
func (s *Screen) toggle() tea.Cmd {
	s.live.follow = !s.live.follow
	if s.live.follow {
		return tea.Batch(s.home(), s.changed())
	}
	return nil
}

// home leads to the newest event, end to the oldest.
func (s *Screen) home() tea.Cmd {
	if s.run.above != 0 {
		return s.jumpTo(newest)
	}
	s.giveUpJump()
	s.list.Select(0)
	return s.settle()
}

func (s *Screen) end() tea.Cmd {
	if s.run.below != 0 {
		return s.jumpTo(oldest)
	}
	s.giveUpJump()
	s.list.Select(len(s.lines) - 1)
	return s.settle()
}

func (s *Screen) askHealth() tea.Cmd {
	return tui.Ask(s.env, &s.health, "reading the archive's state", s.env.Desk.Logs.Health)
}

func (s *Screen) gotHealth(h services.LogHealth, err error) {
	if err != nil {
		return // the log can be read without
	}
	s.stored = h.Events
	s.setGaps(h.Gaps)
	stick := s.live.follow && s.atTop()
	s.relist()
	if stick {
		s.place(0, 0)
	}
	s.hold()
}
