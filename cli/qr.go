package cli

import (
	"fmt"

	"bursar/services"
	"bursar/tui/theme"
	"bursar/tui/widget"
)

// drawQR draws a code on stderr, black on white where the terminal has colours.
func (s *session) drawQR(code services.QRCode) {
	depth := theme.DepthOf(s.LookupEnv)
	if s.flags.noColor {
		depth = theme.Mono
	}
	for _, line := range widget.QR(theme.New(s.Stderr, theme.Options{Depth: depth, Dark: true}), code) {
		fmt.Fprintln(s.Stderr, line)
	}
}
