package theme

import "github.com/charmbracelet/lipgloss"

// shade is one colour token: true colour and 256-colour values for a dark and
// a light background, and the ANSI index for 16 colours ("" keeps the
// terminal's own foreground). The figures behind them: every text token has a
// WCAG contrast of at least 5 on seven dark and five light common backgrounds.
type shade struct {
	dark, dark256, light, light256, ansi string
}

var (
	shadeMuted   = shade{"#b4b4c0", "250", "#51515e", "240", ""}
	shadeAccent  = shade{"#b3adff", "147", "#4b3fd6", "56", "5"}
	shadeLink    = shade{"#8cc8ff", "117", "#0a53c2", "25", ""}
	shadeSuccess = shade{"#6fdd9b", "114", "#0b6b36", "22", "2"}
	shadeWarning = shade{"#f5c451", "221", "#7d4e00", "94", "3"}
	shadeDanger  = shade{"#ff9a94", "210", "#b3150f", "124", "1"}
	shadeInfo    = shade{"#7fd7e8", "117", "#005f78", "24", "6"}
	shadeString  = shade{"#9fdca8", "151", "#1d6a34", "22", ""}
	shadeNumber  = shade{"#f2b98a", "216", "#8a3d00", "94", ""}
	shadeBorder  = shade{"#8a8a99", "245", "#75758a", "243", ""}
)

// pair is a foreground on a background of its own.
type pair struct {
	darkFg, darkBg, lightFg, lightBg             string
	darkFg256, darkBg256, lightFg256, lightBg256 string
}

var (
	pairSelected = pair{"#ffffff", "#4b3fd6", "#1c1c24", "#d9d6ff", "231", "56", "234", "189"}
	pairResting  = pair{"#e6e6ea", "#3a3a46", "#1c1c24", "#dcdce4", "254", "238", "234", "254"}
	pairMatch    = pair{"#1c1c24", "#f5c451", "#1c1c24", "#ffe08a", "234", "221", "234", "222"}
	pairTest     = pair{"#1c1c24", "#f5c451", "#1c1c24", "#f5c451", "234", "221", "234", "221"}
	pairSandbox  = pair{"#0d1b3d", "#8cc8ff", "#0d1b3d", "#8cc8ff", "17", "117", "17", "117"}
	pairLive     = pair{"#ffffff", "#b3150f", "#ffffff", "#b3150f", "231", "124", "231", "124"}
)

// color picks the shade's value for a depth and background; nil keeps the
// terminal's foreground.
func (s shade) color(d Depth, dark bool) lipgloss.TerminalColor {
	switch {
	case d == TrueColor && dark:
		return lipgloss.Color(s.dark)
	case d == TrueColor:
		return lipgloss.Color(s.light)
	case d == Colors256 && dark:
		return lipgloss.Color(s.dark256)
	case d == Colors256:
		return lipgloss.Color(s.light256)
	case d == Colors16 && s.ansi != "":
		return lipgloss.Color(s.ansi)
	}
	return nil
}

func (p pair) colors(d Depth, dark bool) (fg, bg lipgloss.TerminalColor) {
	switch {
	case d == TrueColor && dark:
		return lipgloss.Color(p.darkFg), lipgloss.Color(p.darkBg)
	case d == TrueColor:
		return lipgloss.Color(p.lightFg), lipgloss.Color(p.lightBg)
	case d == Colors256 && dark:
		return lipgloss.Color(p.darkFg256), lipgloss.Color(p.darkBg256)
	case d == Colors256:
		return lipgloss.Color(p.lightFg256), lipgloss.Color(p.lightBg256)
	}
	return nil, nil
}
