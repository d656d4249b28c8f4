// Package event is one event: what it says in words, and its bytes as a JSON tree
// with folding, search and copying, or as text when they are not JSON.
//
// It calls Logs.Event. Routes out: Customer for its customer or a "cus_…" in the
// JSON, Event for another event named there.
package event

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// Screen is one event.
type Screen struct {
	env  *tui.Env
	id   string
	keys keySet
	mode widget.TimeMode
	w, h int

	event  services.Event
	loaded bool
	err    error
	guard  tui.Guard
	tree   *widget.JSONTree
}

// keySet are the screen's own keys; the tree has its own.
type keySet struct {
	customer, id, time, retry key.Binding
}

// document is an event with its bytes parsed.
type document struct {
	event services.Event
	tree  *widget.JSONDocument
}

// New makes the page of the event whose id is Ref.
func New(env *tui.Env, r tui.Route) tui.Screen {
	s := &Screen{env: env, id: r.Ref, tree: widget.NewJSONTree(env.Theme), keys: keySet{
		customer: keys.New("c", "customer", "c"),
		id:       keys.New("i", "copy id", "i"),
		time:     keys.New("t", "time", "t"),
		retry:    keys.New("r", "try again", "r"),
	}}
	s.tree.When = func(t time.Time) string { return s.mode.Note(env.Now(), t, env.Zone) }
	return s
}

// Init reads the event.
func (s *Screen) Init() tea.Cmd {
	desk, id := s.env.Desk, s.id
	return tui.Ask(s.env, &s.guard, "reading the event", func(ctx context.Context) (document, error) {
		e, err := desk.Logs.Event(ctx, id)
		if err != nil {
			return document{}, err
		}
		return document{e, widget.ParseJSON(e.Raw)}, nil
	})
}

// Title names the screen.
func (s *Screen) Title() string { return "Event" }

// Capturing reports whether the search has the keyboard.
func (s *Screen) Capturing() bool { return s.tree.Finding() }

// SetSize gives the box in cells.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.tree.SetSize(w, max(h-len(s.head()), 0))
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	if s.tree.Finding() {
		return s.tree.Bindings()
	}
	k.customer.SetEnabled(s.event.Customer != "")
	k.id.SetEnabled(s.loaded)
	k.time.SetEnabled(s.loaded)
	k.retry.SetEnabled(s.err != nil)
	return append(s.tree.Bindings(), k.time, k.customer, k.id, k.retry)
}

// Update takes keys and replies.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tui.Reply[document]:
		if s.guard.Accept(msg.Req) {
			s.came(msg.Val, msg.Err)
		}
	case tea.MouseMsg:
		msg.Y -= len(s.head())
		s.tree.Update(msg)
	case tea.KeyMsg:
		act, taken := s.tree.Update(msg)
		switch {
		case act.Copy != "":
			return tui.Copy(act.Copy, act.What)
		case act.Follow != "":
			return s.follow(act.Follow)
		case !taken:
			return s.key(msg)
		}
	}
	return nil
}

func (s *Screen) came(d document, err error) {
	if s.err = err; err != nil {
		return
	}
	s.event, s.loaded = d.event, true
	s.tree.Here = s.event.ID
	s.tree.SetDocument(d.tree)
	s.SetSize(s.w, s.h)
}

// follow shows what an id in the JSON names.
func (s *Screen) follow(id string) tea.Cmd {
	if strings.HasPrefix(id, "cus_") {
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: id})
	}
	return tui.Go(tui.Route{Kind: tui.Event, Ref: id})
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, s.keys.customer) && s.event.Customer != "":
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: s.event.Customer})
	case key.Matches(k, s.keys.id) && s.loaded:
		return tui.Copy(s.event.ID, "event id")
	case key.Matches(k, s.keys.time):
		s.mode = s.mode.Next()
		s.SetSize(s.w, s.h)
	case key.Matches(k, s.keys.retry) && s.err != nil:
		return s.Init()
	}
	return nil
}
