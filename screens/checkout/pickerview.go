package checkout

import (
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// pickerHead are the lines of the picker above its list.
func (s *screen) pickerHead(w int) []string {
	t, p := s.env.Theme, s.picker
	lines := []string{"  " + t.Heading.Render("Who buys?")}
	for _, l := range p.field.View(9, max(w-2, 1)) {
		lines = append(lines, "  "+l)
	}
	status := ""
	switch {
	case p.create.Pending():
		status = "Creating the customer" + t.Symbols.Ellipsis
	case p.err != nil:
		return append(lines, widget.Sentence(t.Danger.Render(t.Symbols.Failed), "Not searched: "+widget.Message(p.err), w, 3, t.Symbols.Ellipsis)...)
	case p.search.Pending(), p.field.Value() != p.searched:
		status = "Searching" + t.Symbols.Ellipsis
	case p.loaded && len(p.found) == 0 && p.searched != "":
		status = "No customer has this in a name or an email."
	case p.more:
		status = "There are more: type to narrow them."
	case p.searched == "":
		status = "The newest customers"
	default:
		status = widget.Count(int64(len(p.found)), "customer") + " found"
	}
	return append(lines, layout.Cut("  "+t.Muted.Render(status), w, t.Symbols.Ellipsis))
}

// pickerTop is the line of the screen where the picker's list begins.
func (s *screen) pickerTop() int {
	w := s.w
	if s.wide() {
		w = s.w - s.docWidth() - 3
	}
	return len(s.pickerHead(w))
}

func (s *screen) pickerView(w, h int) []string {
	t, p := s.env.Theme, s.picker
	lines := s.pickerHead(w)
	if len(lines) >= h {
		lines = lines[:max(h-1, 0)]
	}
	all := p.choices()
	p.list.SetLen(len(all))
	p.list.SetSize(max(h-len(lines), 1))
	cols := []layout.Column{{Min: 12}, {Min: 20, Rank: 1}, {Min: 14, Max: 18, Rank: 2}}
	widths := layout.Widths(cols, w-widget.Margin)
	one := []layout.Column{{Min: 10}}
	from, to := p.list.Window()
	for i := from; i < to; i++ {
		c, focus := all[i], widget.FocusOf(i, p.list.Cursor, true)
		switch {
		case c.guest:
			lines = append(lines, widget.Row(t, one, []int{max(w-widget.Margin, 1)}, []widget.Cell{{Text: "Guest: the page asks for an email"}}, focus, w))
		case c.email != "":
			lines = append(lines, widget.Row(t, one, []int{max(w-widget.Margin, 1)}, []widget.Cell{{Text: "New customer with this email: " + c.email, Style: t.Accent}}, focus, w))
		default:
			email := c.customer.Email
			if c.customer.Name == "" {
				email = ""
			}
			lines = append(lines, widget.Row(t, cols, widths, []widget.Cell{{Text: c.customer.Label()}, {Text: email, Style: t.Muted}, {Text: c.customer.ID, Style: t.Muted, Keep: true}}, focus, w))
		}
	}
	return lines
}
