package portal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

const (
	who = "cus_Pq12aB2eZvKY7Gh"
	url = "http://127.0.0.1:12111/p/session/test_YWNjdF8xU2FuZGJveDAwMDAwMDAwMSxfUHExMmFCMmVadktZN0doQWJDZEVmR2hJaktsTW5PcFFyU3RVdld4WXo0MTAwd"
)

type shop struct {
	now       standing
	visits    int
	fail      error
	failOpen  error
	reads     int
	noBrowser string
	live      bool
	qrSide    int
}

func newShop() *shop {
	return &shop{qrSide: 25, now: standing{
		services.Customer{ID: who, Name: "Jane Doe", Email: "jane@acme.example", Card: "Visa ···· 4242"},
		[]services.Subscription{
			{ID: "sub_1", Status: "active", Items: []string{"1 × Gold plan, €20.00 / month"}, CurrentPeriodEnd: time.Date(2026, 12, 12, 9, 0, 0, 0, time.UTC)},
			{ID: "sub_2", Status: "active", Items: []string{"3 × Team plan, KWD 12.500 / year"}, CurrentPeriodEnd: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)},
		},
	}}
}

func (s *shop) fakes() *tuitest.Fakes {
	f := &tuitest.Fakes{
		NoBrowser:   s.noBrowser,
		GetCustomer: func(string) (services.Customer, error) { s.reads++; return s.now.customer, s.fail },
		Subscriptions: func(string) ([]services.Subscription, error) {
			return append([]services.Subscription(nil), s.now.subs...), s.fail
		},
		OpenPortal: func(string) (services.PortalVisit, error) {
			s.visits++
			return services.PortalVisit{ID: fmt.Sprintf("bps_%d", s.visits), Customer: who, URL: url, Opened: tuitest.Now()}, s.failOpen
		},
		QRCode: func(string) (services.QRCode, string, error) {
			return services.QRCode{Size: s.qrSide, Dark: make([]bool, s.qrSide*s.qrSide)}, url, nil
		},
	}
	if s.live {
		f.Profile = services.Profile{Name: "acme-live", Mode: services.ModeLive}
	}
	return f
}

func start(t testing.TB, s *shop, w, h int) (*tuitest.Driver, *Screen) {
	d := tuitest.Start(New(tuitest.Env(t, s.fakes().Desk()), tui.Route{Kind: tui.Portal, Ref: who}), w, h)
	return d, d.Screen.(*Screen)
}

func came(d *tuitest.Driver, kind services.ChangeKind, ref string) {
	d.Send(tui.ChangeMsg{Kind: kind, Ref: ref})
}

func cancel(s *shop) { s.now.subs[0].CancelAtPeriodEnd = true }

func TestTheVisit(t *testing.T) {
	shop := newShop()
	d, s := start(t, shop, 80, 24)
	if want := fmt.Sprint(tui.OpenLink(url, "the billing portal")()); len(d.Asked) != 1 || fmt.Sprint(d.Asked[0]) != want {
		t.Fatalf("asked %v", d.Asked)
	}
	if v := s.View(); !strings.Contains(v, "Waiting") || !strings.Contains(v, "next charge on 12 Dec 2026") {
		t.Errorf("while away:\n%s", v)
	}
	came(d, services.ChangeReturned, "bps_other")
	if !s.returned.IsZero() {
		t.Error("somebody else's return counts")
	}
	cancel(shop)
	came(d, services.ChangeReturned, "bps_1")
	v := s.View()
	for _, want := range []string{"Back from the portal at 10:42:07", "1 × Gold plan, €20.00 / month: cancels on 12 Dec 2026", "Subscriptions now"} {
		if !strings.Contains(v, want) {
			t.Errorf("%q is missing in\n%s", want, v)
		}
	}
}

func TestChangesShowBeforeTheReturn(t *testing.T) {
	shop := newShop()
	d, s := start(t, shop, 80, 24)
	cancel(shop)
	for range 50 {
		came(d, services.ChangeEvents, "")
	}
	if v := s.View(); !strings.Contains(v, "cancels on 12 Dec 2026") || !strings.Contains(v, "Waiting") {
		t.Errorf("shows\n%s", v)
	}
	if shop.reads != 2 {
		t.Errorf("50 events in one moment: read %d times", shop.reads)
	}
	shop.now.customer.Card = "Mastercard ···· 4444"
	d.Send(tui.Later{To: 1})
	if shop.reads != 3 || !strings.Contains(s.View(), "Card: Mastercard ···· 4444, was Visa ···· 4242") {
		t.Errorf("read %d times\n%s", shop.reads, s.View())
	}
}

func TestTheReturnIsCheckedAtOnce(t *testing.T) {
	shop := newShop()
	d, s := start(t, shop, 80, 24)
	came(d, services.ChangeEvents, "")
	cancel(shop)
	came(d, services.ChangeReturned, "bps_1")
	if v := s.View(); !strings.Contains(v, "cancels on 12 Dec 2026") {
		t.Errorf("right after another change the return is not checked:\n%s", v)
	}
}

func TestAnOldAnswerIsDropped(t *testing.T) {
	shop := newShop()
	d, s := start(t, shop, 80, 24)
	slow := s.check()
	cancel(shop)
	fast := s.check()
	d.Run(fast)
	shop.now.subs[0].CancelAtPeriodEnd = false
	d.Run(slow)
	if !s.after.subs[0].CancelAtPeriodEnd {
		t.Error("the older answer won")
	}
}

func TestLiveModeAsksFirst(t *testing.T) {
	shop := newShop()
	shop.live = true
	d, s := start(t, shop, 80, 24)
	if shop.visits != 0 || len(d.Asked) != 1 || !strings.Contains(fmt.Sprintf("%+v", d.Asked[0]), "changed for real") {
		t.Fatalf("%d portals opened, asked %+v", shop.visits, d.Asked)
	}
	tuitest.Golden(t, "declined-80x19", tuitest.View(s))
	d.Send(startMsg{s.env.ID})
	if shop.visits != 1 || !s.opened {
		t.Errorf("after yes: %d portals", shop.visits)
	}
}

func TestErrors(t *testing.T) {
	shop := newShop()
	shop.failOpen = &services.Error{Code: services.CodeRefused, Message: "Stripe has no portal settings for this account.", Next: "Save them once at dashboard.stripe.com, under Billing, Customer portal.", RequestID: "req_1"}
	d, s := start(t, shop, 80, 24)
	if s.opened || !strings.Contains(s.View(), "portal settings") {
		t.Errorf("shows\n%s", s.View())
	}
	shop.failOpen = nil
	d.Keys("r")
	if !s.opened {
		t.Error("r does not try again")
	}
	shop.fail = &services.Error{Code: services.CodeUnavailable, Message: "Stripe did not answer.", Next: "Check the connection."}
	d.Keys("r")
	if v := s.View(); !strings.Contains(v, "Not checked") || !strings.Contains(v, "Gold plan") {
		t.Errorf("shows\n%s", v)
	}
}

func TestKeys(t *testing.T) {
	d, s := start(t, newShop(), 80, 24)
	d.Asked = nil
	d.Keys("o", "y", "l")
	want := []tea.Msg{tui.OpenLink(url, "the billing portal")(), tui.Copy(url, "portal link")(), tui.Go(tui.Route{Kind: tui.Logs, Ref: who})()}
	if fmt.Sprint(d.Asked) != fmt.Sprint(want) {
		t.Errorf("asked %v", d.Asked)
	}
	check := func() {
		t.Helper()
		g := keys.NewGlobal(7)
		layer := append(append(s.Bindings(), g.Tabs...), g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit)
		if c := keys.Conflicts(layer); len(c) > 0 {
			t.Errorf("%v mean two things", c)
		}
	}
	check()
	d.Keys("Q")
	check()
	if !strings.Contains(s.View(), "Scan it") {
		t.Errorf("no code:\n%s", s.View())
	}
	d.Keys("esc")
	if strings.Contains(s.View(), "Scan it") {
		t.Error("esc leaves the code")
	}
	d.Keys("u")
	if s.visit.ID != "bps_2" {
		t.Errorf("u: %s", s.visit.ID)
	}
	came(d, services.ChangeReturned, "bps_1")
	if s.returned.IsZero() {
		t.Error("a return by the first link does not count")
	}
}

func TestChanges(t *testing.T) {
	day := time.Date(2026, 12, 12, 9, 0, 0, 0, time.UTC)
	sub := func(status string, cancels bool, item string) services.Subscription {
		return services.Subscription{ID: "sub_1", Status: status, CancelAtPeriodEnd: cancels, Items: []string{item}, CurrentPeriodEnd: day}
	}
	of := func(subs ...services.Subscription) standing { return standing{subs: subs} }
	gold, plus := "1 × Gold plan, €20.00 / month", "1 × Plus plan, ¥900 / month"
	tests := []struct {
		name          string
		before, after standing
		want          string
	}{
		{"nothing", of(sub("active", false, gold)), of(sub("active", false, gold)), "[]"},
		{"cancels", of(sub("active", false, gold)), of(sub("active", true, gold)), "[" + gold + ": cancels on 12 Dec 2026]"},
		{"resumed", of(sub("active", true, gold)), of(sub("active", false, gold)), "[" + gold + ": goes on, active, next charge on 12 Dec 2026]"},
		{"canceled at once", of(sub("active", true, gold)), of(sub("canceled", false, gold)), "[" + gold + ": canceled]"},
		{"paid up", of(sub("past_due", false, gold)), of(sub("active", false, gold)), "[" + gold + ": active, next charge on 12 Dec 2026]"},
		{"switched", of(sub("active", false, gold)), of(sub("active", false, plus)), "[Changed from " + gold + " to " + plus + "]"},
		{"new", of(), of(sub("trialing", false, gold)), "[" + gold + ": new, on trial until 12 Dec 2026, then charged]"},
		{"gone", of(sub("active", false, gold)), of(), "[" + gold + ": is gone]"},
		{"customer", standing{customer: services.Customer{Email: "a@x.example", Phone: "1"}}, standing{customer: services.Customer{Email: "b@x.example", Card: "Visa ···· 4242"}},
			"[Email: b@x.example, was a@x.example Phone: removed, was 1 Card: Visa ···· 4242]"},
	}
	for _, tt := range tests {
		if got := fmt.Sprint(changes(tt.before, tt.after, time.UTC)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLooks(t *testing.T) {
	states := map[string]func() *Screen{
		"waiting": func() *Screen { _, s := start(t, newShop(), 120, 35); return s },
		"back": func() *Screen {
			shop := newShop()
			d, s := start(t, shop, 120, 35)
			cancel(shop)
			shop.now.customer.Card = "Mastercard ···· 4444"
			came(d, services.ChangeReturned, "bps_1")
			return s
		},
		"back-unchanged": func() *Screen {
			d, s := start(t, newShop(), 120, 35)
			came(d, services.ChangeReturned, "bps_1")
			return s
		},
		"no-browser": func() *Screen {
			shop := newShop()
			shop.noBrowser = "over SSH"
			_, s := start(t, shop, 120, 35)
			return s
		},
		"qr": func() *Screen { d, s := start(t, newShop(), 120, 35); d.Keys("Q"); return s },
		"error": func() *Screen {
			shop := newShop()
			shop.fail = &services.Error{Code: services.CodeNotFound, Message: "Stripe knows no customer " + who + ".", Next: "Check the profile (p)."}
			_, s := start(t, shop, 120, 35)
			return s
		},
	}
	for name, make := range states {
		s := make()
		for _, size := range [][2]int{{160, 45}, {120, 35}, {80, 19}, {60, 15}, {40, 9}} {
			s.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
		}
		tuitest.Sweep(t, s)
	}
	shop := newShop()
	s := New(tuitest.EnvIn(t, shop.fakes().Desk(), theme.TrueColor), tui.Route{Ref: who})
	d := tuitest.Start(s, 120, 35)
	cancel(shop)
	came(d, services.ChangeReturned, "bps_1")
	tuitest.Golden(t, "back-120x35-truecolor", tuitest.View(s))
}

func TestLoading(t *testing.T) {
	env := tuitest.Env(t, newShop().fakes().Desk())
	now := tuitest.Now()
	env.Now = func() time.Time { return now }
	s := New(env, tui.Route{Ref: who})
	s.SetSize(80, 19)
	s.Init()
	now = now.Add(3 * time.Second)
	tuitest.Golden(t, "loading-80x19", tuitest.View(s))
	tuitest.Sweep(t, s)
}

func TestHostileTexts(t *testing.T) {
	evil := services.Clean("\x1b]52;c;aGVsbG8=\x07\x1b[2J\r\n\u202eeurt 田中太郎 é\u0301\u0301\u0301 👩‍👩‍👧 क्षि " + strings.Repeat("x", 10_000))
	shop := newShop()
	shop.now = standing{services.Customer{ID: evil, Name: evil, Email: evil, Card: evil}, []services.Subscription{{ID: evil, Status: evil, Items: []string{evil, evil}}}}
	d, s := start(t, shop, 80, 24)
	shop.now.subs = []services.Subscription{{ID: evil, Status: "canceled", Items: []string{evil}}, {ID: "sub_2", Items: nil, Status: evil}}
	shop.now.customer.Name = "x" + evil
	came(d, services.ChangeReturned, "bps_1")
	tuitest.Sweep(t, s)
}
