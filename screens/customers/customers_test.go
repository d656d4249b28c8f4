package customers

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

func people() []services.Customer {
	at := func(days int) time.Time { return tuitest.Now().AddDate(0, 0, -days) }
	return []services.Customer{
		{ID: "cus_Pq12aB2eZvKY7Gh", Name: "Jane Doe", Email: "jane@acme.example", Phone: "+1 415 555 0137", Country: "US", Created: at(988), Card: "Visa ···· 4242", Metadata: map[string]string{"crm": "C-1042"}},
		{ID: "cus_Pq34aB2eZvKY1ab", Name: "Jane Smith", Email: "jane.smith@a-rather-long-company-name.example", Country: "GB", Created: at(12), Balance: &services.Money{Amount: -1500, Currency: "gbp"}},
		{ID: "cus_Pq56aB2eZvKY2cd", Name: "田中 太郎", Email: "t.tanaka@example.jp", Country: "JP", Created: at(30), Delinquent: true},
		{ID: "cus_Pq78aB2eZvKY3ef", Email: "noname@example.org", Created: at(400)},
		{ID: "cus_Pq90aB2eZvKY4gh", Name: "Ann Lee", Email: "ann@lee.example", Country: "DE", Created: at(1), Deleted: true},
	}
}

// shop is the customers that are searched.
type shop struct {
	rows     []services.Customer
	more     bool
	searched []string
	made     []services.NewCustomer
	fail     error
	failMake error
}

func (s *shop) fakes() *tuitest.Fakes {
	return &tuitest.Fakes{
		Search: func(text string, _ int) ([]services.Customer, bool, error) {
			s.searched = append(s.searched, text)
			var found []services.Customer
			for _, c := range s.rows {
				if strings.Contains(strings.ToLower(c.Name+" "+c.Email+" "+c.ID), strings.ToLower(text)) {
					found = append(found, c)
				}
			}
			return found, s.more, s.fail
		},
		CreateCustomer: func(n services.NewCustomer) (services.Customer, bool, error) {
			s.made = append(s.made, n)
			for _, c := range s.rows {
				if c.Email == n.Email {
					return c, false, s.failMake
				}
			}
			return services.Customer{ID: "cus_new", Email: n.Email, Created: tuitest.Now()}, true, s.failMake
		},
	}
}

func start(t testing.TB, s *shop, r tui.Route, w, h int) (*tuitest.Driver, *Screen) {
	d := tuitest.Start(New(tuitest.Env(t, s.fakes().Desk()), r), w, h)
	return d, d.Screen.(*Screen)
}

// rest lets the pause after typing pass.
func rest(d *tuitest.Driver, s *Screen) { d.Send(tui.Later{To: 1, Tag: s.turn}) }

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

func TestSearch(t *testing.T) {
	shop := &shop{rows: people()}
	d, s := start(t, shop, tui.Route{}, 80, 19)
	if !s.Capturing() || len(s.rows) != 5 {
		t.Fatalf("at first: capturing %v, %d rows", s.Capturing(), len(s.rows))
	}
	d.Keys("/", "text:jane")
	if fmt.Sprint(shop.searched) != "[]" {
		t.Errorf("typing searched %q before it rested", shop.searched)
	}
	old := s.turn - 1
	d.Send(tui.Later{To: 1, Tag: old})
	if len(shop.searched) != 1 {
		t.Error("an older timer searches")
	}
	rest(d, s)
	if fmt.Sprint(shop.searched) != "[ jane]" || len(s.rows) != 2 {
		t.Errorf("searched %q, %d rows", shop.searched, len(s.rows))
	}
	d.Keys("enter", "down", "enter")
	asked(t, d, tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq34aB2eZvKY1ab"}))
}

func TestEnterSearchesAtOnceAndOpensWhatIsFound(t *testing.T) {
	shop := &shop{rows: people()}
	env := tuitest.Env(t, shop.fakes().Desk())
	s := New(env, tui.Route{}).(*Screen)
	d := tuitest.Start(s, 80, 19)
	d.Keys("text:tanaka")
	cmd := s.Update(tui.KeyMsg("enter"))
	if s.Capturing() {
		t.Error("enter leaves the field")
	}
	s.Update(tui.KeyMsg("enter"))
	if len(d.Asked) != 0 {
		t.Errorf("opened %v before anything was found", d.Asked)
	}
	d.Run(cmd)
	asked(t, d, tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq56aB2eZvKY2cd"}))
}

func TestAnIDOpensDirectly(t *testing.T) {
	want := tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq12aB2eZvKY7Gh"})
	d, _ := start(t, &shop{rows: people()}, tui.Route{}, 80, 19)
	d.Keys("paste: cus_Pq12aB2eZvKY7Gh\n")
	asked(t, d, want)
	d, _ = start(t, &shop{rows: people()}, tui.Route{}, 80, 19)
	d.Keys("text:cus_Pq12aB2eZvKY7Gh")
	asked(t, d)
	d.Keys("enter")
	asked(t, d, want)
}

func TestStaleResultsAreDropped(t *testing.T) {
	shop := &shop{rows: people()}
	s := New(tuitest.Env(t, shop.fakes().Desk()), tui.Route{}).(*Screen)
	d := tuitest.Start(s, 80, 19)
	d.Keys("text:ann")
	slow := s.ask()
	d.Keys("backspace", "backspace", "backspace", "text:jane")
	fast := s.ask()
	d.Run(fast)
	d.Run(slow)
	if s.text != "jane" || len(s.rows) != 2 {
		t.Errorf("shows %q with %d rows", s.text, len(s.rows))
	}
}

func TestTypingSurvivesErrors(t *testing.T) {
	shop := &shop{rows: people()}
	d, s := start(t, shop, tui.Route{}, 80, 19)
	shop.fail = &services.Error{Code: services.CodeUnavailable, Message: "Stripe did not answer.", Next: "Check the connection."}
	d.Keys("text:jane")
	rest(d, s)
	if s.field.Value() != "jane" || len(s.rows) != 5 || len(d.Asked) != 1 {
		t.Errorf("%q, %d rows, asked %v", s.field.Value(), len(s.rows), d.Asked)
	}
	if !strings.Contains(s.View(), "Not searched") {
		t.Errorf("nothing says so:\n%s", s.View())
	}
	shop.fail = nil
	d.Keys("enter")
	if len(s.rows) != 2 || strings.Contains(s.View(), "Not searched") {
		t.Errorf("after enter:\n%s", s.View())
	}
}

func TestCreate(t *testing.T) {
	shop := &shop{rows: people()}
	d, s := start(t, shop, tui.Route{}, 80, 19)
	d.Keys("text:new@shop.example", "enter")
	if s.offer() != "new@shop.example" {
		t.Fatalf("offers %q", s.offer())
	}
	shop.failMake = services.Invalid("email", "Stripe does not take this email.", "Check it.")
	d.Keys("enter")
	if s.field.Value() != "new@shop.example" || !strings.Contains(s.View(), "does not take") {
		t.Errorf("after a refusal: %q\n%s", s.field.Value(), s.View())
	}
	d.Asked, shop.failMake = nil, nil
	d.Keys("a")
	asked(t, d, tui.Note("Made the customer new@shop.example."), tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_new"}))

	d, s = start(t, shop, tui.Route{}, 80, 19)
	d.Keys("text:jane@acme.example", "enter")
	if s.offer() != "" {
		t.Errorf("offers an email that exists")
	}
	d.Keys("a")
	asked(t, d, tui.Note("jane@acme.example already existed: opened."), tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq12aB2eZvKY7Gh"}))

	d, s = start(t, shop, tui.Route{}, 80, 19)
	d.Keys("esc", "a")
	if !s.Capturing() || !strings.Contains(s.View(), "Type the whole email") {
		t.Errorf("a asks for nothing:\n%s", s.View())
	}
}

func TestCreatingTwiceAsksOnce(t *testing.T) {
	shop := &shop{}
	s := New(tuitest.Env(t, shop.fakes().Desk()), tui.Route{Ref: "x@y.example"}).(*Screen)
	d := tuitest.Start(s, 80, 19)
	cmd := s.Update(tui.KeyMsg("a"))
	if s.Update(tui.KeyMsg("a")) != nil {
		t.Error("a second press asks again")
	}
	d.Run(cmd)
	if len(shop.made) != 1 {
		t.Errorf("made %v", shop.made)
	}
}

func TestTheCursorStaysOnTheSameCustomer(t *testing.T) {
	shop := &shop{rows: people()}
	d, s := start(t, shop, tui.Route{}, 80, 19)
	d.Keys("esc", "down", "down")
	shop.rows = append([]services.Customer{{ID: "cus_first", Name: "First", Created: tuitest.Now()}}, shop.rows...)
	d.Send(tui.ShownMsg{})
	if c, _ := s.selected(); c.ID != "cus_Pq56aB2eZvKY2cd" {
		t.Errorf("the cursor went to %s", c.ID)
	}
	d.Keys("y", "l")
	asked(t, d, tui.Copy("cus_Pq56aB2eZvKY2cd", "customer id"), tui.Go(tui.Route{Kind: tui.Logs, Ref: "cus_Pq56aB2eZvKY2cd"}))
	d.Keys("/", "text:jane", "enter", "esc")
	if s.field.Value() != "" || len(s.rows) != 6 {
		t.Errorf("esc: %q, %d rows", s.field.Value(), len(s.rows))
	}
}

func TestLooks(t *testing.T) {
	states := map[string]func() (*tuitest.Driver, *Screen){
		"newest": func() (*tuitest.Driver, *Screen) { return start(t, &shop{rows: people()}, tui.Route{}, 120, 35) },
		"found": func() (*tuitest.Driver, *Screen) {
			d, s := start(t, &shop{rows: people(), more: true}, tui.Route{Ref: "jane"}, 120, 35)
			d.Keys("down")
			return d, s
		},
		"offer": func() (*tuitest.Driver, *Screen) {
			return start(t, &shop{}, tui.Route{Ref: "new@shop.example"}, 120, 35)
		},
		"nobody": func() (*tuitest.Driver, *Screen) { return start(t, &shop{}, tui.Route{Ref: "zzz"}, 120, 35) },
		"empty":  func() (*tuitest.Driver, *Screen) { return start(t, &shop{}, tui.Route{}, 120, 35) },
		"error": func() (*tuitest.Driver, *Screen) {
			return start(t, &shop{fail: &services.Error{Code: services.CodeForbidden, Message: "Stripe refused the request: this key may not read customers.", Next: "Give the restricted key the permission Customers: Read.", RequestID: "req_Fk29xZ1"}}, tui.Route{Ref: "jane"}, 120, 35)
		},
	}
	for name, make := range states {
		d, s := make()
		for _, size := range [][2]int{{160, 45}, {120, 35}, {80, 19}, {60, 15}, {40, 9}} {
			s.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
		}
		tuitest.Sweep(t, d.Screen)
	}
	s := New(tuitest.EnvIn(t, (&shop{rows: people()}).fakes().Desk(), theme.TrueColor), tui.Route{Ref: "e"})
	tuitest.Start(s, 120, 35)
	tuitest.Golden(t, "found-120x35-truecolor", tuitest.View(s))
}

func TestLoading(t *testing.T) {
	env := tuitest.Env(t, (&shop{}).fakes().Desk())
	now := tuitest.Now()
	env.Now = func() time.Time { return now }
	s := New(env, tui.Route{})
	s.SetSize(80, 19)
	s.Init()
	now = now.Add(3 * time.Second)
	tuitest.Golden(t, "loading-80x19", tuitest.View(s))
	tuitest.Sweep(t, s)
}

func TestHostileCustomers(t *testing.T) {
	evil := services.Clean("\x1b]52;c;aGVsbG8=\x07\x1b[2J\r\n\u202eeurt 田中太郎 é\u0301\u0301\u0301 👩‍👩‍👧 क्षि " + strings.Repeat("x", 10_000))
	c := services.Customer{ID: evil, Name: evil, Email: evil, Phone: evil, Country: evil, Description: evil, Card: evil, Balance: &services.Money{Amount: -9_223_372_036_854_775_808, Currency: evil}, Delinquent: true, Metadata: map[string]string{evil: evil}}
	d, _ := start(t, &shop{rows: []services.Customer{c, {}}}, tui.Route{}, 120, 35)
	tuitest.Sweep(t, d.Screen)
	d.Keys("paste:"+"\x1b[2J\u202e"+strings.Repeat("y", 5000), "enter")
	tuitest.Sweep(t, d.Screen)
}

func TestKeysAreTakenOnce(t *testing.T) {
	d, s := start(t, &shop{rows: people()}, tui.Route{}, 120, 35)
	if c := keys.Conflicts(s.Bindings()); len(c) > 0 {
		t.Errorf("field: %v mean two things", c)
	}
	d.Keys("text:j", "esc")
	g := keys.NewGlobal(7)
	layer := append(append(s.Bindings(), g.Tabs...), g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit)
	if c := keys.Conflicts(layer); len(c) > 0 {
		t.Errorf("list: %v mean two things", c)
	}
}

func TestMouse(t *testing.T) {
	d, s := start(t, &shop{rows: people()}, tui.Route{}, 120, 35)
	click := func(y int) {
		d.Send(tea.MouseMsg{X: 5, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	}
	click(listHead + 2)
	if s.list.Cursor != 2 || s.Capturing() {
		t.Errorf("cursor %d, capturing %v", s.list.Cursor, s.Capturing())
	}
	click(listHead + 2)
	asked(t, d, tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq56aB2eZvKY2cd"}))
	click(0)
	if !s.Capturing() {
		t.Error("a click does not lead to the field")
	}
}
