// Package tui is the shell of the interface: the root model, navigation, key
// layers, status line, confirmations, help and the command palette. It knows
// screens only as the Screen interface and data only as a services.Desk.
//
// A key goes through ordered layers and exactly one takes it: an open overlay
// (confirm, palette, help), then a capturing field of the screen (ctrl keys
// excepted), then the global bindings, then the screen. Esc is the one key that
// a screen may take before the shell: with an enabled binding of its own for
// it; otherwise it goes back.
package tui

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/theme"
)

// Screen is one page of the interface. The shell calls it from one goroutine
// only. A screen is made by a Factory, may be thrown away at any moment, and
// draws within the box it was given.
type Screen interface {
	// Init starts what the screen shows.
	Init() tea.Cmd
	// Update takes keys, mouse events relative to the screen's box, the replies to
	// its own Asks, ChangeMsg and ShownMsg.
	Update(tea.Msg) tea.Cmd
	// View draws the box: at most h lines of at most w cells.
	View() string
	// SetSize gives the box in cells.
	SetSize(w, h int)
	// Title names the screen in breadcrumbs and help.
	Title() string
	// Bindings are the keys that act now, the most used first. The footer and the
	// help are drawn from them; a binding that cannot act is disabled.
	Bindings() []key.Binding
	// Capturing reports whether a text field has the keyboard.
	Capturing() bool
}

// Leaver is a Screen with work that nobody needs once its page is thrown away.
type Leaver interface {
	// Leave ends that work. Nothing is sent to the screen afterwards.
	Leave()
}

// Factory makes the screen for a route.
type Factory func(env *Env, r Route) Screen

// Kind is a kind of page.
type Kind string

// Route is a page as data: a kind and what it is about.
type Route struct {
	Kind Kind
	Ref  string // an id: customer, event, session; empty for none
	Arg  string // a further word, such as an event type to filter by
}

// The kinds of page.
const (
	Home      Kind = "home"
	Setup     Kind = "setup"
	Webhooks  Kind = "webhooks"
	Catalogue Kind = "products"
	Customers Kind = "customers" // Ref: a search text
	Customer  Kind = "customer"  // Ref: "cus_…"
	Logs      Kind = "logs"      // Ref: "cus_…" or empty; Arg: an event type or empty
	Event     Kind = "event"     // Ref: "evt_…"
	Checkout  Kind = "checkout"
	Waiting   Kind = "waiting" // Ref: "cs_…"; the wait for a payment, and its receipt
	Portal    Kind = "portal"  // Ref: "cus_…"
)

// Env is what a screen is given: its own identity, and the session's desk, theme,
// clock and cart.
type Env struct {
	ID    InstanceID
	Ctx   context.Context // ends with the session's desk
	Desk  *services.Desk
	Theme *theme.Theme
	Now   services.Clock
	Zone  *time.Location // how absolute times are shown
	Cart  *Cart
	Past  *History                             // the filters of this session
	After func(time.Duration, tea.Msg) tea.Cmd // delivers a message later; the message must be addressed (see Later)

	asked RequestID // the last request of this screen
}

// Later is a timer's message for one screen: Tag says which timer it was.
type Later struct {
	To  InstanceID
	Tag int
}

// Target returns the screen that set the timer.
func (l Later) Target() InstanceID { return l.To }

// ChangeMsg tells every screen that something changed at the desk.
type ChangeMsg services.Change

// ShownMsg tells a screen that it is seen again after another one was.
type ShownMsg struct{}

// TickMsg comes about every fifteen seconds, for ages to be redrawn.
type TickMsg struct{}
