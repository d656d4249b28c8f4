// Package keys is the keyboard: the global bindings, what counts as moving, and
// the rule that no key means two things in one layer.
package keys

import (
	"fmt"
	"sort"

	"github.com/charmbracelet/bubbles/key"
)

// Global are the bindings that work on every screen while no field or overlay
// has the keyboard. Ctrl keys work in fields too.
type Global struct {
	Tabs     []key.Binding // 1, 2, … in the order of the tabs
	Back     key.Binding
	Commands key.Binding
	Help     key.Binding
	Profile  key.Binding
	Errors   key.Binding
	Mouse    key.Binding
	Redraw   key.Binding
	Suspend  key.Binding
	Quit     key.Binding
	Kill     key.Binding
}

// NewGlobal returns the global bindings for that many tabs.
func NewGlobal(tabs int) Global {
	g := Global{
		Back:     New("esc", "back", "esc"),
		Commands: New("ctrl+p", "commands", "ctrl+p", ":"),
		Help:     New("?", "help", "?"),
		Profile:  New("p", "profile", "p"),
		Errors:   New("!", "messages", "!"),
		Mouse:    New("m", "mouse on/off", "m"),
		Redraw:   New("ctrl+l", "redraw", "ctrl+l"),
		Suspend:  New("ctrl+z", "suspend", "ctrl+z"),
		Quit:     New("q", "quit", "q"),
		Kill:     New("ctrl+c", "quit now", "ctrl+c"),
	}
	for i := range tabs {
		n := fmt.Sprint(i + 1)
		g.Tabs = append(g.Tabs, New(n, "screen "+n, n))
	}
	return g
}

// All lists the global bindings for help.
func (g Global) All() []key.Binding {
	return append(append([]key.Binding(nil), g.Tabs...),
		g.Back, g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit, g.Kill)
}

// New makes a binding: what the footer shows for the key, what it does, and the
// keys themselves.
func New(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// Move are the bindings of anything with a cursor.
type Move struct {
	Up, Down, PageUp, PageDown, Home, End key.Binding
}

// NewMove returns arrows and their vim spellings.
func NewMove() Move {
	return Move{
		Up:       New("↑", "up", "up", "k"),
		Down:     New("↓", "down", "down", "j"),
		PageUp:   New("pgup", "page up", "pgup", "ctrl+u"),
		PageDown: New("pgdn", "page down", "pgdown", "ctrl+d"),
		Home:     New("g", "first", "home", "g"),
		End:      New("G", "last", "end", "G"),
	}
}

// All lists the bindings.
func (m Move) All() []key.Binding {
	return []key.Binding{m.Up, m.Down, m.PageUp, m.PageDown, m.Home, m.End}
}

// Conflicts lists the keys that more than one enabled binding of one layer
// takes, sorted.
func Conflicts(layer []key.Binding) []string {
	owner := map[string]string{}
	clash := map[string]bool{}
	for _, b := range layer {
		if !b.Enabled() {
			continue
		}
		for _, k := range b.Keys() {
			if by, taken := owner[k]; taken && by != b.Help().Desc {
				clash[k] = true
			}
			owner[k] = b.Help().Desc
		}
	}
	out := make([]string, 0, len(clash))
	for k := range clash {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
