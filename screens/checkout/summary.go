package checkout

import (
	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// summary says what enter would do, beside the document.
func (s *screen) summary(w int) []string {
	t := s.env.Theme
	if s.bare() {
		return nil
	}
	p := s.plan()
	lines := []string{"  " + t.Heading.Render("This sale"), ""}
	var facts [][2]string
	if p.err == nil {
		if !p.byOptions {
			facts = append(facts, [2]string{"Due now", t.Bold.Render(p.due.String())})
		}
		facts = append(facts, [2]string{"Mode", p.words()})
		if p.later != "" {
			facts = append(facts, [2]string{"After that", p.later})
		}
	}
	facts = append(facts, [2]string{"Customer", s.buyer()})
	if c := s.env.Cart.Customer; c.ID != "" && c.Name != "" {
		facts = append(facts, [2]string{"", c.Email})
	}
	if n := len(s.options); n > 0 {
		facts = append(facts, [2]string{"Options", widget.Count(int64(n), "Stripe parameter")})
	}
	for _, l := range widget.Facts(t, facts, max(w-2, 1)) {
		lines = append(lines, "  "+l)
	}
	return append(append(lines, ""), s.next(p, w, 0)...)
}

// brief is the summary under the document.
func (s *screen) brief(w int) []string {
	t := s.env.Theme
	p := s.plan()
	var lines []string
	if p.err == nil {
		due := "  "
		if !p.byOptions {
			due += "Due now " + t.Bold.Render(p.due.String()) + ": "
		}
		words := p.words()
		if w < 56 {
			words = p.word()
		}
		lines = append(lines, layout.Cut(due+words, w, t.Symbols.Ellipsis))
	}
	most := 5
	if s.h < 14 {
		most = 3
	}
	return append(lines, s.next(p, w, most)...)
}

// next says in words what stands in the way, or what enter does; most bounds a
// sentence's lines (0: none).
func (s *screen) next(p plan, w, most int) []string {
	t := s.env.Theme
	refused := t.Warning.Render(t.Symbols.Attention)
	switch {
	case s.create.Pending():
		return widget.Sentence(t.Info.Render(t.Symbols.Waiting), "Creating the checkout at Stripe"+t.Symbols.Ellipsis, w, most, t.Symbols.Ellipsis)
	case p.err != nil:
		return widget.Sentence(refused, widget.Message(p.err), w, most, t.Symbols.Ellipsis)
	case s.problem != nil && same(s.problemOf, s.request()):
		return s.refusal(w, most)
	}
	does := s.does()
	switch {
	case s.hasOpen(s.request()):
		return widget.Sentence(refused, "This cart has an open checkout already: it is listed under Open checkouts. enter asks before it makes a second one.", w, most, t.Symbols.Ellipsis)
	case s.h < 12:
		does = "enter creates the checkout"
	}
	return widget.Sentence(t.Success.Render(t.Symbols.Success), does, w, most, t.Symbols.Ellipsis)
}

// does says what enter does.
func (s *screen) does() string {
	if s.env.Desk.Profile.Live() {
		return "Ready. enter asks once more, then creates the checkout page at Stripe and opens it."
	}
	return "Ready. enter creates the checkout page at Stripe and opens it."
}

// refusal is the error of the last attempt with what it is about. Nothing that
// was put together is lost by it.
func (s *screen) refusal(w, most int) []string {
	t := s.env.Theme
	e := services.AsError(s.problem)
	text := services.Clean(e.Message)
	if text == "" {
		text = services.Clean(e.Error())
	}
	lines := widget.Sentence(t.Danger.Render(t.Symbols.Failed), text, w, most, t.Symbols.Ellipsis)
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, layout.Cut("    "+t.Muted.Render(label+" ")+services.Clean(value), w, t.Symbols.Ellipsis))
		}
	}
	add("Parameter", e.Field)
	next := services.Clean(e.Next)
	if !definite(s.problem) && next == "" {
		next = "enter tries again; a second session is never made by it."
	}
	if next != "" {
		lines = append(lines, widget.Sentence("", next, w, most, t.Symbols.Ellipsis)...)
	}
	add("Request", e.RequestID)
	return lines
}
