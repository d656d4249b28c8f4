package app_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/app"
)

func TestSale(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	d := h.open(services.SandboxProfile, app.Interface)
	ctx := t.Context()
	changes := d.Watch(ctx)
	buyer, _, err := d.Customers.Create(ctx, services.NewCustomer{Email: "buyer@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Checkout.Create(ctx, services.CheckoutRequest{
		Customer: buyer.ID,
		Items:    []services.Item{{Price: offer(t, d, "House Blend").PriceID, Quantity: 2}, {Price: offer(t, d, "Crane Pour").PriceID, Quantity: 1}},
		Options:  []services.Option{{Name: "metadata[x]", Value: "1"}, {Name: "locale", Value: "de"}, {Name: "payment_intent_data[description]", Value: "Order 12 & more"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	total := services.Money{Amount: 2*1190 + 4250, Currency: "eur"}
	if s.Mode != services.PaymentMode || s.Status != "open" || s.PaymentStatus != "unpaid" || s.Total != total || s.Customer != buyer.ID || s.URL == "" ||
		!strings.Contains(s.Summary, "2 × House Blend") || !strings.Contains(s.Summary, "1 × Crane Pour-Over Set") {
		t.Fatalf("session %+v", s)
	}
	if open, err := d.Checkout.Unsettled(ctx); err != nil || len(open) != 1 || open[0].ID != s.ID || open[0].URL != s.URL {
		t.Errorf("unsettled %+v, %v", open, err)
	}

	// Declined on the page: the person stays there, nothing is paid.
	if p := pay(t, s.URL, declinedCard); !strings.Contains(p.text, "declined") || !strings.Contains(p.text, `name="cardNumber"`) {
		t.Fatalf("after the declined card HTTP %d: %.600s", p.status, p.text)
	}
	r, err := d.Checkout.Check(ctx, s.ID)
	if err != nil || r.Outcome != services.OutcomeOpen || r.Amount.Amount != 0 || r.Charge != "" || r.Fee != nil {
		t.Errorf("after the declined card %+v, %v", r, err)
	}

	// Paid while the terminal waits.
	waited := make(chan services.Receipt, 1)
	var told []services.Outcome
	go func() {
		defer close(waited)
		r, err := d.Checkout.Await(ctx, s.ID, func(r services.Receipt) { told = append(told, r.Outcome) })
		if err != nil {
			t.Error(err)
		}
		waited <- r
	}()
	if p := pay(t, s.URL, goodCard); p.status != http.StatusOK || p.url.Query().Get("session_id") != s.ID {
		t.Fatalf("paying ended at %s, HTTP %d", p.url, p.status)
	}
	await(t, changes, services.Change{Kind: services.ChangeReturned, Ref: s.ID})
	r = <-waited
	if !slices.Equal(told, []services.Outcome{services.OutcomeOpen, services.OutcomeCompleted}) && !slices.Equal(told, []services.Outcome{services.OutcomeCompleted}) {
		t.Errorf("the wait told %v", told)
	}
	checkReceipt(t, r, total, "Visa ···· 4242")
	if p := visit(t, r.ReceiptURL); p.status != http.StatusOK || !strings.Contains(p.text, "€66.30 paid") {
		t.Errorf("receipt page HTTP %d: %.900s", p.status, p.text)
	}
	if again, err := d.Checkout.Check(ctx, s.ID); err != nil || again.Charge != r.Charge || again.Session.URL != "" {
		t.Errorf("checked again %+v, %v", again, err)
	}
	if open, err := d.Checkout.Unsettled(ctx); err != nil || len(open) != 0 {
		t.Errorf("unsettled %+v, %v", open, err)
	}
	if done, err := d.Checkout.Recent(ctx, 5); err != nil || len(done) != 1 || done[0].Charge != r.Charge || done[0].Amount != total {
		t.Errorf("recent %+v, %v", done, err)
	}

	// The log tells the story, both tries, and carries what was passed through.
	eventually(t, "the sale in the log", func() error {
		types, err := d.Logs.Types(ctx, buyer.ID)
		for _, want := range []string{"charge.failed", "charge.succeeded", "payment_intent.payment_failed", "payment_intent.succeeded", "checkout.session.completed"} {
			if err == nil && !slices.Contains(types, services.TypeCount{Type: want, Count: 1}) {
				err = fmt.Errorf("no single %s among %v", want, types)
			}
		}
		return err
	})
	log, err := d.Customers.Logs(ctx, services.LogQuery{Customer: buyer.ID, Where: []byte(`{"type": "checkout.session.completed"}`)})
	if err != nil || len(log.Events) != 1 || *log.Events[0].Amount != total {
		t.Fatalf("%+v, %v", log, err)
	}
	full, err := d.Logs.Event(ctx, log.Events[0].ID)
	for _, want := range []string{`"x": "1"`, `"locale": "de"`, s.ID} {
		if err != nil || !strings.Contains(string(full.Raw), want) {
			t.Errorf("the event has no %s, %v", want, err)
		}
	}
}

func checkReceipt(t *testing.T, r services.Receipt, total services.Money, card string) {
	t.Helper()
	if r.Outcome != services.OutcomeCompleted || r.Session.PaymentStatus != "paid" || r.Amount != total || r.Card != card || r.Declined != "" || r.CheckedAt.IsZero() {
		t.Errorf("receipt %+v", r)
	}
	for what, id := range map[string]string{"cs_test_": r.Session.ID, "pi_": r.PaymentIntent, "ch_": r.Charge, "http://127.0.0.1:": r.ReceiptURL} {
		if !strings.HasPrefix(id, what) {
			t.Errorf("the receipt's %s… is %q", what, id)
		}
	}
	if r.Fee == nil || r.Fee.Currency != total.Currency || r.Fee.Amount <= 0 || r.Fee.Amount >= total.Amount {
		t.Errorf("the fee of %s is %v", total, r.Fee)
	}
}

func TestSubscriptionSale(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	for name, every := range map[string]string{"Bean Club": "€22.00 / month", "Bean Club, yearly": "€220.00 / year"} {
		s := sell(t, d, services.CheckoutRequest{}, name)
		if s.Mode != services.SubscriptionMode {
			t.Errorf("%s: mode %s", name, s.Mode)
		}
		pay(t, s.URL, goodCard)
		r, err := d.Checkout.Await(ctx, s.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkReceipt(t, r, s.Total, "Visa ···· 4242")
		if !strings.HasPrefix(r.Subscription, "sub_") || !strings.HasPrefix(r.Invoice, "in_") || r.Session.Customer == "" {
			t.Errorf("receipt %+v", r)
		}
		subs, err := d.Customers.Subscriptions(ctx, r.Session.Customer)
		if err != nil || len(subs) != 1 || subs[0].ID != r.Subscription || subs[0].Status != "active" || !strings.Contains(strings.Join(subs[0].Items, ""), every) {
			t.Errorf("subscriptions %+v, %v", subs, err)
		}
	}
}

// Yen have no decimals and dinars three, from the price to the receipt.
func TestSaleInOtherCurrencies(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	for name, want := range map[string]struct {
		total services.Money
		fee   int64
		text  string
	}{
		"Matcha Whisk":  {services.Money{Amount: 2600, Currency: "jpy"}, 105, "¥2,600"},
		"Cardamom Coff": {services.Money{Amount: 4750, Currency: "kwd"}, 230, "KWD 4.750"},
	} {
		t.Run(want.total.Currency, func(t *testing.T) {
			s := sell(t, d, services.CheckoutRequest{}, name)
			if s.Total != want.total {
				t.Errorf("total %+v", s.Total)
			}
			if p := visit(t, s.URL); !strings.Contains(p.text, want.text) {
				t.Errorf("the page does not say %s", want.text)
			}
			pay(t, s.URL, goodCard)
			r, err := d.Checkout.Check(ctx, s.ID)
			if err != nil {
				t.Fatal(err)
			}
			checkReceipt(t, r, want.total, "Visa ···· 4242")
			if r.Fee == nil || r.Fee.Amount != want.fee || r.Amount.String() != want.text {
				t.Errorf("fee %v of %s", r.Fee, r.Amount)
			}
			if p := visit(t, r.ReceiptURL); !strings.Contains(p.text, want.text+" paid") {
				t.Errorf("the receipt page does not say %s paid", want.text)
			}
		})
	}
}

func TestCancelledCheckout(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	changes := d.Watch(ctx)
	s := sell(t, d, services.CheckoutRequest{}, "House Blend")
	opened, result := make(chan bool), make(chan services.Receipt, 1)
	go func() {
		defer close(result)
		r, err := d.Checkout.Await(ctx, s.ID, func(r services.Receipt) {
			if r.Outcome == services.OutcomeOpen {
				close(opened)
			}
		})
		if err != nil {
			t.Error(err)
		}
		result <- r
	}()
	<-opened
	if p := visit(t, s.URL).follow(`class="back"`); p.status != http.StatusOK {
		t.Errorf("the way back leads to %s, HTTP %d", p.url, p.status)
	}
	await(t, changes, services.Change{Kind: services.ChangeCancelled, Ref: s.ID})
	r := <-result
	if r.Outcome != services.OutcomeIncomplete || r.Session.Status != "expired" || r.Amount.Amount != 0 {
		t.Errorf("receipt %+v", r)
	}
	if p := visit(t, s.URL); !strings.Contains(p.text, "expired") || strings.Contains(p.text, "cardNumber") {
		t.Error("the page can still be paid")
	}
}

func TestExpiredCheckout(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	d := h.open(services.SandboxProfile, app.Command)
	ctx := t.Context()
	given, left := sell(t, d, services.CheckoutRequest{}, "House Blend"), sell(t, d, services.CheckoutRequest{}, "House Blend")
	r, err := d.Checkout.Expire(ctx, given.ID)
	if err != nil || r.Outcome != services.OutcomeIncomplete || r.Session.Status != "expired" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := d.Checkout.Expire(ctx, given.ID); err != nil || r.Outcome != services.OutcomeIncomplete {
		t.Errorf("expired twice: %+v, %v", r, err)
	}
	if open, err := d.Checkout.Unsettled(ctx); err != nil || len(open) != 1 || open[0].ID != left.ID {
		t.Errorf("unsettled %+v, %v", open, err)
	}
	h.ahead.Store(int64(25 * time.Hour))
	eventually(t, "the expiry", func() error {
		r, err := d.Checkout.Check(ctx, left.ID)
		if err == nil && r.Outcome != services.OutcomeIncomplete {
			err = fmt.Errorf("outcome %s", r.Outcome)
		}
		return err
	})
	if done, err := d.Checkout.Recent(ctx, 0); err != nil || len(done) != 2 {
		t.Errorf("recent %+v, %v", done, err)
	}

	// Paid before it could be expired: the receipt says paid.
	paid := sell(t, d, services.CheckoutRequest{}, "House Blend")
	pay(t, paid.URL, goodCard)
	if r, err := d.Checkout.Expire(ctx, paid.ID); err != nil || r.Outcome != services.OutcomeCompleted || r.Amount != paid.Total {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestCheckoutIsGivenUp(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	s := sell(t, d, services.CheckoutRequest{}, "House Blend")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := d.Checkout.Await(ctx, s.ID, func(services.Receipt) { cancel() })
	refuse(t, err, services.CodePending, "", "still open")
	if r.Outcome != services.OutcomeOpen || r.Session.URL != s.URL {
		t.Errorf("%+v", r)
	}
	if open, err := d.Checkout.Unsettled(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("unsettled %+v, %v", open, err)
	}
}

func TestStripeRefusesAnOption(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	items := []services.Item{{Price: offer(t, d, "House Blend").PriceID, Quantity: 1}}
	for _, c := range []struct{ name, value, field, says string }{
		{"shoes", "red", "shoes", "Received unknown parameter: shoes"},
		{"payment_intent_data[shoes]", "red", "payment_intent_data[shoes]", "unknown parameter"},
		{"customer_email", "nonsense", "customer_email", "Invalid email address"},
		{"success_url", "javascript:alert(1)", "success_url", "valid URL"},
	} {
		_, err := d.Checkout.Create(ctx, services.CheckoutRequest{Items: items, Options: []services.Option{{Name: c.name, Value: c.value}}})
		if e := refuse(t, err, services.CodeRefused, c.field, c.says); !strings.HasPrefix(e.RequestID, "req_") {
			t.Errorf("%s: request id %q", c.name, e.RequestID)
		}
	}
	_, err := d.Checkout.Create(ctx, services.CheckoutRequest{Items: items, Customer: "cus_nobody"})
	refuse(t, err, services.CodeNotFound, "customer", "cus_nobody")
	if open, err := d.Checkout.Unsettled(ctx); err != nil || len(open) != 0 {
		t.Errorf("unsettled %+v, %v", open, err)
	}

	// Line items of one's own pass through too.
	s, err := d.Checkout.Create(ctx, services.CheckoutRequest{Mode: services.PaymentMode, Options: []services.Option{
		{Name: "line_items[0][quantity]", Value: "3"}, {Name: "line_items[0][price_data][currency]", Value: "usd"},
		{Name: "line_items[0][price_data][unit_amount]", Value: "700"}, {Name: "line_items[0][price_data][product_data][name]", Value: "Gift"}}})
	if err != nil || s.Total != (services.Money{Amount: 2100, Currency: "usd"}) {
		t.Errorf("%+v, %v", s, err)
	}
}

// What Stripe would refuse is not sent.
func TestCartIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	d := configured(t, s)
	for what, c := range map[string]struct {
		items []services.Item
		says  string
		code  services.Code
		field string
	}{
		"currencies": {[]services.Item{{Price: "price_1HouseBlend250gEuros001", Quantity: 1}, {Price: "price_1MatchaWhiskInYen000001", Quantity: 1}}, "EUR, JPY", services.CodeInvalid, "line_items"},
		"intervals":  {[]services.Item{{Price: "price_1BeanClubMonthlyEuros01", Quantity: 1}, {Price: "price_1BeanClubYearlyEuros001", Quantity: 1}}, "month, year", services.CodeInvalid, "line_items"},
		"archived":   {[]services.Item{{Price: "price_1WinterSpiceChaiArchived", Quantity: 1}}, "not active", services.CodeInvalid, "line_items"},
		"missing":    {[]services.Item{{Price: "price_1HouseBlend250gEuros001", Quantity: 1}, {Price: "price_1BrassScoopGoneForGood01", Quantity: 1}}, "price_1BrassScoop", services.CodeNotFound, "line_items[1][price]"},
		"none":       {nil, "empty", services.CodeInvalid, "line_items"},
		"quantity":   {[]services.Item{{Price: "price_1HouseBlend250gEuros001"}}, "quantity 0", services.CodeInvalid, "quantity"},
	} {
		_, err := d.Checkout.Create(t.Context(), services.CheckoutRequest{Items: c.items})
		if err == nil {
			t.Errorf("%s was sold", what)
			continue
		}
		refuse(t, err, c.code, c.field, c.says)
	}
	if n := s.count("POST"); n != 0 {
		t.Errorf("%d writes were sent", n)
	}
}

func TestLostConnection(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	d := configured(t, s)
	ctx := t.Context()
	request := services.CheckoutRequest{Items: []services.Item{{Price: "price_1HouseBlend250gEuros001", Quantity: 1}}, IdempotencyKey: "attempt-1"}

	// The answer to the first attempt is lost: the same attempt is the same session.
	s.meanwhile(func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
		if r.Method == http.MethodPost {
			deaf(w, r, serve)
		}
		serve.ServeHTTP(w, r)
	}, func() {
		_, err := d.Checkout.Create(ctx, request)
		refuse(t, err, services.CodePending, "", "answer was lost")
	})
	session, err := d.Checkout.Create(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if n := sessionsMade(t, s); n != 1 {
		t.Errorf("%d sessions were made", n)
	}

	// Paid while Stripe cannot be asked: pending, and found out after.
	pay(t, session.URL, goodCard)
	s.meanwhile(cut, func() {
		_, err := d.Checkout.Check(ctx, session.ID)
		refuse(t, err, services.CodePending, "", "not known whether")
		if open, err := d.Checkout.Unsettled(ctx); err != nil || len(open) != 1 {
			t.Errorf("unsettled %+v, %v", open, err)
		}
		limit, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		r, err := d.Checkout.Await(limit, session.ID, nil)
		refuse(t, err, services.CodePending, "", "wait ended")
		if r.Outcome != services.OutcomePending || r.Amount.Amount != 0 {
			t.Errorf("%+v", r)
		}
	})
	for _, answer := range []struct {
		status int
		body   string
	}{{500, `{"error":{"type":"api_error","message":"An unknown error occurred"}}`}, {200, `<html>Welcome to our hotel</html>`}} {
		s.meanwhile(says(answer.status, answer.body), func() {
			_, err := d.Checkout.Check(ctx, session.ID)
			refuse(t, err, services.CodePending, "", "not known whether")
		})
	}
	r, err := d.Checkout.Check(ctx, session.ID)
	if err != nil {
		t.Fatal(err)
	}
	checkReceipt(t, r, session.Total, "Visa ···· 4242")
	if done, err := d.Checkout.Recent(ctx, 1); err != nil || len(done) != 1 || done[0].Session.ID != session.ID {
		t.Errorf("recent %+v, %v", done, err)
	}
}

// A session's address is long; its QR code carries the sandbox's short one, which
// leads to the same page.
func TestLinksOfASession(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	s := sell(t, d, services.CheckoutRequest{}, "House Blend")
	code, short, err := d.Links.QR(s.URL)
	if err != nil || code.Size < 21 || len(short) > 40 {
		t.Errorf("%d modules for %s, %v", code.Size, short, err)
	}
	if p := visit(t, short); p.url.String() != s.URL || p.status != http.StatusOK {
		t.Errorf("%s leads to %s, HTTP %d", short, p.url, p.status)
	}
	if ok, why := d.Links.CanOpen(); ok || why == "" {
		t.Errorf("BROWSER=none opens: %v %q", ok, why)
	}
	refuse(t, d.Links.Open(t.Context(), s.URL), services.CodeUnavailable, "", "browser")
}
