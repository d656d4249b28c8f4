package tui

// History is what was typed in one session, the oldest first. The zero value and
// nil are ready; nil keeps nothing.
type History struct{ lines []string }

// historyLines bounds what is kept; the oldest are forgotten first.
const historyLines = 100

// Add keeps a line as the newest. One that was typed before moves.
func (h *History) Add(line string) {
	if h == nil || line == "" {
		return
	}
	kept := make([]string, 0, len(h.lines)+1)
	for _, l := range h.lines {
		if l != line {
			kept = append(kept, l)
		}
	}
	kept = append(kept, line)
	h.lines = kept[max(len(kept)-historyLines, 0):]
}

// Back returns the line n steps back; 1 is the newest.
func (h *History) Back(n int) (line string, ok bool) {
	if h == nil || n < 1 || n > len(h.lines) {
		return "", false
	}
	return h.lines[len(h.lines)-n], true
}
