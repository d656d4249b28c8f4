// Package portal opens a customer's billing portal in the browser and waits for
// the person to come back: it shows how the subscriptions stood and what has
// changed since.
//
// It calls Customers.Get and Customers.Subscriptions before and after, and
// Customers.OpenBillingPortal; the desk's watch tells of the return and of new
// events. Routes out: Logs for the customer's events.
package portal

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

// Screen is one visit to the portal.
type Screen struct {
	env   *tui.Env
	id    string // "cus_…"
	keys  keySet
	move  keys.Move
	w, h  int
	lines widget.Scroll

	before, after standing
	compared      bool // after was read
	visit         services.PortalVisit
	visits        []string // the ids of every link made here: any of them may be come back from
	opened        bool
	declined      bool   // the person has not said yes yet
	noBrowser     string // why no browser opens from here; empty when one does
	err           error
	opening       tui.Guard

	returned  time.Time // when the person came back; zero while away
	checking  tui.Guard
	checkErr  error
	dirty     bool
	throttled bool

	code   services.QRCode
	coded  bool
	qr     bool // the QR code is shown
	qrErr  error
	coding tui.Guard
}

type keySet struct {
	open, copy, qr, plain, logs, check, again key.Binding
}

// New makes the visit for the customer whose id is Ref.
func New(env *tui.Env, r tui.Route) tui.Screen {
	return &Screen{env: env, id: r.Ref, move: keys.NewMove(), keys: keySet{
		open:  keys.New("o", "open again", "o"),
		copy:  keys.New("y", "copy link", "y"),
		qr:    keys.New("Q", "QR code", "Q"),
		plain: keys.New("esc", "close QR code", "esc"),
		logs:  keys.New("l", "logs", "l"),
		check: keys.New("r", "check now", "r"),
		again: keys.New("u", "new link", "u"),
	}}
}

// startMsg is the answer that the portal may be opened in live mode.
type startMsg struct{ to tui.InstanceID }

// Target returns the screen that asked.
func (s startMsg) Target() tui.InstanceID { return s.to }

// Init makes the portal's link and opens it. In live mode it asks first: what is
// done in the portal happens to a real customer.
func (s *Screen) Init() tea.Cmd {
	if !s.env.Desk.Profile.Live() {
		return s.begin()
	}
	s.declined = true
	to := s.env.ID
	return tui.AskConfirm(tui.Confirm{
		Title: "Open the billing portal of " + s.id + "?",
		Facts: []string{
			"The browser opens the portal of a real customer of " + s.env.Desk.Profile.Name + ".",
			"What is changed there, such as a card or a subscription, is changed for real. Opening it moves no money.",
		},
		Yes: "Open the portal", No: "Go back",
		Do: func() tea.Msg { return startMsg{to} },
	})
}

// Title names the screen.
func (s *Screen) Title() string { return "Billing portal" }

// Capturing is always false: nothing is typed here.
func (s *Screen) Capturing() bool { return false }

// SetSize gives the box in cells.
func (s *Screen) SetSize(w, h int) { s.w, s.h = w, h }

// standing is a customer with what they subscribe to, at one moment.
type standing struct {
	customer services.Customer
	subs     []services.Subscription
}

func standingOf(ctx context.Context, desk *services.Desk, id string) (standing, error) {
	c, err := desk.Customers.Get(ctx, id)
	if err != nil {
		return standing{}, err
	}
	subs, err := desk.Customers.Subscriptions(ctx, id)
	return standing{c, subs}, err
}

// begun is an opened portal and how things stood just before.
type begun struct {
	visit  services.PortalVisit
	before standing
}

func (s *Screen) begin() tea.Cmd {
	s.declined, s.err = false, nil
	desk, id := s.env.Desk, s.id
	return tui.Ask(s.env, &s.opening, "opening the billing portal", func(ctx context.Context) (begun, error) {
		before, err := standingOf(ctx, desk, id)
		if err != nil {
			return begun{}, err
		}
		visit, err := desk.Customers.OpenBillingPortal(ctx, id)
		return begun{visit, before}, err
	})
}

// check reads how things stand now.
func (s *Screen) check() tea.Cmd {
	s.dirty = false
	desk, id := s.env.Desk, s.id
	return tui.Ask(s.env, &s.checking, "reading the subscriptions", func(ctx context.Context) (standing, error) {
		return standingOf(ctx, desk, id)
	})
}

// checkEvery is the least time between two checks, however fast events come.
const checkEvery = time.Second

// changed checks at once or as soon as it may.
func (s *Screen) changed() tea.Cmd {
	if !s.opened {
		return nil
	}
	if s.throttled || s.checking.Pending() {
		s.dirty = true
		return nil
	}
	s.throttled = true
	return tea.Batch(s.check(), s.env.After(checkEvery, tui.Later{To: s.env.ID}))
}

func (s *Screen) openLink() tea.Cmd { return tui.OpenLink(s.visit.URL, "the billing portal") }

// made takes the link in and opens it.
func (s *Screen) made(b begun, err error) tea.Cmd {
	if s.err = err; err != nil {
		return nil
	}
	if !s.opened {
		s.before = b.before
	}
	s.visit, s.opened, s.returned = b.visit, true, time.Time{}
	s.visits = append(s.visits, b.visit.ID)
	s.coded, s.qr, s.qrErr = false, false, nil
	if ok, why := s.env.Desk.Links.CanOpen(); !ok {
		s.noBrowser = why
	}
	return s.openLink()
}
