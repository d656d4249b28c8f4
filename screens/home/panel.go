package home

import (
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// card is a card number that the sandbox and Stripe's test mode know.
type card struct{ number, does string }

func (c card) digits() string { return strings.ReplaceAll(c.number, " ", "") }

// testCards are the ones worth trying first (Stripe documentation, "Test card
// numbers").
var testCards = [...]card{
	{"4242 4242 4242 4242", "succeeds"},
	{"4000 0000 0000 0002", "is declined"},
	{"4000 0000 0000 9995", "has no funds"},
	{"4000 0025 0000 3155", "asks for 3D Secure"},
}

// check is one line of what is set up.
type check struct {
	name, value string
	ok          bool
	known       bool
}

// checks say what is set up and what is not.
func (s *Screen) checks() []check {
	v, have := s.setup.val, s.setup.have
	h := s.health.val
	keysText := "not set"
	switch {
	case s.env.Desk.Profile.Sandbox:
		keysText = "built in"
	case v.SecretKey.Set && v.PublishableKey.Set:
		keysText = v.SecretKey.Masked
	case v.SecretKey.Set:
		keysText = "no publishable key"
	case v.PublishableKey.Set:
		keysText = "no secret key"
	}
	source := "none chosen"
	if v.ProductSource.Number != 0 {
		source = v.ProductSource.Name + ", " + counted(v.ProductSource.Rows, "row")
	}
	webhook, webhookOK := "no signing secret", v.SigningSecret.Set
	switch {
	case s.env.Desk.Profile.Sandbox:
		webhook, webhookOK = "signed, delivered here", true
	case webhookOK && v.WebhookReach == services.ReachLoopback:
		webhook = "set, this machine only"
	case webhookOK:
		webhook = "set"
	}
	archive := counted(h.Events, "event")
	return []check{
		{"Keys", keysText, s.env.Desk.Profile.Sandbox || v.SecretKey.Set && v.PublishableKey.Set, have},
		{"Products", source, v.ProductSource.Number != 0, have},
		{"Webhook", webhook, webhookOK, have},
		{"Archive", archive, h.SyncProblem == "", s.health.have},
	}
}

// panel draws the state of things beside the list.
func (s *Screen) panel(w int) []string {
	t := s.env.Theme
	var out []string
	if s.roomy() {
		out = append(out, "")
	}
	gap := func() {
		if s.h >= 24 {
			out = append(out, "")
		}
	}
	out = append(out, t.Heading.Render("Profile"))
	out = append(out, indent(widget.Facts(t, s.profileFacts(), w-2))...)
	gap()
	out = append(out, t.Heading.Render("Set up"))
	for _, c := range s.checks() {
		out = append(out, "  "+s.sign(c)+" "+layout.Fit(c.name, 10, "")+s.checkText(c))
	}
	gap()
	out = append(out, t.Heading.Render("Archive"))
	out = append(out, s.archive(w)...)
	if !s.env.Desk.Profile.Live() {
		gap()
		out = append(out, t.Heading.Render("Test cards")+t.Muted.Render("  T copies the first"))
		for _, c := range testCards {
			out = append(out, "  "+t.Accent.Render(c.number)+"  "+c.does)
		}
		out = append(out, t.Muted.Render("  any date to come, any CVC"))
	}
	return out
}

func (s *Screen) profileFacts() [][2]string {
	p := s.env.Desk.Profile
	mode := "test: no real money moves"
	if p.Live() {
		mode = s.env.Theme.Danger.Render("live: real money moves")
	}
	facts := [][2]string{{"Name", services.Clean(p.Name)}}
	if p.AccountName != "" {
		facts = append(facts, [2]string{"Account", p.AccountName})
	}
	if p.AccountID != "" {
		facts = append(facts, [2]string{"Id", p.AccountID})
	}
	return append(facts, [2]string{"Mode", mode})
}

func (s *Screen) archive(w int) []string {
	t := s.env.Theme
	h := s.health.val
	switch {
	case s.health.err != nil && !s.health.have:
		return indent(layout.Wrap(widget.Message(s.health.err), max(w-4, 10)))
	case !s.health.have:
		return []string{t.Muted.Render("  being read" + t.Symbols.Ellipsis)}
	}
	now := s.env.Now()
	ago := func(age string) string {
		if age == "never" || age == "now" || strings.Contains(age, "-") {
			return age
		}
		return age + " ago"
	}
	facts := [][2]string{
		{"Holds", counted(h.Events, "event")},
		{"Newest", ago(widget.Age(now, h.Newest))},
		{"Read", ago(widget.Age(now, h.LastSync))},
		{"Webhook", ago(widget.Age(now, h.LastWebhook))},
	}
	if !h.Oldest.IsZero() {
		facts[0][1] += " since " + h.Oldest.In(s.env.Zone).Format("2 Jan 2006")
	}
	lines := indent(widget.Facts(t, facts, w-2))
	if h.SyncProblem != "" {
		lead := "  " + t.Warning.Render(t.Symbols.Attention) + " "
		for _, l := range layout.Wrap(h.SyncProblem, max(w-4, 10)) {
			lines = append(lines, lead+l)
			lead = "    "
		}
	}
	return lines
}

// summary is the panel in one or two lines, for narrow windows.
func (s *Screen) summary(w int) []string {
	t := s.env.Theme
	line := " "
	for _, c := range s.checks() {
		word := strings.ToLower(c.name)
		if c.name == "Archive" && c.known {
			word = c.value
		}
		if c.name == "Archive" && !c.known {
			continue
		}
		line += " " + s.sign(c) + " " + t.Muted.Render(word) + " "
	}
	return []string{layout.Cut(line, w, t.Symbols.Ellipsis)}
}

func (s *Screen) sign(c check) string {
	t := s.env.Theme
	switch {
	case !c.known:
		return t.Muted.Render(t.Symbols.Neutral)
	case c.ok:
		return t.Success.Render(t.Symbols.Success)
	}
	return t.Warning.Render(t.Symbols.Attention)
}

func (s *Screen) checkText(c check) string {
	if !c.known {
		return ""
	}
	return s.env.Theme.Muted.Render(c.value)
}

func indent(lines []string) []string {
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}
