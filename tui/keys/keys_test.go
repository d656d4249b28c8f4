package keys

import (
	"slices"
	"testing"

	"github.com/charmbracelet/bubbles/key"
)

func TestConflicts(t *testing.T) {
	off := New("x", "expire", "x")
	off.SetEnabled(false)
	for _, c := range []struct {
		name  string
		layer []key.Binding
		want  []string
	}{
		{"none", []key.Binding{New("a", "add", "a"), New("b", "buy", "b")}, nil},
		{"two meanings", []key.Binding{New("a", "add", "a"), New("a", "archive", "a", "b"), New("b", "buy", "b")}, []string{"a", "b"}},
		{"a disabled one does not count", []key.Binding{off, New("x", "export", "x")}, nil},
		{"one meaning twice", []key.Binding{New("↑↓", "move", "up"), New("↑", "move", "up")}, nil},
	} {
		if got := Conflicts(c.layer); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestReservedKeys keeps the keys free that terminals, flow control and screen
// multiplexers take.
func TestReservedKeys(t *testing.T) {
	g := NewGlobal(9)
	layer := append(g.All(), NewMove().All()...)
	if c := Conflicts(layer); len(c) > 0 {
		t.Errorf("keys with two meanings: %v", c)
	}
	for _, b := range layer {
		if b.Help().Key == "" || b.Help().Desc == "" {
			t.Errorf("%v has no help", b.Keys())
		}
		for _, k := range b.Keys() {
			if slices.Contains([]string{"ctrl+i", "ctrl+m", "ctrl+j", "ctrl+h", "ctrl+s", "ctrl+q", "ctrl+b", "ctrl+a"}, k) {
				t.Errorf("%s is bound", k)
			}
		}
	}
	if len(g.Tabs) != 9 || g.Tabs[8].Keys()[0] != "9" {
		t.Errorf("tabs: %v", g.Tabs)
	}
}
