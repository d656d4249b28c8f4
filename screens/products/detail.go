package products

import (
	"slices"
	"strconv"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

func (s *screen) detailView(w, h int) []string {
	p, ok := s.current()
	if !ok {
		return nil
	}
	lines := s.detail(p, w)
	if s.inside {
		lines[0] = layout.Spread(lines[0], s.env.Theme.Accent.Render(s.env.Theme.Symbols.Focus), w, "")
	}
	return s.scroll.View(s.env.Theme, lines, w, h)
}

// detail is everything known of a row, in lines of w cells.
func (s *screen) detail(p services.Product, w int) []string {
	t := s.env.Theme
	inner := max(w-widget.Margin, 1)
	var lines []string
	text := func(words string, style func(...string) string) {
		for _, l := range layout.Wrap(words, inner) {
			lines = append(lines, layout.Cut("  "+style(l), w, ""))
		}
	}
	name := p.Name
	if name == "" {
		name = "(no name)"
	}
	text(name, t.Bold.Render)
	if p.Description != "" {
		text(p.Description, t.Text.Render)
	}
	lines = append(lines, "")
	sign, style := stateSign(t, p.State)
	lines = append(lines, widget.Sentence(style.Render(sign), s.explain(p), w, 0, "")...)
	lines = append(lines, "")
	lines = append(lines, indented(widget.Facts(t, s.facts(p, inner), inner))...)
	if more := further(p); len(more) > 0 {
		lines = append(lines, "", "  "+t.Heading.Render("Further columns"))
		lines = append(lines, indented(widget.Facts(t, more, inner))...)
	}
	return lines
}

func (s *screen) facts(p services.Product, w int) [][2]string {
	t := s.env.Theme
	id := func(v string) string { return layout.Middle(v, max(w-15, 8), t.Symbols.Ellipsis) }
	var facts [][2]string
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, [2]string{label, value})
		}
	}
	if o := p.Offer; o != nil {
		add("Charged", o.Label())
		add("How often", recurrence(*o))
	}
	add("Listed", p.Price)
	add("Price ID", id(p.PriceID))
	if o := p.Offer; o != nil {
		if o.ProductName != "" {
			add("At Stripe", o.ProductName)
		}
		add("Product", id(o.Product))
	}
	add("Row", strconv.Itoa(p.Row))
	if n := s.env.Cart.Quantity(p.PriceID); n > 0 {
		add("In the cart", strconv.FormatInt(n, 10))
	}
	return facts
}

// further are the row's columns beyond the four of the seed, by name.
func further(p services.Product) [][2]string {
	var out [][2]string
	for name, value := range p.Columns {
		out = append(out, [2]string{name, value})
	}
	slices.SortFunc(out, func(a, b [2]string) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	})
	return out
}

func indented(lines []string) []string {
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}
