package widget

import (
	"strconv"
	"strings"
	"time"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Loading draws a wait of a given age in h lines: nothing at first, then a still
// skeleton of rows, then also what is waited for.
func Loading(t *theme.Theme, what string, waited time.Duration, w, h int) []string {
	if waited < 150*time.Millisecond {
		return nil
	}
	var lines []string
	if waited >= 2*time.Second {
		lines = append(lines, t.Muted.Render(layout.Cut("  Still "+what+t.Symbols.Ellipsis, w, t.Symbols.Ellipsis)))
	}
	for i := len(lines); i < min(h, 6); i++ {
		n := max(min(w-4, 52-(i*17)%23), 0)
		lines = append(lines, t.Border.Render(layout.Cut("  "+strings.Repeat(t.Symbols.Shade, n), w, "")))
	}
	return lines
}

// Failure draws an error in place of data: what happened, what to do, which key
// tries again, and Stripe's request id.
func Failure(t *theme.Theme, err error, retry string, w int) []string {
	e := services.AsError(err)
	width := max(min(w-6, 76), 8)
	var lines []string
	lines = append(lines, "")
	for i, l := range layout.Wrap(message(e), width) {
		lead := "    "
		if i == 0 {
			lead = "  " + t.Danger.Render(t.Symbols.Failed) + " "
		}
		lines = append(lines, lead+t.Bold.Render(l))
	}
	for _, l := range layout.Wrap(e.Next, width) {
		if l != "" {
			lines = append(lines, "    "+l)
		}
	}
	if retry != "" {
		lines = append(lines, "    "+t.Key.Render(retry)+" tries again")
	}
	if e.RequestID != "" {
		lines = append(lines, "    "+t.Muted.Render("request "+services.Clean(e.RequestID)))
	}
	return clip(lines, w, t)
}

// Message is an error as one line for the status bar.
func Message(err error) string {
	e := services.AsError(err)
	text := message(e)
	if e.Next != "" {
		text += " " + e.Next
	}
	if e.RequestID != "" {
		text += " (request " + services.Clean(e.RequestID) + ")"
	}
	return text
}

func message(e *services.Error) string {
	if e.Message != "" {
		return services.Clean(e.Message)
	}
	return services.Clean(e.Error())
}

// Empty draws a screen without data: what is missing, and the keys that help.
func Empty(t *theme.Theme, title string, hints [][2]string, w int) []string {
	lines := []string{"", "  " + t.Bold.Render(title), ""}
	for _, h := range hints {
		lead := "  "
		if h[0] != "" {
			lead = "  " + t.Key.Render(h[0]) + "  "
		}
		lines = append(lines, lead+h[1])
	}
	return clip(lines, w, t)
}

func clip(lines []string, w int, t *theme.Theme) []string {
	for i := range lines {
		lines[i] = layout.Cut(lines[i], w, t.Symbols.Ellipsis)
	}
	return lines
}

// Age says how long ago a moment was: "now", "12 s", "3 m", "5 h", "2 d", and
// from sixty days on the date.
func Age(now, then time.Time) string {
	d := now.Sub(then)
	switch {
	case then.IsZero():
		return "never"
	case d < 2*time.Second:
		return "now"
	case d < time.Minute:
		return unit(int(d.Seconds()), "s")
	case d < time.Hour:
		return unit(int(d.Minutes()), "m")
	case d < 48*time.Hour:
		return unit(int(d.Hours()), "h")
	case d < 60*24*time.Hour:
		return unit(int(d.Hours()/24), "d")
	}
	return then.Format("2006-01-02")
}

func unit(n int, u string) string { return strconv.Itoa(n) + " " + u }
