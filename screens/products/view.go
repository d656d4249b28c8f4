package products

import (
	"strconv"
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// headLines are the lines above the first row: what is listed, and the columns.
const headLines = 2

// listTop is the line of the list's first row.
func (s *screen) listTop() int { return headLines + len(s.trouble(s.panes().ListW)) }

func (s *screen) View() string {
	p := s.panes()
	cart := s.cartLine(s.w)
	foot := 1
	var editor []string
	if s.editor.Active() {
		editor = s.editor.View(s.w)
		foot += len(editor)
	}
	if s.h <= foot {
		return strings.Join(layout.Block(append(editor, cart), s.w, s.h, ""), "\n")
	}
	p.ListH, p.DetailH = heights(p, foot, s.h)
	lines := layout.Block(s.body(p), s.w, s.h-foot, s.env.Theme.Symbols.Ellipsis)
	lines = append(append(lines, editor...), cart)
	return strings.Join(layout.Block(lines, s.w, s.h, s.env.Theme.Symbols.Ellipsis), "\n")
}

// heights takes the foot's lines from the panes of a body h cells high.
func heights(p widget.Panes, foot, h int) (list, detail int) {
	if p.Split == widget.Below {
		return max(p.ListH-foot, 1), p.DetailH
	}
	return h - foot, h - foot
}

// fit gives the list the rows that are left for it.
func (s *screen) fit() {
	p, foot := s.panes(), 1
	if s.editor.Active() {
		foot += len(s.editor.View(s.w))
	}
	h, _ := heights(p, foot, s.h)
	s.list.SetSize(max(h-s.listTop(), 1))
}

func (s *screen) body(p widget.Panes) []string {
	t := s.env.Theme
	switch {
	case !s.loaded && s.getErr != nil:
		return widget.Failure(t, s.getErr, "r", s.w)
	case !s.loaded:
		return widget.Loading(t, "reading the products", s.get.Waited(s.env.Now()), s.w, p.ListH)
	case len(s.rows) == 0:
		return widget.Empty(t, "The product source has no rows", [][2]string{
			{"2", "Setup: choose another product source"}, {"r", "read it again"}}, s.w)
	}
	return p.View(t, s.listView(p.ListW), s.detailView(p.DetailW, p.DetailH), s.opened)
}

func (s *screen) listView(w int) []string {
	t := s.env.Theme
	trouble := s.trouble(w)
	lines := append([]string{s.headline(w)}, trouble...)
	cols := s.columns(w)
	widths := layout.Widths(cols, w-widget.Margin)
	lines = append(lines, widget.Header(t, cols, widths, w))
	if len(s.shown) == 0 {
		empty := widget.Empty(t, "No product matches", [][2]string{{"esc", "clears the filter"}}, w)
		return append(lines, empty...)
	}
	from, to := s.list.Window()
	for i := from; i < to; i++ {
		focus := widget.FocusOf(i, s.list.Cursor, !s.inside && !s.filter.Focused())
		lines = append(lines, widget.Row(t, cols, widths, s.cells(s.rows[s.shown[i]], widths), focus, w))
	}
	return lines
}

// columns are as wide as the rows need, so that the name gets the rest.
func (s *screen) columns(w int) []layout.Column {
	listed, charged, name, cart := 6, 7, 18, 4
	for _, l := range s.env.Cart.Lines {
		cart = max(cart, len(strconv.FormatInt(l.Quantity, 10)))
	}
	for _, p := range s.rows {
		listed = max(listed, layout.Width(p.Price))
		if p.Offer != nil {
			charged = max(charged, layout.Width(p.Offer.Label()))
		}
	}
	if w < 56 {
		name = 10
	}
	listed, charged = min(listed, 10), min(charged, 20)
	return []layout.Column{
		{Min: 1, Max: 1},
		{Title: "PRODUCT", Min: name},
		{Title: "LISTED", Min: listed, Max: listed, Rank: 4, Right: true},
		{Title: "CHARGED", Min: charged, Max: charged, Rank: 1, Right: true},
		{Title: "STATE", Min: 8, Max: 8, Rank: 3},
		{Title: "CART", Min: cart, Max: cart, Rank: 2, Right: true},
	}
}

const stateColumn = 4

func (s *screen) cells(p services.Product, widths []int) []widget.Cell {
	t := s.env.Theme
	sign, style := stateSign(t, p.State)
	charged, inCart := "", ""
	switch {
	case p.Offer != nil && p.Offer.Active:
		charged = p.Offer.Label()
	case widths[stateColumn] == 0:
		charged = stateWord(p.State)
	case p.State == services.ProductMissing || p.State == services.ProductArchived:
		charged = "none"
	default:
		charged = t.Symbols.Ellipsis
	}
	if n := s.env.Cart.Quantity(p.PriceID); n > 0 {
		inCart = strconv.FormatInt(n, 10)
	}
	word := t.Muted
	if p.State != services.ProductOK {
		word = style
	}
	return []widget.Cell{{Text: sign, Style: style}, {Text: p.Name}, {Text: p.Price, Style: t.Muted},
		{Text: charged}, {Text: stateWord(p.State), Style: word}, {Text: inCart, Style: t.Accent.Bold(true)}}
}

// headline says how many rows are shown of how many, and what the filter is.
func (s *screen) headline(w int) string {
	t := s.env.Theme
	if s.filter.Focused() {
		return layout.Cut(" "+t.Key.Render("/")+s.filter.Line(max(w-2, 1)), w, "")
	}
	count := widget.Count(int64(len(s.rows)), "product")
	if s.filter.Value() != "" {
		chip := t.Match.Render(" " + layout.Cut(s.filter.Value(), max(w-28, 4), t.Symbols.Ellipsis) + " ")
		return layout.Spread("  / "+chip+t.Muted.Render(" esc clears"), strconv.Itoa(len(s.shown))+" of "+count, w, t.Symbols.Ellipsis)
	}
	right := ""
	switch n := s.unsellable(); {
	case s.check.Pending():
		right = t.Muted.Render("asking Stripe for prices")
	case n > 0:
		right = t.Warning.Render(t.Symbols.Attention) + " " + strconv.FormatInt(n, 10) + " cannot be sold"
	}
	return layout.Spread("  "+t.Bold.Render(count), right, w, t.Symbols.Ellipsis)
}

// trouble says that the rows or their prices could not be read, above the data
// that is there.
func (s *screen) trouble(w int) []string {
	t := s.env.Theme
	most := 3
	if s.h < 14 {
		most = 1
	}
	sign := t.Danger.Render(t.Symbols.Failed)
	switch {
	case s.loaded && s.getErr != nil:
		return widget.Sentence(sign, "Not refreshed, r tries again: "+widget.Message(s.getErr), w, most, t.Symbols.Ellipsis)
	case s.checkErr != nil:
		return widget.Sentence(sign, "Prices not checked, r tries again: "+widget.Message(s.checkErr), w, most, t.Symbols.Ellipsis)
	}
	return nil
}

func (s *screen) cartLine(w int) string {
	t := s.env.Theme
	n := s.env.Cart.Count()
	if n == 0 {
		hint := "  Cart: empty"
		if len(s.shown) > 0 {
			hint += ", space adds one"
		}
		return layout.Cut(t.Muted.Render(hint), w, t.Symbols.Ellipsis)
	}
	return layout.Spread("  Cart: "+t.Bold.Render(widget.Count(n, "item"))+", "+totals(s.env.Cart.Lines),
		t.Key.Render("b")+" buys ", w, t.Symbols.Ellipsis)
}
