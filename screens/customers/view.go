package customers

import (
	"strings"
	"time"

	"bursar/tui/layout"
	"bursar/tui/widget"
)

// listHead is the lines above the rows: the field, what was found, the titles.
const listHead = 3

// panes is how the box is shared now: with nobody found there is nothing to show
// beside the list.
func (s *Screen) panes() widget.Panes {
	if !s.loaded && s.err != nil || s.loaded && len(s.rows) == 0 {
		return widget.Panes{ListW: s.w, ListH: s.h, DetailW: s.w, DetailH: s.h}
	}
	return widget.PanesIn(s.w, s.h)
}

// inList reports whether a cell belongs to the list.
func (s *Screen) inList(x, y int) bool {
	p := s.panes()
	return y < p.ListH && (p.Split != widget.Beside || x < p.ListW)
}

// View draws the box.
func (s *Screen) View() string {
	p := s.panes()
	return strings.Join(p.View(s.env.Theme, s.listLines(p.ListW, p.ListH), s.detailLines(p.DetailW), false), "\n")
}

func (s *Screen) listLines(w, h int) []string {
	t := s.env.Theme
	head := []string{" " + s.field.Line(max(w-1, 1)), layout.Cut("   "+s.said(), w, t.Symbols.Ellipsis)}
	switch {
	case !s.loaded && s.err != nil:
		return append(head[:1], widget.Failure(t, s.err, s.retryKey(), w)...)
	case !s.loaded:
		return append(append(head[:1], "", ""), widget.Loading(t, "searching for customers", s.search.Waited(s.env.Now()), w, h-listHead)...)
	case s.rowCount() == 0:
		return append(head, s.emptyLines(w)...)
	}
	cols := columns()
	widths := layout.Widths(cols, max(w-widget.Margin, 1))
	lines := append(head, widget.Header(t, cols, widths, w))
	from, to := s.list.Window()
	for i := from; i < to; i++ {
		f := widget.FocusOf(i, s.list.Cursor, !s.field.Focused())
		if i == len(s.rows) {
			lines = append(lines, s.offerLine(f, w))
			continue
		}
		c := s.rows[i]
		name, style := c.Name, t.Text
		if name == "" {
			name, style = "no name", t.Muted
		}
		if c.Deleted {
			name, style = name+" (deleted)", t.Muted
		}
		cells := []widget.Cell{
			{Text: name, Style: style}, {Text: c.Email, Style: t.Text}, {Text: c.Country, Style: t.Muted},
			{Text: widget.Date(c.Created, s.env.Zone), Style: t.Muted}, {Text: c.ID, Style: t.Muted, Keep: true},
		}
		lines = append(lines, widget.Row(t, cols, widths, cells, f, w))
	}
	return lines
}

func columns() []layout.Column {
	return []layout.Column{
		{Title: "NAME", Min: 18, Max: 24}, {Title: "EMAIL", Min: 26}, {Title: "COUNTRY", Min: 7, Max: 7, Rank: 4},
		{Title: "SINCE", Min: 11, Max: 11, Rank: 2, Right: true}, {Title: "ID", Min: 18, Max: 18, Rank: 5},
	}
}

func (s *Screen) offerLine(f widget.Focus, w int) string {
	t := s.env.Theme
	text := "+ Create a customer with " + s.text
	switch f {
	case widget.Selected:
		return t.Selected.Render(layout.Fit(t.Symbols.Selected+" "+text, w, t.Symbols.Ellipsis))
	case widget.Resting:
		return t.Resting.Render(layout.Fit(t.Symbols.Selected+" "+text, w, t.Symbols.Ellipsis))
	}
	return layout.Cut("  "+t.Accent.Render(text), w, t.Symbols.Ellipsis)
}

// said is the line under the field: what is wrong, what is being done, or what
// was found.
func (s *Screen) said() string {
	t, now := s.env.Theme, s.env.Now()
	switch {
	case s.field.Problem != "":
		return t.Warning.Render(t.Symbols.Attention) + " " + s.field.Problem
	case s.making.Pending():
		return t.Info.Render(t.Symbols.Waiting) + " Creating " + s.email
	case s.search.Waited(now) > 150*time.Millisecond:
		return t.Info.Render(t.Symbols.Waiting) + " Searching"
	case s.err != nil:
		return t.Danger.Render(t.Symbols.Failed) + " Not searched; what was found before stays. " + t.Key.Render(s.retryKey()) + " tries again"
	case s.offer() != "" && len(s.rows) == 0:
		return t.Muted.Render("Nobody has this email yet.")
	case len(s.rows) == 0:
		return ""
	case s.text == "" && s.more:
		return t.Muted.Render("The newest " + widget.Count(int64(len(s.rows)), "customer") + ": type to find others")
	case s.text == "":
		return t.Muted.Render(widget.Count(int64(len(s.rows)), "customer") + ", newest first")
	case s.more:
		return t.Muted.Render("More than " + widget.Grouped(len(s.rows)) + " found: type more to narrow it down")
	}
	return t.Muted.Render(widget.Grouped(len(s.rows)) + " found")
}

// retryKey is the key that searches again where the keyboard is now.
func (s *Screen) retryKey() string {
	if s.field.Focused() {
		return "enter"
	}
	return "r"
}

func (s *Screen) emptyLines(w int) []string {
	t := s.env.Theme
	if s.text == "" {
		return widget.Empty(t, "No customers yet", [][2]string{
			{"", "Type an email here to create one,"}, {"", "or sell something: the buyer becomes one."},
		}, w)
	}
	hints := [][2]string{{"", "Names and emails are searched by any part of them, ids whole."}, {"", "Type a whole email to create a customer with it."}}
	if !s.field.Focused() {
		hints = append(hints, [2]string{"esc", "shows the newest customers"})
	}
	return widget.Empty(t, "Nobody is found for "+layout.Cut(s.text, 40, t.Symbols.Ellipsis), hints, w)
}

func (s *Screen) detailLines(w int) []string {
	t := s.env.Theme
	c, ok := s.selected()
	if !ok {
		return nil
	}
	title := c.Label()
	if c.Deleted {
		title += " (deleted)"
	}
	lines := []string{" " + t.Bold.Render(layout.Cut(title, max(w-2, 1), t.Symbols.Ellipsis)), ""}
	for _, l := range widget.FactColumns(t, widget.CustomerFacts(t, c, s.env.Zone), max(w-2, 1)) {
		lines = append(lines, " "+l)
	}
	return lines
}
