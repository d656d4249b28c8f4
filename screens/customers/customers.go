// Package customers finds a customer: one types part of a name or an email, or
// pastes an id, and opens who is found. An email that nobody has yet can be made
// into a customer at once.
//
// It calls Customers.Search (the newest customers while nothing is typed) and
// Customers.Create. Routes out: Customer for the one under the cursor, Logs for
// their events.
package customers

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

// Screen is the search.
type Screen struct {
	env   *tui.Env
	keys  keySet
	move  keys.Move
	field *widget.Field
	w, h  int

	rows   []services.Customer
	more   bool   // others match too
	text   string // what rows were found for
	loaded bool
	err    error // why the last search gave nothing
	list   widget.List
	search tui.Guard
	turn   int  // counts what was typed, for the timers
	enter  bool // open what is found first

	making tui.Guard
	email  string // of the customer being made
}

type keySet struct {
	open, find, add, copy, logs, retry, clear key.Binding
	search, leave, down                       key.Binding // in the field
}

func newKeys() keySet {
	return keySet{
		open:   keys.New("enter", "open", "enter"),
		find:   keys.New("/", "search", "/"),
		add:    keys.New("a", "add a customer", "a"),
		copy:   keys.New("y", "copy id", "y"),
		logs:   keys.New("l", "logs", "l"),
		retry:  keys.New("r", "refresh", "r"),
		clear:  keys.New("esc", "show the newest", "esc"),
		search: keys.New("enter", "search", "enter"),
		leave:  keys.New("esc", "list", "esc"),
		down:   keys.New("↓", "results", "down", "tab"),
	}
}

// New makes the search; Ref is the text it begins with.
func New(env *tui.Env, r tui.Route) tui.Screen {
	s := &Screen{env: env, keys: newKeys(), move: keys.NewMove()}
	s.field = widget.NewField(env.Theme, "Customer", "name, email or cus_"+env.Theme.Symbols.Ellipsis, false)
	s.field.SetValue(r.Ref)
	if r.Ref == "" {
		s.field.Focus()
	}
	return s
}

// Init searches.
func (s *Screen) Init() tea.Cmd { return s.ask() }

// Title names the screen.
func (s *Screen) Title() string { return "Customers" }

// Capturing reports whether the search field has the keyboard.
func (s *Screen) Capturing() bool { return s.field.Focused() }

// SetSize gives the box in cells.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.list.SetSize(max(s.panes().ListH-listHead, 0))
}

// limit is how many customers are listed at most.
const limit = 50

type found struct {
	text string
	rows []services.Customer
	more bool
}

// ask searches for what is typed now.
func (s *Screen) ask() tea.Cmd {
	s.turn++
	desk, text := s.env.Desk, s.field.Value()
	return tui.Ask(s.env, &s.search, "searching for customers", func(ctx context.Context) (found, error) {
		rows, more, err := desk.Customers.Search(ctx, text, limit)
		return found{text, rows, more}, err
	})
}

// came takes the result of a search in: the cursor stays on the same customer
// while the text is the same, otherwise it goes to the first.
func (s *Screen) came(f found, err error) tea.Cmd {
	enter := s.enter
	s.enter = false
	if s.err = err; err != nil {
		if s.loaded {
			return tui.Fail(err)
		}
		return nil
	}
	at, had := s.selected()
	had = had && f.text == s.text && s.loaded
	s.rows, s.more, s.text, s.loaded = f.rows, f.more, f.text, true
	s.list.SetLen(s.rowCount())
	s.SetSize(s.w, s.h)
	if !had {
		s.list.Select(0)
	}
	for i, c := range s.rows {
		if had && c.ID == at.ID {
			s.list.Select(i)
		}
	}
	if enter {
		return s.open()
	}
	return nil
}

// offer returns the email that a customer can be made with: what was searched,
// when it is an email and nobody found has it.
func (s *Screen) offer() string {
	if !s.loaded || services.CheckEmail(s.text) != nil || s.text != s.field.Value() {
		return ""
	}
	for _, c := range s.rows {
		if strings.EqualFold(c.Email, s.text) && !c.Deleted {
			return ""
		}
	}
	return s.text
}

// rowCount is the customers found, and one for the offer.
func (s *Screen) rowCount() int {
	if s.offer() != "" {
		return len(s.rows) + 1
	}
	return len(s.rows)
}

// selected returns the customer under the cursor.
func (s *Screen) selected() (services.Customer, bool) {
	if s.list.Cursor >= len(s.rows) {
		return services.Customer{}, false
	}
	return s.rows[s.list.Cursor], true
}

// isID reports whether a text is a customer's id.
func isID(text string) bool {
	rest, ok := strings.CutPrefix(text, "cus_")
	return ok && rest != "" && !strings.ContainsFunc(rest, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// pause is how long typing rests before it is searched for.
const pause = 200 * time.Millisecond
