package customer

import (
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// logHead is the lines above the events: their number and the titles.
const logHead = 2

// panes is how the box is shared: the facts left or above, the log right or
// below.
type panes struct {
	factsW, factsH         int
	logX, logY, logW, logH int
	beside                 bool
}

func (s *Screen) panes() panes {
	if s.w >= 100 {
		left := min(s.w*42/100, 60)
		return panes{factsW: left, factsH: s.h, logX: left + 3, logW: s.w - left - 3, logH: s.h, beside: true}
	}
	high := min(len(s.factLines(s.w)), max(s.h/2, 3))
	gap := 1
	if s.h < 12 {
		gap = 0
	}
	return panes{factsW: s.w, factsH: high, logY: high + gap, logW: s.w, logH: max(s.h-high-gap, 0)}
}

// SetSize gives the box in cells.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	p := s.panes()
	s.list.SetSize(max(p.logH-logHead, 0))
	s.table.Fit(p.logW, s.events)
}

// View draws the box.
func (s *Screen) View() string {
	t := s.env.Theme
	if !s.known {
		lines := append([]string{""}, widget.Loading(t, "reading the customer", s.who.Waited(s.env.Now()), s.w, s.h-1)...)
		if s.err != nil {
			lines = widget.Failure(t, s.err, "r", s.w)
		}
		return strings.Join(layout.Block(lines, s.w, s.h, ""), "\n")
	}
	p := s.panes()
	facts := s.facts.View(t, s.factLines(p.factsW), p.factsW, p.factsH)
	log := s.logLines(p.logW, p.logH)
	if p.beside {
		bar := " " + t.Border.Render(t.Symbols.Divider) + " "
		return strings.Join(layout.Join(layout.Block(facts, p.factsW, p.factsH, ""), layout.Block(log, p.logW, p.logH, ""), p.factsW, p.logW, bar, ""), "\n")
	}
	lines := layout.Block(facts, p.factsW, p.logY, "")
	return strings.Join(layout.Block(append(lines, log...), s.w, s.h, ""), "\n")
}

// factLines is who the customer is and what they subscribe to.
func (s *Screen) factLines(w int) []string {
	t, c := s.env.Theme, s.customer
	if !s.known {
		return nil
	}
	title := " " + t.Bold.Render(c.Label())
	if c.Deleted {
		title += "  " + t.Danger.Render(t.Symbols.Failed) + " deleted at Stripe"
	}
	if s.aside {
		title = t.Accent.Render(t.Symbols.Focus) + title[1:]
	}
	if s.short() {
		lines := []string{layout.Spread(title, t.Muted.Render(layout.Middle(c.ID, 18, t.Symbols.Ellipsis)), w, t.Symbols.Ellipsis)}
		return append(append(lines, s.shortFacts(w)...), s.shortSubscriptions(w)...)
	}
	lines := []string{layout.Cut(title, w, t.Symbols.Ellipsis), ""}
	for _, l := range widget.FactColumns(t, widget.CustomerFacts(t, c, s.env.Zone), max(w-2, 1)) {
		lines = append(lines, " "+l)
	}
	return append(lines, s.subscriptionLines(w)...)
}

// short reports whether the window is too low for every fact above the log.
func (s *Screen) short() bool { return s.w < 100 && s.h < 30 || s.h < 14 }

// shortFacts is what matters most: a line, or two where there is room.
func (s *Screen) shortFacts(w int) []string {
	t, c := s.env.Theme, s.customer
	all := [][]string{{c.Email, c.Phone, c.Country}, {c.Card}}
	if c.Balance != nil {
		all[1] = append(all[1], widget.Balance(*c.Balance))
	}
	if c.Delinquent {
		all[1] = append(all[1], t.Warning.Render(t.Symbols.Attention)+" delinquent")
	}
	if s.h < 14 {
		all = [][]string{{c.Email, c.Country, c.Card}}
	}
	var lines []string
	for _, facts := range all {
		var parts []string
		for _, f := range facts {
			if f != "" && f != c.Label() {
				parts = append(parts, f)
			}
		}
		if len(parts) > 0 {
			lines = append(lines, layout.Cut(" "+strings.Join(parts, " "+t.Symbols.Dot+" "), w, t.Symbols.Ellipsis))
		}
	}
	return lines
}

// shortSubscriptions is a line for each subscription that there is room for.
func (s *Screen) shortSubscriptions(w int) []string {
	t := s.env.Theme
	switch {
	case s.subsErr != nil && !s.subsOK:
		return []string{layout.Cut(" "+t.Danger.Render(t.Symbols.Failed)+" Subscriptions: "+widget.Message(s.subsErr), w, t.Symbols.Ellipsis)}
	case !s.subsOK:
		return nil
	case len(s.subs) == 0:
		return []string{t.Muted.Render(" No subscriptions")}
	}
	room := max(min((s.h-8)/3, len(s.subs)), 1)
	var lines []string
	for _, sub := range s.subs[:room] {
		lines = append(lines, widget.SubscriptionLine(t, sub, s.env.Zone, w))
	}
	if more := len(s.subs) - room; more > 0 {
		lines[room-1] = layout.Spread(lines[room-1], "+"+widget.Grouped(more), w, t.Symbols.Ellipsis)
	}
	return lines
}

func (s *Screen) subscriptionLines(w int) []string {
	t := s.env.Theme
	lines := []string{"", " " + t.Bold.Render("Subscriptions")}
	switch {
	case s.subsErr != nil:
		lines = append(lines, layout.Wrap(" "+t.Danger.Render(t.Symbols.Failed)+" "+widget.Message(s.subsErr), max(w, 1))...)
		if !s.subsOK {
			return append(lines, "   "+t.Key.Render("r")+" tries again")
		}
	case !s.subsOK:
		return append(lines, widget.Loading(t, "reading the subscriptions", s.what.Waited(s.env.Now()), w, 2)...)
	}
	if len(s.subs) == 0 {
		return append(lines, "   "+t.Muted.Render("none"))
	}
	for _, sub := range s.subs {
		lines = append(lines, widget.SubscriptionLines(t, sub, s.env.Zone, w)...)
	}
	return lines
}

func (s *Screen) logLines(w, h int) []string {
	t := s.env.Theme
	title := " " + t.Bold.Render("Log")
	switch {
	case !s.logOK && s.logErr != nil:
		return append([]string{title}, widget.Failure(t, s.logErr, "r", w)...)
	case !s.logOK:
		return append([]string{title, ""}, widget.Loading(t, "reading the events", s.log.Waited(s.env.Now()), w, h-logHead)...)
	case s.total == 0:
		return append([]string{title}, widget.Empty(t, "No events of this customer yet", emptyHints(s.customer), w)...)
	}
	lines := []string{layout.Spread(title, s.logState(), w, t.Symbols.Ellipsis), s.table.Header()}
	from, to := s.list.Window()
	for i := from; i < to; i++ {
		lines = append(lines, s.table.Row(s.env.Now(), s.events[i], widget.FocusOf(i, s.list.Cursor, !s.aside)))
	}
	return lines
}

func (s *Screen) logState() string {
	t := s.env.Theme
	switch {
	case s.logErr != nil:
		return t.Danger.Render(t.Symbols.Failed) + " not refreshed, r tries again "
	case s.total > len(s.events):
		return t.Muted.Render("the last " + widget.Grouped(len(s.events)) + " of " + widget.Count(int64(s.total), "event") + " ")
	}
	return t.Muted.Render(widget.Count(int64(s.total), "event") + " ")
}

func emptyHints(c services.Customer) [][2]string {
	if c.Deleted {
		return [][2]string{{"l", "opens the log, where r reads Stripe's event list"}}
	}
	return [][2]string{{"b", "sells them something"}, {"l", "opens the log, where r reads Stripe's event list"}}
}
