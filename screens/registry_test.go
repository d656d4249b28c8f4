package screens_test

import (
	"fmt"
	"strings"
	"testing"

	"bursar/screens"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

var kinds = []tui.Kind{tui.Home, tui.Setup, tui.Webhooks, tui.Catalogue, tui.Customers, tui.Customer, tui.Logs, tui.Event, tui.Checkout, tui.Waiting, tui.Portal}

func TestEveryKindHasAPage(t *testing.T) {
	factories := screens.Factories()
	if len(factories) != len(kinds) {
		t.Errorf("%d factories for %d kinds", len(factories), len(kinds))
	}
	for _, k := range kinds {
		if factories[k] == nil {
			t.Errorf("no page for %s", k)
		}
	}
	seen := map[tui.Kind]bool{}
	for _, tab := range screens.Tabs() {
		if seen[tab.Kind] || factories[tab.Kind] == nil || tab.Name == "" {
			t.Errorf("tab %+v is twice, without a page or without a name", tab)
		}
		seen[tab.Kind] = true
	}
}

// TestEveryPageWithoutAnything draws every page when every call fails: no panic,
// no line too wide, no key with two meanings, a way out of every state.
func TestEveryPageWithoutAnything(t *testing.T) {
	for _, k := range kinds {
		env := tuitest.Env(t, (&tuitest.Fakes{}).Desk())
		d := tuitest.Start(screens.Factories()[k](env, tui.Route{Kind: k, Ref: "ref_1"}), 80, 19)
		tuitest.Sweep(t, d.Screen)
		layer := d.Screen.Bindings()
		if !d.Screen.Capturing() {
			g := keys.NewGlobal(len(screens.Tabs()))
			g.Back.SetEnabled(false) // a page may take esc for itself
			layer = append(layer, g.All()...)
		}
		if c := keys.Conflicts(layer); len(c) > 0 {
			t.Errorf("%s: keys with two meanings: %v", k, c)
		}
		if d.Screen.Title() == "" || strings.TrimSpace(d.Screen.View()) == "" {
			t.Errorf("%s has no title or draws nothing", k)
		}
	}
}

// TestTabs walks through the tabs of a session as a person would.
func TestTabs(t *testing.T) {
	s := tuitest.StartShell(t, tuitest.Shop().Desk(), screens.Tabs(), screens.Factories(), theme.None, 100, 30)
	for i, tab := range screens.Tabs() {
		s.Keys(fmt.Sprint(i + 1))
		if want := fmt.Sprintf("[%d %s]", i+1, tab.Name); !strings.Contains(s.View(), want) {
			t.Errorf("%s is not seen:\n%s", want, s.View())
		}
		s.Keys("esc") // out of the search, where a page begins in it
	}
	s.Keys("1", "?")
	if !strings.Contains(s.View(), "Keys on Home") {
		t.Errorf("no help:\n%s", s.View())
	}
}
