package products

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// Bindings are the keys that act now.
func (s *screen) Bindings() []key.Binding {
	switch k := s.keys; {
	case s.editor.Active():
		return s.editor.Bindings()
	case s.filter.Focused():
		return []key.Binding{k.apply, k.clear}
	default:
		return s.enabled()
	}
}

func (s *screen) enabled() []key.Binding {
	k := s.keys
	p, ok := s.current()
	inCart := ok && s.env.Cart.Quantity(p.PriceID) > 0
	onePane := s.panes().Split == widget.OnePane
	set := func(b *key.Binding, on bool) { b.SetEnabled(on) }
	set(&k.add, ok)
	set(&k.set, ok)
	set(&k.take, inCart)
	set(&k.out, inCart)
	set(&k.buy, s.env.Cart.Count() > 0)
	set(&k.open, ok && onePane && !s.opened)
	set(&k.leave, s.opened)
	set(&k.pane, ok && !onePane)
	set(&k.filter, len(s.rows) > 0 && !s.opened)
	set(&k.clear, s.filter.Value() != "" && !s.opened)
	set(&k.copyID, ok && p.PriceID != "")
	out := []key.Binding{k.add, k.take, k.buy, k.open, k.leave, k.set, k.out, k.filter, k.clear, k.pane, k.copyID, k.refresh}
	if ok {
		out = append(out, k.move.All()...)
	}
	return out
}

func (s *screen) key(m tea.KeyMsg) tea.Cmd {
	switch {
	case s.editor.Active():
		return s.editing(m)
	case s.filter.Focused():
		s.filtering(m)
		return nil
	}
	for _, b := range s.Bindings() {
		if key.Matches(m, b) {
			return s.do(m)
		}
	}
	return nil
}

// do acts on a key whose binding is enabled.
func (s *screen) do(m tea.KeyMsg) tea.Cmd {
	k := s.keys
	p, _ := s.current()
	have := s.env.Cart.Quantity(p.PriceID)
	switch {
	case key.Matches(m, k.add):
		return s.put(p, have+1)
	case key.Matches(m, k.take):
		return s.put(p, have-1)
	case key.Matches(m, k.out):
		return s.put(p, 0)
	case key.Matches(m, k.set):
		if !p.Sellable() {
			return tui.Fail(s.refusal(p))
		}
		s.editor.Open(p.PriceID, quoted(p), have)
	case key.Matches(m, k.buy):
		return tui.GoTab(tui.Checkout)
	case key.Matches(m, k.open):
		s.opened, s.scroll.Top = true, 0
	case key.Matches(m, k.leave) && s.opened:
		s.opened = false
	case key.Matches(m, k.clear):
		s.filter.SetValue("")
		s.replaceFilter()
	case key.Matches(m, k.pane):
		s.inside = !s.inside
	case key.Matches(m, k.filter):
		s.inside = false
		s.filter.Focus()
	case key.Matches(m, k.copyID):
		return tui.Copy(p.PriceID, "price id")
	case key.Matches(m, k.refresh):
		return s.load()
	case s.detailFocused():
		s.scroll.Update(m, k.move)
	case s.list.Update(m, k.move):
		s.scroll.Top = 0
	}
	return nil
}

// put sets the quantity of a row in the cart. What Stripe would not sell is
// refused with the reason; taking out is always possible.
func (s *screen) put(p services.Product, n int64) tea.Cmd {
	have := s.env.Cart.Quantity(p.PriceID)
	switch {
	case n > have && !p.Sellable():
		return tui.Fail(s.refusal(p))
	case n > widget.MaxQuantity:
		return tui.Fail(services.Invalid("quantity", "The cart holds 999,999 of one product at most.", ""))
	}
	line := services.Line{Price: services.Price{ID: p.PriceID}, Name: p.Name}
	if p.Offer != nil {
		line.Price = *p.Offer
	}
	s.env.Cart.Set(line, n)
	return nil
}

func (s *screen) editing(m tea.KeyMsg) tea.Cmd {
	n, set := s.editor.Update(m)
	if !set {
		return nil
	}
	for _, p := range s.rows {
		if p.PriceID == s.editor.Of() {
			return s.put(p, n)
		}
	}
	return tui.Fail(services.Invalid("quantity", "The product source does not list this product any more.", "Choose another one."))
}

func (s *screen) filtering(m tea.KeyMsg) {
	switch {
	case key.Matches(m, s.keys.apply):
		s.filter.Blur()
	case key.Matches(m, s.keys.clear):
		s.filter.SetValue("")
		s.filter.Blur()
		s.replaceFilter()
	case s.filter.Update(m):
		s.replaceFilter()
	}
}

func (s *screen) replaceFilter() {
	s.replace(s.rows)
	s.scroll.Top = 0
}

// refusal says why a row cannot be put in the cart.
func (s *screen) refusal(p services.Product) error {
	name := quoted(p)
	switch p.State {
	case services.ProductMissing:
		if p.PriceID == "" {
			return services.Invalid("price", name+" has no price id, so there is nothing to charge.", "Enter one in the product source.")
		}
		return services.Invalid("price", fmt.Sprintf("%s cannot be sold: Stripe knows no price %s.", name, p.PriceID), "Correct the Price ID in the product source.")
	case services.ProductArchived:
		return services.Invalid("price", name+" cannot be sold: its price is archived at Stripe.", "Activate it there, or list another price.")
	}
	if s.checkErr != nil {
		return services.Invalid("price", name+" cannot be sold yet: its price could not be checked with Stripe.", "Press r to check again.")
	}
	return services.Invalid("price", name+" cannot be sold yet: Stripe is still being asked for its price.", "Try again in a moment.")
}

// quoted names a row in a sentence.
func quoted(p services.Product) string {
	name := []rune(p.Name)
	switch {
	case len(name) == 0:
		return fmt.Sprintf("Row %d", p.Row)
	case len(name) > 40:
		return "“" + string(name[:39]) + "…”"
	}
	return "“" + p.Name + "”"
}
