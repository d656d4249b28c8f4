package logs

import (
	"strings"
	"time"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// listHead is the lines above the rows of the list.
const listHead = 2

// panes is how the box is shared now: without events there is nothing to show
// beside the list.
func (s *Screen) panes() widget.Panes {
	if s.err != nil || s.loaded && s.total == 0 {
		return widget.Panes{ListW: s.w, ListH: s.h, DetailW: s.w, DetailH: s.h}
	}
	return widget.PanesIn(s.w, s.h)
}

// detailHead is the lines above the JSON.
func (s *Screen) detailHead() int {
	if s.panes().DetailH < 14 {
		return 2
	}
	return 3
}

// split reports whether the event is shown beside or below the list.
func (s *Screen) split() bool { return s.panes().Split != widget.OnePane }

// inDetail returns the line of the detail that a cell is on.
func (s *Screen) inDetail(x, y int) (int, bool) {
	p := s.panes()
	switch p.Split {
	case widget.Beside:
		return y, x > p.ListW
	case widget.Below:
		return y - p.ListH - 1, y > p.ListH
	}
	return 0, false
}

// View draws the box.
func (s *Screen) View() string {
	p := s.panes()
	list, detail := s.listLines(p.ListW, p.ListH), []string(nil)
	if s.split() {
		detail = s.detailLines(p.DetailW, p.DetailH)
	}
	return strings.Join(p.View(s.env.Theme, list, detail, false), "\n")
}

func (s *Screen) listLines(w, h int) []string {
	t := s.env.Theme
	if s.filter.open {
		return s.filter.lines(w, h)
	}
	head := layout.Spread(" "+t.Bold.Render(s.subject()), s.state(), w, t.Symbols.Ellipsis)
	switch {
	case s.err != nil:
		return append([]string{head}, widget.Failure(t, s.err, "r", w)...)
	case !s.loaded:
		return append([]string{head, ""}, widget.Loading(t, "reading the events", s.page.Waited(s.env.Now()), w, h-listHead)...)
	case s.total == 0:
		return append([]string{head}, s.emptyLines(w)...)
	}
	lines := []string{head, s.table.Header()}
	from, to := s.list.Window()
	for i := from; i < to; i++ {
		f := widget.FocusOf(i, s.list.Cursor, !s.detail.focused)
		if e, ok := s.at(i); ok {
			lines = append(lines, s.table.Row(s.env.Now(), e, f))
		} else {
			lines = append(lines, s.table.Blank(f))
		}
	}
	return lines
}

// subject says what is listed.
func (s *Screen) subject() string {
	t := s.env.Theme
	who, what := "", "All events"
	if s.customer != "" {
		who, what = layout.Middle(services.Clean(s.customer), 18, t.Symbols.Ellipsis)+"  ", "every type"
	}
	if s.kind != "" {
		what = services.Clean(s.kind)
	}
	return who + what
}

// state says where one is, and whether new events appear.
func (s *Screen) state() string {
	t := s.env.Theme
	if s.reading.Waited(s.env.Now()) > 150*time.Millisecond {
		return t.Info.Render(t.Symbols.Waiting) + " reading from Stripe "
	}
	if !s.loaded || s.total == 0 {
		return ""
	}
	var parts []string
	if s.fresh > 0 {
		parts = append(parts, t.Accent.Render(widget.Grouped(s.fresh)+" new"))
	}
	if s.follow {
		parts = append(parts, t.Success.Render(t.Symbols.On)+" live")
	} else {
		parts = append(parts, t.Warning.Render(t.Symbols.Off)+" paused")
	}
	parts = append(parts, widget.Grouped(s.list.Cursor+1)+" of "+widget.Grouped(s.total))
	return strings.Join(parts, t.Muted.Render(" "+t.Symbols.Dot+" ")) + " "
}

func (s *Screen) emptyLines(w int) []string {
	t := s.env.Theme
	switch {
	case s.kind != "":
		return widget.Empty(t, "No event of this type", [][2]string{{"esc", "shows every type"}, {"/", "chooses another one"}}, w)
	case s.customer != "":
		return widget.Empty(t, "No events of this customer yet", [][2]string{{"r", "reads Stripe's event list now"}}, w)
	}
	return widget.Empty(t, "No events yet", [][2]string{
		{"r", "reads Stripe's event list now"}, {"4", "sells something, which makes some"}, {"3", "checks that Stripe can reach bursar"},
	}, w)
}

func (s *Screen) detailLines(w, h int) []string {
	t, d := s.env.Theme, &s.detail
	if !d.shown {
		return nil
	}
	lines := widget.EventHead(t, d.event, s.table.Mode, s.env.Now(), s.env.Zone, w)
	lines = layout.Block(lines, w, s.detailHead(), "")
	switch {
	case d.err != nil:
		return append(lines, widget.Failure(t, d.err, "r", w)...)
	case d.tree.Document() == nil:
		return append(lines, widget.Loading(t, "reading the event", d.guard.Waited(s.env.Now()), w, h-s.detailHead())...)
	}
	return append(lines, d.tree.Lines(d.focused)...)
}
