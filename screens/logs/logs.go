// Package logs is the log: every event bursar has seen, or one customer's, newest
// first, with the JSON of the one under the cursor beside it in a wide window.
//
// It is a window over the archive: Logs.List (or Customers.Logs) gives the pages
// on either side of the rows that are held, by the ids at their ends; Logs.Follow
// gives what arrives while one looks, which never moves what one is looking at.
// Logs.Filter reads what is typed in the filter line, Logs.Types counts the kinds
// for it, Logs.Event has the bytes of one event, Logs.Health the gaps, and
// Logs.Sync or Logs.Backfill read what is missing from Stripe.
//
// Routes out: Event for the event under the cursor, Customer for its customer.
package logs

import (
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
	filter   filter
	keys     keySet
	move     keys.Move
	table    widget.EventTable
	w, h     int

	run    run
	gaps   []services.LogGap // newest first
	lines  []line            // what is listed: the run with the gaps in their places
	list   widget.List       // over lines
	anchor string            // what is under the cursor
	loaded bool
	err    error // why there is nothing to show

	pages  reading
	live   live
	stripe sync
	health tui.Guard
	stored int // events in the archive
	entry  entry
	picker picker
	detail detail
}

// filter is what the events listed are selected by.
type filter struct {
	text  string // as it was typed; empty for every event
	where json.RawMessage
}

// ofType is the filter for one event type.
func ofType(kind string) filter {
	where, _ := json.Marshal(map[string]string{"type": kind})
	return filter{"type:" + kind, where}
}

// New makes the log of a customer (Ref) or of all, filtered by a type (Arg) or
// not.
func New(env *tui.Env, r tui.Route) tui.Screen {
	s := &Screen{env: env, customer: r.Ref, keys: newKeys(), move: keys.NewMove()}
	if r.Arg != "" {
		s.filter = ofType(r.Arg)
	}
	s.live.follow = true
	s.table = widget.EventTable{Theme: env.Theme, Zone: env.Zone, Customer: r.Ref == ""}
	s.entry = newEntry(env)
	s.picker = newPicker(env)
	s.detail = newDetail(env)
	s.detail.tree.When = func(t time.Time) string { return s.table.Mode.Note(env.Now(), t, env.Zone) }
	return s
}

// Init reads the newest events and where there are gaps.
func (s *Screen) Init() tea.Cmd { return tea.Batch(s.ask(newest), s.askHealth()) }

// Leave ends what is read only to be shown. What Stripe was asked for goes on.
func (s *Screen) Leave() {
	s.pages.guard.Abort()
	s.live.guard.Abort()
	s.detail.guard.Abort()
}

// Title names the screen.
func (s *Screen) Title() string { return "Logs" }

// Capturing reports whether the filter line, the choice of types or the search in
// the JSON has the keyboard.
func (s *Screen) Capturing() bool {
	return s.entry.open || s.picker.open || s.detail.focused && s.detail.tree.Finding()
}

// SetSize gives the box in cells.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	p := s.panes()
	s.list.SetSize(max(p.ListH-listHead, 0))
	s.picker.list.SetSize(max(p.ListH-listHead, 0))
	s.table.Fit(p.ListW, s.run.rows)
	s.detail.tree.SetSize(p.DetailW, max(p.DetailH-s.detailHead(), 0))
	if !s.split() {
		s.detail.focused = false
	}
}

// show lists another selection of events from its top.
func (s *Screen) show(f filter) tea.Cmd {
	s.filter = f
	s.run, s.loaded, s.err = run{}, false, nil
	s.anchor, s.live.fresh = "", 0
	s.live.guard.Abort()
	s.relist()
	s.detail.clear()
	s.SetSize(s.w, s.h)
	return s.ask(newest)
}

// selected returns the event under the cursor.
func (s *Screen) selected() (services.Event, bool) {
	if l, ok := s.under(); ok && !l.isGap() {
		return s.run.rows[l.event], true
	}
	return services.Event{}, false
}

// under returns the line under the cursor.
func (s *Screen) under() (line, bool) {
	if s.list.Cursor >= len(s.lines) {
		return line{}, false
	}
	return s.lines[s.list.Cursor], true
}
