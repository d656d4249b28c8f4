// Package theme is what bursar looks like: the colours, styles and symbols of
// one session. A Theme is bound to one renderer and is never shared between
// sessions; no style is made anywhere else.
package theme

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Depth is how many colours a terminal shows.
type Depth int

// The depths, fewest first. Mono keeps bold and reverse (NO_COLOR); None has no
// attributes at all (TERM=dumb).
const (
	None Depth = iota
	Mono
	Colors16
	Colors256
	TrueColor
)

// Options choose a theme.
type Options struct {
	Depth Depth
	Dark  bool // the background is dark
	ASCII bool // symbols and lines from ASCII only
}

// Theme holds the styles of one session.
type Theme struct {
	Options
	Symbols Symbols

	Text, Muted, Bold, Heading                lipgloss.Style
	Accent, Link, Success, Warning            lipgloss.Style
	Danger, Info, Border                      lipgloss.Style
	JSONKey, JSONString, JSONNumber, JSONWord lipgloss.Style
	Selected                                  lipgloss.Style // the row with the cursor, in the focused pane
	Resting                                   lipgloss.Style // the row with the cursor, in another pane
	Match                                     lipgloss.Style // a search hit
	Tab, TabActive                            lipgloss.Style
	BadgeTest, BadgeSandbox, BadgeLive        lipgloss.Style
	Banner                                    lipgloss.Style // live mode's
	Key                                       lipgloss.Style // a key's name in the footer
	Box                                       lipgloss.Style // an overlay's frame
	Paper                                     lipgloss.Style // black on explicit white, for QR codes
}

// New makes a theme that renders for w. It never asks the terminal anything.
func New(w io.Writer, o Options) *Theme {
	r := lipgloss.NewRenderer(w)
	r.SetColorProfile(profile(o.Depth))
	r.SetHasDarkBackground(o.Dark)
	style := r.NewStyle
	fg := func(s shade) lipgloss.Style {
		if c := s.color(o.Depth, o.Dark); c != nil {
			return style().Foreground(c)
		}
		return style()
	}
	on := func(p pair) lipgloss.Style {
		fg, bg := p.colors(o.Depth, o.Dark)
		if fg == nil {
			return style().Reverse(true).Bold(true)
		}
		return style().Foreground(fg).Background(bg).Bold(true)
	}
	t := &Theme{
		Options: o, Symbols: unicodeSymbols(),
		Text: style(), Muted: fg(shadeMuted), Bold: style().Bold(true), Heading: style().Bold(true),
		Accent: fg(shadeAccent), Link: fg(shadeLink).Underline(true), Success: fg(shadeSuccess),
		Warning: fg(shadeWarning), Danger: fg(shadeDanger), Info: fg(shadeInfo), Border: fg(shadeBorder),
		JSONKey: fg(shadeAccent), JSONString: fg(shadeString), JSONNumber: fg(shadeNumber), JSONWord: fg(shadeLink),
		Selected: on(pairSelected), Resting: on(pairResting).Bold(false), Match: on(pairMatch),
		Tab: fg(shadeMuted), TabActive: fg(shadeAccent).Bold(true).Underline(true),
		BadgeTest: on(pairTest), BadgeSandbox: on(pairSandbox), BadgeLive: on(pairLive), Banner: on(pairLive),
		Key: style().Bold(true),
	}
	if o.Depth <= Colors16 {
		t.Resting = style().Bold(true)
	}
	if o.ASCII {
		t.Symbols = asciiSymbols()
	}
	t.Box = style().Border(t.Symbols.Frame).Padding(0, 1)
	if c := shadeBorder.color(o.Depth, o.Dark); c != nil {
		t.Box = t.Box.BorderForeground(c)
	}
	t.Paper = style().Foreground(lipgloss.Color("0")).Background(lipgloss.Color("15"))
	if o.Depth >= Colors256 {
		t.Paper = style().Foreground(lipgloss.Color("16")).Background(lipgloss.Color("231"))
	}
	return t
}

// Outcome returns the symbol and style of an event's outcome or a receipt's.
func (t *Theme) Outcome(word string) (symbol string, style lipgloss.Style) {
	switch word {
	case "succeeded", "completed":
		return t.Symbols.Success, t.Success
	case "failed":
		return t.Symbols.Failed, t.Danger
	case "pending", "open":
		return t.Symbols.Waiting, t.Info
	case "refunded":
		return t.Symbols.Refunded, t.Warning
	case "attention":
		return t.Symbols.Attention, t.Warning
	case "canceled", "incomplete":
		return t.Symbols.Canceled, t.Muted
	}
	return t.Symbols.Neutral, t.Muted
}

func profile(d Depth) termenv.Profile {
	switch d {
	case TrueColor:
		return termenv.TrueColor
	case Colors256:
		return termenv.ANSI256
	case Colors16, Mono:
		return termenv.ANSI
	}
	return termenv.Ascii
}

// DepthOf decides the depth from what the environment says. lookup reports
// whether a variable is set, as os.LookupEnv does (no-color.org: NO_COLOR counts
// when it is not empty).
func DepthOf(lookup func(string) (string, bool)) Depth {
	get := func(k string) string { v, _ := lookup(k); return v }
	term := get("TERM")
	switch {
	case term == "dumb":
		return None
	case get("NO_COLOR") != "":
		return Mono
	case get("COLORTERM") == "truecolor", get("COLORTERM") == "24bit", get("WT_SESSION") != "":
		return TrueColor
	}
	for _, hint := range []string{"256color", "kitty", "alacritty", "ghostty", "wezterm", "foot"} {
		if strings.Contains(term, hint) {
			return Colors256
		}
	}
	return Colors16
}
