package webhooks

import (
	"strconv"
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// panelWidth is the column beside the page, in cells, where there is room for it.
const panelWidth = 44

// line is one line of the left column and the step it belongs to, or -1.
type line struct {
	text string
	step int
}

func (s *Screen) split() (left, right int) { return widget.PageColumns(s.w, panelWidth) }

// beside reports whether the panel stands beside the steps.
func (s *Screen) beside() bool { _, panel := s.split(); return panel > 0 }

func (s *Screen) roomy() bool { return s.h >= 18 }

// View draws the page.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	left, right := s.split()
	lines := s.lines()
	texts := make([]string, 0, s.h)
	for i := s.top; i < len(lines) && len(texts) < s.h; i++ {
		texts = append(texts, lines[i].text)
	}
	var panel []string
	if right > 0 {
		panel = s.panel(right)
	}
	return widget.Page(s.env.Theme, texts, panel, left, right, s.h)
}

// settle scrolls so that the step with the cursor is seen whole where it can be.
func (s *Screen) settle() {
	lines := s.lines()
	first, last := -1, 0
	for i, l := range lines {
		if l.step == s.cursor {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if last >= s.top+s.h {
		s.top = last - s.h + 1
	}
	if first >= 0 && first < s.top {
		s.top = first
	}
	if s.cursor == 0 && last < s.h {
		s.top = 0
	}
	s.top = max(min(s.top, len(lines)-s.h), 0)
}

// lines draws the left column whole.
func (s *Screen) lines() []line {
	w, _ := s.split()
	t := s.env.Theme
	var out []line
	add := func(texts ...string) {
		for _, text := range texts {
			out = append(out, line{text, -1})
		}
	}
	gap := func() {
		if s.roomy() {
			add("")
		}
	}
	switch {
	case services.CodeOf(s.err) == services.CodeNotFound && !s.ready:
		add(widget.Empty(t, "This profile is not set up yet", [][2]string{{"u", "enter its keys first; the webhook comes after that"}}, w)...)
		return out
	case s.err != nil && !s.ready:
		add(widget.Failure(t, s.err, "r", w)...)
		return out
	case !s.ready:
		gap()
		add(widget.Loading(t, "reading the configuration", s.show.Waited(s.env.Now()), w, 6)...)
		return out
	}
	gap()
	add("  " + t.Heading.Render(s.heading()))
	add(s.wrapped(s.explains(), w, t.Muted.Render)...)
	gap()
	add(s.stateLines(w)...)
	if s.err != nil {
		add(s.wrapped(widget.Message(s.err), w, t.Warning.Render)...)
	}
	if url := s.url(); url != "" && (s.h >= 12 || s.beside()) {
		gap()
		add(layout.Spread("  "+t.Heading.Render("Webhook URL"), t.Muted.Render("y copies it")+" ", w, ""))
		for _, l := range layout.Wrap(url, max(w-3, 10)) {
			add("  " + t.Link.Render(l))
		}
	}
	gap()
	add(s.stepsHeading(w))
	for i := range s.steps {
		for _, text := range s.stepLines(i, w) {
			out = append(out, line{text, i})
		}
	}
	if s.sandbox() {
		gap()
		add(s.preview(w)...)
	}
	return out
}

func (s *Screen) wrapped(text string, w int, style func(...string) string) []string {
	var lines []string
	for _, l := range layout.Wrap(text, min(max(w-4, 10), 78)) {
		if l != "" {
			lines = append(lines, "  "+style(l))
		}
	}
	return lines
}

func (s *Screen) heading() string {
	if s.sandbox() {
		return "Webhooks in the sandbox"
	}
	return "Webhook of " + services.Clean(s.env.Desk.Profile.Name)
}

func (s *Screen) explains() string {
	switch {
	case s.sandbox() && s.h < 14:
		return "Signed and delivered to bursar by itself: nothing to set up."
	case s.sandbox():
		return "The sandbox signs every event and delivers it to bursar's own receiver on this machine, as Stripe would. Nothing needs to be set up."
	case s.h < 14:
		return ""
	case s.view.WebhookReach == services.ReachLoopback:
		return "Stripe cannot reach this machine, so events are read from Stripe's list instead: nothing is lost, they only come a little later. For a webhook, enter a public address in Setup (u)."
	}
	return "Stripe tells bursar about every event as it happens. Without it events are read from Stripe's list, a little later."
}

// stateLines say in one line each whether webhooks arrive.
func (s *Screen) stateLines(w int) []string {
	t := s.env.Theme
	sign, text := t.Muted.Render(t.Symbols.Neutral), "The receiver's state is being read"+t.Symbols.Ellipsis
	switch {
	case s.ill != nil && !s.alive:
		sign, text = t.Danger.Render(t.Symbols.Failed), widget.Message(s.ill)
	case !s.alive:
	case s.health.ClockProblem != "":
		sign, text = t.Warning.Render(t.Symbols.Attention), s.health.ClockProblem
	case s.sandbox() && s.health.LastWebhook.IsZero():
		sign, text = t.Info.Render(t.Symbols.Waiting), "Waiting for the next event: sell something, and its webhooks arrive here."
	case !s.health.LastWebhook.IsZero():
		sign, text = t.Success.Render(t.Symbols.Success), "Signed webhooks arrive; the last one came "+ago(widget.Age(s.env.Now(), s.health.LastWebhook))+"."
	case s.view.WebhookReach == services.ReachLoopback:
		sign, text = t.Info.Render(t.Symbols.Waiting), "No webhook has come; events are read from Stripe's list."
	case !s.view.SigningSecret.Set:
		sign, text = t.Warning.Render(t.Symbols.Attention), "No signing secret yet: what arrives cannot be checked and is refused."
	default:
		sign, text = t.Info.Render(t.Symbols.Waiting), "Waiting for the first webhook."
	}
	var lines []string
	for i, l := range layout.Wrap(text, min(max(w-6, 10), 76)) {
		if i > 0 {
			sign = " "
		}
		lines = append(lines, "  "+sign+" "+l)
	}
	return lines
}

func ago(age string) string {
	if age == "now" {
		return "just now"
	}
	if strings.Contains(age, "-") {
		return "on " + age
	}
	return age + " ago"
}

func (s *Screen) stepsHeading(w int) string {
	t := s.env.Theme
	if s.sandbox() {
		return "  " + t.Heading.Render("From here")
	}
	done := 0
	for _, st := range s.steps {
		if st.done {
			done++
		}
	}
	note := strconv.Itoa(done) + " of " + strconv.Itoa(len(s.steps)) + " done"
	return layout.Spread("  "+t.Heading.Render("Steps in Stripe"), t.Muted.Render(note)+" ", w, t.Symbols.Ellipsis)
}

// stepLines draws a step: its title, and for the one with the cursor its detail
// and what it is about.
func (s *Screen) stepLines(i, w int) []string {
	t, st := s.env.Theme, s.steps[i]
	focus := widget.FocusOf(i, s.cursor, !s.editing)
	if s.sandbox() {
		cols := []layout.Column{{Min: 27, Max: 30}, {Min: 12, Rank: 1}}
		cells := []widget.Cell{{Text: st.title, Style: t.Text}, {Text: st.detail, Style: t.Muted}}
		return []string{widget.Row(t, cols, layout.Widths(cols, w-widget.Margin-1), cells, focus, w)}
	}
	sign, style := t.Symbols.Off, t.Muted
	if st.done {
		sign, style = t.Symbols.Success, t.Success
	}
	cols := []layout.Column{{Min: 1, Max: 1}, {Min: 1, Max: 1}, {Min: 10}}
	cells := []widget.Cell{{Text: sign, Style: style}, {Text: strconv.Itoa(i + 1), Style: t.Muted}, {Text: st.title, Style: t.Text}}
	lines := []string{widget.Row(t, cols, layout.Widths(cols, w-widget.Margin-1), cells, focus, w)}
	if i == s.cursor {
		lines = append(lines, s.detail(st, w)...)
	}
	return lines
}

func (s *Screen) detail(st step, w int) []string {
	t := s.env.Theme
	const pad = "        "
	var lines []string
	room := max(w-len(pad)-2, 10)
	if s.h >= 12 {
		for _, l := range layout.Wrap(st.detail, min(room, 72)) {
			lines = append(lines, pad+t.Muted.Render(l))
		}
	}
	switch {
	case len(st.values) > 0 && !s.beside():
		for _, v := range st.values {
			lines = append(lines, pad+t.Accent.Render(v))
		}
	case st.entry:
		for _, l := range s.field.View(15, room) {
			lines = append(lines, pad+l)
		}
		if s.saving.Pending() {
			lines = append(lines, pad+t.Info.Render(t.Symbols.Waiting)+" Storing it"+t.Symbols.Ellipsis)
		}
	case len(st.values) == 0 && st.copies != "" && st.copies != s.url():
		lines = append(lines, pad+t.Link.Render(layout.Cut(st.copies, room, t.Symbols.Ellipsis)))
	}
	return lines
}
