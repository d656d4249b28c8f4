package logs

import (
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

// taken fails when a key has two meanings in a state.
func taken(t *testing.T, state string, s *Screen) {
	t.Helper()
	layer := s.Bindings()
	if !s.Capturing() {
		g := keys.NewGlobal(7)
		layer = append(append(layer, g.Tabs...), g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit)
	} else {
		g := keys.NewGlobal(7)
		layer = append(layer, g.Redraw, g.Suspend, g.Kill, keys.New("ctrl+p", "commands", "ctrl+p"))
	}
	if c := keys.Conflicts(layer); len(c) > 0 {
		t.Errorf("%s: %v mean two things", state, c)
	}
	for _, b := range layer {
		if b.Help().Key == "" || b.Help().Desc == "" {
			t.Errorf("%s: a key without words: %v", state, b.Keys())
		}
	}
}

func TestKeysAreTakenOnce(t *testing.T) {
	d, s := start(t, gappy(newShop(50)), tui.Route{Ref: "cus_Pq000000000003"}, 120, 35)
	for _, step := range []struct{ state, keys string }{
		{"list", ""}, {"line", "/"}, {"completion", "tab"}, {"types", "ctrl+t"}, {"line again", "esc"}, {"closed", "esc"},
		{"detail", "tab"}, {"search", "/"}, {"found", "enter"}, {"back", "esc"}, {"list again", "esc"}, {"gap", "G"},
	} {
		if step.keys != "" {
			d.Keys(step.keys)
		}
		taken(t, step.state, s)
	}
	d, s = start(t, newShop(50), tui.Route{Arg: "no.such"}, 120, 35)
	taken(t, "nothing", s)
	shop := newShop(0)
	shop.fail = &services.Error{Code: services.CodeStorage, Message: "The disk is full."}
	d, s = start(t, shop, tui.Route{}, 120, 35)
	taken(t, "error", s)
	shop.fail = nil
	d.Keys("r")
	if s.err != nil || !s.loaded {
		t.Error("r does not try again")
	}

	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{Arg: "charge.refunded"}, 120, 35)
	q := slow.asked(l)
	q.tell(1, 10, slow.shop.matching(q.LogQuery)[:3]...)
	l.until("three events", func() bool { return len(l.s.run.rows) == 3 })
	l.now = l.now.Add(time.Second)
	taken(t, "searching", l.s)
	l.keys("esc")
	taken(t, "stopped", l.s)
}

func TestHostileEvents(t *testing.T) {
	evil := services.Clean("\x1b]52;c;aGVsbG8=\x07\x1b[2J\r\n\u202eeurt 田中太郎 é\u0301\u0301\u0301 👩‍👩‍👧 क्षि " + strings.Repeat("x", 10_000))
	e := event(0, time.Minute)
	e.ID, e.Type, e.Customer, e.ObjectID, e.ObjectType, e.RequestID, e.APIVersion = evil, evil, evil, evil, evil, evil, evil
	e.Amount = &services.Money{Amount: -9_223_372_036_854_775_808, Currency: evil}
	shop := &shop{events: []services.Event{e, event(1, time.Hour), {}}}
	shop.gaps = []services.LogGap{{From: tuitest.Now().AddDate(-900, 0, 0), To: tuitest.Now().Add(-2 * time.Minute), Why: evil}, {Why: evil, Lost: true}}
	f := shop.fakes()
	f.Event = func(string) (services.Event, error) { return e, nil }
	f.Types = func(string) ([]services.TypeCount, error) {
		return []services.TypeCount{{Type: evil, Count: 1}, {Type: strings.ReplaceAll(evil, " ", ""), Count: -7}}, nil
	}
	f.Filter = func(text string) (services.LogFilter, error) {
		return services.LogFilter{}, &services.Error{Code: services.CodeInvalid, Message: evil, Next: evil, Err: &services.FilterFault{From: 2, To: 9}}
	}
	s := New(tuitest.Env(t, f.Desk()), tui.Route{Ref: evil, Arg: evil}).(*Screen)
	d := tuitest.Start(s, 120, 35)
	tuitest.FitsEverywhere(t, s)
	s.customer, s.filter = "", filter{}
	d.Send(tui.KeyMsg("r"))
	d.Run(s.show(filter{}))
	for _, keys := range []string{"", "down", "t", "/", "text:x", "enter", "tab", "ctrl+t"} {
		if keys != "" {
			d.Keys(keys)
		}
		tuitest.FitsEverywhere(t, s)
	}
	for _, hostile := range tuitest.Hostile() {
		s.entry.field.SetValue(hostile)
		s.entry.complete()
		s.picker.open = false
		tuitest.FitsEverywhere(t, s)
	}
	s = New(tuitest.EnvIn(t, shop.fakes().Desk(), theme.TrueColor), tui.Route{}).(*Screen)
	tuitest.Start(s, 120, 35)
	tuitest.FitsEverywhere(t, s)
}
