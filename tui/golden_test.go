package tui_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

// shellSizes are every layout of the frame, and one cell less than the least.
var shellSizes = [][2]int{{160, 45}, {120, 40}, {80, 24}, {60, 20}, {60, 16}, {40, 12}, {39, 12}, {40, 11}, {20, 5}}

// overlays open everything that can lie over a screen.
var overlays = map[string]func(*session){
	"help":     func(s *session) { s.Keys("?") },
	"palette":  func(s *session) { s.Keys("ctrl+p", "text:go") },
	"profiles": func(s *session) { s.Keys("p") },
	"messages": func(s *session) {
		s.does("x", tui.Fail(broken))
		s.does("f", tui.Note("Copied the link (clipboard)."))
		s.Keys("x", "f", "!")
	},
	"confirm": func(s *session) {
		s.does("x", tui.AskConfirm(tui.Confirm{Title: "Expire the session?", Facts: []string{"cs_test_a1OpenOpenOpenOpen01, €42.00, for ada@example.com.", "Nobody can pay it afterwards."}, Yes: "Expire the session", Typed: "42.00"}))
		s.Keys("x")
	},
	"confirm-long": func(s *session) {
		fact := "A fact that takes more than one line of the narrowest window there is."
		s.does("x", tui.AskConfirm(tui.Confirm{Title: "A question with a title that is much too long for its box, wherever it is?", Facts: []string{fact, fact, fact, fact}, Yes: "Yes, do what was asked for", No: "No, leave it all as it is"}))
		s.Keys("x")
	},
}

func (s *session) resize(w, h int) { s.Send(tea.WindowSizeMsg{Width: w, Height: h}) }

func TestGoldenFrame(t *testing.T) {
	plain, alive := sandbox(t, 120, 40), start(t, live(), theme.None, 120, 40)
	failed := sandbox(t, 120, 40)
	failed.does("x", tui.Fail(broken))
	failed.Keys("x")
	typing := sandbox(t, 120, 40)
	typing.home().typing = true
	for _, size := range shellSizes {
		for name, s := range map[string]*session{"plain": plain, "live": alive, "failed": failed, "typing": typing} {
			s.resize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("frame-%s-%dx%d", name, size[0], size[1]), s.View())
		}
	}
	colour := start(t, live(), theme.TrueColor, 80, 24)
	tuitest.Golden(t, "frame-live-colour-80x24", colour.Model.View())
}

func TestGoldenOverlays(t *testing.T) {
	for name, open := range overlays {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 16}, {40, 12}} {
			s := sandbox(t, size[0], size[1])
			open(s)
			tuitest.Golden(t, fmt.Sprintf("overlay-%s-%dx%d", name, size[0], size[1]), s.View())
		}
	}
	s := start(t, live(), theme.None, 80, 24)
	overlays["confirm"](s)
	tuitest.Golden(t, "overlay-confirm-live-80x24", s.View())
}

// TestWindowIsFilledExactly draws every overlay and none at every size, in colour
// and with names that came from outside.
func TestWindowIsFilledExactly(t *testing.T) {
	all := map[string]func(*session){"none": func(*session) {}}
	maps.Copy(all, overlays)
	for name, open := range all {
		for _, text := range append(tuitest.Hostile(), "Kettle & Crane") {
			f := tuitest.Shop()
			f.Profile = services.Profile{Name: services.Clean(text), AccountName: services.Clean(text), AccountID: services.Clean(text), Mode: services.ModeLive}
			f.Profiles = func() ([]services.Profile, error) { return []services.Profile{f.Profile, f.Profile}, nil }
			s := start(t, f, theme.TrueColor, 80, 24)
			open(s)
			for w := 1; w <= 200; w += 31 {
				for h := 1; h <= 60; h += 13 {
					s.Model.Update(tea.WindowSizeMsg{Width: w, Height: h})
					lines := strings.Split(s.Model.View(), "\n")
					if len(lines) != h {
						t.Errorf("%s at %dx%d draws %d lines", name, w, h, len(lines))
					}
					for i, l := range lines {
						if n := layout.Width(l); n > w {
							t.Errorf("%s at %dx%d: line %d is %d wide: %.200q", name, w, h, i, n, l)
						}
					}
				}
			}
		}
	}
}
