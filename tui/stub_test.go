package tui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

// stub is a screen that keeps what reaches it and does what its keys say.
type stub struct {
	env    *tui.Env
	route  tui.Route
	w, h   int
	got    []string // keys and mouse events
	other  []tea.Msg
	typing bool
	deeper bool // it has a use for esc
	guard  tui.Guard
	answer string
	err    error
	do     map[string]tea.Cmd
	left   int // times it was thrown away
}

func (s *stub) Leave() { s.left++ }

func (s *stub) Init() tea.Cmd    { return nil }
func (s *stub) Title() string    { return string(s.route.Kind) }
func (s *stub) Capturing() bool  { return s.typing }
func (s *stub) SetSize(w, h int) { s.w, s.h = w, h }

func (s *stub) View() string {
	lines := []string{fmt.Sprintf("  The page %s %s, %d by %d", s.route.Kind, s.route.Ref, s.w, s.h), "  got " + strings.Join(s.got, " ")}
	for len(lines) < s.h {
		lines = append(lines, s.env.Theme.Muted.Render("  "+strings.Repeat(".", max(s.w-4, 0))))
	}
	return strings.Join(lines, "\n")
}

func (s *stub) Bindings() []key.Binding {
	deeper := keys.New("esc", "close the detail", "esc")
	deeper.SetEnabled(s.deeper)
	off := keys.New("z", "never", "z")
	off.SetEnabled(false)
	if s.typing {
		return []key.Binding{keys.New("enter", "save", "enter"), keys.New("esc", "stop typing", "esc")}
	}
	return []key.Binding{keys.New("enter", "open", "enter"), keys.New("x", "expire the session", "x"), keys.New("f", "follow", "f"), off, deeper}
}

func (s *stub) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		s.got = append(s.got, msg.String())
		return s.do[msg.String()]
	case tea.MouseMsg:
		s.got = append(s.got, fmt.Sprintf("mouse %d,%d", msg.X, msg.Y))
	case tui.Reply[string]:
		if s.guard.Accept(msg.Req) {
			s.answer, s.err = msg.Val, msg.Err
		}
	default:
		s.other = append(s.other, msg)
	}
	return nil
}

// ask is an Ask of the stub that answers through fn.
func (s *stub) ask(fn func(context.Context) (string, error)) tea.Cmd {
	return tui.Ask(s.env, &s.guard, "asking", fn)
}

var tabs = []tui.Tab{{Kind: tui.Home, Name: "Home"}, {Kind: tui.Setup, Name: "Setup"}, {Kind: tui.Webhooks, Name: "Webhooks"},
	{Kind: tui.Catalogue, Name: "Products"}, {Kind: tui.Customers, Name: "Customers"}, {Kind: tui.Logs, Name: "Logs"}, {Kind: tui.Checkout, Name: "Checkout"}}

// session is a shell of stubs, the newest of them by kind.
type session struct {
	*tuitest.Shell
	screens map[tui.Kind]*stub
}

func start(t *testing.T, f *tuitest.Fakes, d theme.Depth, w, h int, change ...func(*tui.Options)) *session {
	t.Helper()
	s := &session{screens: map[tui.Kind]*stub{}}
	factories := map[tui.Kind]tui.Factory{}
	for _, k := range []tui.Kind{tui.Home, tui.Setup, tui.Webhooks, tui.Catalogue, tui.Customers, tui.Logs, tui.Checkout, tui.Customer, tui.Event} {
		factories[k] = func(env *tui.Env, r tui.Route) tui.Screen {
			s.screens[r.Kind] = &stub{env: env, route: r, do: map[string]tea.Cmd{}}
			return s.screens[r.Kind]
		}
	}
	s.Shell = tuitest.StartShell(t, f.Desk(), tabs, factories, d, w, h, change...)
	return s
}

func sandbox(t *testing.T, w, h int) *session {
	t.Helper()
	return start(t, tuitest.Shop(), theme.None, w, h)
}

// live is a profile where real money moves.
func live() *tuitest.Fakes {
	f := tuitest.Shop()
	f.Profile = tuitest.Profiles()[2]
	return f
}

func (s *session) home() *stub { return s.screens[tui.Home] }

// does makes the home screen answer a key with a command.
func (s *session) does(k string, cmd tea.Cmd) { s.home().do[k] = cmd }

func (s *session) sees(t *testing.T, what string) {
	t.Helper()
	if view := s.View(); !strings.Contains(view, what) {
		t.Errorf("%q is not seen:\n%s", what, view)
	}
}

func (s *session) seesNot(t *testing.T, what string) {
	t.Helper()
	if view := s.View(); strings.Contains(view, what) {
		t.Errorf("%q is still seen:\n%s", what, view)
	}
}

var broken = &services.Error{Code: services.CodeUnavailable, Message: "Stripe could not be reached.", Next: "Check the connection.", RequestID: "req_1"}
