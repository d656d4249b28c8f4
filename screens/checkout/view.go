package checkout

import (
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// wide reports whether the summary stands beside the document.
func (s *screen) wide() bool { return s.w >= 100 }

// docWidth is the document's width in cells.
func (s *screen) docWidth() int {
	if s.wide() {
		return s.w * 56 / 100
	}
	return s.w
}

func (s *screen) View() string {
	t := s.env.Theme
	dw, h := s.docWidth(), s.h
	if s.wide() {
		side := s.summary(s.w - dw - 3)
		if s.picker.active() {
			side = s.pickerView(s.w-dw-3, h)
		}
		lines := layout.Join(layout.Block(s.main(dw, h), dw, h, ""), layout.Block(side, s.w-dw-3, h, ""),
			dw, s.w-dw-3, " "+t.Border.Render(t.Symbols.Divider)+" ", t.Symbols.Ellipsis)
		return strings.Join(lines, "\n")
	}
	if s.picker.active() {
		return strings.Join(layout.Block(s.pickerView(s.w, h), s.w, h, t.Symbols.Ellipsis), "\n")
	}
	var foot []string
	if !s.bare() && !s.editor.Active() && !s.adder.active() {
		foot = s.brief(s.w)
		if h >= 12 {
			foot = append([]string{t.Border.Render(strings.Repeat(t.Symbols.Rule, max(s.w, 0)))}, foot...)
		}
		foot = foot[:min(len(foot), max(h-3, 0))]
	}
	lines := layout.Block(s.main(s.w, h-len(foot)), s.w, h-len(foot), t.Symbols.Ellipsis)
	return strings.Join(layout.Block(append(lines, foot...), s.w, h, t.Symbols.Ellipsis), "\n")
}

// main is the document, scrolled to the cursor, with an open field under it.
func (s *screen) main(w, h int) []string {
	var field []string
	switch {
	case s.editor.Active():
		field = s.editor.View(w)
	case s.adder.active():
		field = s.adder.view(w)
	}
	field = field[:min(len(field), max(h-1, 0))]
	room := h - len(field)
	doc := s.document(w)
	s.scrollTo(doc, room)
	seen := doc.lines[s.top:min(s.top+max(room, 0), len(doc.lines))]
	return append(layout.Block(seen, w, room, s.env.Theme.Symbols.Ellipsis), field...)
}

// scrollTo brings the row under the cursor into a window of h lines, with the
// headings above it where they fit.
func (s *screen) scrollTo(doc document, h int) {
	if s.list.Cursor < len(doc.at) {
		at := doc.at[s.list.Cursor]
		if s.list.Cursor == 0 {
			s.top = 0
		}
		if at < s.top {
			s.top = at
		}
		if at >= s.top+h {
			s.top = at - h + 1
		}
	}
	s.top = max(min(s.top, len(doc.lines)-h), 0)
}

// document is the screen's text and the line each row stands on.
type document struct {
	lines []string
	at    []int
}

func (s *screen) document(w int) document {
	var d document
	s.cartView(&d, w)
	if !s.bare() {
		s.customerView(&d, w)
		s.optionsView(&d, w)
	}
	s.openView(&d, w)
	return d
}

// heading begins a section; hint stands at its right end.
func (s *screen) heading(d *document, title, hint string, w int) {
	if len(d.lines) > 0 {
		d.lines = append(d.lines, "")
	}
	t := s.env.Theme
	d.lines = append(d.lines, layout.Spread("  "+t.Heading.Render(title), hint, w, t.Symbols.Ellipsis))
}

// row adds a line that the cursor can be on.
func (s *screen) row(d *document, cols []layout.Column, widths []int, cells []widget.Cell, w int) {
	focus := widget.FocusOf(len(d.at), s.list.Cursor, !s.Capturing())
	d.at = append(d.at, len(d.lines))
	d.lines = append(d.lines, widget.Row(s.env.Theme, cols, widths, cells, focus, w))
}

func (s *screen) cartView(d *document, w int) {
	t := s.env.Theme
	if len(s.env.Cart.Lines) == 0 {
		d.lines = append(d.lines, widget.Empty(t, "The cart is empty", [][2]string{
			{"4", "Products: space adds the one under the cursor"},
			{"o", "add an option, such as line items of your own"}}, w)...)
		return
	}
	s.heading(d, "Cart", widget.Count(s.env.Cart.Count(), "item"), w)
	each, total := 4, 5
	for _, l := range s.env.Cart.Lines {
		each = max(each, layout.Width(l.Price.Label()))
		total = max(total, layout.Width(lineTotal(l).String()))
	}
	cols := []layout.Column{{Title: "PRODUCT", Min: 10}, {Title: "EACH", Min: min(each, 20), Max: min(each, 20), Rank: 1, Right: true},
		{Title: "QTY", Min: 3, Max: 7, Right: true}, {Title: "TOTAL", Min: min(total, 16), Max: min(total, 16), Right: true}}
	widths := layout.Widths(cols, w-widget.Margin)
	d.lines = append(d.lines, widget.Header(t, cols, widths, w))
	for _, l := range s.env.Cart.Lines {
		s.row(d, cols, widths, []widget.Cell{{Text: l.Name}, {Text: l.Price.Label(), Style: t.Muted},
			{Text: widget.Number(l.Quantity)}, {Text: lineTotal(l).String()}}, w)
	}
}

func lineTotal(l services.Line) services.Money {
	return services.Money{Amount: l.Price.Unit.Amount * l.Quantity, Currency: l.Price.Unit.Currency}
}

func (s *screen) customerView(d *document, w int) {
	t := s.env.Theme
	s.heading(d, "Customer", t.Key.Render("c")+" chooses", w)
	c := s.env.Cart.Customer
	if c.ID == "" {
		s.row(d, []layout.Column{{Min: 10}}, []int{max(w-widget.Margin, 1)}, []widget.Cell{{Text: "Guest: the page asks for an email"}}, w)
		return
	}
	email := c.Email
	if c.Name == "" {
		email = ""
	}
	cols := []layout.Column{{Min: 10}, {Min: 12, Rank: 1}, {Min: 14, Max: 20, Rank: 2}}
	s.row(d, cols, layout.Widths(cols, w-widget.Margin), []widget.Cell{{Text: c.Label()}, {Text: email, Style: t.Muted}, {Text: c.ID, Style: t.Muted, Keep: true}}, w)
}

func (s *screen) optionsView(d *document, w int) {
	t := s.env.Theme
	hint := t.Key.Render("o") + " adds any Stripe parameter"
	if len(s.options) == 0 {
		s.heading(d, "Options", t.Muted.Render("none, ")+hint, w)
		return
	}
	s.heading(d, "Options", hint, w)
	cols := []layout.Column{{Min: 10}, {Min: 8, Rank: 1}}
	for _, o := range s.options {
		widths := layout.Widths(cols, w-widget.Margin)
		s.row(d, cols, widths, []widget.Cell{{Text: o.Name}, {Text: "= " + o.Value}}, w)
	}
}

func (s *screen) openView(d *document, w int) {
	t := s.env.Theme
	if s.openErr != nil {
		s.heading(d, "Open checkouts", t.Key.Render("r")+" tries again", w)
		d.lines = append(d.lines, widget.Sentence(t.Danger.Render(t.Symbols.Failed), widget.Message(s.openErr), w, 3, t.Symbols.Ellipsis)...)
	}
	if len(s.open) == 0 {
		return
	}
	if s.openErr == nil {
		s.heading(d, "Open checkouts", t.Muted.Render("outcome not known yet"), w)
	}
	now, amount := s.env.Now(), 6
	for _, o := range s.open {
		amount = max(amount, layout.Width(o.Total.String()))
	}
	cols := []layout.Column{{Min: 1, Max: 1}, {Min: 4, Max: 4, Right: true}, {Min: min(amount, 16), Max: min(amount, 16), Right: true}, {Min: 10}, {Min: 16, Max: 18, Rank: 1}}
	widths := layout.Widths(cols, w-widget.Margin)
	for _, o := range s.open {
		until := "open until " + o.ExpiresAt.In(s.env.Zone).Format("15:04")
		switch {
		case o.ExpiresAt.IsZero():
			until = ""
		case !o.ExpiresAt.After(now):
			until = "until " + o.ExpiresAt.In(s.env.Zone).Format("15:04") // whether it is over, Stripe's clock decides
		case o.Status == "complete":
			until = "processing"
		case o.ExpiresAt.Sub(now).Hours() >= 12:
			until = "open until " + o.ExpiresAt.In(s.env.Zone).Format("2 Jan")
		}
		s.row(d, cols, widths, []widget.Cell{{Text: t.Symbols.Waiting, Style: t.Info}, {Text: widget.Age(now, o.Created), Style: t.Muted},
			{Text: o.Total.String()}, {Text: o.Summary}, {Text: until, Style: t.Muted}}, w)
	}
}
