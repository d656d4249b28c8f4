package logs

import (
	"encoding/json"
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

// shop is an archive of events, newest first.
type shop struct {
	events []services.Event
	added  int
	reads  []services.LogQuery
	fail   error
}

var kinds = []struct {
	name    string
	outcome services.EventOutcome
	money   *services.Money
}{
	{"payment_intent.succeeded", services.EventSucceeded, &services.Money{Amount: 4200, Currency: "usd"}},
	{"charge.succeeded", services.EventSucceeded, &services.Money{Amount: 4200, Currency: "usd"}},
	{"customer.subscription.updated", services.EventNeutral, nil},
	{"payment_intent.payment_failed", services.EventFailed, &services.Money{Amount: 11900, Currency: "eur"}},
	{"checkout.session.completed", services.EventPending, &services.Money{Amount: 2400, Currency: "jpy"}},
	{"charge.refunded", services.EventRefunded, &services.Money{Amount: 12500, Currency: "kwd"}},
	{"charge.dispute.created", services.EventAttention, &services.Money{Amount: 129900, Currency: "eur"}},
	{"customer.subscription.deleted", services.EventCanceled, nil},
}

func event(n int, age time.Duration) services.Event {
	k := kinds[n%len(kinds)]
	at := tuitest.Now().Add(-age)
	return services.Event{
		ID: fmt.Sprintf("evt_1Pq%020d", n), Type: k.name, Created: at, Received: at.Add(time.Second),
		ObjectID: fmt.Sprintf("pi_3Pq%020d", n), ObjectType: "payment_intent", Customer: fmt.Sprintf("cus_Pq%012d", n%7),
		Amount: k.money, Outcome: k.outcome, RequestID: "req_Fk29xZ", APIVersion: "2023-10-16", Source: services.SourceWebhook,
	}
}

func newShop(n int) *shop {
	s := &shop{}
	for i := range n {
		s.events = append(s.events, event(i, 12*time.Second+time.Duration(i*i)*7*time.Second))
	}
	return s
}

// arrive puts events on top.
func (s *shop) arrive(n int) {
	for range n {
		s.added++
		s.events = append([]services.Event{event(100_000+s.added, 0)}, s.events...)
	}
}

func (s *shop) list(q services.LogQuery) (services.LogPage, error) {
	s.reads = append(s.reads, q)
	if s.fail != nil {
		return services.LogPage{}, s.fail
	}
	var where struct {
		Type string `json:"type"`
	}
	if len(q.Where) > 0 {
		if err := json.Unmarshal(q.Where, &where); err != nil {
			return services.LogPage{}, err
		}
	}
	var match []services.Event
	for _, e := range s.events {
		if (where.Type == "" || e.Type == where.Type) && (q.Customer == "" || e.Customer == q.Customer) {
			match = append(match, e)
		}
	}
	from := min(q.Offset, len(match))
	return services.LogPage{Events: match[from:min(from+*q.Limit, len(match))], Total: len(match), Offset: q.Offset}, nil
}

func (s *shop) fakes() *tuitest.Fakes {
	return &tuitest.Fakes{
		List: s.list,
		Event: func(id string) (services.Event, error) {
			for _, e := range s.events {
				if e.ID == id {
					e.Raw = fmt.Appendf(nil, `{"id":%q,"object":"event","created":%d,"data":{"object":{"id":%q,"object":"payment_intent","amount":11900,"currency":"eur","customer":%q,"metadata":{}}},"livemode":false,"type":%q}`, e.ID, e.Created.Unix(), e.ObjectID, e.Customer, e.Type)
					return e, nil
				}
			}
			return services.Event{}, &services.Error{Code: services.CodeNotFound, Message: "No such event."}
		},
		Types: func(string) ([]services.TypeCount, error) {
			return []services.TypeCount{{Type: "charge.succeeded", Count: 1204}, {Type: "payment_intent.succeeded", Count: 871}, {Type: "charge.refunded", Count: 6}}, nil
		},
		Sync: func() (int, error) { s.arrive(3); return 3, nil },
	}
}

func start(t testing.TB, s *shop, r tui.Route, w, h int) (*tuitest.Driver, *Screen) {
	d := tuitest.Start(New(tuitest.Env(t, s.fakes().Desk()), r), w, h)
	return d, d.Screen.(*Screen)
}

// events tells the screen that the archive has new ones.
func eventsCame(d *tuitest.Driver) { d.Send(tui.ChangeMsg{Kind: services.ChangeEvents}) }

// rest lets the time between refreshes pass.
func rest(d *tuitest.Driver) { d.Send(tui.Later{To: 1, Tag: tagRefresh}) }

func under(t *testing.T, s *Screen) string {
	t.Helper()
	e, ok := s.selected()
	if !ok {
		t.Fatalf("nothing is under the cursor at %d of %d", s.list.Cursor, s.total)
	}
	return e.ID
}

func TestNewEventsAppearAtTheTop(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	shop.arrive(2)
	eventsCame(d)
	if under(t, s) != shop.events[0].ID || s.fresh != 0 || s.total != 502 {
		t.Errorf("at the top: %s of %d, %d new", under(t, s), s.total, s.fresh)
	}
}

func TestNewEventsNeverMoveWhatIsLookedAt(t *testing.T) {
	for _, down := range []int{5, 60, 250, 499} {
		shop := newShop(500)
		d, s := start(t, shop, tui.Route{}, 120, 35)
		for range down {
			d.Keys("down")
		}
		was, row := under(t, s), s.list.Cursor-s.list.Top
		for i, n := range []int{3, 1, 150, 400} {
			shop.arrive(n)
			eventsCame(d)
			rest(d)
			if under(t, s) != was || s.list.Cursor-s.list.Top != row {
				t.Errorf("%d down, arrival %d: %s at line %d, was %s at line %d", down, i, under(t, s), s.list.Cursor-s.list.Top, was, row)
			}
		}
		if s.fresh != 554 || !strings.Contains(s.View(), "554 new") {
			t.Errorf("%d down: %d new\n%s", down, s.fresh, s.View())
		}
		d.Keys("g")
		if under(t, s) != shop.events[0].ID || s.fresh != 0 {
			t.Errorf("g: %s, %d new", under(t, s), s.fresh)
		}
	}
}

func TestPauseHoldsTheTop(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	was := under(t, s)
	d.Keys("f")
	shop.arrive(3)
	eventsCame(d)
	if under(t, s) != was || s.fresh != 3 || !strings.Contains(s.View(), "paused") {
		t.Errorf("paused: %s, %d new\n%s", under(t, s), s.fresh, s.View())
	}
	d.Keys("f")
	if under(t, s) != shop.events[0].ID || s.fresh != 0 {
		t.Errorf("following again: %s, %d new", under(t, s), s.fresh)
	}
}

func TestOnlyAWindowIsRead(t *testing.T) {
	shop := newShop(5000)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	d.Keys("G")
	if under(t, s) != shop.events[4999].ID {
		t.Errorf("at the end: %s", under(t, s))
	}
	for range 30 {
		d.Keys("pgup")
		if from, to := s.list.Window(); from < s.base || to > s.base+len(s.rows) {
			t.Fatalf("rows %d to %d are seen, %d to %d are read", from, to, s.base, s.base+len(s.rows))
		}
	}
	d.Keys("g")
	for _, q := range shop.reads {
		if *q.Limit != pageSize {
			t.Errorf("read %d events at once", *q.Limit)
		}
	}
	if n := len(shop.reads); n > 16 {
		t.Errorf("%d reads for 30 pages", n)
	}
	if len(s.rows) > pageSize {
		t.Errorf("%d rows are held", len(s.rows))
	}
}

func TestAShortArchiveIsNotAskedForEver(t *testing.T) {
	reads := 0
	f := &tuitest.Fakes{List: func(q services.LogQuery) (services.LogPage, error) {
		reads++
		return services.LogPage{Events: newShop(3).events, Total: 900, Offset: q.Offset}, nil
	}, Event: newShop(3).fakes().Event}
	d := tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{}), 80, 30)
	d.Keys("G", "up", "up")
	if reads > 4 {
		t.Errorf("%d reads", reads)
	}
	tuitest.Fits(t, d.Screen, 80, 30)
}

func TestFastChangesAreReadSeldom(t *testing.T) {
	shop := newShop(50)
	d, _ := start(t, shop, tui.Route{}, 120, 35)
	before := len(shop.reads)
	for range 100 {
		eventsCame(d)
	}
	if n := len(shop.reads) - before; n != 1 {
		t.Errorf("100 changes in one moment: %d reads", n)
	}
	rest(d)
	if n := len(shop.reads) - before; n != 2 {
		t.Errorf("a moment later: %d reads", n)
	}
	rest(d)
	if n := len(shop.reads) - before; n != 2 {
		t.Errorf("nothing changed since: %d reads", n)
	}
}

func TestRepliesOutOfOrderAreDropped(t *testing.T) {
	shop := newShop(500)
	env := tuitest.Env(t, shop.fakes().Desk())
	s := New(env, tui.Route{}).(*Screen)
	s.SetSize(120, 35)
	slow := pages(s.Init())
	fast := pages(s.reset())
	for _, r := range append(fast, slow...) {
		r.Val.Total = map[bool]int{true: 500, false: 7}[r.Req == fast[0].Req]
		s.Update(r)
	}
	if s.total != 500 {
		t.Errorf("the older reply won: %d events", s.total)
	}
}

// pages runs a command and returns the pages it answers with.
func pages(cmd tea.Cmd) []tui.Reply[services.LogPage] {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		var out []tui.Reply[services.LogPage]
		for _, c := range msg {
			out = append(out, pages(c)...)
		}
		return out
	case tui.Reply[services.LogPage]:
		return []tui.Reply[services.LogPage]{msg}
	}
	return nil
}

func TestFilter(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 80, 19)
	d.Keys("/")
	if !s.Capturing() {
		t.Fatal("/ does not open the filter")
	}
	d.Keys("text:charge", "down", "enter")
	if s.Capturing() || s.kind != "charge.refunded" {
		t.Fatalf("chosen %q", s.kind)
	}
	last := shop.reads[len(shop.reads)-1]
	if string(last.Where) != `{"type":"charge.refunded"}` {
		t.Errorf("asked where %s", last.Where)
	}
	e, _ := s.selected()
	if e.Type != "charge.refunded" {
		t.Errorf("shows %s", e.Type)
	}
	d.Keys("esc")
	if s.kind != "" || s.total != 500 {
		t.Errorf("esc: %q, %d events", s.kind, s.total)
	}
	d.Keys("/", "text:zzz", "enter")
	if !s.Capturing() {
		t.Error("enter chose a type that is not there")
	}
	d.Keys("esc")
	if s.Capturing() {
		t.Error("esc leaves the filter open")
	}
}

func TestCustomersLog(t *testing.T) {
	shop := newShop(70)
	d, s := start(t, shop, tui.Route{Ref: "cus_Pq000000000003", Arg: "charge.refunded"}, 80, 19)
	if q := shop.reads[0]; q.Customer != "cus_Pq000000000003" || string(q.Where) != `{"type":"charge.refunded"}` {
		t.Errorf("asked %+v", q)
	}
	d.Keys("esc")
	if s.total != 10 {
		t.Errorf("%d events of the customer", s.total)
	}
	d.Keys("esc") // the shell's now: it leads back to where the log was asked for
	if s.total != 10 || s.customer == "" {
		t.Errorf("%d events, of %q", s.total, s.customer)
	}
}

func TestDetailFollowsTheCursorWhenItRests(t *testing.T) {
	shop := newShop(50)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	if s.detail.tree.Document() == nil {
		t.Fatal("the first event is not shown")
	}
	first := s.detail.event.ID
	d.Keys("down", "down")
	d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn - 1})
	if s.detail.event.ID != first {
		t.Error("an older timer reads the event")
	}
	d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn})
	if s.detail.event.ID != under(t, s) || !strings.Contains(strings.Join(s.detail.tree.Lines(false), ""), under(t, s)) {
		t.Error("the event is not read")
	}
	d.Keys("tab", "/", "text:cus_", "enter", "enter")
	if want := fmt.Sprint(tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq000000000002"})()); len(d.Asked) != 1 || fmt.Sprint(d.Asked[0]) != want {
		t.Errorf("asked %v", d.Asked)
	}
	d.Keys("esc", "esc")
	if s.detail.focused {
		t.Error("esc does not lead back to the list")
	}
}

func TestAnEventThatCannotBeRead(t *testing.T) {
	shop := newShop(50)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	d.Keys("down")
	gone := shop.events[1]
	shop.events = append(shop.events[:1:1], shop.events[2:]...)
	d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn})
	if v := s.View(); !strings.Contains(v, "No such event.") || strings.Contains(v, "11900") || s.detail.event.ID != gone.ID {
		t.Errorf("shows\n%s", v)
	}
	tuitest.Sweep(t, s)
}

func TestErrorsKeepWhatIsThere(t *testing.T) {
	shop := newShop(50)
	d, s := start(t, shop, tui.Route{}, 80, 19)
	shop.fail = &services.Error{Code: services.CodeStorage, Message: "The archive is locked."}
	eventsCame(d)
	if !s.loaded || len(d.Asked) != 1 {
		t.Errorf("the list is gone, asked %v", d.Asked)
	}
	shop.fail = nil
	rest(d)
	d.Keys("r")
	if s.total != 53 || len(d.Asked) != 2 || !strings.Contains(fmt.Sprint(d.Asked[1]), "3 new events read from Stripe.") {
		t.Errorf("after r: %d events, asked %v", s.total, d.Asked)
	}
}

func TestKeysAreTakenOnce(t *testing.T) {
	d, s := start(t, newShop(50), tui.Route{Ref: "cus_Pq000000000003"}, 120, 35)
	check := func(state string) {
		t.Helper()
		layer := s.Bindings()
		if !s.Capturing() {
			g := keys.NewGlobal(7)
			layer = append(append(layer, g.Tabs...), g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit)
		}
		if c := keys.Conflicts(layer); len(c) > 0 {
			t.Errorf("%s: %v mean two things", state, c)
		}
	}
	check("list")
	d.Keys("/")
	check("filter")
	d.Keys("esc", "tab")
	check("detail")
	d.Keys("/", "text:id")
	check("search")
	d.Keys("enter")
	check("found")
}

func TestMouse(t *testing.T) {
	d, s := start(t, newShop(50), tui.Route{}, 120, 35)
	click := func(x, y int) {
		d.Send(tea.MouseMsg{X: x, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	}
	click(5, listHead+4)
	if s.list.Cursor != 4 {
		t.Errorf("the cursor is at %d", s.list.Cursor)
	}
	click(5, listHead+4)
	if len(d.Asked) != 1 {
		t.Errorf("a second click asks %v", d.Asked)
	}
	d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn})
	click(90, s.detailHead()+1)
	if !s.detail.focused {
		t.Error("a click does not focus the event")
	}
	d.Send(tea.MouseMsg{X: 5, Y: 9, Button: tea.MouseButtonWheelDown})
	if s.list.Cursor != 7 {
		t.Errorf("the wheel leads to %d", s.list.Cursor)
	}
}

func TestHostileEvents(t *testing.T) {
	evil := services.Clean("\x1b]52;c;aGVsbG8=\x07\x1b[2J\r\n\u202eeurt 田中太郎 é\u0301\u0301\u0301 👩‍👩‍👧 क्षि " + strings.Repeat("x", 10_000))
	e := event(0, time.Minute)
	e.ID, e.Type, e.Customer, e.ObjectID, e.ObjectType, e.RequestID, e.APIVersion = evil, evil, evil, evil, evil, evil, evil
	e.Amount = &services.Money{Amount: -9_223_372_036_854_775_808, Currency: evil}
	shop := &shop{events: []services.Event{e, event(1, time.Hour), {}}}
	f := shop.fakes()
	f.Event = func(string) (services.Event, error) { return e, nil }
	f.Types = func(string) ([]services.TypeCount, error) { return []services.TypeCount{{Type: evil, Count: 1}}, nil }
	d := tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{Ref: evil, Arg: ""}), 120, 35)
	tuitest.Sweep(t, d.Screen)
	d.Keys("/")
	tuitest.Sweep(t, d.Screen)
	d.Keys("enter", "t")
	tuitest.Sweep(t, d.Screen)
	f = shop.fakes()
	d = tuitest.Start(New(tuitest.EnvIn(t, f.Desk(), theme.TrueColor), tui.Route{}), 120, 35)
	tuitest.Sweep(t, d.Screen)
}

func BenchmarkLogsView(b *testing.B) {
	d, s := start(b, newShop(1000), tui.Route{}, 120, 40)
	d.Keys("down")
	d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn})
	b.ReportAllocs()
	for b.Loop() {
		_ = s.View()
	}
}

func BenchmarkLogsViewTrueColor(b *testing.B) {
	s := New(tuitest.EnvIn(b, newShop(1000).fakes().Desk(), theme.TrueColor), tui.Route{})
	tuitest.Start(s, 120, 40)
	b.ReportAllocs()
	for b.Loop() {
		_ = s.View()
	}
}
