package sandbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"bursar/services/internal/sandbox/pages"
)

func problem(t *testing.T, err error, field, message string) {
	t.Helper()
	var p *pages.Problem
	if !errors.As(err, &p) || p.Field != field || p.Message != message {
		t.Errorf("got %v, want field %q: %s", err, field, message)
	}
}

func TestPageDeclinesInStripesWords(t *testing.T) {
	c := empty(t)
	b, ctx := backend{c.srv}, context.Background()
	id := s(c.session("payment", c.stock().once, ""), "id")
	for _, tc := range []struct{ number, field, message string }{
		{"4000000000000002", "cardNumber", "Your credit card was declined. Try paying with a debit card instead."},
		{"4000000000009995", "cardNumber", "Your credit card was declined because of insufficient funds. Try paying with a debit card instead."},
		{"4000 0000 0000 0069", "cardExpiry", "Your card is expired. Try a different card."},
		{"4000000000000127", "cardCvc", "Your card's security code is incorrect."},
		{"4100000000000019", "cardNumber", "Your card was declined. Please try a different card."},
		{"4242424242424241", "cardNumber", "Your card number is invalid."},
		{"", "cardNumber", "Your card number is incomplete."},
	} {
		_, err := b.Pay(ctx, id, form(tc.number))
		problem(t, err, tc.field, tc.message)
	}
	charges := len(c.get("/v1/charges").ok()["data"].([]any))
	if charges != 5 {
		t.Errorf("%d charges, want 5: what the page refuses is no charge", charges)
	}
	if page, err := b.Checkout(ctx, id); err != nil || page.LastDecline == "" {
		t.Errorf("page %+v, %v", page, err)
	}
	wrong := form("4242424242424242")
	wrong.Card.Expiry = "01 / 20"
	_, err := b.Pay(ctx, id, wrong)
	problem(t, err, "cardExpiry", "Your card's expiration date is in the past or invalid.")
	wrong = form("4242424242424242")
	wrong.Email = "nope"
	_, err = b.Pay(ctx, id, wrong)
	problem(t, err, "email", "Your email is invalid.")
	_, err = b.Pay(ctx, id, form("4539578763621486")) // passes Luhn, could be somebody's
	if err == nil {
		t.Error("a card that is no test card was accepted")
	}
	if _, err := b.Pay(ctx, "cs_test_nope", form("4242424242424242")); !errors.Is(err, pages.ErrNotFound) {
		t.Errorf("err %v", err)
	}
}

func TestChallenge(t *testing.T) {
	c := empty(t)
	b, ctx := backend{c.srv}, context.Background()
	p := c.stock()
	before := len(c.events())
	id := s(c.session("payment", p.once, ""), "id")
	next, err := b.Pay(ctx, id, form("4000002760003184"))
	if err != nil || next.Challenge == "" || next.URL != "" {
		t.Fatalf("next %+v, %v", next, err)
	}
	c.expectEvents(before, "payment_intent.created payment_intent.requires_action")
	if page, err := b.Challenge(ctx, id, next.Challenge); err != nil || page.Total.Amount != 2500 {
		t.Errorf("challenge %+v, %v", page, err)
	}
	if _, err := b.Answer(ctx, id, next.Challenge, false); err == nil {
		t.Error("a failed challenge says nothing")
	}
	pi := c.get("/v1/payment_intents/" + next.Challenge).ok()
	if s(pi, "status") != "requires_payment_method" || s(pi, "last_payment_error.code") != "payment_intent_authentication_failure" || pi["latest_charge"] != nil {
		t.Errorf("intent %v", pi)
	}
	next, err = b.Pay(ctx, id, form("4000002760003184"))
	if err != nil {
		t.Fatal(err)
	}
	next, err = b.Answer(ctx, id, next.Challenge, true)
	if err != nil || next.URL == "" {
		t.Fatalf("next %+v, %v", next, err)
	}
	c.expectEvents(before+2, "payment_intent.payment_failed payment_intent.requires_action charge.succeeded payment_intent.succeeded checkout.session.completed")
	for _, e := range c.events()[before+3:] {
		if at(e, "request.id") != nil {
			t.Errorf("%s of a page names a request", s(e, "type"))
		}
	}
	if again, err := b.Pay(ctx, id, form("4242424242424242")); err != nil || again.URL != next.URL || len(c.get("/v1/charges").ok()["data"].([]any)) != 1 {
		t.Errorf("a second submit: %+v, %v", again, err)
	}

	sub := s(c.session("subscription", p.monthly, ""), "id")
	before = len(c.events())
	next, err = b.Pay(ctx, sub, form("4000008400001629"))
	if err != nil {
		t.Fatal(err)
	}
	c.expectEvents(before, "customer.created customer.subscription.created invoice.created customer.updated invoice.finalized payment_intent.created payment_intent.requires_action invoice.payment_action_required")
	if _, err := b.Answer(ctx, sub, next.Challenge, true); err == nil {
		t.Error("a card that declines after the challenge went through")
	}
	if next, err = b.Pay(ctx, sub, form("4242424242424242")); err != nil || next.URL == "" {
		t.Errorf("next %+v, %v", next, err)
	}
	trial := s(c.session("subscription", p.monthly, "&subscription_data[trial_period_days]=7"), "id")
	next, err = b.Pay(ctx, trial, form("4000002500003155"))
	if err != nil || next.Challenge == "" {
		t.Fatalf("trial: %+v, %v", next, err)
	}
	if _, err = b.Answer(ctx, trial, next.Challenge, false); err == nil {
		t.Error("a failed challenge started a trial")
	}
	next, err = b.Pay(ctx, trial, form("4000002500003155"))
	if err != nil {
		t.Fatal(err)
	}
	if next, err = b.Answer(ctx, trial, next.Challenge, true); err != nil || next.URL == "" {
		t.Errorf("trial: %+v, %v", next, err)
	}
	c.pass(7*24*time.Hour + time.Hour + time.Second) // the renewal needs no challenge: the card was set up
	if got := s(c.get("/v1/checkout/sessions/"+trial+"?expand[]=subscription.latest_invoice").ok(), "subscription.latest_invoice.status"); got != "paid" {
		t.Errorf("renewal of a card that was set up: %s", got)
	}
}

func TestRenewalsAndPastDue(t *testing.T) {
	c := empty(t)
	p := c.stock()
	c.clock.Store(time.Date(2027, 1, 31, 10, 0, 0, 0, time.UTC).Unix())
	id := s(c.session("subscription", p.monthly, ""), "id")
	c.confirm(id, "visa").ok()
	cs := c.get("/v1/checkout/sessions/" + id + "?expand[]=subscription").ok()
	if end := time.Unix(n(cs, "subscription.current_period_end"), 0).UTC(); end.Month() != 2 || end.Day() != 28 {
		t.Errorf("31 January renews on %s", end)
	}
	before := len(c.events())
	c.pass(28*24*time.Hour + time.Hour)
	c.expectEvents(before, "invoice.created customer.subscription.updated invoice.finalized payment_intent.created charge.succeeded payment_intent.succeeded invoice.paid invoice.payment_succeeded customer.updated",
		"invoice.created<invoice.finalized", "charge.succeeded<invoice.paid")
	sub := c.get("/v1/subscriptions/" + s(cs, "subscription.id")).ok()
	if end := time.Unix(n(sub, "current_period_end"), 0).UTC(); end.Month() != 3 || end.Day() != 31 {
		t.Errorf("28 February renews on %s", end)
	}
	c.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", "customer="+s(sub, "customer")).ok()
	bad := s(c.get("/v1/customers/" + s(sub, "customer") + "/payment_methods").ok()["data"].([]any)[0].(map[string]any), "id")
	c.post("/v1/subscriptions/"+s(sub, "id"), "default_payment_method="+bad).ok()
	before = len(c.events())
	c.pass(31*24*time.Hour + 2*time.Hour)
	c.expectEvents(before, "invoice.created customer.subscription.updated customer.updated invoice.finalized payment_intent.created charge.failed payment_intent.payment_failed invoice.payment_failed invoice.updated customer.updated customer.subscription.updated")
	sub = c.get("/v1/subscriptions/" + s(sub, "id") + "?expand[]=latest_invoice&expand[]=customer").ok()
	if s(sub, "status") != "past_due" || at(sub, "customer.delinquent") != true || s(sub, "latest_invoice.status") != "open" || n(sub, "latest_invoice.attempt_count") != 1 || at(sub, "latest_invoice.next_payment_attempt") == nil {
		t.Errorf("after a failed renewal: %v", sub)
	}
	c.post("/v1/customers/"+s(sub, "customer.id"), "invoice_settings[default_payment_method]=").ok()
	good := c.post("/v1/payment_methods/pm_card_visa/attach", "customer="+s(sub, "customer.id")).ok()
	c.post("/v1/subscriptions/"+s(sub, "id"), "default_payment_method="+s(good, "id")).ok()
	c.pass(3 * 24 * time.Hour)
	sub = c.get("/v1/subscriptions/" + s(sub, "id") + "?expand[]=latest_invoice&expand[]=customer").ok()
	if s(sub, "status") != "active" || at(sub, "customer.delinquent") != false || s(sub, "latest_invoice.status") != "paid" {
		t.Errorf("after the retry: %s, %v, %s", s(sub, "status"), at(sub, "customer.delinquent"), s(sub, "latest_invoice.status"))
	}
	c.pass(400 * 24 * time.Hour) // a shop opened again after a long time catches up
	if got := len(c.get("/v1/invoices?limit=100").ok()["data"].([]any)); got < 15 {
		t.Errorf("%d invoices after a year", got)
	}
}

// subscribed is a customer with a subscription and an open portal.
func (c *client) subscribed() (sub, cus, token string) {
	c.t.Helper()
	id := s(c.session("subscription", c.stock().monthly, ""), "id")
	c.confirm(id, "visa").ok()
	cs := c.get("/v1/checkout/sessions/" + id).ok()
	portal := c.post("/v1/billing_portal/sessions", "customer="+s(cs, "customer")+"&return_url=https://shop.example/account").ok()
	url := s(portal, "url")
	return s(cs, "subscription"), s(cs, "customer"), url[len(c.web.URL+"/p/session/"):]
}

func TestPortalCancelAndResume(t *testing.T) {
	c := empty(t)
	b, ctx := backend{c.srv}, context.Background()
	sub, _, token := c.subscribed()
	page, err := b.Portal(ctx, token)
	if err != nil || len(page.Subscriptions) != 1 || len(page.Cards) != 1 || !page.Cards[0].Default || len(page.Invoices) != 1 || page.ReturnURL != "https://shop.example/account" || len(page.Reasons) != 8 {
		t.Fatalf("portal %+v, %v", page, err)
	}
	before := len(c.events())
	if err := b.Cancel(ctx, token, sub, pages.Cancellation{Feedback: "unused", Comment: "bye"}); err != nil {
		t.Fatal(err)
	}
	c.expectEvents(before, "customer.subscription.updated customer.subscription.updated")
	got := c.get("/v1/subscriptions/" + sub).ok()
	if got["cancel_at_period_end"] != true || s(got, "status") != "active" || n(got, "cancel_at") != n(got, "current_period_end") || s(got, "cancellation_details.feedback") != "unused" || s(got, "cancellation_details.reason") != "cancellation_requested" {
		t.Errorf("after cancelling: %v", got)
	}
	if err := b.Resume(ctx, token, sub); err != nil {
		t.Fatal(err)
	}
	got = c.get("/v1/subscriptions/" + sub).ok()
	if got["cancel_at_period_end"] != false || got["cancel_at"] != nil || got["canceled_at"] != nil {
		t.Errorf("after resuming: %v", got)
	}
	c.post("/v1/subscriptions/"+sub, "cancel_at_period_end=true").ok()
	before = len(c.events())
	c.pass(31 * 24 * time.Hour)
	c.expectEvents(before, "customer.subscription.deleted")
	got = c.get("/v1/subscriptions/" + sub).ok()
	if s(got, "status") != "canceled" || got["ended_at"] == nil {
		t.Errorf("after the period: %v", got)
	}
	c.do("DELETE", "/v1/subscriptions/"+sub, "").fails(404, "resource_missing", "id", "No such subscription")
	if err := b.Resume(ctx, token, sub); !errors.Is(err, pages.ErrNotFound) {
		t.Errorf("resuming what has ended: %v", err)
	}
}

func TestPortalCardsAndDetails(t *testing.T) {
	c := empty(t)
	b, ctx := backend{c.srv}, context.Background()
	sub, cus, token := c.subscribed()
	before := len(c.events())
	if err := b.AddCard(ctx, token, pages.Card{Number: "5555 5555 5555 4444", Expiry: "0130", CVC: "123", Name: "J"}); err != nil {
		t.Fatal(err)
	}
	c.expectEvents(before, "setup_intent.created payment_method.attached setup_intent.succeeded customer.updated customer.subscription.updated")
	problem(t, b.AddCard(ctx, token, pages.Card{Number: "4000000000000002", Expiry: "0130", CVC: "123"}), "cardNumber", "Your credit card was declined. Try paying with a debit card instead.")
	page, err := b.Portal(ctx, token)
	if err != nil || len(page.Cards) != 2 || !page.Cards[0].Default || page.Cards[0].Last4 != "4444" {
		t.Fatalf("portal %+v, %v", page, err)
	}
	problem(t, b.RemoveCard(ctx, token, page.Cards[0].ID), "", "This card pays for your subscription. Add another card and make it the default one first.")
	if err := b.SetDefaultCard(ctx, token, page.Cards[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := b.RemoveCard(ctx, token, page.Cards[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := c.get("/v1/subscriptions/" + sub).ok(); s(got, "default_payment_method") != page.Cards[1].ID {
		t.Errorf("charged to %v", got["default_payment_method"])
	}
	if err := b.UpdateBilling(ctx, token, pages.Billing{Name: "Jenny", Email: "jenny@new.example", City: "Cork", Country: "IE"}); err != nil {
		t.Fatal(err)
	}
	if got := c.get("/v1/customers/" + cus).ok(); s(got, "email") != "jenny@new.example" || s(got, "address.city") != "Cork" {
		t.Errorf("customer %v", got)
	}
	other := s(c.post("/v1/customers", "payment_method=pm_card_visa").ok(), "id")
	theirs := s(c.get("/v1/payment_methods?customer=" + other).ok()["data"].([]any)[0].(map[string]any), "id")
	if err := b.RemoveCard(ctx, token, theirs); !errors.Is(err, pages.ErrNotFound) {
		t.Errorf("another customer's card: %v", err)
	}
	c.clock.Add(portalLife)
	if _, err := b.Portal(ctx, token); !errors.Is(err, pages.ErrNotFound) {
		t.Errorf("an old portal link: %v", err)
	}
}

func TestDocumentsAndShortLink(t *testing.T) {
	c := demo(t)
	b, ctx := backend{c.srv}, context.Background()
	for _, o := range c.get("/v1/invoices?limit=100&status=paid").ok()["data"].([]any) {
		inv := o.(map[string]any)
		doc, err := b.Invoice(ctx, s(inv, "id"))
		if err != nil || doc.Total.Amount != n(inv, "total") || doc.Number != s(inv, "number") || len(doc.Lines) == 0 {
			t.Errorf("invoice %+v, %v", doc, err)
		}
	}
	for _, o := range c.get("/v1/charges?limit=100").ok()["data"].([]any) {
		charge := o.(map[string]any)
		doc, err := b.Receipt(ctx, s(charge, "id"))
		if paid := s(charge, "status") == "succeeded"; (err == nil) != paid || paid && (doc.Paid.Amount != n(charge, "amount") || len(doc.Lines) == 0) {
			t.Errorf("receipt %+v, %v", doc, err)
		}
	}
	cs := c.session("payment", beans, "")
	short := ShortLink(s(cs, "url"))
	if len(short) > len(c.web.URL)+14 {
		t.Errorf("short link %s", short)
	}
	if id, err := b.Short(ctx, short[len(c.web.URL+"/c/"):]); err != nil || id != s(cs, "id") {
		t.Errorf("short: %s, %v", id, err)
	}
	if got := ShortLink("https://checkout.stripe.com/other"); got != "https://checkout.stripe.com/other" {
		t.Error(got)
	}
}
