package home

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

func TestWaysLeadOut(t *testing.T) {
	for k, want := range map[string]tea.Cmd{
		"s": tui.GoTab(tui.Catalogue), "c": tui.GoTab(tui.Customers), "l": tui.GoTab(tui.Logs), "u": tui.GoTab(tui.Setup),
		"w": tui.GoTab(tui.Webhooks), "enter": tui.GoTab(tui.Catalogue), "T": tui.Copy("4242424242424242", "test card's number"),
	} {
		d := start(t, tuitest.Shop(), 120, 35)
		d.Keys(k)
		if !d.Asks(want) {
			t.Errorf("%s asked for %#v, want %#v", k, d.Asked, want())
		}
	}
}

func TestEnterOpensWhatTheCursorIsOn(t *testing.T) {
	open, paid, event := tuitest.OpenSession().ID, tuitest.Sales()[0].Session.ID, tuitest.Events()[0].ID
	for id, kind := range map[string]tui.Kind{open: tui.Waiting, paid: tui.Waiting, event: tui.Event} {
		d := start(t, tuitest.Shop(), 80, 19)
		s := d.Screen.(*Screen)
		for range s.rows {
			if s.current().id == id {
				break
			}
			d.Keys("j")
		}
		d.Keys("y", "enter")
		if !d.Asks(tui.Go(tui.Route{Kind: kind, Ref: id})) || !d.Asks(tui.Copy(id, "id")) {
			t.Errorf("%s: asked for %#v", id, d.Asked)
		}
	}
}

func TestCursorStaysOnItsRow(t *testing.T) {
	f := tuitest.Shop()
	d := start(t, f, 80, 19)
	s := d.Screen.(*Screen)
	d.Keys("G")
	want := s.current().id
	more := append([]services.Event{{ID: "evt_new", Type: "charge.succeeded", Created: tuitest.Now()}}, tuitest.Events()...)
	f.List = func(services.LogQuery) (services.LogPage, error) {
		return services.LogPage{Events: more, Total: 1313}, nil
	}
	d.Send(tui.ChangeMsg{Kind: services.ChangeEvents})
	// The window shows the newest eight: the last one has left it.
	d.Keys("k")
	if got := s.current().id; got == "" {
		t.Fatalf("the cursor left the events after %s went", want)
	}
	want = s.current().id
	f.Unsettled = func() ([]services.Session, error) { return nil, nil }
	d.Send(tui.ChangeMsg{Kind: services.ChangeReturned})
	if got := s.current().id; got != want {
		t.Errorf("the cursor is on %s, was on %s", got, want)
	}
}

func TestOldDataStaysWhenReadingFails(t *testing.T) {
	f := tuitest.Shop()
	d := start(t, f, 120, 35)
	f.List = func(services.LogQuery) (services.LogPage, error) {
		return services.LogPage{}, &services.Error{Code: services.CodeStorage, Message: "The disk is gone."}
	}
	d.Keys("r")
	view := d.Screen.View()
	if !strings.Contains(view, "payment_intent.succeeded") || !strings.Contains(view, "The disk is gone.") {
		t.Errorf("want the old events and the failure:\n%s", view)
	}
}

func TestChangesWhileReadingAreReadOnceMore(t *testing.T) {
	reads := 0
	f := tuitest.Shop()
	list := f.List
	f.List = func(q services.LogQuery) (services.LogPage, error) { reads++; return list(q) }
	env := tuitest.Env(t, f.Desk())
	s := New(env, tui.Route{})
	d := &tuitest.Driver{Screen: s}
	s.SetSize(80, 19)
	first := s.Init()
	for range 5 {
		d.Run(s.Update(tui.ChangeMsg{Kind: services.ChangeEvents}))
	}
	d.Run(first)
	if reads != 2 {
		t.Errorf("the events were read %d times for one request and five changes, want 2", reads)
	}
}

func TestForeignReplyIsDropped(t *testing.T) {
	d := start(t, tuitest.Shop(), 120, 35)
	before := d.Screen.View()
	d.Send(tui.Reply[services.LogPage]{To: 1, Req: 99, Val: services.LogPage{}})
	if d.Screen.View() != before {
		t.Error("a reply nobody waits for changed the page")
	}
}

func TestNewProfileOffersTheSandbox(t *testing.T) {
	d := start(t, newProfile(), 80, 19)
	d.Keys("d")
	if !d.Asks(tui.UseProfile(services.SandboxProfile)) {
		t.Errorf("asked for %#v", d.Asked)
	}
}

func TestMouse(t *testing.T) {
	d := start(t, tuitest.Shop(), 80, 19)
	y := -1
	for i, l := range strings.Split(d.Screen.View(), "\n") {
		if strings.Contains(l, "Look a customer up") {
			y = i
		}
	}
	click := tea.MouseMsg{X: 6, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
	d.Send(click)
	if len(d.Asked) != 0 {
		t.Fatal("the first click only selects")
	}
	d.Send(click)
	if !d.Asks(tui.GoTab(tui.Customers)) {
		t.Errorf("asked for %#v", d.Asked)
	}
	d.Send(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	if d.Screen.(*Screen).cursor != 3 {
		t.Error("the wheel does not move the cursor")
	}
}

func TestHostileData(t *testing.T) {
	for _, text := range tuitest.Hostile() {
		c := services.Clean(text)
		f := tuitest.Shop()
		f.Profile = services.Profile{Name: c, Mode: services.ModeTest, AccountID: c, AccountName: c}
		f.Show = func(string) (services.ConfigurationView, error) {
			set := services.Setting{Set: true, Masked: c, From: c}
			return services.ConfigurationView{PublishableKey: set, SecretKey: set, VerifyProblem: c, ProductSource: services.ProductSource{Number: 1, Name: c}}, nil
		}
		f.Unsettled = func() ([]services.Session, error) {
			return []services.Session{{ID: c, Summary: c, Email: c, Status: c, Total: services.Money{Amount: 1, Currency: c}}}, nil
		}
		f.Recent = func(int) ([]services.Receipt, error) {
			return []services.Receipt{{Session: services.Session{ID: c, Summary: c, Email: c}}}, nil
		}
		f.List = func(services.LogQuery) (services.LogPage, error) {
			return services.LogPage{Events: []services.Event{{ID: c, Type: c, Customer: c}}, Total: 1}, nil
		}
		f.Health = func() (services.LogHealth, error) { return services.LogHealth{SyncProblem: c, ClockProblem: c}, nil }
		tuitest.FitsEverywhere(t, start(t, f, 80, 19).Screen)
	}
}
