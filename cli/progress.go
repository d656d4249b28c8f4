package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"bursar/services"
	"bursar/tui/layout"
)

// progress tells on stderr how far a command has come, once it takes longer than a
// person waits without a word: on a terminal in one line that is drawn anew,
// elsewhere not, or in whole lines now and then.
type progress struct {
	out           io.Writer // nil says nothing
	width         int       // of the terminal in columns; 0 when it is none
	now           func() time.Time
	silent, every time.Duration // before the first word, and between two
	since, last   time.Time
	shown         bool
}

// How long a command is silent, and how often its line changes then; and the same
// where lines stay.
const (
	progressSilent = 500 * time.Millisecond
	progressEvery  = 100 * time.Millisecond
	linesEvery     = 10 * time.Second
)

// progress makes the line for stderr. lines asks for whole lines when that is no
// terminal.
func (s *session) progress(lines bool) *progress {
	p := &progress{now: time.Now, since: time.Now(), silent: progressSilent, every: progressEvery}
	switch f, ok := s.Stderr.(*os.File); {
	case s.flags.json:
	case ok && s.getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd())):
		p.out, p.width = f, 80
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			p.width = w
		}
	case lines:
		p.out, p.silent, p.every = s.Stderr, linesEvery, linesEvery
	}
	return p
}

// show says how far it has come.
func (p *progress) show(text string) {
	now := p.now()
	if p.out == nil || now.Sub(p.since) < p.silent || now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	text = services.Clean(text)
	if p.width == 0 {
		fmt.Fprintln(p.out, text)
		return
	}
	p.shown = true
	fmt.Fprint(p.out, "\r\x1b[K"+layout.Cut(text, max(p.width-1, 1), ""))
}

// clear takes the line away, for something else to be written there.
func (p *progress) clear() {
	if p.shown {
		p.shown, p.last = false, time.Time{}
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
