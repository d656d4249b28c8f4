package webhooks

import (
	"strconv"
	"strings"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// preview names the steps that a Stripe account will ask for.
func (s *Screen) preview(w int) []string {
	t := s.env.Theme
	lines := []string{"  " + t.Heading.Render("With a Stripe account there are four steps")}
	for i, st := range services.WebhookSteps(s.view) {
		lines = append(lines, layout.Cut("  "+t.Muted.Render(strconv.Itoa(i+1)+"  "+st.Title), w, t.Symbols.Ellipsis))
	}
	return lines
}

// origin is an address without its path.
func origin(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// panel stands beside the steps: what is set and which events are wanted.
func (s *Screen) panel(w int) []string {
	t := s.env.Theme
	if !s.ready {
		return nil
	}
	var out []string
	if s.roomy() {
		out = append(out, "")
	}
	unset := t.Muted.Render("not set")
	signing, receiving, last := unset, t.Muted.Render("not running"), t.Muted.Render("never")
	if s.sandbox() {
		signing = "by the sandbox's own secret"
	}
	if x := s.view.SigningSecret; x.Set {
		signing = x.Masked + t.Muted.Render("  "+x.From)
	}
	if s.health.Receiving != "" {
		receiving = origin(s.health.Receiving)
	}
	if !s.health.LastWebhook.IsZero() {
		last = ago(widget.Age(s.env.Now(), s.health.LastWebhook)) + t.Muted.Render("  "+s.health.LastWebhook.In(s.env.Zone).Format("2 Jan 15:04:05"))
	}
	reach := "public: Stripe can reach it"
	if s.view.WebhookReach == services.ReachLoopback {
		reach = "this machine only"
	}
	out = append(out, t.Heading.Render("Receiver"))
	for _, l := range widget.Facts(t, [][2]string{{"Address", receiving}, {"Reach", reach}, {"Signing", signing}, {"Last", last}}, w-2) {
		out = append(out, "  "+l)
	}
	if s.h >= 18 {
		out = append(out, "")
	}
	out = append(out, t.Heading.Render("Events to subscribe"))
	for _, e := range s.view.SubscribeTo {
		out = append(out, "  "+e)
	}
	return out
}
