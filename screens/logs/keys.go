package logs

import (
	"github.com/charmbracelet/bubbles/key"

	"bursar/tui/keys"
)

// keySet are the keys of the log.
type keySet struct {
	open, filter, follow, time, customer, copy, read, pane, clear, back key.Binding
	apply, cancel, prev, next                                           key.Binding // in the filter
}

func newKeys() keySet {
	return keySet{
		open:     keys.New("enter", "open", "enter"),
		filter:   keys.New("/", "filter", "/"),
		follow:   keys.New("f", "follow", "f"),
		time:     keys.New("t", "time", "t"),
		customer: keys.New("c", "customer", "c"),
		copy:     keys.New("y", "copy id", "y"),
		read:     keys.New("r", "read from Stripe", "r"),
		pane:     keys.New("tab", "pane", "tab", "shift+tab"),
		clear:    keys.New("esc", "show all", "esc"),
		back:     keys.New("esc", "list", "esc"),
		apply:    keys.New("enter", "apply", "enter"),
		cancel:   keys.New("esc", "close", "esc"),
		prev:     keys.New("↑", "up", "up"),
		next:     keys.New("↓", "down", "down"),
	}
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	if s.filter.open {
		return []key.Binding{k.apply, k.prev, k.next, k.cancel}
	}
	e, ok := s.selected()
	k.customer.SetEnabled(ok && e.Customer != "")
	k.pane.SetEnabled(s.split() && s.detail.shown)
	k.read.SetEnabled(!s.reading.Pending())
	if !s.loaded {
		k.read.SetHelp("r", "try again")
	}
	if s.follow {
		k.follow.SetHelp("f", "pause")
	}
	if s.detail.focused {
		out := s.detail.tree.Bindings()
		if s.detail.tree.Finding() {
			return out
		}
		k.back.SetEnabled(!s.detail.tree.Searching())
		return append([]key.Binding{k.pane}, append(out, k.time, k.customer, k.follow, k.read, k.back)...)
	}
	k.open.SetEnabled(ok)
	k.copy.SetEnabled(ok)
	k.filter.SetEnabled(s.loaded)
	k.clear.SetEnabled(s.kind != "")
	return append([]key.Binding{k.open, k.filter, k.pane, k.clear, k.follow, k.time, k.customer, k.copy, k.read}, s.move.All()...)
}
