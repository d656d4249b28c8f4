package archivetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"bursar/services"
)

func ledger(t *testing.T, place Place) {
	a := place(t)()
	l, ctx := a.Ledger(), context.Background()
	session := func(id string, minute int) services.Session {
		return services.Session{ID: id, URL: "https://checkout.stripe.com/c/pay/" + id, Mode: services.PaymentMode, Status: "open",
			Total: services.Money{Amount: 12500, Currency: "kwd"}, Created: Noon.Add(time.Duration(minute) * time.Minute), Summary: "2 × Gold\u0000plan"}
	}
	unsettled := func(want ...services.Session) {
		t.Helper()
		got, err := l.Unsettled(ctx)
		if err != nil || got == nil || !(len(got) == 0 && len(want) == 0 || reflect.DeepEqual(got, want)) {
			t.Errorf("unsettled %+v, %v\nwant %+v", got, err, want)
		}
	}
	recent := func(limit int, want ...services.Receipt) {
		t.Helper()
		got, err := l.Recent(ctx, limit)
		if err != nil || got == nil || !(len(got) == 0 && len(want) == 0 || reflect.DeepEqual(got, want)) {
			t.Errorf("recent %+v, %v\nwant %+v", got, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	unsettled()
	recent(10)
	one, two, three := session("cs_1", 1), session("cs_2", 2), session("cs_3", 2)
	must(l.Save(ctx, two))
	must(l.Save(ctx, one))
	must(l.Save(ctx, three))
	unsettled(three, two, one)
	one.Customer = "cus_1"
	must(l.Save(ctx, one))
	unsettled(three, two, one)

	receipt := func(s services.Session, outcome services.Outcome) services.Receipt {
		return services.Receipt{Session: s, Outcome: outcome, Amount: services.Money{Amount: 2400, Currency: "jpy"}, CheckedAt: Noon}
	}
	must(l.Settle(ctx, receipt(two, services.OutcomePending)))
	must(l.Settle(ctx, receipt(session("cs_unknown", 9), services.OutcomeCompleted)))
	unsettled(three, two, one)
	paid, gone := receipt(two, services.OutcomeCompleted), receipt(one, services.OutcomeIncomplete)
	must(l.Settle(ctx, gone))
	must(l.Settle(ctx, paid))
	unsettled(three)
	recent(0, paid, gone)
	recent(1, paid)
	must(l.Save(ctx, two)) // a late save does not open it again
	unsettled(three)
	recent(10, paid, gone)
}
