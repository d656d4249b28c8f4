package logs

import (
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// listHead is the lines above the rows of the list.
const listHead = 2

// panes is how the box is shared now: without events there is nothing to show
// beside the list.
func (s *Screen) panes() widget.Panes {
	if s.err != nil || len(s.lines) == 0 && (s.loaded || s.pages.progress.Of > 0) {
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
	if s.picker.open {
		return s.picker.lines(w, h)
	}
	lines := []string{s.head(w)}
	lines = append(lines, s.body(w, h-len(lines))...)
	if s.entry.open {
		lines = layout.Block(lines, w, h, s.env.Theme.Symbols.Ellipsis)
		copy(lines[min(1, len(lines)):], s.drop(w, h-1))
	}
	return lines
}

// head is what is listed and where one is in it, or the filter line.
func (s *Screen) head(w int) string {
	if s.entry.open {
		return s.entryLine(w)
	}
	subject := " " + s.subject()
	room := w - layout.Width(subject) - 1
	if s.filter.text == "" {
		room = w - min(layout.Width(subject)+1, w/2)
	}
	return layout.Spread(subject, s.state(max(room, 12)), w, s.env.Theme.Symbols.Ellipsis)
}

// body is what is below the head in its four states.
func (s *Screen) body(w, h int) []string {
	t := s.env.Theme
	switch {
	case s.err != nil:
		return widget.Failure(t, s.err, "r", w)
	case !s.loaded && s.pages.progress.Of > 0:
		return s.searchLines(w)
	case !s.loaded:
		return append([]string{""}, widget.Loading(t, "reading the events", s.pages.guard.Waited(s.env.Now()), w, h-1)...)
	case len(s.lines) == 0:
		return s.emptyLines(w)
	}
	foot := s.foot(w)
	lines := []string{s.table.Header()}
	room := max(h-len(lines)-len(foot), 0)
	from := max(s.list.Top, s.list.Cursor-room+1)
	for i := from; i < min(from+room, len(s.lines)); i++ {
		lines = append(lines, s.row(i, w))
	}
	return append(lines, foot...)
}

// shift is how many rows the window is drawn further down than the list knows,
// where a line below takes the place of the last one.
func (s *Screen) shift() int {
	room := s.list.Height - len(s.foot(s.panes().ListW))
	return max(s.list.Cursor-room+1-s.list.Top, 0)
}

func (s *Screen) row(i, w int) string {
	f := widget.FocusOf(i, s.list.Cursor, !s.detail.focused)
	if l := s.lines[i]; l.isGap() {
		return s.gapRow(s.gaps[l.gap], f, w)
	}
	return s.table.Row(s.env.Now(), s.run.rows[s.lines[i].event], f)
}

// subject says what is listed.
func (s *Screen) subject() string {
	t := s.env.Theme
	who, what, room := "", "All events", 18
	if s.filter.text != "" {
		room = 12 // what is typed matters more than whose log it is
	}
	if s.customer != "" {
		who, what = layout.Middle(services.Clean(s.customer), room, t.Symbols.Ellipsis)+"  ", "all events"
	}
	if s.filter.text != "" {
		return t.Bold.Render(who) + t.Accent.Render("/") + t.Bold.Render(services.Clean(s.filter.text))
	}
	return t.Bold.Render(who + what)
}

// state says where one is, what is not whole, and whether new events appear, in
// at most w cells: what matters least is left out first.
func (s *Screen) state(w int) string {
	if !s.loaded || len(s.lines) == 0 {
		return ""
	}
	t := s.env.Theme
	type part struct {
		text string
		rank int // the highest is left out first
	}
	parts := []part{{s.searchState(), 2}, {s.gapState(), 3}}
	if s.live.fresh > 0 {
		parts = append(parts, part{t.Accent.Render(widget.Grouped(s.live.fresh) + " new"), 1})
	}
	parts = append(parts, part{s.liveState(), 4}, part{s.position(), 0})
	for rank := 4; ; rank-- {
		var shown []string
		for _, p := range parts {
			if p.text != "" && p.rank <= rank {
				shown = append(shown, p.text)
			}
		}
		line := strings.Join(shown, t.Muted.Render(" "+t.Symbols.Dot+" ")) + " "
		if layout.Width(line) <= w || rank == 0 {
			return line
		}
	}
}

func (s *Screen) liveState() string {
	t := s.env.Theme
	switch {
	case s.live.deaf != nil:
		return t.Warning.Render(t.Symbols.Attention) + " not live"
	case s.live.follow:
		return t.Success.Render(t.Symbols.On) + " live"
	}
	return t.Warning.Render(t.Symbols.Off) + " paused"
}

// position is where the cursor is, counted from the end that is known.
func (s *Screen) position() string {
	l, ok := s.under()
	if !ok {
		return ""
	}
	at := min(l.event, len(s.run.rows)-1)
	switch {
	case s.run.above != unknown && s.run.total() != unknown:
		return widget.Grouped(s.run.above+at+1) + " of " + widget.Grouped(s.run.total())
	case s.run.above != unknown:
		return widget.Grouped(s.run.above+at+1) + " of " + widget.Grouped(s.run.counted()) + "+"
	case s.run.below != unknown:
		if left := s.run.below + len(s.run.rows) - 1 - at; left > 0 {
			return widget.Grouped(left) + " from the end"
		}
		return "at the end"
	}
	return ""
}

func (s *Screen) emptyLines(w int) []string {
	t := s.env.Theme
	if foot := s.foot(w); len(foot) > 0 && s.searches() {
		return append([]string{""}, foot...)
	}
	var hints [][2]string
	title := "No events yet"
	switch {
	case s.pages.stopped:
		title = "Nothing found so far"
		if s.pages.progress.Of > 0 {
			title += ": looked at " + s.searched()
		}
		hints = append(hints, [2]string{"r", "starts over"})
	case s.filter.text != "":
		title = "No event matches"
	case s.customer != "":
		title = "No events of this customer yet"
	}
	if n := s.missing(); n > 0 {
		hints = append(hints, [2]string{"s", s.gapAdvice(n)})
	}
	switch {
	case s.filter.text != "":
		hints = append(hints, [2]string{"/", "changes the filter"}, [2]string{"esc", "shows all " + s.storedWords()})
	case s.missing() == 0:
		hints = append(hints, [2]string{"s", "reads Stripe's event list now"})
	}
	if s.filter.text == "" && s.customer == "" {
		hints = append(hints, [2]string{"4", "sells something, which makes some"}, [2]string{"3", "checks that Stripe can reach bursar"})
	}
	return append(widget.Empty(t, title, hints, w), s.foot(w)...)
}

// storedWords names the events that a filter leaves out.
func (s *Screen) storedWords() string {
	switch {
	case s.customer != "":
		return "events of this customer"
	case s.stored > 0:
		return widget.Count(int64(s.stored), "event")
	}
	return "events"
}
