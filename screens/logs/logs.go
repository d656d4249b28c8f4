// Package logs is the log: every event bursar has seen, or one customer's, newest
// first, with the JSON of the one under the cursor beside it in a wide window.
//
// It is a window over the archive: Logs.List (or Customers.Logs) gives a page
// around the rows that are seen, Logs.Event the bytes of one event, Logs.Types
// the kinds to filter by, Logs.Sync reads what is missing from Stripe. New events
// appear while one looks and never move what one is looking at.
//
// Routes out: Event for the event under the cursor, Customer for its customer.
package logs

import (
	"context"
	"encoding/json"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// Screen is the log.
type Screen struct {
	env      *tui.Env
	customer string // "cus_…"; empty for every customer
	kind     string // an event type; empty for every type
	keys     keySet
	move     keys.Move
	table    widget.EventTable
	w, h     int

	list   widget.List      // over all events that match
	rows   []services.Event // the page that is read, from base on
	base   int
	total  int
	loaded bool
	err    error  // why there is nothing to show
	anchor string // the event under the cursor

	page      tui.Guard
	asked     int  // the offset of the pending page
	again     bool // the pending page was asked for because the one before missed the anchor
	dirty     bool // something changed since the last page was asked for
	throttled bool // a refresh was made just now

	follow bool // new events appear while the cursor is at the top
	fresh  int  // events that came since and are above what is seen

	reading tui.Guard // Logs.Sync
	filter  filter
	detail  detail
}

// New makes the log of a customer (Ref) or of all, filtered by a type (Arg) or
// not.
func New(env *tui.Env, r tui.Route) tui.Screen {
	s := &Screen{env: env, customer: r.Ref, kind: r.Arg, keys: newKeys(), move: keys.NewMove(), follow: true}
	s.table = widget.EventTable{Theme: env.Theme, Zone: env.Zone, Customer: r.Ref == ""}
	s.filter = newFilter(env)
	s.detail = newDetail(env)
	s.detail.tree.When = func(t time.Time) string { return s.table.Mode.Note(env.Now(), t, env.Zone) }
	return s
}

// Init reads the newest events.
func (s *Screen) Init() tea.Cmd { return s.ask(0) }

// Title names the screen.
func (s *Screen) Title() string { return "Logs" }

// Capturing reports whether the filter or the search in the JSON has the
// keyboard.
func (s *Screen) Capturing() bool {
	return s.filter.open || s.detail.focused && s.detail.tree.Finding()
}

// SetSize gives the box in cells.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	p := s.panes()
	s.list.SetSize(max(p.ListH-listHead, 0))
	s.filter.list.SetSize(max(p.ListH-listHead, 0))
	s.table.Fit(p.ListW, s.rows)
	s.detail.tree.SetSize(p.DetailW, max(p.DetailH-s.detailHead(), 0))
	if !s.split() {
		s.detail.focused = false
	}
}

// pageSize is how many events are read at once, and pageMargin how near the edge
// of them the window may come before the next page is read, in events.
const (
	pageSize   = 200
	pageMargin = 40
)

// ask reads the page at an offset.
func (s *Screen) ask(offset int) tea.Cmd {
	q := services.LogQuery{Customer: s.customer, Limit: new(pageSize), Offset: max(offset, 0)}
	if s.kind != "" {
		q.Where, _ = json.Marshal(map[string]string{"type": s.kind})
	}
	s.asked, s.dirty = q.Offset, false
	desk := s.env.Desk
	return tui.Ask(s.env, &s.page, "reading the events", func(ctx context.Context) (services.LogPage, error) {
		if q.Customer != "" {
			return desk.Customers.Logs(ctx, q)
		}
		return desk.Logs.List(ctx, q)
	})
}

// reset shows another selection of events from its top.
func (s *Screen) reset() tea.Cmd {
	s.rows, s.base, s.total, s.loaded, s.err = nil, 0, 0, false, nil
	s.anchor, s.fresh, s.again = "", 0, false
	s.list.SetLen(0)
	s.table.Customer = s.customer == ""
	s.detail.clear()
	s.SetSize(s.w, s.h)
	return s.ask(0)
}

// at returns the event at a place of the list when it is read.
func (s *Screen) at(i int) (services.Event, bool) {
	if i < s.base || i >= s.base+len(s.rows) {
		return services.Event{}, false
	}
	return s.rows[i-s.base], true
}

// selected returns the event under the cursor when it is read.
func (s *Screen) selected() (services.Event, bool) { return s.at(s.list.Cursor) }
