// Package customer is one customer: who they are, what they subscribe to and what
// happened lately. From here one sells to them, opens their billing portal or
// reads their whole log.
//
// It calls Customers.Get, Customers.Subscriptions and Customers.Logs. Routes out:
// Event for the event under the cursor, Logs for all of them, Portal for the
// billing portal, the Products tab with this customer in the cart.
package customer

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// Screen is one customer.
type Screen struct {
	env   *tui.Env
	id    string
	keys  keySet
	move  keys.Move
	w, h  int
	aside bool // the facts have the keyboard
	facts widget.Scroll

	customer services.Customer
	known    bool
	err      error
	who      tui.Guard

	subs    []services.Subscription
	subsOK  bool
	subsErr error
	what    tui.Guard

	table     widget.EventTable
	list      widget.List
	events    []services.Event
	total     int
	logOK     bool
	logErr    error
	log       tui.Guard
	dirty     bool // something changed since the log was asked for
	throttled bool
}

type keySet struct {
	open, sell, portal, logs, copy, time, pane, retry key.Binding
}

// New makes the page of the customer whose id is Ref.
func New(env *tui.Env, r tui.Route) tui.Screen {
	return &Screen{env: env, id: r.Ref, move: keys.NewMove(),
		table: widget.EventTable{Theme: env.Theme, Zone: env.Zone},
		keys: keySet{
			open:   keys.New("enter", "open event", "enter"),
			sell:   keys.New("b", "sell to them", "b"),
			portal: keys.New("o", "billing portal", "o"),
			logs:   keys.New("l", "all logs", "l"),
			copy:   keys.New("y", "copy id", "y"),
			time:   keys.New("t", "time", "t"),
			pane:   keys.New("tab", "pane", "tab", "shift+tab"),
			retry:  keys.New("r", "refresh", "r"),
		}}
}

// Init reads everything.
func (s *Screen) Init() tea.Cmd { return tea.Batch(s.askWho(), s.askWhat(), s.askLog()) }

// Title names the screen.
func (s *Screen) Title() string { return "Customer" }

// Capturing is always false: nothing is typed here.
func (s *Screen) Capturing() bool { return false }

func (s *Screen) askWho() tea.Cmd {
	desk, id := s.env.Desk, s.id
	return tui.Ask(s.env, &s.who, "reading the customer", func(ctx context.Context) (services.Customer, error) {
		return desk.Customers.Get(ctx, id)
	})
}

func (s *Screen) askWhat() tea.Cmd {
	desk, id := s.env.Desk, s.id
	return tui.Ask(s.env, &s.what, "reading the subscriptions", func(ctx context.Context) ([]services.Subscription, error) {
		return desk.Customers.Subscriptions(ctx, id)
	})
}

// latest is how many events are shown here; the log has them all.
const latest = 50

func (s *Screen) askLog() tea.Cmd {
	desk, id := s.env.Desk, s.id
	s.dirty = false
	return tui.Ask(s.env, &s.log, "reading the customer's events", func(ctx context.Context) (services.LogPage, error) {
		return desk.Customers.Logs(ctx, services.LogQuery{Customer: id, Limit: new(latest)})
	})
}

// refreshEvery is the least time between two readings of the log.
const refreshEvery = 250 * time.Millisecond

// Update takes keys, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tui.Reply[services.Customer]:
		if s.who.Accept(msg.Req) {
			return s.gotWho(msg.Val, msg.Err)
		}
	case tui.Reply[[]services.Subscription]:
		if s.what.Accept(msg.Req) {
			return s.gotWhat(msg.Val, msg.Err)
		}
	case tui.Reply[services.LogPage]:
		if s.log.Accept(msg.Req) {
			return s.gotLog(msg.Val, msg.Err)
		}
	case tui.ChangeMsg:
		switch msg.Kind {
		case services.ChangeEvents:
			return s.changed()
		case services.ChangeResync, services.ChangeReturned:
			return s.Init()
		}
	case tui.Later:
		s.throttled = false
		if s.dirty {
			return s.changed()
		}
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return nil
}

// changed reads the log again, at once or as soon as it may. Only when it holds
// something new is Stripe asked about the rest.
func (s *Screen) changed() tea.Cmd {
	if s.throttled || s.log.Pending() {
		s.dirty = true
		return nil
	}
	s.throttled = true
	return tea.Batch(s.askLog(), s.env.After(refreshEvery, tui.Later{To: s.env.ID}))
}

func (s *Screen) gotWho(c services.Customer, err error) tea.Cmd {
	if err != nil {
		if s.known {
			return tui.Fail(err)
		}
		s.err = err
		return nil
	}
	s.customer, s.known, s.err = c, true, nil
	s.SetSize(s.w, s.h)
	return nil
}

func (s *Screen) gotWhat(subs []services.Subscription, err error) tea.Cmd {
	if s.subsErr = err; err == nil {
		s.subs, s.subsOK = subs, true
	}
	s.SetSize(s.w, s.h)
	return nil
}

func (s *Screen) gotLog(page services.LogPage, err error) tea.Cmd {
	if s.logErr = err; err != nil {
		return nil
	}
	grown := s.logOK && page.Total != s.total
	at := ""
	if s.list.Cursor > 0 && s.list.Cursor < len(s.events) {
		at = s.events[s.list.Cursor].ID
	}
	before := s.list.Cursor
	s.events, s.total, s.logOK = page.Events, page.Total, true
	s.list.SetLen(len(s.events))
	for i, e := range s.events {
		if e.ID == at {
			s.list.Top += i - before
			s.list.Select(i)
		}
	}
	s.SetSize(s.w, s.h)
	if grown {
		return tea.Batch(s.askWho(), s.askWhat(), s.again())
	}
	return s.again()
}

// again reads the log once more when something changed while it was read.
func (s *Screen) again() tea.Cmd {
	if s.dirty && !s.throttled {
		return s.changed()
	}
	return nil
}
