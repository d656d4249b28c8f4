package logs

import (
	"github.com/charmbracelet/bubbles/key"

	"bursar/tui/keys"
)

// keySet are the keys of the log.
type keySet struct {
	open, filter, follow, time, customer, copy, sync, again, pane, clear, stop, back key.Binding
	apply, cancel, complete, past, types                                             key.Binding // in the filter line
	prev, next                                                                       key.Binding // in the choice of types
}

func newKeys() keySet {
	return keySet{
		open:     keys.New("enter", "open", "enter"),
		filter:   keys.New("/", "filter", "/"),
		follow:   keys.New("f", "follow", "f"),
		time:     keys.New("t", "time", "t"),
		customer: keys.New("c", "customer", "c"),
		copy:     keys.New("y", "copy id", "y"),
		sync:     keys.New("s", "sync", "s", "r"),
		again:    keys.New("r", "try again", "r"),
		pane:     keys.New("tab", "pane", "tab", "shift+tab"),
		clear:    keys.New("esc", "show all", "esc"),
		stop:     keys.New("esc", "stop", "esc"),
		back:     keys.New("esc", "list", "esc"),
		apply:    keys.New("enter", "apply", "enter"),
		cancel:   keys.New("esc", "close", "esc"),
		complete: keys.New("tab", "complete", "tab", "shift+tab"),
		past:     keys.New("↑↓", "history", "shift+up", "up", "shift+down", "down"),
		types:    keys.New("ctrl+t", "types", "ctrl+t"),
		prev:     keys.New("↑", "up", "up"),
		next:     keys.New("↓", "down", "down"),
	}
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := &s.keys
	switch {
	case s.picker.open:
		return []key.Binding{k.apply, k.prev, k.next, k.cancel}
	case s.entry.open:
		s.enable()
		return []key.Binding{k.apply, k.complete, k.past, k.cancel, k.types}
	}
	s.enable()
	if s.detail.focused {
		out := s.detail.tree.Bindings()
		if s.detail.tree.Finding() {
			return out
		}
		k.back.SetEnabled(!s.detail.tree.Searching())
		return append([]key.Binding{k.pane}, append(out, k.time, k.customer, k.follow, k.again, k.sync, k.back)...)
	}
	out := []key.Binding{k.open, k.filter, k.stop, k.again, k.pane, k.clear, k.follow, k.sync, k.time, k.customer, k.copy}
	if len(s.lines) > 0 {
		out = append(out, s.move.All()...)
	}
	return out
}

// enable says which keys can act now, and what they do then.
func (s *Screen) enable() {
	k := &s.keys
	k.complete.SetEnabled(len(s.entry.offers) > 0 || s.entry.counting.Pending())
	e, ok := s.selected()
	gap, onGap := s.gapUnder()
	k.open.SetEnabled(ok || onGap && !gap.Lost && !s.stripe.guard.Pending())
	k.open.SetHelp("enter", "open")
	if onGap {
		k.open.SetHelp("enter", "read it")
	}
	k.copy.SetEnabled(ok)
	k.customer.SetEnabled(ok && e.Customer != "")
	k.pane.SetEnabled(s.split() && s.detail.shown)
	k.filter.SetEnabled(s.loaded || s.filter.text != "")
	k.time.SetEnabled(len(s.lines) > 0)
	k.follow.SetEnabled(s.loaded)
	k.follow.SetHelp("f", "follow")
	if s.live.follow {
		k.follow.SetHelp("f", "pause")
	}
	stoppable := s.searches() || s.stripe.guard.Pending()
	k.stop.SetEnabled(stoppable)
	k.clear.SetEnabled(!stoppable && s.filter.text != "")
	k.again.SetEnabled(!s.pages.guard.Pending() && (!s.loaded || s.pages.stopped))
	k.again.SetHelp("r", "try again")
	switch {
	case s.pages.stopped && len(s.run.rows) == 0:
		k.again.SetHelp("r", "start over")
	case s.pages.stopped:
		k.again.SetHelp("r", "go on")
	}
	k.sync.SetEnabled(s.loaded && !s.stripe.guard.Pending())
	k.sync.SetKeys("s", "r")
	if k.again.Enabled() {
		k.sync.SetKeys("s")
	}
}
