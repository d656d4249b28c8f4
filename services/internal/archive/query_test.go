package archive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"bursar/services"
)

// Any window of any filter is the same window of the whole order.
func TestOrderAndPaging(t *testing.T) {
	a := openNew(t)
	r := rand.New(rand.NewPCG(7, 7))
	type row struct {
		id, kind, customer string
		created            int64
	}
	var rows []row // in order of arrival
	for len(rows) < 400 {
		var batch [][]byte
		for range 1 + r.IntN(20) {
			e := row{fmt.Sprintf("evt_%d", len(rows)), []string{"a.created", "b.created", "c.created"}[r.IntN(3)],
				fmt.Sprintf("cus_%d", r.IntN(4)), int64(1000 + r.IntN(25))}
			rows = append(rows, e)
			batch = append(batch, event(e.id, e.kind, e.created, fmt.Sprintf(`{"id":"x_%s","customer":%q}`, e.id, e.customer)))
		}
		add(t, a, len(batch), 0, batch...)
	}
	slices.Reverse(rows)                                                                  // a later arrival is newer …
	slices.SortStableFunc(rows, func(x, y row) int { return int(y.created - x.created) }) // … within one second
	for _, f := range []Filter{{}, {Customer: "cus_1"}, {Type: "b.created"}, {Customer: "cus_2", Type: "c.created"}, {Customer: "cus_9"}} {
		var want []string
		for _, e := range rows {
			if (f.Customer == "" || f.Customer == e.customer) && (f.Type == "" || f.Type == e.kind) {
				want = append(want, e.id)
			}
		}
		for range 40 {
			f.Limit, f.Offset = 1+r.IntN(60), r.IntN(len(want)+10)
			page := list(t, a, f)
			got := []string{}
			for _, e := range page.Events {
				got = append(got, e.ID)
			}
			from := min(f.Offset, len(want))
			if window := want[from:min(from+f.Limit, len(want))]; !slices.Equal(got, window) {
				t.Fatalf("%+v:\ngot  %v\nwant %v", f, got, window)
			}
			if page.Total != len(want) || page.Offset != f.Offset {
				t.Fatalf("%+v: total %d, offset %d; want %d", f, page.Total, page.Offset, len(want))
			}
		}
	}
}

func TestListDefaultsAndRefusals(t *testing.T) {
	a := openNew(t)
	if page := list(t, a, Filter{}); page.Total != 0 || page.Events == nil {
		t.Errorf("an empty archive: %+v, want an empty page", page)
	}
	for i := range defaultLimit + 1 {
		add(t, a, 1, 0, charge(fmt.Sprintf("evt_%d", i), 1, "cus_1"))
	}
	page, err := a.Events(context.Background(), "cus_1", "charge.succeeded", 0, 0)
	if err != nil || len(page.Events) != defaultLimit || page.Total != defaultLimit+1 {
		t.Errorf("%d rows of %d, %v", len(page.Events), page.Total, err)
	}
	for _, f := range []Filter{{Limit: -1}, {Offset: -1}} {
		if _, err := a.List(context.Background(), f); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestTypesAndHealth(t *testing.T) {
	a := openNew(t)
	ctx := context.Background()
	if h, err := a.Health(ctx); err != nil || !reflect.DeepEqual(h, services.LogHealth{}) {
		t.Errorf("empty archive: %+v, %v", h, err)
	}
	add(t, a, 3, 0, charge("evt_1", 100, "cus_1"), charge("evt_2", 300, "cus_2"), event("evt_3", "a.created", 200, `{}`))
	types, err := a.Types(ctx, "")
	if want := []services.TypeCount{{Type: "charge.succeeded", Count: 2}, {Type: "a.created", Count: 1}}; err != nil || !slices.Equal(types, want) {
		t.Errorf("types %v, %v", types, err)
	}
	if types, err = a.Types(ctx, "cus_9"); err != nil || types == nil || len(types) != 0 {
		t.Errorf("types of a stranger: %v, %v", types, err)
	}
	if _, _, err := a.Add(ctx, services.SourceWebhook, [][]byte{charge("evt_1", 100, "cus_1")}); err != nil {
		t.Fatal(err)
	}
	synced := noon.Add(-time.Hour)
	if err := a.RecordSync(ctx, synced, ""); err != nil {
		t.Fatal(err)
	}
	if err := a.RecordSync(ctx, noon, "Stripe did \x1b[31mnot answer."); err != nil {
		t.Fatal(err)
	}
	want := services.LogHealth{Events: 3, Newest: time.Unix(300, 0).UTC(), Oldest: time.Unix(100, 0).UTC(),
		LastSync: synced, LastWebhook: noon, SyncProblem: "Stripe did not answer."}
	if h, err := a.Health(ctx); err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("health %+v, %v\nwant   %+v", h, err, want)
	}
	if err := a.RecordSync(ctx, noon, ""); err != nil {
		t.Fatal(err)
	}
	if h, _ := a.Health(ctx); h.SyncProblem != "" || !h.LastSync.Equal(noon) {
		t.Errorf("after a good sync: %+v", h)
	}
}

func TestCursor(t *testing.T) {
	a := openNew(t)
	ctx := context.Background()
	for _, value := range []string{"", "one", "two", ""} {
		if err := a.SetCursor(ctx, "here", value); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Cursor(ctx, "here"); err != nil || got != value {
			t.Errorf("cursor %q, %v; want %q", got, err, value)
		}
	}
	if got, err := a.Cursor(ctx, "elsewhere"); err != nil || got != "" {
		t.Errorf("a cursor never set is %q, %v", got, err)
	}
}

// The queries of the log screen must not read the table from end to end.
func TestQueriesUseIndexes(t *testing.T) {
	a := openNew(t)
	for f, want := range map[Filter]string{
		{}:                             "SCAN events USING COVERING INDEX events_by_time",
		{Customer: "cus_1"}:            "SEARCH events USING COVERING INDEX events_by_customer (customer=?)",
		{Type: "a"}:                    "SEARCH events USING COVERING INDEX events_by_type (type=?)",
		{Customer: "cus_1", Type: "a"}: "SEARCH events USING INDEX events_by_customer (customer=?)",
	} {
		query, args := f.query()
		rows, err := a.read.Query(`EXPLAIN QUERY PLAN `+query, args...)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		wantPlan := []string{"SEARCH events USING INTEGER PRIMARY KEY (rowid=?)", "LIST SUBQUERY 1", want, "USE TEMP B-TREE FOR ORDER BY"}
		if !slices.Equal(plan, wantPlan) {
			t.Errorf("%+v: %q\nwant %q", f, plan, wantPlan)
		}
	}
}
