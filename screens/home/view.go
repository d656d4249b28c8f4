package home

import (
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// panelWidth is the column beside the list, in cells, where there is room for it.
const panelWidth = 42

// line is one line of the left column and the row it draws, or -1.
type line struct {
	text string
	row  int
}

// split returns the widths of the two columns; the right one is 0 when there is
// no room for it.
func (s *Screen) split() (left, right int) { return widget.PageColumns(s.w, panelWidth) }

// roomy reports whether blank lines between groups can be afforded.
func (s *Screen) roomy() bool { return s.h >= 18 }

// View draws the page.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	left, right := s.split()
	var texts []string
	for _, l := range s.lines(left) {
		texts = append(texts, l.text)
	}
	var panel []string
	if right > 0 {
		panel = s.panel(right)
	}
	return widget.Page(s.env.Theme, texts[min(s.top, len(texts)):], panel, left, right, s.h)
}

// settle scrolls so that the row with the cursor is seen; from the first row on
// also what stands above it.
func (s *Screen) settle() {
	left, _ := s.split()
	lines := s.lines(left)
	at := 0
	for i, l := range lines {
		if l.row == s.cursor {
			at = i
			break
		}
	}
	switch {
	case s.cursor == 0 && at < s.h:
		s.top = 0
	case at <= s.top:
		s.top = at - 1
	case at >= s.top+s.h:
		s.top = at - s.h + 1
	}
	s.top = max(min(s.top, len(lines)-s.h), 0)
}

// lines draws the left column whole.
func (s *Screen) lines(w int) []line {
	var out []line
	plain := func(texts ...string) {
		for _, text := range texts {
			out = append(out, line{text, -1})
		}
	}
	gap := func() {
		if s.roomy() && len(out) > 0 && out[len(out)-1].text != "" {
			plain("")
		}
	}
	if s.roomy() {
		plain("")
	}
	plain(s.intro(w)...)
	if _, panel := s.split(); panel == 0 {
		plain(s.summary(w)...)
	}
	for sec := range section(len(columns)) {
		body := s.sectionLines(sec, w)
		if len(body) > 0 {
			gap()
			out = append(out, body...)
		}
	}
	return out
}

// intro says in two lines what this is.
func (s *Screen) intro(w int) []string {
	t := s.env.Theme
	p := s.env.Desk.Profile
	title, text := "", ""
	switch {
	case p.Sandbox:
		title = "This is the sandbox"
		text = "A whole shop on this machine: no account, no network, no money. Sell, look around, break things; pay with the card " + testCards[0].number + "."
	case s.missingKeys():
		title = "Welcome to bursar"
		text = "The profile " + services.Clean(p.Name) + " has no keys yet. Connect your Stripe account, or try everything in the sandbox first."
	default:
		return nil
	}
	if p.Sandbox && (s.h < 18 || s.w < 60) {
		text = "No account, no network, no money.\nPay with " + testCards[0].number + "."
	}
	lines := []string{"  " + t.Heading.Render(title)}
	for _, l := range layout.Wrap(text, min(max(w-4, 10), 76)) {
		lines = append(lines, "  "+l)
	}
	return lines
}

func (s *Screen) sectionLines(sec section, w int) []line {
	t := s.env.Theme
	var out []line
	head, note := s.heading(sec)
	cols := columns[sec]
	widths := layout.Widths(cols, w-widget.Margin-1)
	for i, r := range s.rows {
		if r.section != sec {
			continue
		}
		for _, cells := range s.wrapped(r, widths) {
			out = append(out, line{widget.Row(t, cols, widths, cells, widget.FocusOf(i, s.cursor, true), w), i})
		}
	}
	for _, text := range s.sectionState(sec, len(out), w) {
		out = append(out, line{text, -1})
	}
	if len(out) == 0 || head == "" {
		return out
	}
	return append([]line{{layout.Spread("  "+t.Heading.Render(head), t.Muted.Render(note)+" ", w, t.Symbols.Ellipsis), -1}}, out...)
}

// wrapped are a row's lines. What needs attention is read whole where there is
// room: its end says what to do.
func (s *Screen) wrapped(r row, widths []int) [][]widget.Cell {
	last := len(r.cells) - 1
	if r.section != attention || !s.roomy() || layout.Width(r.cells[last].Text) <= widths[last] {
		return [][]widget.Cell{r.cells}
	}
	var out [][]widget.Cell
	for i, text := range layout.Wrap(r.cells[last].Text, widths[last]) {
		cells := []widget.Cell{{}, {Text: text, Style: r.cells[last].Style}}
		if i == 0 {
			cells[0] = r.cells[0]
		}
		out = append(out, cells)
	}
	return out
}

// heading is a section's title and what stands at the end of its line.
func (s *Screen) heading(sec section) (title, note string) {
	switch sec {
	case ways:
		if s.missingKeys() {
			return "Start here", ""
		}
		return "What would you like to do?", ""
	case attention:
		return "Needs attention", ""
	case openCheckouts:
		return "Open checkouts", "enter goes on waiting"
	case sales:
		return "Recent sales", ""
	}
	if s.events.have && s.events.val.Total > 0 {
		return "Newest events", counted(s.events.val.Total, "event") + " in the logs"
	}
	return "Newest events", ""
}

// sectionState draws what is not data: waiting, a failure, emptiness. A failure
// that an earlier section told already is not told again.
func (s *Screen) sectionState(sec section, rows, w int) []string {
	errs := [...]error{attention: s.setup.err, openCheckouts: s.open.err, sales: s.sales.err, newest: s.events.err}
	if err := errs[sec]; err != nil {
		for _, before := range errs[:sec] {
			if before != nil && widget.Message(before) == widget.Message(err) {
				return nil
			}
		}
		return s.failure(err, w)
	}
	switch sec {
	case sales:
		return s.state(s.sales.have, s.sales.guard.Waited(s.env.Now()), rows, "Nothing was sold from here yet: s starts a sale.", w)
	case newest:
		return s.state(s.events.have, s.events.guard.Waited(s.env.Now()), rows, "No events yet: they appear here as they happen.", w)
	}
	return nil
}

func (s *Screen) failure(err error, w int) []string {
	t := s.env.Theme
	var lines []string
	for i, l := range layout.Wrap(widget.Message(err)+" r tries again.", min(max(w-5, 10), 76)) {
		lead := "    "
		if i == 0 {
			lead = "  " + t.Danger.Render(t.Symbols.Failed) + " "
		}
		lines = append(lines, lead+l)
	}
	return lines
}

func (s *Screen) state(have bool, waited time.Duration, rows int, empty string, w int) []string {
	t := s.env.Theme
	switch {
	case !have && waited >= tui.ExplainAfter:
		return []string{"  " + t.Muted.Render("Still being read"+t.Symbols.Ellipsis)}
	case !have:
		return widget.Loading(t, "", waited, w, 3)
	case rows == 0:
		return []string{"  " + t.Muted.Render(empty)}
	}
	return nil
}
