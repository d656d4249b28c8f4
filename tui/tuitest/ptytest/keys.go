package ptytest

import (
	"strings"
	"time"
)

// named are the keys that are not a character.
var named = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "esc": "\x1b", "space": " ", "backspace": "\x7f",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
}

// Press types keys by name ("down", "enter", "a", "ctrl+c"); "text:abc" types
// abc, "paste:abc" pastes it as a terminal with bracketed paste does.
func (term *Terminal) Press(keys ...string) {
	term.t.Helper()
	for _, k := range keys {
		if _, err := term.pty.WriteString(bytesOf(k)); err != nil {
			term.t.Fatalf("pressing %s: %v\n%s", k, err, term.Screen())
		}
	}
}

func bytesOf(key string) string {
	if text, ok := strings.CutPrefix(key, "text:"); ok {
		return text
	}
	if text, ok := strings.CutPrefix(key, "paste:"); ok {
		return "\x1b[200~" + text + "\x1b[201~"
	}
	if letter, ok := strings.CutPrefix(key, "ctrl+"); ok && len(letter) == 1 {
		return string(letter[0] & 0x1f)
	}
	if s, ok := named[key]; ok {
		return s
	}
	return key
}

// Frame is a time without output after which a frame counts as drawn whole.
const Frame = 40 * time.Millisecond

// Quiet waits until nothing has been drawn for so long.
func (term *Terminal) Quiet(silence time.Duration) {
	for wait := silence; wait > 0; wait = silence - time.Since(term.Last()) {
		time.Sleep(wait) // silence is what is waited for
	}
}

// Reaction is what a key led to: when the first and the last output came, and
// how much it was. A key that led to
// nothing has 0 bytes and the times at which that was clear.
type Reaction struct {
	First, Last time.Time
	Bytes       int
}

// React presses a key on a quiet screen and returns what it led to.
func (term *Terminal) React(key string) Reaction {
	term.t.Helper()
	term.mu.Lock()
	before, changed := len(term.raw), term.changed
	term.mu.Unlock()
	term.Press(key)
	select {
	case <-changed:
	case <-time.After(10 * Frame):
		return Reaction{First: time.Now(), Last: time.Now()}
	}
	r := Reaction{First: term.Last()}
	term.Quiet(Frame)
	term.mu.Lock()
	defer term.mu.Unlock()
	r.Last, r.Bytes = term.last, len(term.raw)-before
	return r
}
