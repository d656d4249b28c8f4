package logs

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// detail is the event under the cursor, beside or below the list.
type detail struct {
	focused bool // it has the keyboard
	event   services.Event
	shown   bool // there is an event
	tree    *widget.JSONTree
	err     error
	guard   tui.Guard
	turn    int // counts the events looked at, for their timers
}

func newDetail(env *tui.Env) detail { return detail{tree: widget.NewJSONTree(env.Theme)} }

func (d *detail) clear() {
	d.guard.Abort()
	d.event, d.shown, d.err, d.focused = services.Event{}, false, nil, false
	d.tree.SetDocument(nil)
	d.turn++
}

// document is an event with its bytes parsed.
type document struct {
	event services.Event
	tree  *widget.JSONDocument
}

// pause is how long the cursor rests on an event before its bytes are read.
const pause = 80 * time.Millisecond

// look shows the event under the cursor; its bytes are read when the cursor
// rests on it, also where there is no room for them now: the window may grow.
func (s *Screen) look(e services.Event, ok bool) tea.Cmd {
	d := &s.detail
	switch {
	case !ok:
		d.clear()
		return nil
	case d.shown && d.event.ID == e.ID:
		return nil
	}
	first := !d.shown
	focused := d.focused
	d.clear()
	d.event, d.shown, d.focused = e, true, focused
	if first {
		return s.read()
	}
	return s.env.After(pause, tui.Later{To: s.env.ID, Tag: tagDetail + d.turn})
}

// read gets the bytes of the event that is looked at.
func (s *Screen) read() tea.Cmd {
	desk, id := s.env.Desk, s.detail.event.ID
	return tui.Ask(s.env, &s.detail.guard, "reading the event", func(ctx context.Context) (document, error) {
		e, err := desk.Logs.Event(ctx, id)
		if err != nil {
			return document{}, err
		}
		return document{e, widget.ParseJSON(e.Raw)}, nil
	})
}

func (s *Screen) gotDocument(r tui.Reply[document]) {
	d := &s.detail
	if d.err = r.Err; r.Err != nil || r.Val.event.ID != d.event.ID {
		return
	}
	d.tree.Here = d.event.ID
	d.tree.SetDocument(r.Val.tree)
}
