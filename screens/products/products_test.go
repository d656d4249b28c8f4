package products

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

func price(id, product string, amount int64, currency string, every string) *services.Price {
	p := &services.Price{ID: id, Product: "prod_" + product, ProductName: product, Unit: services.Money{Amount: amount, Currency: currency}, Active: true}
	if every != "" {
		p.Recurring = &services.Recurrence{Interval: every, Count: 1}
	}
	return p
}

const longName = "Hand-thrown stoneware kettle with a bamboo handle, glazed in ash white, holding one litre and a half, made to order in the workshop in Limoges"

// shop is a catalogue with every state in it, as Get returns it.
func shop() []services.Product {
	rows := []services.Product{
		{Name: "Dark mode roast", Description: "Whole beans, 340 g, roasted on Mondays.", Price: "12.00", PriceID: "price_1PqDarkRoast00001"},
		{Name: "Coffee club", Description: "A bag in the post every month.", Price: "18.00", PriceID: "price_1PqCoffeeClub0002"},
		{Name: "日本語パック", Description: "Japanese green tea.", Price: "2400", PriceID: "price_1PqJapanese000003"},
		{Name: "Kuwait blend", Price: "12.500", PriceID: "price_1PqKuwait00000004", Columns: map[string]string{"Origin": "Yemen", "Grind": "fine"}},
		{Name: "Terminal mug", Price: "15.00", PriceID: "price_1PqTerminalMug005"},
		{Name: "Gift card", Price: "25.00", PriceID: "price_1PqGoneForever006"},
		{Name: "Advent calendar 2025", Price: "39.00", PriceID: "price_1PqAdvent00000007"},
		{Name: longName, Price: "129.00", PriceID: "price_1PqKettle00000008"},
	}
	for i := range rows {
		rows[i].Row, rows[i].State = i+1, services.ProductUnchecked
	}
	return rows
}

// offers is what Stripe says of the shop.
func offers(rows []services.Product) ([]services.Product, error) {
	old := price("price_1PqAdvent00000007", "Advent", 3900, "eur", "")
	old.Active = false
	at := map[string]*services.Price{}
	for _, p := range []*services.Price{
		price("price_1PqDarkRoast00001", "DarkRoast", 1200, "eur", ""),
		price("price_1PqCoffeeClub0002", "CoffeeClub", 1800, "eur", "month"),
		price("price_1PqJapanese000003", "Japanese", 2400, "jpy", ""),
		price("price_1PqKuwait00000004", "Kuwait", 12500, "kwd", ""),
		price("price_1PqTerminalMug005", "Mug", 1800, "usd", ""),
		old,
		price("price_1PqKettle00000008", "Kettle", 12900, "eur", "year"),
	} {
		at[p.ID] = p
	}
	out := append([]services.Product(nil), rows...)
	for i := range out {
		out[i].Offer = at[out[i].PriceID]
		out[i].CompareListed()
	}
	return out, nil
}

func fakes() *tuitest.Fakes {
	return &tuitest.Fakes{GetProducts: func() ([]services.Product, error) { return shop(), nil }, CheckProducts: offers}
}

func start(t *testing.T, f *tuitest.Fakes, w, h int) (*tuitest.Driver, *screen, *tui.Env) {
	t.Helper()
	env := tuitest.Env(t, f.Desk())
	s := New(env, tui.Route{Kind: tui.Catalogue}).(*screen)
	return tuitest.Start(s, w, h), s, env
}

var sizes = [][2]int{{160, 40}, {120, 35}, {80, 19}, {60, 15}, {40, 9}}

var outage = &services.Error{Code: services.CodeUnavailable, Message: "Stripe could not be reached: the connection was refused.", Next: "Check the connection and try again.", RequestID: "req_Fk29xZ1"}

// states are the screen's states by name.
func states(t *testing.T) map[string]func() (*tuitest.Driver, *screen) {
	return map[string]func() (*tuitest.Driver, *screen){
		"data": func() (*tuitest.Driver, *screen) {
			d, s, _ := start(t, fakes(), 120, 35)
			d.Keys(" ", " ", "down", "down", "+")
			return d, s
		},
		"problem": func() (*tuitest.Driver, *screen) {
			d, s, _ := start(t, fakes(), 120, 35)
			d.Keys("down", "down", "down", "down", "down")
			return d, s
		},
		"long": func() (*tuitest.Driver, *screen) {
			d, s, _ := start(t, fakes(), 120, 35)
			d.Keys("G")
			return d, s
		},
		"filter": func() (*tuitest.Driver, *screen) {
			d, s, _ := start(t, fakes(), 120, 35)
			d.Keys("/", "text:co", "enter")
			return d, s
		},
		"typing": func() (*tuitest.Driver, *screen) {
			d, s, _ := start(t, fakes(), 120, 35)
			d.Keys("n", "text:1x")
			d.Keys("enter")
			return d, s
		},
		"unchecked": func() (*tuitest.Driver, *screen) {
			f := fakes()
			f.CheckProducts = func([]services.Product) ([]services.Product, error) { return nil, outage }
			d, s, _ := start(t, f, 120, 35)
			return d, s
		},
		"error": func() (*tuitest.Driver, *screen) {
			f := fakes()
			f.GetProducts = func() ([]services.Product, error) {
				return nil, &services.Error{Code: services.CodeNotConfigured, Message: "This profile has no product source yet.", Next: "Choose one in setup."}
			}
			d, s, _ := start(t, f, 120, 35)
			return d, s
		},
		"empty": func() (*tuitest.Driver, *screen) {
			f := fakes()
			f.GetProducts = func() ([]services.Product, error) { return nil, nil }
			d, s, _ := start(t, f, 120, 35)
			return d, s
		},
		"loading": func() (*tuitest.Driver, *screen) {
			env := tuitest.Env(t, fakes().Desk())
			late := tuitest.Now()
			env.Now = func() time.Time { return late }
			s := New(env, tui.Route{}).(*screen)
			s.SetSize(120, 35)
			s.Init()
			late = late.Add(3 * time.Second)
			return &tuitest.Driver{Screen: s}, s
		},
	}
}

func TestGoldens(t *testing.T) {
	for name, make := range states(t) {
		_, s := make()
		for _, size := range sizes {
			s.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
		}
	}
}

func TestGoldenDetail(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {40, 9}} {
		d, s, _ := start(t, fakes(), size[0], size[1])
		d.Keys("down", "down", "down", "enter")
		tuitest.Golden(t, fmt.Sprintf("detail-%dx%d", size[0], size[1]), tuitest.View(s))
	}
}

func TestGoldenColour(t *testing.T) {
	env := tuitest.EnvIn(t, fakes().Desk(), theme.TrueColor)
	s := New(env, tui.Route{})
	tuitest.Start(s, 120, 35).Keys(" ", "down")
	tuitest.Golden(t, "colour-120x35", tuitest.View(s))
}

func TestSweepAndKeys(t *testing.T) {
	for name, make := range states(t) {
		t.Run(name, func(t *testing.T) {
			_, s := make()
			tuitest.Sweep(t, s)
			layer := s.Bindings()
			if !s.Capturing() {
				for _, b := range keys.NewGlobal(7).All() {
					if b.Help().Key != "esc" {
						layer = append(layer, b)
					}
				}
			}
			if clash := keys.Conflicts(layer); len(clash) > 0 {
				t.Errorf("keys with two meanings: %v", clash)
			}
		})
	}
}

func TestQuantities(t *testing.T) {
	d, _, env := start(t, fakes(), 120, 35)
	d.Keys(" ", "+", "=")
	if n := env.Cart.Quantity("price_1PqDarkRoast00001"); n != 3 {
		t.Fatalf("after three adds the cart holds %d", n)
	}
	d.Keys("-")
	d.Keys("down", "n", "text:12", "enter")
	d.Keys("down", "n", "text:7", "esc")
	if n := env.Cart.Quantity("price_1PqCoffeeClub0002"); n != 12 {
		t.Errorf("12 was typed, the cart holds %d", n)
	}
	if n := env.Cart.Quantity("price_1PqJapanese000003"); n != 0 {
		t.Errorf("esc set %d", n)
	}
	d.Keys("up", "x")
	if n := env.Cart.Count(); n != 2 {
		t.Errorf("after x the cart holds %d items, want 2", n)
	}
	if got := env.Cart.Lines[0].Price.Unit; got != (services.Money{Amount: 1200, Currency: "eur"}) {
		t.Errorf("the line costs %v", got)
	}
}

func TestQuantityIsOfTheRowItWasAskedOf(t *testing.T) {
	f := fakes()
	d, s, env := start(t, f, 120, 35)
	d.Keys("n", "text:4")
	f.GetProducts = func() ([]services.Product, error) { return shop()[1:], nil }
	d.Run(s.load())
	d.Keys("enter")
	if env.Cart.Count() != 0 {
		t.Errorf("the quantity went to another product: %v", env.Cart.Lines)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		row  int
		want string
	}{{5, "Stripe knows no price price_1PqGoneForever006"}, {6, "archived"}} {
		d, _, env := start(t, fakes(), 120, 35)
		for range c.row {
			d.Keys("down")
		}
		for _, k := range []string{" ", "n"} {
			d.Asked = nil
			d.Keys(k)
			if len(d.Asked) != 1 || !strings.Contains(fmt.Sprint(d.Asked[0]), c.want) {
				t.Errorf("row %d, key %q: %v does not say %q", c.row, k, d.Asked, c.want)
			}
		}
		if env.Cart.Count() != 0 {
			t.Errorf("row %d was added", c.row)
		}
	}
}

func TestUncheckedIsRefused(t *testing.T) {
	f := fakes()
	f.CheckProducts = func([]services.Product) ([]services.Product, error) { return nil, outage }
	d, s, env := start(t, f, 120, 35)
	d.Keys(" ")
	if env.Cart.Count() != 0 || len(d.Asked) != 1 {
		t.Errorf("an unchecked row was added: %v, %v", env.Cart.Lines, d.Asked)
	}
	f.CheckProducts = offers
	d.Keys("r", " ")
	if env.Cart.Count() != 1 {
		t.Error("after r the row can still not be added")
	}
	f.CheckProducts = func([]services.Product) ([]services.Product, error) { return nil, outage }
	d.Keys("r")
	if p, _ := s.current(); p.State != services.ProductOK {
		t.Errorf("a failed check threw away what was known: %v", p.State)
	}
	if !strings.Contains(s.View(), "Prices not checked") {
		t.Error("the failure is not shown")
	}
}

func TestFilter(t *testing.T) {
	d, s, _ := start(t, fakes(), 120, 35)
	d.Keys("/", "text:b")
	if !s.Capturing() {
		t.Fatal("the filter does not capture")
	}
	d.Keys("text:lend", "enter")
	if len(s.shown) != 1 || s.Capturing() {
		t.Fatalf("shown: %v, capturing %v", s.shown, s.Capturing())
	}
	d.Keys("esc")
	if p, _ := s.current(); len(s.shown) != 8 || p.Name != "Kuwait blend" {
		t.Errorf("after esc %d rows, cursor on %q", len(s.shown), p.Name)
	}
	for _, b := range s.Bindings() {
		if b.Enabled() && key.Matches(tui.KeyMsg("esc"), b) {
			t.Error("esc is still taken, so the shell cannot go back")
		}
	}
}

func TestCursorStaysOnTheRow(t *testing.T) {
	f := fakes()
	d, s, _ := start(t, f, 120, 35)
	d.Keys("down", "down")
	f.GetProducts = func() ([]services.Product, error) {
		return append([]services.Product{{Row: 1, Name: "New", PriceID: "price_new"}}, shop()...), nil
	}
	d.Keys("r")
	if p, _ := s.current(); p.Name != "日本語パック" {
		t.Errorf("the cursor went to %q", p.Name)
	}
}

func TestStaleRepliesAreDropped(t *testing.T) {
	f := fakes()
	d, s, _ := start(t, f, 120, 35)
	var replies []tea.Msg
	capture := func(cmd tea.Cmd) { replies = append(replies, cmd()) }
	f.GetProducts = func() ([]services.Product, error) { return shop()[:1], nil }
	capture(s.Update(tui.KeyMsg("r")))
	f.GetProducts = func() ([]services.Product, error) { return shop()[:3], nil }
	capture(s.Update(tui.KeyMsg("r")))
	for i := len(replies) - 1; i >= 0; i-- {
		d.Send(replies[i])
	}
	if len(s.rows) != 3 {
		t.Errorf("%d rows: the older reply was taken", len(s.rows))
	}
}

func TestShellKeys(t *testing.T) {
	d, _, _ := start(t, fakes(), 120, 35)
	d.Keys("y")
	d.Keys("b")
	if len(d.Asked) != 1 {
		t.Errorf("y and b with an empty cart asked %v", d.Asked)
	}
	d.Keys(" ", "b")
	if got := fmt.Sprintf("%+v", d.Asked); !strings.Contains(got, "price_1PqDarkRoast00001") || !strings.Contains(got, "checkout") {
		t.Errorf("asked %v", got)
	}
}

func TestOnePaneDetail(t *testing.T) {
	d, s, _ := start(t, fakes(), 60, 15)
	d.Keys("enter")
	if !strings.Contains(s.View(), "Price ID") {
		t.Errorf("enter does not open the detail:\n%s", s.View())
	}
	d.Keys(" ")
	if !strings.Contains(s.View(), "1 item") {
		t.Error("the cart cannot be filled from the detail")
	}
	d.Keys("esc")
	if strings.Contains(s.View(), "Price ID") {
		t.Error("esc does not close the detail")
	}
}

func TestMouse(t *testing.T) {
	d, s, _ := start(t, fakes(), 120, 35)
	d.Send(tea.MouseMsg{X: 4, Y: s.listTop() + 3, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if p, _ := s.current(); p.Name != "Kuwait blend" {
		t.Errorf("a click on the fourth row selects %q", p.Name)
	}
	d.Send(tea.MouseMsg{X: 4, Y: 5, Button: tea.MouseButtonWheelDown})
	if s.list.Cursor != 6 {
		t.Errorf("the wheel moved to %d", s.list.Cursor)
	}
}

func TestTotals(t *testing.T) {
	lines := []services.Line{
		{Price: *price("a", "a", 1200, "eur", ""), Quantity: 4},
		{Price: *price("b", "b", 2400, "jpy", ""), Quantity: 1},
		{Price: *price("c", "c", 1500, "kwd", ""), Quantity: 2},
	}
	if got, want := totals(lines), "€48.00 + ¥2,400 + KWD 3.000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHostileData(t *testing.T) {
	evil := services.Clean("\x1b[31mred\x1b]0;title\x07\u202eevil\u0000 日本語 e\u0301 👩‍👩‍👧 " + strings.Repeat("W", 10000))
	f := fakes()
	f.GetProducts = func() ([]services.Product, error) {
		return []services.Product{{Row: 1, Name: evil, Description: evil, Price: evil, PriceID: evil, Columns: map[string]string{evil: evil}}}, nil
	}
	for _, state := range []services.ProductState{services.ProductOK, services.ProductMissing, services.ProductDiffers} {
		f.CheckProducts = func(rows []services.Product) ([]services.Product, error) {
			out := append([]services.Product(nil), rows...)
			out[0].State = state
			if state != services.ProductMissing {
				out[0].Offer = &services.Price{ID: evil, Product: evil, ProductName: evil, Active: true, Unit: services.Money{Amount: 1 << 60, Currency: evil[:20]}}
			}
			return out, nil
		}
		d, s, _ := start(t, f, 60, 15)
		d.Keys(" ")
		if state == services.ProductDiffers {
			tuitest.Sweep(t, s)
		}
		for _, size := range [][2]int{{20, 8}, {60, 15}, {80, 19}, {120, 35}, {200, 57}} {
			s.SetSize(size[0], size[1])
			d.Keys("enter", "pgdown", "pgdown", "G")
			tuitest.Fits(t, s, size[0], size[1])
		}
	}
	f.CheckProducts = func([]services.Product) ([]services.Product, error) { return nil, errors.New("\x1b[2J" + evil) }
	_, s, _ := start(t, f, 60, 15)
	tuitest.Sweep(t, s)
}
