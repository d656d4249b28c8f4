// Package tuitest stands in for everything around a screen in tests: a fixed
// clock, a desk of fakes, a theme for any depth, a driver that runs commands to
// their end, and golden files.
package tuitest

import (
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

var now = time.Date(2026, 11, 23, 10, 42, 7, 0, time.UTC)

// Now returns the moment every test happens at.
func Now() time.Time { return now }

// Theme makes a theme of a depth; dark background.
func Theme(d theme.Depth) *theme.Theme {
	return theme.New(io.Discard, theme.Options{Depth: d, Dark: true, ASCII: d == theme.None})
}

// Env makes what a screen is given, without colours, on a desk.
func Env(t testing.TB, desk *services.Desk) *tui.Env { return EnvIn(t, desk, theme.None) }

// EnvIn is Env with a colour depth.
func EnvIn(t testing.TB, desk *services.Desk, d theme.Depth) *tui.Env {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return &tui.Env{ID: 1, Ctx: ctx, Desk: desk, Theme: Theme(d), Now: Now, Zone: time.UTC, Cart: &tui.Cart{}, Past: &tui.History{}, After: NoTimer}
}

// NoTimer is an Env.After whose timers never fire: a test that needs one sends the
// message itself.
func NoTimer(time.Duration, tea.Msg) tea.Cmd { return nil }

// Driver plays the shell for one screen: it runs the commands that the screen
// returns and gives it back what is meant for it. What the screen asks of the
// shell is kept in Asked.
type Driver struct {
	Screen tui.Screen
	Asked  []tea.Msg
}

// Start sizes and starts a screen and runs its commands to their end.
func Start(s tui.Screen, w, h int) *Driver {
	d := &Driver{Screen: s}
	s.SetSize(w, h)
	d.Run(s.Init())
	return d
}

// Send gives the screen a message and runs what follows from it.
func (d *Driver) Send(msg tea.Msg) { d.Run(d.Screen.Update(msg)) }

// Keys presses keys by name ("down", "enter", "a"); "text:abc" types abc,
// "paste:abc" pastes it.
func (d *Driver) Keys(names ...string) {
	for _, n := range names {
		if text, ok := strings.CutPrefix(n, "paste:"); ok {
			d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
			continue
		}
		if text, ok := strings.CutPrefix(n, "text:"); ok {
			for _, r := range text {
				d.Send(tui.KeyMsg(string(r)))
			}
			continue
		}
		d.Send(tui.KeyMsg(n))
	}
}

// Asks reports whether the screen asked the shell for what cmd asks, such as
// tui.Go(route). It does not compare questions: see Answer.
func (d *Driver) Asks(cmd tea.Cmd) bool {
	want := cmd()
	for _, got := range d.Asked {
		if reflect.TypeOf(got) == reflect.TypeOf(want) && reflect.DeepEqual(got, want) {
			return true
		}
	}
	return false
}

// Answer answers the last question the screen asked, as a person would in the
// confirmation, and returns it; ok is false when there is none.
func (d *Driver) Answer(yes bool) (q tui.Confirm, ok bool) {
	for i := len(d.Asked) - 1; i >= 0; i-- {
		if q, ok = tui.Question(d.Asked[i]); !ok {
			continue
		}
		d.Asked = append(d.Asked[:i:i], d.Asked[i+1:]...)
		if yes {
			d.Run(q.Do)
		}
		return q, true
	}
	return q, false
}

// Run executes a command and everything it leads to. Timers never fire.
func (d *Driver) Run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.Run(c)
		}
	default:
		if cmds, ok := sequence(msg); ok {
			for _, c := range cmds {
				d.Run(c)
			}
			return
		}
		if _, mine := msg.(interface{ Target() tui.InstanceID }); mine {
			d.Run(d.Screen.Update(msg))
			return
		}
		d.Asked = append(d.Asked, msg)
	}
}

// sequence unpacks tea.Sequence's message, whose type is not exported.
func sequence(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		cmds := make([]tea.Cmd, v.Len())
		for i := range cmds {
			cmds[i] = v.Index(i).Interface().(tea.Cmd)
		}
		return cmds, true
	}
	return nil, false
}

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares text with testdata/name.golden; -update writes it.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if string(want) != got {
		t.Errorf("%s differs from what is drawn now (run with -update if it should):\n%s\nwant:\n%s", path, got, want)
	}
}

// View returns a screen's lines, trailing spaces removed.
func View(s tui.Screen) string {
	lines := strings.Split(s.View(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// Fits fails when a view has a line wider than w cells, more than h lines, or a
// control character other than an escape sequence's.
func Fits(t testing.TB, s tui.Screen, w, h int) {
	t.Helper()
	lines := strings.Split(s.View(), "\n")
	if len(lines) > h {
		t.Errorf("%s at %dx%d draws %d lines", s.Title(), w, h, len(lines))
	}
	for i, l := range lines {
		if n := layout.Width(l); n > w {
			t.Errorf("%s at %dx%d: line %d is %d cells wide: %q", s.Title(), w, h, i, n, l)
		}
		for _, r := range layout.Plain(l) {
			if services.Invisible(r) {
				t.Errorf("%s at %dx%d: line %d holds %U", s.Title(), w, h, i, r)
			}
		}
	}
}

// FitsEverywhere draws a screen at one size of each layout: for tests with much
// data, where Sweep takes long.
func FitsEverywhere(t testing.TB, s tui.Screen) {
	t.Helper()
	for _, size := range [][2]int{{20, 8}, {40, 9}, {60, 15}, {80, 19}, {120, 35}, {200, 57}} {
		s.SetSize(size[0], size[1])
		Fits(t, s, size[0], size[1])
	}
}

// Sweep draws a screen at every size from 20x8 to 200x60 in steps that hit odd
// and even sizes.
func Sweep(t testing.TB, s tui.Screen) {
	t.Helper()
	for w := 20; w <= 200; w += 9 {
		for h := 3; h <= 60; h += 7 {
			s.SetSize(w, h)
			Fits(t, s, w, h)
		}
	}
}
