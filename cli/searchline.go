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
	"bursar/tui/widget"
)

// searchLine says on a terminal how far a query has come, once it takes longer
// than a person waits without a word.
type searchLine struct {
	out   io.Writer // nil says nothing
	width int
	now   func() time.Time
	since time.Time
	last  time.Time
	shown bool
}

// How long a query is silent, and how often the line changes then.
const (
	searchSilent = 500 * time.Millisecond
	searchEvery  = 100 * time.Millisecond
)

// searchLine makes the line for stderr, which says nothing when that is no
// terminal.
func (s *session) searchLine() *searchLine {
	l := &searchLine{now: time.Now, since: time.Now()}
	if f, ok := s.Stderr.(*os.File); ok && !s.flags.json && s.getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd())) {
		l.out, l.width = f, 80
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			l.width = w
		}
	}
	return l
}

// show draws how far it has come.
func (l *searchLine) show(p services.LogProgress, found int) {
	now := l.now()
	if l.out == nil || now.Sub(l.since) < searchSilent || now.Sub(l.last) < searchEvery {
		return
	}
	l.last, l.shown = now, true
	parts := []string{fmt.Sprintf("looked at %s of %s events", widget.Grouped(p.Examined), widget.Grouped(p.Of))}
	if !p.Reached.IsZero() {
		parts = append(parts, "back to "+p.Reached.UTC().Format("2006-01-02 15:04"))
	}
	parts = append(parts, widget.Grouped(found)+" found")
	fmt.Fprint(l.out, "\r\x1b[K"+layout.Cut(strings.Join(parts, ", "), max(l.width-1, 1), ""))
}

// clear takes the line away, for something else to be written there.
func (l *searchLine) clear() {
	if l.shown {
		l.shown, l.last = false, time.Time{}
		fmt.Fprint(l.out, "\r\x1b[K")
	}
}
