package desk

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"bursar/services"
)

func form(pairs ...string) []services.Option {
	var o []services.Option
	for i := 0; i < len(pairs); i += 2 {
		o = append(o, services.Option{Name: pairs[i], Value: pairs[i+1]})
	}
	return o
}

func items(pairs ...any) []services.Item {
	var out []services.Item
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, services.Item{Price: pairs[i].(string), Quantity: int64(pairs[i+1].(int))})
	}
	return out
}

func TestCreateSendsThePlannedForm(t *testing.T) {
	success, cancel := "http://127.0.0.1:9/ok?s=k&id={CHECKOUT_SESSION_ID}", "http://127.0.0.1:9/back?s=k"
	cases := []struct {
		name string
		r    services.CheckoutRequest
		want []services.Option
	}{
		{"payment", services.CheckoutRequest{Items: items("mug", 2), Customer: "cus_1"},
			form("mode", "payment", "success_url", success, "cancel_url", cancel, "customer", "cus_1", "line_items[0][price]", "mug", "line_items[0][quantity]", "2")},
		{"yen and dinar alone", services.CheckoutRequest{Items: items("dinar", 1)},
			form("mode", "payment", "success_url", success, "cancel_url", cancel, "line_items[0][price]", "dinar", "line_items[0][quantity]", "1")},
		{"subscription with a one-off", services.CheckoutRequest{Items: items("mug", 1, "monthly", 1)},
			form("mode", "subscription", "success_url", success, "cancel_url", cancel, "line_items[0][price]", "mug", "line_items[0][quantity]", "1", "line_items[1][price]", "monthly", "line_items[1][quantity]", "1")},
		{"unknown options pass", services.CheckoutRequest{Items: items("mug", 1), Options: form("foo[bar]", "1", "cancel_url", "https://shop.example")},
			form("mode", "payment", "success_url", success, "line_items[0][price]", "mug", "line_items[0][quantity]", "1", "foo[bar]", "1", "cancel_url", "https://shop.example")},
		{"options carry the lines", services.CheckoutRequest{Options: form("mode", "payment", "line_items[0][price_data][currency]", "eur")},
			form("success_url", success, "cancel_url", cancel, "mode", "payment", "line_items[0][price_data][currency]", "eur")},
		{"setup", services.CheckoutRequest{Mode: services.SetupMode, Options: form("currency", "eur")},
			form("mode", "setup", "success_url", success, "cancel_url", cancel, "currency", "eur")},
		{"embedded takes no success_url", services.CheckoutRequest{Items: items("mug", 1), Options: form("ui_mode", "embedded", "return_url", "https://a.example")},
			form("mode", "payment", "line_items[0][price]", "mug", "line_items[0][quantity]", "1", "ui_mode", "embedded", "return_url", "https://a.example")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			desk := newCounter(t)
			c.r.IdempotencyKey = "k"
			s, err := desk.Create(t.Context(), c.r)
			if err != nil || s.ID != "cs_1" {
				t.Fatal(s, err)
			}
			if !reflect.DeepEqual(desk.sessions.created[0], c.want) || desk.sessions.keys[0] != "k" {
				t.Errorf("got  %v\nwant %v", desk.sessions.created[0], c.want)
			}
			if len(desk.ledger.saved) != 1 || desk.returns.bound["k"] != "cs_1" {
				t.Error("the session was not remembered or not bound")
			}
			if _, err := desk.Create(t.Context(), c.r); err != nil || !reflect.DeepEqual(desk.sessions.created[1], c.want) {
				t.Error("a retry under the same key sends another form")
			}
		})
	}
}

func TestCreateRefusesBeforeSending(t *testing.T) {
	cases := []struct {
		name  string
		r     services.CheckoutRequest
		code  services.Code
		field string
	}{
		{"empty", services.CheckoutRequest{}, services.CodeInvalid, "line_items"},
		{"currencies", services.CheckoutRequest{Items: items("mug", 1, "yen", 1)}, services.CodeInvalid, "line_items"},
		{"intervals", services.CheckoutRequest{Items: items("monthly", 1, "yearly", 1)}, services.CodeInvalid, "line_items"},
		{"no quantity", services.CheckoutRequest{Items: items("mug", 0)}, services.CodeInvalid, "quantity"},
		{"inactive", services.CheckoutRequest{Items: items("old", 1)}, services.CodeInvalid, "line_items"},
		{"unknown price", services.CheckoutRequest{Items: items("mug", 1, "gone", 1)}, services.CodeNotFound, "line_items[1][price]"},
		{"twice", services.CheckoutRequest{Items: items("mug", 1), Options: form("line_items[0][price]", "mug")}, services.CodeInvalid, "line_items"},
		{"payment with recurring", services.CheckoutRequest{Items: items("monthly", 1), Mode: services.PaymentMode}, services.CodeInvalid, "mode"},
		{"payment by option", services.CheckoutRequest{Items: items("monthly", 1), Options: form("mode", "payment")}, services.CodeInvalid, "mode"},
		{"subscription without", services.CheckoutRequest{Items: items("mug", 1), Mode: services.SubscriptionMode}, services.CodeInvalid, "mode"},
		{"key too long", services.CheckoutRequest{Items: items("mug", 1), IdempotencyKey: strings.Repeat("k", 256)}, services.CodeInvalid, "idempotency_key"},
		{"key of two lines", services.CheckoutRequest{Items: items("mug", 1), IdempotencyKey: "a\nb"}, services.CodeInvalid, "idempotency_key"},
		{"setup with items", services.CheckoutRequest{Items: items("mug", 1), Mode: services.SetupMode}, services.CodeInvalid, "mode"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			desk := newCounter(t)
			_, err := desk.Create(t.Context(), c.r)
			e := services.AsError(err)
			if e == nil || e.Code != c.code || e.Field != c.field || e.Next == "" || e.Op != opCreate {
				t.Errorf("got %#v", e)
			}
			if len(desk.sessions.created) != 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestCreateWithALostAnswer(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.make = reading{err: unavailable(lost{})}
	_, err := desk.Create(t.Context(), services.CheckoutRequest{Items: items("mug", 1)})
	e := services.AsError(err)
	key := desk.sessions.keys[0]
	if e.Code != services.CodePending || !strings.Contains(e.Message, "may have been created") || !strings.Contains(e.Next, key) || e.RequestID != "req_1" || !errors.Is(err, lost{}) {
		t.Errorf("got %#v", e)
	}
	if !strings.HasPrefix(key, "bursar-") || len(key) < 32 {
		t.Errorf("key %q", key)
	}
	desk.sessions.make = reading{err: unavailable(errors.New("refused"))}
	if _, err := desk.Create(t.Context(), services.CheckoutRequest{Items: items("mug", 1)}); services.CodeOf(err) != services.CodeUnavailable {
		t.Errorf("what was never sent is not pending: %v", err)
	}
	if desk.sessions.keys[1] == key {
		t.Error("two attempts share a key")
	}
}

func TestCreateIsRememberedAlthoughTheCallerLeft(t *testing.T) {
	desk := newCounter(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := desk.Create(ctx, services.CheckoutRequest{Items: items("mug", 1)}); err != nil || len(desk.ledger.saved) != 1 {
		t.Errorf("saved %v, %v", desk.ledger.saved, err)
	}
}

func TestCreateWithAFullDisk(t *testing.T) {
	full := &services.Error{Code: services.CodeStorage, Message: "The disk is full.", Next: "Make room."}
	desk := newCounter(t)
	desk.ledger.err = full
	_, err := desk.Create(t.Context(), services.CheckoutRequest{Items: items("mug", 1)})
	if e := services.AsError(err); e.Code != services.CodeStorage || !strings.Contains(e.Message, "nobody can pay it") || !reflect.DeepEqual(desk.sessions.expired, []string{"cs_1"}) {
		t.Errorf("got %#v, expired %v", e, desk.sessions.expired)
	}
	desk.sessions.expire = reading{err: unavailable(nil)}
	_, err = desk.Create(t.Context(), services.CheckoutRequest{Items: items("mug", 1)})
	if e := services.AsError(err); e.Code != services.CodeStorage || !strings.Contains(e.Message, "cs_1") || !strings.Contains(e.Next, "dashboard") {
		t.Errorf("got %#v", e)
	}
}

func TestCheckOutcomes(t *testing.T) {
	cases := []struct {
		name    string
		in      reading
		outcome services.Outcome
		amount  int64
	}{
		{"open", read("open", "unpaid", ""), services.OutcomeOpen, 0},
		{"open, declined once", read("open", "unpaid", "Your card was declined."), services.OutcomeOpen, 0},
		{"open, nothing to pay yet", read("open", "no_payment_required", ""), services.OutcomeOpen, 0},
		{"open that says paid", read("open", "paid", ""), services.OutcomeOpen, 0},
		{"paid", read("complete", "paid", ""), services.OutcomeCompleted, 2400},
		{"nothing to pay", read("complete", "no_payment_required", ""), services.OutcomeCompleted, 0},
		{"processing", read("complete", "unpaid", ""), services.OutcomePending, 0},
		{"failed after processing", read("complete", "unpaid", "No funds."), services.OutcomeIncomplete, 0},
		{"expired", read("expired", "unpaid", ""), services.OutcomeIncomplete, 0},
		{"a word of the future", read("paused", "paid", ""), services.OutcomePending, 0},
		{"a payment word of the future", read("complete", "partly", ""), services.OutcomePending, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			desk := newCounter(t)
			desk.sessions.readings = []reading{c.in}
			r, err := desk.Check(t.Context(), "cs_1")
			if err != nil || r.Outcome != c.outcome || r.Amount != (services.Money{Amount: c.amount, Currency: "jpy"}) || r.CheckedAt != noon {
				t.Errorf("got %+v, %v", r, err)
			}
			if (len(desk.ledger.settled) == 1) != c.outcome.Settled() {
				t.Errorf("settled %v", desk.ledger.settled)
			}
			desk.ledger.err = errors.New("disk full")
			if again, err := desk.Check(t.Context(), "cs_1"); err != nil || again.Outcome != c.outcome {
				t.Errorf("a full disk hides the outcome: %v", err)
			}
		})
	}
}

func TestCheckErrors(t *testing.T) {
	for code, want := range map[services.Code]services.Code{
		services.CodeUnavailable: services.CodePending, services.CodeRateLimited: services.CodePending, services.CodeConflict: services.CodePending,
		services.CodeUnauthorized: services.CodeUnauthorized, services.CodeNotFound: services.CodeNotFound, services.CodeForbidden: services.CodeForbidden,
	} {
		desk := newCounter(t)
		desk.sessions.readings = []reading{{err: &services.Error{Code: code, Message: "No."}}}
		if _, err := desk.Check(t.Context(), "cs_1"); services.CodeOf(err) != want {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := newCounter(t).Check(t.Context(), ""); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("no id: %v", err)
	}
}

func TestExpireTellsTheTruth(t *testing.T) {
	refused := &services.Error{Code: services.CodeRefused, Message: "Only open sessions can be expired."}
	cases := []struct {
		name    string
		expire  reading
		after   reading
		outcome services.Outcome
		code    services.Code
	}{
		{"expired", read("expired", "unpaid", ""), reading{}, services.OutcomeIncomplete, ""},
		{"paid meanwhile", reading{err: refused}, read("complete", "paid", ""), services.OutcomeCompleted, ""},
		{"expired already", reading{err: refused}, read("expired", "unpaid", ""), services.OutcomeIncomplete, ""},
		{"refused for another reason", reading{err: refused}, read("open", "unpaid", ""), services.OutcomeOpen, services.CodeRefused},
		{"refused, then offline", reading{err: refused}, reading{err: unavailable(nil)}, "", services.CodePending},
		{"offline", reading{err: unavailable(nil)}, reading{}, "", services.CodePending},
		{"gone", reading{err: &services.Error{Code: services.CodeNotFound}}, reading{}, "", services.CodeNotFound},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			desk := newCounter(t)
			desk.sessions.expire, desk.sessions.readings = c.expire, []reading{c.after}
			r, err := desk.Expire(t.Context(), "cs_1")
			if r.Outcome != c.outcome || services.CodeOf(err) != c.code {
				t.Errorf("got %+v, %v", r, err)
			}
			if (len(desk.ledger.settled) == 1) != c.outcome.Settled() {
				t.Errorf("settled %v", desk.ledger.settled)
			}
		})
	}
}

func TestRecentAndUnsettled(t *testing.T) {
	desk := newCounter(t)
	desk.ledger.saved = []services.Session{{ID: "cs_2"}}
	if list, err := desk.Unsettled(t.Context()); err != nil || len(list) != 1 || desk.sessions.reads != 0 {
		t.Error(list, err)
	}
	if _, err := desk.Recent(t.Context(), -1); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
}
