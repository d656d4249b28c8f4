package logs

import (
	"time"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// foot is what goes on, or was stopped, as lines below the list; none when there
// is nothing to say.
func (s *Screen) foot(w int) []string {
	t, p := s.env.Theme, &s.pages
	dot := " " + t.Symbols.Dot + " "
	busy := " " + t.Info.Render(t.Symbols.Waiting) + " "
	var texts []string
	switch {
	case s.stripe.guard.Waited(s.env.Now()) > shownAfter:
		return []string{s.syncLine(w)}
	case s.searches() && p.progress.Of > 0:
		end := dot + widget.Grouped(p.found) + " found" + dot + "esc stops"
		texts = []string{
			busy + "looked at " + s.searched() + s.reached() + end, busy + "looked at " + s.searched() + end,
			busy + widget.Percent(p.progress.Examined, p.progress.Of) + end,
		}
	case s.searches():
		texts = []string{busy + map[want]string{newest: "reading the newest events", oldest: "reading the oldest events", older: "reading older events", newer: "reading newer events"}[p.want] + dot + "esc stops"}
	case p.stopped && len(s.lines) > 0:
		off := " " + t.Warning.Render(t.Symbols.Off) + " "
		if p.progress.Of > 0 {
			after := off + "stopped after " + s.searched()
			texts = []string{after + s.reached() + dot + "r goes on", after + dot + "r goes on"}
		}
		texts = append(texts, off+"stopped"+dot+"r goes on")
	case s.live.deaf != nil && s.loaded:
		texts = []string{" " + t.Warning.Render(t.Symbols.Attention) + " New events do not appear: " + widget.Message(s.live.deaf)}
	default:
		return nil
	}
	for _, text := range texts {
		if layout.Width(text) <= w {
			return []string{text}
		}
	}
	return []string{layout.Cut(texts[len(texts)-1], w, t.Symbols.Ellipsis)}
}

// shownAfter is how long a wait is before it is shown.
const shownAfter = 150 * time.Millisecond

// searched says how far a query has come.
func (s *Screen) searched() string {
	p := s.pages.progress
	return widget.Grouped(p.Examined) + " of " + widget.Grouped(p.Of) + " events"
}

// reached says how far back in time it has come.
func (s *Screen) reached() string {
	if at := s.pages.progress.Reached; !at.IsZero() {
		return ", back to " + s.table.Mode.In(at, s.env.Zone).Format("2006-01-02 15:04")
	}
	return ""
}

// searchState is a running query in the head.
func (s *Screen) searchState() string {
	t := s.env.Theme
	switch {
	case s.searches() && s.pages.progress.Of > 0:
		return t.Info.Render(t.Symbols.Waiting) + " " + widget.Percent(s.pages.progress.Examined, s.pages.progress.Of)
	case s.pages.stopped:
		return t.Warning.Render(t.Symbols.Off) + " not whole"
	}
	return ""
}

// searchLines is a query that has found nothing yet.
func (s *Screen) searchLines(w int) []string {
	t, p := s.env.Theme, s.pages.progress
	lines := []string{
		"",
		"  " + t.Bold.Render("This filter looks at every event"),
		"",
		"  " + widget.Bar(t, p.Examined, p.Of, min(max(w-14, 4), 40)) + "  " + widget.Percent(p.Examined, p.Of),
		"  " + s.searched() + s.reached(),
		"  Nothing found so far " + t.Symbols.Dot + " " + t.Key.Render("esc") + " stops",
	}
	for i := range lines {
		lines[i] = layout.Cut(lines[i], w, t.Symbols.Ellipsis)
	}
	return lines
}

// syncLine is how far the reading of Stripe's event list has come.
func (s *Screen) syncLine(w int) string {
	t, p := s.env.Theme, s.stripe.progress
	dot := " " + t.Symbols.Dot + " "
	head := " " + t.Info.Render(t.Symbols.Waiting) + " Reading from Stripe"
	if p.Windows == 0 {
		return layout.Cut(head+dot+"esc stops", w, t.Symbols.Ellipsis)
	}
	bar := " " + widget.Bar(t, p.Done, p.Windows, 12)
	share := " " + widget.Percent(p.Done, p.Windows)
	read := dot + widget.Grouped(p.Read) + " read, " + widget.Grouped(p.Added) + " new"
	for _, text := range []string{
		head + bar + share + read + remaining(p, dot) + dot + "esc stops",
		head + bar + share + read + dot + "esc stops",
		head + share + read + dot + "esc stops",
		head + share + dot + widget.Grouped(p.Read) + " read" + dot + "esc stops",
		head + share + dot + "esc stops",
	} {
		if layout.Width(text) <= w {
			return text
		}
	}
	return layout.Cut(head+share, w, t.Symbols.Ellipsis)
}

// remaining is the estimate of what is left, in words.
func remaining(p services.SyncProgress, dot string) string {
	switch {
	case p.Remaining < 0:
		return ""
	case p.Remaining < time.Minute:
		return dot + "less than a minute left"
	}
	return dot + "about " + widget.Span(p.Remaining.Round(time.Minute)) + " left"
}
