package tui

import (
	"strconv"
	"time"

	"bursar/services"
	"bursar/tui/widget"
)

// status is the line that says what just happened. Successes expire; an error
// stays until it is dismissed. Both are kept in the history.
type status struct {
	text       string
	failed     bool
	generation int
	history    []entry
}

type entry struct {
	at     time.Time
	text   string
	failed bool
}

// historyLimit bounds the message history; the oldest are forgotten first.
const historyLimit = 200

type expireMsg struct{ generation int }

// noteFor is how long a success is shown.
const noteFor = 4 * time.Second

// note records a success and shows it, unless an error stands there. The
// generation is for expire.
func (s *status) note(text string, now time.Time) (generation int, shown bool) {
	text = services.Clean(text)
	s.record(text, false, now)
	if s.failed {
		return 0, false
	}
	s.text = text
	s.generation++
	return s.generation, true
}

func (s *status) fail(err error, now time.Time) {
	if err == nil {
		return
	}
	s.text, s.failed = widget.Message(err), true
	s.generation++
	s.record(s.text, true, now)
}

func (s *status) record(text string, failed bool, now time.Time) {
	s.history = append(s.history, entry{now, text, failed})
	if over := len(s.history) - historyLimit; over > 0 {
		s.history = append([]entry(nil), s.history[over:]...)
	}
}

// dismiss clears a shown error and reports whether there was one.
func (s *status) dismiss() bool {
	if !s.failed {
		return false
	}
	s.text, s.failed = "", false
	return true
}

func (s *status) expire(generation int) {
	if generation == s.generation && !s.failed {
		s.text = ""
	}
}

func plural(n int64, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.FormatInt(n, 10) + " " + word + "s"
}
