package archivetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"bursar/services/internal/archive"
)

// story is a shop's day in which most objects do not name their customer.
func story(customer string) (events [][]byte, wantNone int) {
	id := func(kind string) string { return kind + "_" + customer }
	add := func(kind, object string) {
		events = append(events, Event(fmt.Sprintf("evt_%s_%d", customer, len(events)), kind, int64(len(events)), object))
	}
	add("customer.created", fmt.Sprintf(`{"id":%q,"object":"customer"}`, customer))
	add("payment_intent.succeeded", fmt.Sprintf(`{"id":%q,"object":"payment_intent","customer":%q,"payment_method":%q}`, id("pi"), customer, id("pm")))
	add("charge.succeeded", fmt.Sprintf(`{"id":%q,"object":"charge","customer":null,"payment_intent":%q}`, id("ch"), id("pi")))
	add("charge.dispute.created", fmt.Sprintf(`{"id":%q,"object":"dispute","charge":%q,"amount":1,"currency":"eur"}`, id("dp"), id("ch")))
	add("charge.dispute.closed", fmt.Sprintf(`{"id":%q,"object":"dispute","charge":null}`, id("dp")))
	add("refund.created", fmt.Sprintf(`{"id":%q,"object":"refund","charge":{"id":%q}}`, id("re"), id("ch")))
	add("setup_intent.succeeded", fmt.Sprintf(`{"id":%q,"object":"setup_intent","payment_method":%q}`, id("seti"), id("pm")))
	add("customer.subscription.created", fmt.Sprintf(`{"id":%q,"object":"subscription","customer":{"id":%q},"latest_invoice":%q}`, id("sub"), customer, id("in")))
	add("invoice.paid", fmt.Sprintf(`{"id":%q,"object":"invoice","subscription":%q}`, id("in"), id("sub")))
	named := len(events)
	add("product.created", fmt.Sprintf(`{"id":%q,"object":"product"}`, id("prod")))
	add("charge.succeeded", fmt.Sprintf(`{"id":%q,"object":"charge","customer":null,"payment_intent":%q}`, id("guest"), id("pi_guest")))
	return events, len(events) - named
}

// Whatever the order and the batches that events come in, they end up with the
// same customers and the counters tell so.
func customersAreFoundInAnyOrder(t *testing.T, place Place) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := place(t)()
		first, none := story("cus_1")
		second, _ := story("cus_2")
		all := append(append([][]byte{}, first...), second...)
		if seed > 0 { // the first round is in Stripe's order
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		for rest := all; len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			Add(t, a, n, 0, rest[:n]...)
			rest = rest[n:]
		}
		for _, customer := range []string{"cus_1", "cus_2"} {
			page := List(t, a, archive.Query{Customer: customer, Limit: 100})
			if want := len(first) - none; page.Total != want || len(page.Events) != want {
				t.Fatalf("seed %d: %s has %d events, counted %d, want %d", seed, customer, len(page.Events), page.Total, want)
			}
			types, err := a.Types(context.Background(), customer)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range types {
				if got := len(List(t, a, archive.Query{Customer: customer, Where: OfType(c.Type), Limit: 100}).Events); got != c.Count {
					t.Errorf("seed %d: %s has %d %s, counted %d", seed, customer, got, c.Type, c.Count)
				}
			}
		}
		if page := List(t, a, archive.Query{Limit: 1000}); page.Total != len(all) || len(page.Events) != len(all) {
			t.Errorf("seed %d: %d events, counted %d", seed, len(page.Events), page.Total)
		}
	}
}
