package waiting

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

func states(t *testing.T) map[string]func() *screen {
	fixed := func(r services.Receipt, arg string) *screen {
		_, s := newStripe(r).start(t, arg, 120, 35)
		return s
	}
	return map[string]func() *screen{
		"open": func() *screen { return fixed(open(), "new") },
		"no-browser": func() *screen {
			f := newStripe(open())
			f.NoBrowser = "over SSH"
			_, s := f.start(t, "new", 120, 35)
			return s
		},
		"declined": func() *screen {
			r := open()
			r.Declined = "Your card has insufficient funds"
			return fixed(r, "")
		},
		"cancelled": func() *screen {
			d, s := newStripe(open()).start(t, "new", 120, 35)
			d.Send(change(services.ChangeCancelled))
			return s
		},
		"qr": func() *screen {
			d, s := newStripe(open()).start(t, "", 120, 35)
			d.Keys("Q")
			return s
		},
		"live": func() *screen {
			f := newStripe(open())
			f.Profile = services.Profile{Name: "acme-live", Mode: services.ModeLive}
			_, s := f.start(t, "", 120, 35)
			return s
		},
		"paid": func() *screen { return fixed(paid(), "new") },
		"subscription": func() *screen {
			r := paid()
			r.Session.Mode, r.Subscription, r.Invoice, r.Fee = services.SubscriptionMode, "sub_1Pq9aaaaaaaaaaaaaaaaZk31", "in_1Pq9aaaaaaaaaaaaaaaaZk31", nil
			return fixed(r, "")
		},
		"expired":    func() *screen { return fixed(ended(), "") },
		"processing": func() *screen { return fixed(processing(), "") },
		"lost": func() *screen {
			f := newStripe(open())
			d, s := f.start(t, "", 120, 35)
			f.err = outage
			fire(d, s)
			fire(d, s)
			fire(d, s)
			return s
		},
		"lost-at-once": func() *screen {
			f := newStripe(open())
			f.err = outage
			_, s := f.start(t, "new", 120, 35)
			return s
		},
		"error": func() *screen {
			f := newStripe(open())
			f.err = &services.Error{Code: services.CodeUnauthorized, Message: "Stripe does not accept the key: it has expired.", Next: "Enter a new one in setup.", RequestID: "req_Fk29xZ1"}
			_, s := f.start(t, "", 120, 35)
			return s
		},
		"error-later": func() *screen {
			f := newStripe(open())
			d, s := f.start(t, "", 120, 35)
			f.err = &services.Error{Code: services.CodeUnauthorized, Message: "Stripe does not accept the key: it has expired.", Next: "Enter a new one in setup.", RequestID: "req_Fk29xZ1"}
			d.Keys("r")
			return s
		},
		"loading": func() *screen {
			env := tuitest.Env(t, newStripe(open()).Desk())
			late := tuitest.Now()
			env.Now = func() time.Time { return late }
			s := New(env, tui.Route{Ref: sid}).(*screen)
			s.Init()
			late = late.Add(3 * time.Second)
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
	for name, r := range map[string]services.Receipt{"open": open(), "paid": paid()} {
		f := newStripe(r)
		_, s := f.startIn(tuitest.EnvIn(t, f.Desk(), theme.TrueColor), "", 120, 35)
		tuitest.Golden(t, "colour-"+name+"-120x35", tuitest.View(s))
	}
}

func TestSweepAndKeys(t *testing.T) {
	for name, make := range states(t) {
		t.Run(name, func(t *testing.T) {
			s := make()
			tuitest.Sweep(t, s)
			layer := append(s.Bindings(), keys.NewGlobal(7).All()...)
			if clash := keys.Conflicts(layer); len(clash) > 0 {
				t.Errorf("keys with two meanings: %v", clash)
			}
		})
	}
}

func TestQR(t *testing.T) {
	f := newStripe(open())
	d, s := f.start(t, "", 60, 15)
	d.Keys("Q")
	shows(t, s, "needs 33 x 17 cells, and there are 60 x 15")
	s.SetSize(60, 20)
	if strings.Contains(s.View(), "needs") || !strings.Contains(s.View(), "127.0.0.1:12111/s/k3f9") {
		t.Errorf("the code is not drawn where it fits:\n%s", s.View())
	}
	s.SetSize(120, 30)
	shows(t, s, "Waiting for the payment of €48.00")
	d.Keys("Q")
	if s.qrBeside() || s.qrFills() {
		t.Error("Q does not hide it")
	}
}

func TestTestCardsAreNotForLive(t *testing.T) {
	f := newStripe(open())
	_, s := f.start(t, "", 80, 60)
	shows(t, s, "4242 4242 4242 4242")
	f = newStripe(open())
	f.Profile = services.Profile{Name: "live", Mode: services.ModeLive}
	_, s = f.start(t, "", 80, 60)
	if strings.Contains(s.View(), "4242") {
		t.Error("test cards in live mode")
	}
}

func TestCopiesTheCardWithoutSpaces(t *testing.T) {
	d, _ := newStripe(open()).start(t, "", 80, 60)
	d.Keys("G", "up", "up", "up", "y")
	says(t, d, "{Text:4242424242424242 What:card number}")
}

func TestZeroAndThreeDecimals(t *testing.T) {
	for currency, want := range map[string]string{"jpy": "Paid ¥4,800", "kwd": "Paid KWD 4.800"} {
		r := paid()
		r.Amount.Currency = currency
		_, s := newStripe(r).start(t, "", 80, 40)
		shows(t, s, want)
	}
}

func TestPanicInACheckIsPending(t *testing.T) {
	f := newStripe(open())
	f.CheckSession = func(string) (services.Receipt, error) { panic("boom") }
	_, s := f.start(t, "new", 80, 40)
	shows(t, s, "Not known yet")
}

func TestHostileData(t *testing.T) {
	evil := services.Clean("\x1b[31mred\x1b]0;t\x07\u202eevil\x00 日本語 e\u0301 👩‍👩‍👧 " + strings.Repeat("W", 10000))
	for _, outcome := range []services.Outcome{services.OutcomeOpen, services.OutcomeCompleted, services.OutcomeIncomplete, services.OutcomePending, "else"} {
		for _, err := range []error{nil, &services.Error{Code: services.CodePending, Message: "\x1b[2J" + evil, RequestID: evil}, &services.Error{Code: services.CodeForbidden, Message: evil}} {
			r := services.Receipt{Outcome: outcome, PaymentIntent: evil, Charge: evil, Subscription: evil, Invoice: evil, ReceiptURL: evil, Card: evil, Declined: evil,
				Session: services.Session{ID: evil, URL: evil, Mode: services.CheckoutMode(evil), Customer: evil, Email: evil, Summary: evil, Total: services.Money{Amount: 1, Currency: evil[:20]}}}
			f := newStripe(r)
			f.NoBrowser = evil
			d, s := f.start(t, "new", 60, 15)
			f.err = err
			d.Keys("r")
			for _, size := range [][2]int{{20, 3}, {20, 8}, {40, 9}, {60, 15}, {80, 19}, {120, 35}, {200, 57}} {
				s.SetSize(size[0], size[1])
				d.Keys("down", "pgdown", "G", "up")
				tuitest.Fits(t, s, size[0], size[1])
			}
		}
	}
}
