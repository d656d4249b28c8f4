package sandbox

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bursar/services"
)

func TestDemoShop(t *testing.T) {
	c := demo(t)
	if got := len(c.all("/v1/customers?")); got < 28 {
		t.Errorf("%d customers", got)
	}
	events := c.events()
	oldest, newest := testNow.Unix()-n(events[0], "created"), testNow.Unix()-n(events[len(events)-1], "created")
	if len(events) < 350 || oldest > 80*day || newest > hour || newest < 0 {
		t.Errorf("%d events, from %d to %d seconds ago", len(events), oldest, newest)
	}
	for i := 1; i < len(events); i++ {
		if n(events[i], "created") < n(events[i-1], "created") {
			t.Fatal("events are not in the order of time")
		}
	}
	statuses := map[string]int{}
	for _, sub := range c.all("/v1/subscriptions?status=all&") {
		statuses[s(sub, "status")]++
	}
	for _, want := range []string{"active", "past_due", "trialing", "canceled"} {
		if statuses[want] == 0 {
			t.Errorf("no subscription is %s: %v", want, statuses)
		}
	}
	types := map[string]bool{}
	for _, e := range events {
		types[s(e, "type")] = true
	}
	for _, want := range []string{"checkout.session.completed", "checkout.session.expired", "charge.failed", "charge.refunded", "payment_intent.requires_action", "customer.subscription.deleted", "invoice.payment_failed", "billing_portal.session.created", "price.updated"} {
		if !types[want] {
			t.Errorf("the history has no %s", want)
		}
	}
}

// TestDemoShopOnAnyDay seeds on days whose months are of every length.
func TestDemoShopOnAnyDay(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2027, 3, 1, 0, 5, 0, 0, time.UTC), time.Date(2028, 2, 29, 23, 59, 0, 0, time.UTC), time.Date(2027, 5, 31, 6, 0, 0, 0, time.UTC),
		time.Date(2027, 1, 15, 18, 0, 0, 0, time.UTC), time.Date(2027, 8, 4, 9, 30, 0, 0, time.UTC),
	} {
		srv, err := New(Options{Data: filepath.Join(t.TempDir(), "s.db"), Seed: true, URL: "http://127.0.0.1:1", Now: func() time.Time { return at }})
		if err != nil {
			t.Fatal(err)
		}
		statuses := map[any]int{}
		for _, r := range srv.mem.kinds["subscription"] {
			statuses[r.object()["status"]]++
		}
		events := srv.mem.kinds["event"]
		if statuses["past_due"] == 0 || statuses["trialing"] == 0 || statuses["canceled"] == 0 || len(events) < 350 || events[len(events)-1].created < at.Unix()-hour || events[len(events)-1].created > at.Unix() {
			t.Errorf("%s: %d events, subscriptions %v", at, len(events), statuses)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCatalogueFitsTheShop(t *testing.T) {
	c := demo(t)
	currencies, missing, archived, recurring := map[string]bool{}, 0, 0, 0
	for _, row := range Catalogue() {
		a := c.get("/v1/prices/" + row.PriceID + "?expand[]=product")
		if a.status == 404 {
			missing++
			continue
		}
		price := a.ok()
		currency := s(price, "currency")
		currencies[currency] = true
		listed, err := services.ParseDecimal(row.Price, currency)
		if err != nil || listed.Amount != n(price, "unit_amount") || s(price, "product.name") != row.Name {
			t.Errorf("row %d: %+v is not %v", row.Row, row, price)
		}
		if price["active"] != true {
			archived++
		}
		if price["recurring"] != nil {
			recurring++
		}
	}
	for _, want := range []string{"eur", "usd", "jpy", "kwd"} {
		if !currencies[want] {
			t.Errorf("nothing is sold in %s", want)
		}
	}
	if len(Catalogue()) < 10 || missing != 1 || archived != 1 || recurring < 2 {
		t.Errorf("%d rows, %d missing, %d archived, %d recurring", len(Catalogue()), missing, archived, recurring)
	}
}

func TestSeedingIsDeterministic(t *testing.T) {
	ids := func() []string {
		var list []string
		for _, e := range demo(t).events() {
			list = append(list, s(e, "id")+s(e, "type")+s(e, "data.object.id"))
		}
		return list
	}
	if a, b := ids(), ids(); !slices.Equal(a, b) {
		t.Error("two demo shops differ")
	}
}

func BenchmarkFirstStart(b *testing.B) {
	for b.Loop() {
		srv, err := New(Options{Data: filepath.Join(b.TempDir(), "s.db"), Seed: true, URL: "http://127.0.0.1:1"})
		if err != nil {
			b.Fatal(err)
		}
		_ = srv.Close()
	}
}

func BenchmarkLaterStart(b *testing.B) {
	o := Options{Data: filepath.Join(b.TempDir(), "s.db"), Seed: true, URL: "http://127.0.0.1:1", Now: func() time.Time { return testNow }}
	for b.Loop() {
		srv, err := New(o)
		if err != nil {
			b.Fatal(err)
		}
		_ = srv.Close()
	}
}
