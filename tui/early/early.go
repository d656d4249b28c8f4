// Package early decides the terminal's background before anything can ask the
// terminal for it.
//
// Bubble Tea v1 calls lipgloss.HasDarkBackground in an init, which writes a
// query to the terminal and waits up to five seconds for an answer, for every
// command of every program that imports it. Go initialises packages that are
// ready in the order of their import paths; this one needs only lipgloss and
// its path sorts before Bubble Tea's, so the question is answered before it is
// asked. A test of the built binary keeps it so.
package early

import (
	"os"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

func init() {
	lipgloss.SetHasDarkBackground(Dark(os.Getenv("BURSAR_THEME"), os.Getenv("COLORFGBG")))
}

// Dark guesses whether the background is dark: a theme that says so, then
// COLORFGBG ("15;0": the last number is the background), then dark.
func Dark(theme, colorfgbg string) bool {
	switch {
	case strings.HasSuffix(theme, "light"):
		return false
	case strings.HasSuffix(theme, "dark"):
		return true
	}
	if i := strings.LastIndexByte(colorfgbg, ';'); i >= 0 {
		if n, err := strconv.Atoi(colorfgbg[i+1:]); err == nil {
			return n != 7 && (n < 9 || n > 15)
		}
	}
	return true
}
