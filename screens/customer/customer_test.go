package customer

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

// shop is one customer with their subscriptions and events.
type shop struct {
	who                        services.Customer
	subs                       []services.Subscription
	events                     []services.Event
	failWho, failSub, failLog  error
	askedWho, askedSub, askLog int
}

func newShop() *shop {
	s := &shop{
		who: services.Customer{ID: "cus_Pq12aB2eZvKY7Gh", Name: "Jane Doe", Email: "jane@acme.example", Phone: "+1 415 555 0137",
			Country: "US", Created: tuitest.Now().AddDate(0, 0, -988), Card: "Visa ···· 4242", Delinquent: true,
			Balance: &services.Money{Amount: -1500, Currency: "usd"}, Metadata: map[string]string{"crm": "C-1042"}},
		subs: []services.Subscription{
			{ID: "sub_1", Status: "active", Items: []string{"1 × Cron subscription, $15.00 / month"}, CurrentPeriodEnd: tuitest.Now().AddDate(0, 0, 19)},
			{ID: "sub_2", Status: "active", CancelAtPeriodEnd: true, Items: []string{"3 × Team plan, €49.00 / month", "1 × Support, €10.00 / month"}, CurrentPeriodEnd: tuitest.Now().AddDate(0, 1, 0)},
			{ID: "sub_3", Status: "past_due", Items: []string{"1 × Kuwait plan, KWD 12.500 / year"}},
		},
	}
	for i := range 40 {
		s.events = append(s.events, event(i, time.Duration(i*i)*13*time.Minute+12*time.Second))
	}
	return s
}

func event(n int, age time.Duration) services.Event {
	e := services.Event{ID: fmt.Sprintf("evt_%020d", n), Created: tuitest.Now().Add(-age), Customer: "cus_Pq12aB2eZvKY7Gh", ObjectID: fmt.Sprintf("pi_3Pq%020d", n)}
	switch n % 3 {
	case 0:
		e.Type, e.Outcome, e.Amount = "payment_intent.succeeded", services.EventSucceeded, &services.Money{Amount: 4200, Currency: "usd"}
	case 1:
		e.Type, e.Outcome = "customer.subscription.updated", services.EventNeutral
	default:
		e.Type, e.Outcome, e.Amount = "charge.failed", services.EventFailed, &services.Money{Amount: 2400, Currency: "jpy"}
	}
	return e
}

func (s *shop) fakes() *tuitest.Fakes {
	return &tuitest.Fakes{
		GetCustomer:   func(string) (services.Customer, error) { s.askedWho++; return s.who, s.failWho },
		Subscriptions: func(string) ([]services.Subscription, error) { s.askedSub++; return s.subs, s.failSub },
		List: func(q services.LogQuery) (services.LogPage, error) {
			s.askLog++
			return services.LogPage{Events: s.events[:min(*q.Limit, len(s.events))], Total: len(s.events)}, s.failLog
		},
	}
}

func start(t testing.TB, s *shop, w, h int) (*tuitest.Driver, *Screen) {
	d := tuitest.Start(New(tuitest.Env(t, s.fakes().Desk()), tui.Route{Kind: tui.Customer, Ref: s.who.ID}), w, h)
	return d, d.Screen.(*Screen)
}

func asked(t *testing.T, d *tuitest.Driver, want ...tea.Cmd) {
	t.Helper()
	var texts []string
	for _, w := range want {
		texts = append(texts, fmt.Sprintf("%T%v", w(), w()))
	}
	var got []string
	for _, a := range d.Asked {
		got = append(got, fmt.Sprintf("%T%v", a, a))
	}
	if fmt.Sprint(got) != fmt.Sprint(texts) {
		t.Errorf("asked %v, want %v", got, texts)
	}
}

func TestKeysLeadOn(t *testing.T) {
	id := "cus_Pq12aB2eZvKY7Gh"
	tests := map[string]tea.Cmd{
		"o": tui.Go(tui.Route{Kind: tui.Portal, Ref: id}), "l": tui.Go(tui.Route{Kind: tui.Logs, Ref: id}),
		"y": tui.Copy(id, "customer id"), "enter": tui.Go(tui.Route{Kind: tui.Event, Ref: "evt_00000000000000000001"}),
	}
	for k, want := range tests {
		d, _ := start(t, newShop(), 120, 35)
		d.Keys("down", k)
		asked(t, d, want)
	}
	d, s := start(t, newShop(), 120, 35)
	d.Keys("b")
	asked(t, d, tui.Note("Selling to Jane Doe: choose products."), tui.GoTab(tui.Catalogue))
	if s.env.Cart.Customer.ID != id {
		t.Errorf("the cart is for %q", s.env.Cart.Customer.ID)
	}
}

func TestNothingIsSoldToADeletedCustomer(t *testing.T) {
	shop := newShop()
	shop.who = services.Customer{ID: "cus_Pq12aB2eZvKY7Gh", Deleted: true}
	d, s := start(t, shop, 80, 19)
	d.Keys("b", "o")
	asked(t, d)
	if s.env.Cart.Customer.ID != "" {
		t.Error("the cart is for a deleted customer")
	}
}

func TestNewEventsReadEverythingAgain(t *testing.T) {
	shop := newShop()
	d, s := start(t, shop, 120, 35)
	d.Keys("down", "down", "down")
	at := s.events[s.list.Cursor].ID
	d.Send(tui.ChangeMsg{Kind: services.ChangeEvents})
	if shop.askLog != 2 || shop.askedWho != 1 {
		t.Errorf("an event of somebody else: the log was read %d times, the customer %d", shop.askLog, shop.askedWho)
	}
	shop.events = append([]services.Event{event(100, 0), event(101, 0)}, shop.events...)
	shop.subs[0].CancelAtPeriodEnd = true
	for range 50 {
		d.Send(tui.ChangeMsg{Kind: services.ChangeEvents})
	}
	d.Send(tui.Later{To: 1})
	if shop.askLog != 3 || shop.askedWho != 2 || shop.askedSub != 2 {
		t.Errorf("the log was read %d times, the customer %d, the subscriptions %d", shop.askLog, shop.askedWho, shop.askedSub)
	}
	if got := s.events[s.list.Cursor].ID; got != at {
		t.Errorf("the cursor went from %s to %s", at, got)
	}
	if !strings.Contains(s.View(), "cancels on 12 Dec 2026") {
		t.Errorf("the subscription is as it was:\n%s", s.View())
	}
}

func TestPartsFailAlone(t *testing.T) {
	broken := &services.Error{Code: services.CodeUnavailable, Message: "Stripe did not answer.", Next: "Check the connection."}
	shop := newShop()
	shop.failSub, shop.failLog = broken, broken
	d, s := start(t, shop, 120, 35)
	if v := s.View(); !strings.Contains(v, "Jane Doe") || strings.Count(v, "Stripe did not answer.") != 2 {
		t.Errorf("shows\n%s", v)
	}
	tuitest.Golden(t, "parts-failed-120x35", tuitest.View(s))
	tuitest.Sweep(t, s)
	shop.failSub, shop.failLog = nil, nil
	d.Send(tui.KeyMsg("r"))
	s.SetSize(120, 35)
	if v := s.View(); strings.Contains(v, "Stripe did not answer.") || !strings.Contains(v, "Team plan") {
		t.Errorf("after r\n%s", v)
	}
	shop.failWho = broken
	d.Keys("r")
	if v := s.View(); !strings.Contains(v, "Jane Doe") || len(d.Asked) != 1 {
		t.Errorf("an error took the data away, asked %v\n%s", d.Asked, v)
	}
}

func TestStaleRepliesAreDropped(t *testing.T) {
	shop := newShop()
	d, s := start(t, shop, 80, 19)
	old := s.askWho()
	shop.who.Name = "Newer"
	d.Run(s.askWho())
	shop.who.Name = "Older"
	d.Run(old)
	if s.customer.Name != "Newer" {
		t.Errorf("shows %s", s.customer.Name)
	}
}

func TestLooks(t *testing.T) {
	states := map[string]func() *shop{
		"data": newShop,
		"new": func() *shop {
			return &shop{who: services.Customer{ID: "cus_new", Email: "new@shop.example", Created: tuitest.Now()}}
		},
		"deleted": func() *shop {
			s := newShop()
			s.who, s.subs = services.Customer{ID: "cus_Pq12aB2eZvKY7Gh", Deleted: true}, nil
			return s
		},
		"error": func() *shop {
			return &shop{failWho: &services.Error{Code: services.CodeNotFound, Message: "Stripe knows no customer cus_gone in test mode.", Next: "Check the id, or the profile (p).", RequestID: "req_Fk29xZ1"}}
		},
	}
	for name, make := range states {
		_, s := start(t, make(), 120, 35)
		for _, size := range [][2]int{{160, 45}, {120, 35}, {80, 19}, {60, 15}, {40, 9}} {
			s.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
		}
		tuitest.Sweep(t, s)
	}
	s := New(tuitest.EnvIn(t, newShop().fakes().Desk(), theme.TrueColor), tui.Route{Ref: "cus_1"})
	tuitest.Start(s, 120, 35)
	tuitest.Golden(t, "data-120x35-truecolor", tuitest.View(s))
}

func TestLoading(t *testing.T) {
	env := tuitest.Env(t, newShop().fakes().Desk())
	now := tuitest.Now()
	env.Now = func() time.Time { return now }
	s := New(env, tui.Route{})
	s.SetSize(80, 19)
	s.Init()
	now = now.Add(3 * time.Second)
	tuitest.Golden(t, "loading-80x19", tuitest.View(s))
	tuitest.Sweep(t, s)
}

func TestHostileCustomer(t *testing.T) {
	evil := services.Clean("\x1b]52;c;aGVsbG8=\x07\x1b[2J\r\n\u202eeurt 田中太郎 é\u0301\u0301\u0301 👩‍👩‍👧 क्षि " + strings.Repeat("x", 10_000))
	shop := newShop()
	shop.who = services.Customer{ID: evil, Name: evil, Email: evil, Phone: evil, Country: evil, Description: evil, Card: evil, Delinquent: true, Metadata: map[string]string{evil: evil}}
	shop.subs = []services.Subscription{{ID: evil, Status: evil, Items: []string{evil, evil}}, {}}
	shop.events = []services.Event{{ID: evil, Type: evil, ObjectID: evil, Amount: &services.Money{Amount: 1, Currency: evil}}}
	d, s := start(t, shop, 120, 35)
	tuitest.Sweep(t, s)
	d.Keys("tab", "G")
	tuitest.Sweep(t, s)
}

func TestKeysAreTakenOnce(t *testing.T) {
	_, s := start(t, newShop(), 120, 35)
	g := keys.NewGlobal(7)
	layer := append(append(s.Bindings(), g.Tabs...), g.Back, g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit)
	if c := keys.Conflicts(layer); len(c) > 0 {
		t.Errorf("%v mean two things", c)
	}
}

func TestMouse(t *testing.T) {
	for _, size := range [][2]int{{120, 35}, {80, 24}} {
		d, s := start(t, newShop(), size[0], size[1])
		p := s.panes()
		for range 2 {
			d.Send(tea.MouseMsg{X: p.logX + 5, Y: p.logY + logHead + 2, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
		}
		asked(t, d, tui.Go(tui.Route{Kind: tui.Event, Ref: "evt_00000000000000000002"}))
	}
}
