package logs

import (
	"time"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// gapUnder returns the gap under the cursor.
func (s *Screen) gapUnder() (services.LogGap, bool) {
	if l, ok := s.under(); ok && l.isGap() {
		return s.gaps[l.gap], true
	}
	return services.LogGap{}, false
}

// gapRow draws a gap where it lies in time.
func (s *Screen) gapRow(g services.LogGap, f widget.Focus, w int) string {
	t := s.env.Theme
	texts := s.gapWords(g)
	if f != widget.Plain {
		style := t.Selected
		if f == widget.Resting {
			style = t.Resting
		}
		text := texts[len(texts)-1]
		for _, try := range texts {
			if layout.Width(try)+widget.Margin <= w {
				text = try
				break
			}
		}
		return style.Render(layout.Fit(t.Symbols.Selected+" "+text, w, t.Symbols.Ellipsis))
	}
	for i := range texts {
		texts[i] = t.Warning.Render(texts[i])
	}
	return widget.Rule(t, w, texts...)
}

// gapWords says what a gap is, the longest first.
func (s *Screen) gapWords(g services.LogGap) []string {
	span, dot := widget.Span(g.To.Sub(g.From)), " "+s.env.Theme.Symbols.Dot+" "
	when := s.gapTimes(g)
	if g.Lost {
		return []string{
			"gap " + when + ": " + span + " lost, Stripe no longer lists it",
			"gap: " + span + " lost, Stripe no longer lists it", "gap: " + span + " lost",
		}
	}
	if s.stripe.guard.Pending() && s.stripe.gaps {
		return []string{"gap " + when + ": " + span + ", being read", "gap: " + span + ", being read"}
	}
	return []string{
		"gap " + when + ": " + span + " not read yet" + dot + "s reads it",
		"gap: " + span + " not read yet" + dot + "s reads it", "gap: " + span + dot + "s reads it",
	}
}

// gapTimes are a gap's two ends as the list shows times; the day is said once
// where both are on one, and not for today.
func (s *Screen) gapTimes(g services.LogGap) string {
	in := func(at time.Time) time.Time { return s.table.Mode.In(at, s.env.Zone) }
	from, to, now := in(g.From), in(g.To), in(s.env.Now())
	const day, clock = "2006-01-02", "15:04"
	first, second := day+" "+clock, day+" "+clock
	if from.Format(day) == to.Format(day) {
		second = clock
		if from.Format(day) == now.Format(day) {
			first = clock
		}
	}
	return from.Format(first) + " to " + to.Format(second)
}

// gapState counts the gaps for the head.
func (s *Screen) gapState() string {
	if len(s.gaps) == 0 {
		return ""
	}
	t := s.env.Theme
	word := widget.Count(int64(len(s.gaps)), "gap")
	if s.missing() == 0 {
		word += " lost"
	}
	return t.Warning.Render(t.Symbols.Attention) + " " + word
}

// gapAdvice says what s does about the gaps that can be filled.
func (s *Screen) gapAdvice(n int) string {
	var span time.Duration
	for _, g := range s.gaps {
		if !g.Lost {
			span += g.To.Sub(g.From)
		}
	}
	return "reads what is missing: " + widget.Count(int64(n), "gap") + ", " + widget.Span(span)
}

// gapLines is a gap in place of an event's detail.
func (s *Screen) gapLines(g services.LogGap, w int) []string {
	t := s.env.Theme
	title := widget.Span(g.To.Sub(g.From)) + " not read yet"
	if g.Lost {
		title = widget.Span(g.To.Sub(g.From)) + " lost"
	}
	lines := []string{
		" " + t.Warning.Render(t.Symbols.Attention) + " " + t.Bold.Render(title),
		"   from " + s.table.Mode.Full(s.env.Now(), g.From, s.env.Zone),
		"   to   " + s.table.Mode.Full(s.env.Now(), g.To, s.env.Zone),
		"",
	}
	text := g.Why
	if g.Lost {
		text += " Stripe lists events for 30 days only: what happened then and is not in the list cannot be read any more."
	}
	for _, l := range layout.Wrap(text, max(w-4, 8)) {
		lines = append(lines, "   "+l)
	}
	if !g.Lost {
		lines = append(lines, "", "   "+t.Key.Render("s")+"  reads it from Stripe's event list")
	}
	for i := range lines {
		lines[i] = layout.Cut(lines[i], w, t.Symbols.Ellipsis)
	}
	return lines
}
