package home

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// section is a group of rows under a heading.
type section int

const (
	ways section = iota
	attention
	openCheckouts
	sales
	newest
)

// row is one thing the cursor can stand on.
type row struct {
	id      string // the Stripe id it is about; empty for a way in
	name    string // identifies a row that has no id
	section section
	cells   []widget.Cell
	enter   tea.Cmd
}

func (r row) identity() string { return fmt.Sprint(int(r.section)) + r.id + r.name }

// The columns of each section. A section's columns line up among themselves.
var columns = [...][]layout.Column{
	ways:          {{Min: 1, Max: 1}, {Min: 20, Max: 28}, {Min: 20, Rank: 1}},
	attention:     {{Min: 1, Max: 1}, {Min: 20}},
	openCheckouts: {{Min: 1, Max: 1}, {Min: 10, Max: 12, Right: true}, {Min: 12}, {Min: 9, Max: 18, Rank: 2}, {Min: 10, Max: 10, Rank: 1, Right: true}},
	sales:         {{Min: 1, Max: 1}, {Min: 10, Max: 12, Right: true}, {Min: 12}, {Min: 9, Max: 18, Rank: 2}, {Min: 10, Max: 10, Rank: 1, Right: true}},
	newest:        {{Min: 1, Max: 1}, {Min: 24, Max: 36}, {Min: 10, Max: 12, Rank: 1, Right: true}, {Min: 12, Rank: 3}, {Min: 10, Max: 10, Rank: 2, Right: true}},
}

// rebuild makes the rows from what was read and keeps the cursor on its row.
func (s *Screen) rebuild() {
	before := ""
	if len(s.rows) > 0 {
		before = s.current().identity()
	}
	s.rows = nil
	s.addWays()
	s.addAttention()
	s.addOpen()
	s.addSales()
	s.addEvents()
	for i, r := range s.rows {
		if r.identity() == before {
			s.cursor = i
		}
	}
	s.clamp()
	s.settle()
}

func (s *Screen) add(sec section, r row) {
	r.section = sec
	s.rows = append(s.rows, r)
}

// way adds a way in; its key does the same from anywhere on the page.
func (s *Screen) way(key, name, about string, do tea.Cmd) {
	t := s.env.Theme
	s.add(ways, row{name: key, enter: do, cells: []widget.Cell{{Text: key, Style: t.Key}, {Text: name, Style: t.Text}, {Text: about, Style: t.Muted}}})
}

func (s *Screen) addWays() {
	if s.missingKeys() {
		s.way("u", "Connect your Stripe account", "paste its two keys", tui.GoTab(tui.Setup))
		s.way("d", "Try the sandbox first", "a shop with customers, on this machine", tui.UseProfile(services.SandboxProfile))
		s.way("l", "Read the logs", "what is archived already", tui.GoTab(tui.Logs))
		return
	}
	if n := s.env.Cart.Count(); n > 0 {
		s.way("b", "Go on with the cart", counted(int(n), "item")+" in it", tui.GoTab(tui.Checkout))
	}
	s.way("s", "Sell something", "pick products, pay in the browser", tui.GoTab(tui.Catalogue))
	s.way("c", "Look a customer up", "by part of a name or an email", tui.GoTab(tui.Customers))
	s.way("l", "Read the logs", "every event, newest first", tui.GoTab(tui.Logs))
	if s.env.Desk.Profile.Sandbox {
		s.way("u", "Connect your Stripe account", "when you are ready; the sandbox stays", tui.GoTab(tui.Setup))
	}
}

// addAttention names what is not set up or does not work, and leads there.
func (s *Screen) addAttention() {
	problem := func(name, text string, k tui.Kind) {
		t := s.env.Theme
		s.add(attention, row{name: name, enter: tui.GoTab(k), cells: []widget.Cell{{Text: t.Symbols.Attention, Style: t.Warning}, {Text: text, Style: t.Text}}})
	}
	if text := s.health.val.ClockProblem; s.health.have && text != "" {
		problem("clock", text, tui.Webhooks)
	}
	if s.env.Desk.Profile.Sandbox || s.missingKeys() {
		return
	}
	if v := s.setup.val; s.setup.have {
		if v.VerifyProblem != "" {
			problem("key", v.VerifyProblem, tui.Setup)
		}
		if v.ProductSource.Number == 0 {
			problem("source", "No product source is chosen: there is nothing to sell from.", tui.Setup)
		}
		if !v.SigningSecret.Set {
			problem("secret", "The webhook has no signing secret: events come from Stripe's list only.", tui.Webhooks)
		}
	}
	if h := s.health.val; s.health.have && h.SyncProblem != "" {
		problem("sync", "Stripe's events could not be read: "+h.SyncProblem, tui.Logs)
	}
}

func (s *Screen) addOpen() {
	t := s.env.Theme
	for _, c := range s.open.val {
		left := "open"
		switch {
		case c.Status != "open" && c.Status != "":
			left = "not known"
		case !c.ExpiresAt.IsZero() && c.ExpiresAt.After(s.env.Now()):
			left = widget.Age(c.ExpiresAt, s.env.Now()) + " left"
		}
		s.add(openCheckouts, row{id: c.ID, enter: tui.Go(tui.Route{Kind: tui.Waiting, Ref: c.ID}), cells: []widget.Cell{
			{Text: t.Symbols.Waiting, Style: t.Info}, {Text: c.Total.String(), Style: t.Text}, {Text: c.Summary, Style: t.Text},
			{Text: who(c), Style: t.Muted}, {Text: left, Style: t.Muted}}})
	}
}

func (s *Screen) addSales() {
	t := s.env.Theme
	for _, r := range s.sales.val {
		sign, style := t.Outcome(string(r.Outcome))
		amount := r.Amount.String()
		if r.Outcome != services.OutcomeCompleted {
			amount = string(r.Outcome)
		}
		s.add(sales, row{id: r.Session.ID, enter: tui.Go(tui.Route{Kind: tui.Waiting, Ref: r.Session.ID}), cells: []widget.Cell{
			{Text: sign, Style: style}, {Text: amount, Style: t.Text}, {Text: r.Session.Summary, Style: t.Text},
			{Text: who(r.Session), Style: t.Muted}, {Text: widget.Age(s.env.Now(), r.Session.Created), Style: t.Muted}}})
	}
}

func (s *Screen) addEvents() {
	t := s.env.Theme
	events := s.events.val.Events
	for _, e := range events[:min(len(events), s.eventRoom())] {
		sign, style := t.Outcome(string(e.Outcome))
		amount := ""
		if e.Amount != nil {
			amount = e.Amount.String()
		}
		s.add(newest, row{id: e.ID, enter: tui.Go(tui.Route{Kind: tui.Event, Ref: e.ID}), cells: []widget.Cell{
			{Text: sign, Style: style}, {Text: e.Type, Style: t.Text}, {Text: amount, Style: t.Text},
			{Text: e.Customer, Style: t.Muted, Keep: true}, {Text: widget.Age(s.env.Now(), e.Created), Style: t.Muted}}})
	}
}

// eventRoom is how many events are shown: as many as fill the window, but enough
// to be worth scrolling to.
func (s *Screen) eventRoom() int {
	left, _ := s.split()
	used := len(s.lines(left)) + 2 // what stands above, a blank line and the heading
	return max(s.h-used-1, fewestEvents)
}

func who(c services.Session) string {
	if c.Email != "" {
		return c.Email
	}
	if c.Customer != "" {
		return c.Customer
	}
	return "guest"
}

// counted says how many there are, grouped by thousands.
func counted(n int, word string) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n != 1 {
		word += "s"
	}
	return strings.TrimSpace(digits + " " + word)
}
