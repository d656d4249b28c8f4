package waiting

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

const (
	sid = "cs_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6"
	url = "https://checkout.stripe.com/c/pay/" + sid + "#fidkdWxOYHwnPyd1blpxYHZxWjA0S1RQYkZ3dGZrMGxGdGJrQXRkQ0J3aUFTYjE1YjJkYUxhc2xiZ1VAMzVnN0ZRVDJKa1Y2QWt1c2FAMzJmT3ZDY1dEVH1IRk1fMGRHNXJVUXRWbDBwUDFBYnFcNTVqVWx1Tk5WbicpJ2N3amhWYHdzYHcnP3F3cGApJ2lkfGpwcVF8dWAnPyd2bGtiaWBabHFgaCcpJ2BrZGdpYFVpZGZgbWppYWB3dic"
)

func open() services.Receipt {
	now := tuitest.Now()
	return services.Receipt{Outcome: services.OutcomeOpen, CheckedAt: now, Session: services.Session{
		ID: sid, URL: url, Mode: services.PaymentMode, Status: "open", PaymentStatus: "unpaid", Customer: "cus_Pq77JaneDoe01a", Email: "jane@acme.example",
		Total: services.Money{Amount: 4800, Currency: "eur"}, Created: now.Add(-4 * time.Minute), ExpiresAt: now.Add(56 * time.Minute), Summary: "2 × Terminal mug, 1 × Dark mode roast"}}
}

func paid() services.Receipt {
	r := open()
	r.Outcome, r.Session.Status, r.Session.PaymentStatus, r.Session.URL = services.OutcomeCompleted, "complete", "paid", ""
	r.Amount, r.Fee, r.Card = r.Session.Total, &services.Money{Amount: 97, Currency: "eur"}, "Visa ···· 4242"
	r.PaymentIntent, r.Charge = "pi_3Pq9aaaaaaaaaaaaaaaaZk31", "ch_3Pq9aaaaaaaaaaaaaaaaZk31"
	r.ReceiptURL = "https://pay.stripe.com/receipts/payment/CAcaFwoVYWNjdF8xTnZROFEyeBIGCM"
	return r
}

func ended() services.Receipt {
	r := open()
	r.Outcome, r.Session.Status, r.Session.URL = services.OutcomeIncomplete, "expired", ""
	return r
}

func processing() services.Receipt {
	r := open()
	r.Outcome, r.Session.Status, r.Session.URL, r.PaymentIntent = services.OutcomePending, "complete", "", "pi_3Pq9aaaaaaaaaaaaaaaaZk31"
	return r
}

var outage = &services.Error{Code: services.CodePending, Message: "It is not known whether this checkout was paid: Stripe could not be reached.", Next: "Check again in a moment. Until then the buyer should not pay a second time."}

// stripe answers Check with what a test sets.
type stripe struct {
	*tuitest.Fakes
	now    services.Receipt
	err    error
	checks int
	timers []time.Duration
}

func newStripe(r services.Receipt) *stripe {
	s := &stripe{now: r}
	s.Fakes = &tuitest.Fakes{
		CheckSession: func(id string) (services.Receipt, error) {
			s.checks++
			if id != sid {
				return services.Receipt{}, fmt.Errorf("asked for %q", id)
			}
			return s.now, s.err
		},
		Expire: func(string) (services.Receipt, error) { s.now = ended(); return s.now, nil },
		QRCode: func(string) (services.QRCode, string, error) {
			code := services.QRCode{Size: 29, Dark: make([]bool, 29*29)}
			for i := range code.Dark {
				code.Dark[i] = i%3 == 0 || i%7 == 0
			}
			return code, "http://127.0.0.1:12111/s/k3f9", nil
		},
	}
	return s
}

func (f *stripe) start(t *testing.T, arg string, w, h int) (*tuitest.Driver, *screen) {
	t.Helper()
	env := tuitest.Env(t, f.Desk())
	return f.startIn(env, arg, w, h)
}

func (f *stripe) startIn(env *tui.Env, arg string, w, h int) (*tuitest.Driver, *screen) {
	env.After = func(d time.Duration, msg tea.Msg) tea.Cmd {
		if _, mine := msg.(tui.Later); mine {
			f.timers = append(f.timers, d)
		}
		return nil
	}
	if len(env.Cart.Lines) == 0 {
		env.Cart.Lines = []services.Line{{Price: services.Price{ID: "price_1"}, Name: "Terminal mug", Quantity: 2}}
	}
	s := New(env, tui.Route{Kind: tui.Waiting, Ref: sid, Arg: arg}).(*screen)
	return tuitest.Start(s, w, h), s
}

// fire lets the last timer run out.
func fire(d *tuitest.Driver, s *screen) { d.Send(tui.Later{To: s.env.ID, Tag: s.timer}) }

func change(kind services.ChangeKind) tui.ChangeMsg { return tui.ChangeMsg{Kind: kind, Ref: sid} }

func says(t *testing.T, d *tuitest.Driver, want string) {
	t.Helper()
	if got := fmt.Sprintf("%+v", d.Asked); !strings.Contains(got, want) {
		t.Errorf("asked %s, which does not hold %q", got, want)
	}
}

// plain is the view as one line of words.
func plain(s *screen) string { return strings.Join(strings.Fields(s.View()), " ") }

func shows(t *testing.T, s *screen, want string) {
	t.Helper()
	if !strings.Contains(plain(s), want) {
		t.Errorf("%q is not shown:\n%s", want, s.View())
	}
}

func TestOpensOnceAndOnlyWhenNew(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "new", 80, 40)
	for range 5 {
		fire(d, s)
	}
	d.Send(tui.ShownMsg{})
	d.Send(change(services.ChangeReturned))
	if len(f.Opened) != 1 || f.Opened[0] != url {
		t.Errorf("opened %v", f.Opened)
	}
	d.Keys("o")
	if len(f.Opened) != 2 {
		t.Error("o does not open it again")
	}
	g := newStripe(open())
	g.start(t, "", 80, 40)
	if len(g.Opened) != 0 {
		t.Error("coming back opened the page")
	}
	late := newStripe(open())
	late.err = outage
	d, s = late.start(t, "new", 80, 40)
	late.err = nil
	fire(d, s)
	if len(late.Opened) != 1 {
		t.Errorf("after a first check that failed: opened %v", late.Opened)
	}
}

func TestWithoutBrowserTheAddressIsCopied(t *testing.T) {
	f := newStripe(open())
	f.NoBrowser = "over SSH"
	d, s := f.start(t, "new", 80, 40)
	says(t, d, "{Text:"+url)
	if len(d.Asked) != 1 {
		t.Errorf("asked %d things", len(d.Asked))
	}
	shows(t, s, "No browser here (over SSH)")
	f = newStripe(open())
	f.OpenErr = &services.Error{Code: services.CodeUnavailable, Message: "No browser could be started."}
	d, s = f.start(t, "new", 80, 40)
	says(t, d, "{Text:"+url)
	shows(t, s, "No browser could be started")
}

func TestTheWholeAddressIsShown(t *testing.T) {
	for _, w := range []int{40, 60, 80, 120, 160} {
		_, s := newStripe(open()).start(t, "", w, 60)
		var all strings.Builder
		for _, l := range strings.Split(tuitest.View(s), "\n") {
			if i := strings.IndexAny(l, "|│"); i >= 0 {
				l = l[:i]
			}
			all.WriteString(strings.TrimSpace(l))
		}
		if !strings.Contains(all.String(), url) {
			t.Errorf("at %d cells the address is cut:\n%s", w, s.View())
		}
	}
}

func TestPausesGrowAndNewsShortenThem(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "", 80, 40)
	for range 6 {
		fire(d, s)
	}
	if first, last := f.timers[0], f.timers[len(f.timers)-1]; first != firstWait || last != longestWait {
		t.Errorf("pauses %v", f.timers)
	}
	f.now.Declined = "Your card was declined."
	fire(d, s)
	if last := f.timers[len(f.timers)-1]; last != firstWait {
		t.Errorf("after news the pause is %v", last)
	}
	shows(t, s, "The last attempt was declined: Your card was declined. The page lets them try again.")
}

func TestStopsAskingOnceItIsSettled(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "", 80, 40)
	f.now = paid()
	d.Send(change(services.ChangeReturned))
	timers, checks := len(f.timers), f.checks
	fire(d, s)
	d.Send(change(services.ChangeEvents))
	d.Keys("r")
	if f.checks != checks || len(f.timers) != timers {
		t.Errorf("%d checks after the receipt", f.checks-checks)
	}
}

func TestOldTimersAreNotObeyed(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "", 80, 40)
	checks := f.checks
	d.Send(tui.Later{To: s.env.ID, Tag: s.timer - 1})
	if f.checks != checks {
		t.Error("an old timer asked")
	}
}

func TestChangesAskAtOnce(t *testing.T) {
	for _, c := range []struct {
		change services.Change
		want   int
	}{
		{services.Change{Kind: services.ChangeReturned, Ref: sid}, 1},
		{services.Change{Kind: services.ChangeCancelled, Ref: sid}, 1},
		{services.Change{Kind: services.ChangeEvents}, 1},
		{services.Change{Kind: services.ChangeEvents, Ref: sid}, 1},
		{services.Change{Kind: services.ChangeResync}, 1},
		{services.Change{Kind: services.ChangeReturned, Ref: "cs_other"}, 0},
		{services.Change{Kind: services.ChangeHealth}, 0},
	} {
		f := newStripe(open())
		d, s := f.start(t, "", 80, 40)
		before := f.checks
		d.Send(tui.ChangeMsg(c.change))
		if f.checks-before != c.want {
			t.Errorf("%+v: %d checks", c.change, f.checks-before)
		}
		if c.change.Ref == "cs_other" && s.came {
			t.Error("another session's return was taken for this one's")
		}
	}
}

func TestAChangeDuringACheckAsksOnceMore(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "", 80, 40)
	reply := s.ask()()
	f.now = paid()
	d.Send(change(services.ChangeReturned))
	d.Send(reply)
	if s.Title() != "Receipt" {
		t.Error("the change that came during a check was forgotten")
	}
}

func TestReceipt(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "new", 80, 40)
	f.now = paid()
	fire(d, s)
	shows(t, s, "Paid €48.00")
	for _, want := range []string{"€0.97", "Visa ···· 4242", "pi_3Pq9aaaaaaaaaaaaaaaaZk31", "ch_3Pq9aaaaaaaaaaaaaaaaZk31", paid().ReceiptURL} {
		shows(t, s, want)
	}
	if s.env.Cart.Count() != 0 {
		t.Error("the cart is still full")
	}
	d.Keys("down", "down", "down", "down", "down", "down", "down", "y", "down", "y", "o", "l")
	says(t, d, "{Text:"+sid)
	says(t, d, "{Text:pi_3Pq9aaaaaaaaaaaaaaaaZk31 What:payment intent id}")
	says(t, d, "{URL:"+paid().ReceiptURL)
	says(t, d, "{Route:{Kind:logs Ref:cus_Pq77JaneDoe01a")
	d.Asked = nil
	d.Keys("n")
	says(t, d, "{Kind:products}")
}

func TestTheCartOfAnotherSaleIsKept(t *testing.T) {
	for _, arg := range []string{"", "new"} {
		f := newStripe(open())
		d, s := f.start(t, arg, 80, 40)
		if arg == "new" {
			s.env.Cart.Lines = append(s.env.Cart.Lines, services.Line{Price: services.Price{ID: "price_2"}, Quantity: 1})
		}
		before := s.env.Cart.Count()
		f.now = paid()
		fire(d, s)
		if s.env.Cart.Count() != before {
			t.Errorf("arg %q: the cart was emptied", arg)
		}
	}
	f := newStripe(open())
	d, s := f.start(t, "cart", 80, 40)
	f.now = paid()
	fire(d, s)
	if s.env.Cart.Count() != 0 {
		t.Error("coming back from the same cart left it full")
	}
}

func TestOnlyCheckMakesItPaid(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "new", 80, 40)
	f.Expire = func(string) (services.Receipt, error) { return paid(), nil }
	d.Send(expireMsg{s.env.ID})
	if strings.Contains(s.View(), "Paid") || s.env.Cart.Count() == 0 {
		t.Errorf("paid without a check:\n%s", s.View())
	}
	for _, r := range []services.Receipt{open(), ended(), processing()} {
		r.Session.PaymentStatus, r.Amount = "paid", r.Session.Total
		_, s := newStripe(r).start(t, "new", 80, 40)
		if strings.Contains(s.View(), "Paid €") || s.env.Cart.Count() == 0 {
			t.Errorf("outcome %s is shown as paid:\n%s", r.Outcome, s.View())
		}
	}
}

func TestGiveUp(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "new", 80, 40)
	d.Keys("x")
	says(t, d, "nobody can pay it later")
	says(t, d, "No:Leave it open")
	checking := s.ask()()
	d.Send(expireMsg{s.env.ID})
	shows(t, s, "Not paid")
	shows(t, s, "No money moved.")
	d.Send(checking)
	shows(t, s, "Not paid")
	if s.env.Cart.Count() == 0 {
		t.Error("the cart is gone although nothing was paid")
	}
	d.Asked = nil
	d.Keys("n")
	says(t, d, "{Kind:checkout}")
}

func TestExpireFails(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "", 80, 40)
	f.Expire = func(string) (services.Receipt, error) { return services.Receipt{}, outage }
	checks := f.checks
	d.Send(expireMsg{s.env.ID})
	if f.checks != checks+1 {
		t.Error("what became of it was not read back")
	}
	says(t, d, "could not be reached")
	shows(t, s, "Waiting for the payment of €48.00")
}

func TestBackLink(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "new", 80, 40)
	d.Send(change(services.ChangeCancelled))
	shows(t, s, "The page can still be paid until 11:38: o opens it again, x expires it.")
	d.Keys("o")
	if len(f.Opened) != 2 || strings.Contains(s.View(), "back link") {
		t.Errorf("opened %v:\n%s", f.Opened, s.View())
	}
}

func TestLostConnection(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "new", 80, 40)
	f.err = outage
	for range 5 {
		fire(d, s)
		shows(t, s, "Not known yet: do not pay again")
		shows(t, s, "Read last at 10:42:07: open, not paid.")
	}
	timers := len(f.timers)
	fire(d, s)
	if len(f.timers) != timers {
		t.Error("it goes on asking after three failures")
	}
	shows(t, s, "r checks again")
	f.err, f.now = nil, paid()
	d.Keys("r")
	shows(t, s, "Paid €48.00")
}

func TestProcessingIsCheckedOnDemandAndOnEvents(t *testing.T) {
	f := newStripe(processing())
	d, s := f.start(t, "", 80, 40)
	if len(f.timers) != 0 {
		t.Error("a processing payment is polled")
	}
	shows(t, s, "do not pay again")
	f.now = paid()
	d.Send(change(services.ChangeEvents))
	shows(t, s, "Paid €48.00")
}
