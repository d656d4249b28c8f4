// Package products is the catalogue: a person sees what the product source lists
// and what Stripe charges for it, and fills the cart.
//
// It calls Products.Get for the rows, which are shown at once, and then
// Products.Check for what Stripe says of them. The cart is the session's
// (tui.Cart). "Buy" leads to the Checkout tab.
package products

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// screen is the catalogue.
type screen struct {
	env *tui.Env
	w   int
	h   int

	// What was read. A failed look-up leaves what was read before in place.
	get      tui.Guard
	check    tui.Guard
	rows     []services.Product
	loaded   bool
	getErr   error
	checkErr error

	// What is shown of it.
	shown  []int // indexes of rows that the filter lets through
	list   widget.List
	filter *widget.Field
	editor *widget.Quantity
	opened bool // the detail, in a body of one pane
	inside bool // the detail has the keyboard, in a body of two
	scroll widget.Scroll

	keys keyMap
}

// New makes the catalogue.
func New(env *tui.Env, _ tui.Route) tui.Screen {
	s := &screen{env: env, keys: newKeys(),
		filter: widget.NewField(env.Theme, "Filter", "name, description or price id", false),
		editor: widget.NewQuantity(env.Theme)}
	return s
}

func (s *screen) Title() string { return "Products" }

func (s *screen) Init() tea.Cmd { return s.load() }

// got and checked are the answers to the two look-ups.
type (
	got     struct{ rows []services.Product }
	checked struct{ rows []services.Product }
)

func (s *screen) load() tea.Cmd {
	products := s.env.Desk.Products
	return tui.Ask(s.env, &s.get, "reading the products", func(ctx context.Context) (got, error) {
		rows, err := products.Get(ctx)
		return got{rows}, err
	})
}

func (s *screen) ask(rows []services.Product) tea.Cmd {
	products := s.env.Desk.Products
	return tui.Ask(s.env, &s.check, "asking Stripe for the prices", func(ctx context.Context) (checked, error) {
		rows, err := products.Check(ctx, rows)
		return checked{rows}, err
	})
}

func (s *screen) Update(msg tea.Msg) tea.Cmd {
	defer s.fit()
	switch msg := msg.(type) {
	case tui.Reply[got]:
		return s.gotRows(msg)
	case tui.Reply[checked]:
		s.gotOffers(msg)
	case tui.ChangeMsg:
		if msg.Kind == services.ChangeResync {
			return s.load()
		}
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return nil
}

// gotRows shows the rows as the source lists them. Until Stripe has been asked
// again, a row that is still the same keeps what Stripe said of it last.
func (s *screen) gotRows(r tui.Reply[got]) tea.Cmd {
	if !s.get.Accept(r.Req) {
		return nil
	}
	if s.getErr = r.Err; r.Err != nil {
		return nil
	}
	rows := append([]services.Product(nil), r.Val.rows...)
	ask := append([]services.Product(nil), rows...)
	for i := range rows {
		for _, old := range s.rows {
			if identity(old) == identity(rows[i]) && old.Price == rows[i].Price {
				rows[i].State, rows[i].Offer = old.State, old.Offer
				break
			}
		}
	}
	s.loaded = true
	s.replace(rows)
	if len(rows) == 0 {
		return nil
	}
	return s.ask(ask)
}

func (s *screen) gotOffers(r tui.Reply[checked]) {
	if !s.check.Accept(r.Req) {
		return
	}
	if s.checkErr = r.Err; r.Err != nil {
		return
	}
	s.replace(r.Val.rows)
	for i, l := range s.env.Cart.Lines {
		for _, p := range r.Val.rows {
			if p.PriceID == l.Price.ID && p.Offer != nil {
				s.env.Cart.Lines[i].Price = *p.Offer // what the cart adds up is what Stripe charges now
			}
		}
	}
}

func (s *screen) SetSize(w, h int) {
	s.w, s.h = w, h
	if s.panes().Split != widget.OnePane {
		s.opened = false
	} else {
		s.inside = false
	}
	s.fit()
}

func (s *screen) panes() widget.Panes { return widget.PanesIn(s.w, s.h) }

func (s *screen) Capturing() bool { return s.filter.Focused() || s.editor.Active() }

// detailFocused reports whether moving scrolls the detail.
func (s *screen) detailFocused() bool { return s.opened || s.inside }

func (s *screen) mouse(m tea.MouseMsg) tea.Cmd {
	if s.Capturing() {
		return nil
	}
	p := s.panes()
	inDetail := s.opened || p.Split == widget.Beside && m.X > p.ListW || p.Split == widget.Below && m.Y > p.ListH
	if inDetail {
		s.scroll.Update(m, s.keys.move)
		return nil
	}
	before := s.list.Cursor
	switch {
	case s.list.Update(m, s.keys.move):
	case m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress && s.list.Click(m.Y-s.listTop()):
		if s.list.Cursor == before && p.Split == widget.OnePane {
			s.opened = true
		}
	}
	if s.list.Cursor != before {
		s.scroll.Top = 0
	}
	return nil
}

// keyMap are the keys of the catalogue.
type keyMap struct {
	add, take, set, out, buy, open, filter, clear, leave key.Binding
	pane, copyID, refresh, apply                         key.Binding
	move                                                 keys.Move
}

func newKeys() keyMap {
	return keyMap{
		add: keys.New("space", "add one", " ", "+", "="), take: keys.New("-", "take one", "-"),
		set: keys.New("n", "quantity", "n"), out: keys.New("x", "take out", "x"),
		buy: keys.New("b", "buy", "b"), open: keys.New("enter", "open", "enter"),
		filter: keys.New("/", "filter", "/"), clear: keys.New("esc", "clear the filter", "esc"),
		leave: keys.New("esc", "list", "esc"), pane: keys.New("tab", "other pane", "tab", "shift+tab"),
		copyID: keys.New("y", "copy the price id", "y"), refresh: keys.New("r", "refresh", "r"),
		apply: keys.New("enter", "keep the filter", "enter"), move: keys.NewMove(),
	}
}
