package portal

import (
	"strconv"
	"strings"

	"bursar/tui/layout"
	"bursar/tui/widget"
)

// View draws the box.
func (s *Screen) View() string {
	t := s.env.Theme
	var lines []string
	switch {
	case s.qr && s.opened:
		lines = s.qrLines()
	case s.opened:
		lines = s.lines.View(t, s.visitLines(s.w), s.w, s.h)
	case s.err != nil:
		lines = widget.Failure(t, s.err, "r", s.w)
	case s.declined:
		lines = widget.Empty(t, "The billing portal is not open", [][2]string{{"o", "opens it for " + s.id}, {"esc", "goes back"}}, s.w)
	default:
		lines = append([]string{""}, widget.Loading(t, "opening the billing portal", s.opening.Waited(s.env.Now()), s.w, s.h-1)...)
	}
	return strings.Join(layout.Block(lines, s.w, s.h, ""), "\n")
}

// visitLines is the visit from top to bottom: how far it is, what changed, how
// things stand, and the link, which comes first where it has to be copied and is
// left out when it has served.
func (s *Screen) visitLines(w int) []string {
	t := s.env.Theme
	lines := []string{
		layout.Spread(" "+t.Bold.Render("Billing portal of "+s.before.customer.Label()), t.Muted.Render(layout.Middle(s.id, 18, t.Symbols.Ellipsis)), w, t.Symbols.Ellipsis),
		"",
	}
	lines = append(lines, s.progress(w)...)
	lines = append(lines, s.changeLines(w)...)
	parts := [][]string{s.standingLines(w)}
	switch {
	case !s.returned.IsZero():
	case s.noBrowser != "":
		parts = [][]string{s.linkLines(w), parts[0]}
	default:
		parts = append(parts, s.linkLines(w))
	}
	for _, part := range parts {
		lines = append(append(lines, ""), part...)
	}
	return lines
}

// progress says what is waited for, or that the person is back.
func (s *Screen) progress(w int) []string {
	t := s.env.Theme
	at := widget.Local.In(s.visit.Opened, s.env.Zone).Format("15:04:05")
	if s.returned.IsZero() {
		text := "Waiting for somebody to come back from the portal, open since " + at + ". What changes meanwhile shows here."
		return widget.Sentence(t.Info.Render(t.Symbols.Waiting), text, w, 0, t.Symbols.Ellipsis)
	}
	text := "Back from the portal at " + widget.Local.In(s.returned, s.env.Zone).Format("15:04:05") + ", opened at " + at + "."
	return widget.Sentence(t.Success.Render(t.Symbols.Success), text, w, 0, t.Symbols.Ellipsis)
}

func (s *Screen) changeLines(w int) []string {
	t := s.env.Theme
	var lines []string
	if s.checkErr != nil {
		lines = widget.Sentence(t.Danger.Render(t.Symbols.Failed), "Not checked: "+widget.Message(s.checkErr)+" r checks again.", w, 0, t.Symbols.Ellipsis)
	}
	if !s.compared {
		if !s.returned.IsZero() && s.checking.Pending() {
			lines = append(lines, widget.Sentence(t.Info.Render(t.Symbols.Waiting), "Reading what changed.", w, 1, t.Symbols.Ellipsis)...)
		}
		return lines
	}
	found := changes(s.before, s.after, s.env.Zone)
	if len(found) == 0 {
		said := "Nothing has changed."
		if s.returned.IsZero() {
			said = "Nothing has changed so far."
		}
		return append(lines, widget.Sentence(t.Muted.Render(t.Symbols.Neutral), said, w, 1, t.Symbols.Ellipsis)...)
	}
	lines = append(lines, "", " "+t.Bold.Render("Changed"))
	for _, c := range found {
		lines = append(lines, widget.Sentence(t.Accent.Render(t.Symbols.Arrow), c, w, 0, t.Symbols.Ellipsis)...)
	}
	return lines
}

// standingLines is how the subscriptions stand, as they were last read.
func (s *Screen) standingLines(w int) []string {
	t := s.env.Theme
	title, now := "Subscriptions when it was opened", s.before
	if s.compared {
		title, now = "Subscriptions now", s.after
	}
	lines := []string{" " + t.Bold.Render(title)}
	if len(now.subs) == 0 {
		return append(lines, "   "+t.Muted.Render("none"))
	}
	for _, sub := range now.subs {
		for _, l := range widget.SubscriptionLines(t, sub, s.env.Zone, w-1) {
			lines = append(lines, " "+l)
		}
	}
	return lines
}

// linkLines shows the whole address, which a person may have to copy by hand.
func (s *Screen) linkLines(w int) []string {
	t := s.env.Theme
	lines := []string{" " + t.Bold.Render("Link")}
	if s.noBrowser != "" {
		lines = append(lines, widget.Sentence(t.Warning.Render(t.Symbols.Attention), "No browser opens from here ("+s.noBrowser+"): open this address in one.", w, 0, t.Symbols.Ellipsis)...)
	}
	for rest := s.visit.URL; rest != ""; {
		part := layout.Cut(rest, max(w-4, 1), "")
		if part == "" {
			break
		}
		lines = append(lines, "  "+t.Link.Render(part))
		rest = rest[len(part):]
	}
	return append(lines, layout.Cut("  "+t.Muted.Render("It lets whoever has it act for this customer, for a short time."), w, t.Symbols.Ellipsis))
}

func (s *Screen) qrLines() []string {
	t := s.env.Theme
	switch {
	case s.qrErr != nil:
		return widget.Failure(t, s.qrErr, "", s.w)
	case !s.coded:
		return append([]string{""}, widget.Loading(t, "making the QR code", s.coding.Waited(s.env.Now()), s.w, s.h-1)...)
	}
	w, h := widget.QRSize(s.code)
	if w > s.w || h > s.h {
		return widget.Empty(t, "The QR code does not fit", [][2]string{
			{"", "It needs " + size(w, h) + " cells, there are " + size(s.w, s.h) + "."},
			{"y", "copies the link instead"}, {"esc", "goes back to it"},
		}, s.w)
	}
	lines := widget.QR(t, s.code)
	for i := range lines {
		lines[i] = strings.Repeat(" ", (s.w-w)/2) + lines[i]
	}
	if h < s.h {
		lines = append(lines, t.Muted.Render(layout.Cut(" Scan it to open the billing portal of "+s.before.customer.Label()+".", s.w, t.Symbols.Ellipsis)))
	}
	return lines
}

func size(w, h int) string { return strconv.Itoa(w) + " x " + strconv.Itoa(h) }
