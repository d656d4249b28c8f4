package setup

import (
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// panel stands beside the form: where the keys are found and kept, and what the
// profile has.
func (s *Screen) panel(w int) []string {
	t := s.env.Theme
	var out []string
	if s.roomy() {
		out = append(out, "")
	}
	gap := func() {
		if s.h >= 22 {
			out = append(out, "")
		}
	}
	text := func(style func(...string) string, body string) {
		for _, l := range layout.Wrap(body, max(w-4, 10)) {
			out = append(out, "  "+style(l))
		}
	}
	out = append(out, t.Heading.Render("Where the keys are"))
	text(t.Text.Render, "In the Stripe dashboard under Developers, API keys. o opens that page.")
	text(t.Muted.Render, "A restricted key (rk_) works too, and can do less harm.")
	gap()
	out = append(out, t.Heading.Render("What happens with them"))
	text(t.Text.Render, "Stripe is asked once whether it accepts the secret key. Kept in: "+services.Clean(s.keptIn())+".")
	text(t.Muted.Render, "It is never shown again and never written to a log.")
	if !s.ready || s.isNew || s.done != nil {
		return out
	}
	gap()
	out = append(out, t.Heading.Render("Profile "+services.Clean(s.target())))
	for _, l := range widget.Facts(t, s.facts(&s.view), w-2) {
		out = append(out, "  "+l)
	}
	if s.view.VerifyProblem != "" {
		text(t.Warning.Render, s.view.VerifyProblem)
	}
	return out
}

// facts are what a profile has, for people.
func (s *Screen) facts(v *services.ConfigurationView) [][2]string {
	t := s.env.Theme
	setting := func(x services.Setting) string {
		if !x.Set {
			return t.Muted.Render("not set")
		}
		return x.Masked + t.Muted.Render("  "+x.From)
	}
	mode := "test"
	if v.Profile.Live() {
		mode = t.Danger.Render("live: real money moves")
	}
	facts := [][2]string{{"Mode", mode}}
	if account := strings.TrimSpace(v.Profile.AccountName + "  " + v.Profile.AccountID); account != "" {
		facts = append(facts, [2]string{"Account", account})
	}
	facts = append(facts, [2]string{"Publishable", setting(v.PublishableKey)}, [2]string{"Secret", setting(v.SecretKey)}, [2]string{"Signing", setting(v.SigningSecret)})
	if v.VerifiedAt != nil {
		facts = append(facts, [2]string{"Checked", v.VerifiedAt.In(s.env.Zone).Format("2 Jan 2006 15:04")})
	}
	return facts
}

// doneLines says what was saved and what can be done next.
func (s *Screen) doneLines(w int) []line {
	t, v := s.env.Theme, s.done
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
	gap()
	add("  " + t.Success.Render(t.Symbols.Success) + " " + t.Heading.Render("Saved the profile "+services.Clean(s.target())))
	switch {
	case v.VerifyProblem != "":
		for _, l := range layout.Wrap(v.VerifyProblem, min(max(w-6, 10), 76)) {
			add("  " + t.Warning.Render(t.Symbols.Attention) + " " + l)
		}
	case v.VerifiedAt != nil:
		add("    " + t.Muted.Render("Stripe accepts the secret key."))
	}
	gap()
	for _, l := range widget.Facts(t, s.facts(v), w-4) {
		add("    " + l)
	}
	if v.ProductSource.Number != 0 {
		add("    " + t.Muted.Render(layout.Fit("Products", 11, "")) + "  " + services.Clean(v.ProductSource.Name))
	}
	if v.WebhookURL != "" {
		gap()
		add("  " + t.Heading.Render("Webhook URL") + t.Muted.Render("  y copies it"))
		for _, l := range layout.Wrap(v.WebhookURL, max(w-6, 10)) {
			add("    " + t.Link.Render(l))
		}
		if v.WebhookReach == services.ReachLoopback {
			for _, l := range layout.Wrap("This machine only: Stripe cannot reach it. Events are read from Stripe's list instead.", min(max(w-6, 10), 76)) {
				add("    " + t.Muted.Render(l))
			}
		}
	}
	gap()
	cols := []layout.Column{{Min: 20, Max: 26}, {Min: 10, Rank: 1}}
	widths := layout.Widths(cols, w-widget.Margin-2)
	for i, c := range s.choices() {
		cells := []widget.Cell{{Text: c.name, Style: t.Text}, {Text: c.about, Style: t.Muted}}
		row := widget.Row(t, cols, widths, cells, widget.FocusOf(i, s.choice.Cursor, true), w)
		out = append(out, line{row, item(i)})
	}
	return out
}
