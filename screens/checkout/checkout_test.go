package checkout

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

func line(id, name string, amount int64, currency, every string, n int64) services.Line {
	p := services.Price{ID: id, Product: "prod_x", ProductName: name, Unit: services.Money{Amount: amount, Currency: currency}, Active: true}
	if every != "" {
		p.Recurring = &services.Recurrence{Interval: every, Count: 1}
	}
	return services.Line{Price: p, Name: name, Quantity: n}
}

var (
	mug   = line("price_1PqTerminalMug005", "Terminal mug", 1800, "eur", "", 2)
	beans = line("price_1PqDarkRoast00001", "Dark mode roast", 1200, "eur", "", 1)
	club  = line("price_1PqCoffeeClub0002", "Coffee club", 1800, "eur", "month", 1)
	tea1  = line("price_1PqJapanese000003", "日本語パック", 2400, "jpy", "", 1)
	jane  = services.Customer{ID: "cus_Pq77JaneDoe01a", Name: "Jane Doe", Email: "jane@acme.example"}
	ann   = services.Customer{ID: "cus_Pq78AnnLee02b", Name: "Ann Lee", Email: "ann@lee.example"}
)

func session(id, summary string, age time.Duration) services.Session {
	return services.Session{ID: id, URL: "https://checkout.stripe.com/c/pay/" + id, Mode: services.PaymentMode, Status: "open", PaymentStatus: "unpaid",
		Total: services.Money{Amount: 4800, Currency: "eur"}, Created: tuitest.Now().Add(-age), ExpiresAt: tuitest.Now().Add(time.Hour - age), Summary: summary}
}

// stripe is a fake that creates sessions and remembers what it was asked.
type stripe struct {
	*tuitest.Fakes
	requests []services.CheckoutRequest
	open     []services.Session
	err      error
	outcome  services.Outcome
}

func newStripe() *stripe {
	s := &stripe{outcome: services.OutcomeOpen}
	s.Fakes = &tuitest.Fakes{
		CreateCheckout: func(r services.CheckoutRequest) (services.Session, error) {
			s.requests = append(s.requests, r)
			if s.err != nil {
				return services.Session{}, s.err
			}
			made := session(fmt.Sprintf("cs_test_%d", len(s.requests)), "2 × Terminal mug", 0)
			s.open = append([]services.Session{made}, s.open...)
			return made, nil
		},
		Unsettled: func() ([]services.Session, error) { return s.open, nil },
		CheckSession: func(id string) (services.Receipt, error) {
			if s.outcome.Settled() {
				for i, o := range s.open {
					if o.ID == id {
						s.open = append(s.open[:i:i], s.open[i+1:]...)
					}
				}
			}
			return services.Receipt{Session: services.Session{ID: id}, Outcome: s.outcome}, nil
		},
		Search: func(text string, _ int) ([]services.Customer, bool, error) {
			var out []services.Customer
			for _, c := range []services.Customer{jane, ann} {
				if strings.Contains(strings.ToLower(c.Name+c.Email), strings.ToLower(text)) {
					out = append(out, c)
				}
			}
			return out, false, nil
		},
		CreateCustomer: func(n services.NewCustomer) (services.Customer, bool, error) {
			return services.Customer{ID: "cus_new", Email: n.Email}, true, nil
		},
	}
	return s
}

func start(t *testing.T, f *tuitest.Fakes, w, h int, lines ...services.Line) (*tuitest.Driver, *screen) {
	t.Helper()
	return startIn(t, tuitest.Env(t, f.Desk()), w, h, lines...)
}

func startIn(_ *testing.T, env *tui.Env, w, h int, lines ...services.Line) (*tuitest.Driver, *screen) {
	env.Cart.Lines = lines
	s := New(env, tui.Route{Kind: tui.Checkout}).(*screen)
	return tuitest.Start(s, w, h), s
}

func says(t *testing.T, d *tuitest.Driver, want string) {
	t.Helper()
	if got := fmt.Sprintf("%+v", d.Asked); !strings.Contains(got, want) {
		t.Errorf("asked %s, which does not hold %q", got, want)
	}
}

var refused = &services.Error{Code: services.CodeRefused, Message: "Stripe refused the request: Received unknown parameter: colour.", Next: "Correct the option or take it out.", Field: "colour", RequestID: "req_Fk29xZ1"}

func states(t *testing.T) map[string]func() *screen {
	return map[string]func() *screen{
		"empty": func() *screen {
			_, s := start(t, newStripe().Fakes, 120, 35)
			return s
		},
		"empty-open": func() *screen {
			f := newStripe()
			f.open = []services.Session{session("cs_test_a1", "2 × Gold plan, 1 × Mug", 4*time.Minute), session("cs_test_b2", "1 × 日本語パック", 49*time.Minute)}
			_, s := start(t, f.Fakes, 120, 35)
			return s
		},
		"cart": func() *screen {
			f := newStripe()
			f.open = []services.Session{session("cs_test_a1", "2 × Gold plan, 1 × Mug", 4*time.Minute)}
			d, s := start(t, f.Fakes, 120, 35, mug, beans, club)
			s.env.Cart.Customer = jane
			d.Keys("o", "text:payment_intent_data[description]=Order 1042", "enter", "o", "text:allow_promotion_codes=true", "enter", "g")
			return s
		},
		"guest": func() *screen {
			_, s := start(t, newStripe().Fakes, 120, 35, mug, beans)
			return s
		},
		"mixed": func() *screen {
			_, s := start(t, newStripe().Fakes, 120, 35, mug, tea1)
			return s
		},
		"refused": func() *screen {
			f := newStripe()
			f.err = refused
			d, s := start(t, f.Fakes, 120, 35, mug)
			d.Keys("o", "text:colour=red", "enter", "enter")
			return s
		},
		"quantity": func() *screen {
			d, s := start(t, newStripe().Fakes, 120, 35, mug, beans)
			d.Keys("n", "text:12")
			return s
		},
		"option": func() *screen {
			d, s := start(t, newStripe().Fakes, 120, 35, mug, beans)
			d.Keys("o", "text:colour", "enter")
			return s
		},
		"picker": func() *screen {
			d, s := start(t, newStripe().Fakes, 120, 35, mug)
			d.Keys("c")
			return s
		},
		"picker-email": func() *screen {
			d, s := start(t, newStripe().Fakes, 120, 35, mug)
			d.Keys("c", "text:new@example.com")
			d.Send(tui.Later{To: s.env.ID, Tag: s.picker.timer})
			return s
		},
		"picker-failed": func() *screen {
			f := newStripe()
			f.Search = func(string, int) ([]services.Customer, bool, error) {
				return nil, false, &services.Error{Code: services.CodeUnavailable, Message: "Stripe could not be reached.", Next: "Check the connection."}
			}
			d, s := start(t, f.Fakes, 120, 35, mug)
			d.Keys("c", "text:ja")
			return s
		},
		"open-failed": func() *screen {
			f := newStripe()
			f.Unsettled = func() ([]services.Session, error) {
				return nil, &services.Error{Code: services.CodeStorage, Message: "The archive cannot be read: it is locked by another program.", Next: "Close it there."}
			}
			_, s := start(t, f.Fakes, 120, 35, mug)
			return s
		},
		"creating": func() *screen {
			_, s := start(t, newStripe().Fakes, 120, 35, mug)
			s.press()
			return s
		},
	}
}

func TestGoldens(t *testing.T) {
	for name, make := range states(t) {
		s := make()
		for _, size := range [][2]int{{160, 40}, {120, 35}, {80, 19}, {60, 15}, {40, 9}} {
			s.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
		}
	}
	env := tuitest.EnvIn(t, newStripe().Desk(), theme.TrueColor)
	_, s := startIn(t, env, 120, 35, mug, beans)
	tuitest.Golden(t, "colour-120x35", tuitest.View(s))
}

func TestSweepAndKeys(t *testing.T) {
	for name, make := range states(t) {
		t.Run(name, func(t *testing.T) {
			s := make()
			tuitest.Sweep(t, s)
			layer := s.Bindings()
			if !s.Capturing() {
				layer = append(layer, keys.NewGlobal(7).All()...)
			}
			if clash := keys.Conflicts(layer); len(clash) > 0 {
				t.Errorf("keys with two meanings: %v", clash)
			}
		})
	}
}

func TestCreateAndGo(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug, club)
	s.env.Cart.Customer = jane
	d.Keys("enter")
	if len(f.requests) != 1 {
		t.Fatalf("%d requests", len(f.requests))
	}
	r := f.requests[0]
	if r.Mode != services.SubscriptionMode || r.Customer != jane.ID || len(r.Items) != 2 || r.Items[0] != (services.Item{Price: mug.Price.ID, Quantity: 2}) || len(r.IdempotencyKey) < 20 {
		t.Errorf("request %+v", r)
	}
	says(t, d, "{Route:{Kind:waiting Ref:cs_test_1 Arg:new}}")
	if s.env.Cart.Count() != 3 {
		t.Error("the cart was emptied before anything was paid")
	}
}

func TestKeyIsKeptWhileTheAnswerIsUnknown(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	press := func(err error) string {
		f.err = err
		d.Keys("enter")
		return f.requests[len(f.requests)-1].IdempotencyKey
	}
	first := press(&services.Error{Code: services.CodePending, Message: "The answer was lost."})
	if again := press(&services.Error{Code: services.CodeUnavailable, Message: "No answer."}); again != first {
		t.Error("the same cart was retried with another key: it could be sold twice")
	}
	d.Keys("+")
	changed := press(&services.Error{Code: services.CodePending, Message: "The answer was lost."})
	if changed == first {
		t.Error("a changed cart used the old key")
	}
	if refusedKey := press(refused); refusedKey != changed {
		t.Error("the retry has another key")
	}
	next := press(nil)
	if next == changed {
		t.Error("after a definite refusal the old key would be answered with the old refusal")
	}
	f.open, s.made = nil, made{}
	if another := press(nil); another == next {
		t.Error("a second sale of the same cart used the key of the first")
	}
}

func TestSecondCheckoutOfTheSameCartAsks(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("enter", "enter")
	if len(f.requests) != 1 {
		t.Fatal("the same cart got a second checkout without a question")
	}
	says(t, d, "This cart has an open checkout already")
	d.Keys("down", "down")
	if s.on.part != openPart {
		t.Fatalf("the cursor is on %+v", s.on)
	}
	d.Asked = nil
	d.Keys("enter")
	says(t, d, "Ref:cs_test_1 Arg:cart")
}

func TestLiveAsksFirst(t *testing.T) {
	f := newStripe()
	f.Profile = services.Profile{Name: "acme-live", Mode: services.ModeLive, AccountID: "acct_1", AccountName: "Acme"}
	d, s := start(t, f.Fakes, 120, 35, tea1)
	d.Keys("enter")
	if len(f.requests) != 0 {
		t.Fatal("live: created without a question")
	}
	says(t, d, "Typed:2400")
	says(t, d, "Account: Acme.")
	request := s.request()
	request.IdempotencyKey = s.attempt.key
	d.Send(createMsg{s.env.ID, request})
	if len(f.requests) != 1 || f.requests[0].IdempotencyKey == "" {
		t.Errorf("after yes: %+v", f.requests)
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug, tea1)
	d.Keys("enter")
	if len(f.requests) != 0 || !strings.Contains(s.View(), "mixes currencies: EUR, JPY") {
		t.Errorf("%d requests\n%s", len(f.requests), s.View())
	}
	d.Keys("G", "up", "x")
	if len(s.env.Cart.Lines) != 1 {
		t.Fatalf("x left %v", s.env.Cart.Lines)
	}
	d.Keys("enter")
	if len(f.requests) != 1 {
		t.Error("the corrected cart cannot be sold")
	}
}

func TestStripesRefusalIsShownInPlace(t *testing.T) {
	f := newStripe()
	f.err = refused
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("o", "text:colour=red", "enter", "enter")
	for _, want := range []string{"Received unknown", "Parameter colour", "req_Fk29xZ1", "= red"} {
		if !strings.Contains(s.View(), want) {
			t.Errorf("%q is not shown:\n%s", want, s.View())
		}
	}
	d.Keys("down", "down", "x")
	if len(s.options) != 0 || strings.Contains(s.View(), "Received unknown") {
		t.Errorf("the refusal of another request stays:\n%s", s.View())
	}
}

func TestQuantity(t *testing.T) {
	d, s := start(t, newStripe().Fakes, 120, 35, mug, beans)
	d.Keys("down", "+", "n", "text:40", "enter", "-")
	if n := s.env.Cart.Quantity(beans.Price.ID); n != 39 {
		t.Errorf("quantity %d, want 39", n)
	}
	d.Keys("up", "-", "-")
	if len(s.env.Cart.Lines) != 1 || s.on.id != beans.Price.ID {
		t.Errorf("%v, cursor %v", s.env.Cart.Lines, s.on)
	}
}

func TestPicker(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("c", "text:ann")
	if !s.Capturing() {
		t.Fatal("the picker does not capture")
	}
	d.Send(tui.Later{To: s.env.ID, Tag: s.picker.timer - 1})
	if s.picker.searched != "" {
		t.Error("an old timer searched")
	}
	d.Keys("enter")
	if s.env.Cart.Customer.ID != "" {
		t.Fatalf("chose %q from the list of another text", s.env.Cart.Customer.Name)
	}
	d.Keys("enter")
	if s.env.Cart.Customer.ID != ann.ID || s.Capturing() {
		t.Errorf("chose %+v", s.env.Cart.Customer)
	}
	d.Keys("down", "x")
	if s.env.Cart.Customer.ID != "" {
		t.Error("x does not leave a guest")
	}
}

func TestNewCustomer(t *testing.T) {
	f := newStripe()
	fail := &services.Error{Code: services.CodeUnavailable, Message: "Stripe could not be reached.", Next: "Try again."}
	create := f.CreateCustomer
	f.CreateCustomer = func(services.NewCustomer) (services.Customer, bool, error) { return services.Customer{}, false, fail }
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("c", "text:new@example.com", "enter")
	if s.picker.field.Value() != "new@example.com" || !strings.Contains(s.View(), "could not be reached") {
		t.Errorf("after a failure:\n%s", s.View())
	}
	f.CreateCustomer = create
	d.Keys("enter")
	if s.env.Cart.Customer.Email != "new@example.com" || s.Capturing() {
		t.Errorf("customer %+v", s.env.Cart.Customer)
	}
	says(t, d, "Created the customer new@example.com")
}

func TestExistingEmailIsNotOfferedAnew(t *testing.T) {
	d, s := start(t, newStripe().Fakes, 120, 35, mug)
	d.Keys("c", "text:JANE@acme.example")
	d.Send(tui.Later{To: s.env.ID, Tag: s.picker.timer})
	if c := s.picker.choices(); len(c) != 2 || c[0].customer.ID != jane.ID {
		t.Errorf("choices %+v", c)
	}
}

func TestOptionsAloneMakeASession(t *testing.T) {
	f := newStripe()
	d, _ := start(t, f.Fakes, 120, 35)
	d.Keys("enter")
	if len(f.requests) != 0 {
		t.Fatal("an empty cart was sent")
	}
	d.Keys("o", "text:line_items[0][price]=price_1", "enter", "enter")
	if len(f.requests) != 1 || f.requests[0].Mode != "" || len(f.requests[0].Options) != 1 {
		t.Errorf("%+v", f.requests)
	}
}

func TestPaidWhileNobodyWaited(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("o", "text:client_reference_id=7", "enter", "g", "enter")
	f.outcome = services.OutcomeCompleted
	d.Send(tui.ChangeMsg{Kind: services.ChangeReturned, Ref: "cs_test_1"})
	if len(s.open) != 0 || s.env.Cart.Count() != 0 || len(s.options) != 0 {
		t.Errorf("open %v, cart %v, options %v", s.open, s.env.Cart.Lines, s.options)
	}
}

func TestAnotherCartIsKeptWhenTheFirstIsPaid(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("enter", "+")
	f.outcome = services.OutcomeCompleted
	d.Send(tui.ShownMsg{})
	if s.env.Cart.Count() != 3 {
		t.Errorf("the changed cart was emptied: %v", s.env.Cart.Lines)
	}
}

func TestExpiredLeavesTheCart(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("enter")
	f.outcome = services.OutcomeIncomplete
	d.Send(tui.ShownMsg{})
	if s.env.Cart.Count() != 2 || len(s.open) != 0 {
		t.Errorf("cart %v, open %v", s.env.Cart.Lines, s.open)
	}
	d.Asked = nil
	d.Keys("enter")
	if len(f.requests) != 2 {
		t.Error("selling it again asks although nothing is open")
	}
}

func TestLateRepliesAreDropped(t *testing.T) {
	f := newStripe()
	d, s := start(t, f.Fakes, 120, 35, mug)
	f.open = []services.Session{session("cs_test_old", "old", time.Minute)}
	old := s.readOpen()
	reply := old()
	f.open = []services.Session{session("cs_test_new", "new", time.Minute)}
	d.Keys("r")
	d.Send(reply)
	d.Run(s.readOpen())
	f.open = nil
	slow := s.readOpen()
	f.open = []services.Session{session("cs_test_new", "new", time.Minute)}
	d.Run(s.checkOpen())
	f.open = nil
	d.Send(slow())
	if len(s.open) != 1 || s.open[0].ID != "cs_test_new" {
		t.Errorf("open %v", s.open)
	}
}

func TestHostileData(t *testing.T) {
	evil := services.Clean("\x1b[31mred\x1b]0;t\x07\u202eevil\x00 日本語 e\u0301 👩‍👩‍👧 " + strings.Repeat("W", 10000))
	f := newStripe()
	f.open = []services.Session{{ID: evil, Summary: evil, Total: services.Money{Amount: 1 << 60, Currency: evil[:20]}, Created: tuitest.Now()}}
	f.err = &services.Error{Code: services.CodeRefused, Message: "\x1b[2J" + evil, Next: evil, Field: evil, RequestID: evil}
	f.Search = func(string, int) ([]services.Customer, bool, error) {
		return []services.Customer{{ID: evil, Name: evil, Email: evil}}, true, nil
	}
	d, s := start(t, f.Fakes, 60, 15, line(evil, evil, 1, "eur", evil, 9))
	s.env.Cart.Customer = services.Customer{ID: evil, Name: evil, Email: evil}
	s.options = []services.Option{{Name: evil, Value: evil}}
	d.Keys("enter")
	check := func() {
		for _, size := range [][2]int{{20, 3}, {20, 8}, {40, 9}, {60, 15}, {80, 19}, {120, 35}, {200, 57}} {
			s.SetSize(size[0], size[1])
			tuitest.Fits(t, s, size[0], size[1])
		}
	}
	check()
	d.Keys("n")
	check()
	d.Keys("esc", "c")
	check()
}
