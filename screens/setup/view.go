package setup

import (
	"strconv"
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// panelWidth is the column beside the page, in cells, where there is room for it.
const panelWidth = 42

// labelWidth is the column of the fields' labels.
const labelWidth = 16

// line is one line of the form and the item it belongs to, or -1; after saving,
// the choice it draws.
type line struct {
	text string
	item item
}

func (s *Screen) split() (left, right int) { return widget.PageColumns(s.w, panelWidth) }

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

// settle scrolls so that the item with the cursor is seen with what is said of it.
func (s *Screen) settle() {
	lines := s.lines()
	at := s.cursor
	if s.done != nil {
		at = item(s.choice.Cursor)
	}
	first, last := -1, 0
	for i, l := range lines {
		if l.item == at {
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
	if s.done == nil && s.cursor == s.visible()[0] && last < s.h {
		s.top = 0
	}
	s.top = max(min(s.top, len(lines)-s.h), 0)
}

// annotate keeps the fields' placeholders and hints true.
func (s *Screen) annotate() {
	kept := func(it item, set services.Setting, empty string) {
		s.fields[it].SetPlaceholder(empty)
		if set.Set {
			s.fields[it].SetPlaceholder(set.Masked + "  (" + set.From + ")")
		}
		s.fields[it].Hint = ""
		if set.Set && s.cursor == it {
			s.fields[it].Hint = "Stays as it is unless you type another."
		}
	}
	kept(publishable, s.view.PublishableKey, "starts with pk_test_ or pk_live_")
	kept(secret, s.view.SecretKey, "starts with sk_ or rk_")
	hint := func(it item, text string) {
		s.fields[it].Hint = ""
		if s.cursor == it {
			s.fields[it].Hint = text
		}
	}
	if s.source < 0 && s.cursor == source {
		s.note = "Columns Name, Description, Price, Price ID; in the folder products of bursar's data."
	} else {
		s.note = ""
	}
	hint(profileItem, "A profile is one account in one mode: keys, products and logs of its own.")
	hint(webhookBase, "Only if Stripe can reach this machine at a public https address. Without it events are read from Stripe's list.")
	hint(passphrase, "It protects the file that the secrets are kept in.")
}

// lines draws the left column whole.
func (s *Screen) lines() []line {
	w, _ := s.split()
	if s.done != nil {
		return s.doneLines(w)
	}
	t := s.env.Theme
	var out []line
	add := func(it item, texts ...string) {
		for _, text := range texts {
			out = append(out, line{text, it})
		}
	}
	if s.roomy() {
		add(-1, "")
	}
	add(-1, "  "+t.Heading.Render(s.heading()))
	if s.h >= 14 {
		add(-1, s.intro(w)...)
	}
	switch {
	case s.showErr != nil && !s.ready:
		add(-1, widget.Failure(t, s.showErr, "r", w)...)
		return out
	case !s.ready:
		add(-1, widget.Loading(t, "reading the configuration", s.show.Waited(s.env.Now()), w, 6)...)
		return out
	}
	if s.showErr != nil {
		add(-1, s.failed(s.showErr, w)...)
	}
	for _, it := range s.visible() {
		if s.roomy() && (it != saveUnchecked) {
			add(-1, "")
		}
		if it == save {
			add(-1, s.beforeSave(w)...)
		}
		add(it, s.itemLines(it, w)...)
	}
	return out
}

func (s *Screen) heading() string {
	if s.env.Desk.Profile.Sandbox {
		return "Connect your Stripe account"
	}
	return "Profile " + services.Clean(s.env.Desk.Profile.Name)
}

func (s *Screen) intro(w int) []string {
	text := "Change what you like and save; what you leave empty stays as it is."
	switch {
	case s.env.Desk.Profile.Sandbox:
		text = "Two keys make a profile of your own beside the sandbox. Both can be pasted at once, into either field."
	case s.isNew, !s.view.SecretKey.Set:
		text = "Two keys are needed. Both can be pasted at once, into either field."
	}
	var lines []string
	for _, l := range layout.Wrap(text, min(max(w-4, 10), 76)) {
		lines = append(lines, "  "+s.env.Theme.Muted.Render(l))
	}
	return lines
}

func (s *Screen) itemLines(it item, w int) []string {
	t := s.env.Theme
	var body []string
	switch it {
	case source:
		body = s.sourceLines(w - 2)
	case save:
		body = []string{s.button("Save", it)}
	case saveUnchecked:
		body = []string{s.button("Save without checking", it)}
	default:
		body = s.fields[it].View(labelWidth, w-2)
	}
	for i, l := range body {
		lead := "  "
		if i == 0 && it == s.cursor {
			lead = t.Accent.Render(t.Symbols.Selected) + " "
		}
		body[i] = lead + l
	}
	return body
}

func (s *Screen) button(name string, it item) string {
	t := s.env.Theme
	text := "[ " + name + " ]"
	switch {
	case s.saving.Pending():
		text = t.Muted.Render(text)
	case it == s.cursor:
		text = t.Selected.Render(text)
	}
	return text
}

func (s *Screen) sourceLines(w int) []string {
	t := s.env.Theme
	label := t.Text
	if s.cursor == source {
		label = t.Bold
	}
	head := label.Render(layout.Fit("Product source", labelWidth, ""))
	pad := strings.Repeat(" ", labelWidth+3)
	if w-labelWidth-1 < 24 {
		pad = "  "
	}
	join := func(value string) []string {
		lines := []string{head + "   " + value}
		if w-labelWidth-1 < 24 {
			lines = []string{head, pad + value}
		}
		if s.note != "" {
			for _, l := range layout.Wrap(s.note, max(w-len(pad), 10)) {
				lines = append(lines, pad+t.Muted.Render(l))
			}
		}
		return lines
	}
	switch {
	case s.sourcesErr != nil:
		lines := join(t.Danger.Render(t.Symbols.Failed) + " could not be listed")
		for _, l := range layout.Wrap(widget.Message(s.sourcesErr)+" r tries again.", max(w-len(pad), 10)) {
			lines = append(lines, pad+l)
		}
		return lines
	case s.source < 0 && len(s.sources) == 0 && s.ask.Pending():
		return join(t.Muted.Render("being read" + t.Symbols.Ellipsis))
	case s.source < 0 && s.view.ProductSource.Number != 0:
		return join(strconv.Itoa(s.view.ProductSource.Number) + t.Muted.Render("  is not there any more"))
	case s.source < 0:
		return join(t.Muted.Render("none yet: bursar products import shop.csv adds one"))
	}
	src := s.sources[s.source]
	value := strconv.Itoa(src.Number) + "  " + services.Clean(src.Name)
	count := t.Muted.Render("  " + rows(src.Rows))
	if s.cursor == source && len(s.sources) > 1 {
		count += t.Muted.Render(", " + strconv.Itoa(s.source+1) + " of " + strconv.Itoa(len(s.sources)))
	}
	return join(layout.Cut(value, max(w-len(pad)-layout.Width(count), 8), t.Symbols.Ellipsis) + count)
}

func rows(n int) string {
	if n == 1 {
		return "1 product"
	}
	return strconv.Itoa(n) + " products"
}

// beforeSave is what a person should know before pressing Save.
func (s *Screen) beforeSave(w int) []string {
	t := s.env.Theme
	var out []string
	if s.live() {
		text := " LIVE MODE: these keys reach real customers and real money. "
		out = append(out, "  "+t.Banner.Render(layout.Cut(text, max(w-4, 1), t.Symbols.Ellipsis)))
	}
	if s.failure != nil {
		out = append(out, s.failed(s.failure, w)...)
	}
	if s.saving.Pending() {
		text := "Asking Stripe whether it accepts the key" + t.Symbols.Ellipsis
		if s.fields[secret].Value() == "" {
			text = "Saving" + t.Symbols.Ellipsis
		}
		out = append(out, "  "+t.Info.Render(t.Symbols.Waiting)+" "+text)
	}
	return out
}

func (s *Screen) failed(err error, w int) []string {
	t := s.env.Theme
	var lines []string
	for i, l := range layout.Wrap(widget.Message(err), min(max(w-5, 10), 76)) {
		lead := "    "
		if i == 0 {
			lead = "  " + t.Danger.Render(t.Symbols.Failed) + " "
		}
		lines = append(lines, lead+l)
	}
	return lines
}
