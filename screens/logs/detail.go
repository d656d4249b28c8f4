package logs

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// detail is the event under the cursor, beside or below the list. While the next
// one is read the one before stays, so that nothing flickers as the cursor runs.
type detail struct {
	focused bool           // it has the keyboard
	want    services.Event // what is to be shown
	event   services.Event // what is shown
	shown   bool           // there is an event
	tree    *widget.JSONTree
	err     error
	guard   tui.Guard
	turn    int // counts the events looked at, for their timers
}

func newDetail(env *tui.Env) detail { return detail{tree: widget.NewJSONTree(env.Theme)} }

func (d *detail) clear() {
	d.guard.Abort()
	d.event, d.want, d.shown, d.err, d.focused = services.Event{}, services.Event{}, false, nil, false
	d.tree.SetDocument(nil)
	d.turn++
}

// document is an event's bytes, parsed; nil for none.
type document struct{ tree *widget.JSONDocument }

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
	case d.shown && d.want.ID == e.ID:
		return nil
	}
	d.guard.Abort()
	d.want = e
	d.turn++
	if !d.shown {
		d.event, d.shown = e, true
		return s.read()
	}
	return s.env.After(pause, tui.Later{To: s.env.ID, Tag: tagDetail + d.turn})
}

// read gets the bytes of the event that is looked at.
func (s *Screen) read() tea.Cmd {
	desk, id := s.env.Desk, s.detail.want.ID
	return tui.Ask(s.env, &s.detail.guard, "reading the event", func(ctx context.Context) (document, error) {
		e, err := desk.Logs.Event(ctx, id)
		if err != nil {
			return document{}, err
		}
		return document{widget.ParseJSON(e.Raw)}, nil
	})
}

// detailLines draws the event, or the gap, under the cursor.
func (s *Screen) detailLines(w, h int) []string {
	t, d := s.env.Theme, &s.detail
	if gap, ok := s.gapUnder(); ok {
		return s.gapLines(gap, w)
	}
	if !d.shown {
		return nil
	}
	lines := widget.EventHead(t, d.event, s.table.Mode, s.env.Now(), s.env.Zone, w)
	lines = layout.Block(lines, w, s.detailHead(), "")
	switch {
	case d.err != nil:
		return append(lines, widget.Failure(t, d.err, "s", w)...)
	case d.tree.Document() == nil:
		return append(lines, widget.Loading(t, "reading the event", d.guard.Waited(s.env.Now()), w, h-s.detailHead())...)
	}
	return append(lines, d.tree.Lines(d.focused)...)
}

func (s *Screen) gotDocument(r tui.Reply[document]) {
	d := &s.detail
	d.event, d.err = d.want, r.Err
	d.tree.Here = d.event.ID
	d.tree.SetDocument(r.Val.tree)
}
