package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

// shop is an archive of events, newest first.
type shop struct {
	events   []services.Event
	arrivals []services.Event // in the order they came, for Follow
	added    int
	reads    []services.LogQuery
	follows  int
	fail     error
	deaf     error // what Follow fails with
	blind    bool  // totals are not counted
	gaps     []services.LogGap
	parts    func(services.LogQuery, []services.Event) // tells of the page before it is there
	filters  map[string]string                         // what Filter knows: text to where
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
		e := event(100_000+s.added, 0)
		s.events = append([]services.Event{e}, s.events...)
		s.arrivals = append(s.arrivals, e)
	}
}

func (s *shop) matching(q services.LogQuery) (match []services.Event) {
	var where struct {
		Type string `json:"type"`
	}
	if len(q.Where) > 0 {
		if err := json.Unmarshal(q.Where, &where); err != nil {
			panic(err)
		}
	}
	for _, e := range s.events {
		if (where.Type == "" || e.Type == where.Type) && (q.Customer == "" || e.Customer == q.Customer) {
			match = append(match, e)
		}
	}
	return match
}

func (s *shop) list(q services.LogQuery) (services.LogPage, error) {
	s.reads = append(s.reads, q)
	if s.fail != nil {
		return services.LogPage{}, s.fail
	}
	match := s.matching(q)
	of := func(id string) int {
		at := slices.IndexFunc(match, func(e services.Event) bool { return e.ID == id })
		if at < 0 {
			panic("no event " + id)
		}
		return at
	}
	from, to := 0, len(match)
	switch {
	case q.Before != "":
		from = of(q.Before) + 1
		to = min(from+*q.Limit, to)
	case q.After != "":
		to = of(q.After)
		from = max(to-*q.Limit, 0)
	case q.Last:
		from = max(to-*q.Limit, 0)
	default:
		to = min(*q.Limit, to)
	}
	page := services.LogPage{Events: slices.Clone(match[from:to]), Total: len(match), More: to < len(match), Position: strconv.Itoa(len(s.arrivals))}
	if s.blind {
		page.Total = -1
	}
	if s.parts != nil {
		s.parts(q, page.Events)
	}
	return page, nil
}

// follow gives what arrived after a position and ends: a test says when there is
// more.
func (s *shop) follow(_ context.Context, q services.LogQuery, from string) iter.Seq2[services.Arrival, error] {
	s.follows++
	return func(yield func(services.Arrival, error) bool) {
		if s.deaf != nil {
			yield(services.Arrival{}, s.deaf)
			return
		}
		at, _ := strconv.Atoi(from)
		for i, e := range s.arrivals[at:] {
			match := (&shop{events: []services.Event{e}}).matching(q)
			if len(match) > 0 && !yield(services.Arrival{Event: e, Position: strconv.Itoa(at + i + 1)}, nil) {
				return
			}
		}
	}
}

// filter knows "type:" and one type, JSON, and the texts in filters.
func (s *shop) filter(text string) (services.LogFilter, error) {
	if where, ok := s.filters[text]; ok {
		return services.LogFilter{Where: json.RawMessage(where), Text: text}, nil
	}
	if kind, ok := strings.CutPrefix(text, "type:"); ok && !strings.Contains(kind, " ") {
		return services.LogFilter{Where: ofType(kind).where, Text: text}, nil
	}
	if json.Valid([]byte(text)) {
		return services.LogFilter{Where: json.RawMessage(text)}, nil
	}
	word, _, _ := strings.Cut(text, " ")
	fault := &services.FilterFault{From: 0, To: len(word)}
	if at := strings.Index(text, "stauts"); at >= 0 {
		fault = &services.FilterFault{From: at, To: at + len("stauts")}
		word = "stauts"
	}
	return services.LogFilter{}, &services.Error{Code: services.CodeInvalid, Field: "where", Message: fmt.Sprintf("%q is not a word of a filter.", services.Clean(word)),
		Next: "Did you mean status?", Err: fault}
}

// complete knows the keys, and the values of type and status.
func complete(text string, at int, types []string) (words []services.FilterWord) {
	from, to := strings.LastIndexAny(text[:at], ` (:,"`)+1, at
	for to < len(text) && text[to] != ' ' {
		to++
	}
	add := func(word, means string) {
		if strings.HasPrefix(word, text[from:at]) && word != text[from:to] {
			words = append(words, services.FilterWord{From: from, To: to, Text: word, Means: means})
		}
	}
	switch {
	case strings.HasSuffix(text[:from], "type:"):
		add("charge.*", "all of charge")
		for _, t := range types {
			add(t, "")
		}
	case strings.HasSuffix(text[:from], "status:"):
		add("succeeded", "")
		add("failed", "")
	case from == 0 || text[from-1] != ':':
		for _, k := range services.FilterKeys() {
			add(k.Name+k.Sign, k.Means)
		}
	}
	return words
}

func (s *shop) fakes() *tuitest.Fakes {
	return &tuitest.Fakes{
		List: s.list, Follow: s.follow, Filter: s.filter, Complete: complete,
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
		Health: func() (services.LogHealth, error) {
			return services.LogHealth{Events: len(s.events), LastSync: tuitest.Now(), Gaps: s.gaps}, nil
		},
	}
}

func start(t testing.TB, s *shop, r tui.Route, w, h int) (*tuitest.Driver, *Screen) {
	d := tuitest.Start(New(tuitest.Env(t, s.fakes().Desk()), r), w, h)
	rest(d)
	return d, d.Screen.(*Screen)
}

// events tells the screen that the archive has new ones.
func eventsCame(d *tuitest.Driver) { d.Send(tui.ChangeMsg{Kind: services.ChangeEvents}) }

// rest lets the time between refreshes pass.
func rest(d *tuitest.Driver) { d.Send(tui.Later{To: 1, Tag: tagRest}) }

func cursorOn(t *testing.T, s *Screen) string {
	t.Helper()
	e, ok := s.selected()
	if !ok {
		t.Fatalf("nothing is under the cursor at %d of %d", s.list.Cursor, len(s.lines))
	}
	return e.ID
}

func TestNewEventsAppearAtTheTop(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	shop.arrive(2)
	eventsCame(d)
	if cursorOn(t, s) != shop.events[0].ID || s.live.fresh != 0 || s.run.total() != 502 {
		t.Errorf("at the top: %s of %d, %d new", cursorOn(t, s), s.run.total(), s.live.fresh)
	}
}

func TestNewEventsNeverMoveWhatIsLookedAt(t *testing.T) {
	for _, down := range []int{5, 60, 250, 499} {
		shop := newShop(500)
		d, s := start(t, shop, tui.Route{}, 120, 35)
		for range down {
			d.Keys("down")
		}
		was, row := cursorOn(t, s), s.list.Cursor-s.list.Top
		for i, n := range []int{3, 1, 150, 400} {
			shop.arrive(n)
			eventsCame(d)
			rest(d)
			if cursorOn(t, s) != was || s.list.Cursor-s.list.Top != row {
				t.Errorf("%d down, arrival %d: %s at line %d, was %s at line %d", down, i, cursorOn(t, s), s.list.Cursor-s.list.Top, was, row)
			}
		}
		if s.live.fresh != 554 || !strings.Contains(s.View(), "554 new") {
			t.Errorf("%d down: %d new\n%s", down, s.live.fresh, s.View())
		}
		d.Keys("g")
		if cursorOn(t, s) != shop.events[0].ID || s.live.fresh != 0 {
			t.Errorf("g: %s, %d new", cursorOn(t, s), s.live.fresh)
		}
	}
}

func TestPauseHoldsTheTop(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	was := cursorOn(t, s)
	d.Keys("f")
	shop.arrive(3)
	eventsCame(d)
	if cursorOn(t, s) != was || s.live.fresh != 3 || !strings.Contains(s.View(), "paused") {
		t.Errorf("paused: %s, %d new\n%s", cursorOn(t, s), s.live.fresh, s.View())
	}
	d.Keys("f")
	if cursorOn(t, s) != shop.events[0].ID || s.live.fresh != 0 {
		t.Errorf("following again: %s, %d new", cursorOn(t, s), s.live.fresh)
	}
}

func TestOnlyAWindowIsRead(t *testing.T) {
	for _, blind := range []bool{false, true} {
		shop := newShop(5000)
		shop.blind = blind
		d, s := start(t, shop, tui.Route{}, 120, 35)
		d.Keys("G")
		if cursorOn(t, s) != shop.events[4999].ID {
			t.Errorf("at the end: %s", cursorOn(t, s))
		}
		for i := range 60 {
			d.Keys("pgup")
			if want := shop.events[4999-32*(i+1)].ID; cursorOn(t, s) != want {
				t.Fatalf("%d pages up: on %s, want %s", i+1, cursorOn(t, s), want)
			}
		}
		d.Keys("g")
		if cursorOn(t, s) != shop.events[0].ID {
			t.Errorf("at the top: %s", cursorOn(t, s))
		}
		for i := range 60 {
			d.Keys("pgdown")
			if want := shop.events[32*(i+1)].ID; cursorOn(t, s) != want {
				t.Fatalf("%d pages down: on %s, want %s", i+1, cursorOn(t, s), want)
			}
		}
		for _, q := range shop.reads {
			if *q.Limit != pageSize || q.Offset != 0 {
				t.Errorf("read %d events from %d on", *q.Limit, q.Offset)
			}
		}
		if n := len(shop.reads); n > 30 {
			t.Errorf("%d reads for 120 pages", n)
		}
		if len(s.run.rows) > 4*pageSize+60 {
			t.Errorf("%d rows are held", len(s.run.rows))
		}
	}
}

// An archive that gives the same rows whatever it is asked for, and counts more.
func TestAShortArchiveIsNotAskedForEver(t *testing.T) {
	reads := 0
	f := &tuitest.Fakes{List: func(q services.LogQuery) (services.LogPage, error) {
		reads++
		return services.LogPage{Events: newShop(3).events, Total: 900, More: true}, nil
	}, Event: newShop(3).fakes().Event}
	d := tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{}), 80, 30)
	d.Keys("G", "up", "up", "g", "G", "down")
	if reads > 4 {
		t.Errorf("%d reads", reads)
	}
	tuitest.Fits(t, d.Screen, 80, 30)
}

func TestFastChangesBeginOneFollowing(t *testing.T) {
	shop := newShop(50)
	d, _ := start(t, shop, tui.Route{}, 120, 35)
	before := shop.follows
	for range 100 {
		eventsCame(d)
	}
	if n := shop.follows - before; n != 1 {
		t.Errorf("100 changes in one moment: %d followings", n)
	}
	rest(d)
	if n := shop.follows - before; n != 2 {
		t.Errorf("a moment later: %d followings", n)
	}
	rest(d)
	if n := shop.follows - before; n != 2 {
		t.Errorf("nothing changed since: %d followings", n)
	}
	if n := len(shop.reads); n != 1 {
		t.Errorf("%d pages read", n)
	}
}

func TestCustomersLog(t *testing.T) {
	shop := newShop(70)
	d, s := start(t, shop, tui.Route{Ref: "cus_Pq000000000003", Arg: "charge.refunded"}, 80, 19)
	if q := shop.reads[0]; q.Customer != "cus_Pq000000000003" || string(q.Where) != `{"type":"charge.refunded"}` {
		t.Errorf("asked %+v", q)
	}
	d.Keys("esc")
	if s.run.total() != 10 {
		t.Errorf("%d events of the customer", s.run.total())
	}
	d.Keys("esc") // the shell's now: it leads back to where the log was asked for
	if s.run.total() != 10 || s.customer == "" {
		t.Errorf("%d events, of %q", s.run.total(), s.customer)
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
	if s.detail.event.ID != cursorOn(t, s) || !strings.Contains(strings.Join(s.detail.tree.Lines(false), ""), cursorOn(t, s)) {
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
	shop.events = append(shop.events, newShop(500).events[50:]...)
	s.run.below = unknown
	shop.fail = &services.Error{Code: services.CodeStorage, Message: "The archive is locked."}
	d.Keys("down")
	if !s.loaded || len(d.Asked) != 1 || len(s.run.rows) != 50 {
		t.Errorf("the list is gone, asked %v", d.Asked)
	}
	shop.fail = nil
	rest(d)
	d.Keys("r")
	if len(s.run.rows) != 253 || len(d.Asked) != 2 || !strings.Contains(fmt.Sprint(d.Asked[1]), "3 new events read from Stripe.") {
		t.Errorf("after r: %d events, asked %v", s.run.total(), d.Asked)
	}
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
