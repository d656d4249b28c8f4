package tui_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

func TestExactlyOneLayerTakesAKey(t *testing.T) {
	for _, c := range []struct {
		name      string
		typing    bool
		deeper    bool
		overlay   string // the key that opens one
		press     string
		reaches   bool   // the screen
		thenSees  string // in the window
		seesNever string
	}{
		{name: "a key of nobody goes to the screen", press: "x", reaches: true},
		{name: "a global key does not", press: "?", thenSees: "Keys on home"},
		{name: "a number shows a tab", press: "3", thenSees: "[3 Webhooks]"},
		{name: "a field takes global keys", typing: true, press: "?", reaches: true, seesNever: "Keys on"},
		{name: "a field takes numbers", typing: true, press: "3", reaches: true, thenSees: "[1 Home]"},
		{name: "a field takes q", typing: true, press: "q", reaches: true},
		{name: "a field takes esc", typing: true, press: "esc", reaches: true},
		{name: "a field does not take ctrl+p", typing: true, press: "ctrl+p", thenSees: "Commands"},
		{name: "an overlay takes the screen's keys", overlay: "?", press: "x", seesNever: "Keys on"},
		{name: "an overlay takes numbers", overlay: "ctrl+p", press: "3", thenSees: "3"},
		{name: "esc is the screen's in a deeper state", deeper: true, press: "esc", reaches: true},
		{name: "esc is the shell's otherwise", press: "esc"},
	} {
		s := sandbox(t, 120, 40)
		home := s.home()
		home.typing, home.deeper = c.typing, c.deeper
		if c.overlay != "" {
			s.Keys(c.overlay)
		}
		s.Keys(c.press)
		if reached := len(home.got) == 1; reached != c.reaches {
			t.Errorf("%s: reached the screen: %v (%v)", c.name, reached, home.got)
		}
		if c.thenSees != "" {
			s.sees(t, c.thenSees)
		}
		if c.seesNever != "" {
			s.seesNot(t, c.seesNever)
		}
		if s.Quit {
			t.Errorf("%s: the program ended", c.name)
		}
	}
}

func TestAPageThrownAwayIsTold(t *testing.T) {
	for name, leave := range map[string]func(*session){
		"esc":              func(s *session) { s.Keys("esc") },
		"its tab's number": func(s *session) { s.Keys("1") },
		"another in its place": func(s *session) {
			s.screens[tui.Event].do["r"] = tui.Replace(tui.Route{Kind: tui.Customer, Ref: "cus_1"})
			s.Keys("r")
		},
		"its tab's first page": func(s *session) {
			s.screens[tui.Event].do["r"] = tui.GoTab(tui.Home)
			s.Keys("r")
		},
	} {
		s := sandbox(t, 120, 40)
		s.does("enter", tui.Go(tui.Route{Kind: tui.Event, Ref: "evt_1"}))
		s.Keys("enter", "2", "1")
		event := s.screens[tui.Event]
		if event.left != 0 {
			t.Errorf("%s: told while its tab keeps it", name)
		}
		leave(s)
		if event.left != 1 || s.home().left != 0 {
			t.Errorf("%s: the page is told %d times, home %d", name, event.left, s.home().left)
		}
	}
}

func TestNavigation(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.does("enter", tui.Go(tui.Route{Kind: tui.Event, Ref: "evt_1"}))
	s.Keys("enter")
	s.sees(t, "The page event evt_1")
	s.sees(t, "esc back")
	s.Keys("2", "1")
	s.sees(t, "The page event evt_1") // a tab keeps its stack
	s.Keys("1")
	s.sees(t, "The page home") // its own number goes to its first page
	s.Keys("enter", "esc")
	s.sees(t, "The page home")
	s.seesNot(t, "esc back")
	if n := len(s.home().other); n == 0 || s.home().other[n-1] != (tui.ShownMsg{}) {
		t.Errorf("a page seen again is not told: %v", s.home().other)
	}
	s.does("f", tui.GoTab(tui.Logs))
	s.Keys("f")
	s.sees(t, "[6 Logs]")
	s.Keys("1", "enter")
	s.screens[tui.Event].do["x"] = tui.Replace(tui.Route{Kind: tui.Customer, Ref: "cus_1"})
	s.Keys("x")
	s.sees(t, "The page customer cus_1")
	s.Keys("esc")
	s.sees(t, "The page home")
	s.does("x", tui.Go(tui.Route{Kind: "nowhere"}))
	s.Keys("x")
	s.sees(t, "There is no page for nowhere.")
}

func TestStartsOnAnyPage(t *testing.T) {
	s := start(t, tuitest.Shop(), theme.None, 120, 40, func(o *tui.Options) { o.Start = tui.Route{Kind: tui.Event, Ref: "evt_9"} })
	s.sees(t, "The page event evt_9")
	s.Keys("esc")
	s.sees(t, "The page home")
}

func TestTooSmall(t *testing.T) {
	s := sandbox(t, 39, 12)
	s.sees(t, "39 x 12")
	s.Keys("x", "3")
	if len(s.home().got) > 0 {
		t.Error("keys go to a screen that is not seen")
	}
	s.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.sees(t, "[1 Home]")
	if s.home().w != 80 || s.home().h != 19 {
		t.Errorf("the screen's box is %d by %d", s.home().w, s.home().h)
	}
	s.Send(tea.WindowSizeMsg{Width: 20, Height: 5})
	s.Keys("q")
	if !s.Quit {
		t.Error("q does not quit from a small window")
	}
}

func TestClicks(t *testing.T) {
	s := sandbox(t, 120, 40)
	row := strings.Split(s.View(), "\n")[1]
	at := strings.Index(row, "5 Customers")
	s.Send(tea.MouseMsg{X: at, Y: 1, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	s.sees(t, "[5 Customers]")
	s.Keys("1")
	s.Send(tea.MouseMsg{X: 7, Y: 10, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	s.Send(tea.MouseMsg{X: 7, Y: 39, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}) // the footer
	if got := s.home().got; len(got) != 1 || got[0] != "mouse 7,7" {
		t.Errorf("the screen got %v", got)
	}
	s.Keys("?")
	s.Send(tea.MouseMsg{X: 7, Y: 10, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if got := s.home().got; len(got) != 1 {
		t.Error("a click goes through an overlay")
	}
}

func TestReplies(t *testing.T) {
	s := sandbox(t, 120, 40)
	home := s.home()
	s.does("f", home.ask(func(context.Context) (string, error) { return "first", nil }))
	s.Keys("f")
	if home.answer != "first" || home.guard.Pending() {
		t.Fatalf("got %q", home.answer)
	}
	// Two requests: the answer to the first is not wanted any more.
	one := home.ask(func(context.Context) (string, error) { return "one", nil })
	two := home.ask(func(context.Context) (string, error) { return "two", nil })
	s.does("f", one)
	s.Keys("f")
	if home.answer != "first" || !home.guard.Pending() {
		t.Errorf("the answer to a request that was replaced is taken: %q", home.answer)
	}
	s.does("f", two)
	s.Keys("f")
	if home.answer != "two" {
		t.Errorf("got %q", home.answer)
	}
	// A page that is gone gets nothing, and nobody else does.
	s.does("enter", tui.Go(tui.Route{Kind: tui.Event}))
	s.Keys("enter")
	event := s.screens[tui.Event]
	late := event.ask(func(context.Context) (string, error) { return "late", nil })
	s.Keys("esc")
	s.Send(late())
	if event.answer != "" || home.answer != "two" {
		t.Errorf("a late reply was delivered: %q %q", event.answer, home.answer)
	}
}

func TestAskFailures(t *testing.T) {
	s := sandbox(t, 120, 40)
	home := s.home()
	s.does("f", home.ask(func(context.Context) (string, error) { panic("sk_test_should_not_be_seen") }))
	s.Keys("f")
	if services.CodeOf(home.err) != services.CodeInternal || strings.Contains(services.AsError(home.err).Message, "sk_test") {
		t.Errorf("a panic became %v", home.err)
	}
	s.does("f", tui.AskWithin(home.env, &home.guard, 0, "waiting", func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }))
	s.Keys("f")
	if services.CodeOf(home.err) != services.CodeUnavailable {
		t.Errorf("a deadline became %v", home.err)
	}
}

func TestProfileSwitch(t *testing.T) {
	f := tuitest.Shop()
	f.Changes = make(chan services.Change, 1)
	s := start(t, f, theme.None, 120, 40)
	old := s.home()
	late := old.ask(func(context.Context) (string, error) { return "late", nil })
	s.Opens = func(name string) (*services.Desk, error) {
		if name != "acme" {
			return nil, &services.Error{Code: services.CodeNotConfigured, Message: "The profile " + name + " has no key."}
		}
		g := tuitest.Shop()
		g.Profile = tuitest.AccountView().Profile
		return g.Desk(), nil
	}
	s.does("x", tui.UseProfile("nope"))
	s.Keys("x")
	s.sees(t, "The profile nope has no key.")
	if s.home() != old {
		t.Fatal("a profile that cannot be opened threw the old one away")
	}
	s.Keys("esc", "p")
	s.sees(t, "acme-live")
	s.Keys("down", "enter")
	s.sees(t, "BURSAR  acme")
	if s.home() == old || old.env.Ctx.Err() == nil {
		t.Error("the old desk's screens live on")
	}
	s.Send(late())
	if s.home().answer+old.answer != "" {
		t.Error("the old desk's reply was delivered")
	}
	seen := len(s.home().other)
	s.Changed(f.Changes, services.Change{Kind: services.ChangeEvents})
	if len(s.home().other) != seen {
		t.Error("the old desk's changes reach the new one's screens")
	}
	if s.Titles[len(s.Titles)-1] != "bursar acme" {
		t.Errorf("the terminal's title is %q", s.Titles)
	}
}

func TestProfileSwitchClosesWhatLiesOverTheOldOne(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.Opens = func(string) (*services.Desk, error) { return tuitest.Shop().Desk(), nil }
	_, open := s.Model.Update(tui.UseProfile("acme")())
	s.sees(t, "opening")
	s.does("x", tui.AskConfirm(tui.Confirm{Title: "Expire the session?", Yes: "Expire it"}))
	s.Keys("x")
	s.Send(open())
	s.seesNot(t, "Expire the session?")
}

func TestProfileSwitchAsksAboutTheCart(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.Opens = func(string) (*services.Desk, error) { return tuitest.Shop().Desk(), nil }
	s.home().env.Cart.Set(services.Line{Price: services.Price{ID: "price_1"}}, 2)
	s.does("x", tui.UseProfile("acme"))
	old := s.home()
	s.Keys("x")
	s.sees(t, "The cart does not go along: 2 items in it.")
	s.Keys("enter") // the safe answer
	if s.home() != old {
		t.Fatal("enter alone switched the profile")
	}
	s.Keys("x", "y")
	if s.home() == old {
		t.Error("yes did not switch")
	}
}

func TestStatus(t *testing.T) {
	s := start(t, tuitest.Shop(), theme.None, 120, 40, func(o *tui.Options) { o.Notice = "A damaged file was set aside." })
	s.sees(t, "A damaged file was set aside.")
	s.Elapse(5 * time.Second)
	s.seesNot(t, "A damaged file was set aside.")

	s.does("x", tui.Note("Copied \x1b[31mthe link."))
	s.Keys("x")
	s.Elapse(3 * time.Second)
	s.Keys("x")
	s.Elapse(2 * time.Second) // the first one's timer must not end the second
	s.sees(t, "Copied the link.")
	s.Elapse(3 * time.Second)
	s.seesNot(t, "Copied")

	s.does("f", tui.Fail(broken))
	s.Keys("f", "x")
	s.Elapse(time.Minute)
	s.sees(t, "Stripe could not be reached. Check the connection. (request req_1)")
	s.Keys("esc")
	s.seesNot(t, "Stripe could not be reached.")
	s.Keys("!")
	s.sees(t, "Messages")
	s.sees(t, "Stripe could not be reached.")
	s.sees(t, "10:42:")
}

func TestConfirm(t *testing.T) {
	question := tui.Confirm{Title: "Expire the session?", Facts: []string{"Nobody can pay it later."}, Yes: "Expire it", Typed: "42.00", Do: tui.Note("expired")}
	for _, c := range []struct {
		name string
		live bool
		keys []string
		done bool
	}{
		{"enter is the safe answer", false, []string{"enter"}, false},
		{"esc", false, []string{"esc"}, false},
		{"n", false, []string{"n"}, false},
		{"q does not quit", false, []string{"q"}, false},
		{"y", false, []string{"y"}, true},
		{"tab and enter", false, []string{"tab", "enter"}, true},
		{"tab twice and enter", false, []string{"tab", "tab", "enter"}, false},
		{"live: y is typed", true, []string{"y", "tab", "enter"}, false},
		{"live: without the word", true, []string{"tab", "enter"}, false},
		{"live: the wrong word", true, []string{"text:42", "tab", "enter"}, false},
		{"live: the word but the safe answer", true, []string{"text:42.00", "enter"}, false},
		{"live: the word", true, []string{"text:42.009", "backspace", "tab", "enter"}, true},
	} {
		f := tuitest.Shop()
		if c.live {
			f = live()
		}
		s := start(t, f, theme.None, 100, 30)
		s.does("x", tui.AskConfirm(question))
		s.Keys("x")
		s.sees(t, "Expire the session?")
		s.Keys(c.keys...)
		if done := strings.Contains(s.View(), " expired"); done != c.done {
			t.Errorf("%s: done is %v:\n%s", c.name, done, s.View())
		}
		if s.Quit || len(s.home().got) != 1 {
			t.Errorf("%s: a key went through the question: %v", c.name, s.home().got)
		}
	}
	s := sandbox(t, 100, 30)
	s.does("x", tui.AskConfirm(tui.Confirm{Title: "Save live keys?", Yes: "Save", Live: true}))
	s.Keys("x")
	s.sees(t, "LIVE  Save live keys?")
	s.seesNot(t, "Test mode")
}

func TestPalette(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.Keys(":", "text:expire", "enter")
	if got := s.home().got; len(got) != 1 || got[0] != "x" {
		t.Errorf("the screen's own command pressed %v", got)
	}
	s.Keys("ctrl+p", "text:go customers", "enter")
	s.sees(t, "[5 Customers]")
	s.Keys("1", "ctrl+p", "text:xprs", "enter") // in this order only
	if got := s.home().got; len(got) != 2 {
		t.Errorf("a loose match pressed %v", got)
	}
	s.Keys("ctrl+p", "text:no such thing at all", "enter")
	s.sees(t, "0 commands")
	s.Keys("esc")
	s.seesNot(t, "0 commands")
	// What the shell does itself is not typed into a field.
	s.home().typing = true
	s.Keys("ctrl+p", "text:keys of this", "enter")
	s.sees(t, "Keys on home")
	s.Keys("x", "ctrl+p", "text:quit", "enter")
	if !s.Quit || len(s.home().got) != 2 {
		t.Errorf("quit is %v, the field got %v", s.Quit, s.home().got)
	}
}

func TestQuit(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.home().env.Cart.Set(services.Line{Price: services.Price{ID: "price_1"}}, 1)
	s.Keys("q")
	if s.Quit {
		t.Fatal("quit without asking about the cart")
	}
	s.sees(t, "1 item in it")
	s.Keys("esc", "q", "y")
	if !s.Quit {
		t.Error("yes does not quit")
	}
	for _, where := range []string{"", "?", "ctrl+p", "p"} {
		s := sandbox(t, 120, 40)
		s.home().typing = where == ""
		if where != "" {
			s.Keys(where)
		}
		if s.Keys("ctrl+c"); !s.Quit {
			t.Errorf("ctrl+c does not quit from %q", where)
		}
	}
	s = sandbox(t, 120, 40)
	if s.Keys("q"); !s.Quit {
		t.Error("q asks although nothing would be lost")
	}
}

func TestChangesReachEveryScreen(t *testing.T) {
	f := tuitest.Shop()
	changes := make(chan services.Change, 1)
	f.Changes = changes
	healthy := true
	f.Health = func() (services.LogHealth, error) {
		if healthy {
			return services.LogHealth{LastSync: tuitest.Now()}, nil
		}
		return services.LogHealth{LastSync: tuitest.Now(), SyncProblem: "offline"}, nil
	}
	s := start(t, f, theme.None, 120, 40)
	s.sees(t, "synced now")
	s.Keys("2", "3")
	healthy = false
	for range 2 { // the watch is listened to again after each
		s.Changed(changes, services.Change{Kind: services.ChangeEvents, Ref: "evt_1"})
	}
	for _, k := range []tui.Kind{tui.Home, tui.Setup, tui.Webhooks} {
		n := 0
		for _, m := range s.screens[k].other {
			if m == (tui.ChangeMsg{Kind: services.ChangeEvents, Ref: "evt_1"}) {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%s heard of %d changes, want 2", k, n)
		}
	}
	s.sees(t, "not synced")
}

func TestTicks(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.Elapse(46 * time.Second)
	n := 0
	for _, m := range s.home().other {
		if m == (tui.TickMsg{}) {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d ticks in 46 seconds, want 3", n)
	}
}

func TestLinksAndCopies(t *testing.T) {
	f := tuitest.Shop()
	s := start(t, f, theme.None, 120, 40)
	s.does("x", tui.OpenLink("https://stripe.com", "the page"))
	s.does("f", tui.Copy("cus_1", "id"))
	s.Keys("x")
	s.sees(t, "Opened the page in the browser.")
	s.Keys("f")
	s.sees(t, "Copied the id (clipboard).")
	f.NoBrowser = "over SSH"
	s.Keys("x")
	if len(f.Opened) != 1 || len(s.Copied) != 2 || s.Copied[1] != "https://stripe.com" {
		t.Errorf("opened %v, copied %v", f.Opened, s.Copied)
	}
	f.NoBrowser, f.OpenErr = "", errors.New("no such program")
	s.Keys("x")
	s.sees(t, "no such program")
}

func TestTerminal(t *testing.T) {
	s := sandbox(t, 120, 40)
	s.Keys("ctrl+z", "ctrl+l", "m")
	if len(s.Said) != 3 {
		t.Errorf("the program was told %v", s.Said)
	}
	s.sees(t, "hold shift to select")
	s = start(t, live(), theme.None, 120, 40)
	if s.Titles[0] != "LIVE bursar acme-live" {
		t.Errorf("the terminal's title is %q", s.Titles)
	}
}
