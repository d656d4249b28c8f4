package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"bursar/services"
	"bursar/tui/layout"
)

// progress shows on stderr how far a long command has come: on a terminal one
// line that is drawn anew, elsewhere a line now and then. With --json it shows
// nothing.
type progress struct {
	out      io.Writer
	columns  func() int // of the terminal; nil when it is none
	quiet    bool
	drawn    bool
	last     time.Time // when something was shown
	furthest float64   // share that was shown: a bar does not go back
}

// How often a progress shows something.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 10 * time.Second
	barWidth    = 20 // columns
)

func (s *session) progress() *progress {
	p := &progress{out: s.Stderr, quiet: s.flags.json, last: time.Now()}
	if f, ok := s.Stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && s.getenv("TERM") != "dumb" && s.getenv("TERM") != "" {
		p.columns = func() int {
			if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
				return w
			}
			return 80
		}
		p.last = time.Time{}
	}
	return p
}

// show says how far it has come: share is what is done of the whole, 0 to 1, or
// negative while nobody knows.
func (p *progress) show(share float64, text string) {
	every := lineEvery
	if p.columns != nil {
		every = redrawEvery
	}
	if p.quiet || time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	text = services.Clean(text)
	if p.columns == nil {
		fmt.Fprintln(p.out, text)
		return
	}
	p.drawn = true
	fmt.Fprintf(p.out, "\r%s\x1b[K", layout.Cut(p.bar(share)+" "+text, p.columns()-1, "…"))
}

func (p *progress) bar(share float64) string {
	if share < 0 && p.furthest == 0 {
		return "[" + strings.Repeat(" ", barWidth) + "]"
	}
	p.furthest = max(p.furthest, min(share, 1))
	full := int(p.furthest * barWidth)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full) + "]"
}

// end takes the line away, so that what comes next stands in its place.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}
