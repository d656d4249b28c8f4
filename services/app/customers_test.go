package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"bursar/services"
	"bursar/services/app"
)

func TestCustomersAreOneForAnEmail(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	made, created, err := d.Customers.Create(ctx, services.NewCustomer{Email: " Jane@Example.com ", Name: "Jane"})
	if err != nil || !created || made.Email != "Jane@Example.com" || made.Name != "Jane" {
		t.Fatalf("%+v %v %v", made, created, err)
	}
	again, created, err := d.Customers.Create(ctx, services.NewCustomer{Email: "Jane@Example.com", Name: "Another"})
	if err != nil || created || again.ID != made.ID || again.Name != "Jane" {
		t.Errorf("the second time %+v %v %v", again, created, err)
	}
	got, err := d.Customers.Get(ctx, made.ID)
	if err != nil || got.ID != made.ID || got.Label() != "Jane" {
		t.Errorf("%+v %v", got, err)
	}
	_, err = d.Customers.Get(ctx, "cus_nobody")
	refuse(t, err, services.CodeNotFound, "id", "cus_nobody")
	_, _, err = d.Customers.Create(ctx, services.NewCustomer{Email: "nonsense"})
	refuse(t, err, services.CodeInvalid, "email", "not an email")

	// At the same moment two may be made; from then on everybody gets one of them.
	var race sync.WaitGroup
	ids := make([]string, 2)
	for i := range ids {
		race.Go(func() {
			c, _, err := d.Customers.Create(ctx, services.NewCustomer{Email: "race@example.com"})
			if ids[i] = c.ID; err != nil {
				t.Error(err)
			}
		})
	}
	race.Wait()
	one, created, err := d.Customers.Create(ctx, services.NewCustomer{Email: "race@example.com"})
	if err != nil || created || !slices.Contains(ids, one.ID) {
		t.Errorf("after the race %v: %s %v %v", ids, one.ID, created, err)
	}
	if two, _, err := d.Customers.Create(ctx, services.NewCustomer{Email: "race@example.com"}); err != nil || two.ID != one.ID {
		t.Errorf("then %s, %v", two.ID, err)
	}
}

func TestCustomersAreFound(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	grace, err := find(t, d, "Okonkwo")
	if err != nil || grace.Name != "Grace Okonkwo" {
		t.Fatalf("%+v %v", grace, err)
	}
	for _, text := range []string{"grace okon", "OKONKWO", "grace.okonkwo@lagosletters.example", "lagosletters", grace.ID, "  " + grace.ID + " "} {
		if c, err := find(t, d, text); err != nil || c.ID != grace.ID {
			t.Errorf("%q finds %q, %v", text, c.Name, err)
		}
	}
	for text, want := range map[string]string{"小龙": "李 小龙", "Wójcik": "Łukasz Wójcik", `O'Dw`: "Siobhán O'Dwyer"} {
		if c, err := find(t, d, text); err != nil || c.Name != want {
			t.Errorf("%q finds %q, %v", text, c.Name, err)
		}
	}
	two, _, err := d.Customers.Search(ctx, "ok", 100) // too short for Stripe's search
	if err != nil || !slices.ContainsFunc(two, func(c services.Customer) bool { return c.ID == grace.ID }) {
		t.Errorf("two letters find %d, %v", len(two), err)
	}
	for _, c := range two {
		if !strings.Contains(strings.ToLower(c.Name+" "+c.Email), "ok") {
			t.Errorf("%q has no such letters", c.Label())
		}
	}
	for _, hostile := range []string{`a" OR name~"b`, `\`, `""`, "zzzz-nobody", "cus_nobody1234567"} {
		if found, _, err := d.Customers.Search(ctx, hostile, 10); err != nil || len(found) != 0 {
			t.Errorf("%q finds %d, %v", hostile, len(found), err)
		}
	}
	all, more, err := d.Customers.Search(ctx, "", 100)
	if err != nil || more || len(all) < 25 {
		t.Errorf("%d customers, more %v, %v", len(all), more, err)
	}
	some, more, err := d.Customers.Search(ctx, "", 0)
	if err != nil || !more || len(some) != 20 {
		t.Errorf("%d customers by default, more %v, %v", len(some), more, err)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Created.After(all[i-1].Created) {
			t.Fatal("the newest do not come first")
		}
	}
}

// find searches for a text that fits one customer.
func find(t *testing.T, d *services.Desk, text string) (services.Customer, error) {
	t.Helper()
	found, _, err := d.Customers.Search(t.Context(), text, 10)
	if err != nil || len(found) != 1 {
		return services.Customer{}, err
	}
	return found[0], nil
}

func TestCustomersLogIsTheirs(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	ctx := t.Context()
	if _, err := d.Logs.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	who, err := find(t, d, "Okonkwo")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := d.Customers.Logs(ctx, services.LogQuery{Customer: who.ID})
	if err != nil || whole.Total == 0 || len(whole.Events) != whole.Total {
		t.Fatalf("%d of %d events, %v", len(whole.Events), whole.Total, err)
	}
	for i, e := range whole.Events {
		if e.Customer != who.ID || e.Raw != nil || i > 0 && e.Created.After(whole.Events[i-1].Created) {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	window, err := d.Customers.Logs(ctx, services.LogQuery{Customer: who.ID, Limit: new(2), Offset: 1})
	if err != nil || len(window.Events) != 2 || window.Events[0].ID != whole.Events[1].ID || window.Total != whole.Total {
		t.Errorf("window %+v, %v", window, err)
	}
	paid, err := d.Customers.Logs(ctx, services.LogQuery{Customer: who.ID, Where: []byte(`{"type": "charge.succeeded"}`)})
	if err != nil || paid.Total == 0 || paid.Total >= whole.Total {
		t.Errorf("%d charges, %v", paid.Total, err)
	}
	for _, e := range paid.Events {
		if e.Type != "charge.succeeded" || e.Amount == nil || e.Amount.Amount <= 0 || e.Outcome != services.EventSucceeded {
			t.Errorf("charge %+v", e)
		}
	}
	types, err := d.Logs.Types(ctx, who.ID)
	sum := 0
	for _, c := range types {
		sum += c.Count
	}
	if err != nil || sum != whole.Total {
		t.Errorf("types count %d of %d, %v", sum, whole.Total, err)
	}
	full, err := d.Logs.Event(ctx, whole.Events[0].ID)
	if err != nil || !strings.Contains(string(full.Raw), `"`+full.ID+`"`) {
		t.Errorf("event %s: %.80s, %v", full.ID, full.Raw, err)
	}
	_, err = d.Logs.Event(ctx, "evt_nobody")
	refuse(t, err, services.CodeNotFound, "", "evt_nobody")
	_, err = d.Customers.Logs(ctx, services.LogQuery{Customer: who.ID, Where: []byte(`{"$where": "1"}`)})
	refuse(t, err, services.CodeInvalid, "where", "$where")
	_, err = d.Customers.Logs(ctx, services.LogQuery{})
	refuse(t, err, services.CodeInvalid, "customer", "No customer")
}

func TestPortalVisit(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Interface)
	ctx := t.Context()
	changes := d.Watch(ctx)
	c, _, err := d.Customers.Create(ctx, services.NewCustomer{Email: "member@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	member := c.ID
	pay(t, sell(t, d, services.CheckoutRequest{Customer: member}, "Bean Club").URL, goodCard)
	subs, err := d.Customers.Subscriptions(ctx, member)
	if err != nil || len(subs) != 1 || subs[0].Status != "active" || subs[0].CancelAtPeriodEnd || !strings.Contains(strings.Join(subs[0].Items, ""), "Bean Club") {
		t.Fatalf("subscriptions %+v, %v", subs, err)
	}
	sub := subs[0]
	portal, err := d.Customers.OpenBillingPortal(ctx, member)
	if err != nil || portal.Customer != member || !strings.HasPrefix(portal.ID, "bps_") {
		t.Fatalf("%+v %v", portal, err)
	}
	cancelled := visit(t, portal.URL).follow(`data-testid="cancel-subscription"`).submit(map[string]string{"feedback": "unused"})
	if cancelled.status != 200 || !strings.Contains(cancelled.text, "has been canceled") {
		t.Fatalf("HTTP %d: %.400s", cancelled.status, cancelled.text)
	}
	back := cancelled.follow(`/portal/`)
	if back.status != 200 || back.url.Host == cancelled.url.Host {
		t.Errorf("the way back leads to %s, HTTP %d", back.url, back.status)
	}
	await(t, changes, services.Change{Kind: services.ChangeReturned, Ref: portal.ID})
	after, err := d.Customers.Subscriptions(ctx, member)
	if err != nil || len(after) == 0 || after[0].ID != sub.ID || !after[0].CancelAtPeriodEnd || after[0].Status != "active" {
		t.Errorf("subscriptions %+v, %v", after, err)
	}
	eventually(t, "the cancellation in the log", func() error {
		p, err := d.Customers.Logs(ctx, services.LogQuery{Customer: member, Where: []byte(`{"type": "customer.subscription.updated"}`)})
		if err == nil && (p.Total == 0 || p.Events[0].ObjectID != sub.ID) {
			err = fmt.Errorf("%d updates", p.Total)
		}
		return err
	})
	_, err = d.Customers.OpenBillingPortal(ctx, "cus_nobody")
	refuse(t, err, services.CodeNotFound, "customer", "cus_nobody")
}
