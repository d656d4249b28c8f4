// Package checkout is where a sale is put together: the cart with its quantities,
// the customer or a guest, and any further Stripe parameter; and the list of
// checkouts whose outcome is not known yet.
//
// It calls Checkout.Create for a new session, Checkout.Unsettled and
// Checkout.Check for the open ones, and Customers.Search and Customers.Create to
// choose who buys. It leads to the wait for a payment (tui.Waiting): with Arg
// "new" for a session made just now, "cart" for one that was made from the cart
// as it still is, and "" for any other.
package checkout

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// screen is one sale being put together.
type screen struct {
	env  *tui.Env
	w, h int

	options []services.Option // further Stripe parameters, in the order they were typed

	// The session being made.
	create    tui.Guard
	attempt   attempt                  // the last press of enter, until its answer is definite
	problem   error                    // why the last attempt failed
	problemOf services.CheckoutRequest // what it was an attempt at
	made      made                     // the last session that was made

	// The sessions whose outcome is not known.
	read    tui.Guard
	sweep   tui.Guard
	swept   time.Time
	open    []services.Session
	openErr error

	list   widget.List     // over rows()
	on     row             // the row under the cursor
	left   []services.Item // the cart as this screen left it
	top    int             // the first line of the document that is seen
	editor *widget.Quantity
	adder  *adder
	picker *picker
	keys   keyMap
}

// New makes the checkout.
func New(env *tui.Env, _ tui.Route) tui.Screen {
	return &screen{env: env, keys: newKeys(), editor: widget.NewQuantity(env.Theme), adder: newAdder(env.Theme), picker: newPicker(env)}
}

func (s *screen) Title() string { return "Checkout" }

func (s *screen) Init() tea.Cmd {
	s.settle()
	return tea.Batch(s.readOpen(), s.checkOpen())
}

func (s *screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.settle()
}

func (s *screen) Capturing() bool {
	return s.editor.Active() || s.adder.active() || s.picker.active()
}

func (s *screen) Update(msg tea.Msg) tea.Cmd {
	defer s.settle()
	switch msg := msg.(type) {
	case tea.KeyMsg:
		defer s.leave()
		return s.key(msg)
	case tea.MouseMsg:
		defer s.leave()
		return s.mouse(msg)
	case createMsg:
		return s.send(msg.request)
	case tui.Reply[created]:
		return s.gotSession(msg)
	case tui.Reply[unsettled]:
		s.gotOpen(msg)
	case tui.Reply[checked]:
		s.gotChecked(msg)
	case tui.ShownMsg:
		s.comeBack()
		return tea.Batch(s.readOpen(), s.checkOpen())
	case tui.ChangeMsg:
		return s.changed(services.Change(msg))
	default:
		return s.picker.update(msg)
	}
	return nil
}

// leave remembers the cart as it was last seen here.
func (s *screen) leave() { s.left = s.request().Items }

// comeBack puts the cursor on the cart when it was filled elsewhere meanwhile:
// enter then sells it, whatever the cursor was on before.
func (s *screen) comeBack() {
	if items := s.request().Items; len(items) > 0 && !slices.Equal(items, s.left) {
		s.list.Select(0)
		s.mark(s.rows())
	}
	s.leave()
}

// changed reads the open checkouts again when they may have changed.
func (s *screen) changed(c services.Change) tea.Cmd {
	switch c.Kind {
	case services.ChangeReturned, services.ChangeCancelled, services.ChangeResync:
		return tea.Batch(s.readOpen(), s.checkOpen())
	case services.ChangeEvents:
		if s.env.Now().Sub(s.swept) >= sweepEvery {
			return tea.Batch(s.readOpen(), s.checkOpen())
		}
		return s.readOpen()
	}
	return nil
}

// How the open checkouts are checked: so many at once, and on mere events not
// more often than this.
const (
	sweepMost  = 10
	sweepEvery = 10 * time.Second
)

// unsettled and checked are the answers about open checkouts.
type (
	unsettled struct{ sessions []services.Session }
	checked   struct {
		sessions []services.Session // still not settled
		paid     []string           // ids that were found to be completed
	}
)

func (s *screen) readOpen() tea.Cmd {
	checkout := s.env.Desk.Checkout
	return tui.Ask(s.env, &s.read, "listing the open checkouts", func(ctx context.Context) (unsettled, error) {
		sessions, err := checkout.Unsettled(ctx)
		return unsettled{sessions}, err
	})
}

// checkOpen asks Stripe for the open checkouts, so that one that was paid or has
// expired while nobody waited for it is found out. One that cannot be read stays
// listed.
func (s *screen) checkOpen() tea.Cmd {
	checkout := s.env.Desk.Checkout
	s.swept = s.env.Now()
	return tui.Ask(s.env, &s.sweep, "checking the open checkouts", func(ctx context.Context) (checked, error) {
		sessions, err := checkout.Unsettled(ctx)
		if err != nil || len(sessions) == 0 {
			return checked{sessions: sessions}, err
		}
		var paid []string
		for _, o := range sessions[:min(len(sessions), sweepMost)] {
			if r, err := checkout.Check(ctx, o.ID); err == nil && r.Outcome == services.OutcomeCompleted {
				paid = append(paid, o.ID)
			}
		}
		sessions, err = checkout.Unsettled(ctx)
		return checked{sessions, paid}, err
	})
}

func (s *screen) gotOpen(r tui.Reply[unsettled]) {
	if !s.read.Accept(r.Req) {
		return
	}
	if s.openErr = r.Err; r.Err == nil {
		s.showOpen(r.Val.sessions)
	}
}

func (s *screen) gotChecked(r tui.Reply[checked]) {
	if !s.sweep.Accept(r.Req) || r.Err != nil {
		return
	}
	for _, id := range r.Val.paid {
		if id == s.made.session && same(s.made.request, s.request()) {
			s.env.Cart.Clear()
		}
	}
	s.read.Abort() // what it would say is older
	s.openErr = nil
	s.showOpen(r.Val.sessions)
}

// showOpen shows other open checkouts. Options belong to their sale: once it is
// settled and the cart was emptied by it, they go too.
func (s *screen) showOpen(sessions []services.Session) {
	s.open = sessions
	if s.made.session == "" || s.isOpen(s.made.session) {
		return
	}
	if len(s.env.Cart.Lines) == 0 {
		s.options = nil
	}
	s.made = made{}
}

func (s *screen) isOpen(id string) bool {
	for _, o := range s.open {
		if o.ID == id {
			return true
		}
	}
	return false
}
