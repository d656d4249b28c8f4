package archivetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// row is an event of the made-up archive that windows are read of.
type row struct {
	id, kind, customer string
	created            int64
}

// mixed fills an archive with events that share seconds, in batches, with ids
// that have nothing to do with the order they come in, and returns them as the
// archive must list them.
func mixed(t *testing.T, a archive.Archive, n int) []row {
	r := rand.New(rand.NewPCG(7, 7))
	var rows []row
	for len(rows) < n {
		var batch [][]byte
		for range 1 + r.IntN(20) {
			e := row{fmt.Sprintf("evt_%x", r.Uint64()), []string{"a.created", "b.created", "c.created"}[r.IntN(3)],
				fmt.Sprintf("cus_%d", r.IntN(4)), int64(1000 + r.IntN(25))}
			rows = append(rows, e)
			batch = append(batch, Event(e.id, e.kind, e.created, fmt.Sprintf(`{"id":"x_%s","customer":%q}`, e.id, e.customer)))
		}
		Add(t, a, len(batch), 0, batch...)
	}
	slices.SortFunc(rows, func(x, y row) int {
		if x.created != y.created {
			return int(y.created - x.created)
		}
		return strings.Compare(y.id, x.id)
	})
	return rows
}

// selected are the ids of the rows that a query selects, without its window.
func selected(rows []row, q archive.Query) []string {
	want := []string{}
	for _, e := range rows {
		if (q.Customer == "" || q.Customer == e.customer) && (q.Where == nil || strings.Contains(q.Where.String(), e.kind)) {
			want = append(want, e.id)
		}
	}
	return want
}

func selections() []archive.Query {
	return []archive.Query{{}, {Customer: "cus_1"}, {Where: OfType("b.created")}, {Customer: "cus_2", Where: OfType("c.created")}, {Customer: "cus_9"}}
}

// Any window of any query is the same window of the whole order.
func orderAndPaging(t *testing.T, place Place) {
	a := place(t)()
	rows := mixed(t, a, 400)
	r := rand.New(rand.NewPCG(8, 8))
	for _, q := range selections() {
		want := selected(rows, q)
		for range 40 {
			q.Limit, q.Offset = r.IntN(60), r.IntN(len(want)+10)
			page := List(t, a, q)
			from := min(q.Offset, len(want))
			to := min(from+q.Limit, len(want))
			if got := ids(page.Events); !slices.Equal(got, want[from:to]) {
				t.Fatalf("%+v:\ngot  %v\nwant %v", q, got, want[from:to])
			}
			if page.Total != len(want) || page.Offset != q.Offset || q.Limit > 0 && page.More != (to < len(want)) {
				t.Fatalf("%+v: total %d, offset %d, more %v; want %d", q, page.Total, page.Offset, page.More, len(want))
			}
		}
	}
}

// Going from page to page by the last or the first event's id is the same walk,
// there and back.
func keysetPages(t *testing.T, place Place) {
	a := place(t)()
	rows := mixed(t, a, 300)
	for _, q := range selections() {
		want := selected(rows, q)
		for _, q.Limit = range []int{1, 7, 50} {
			if q.Limit == 1 && q.Customer == "" {
				continue // says no more than 7
			}
			var down []string
			q.Before, q.After = "", ""
			for {
				page := List(t, a, q)
				down = append(down, ids(page.Events)...)
				if !page.More {
					break
				}
				q.Before = down[len(down)-1]
			}
			if !slices.Equal(down, want) {
				t.Fatalf("%+v: down\ngot  %v\nwant %v", q, down, want)
			}
			if len(want) == 0 {
				continue
			}
			q.Before, q.Last = "", true
			page := List(t, a, q)
			if got := want[max(len(want)-q.Limit, 0):]; !slices.Equal(ids(page.Events), got) || page.More {
				t.Fatalf("%+v: the oldest\ngot  %v\nwant %v, more %v", q, ids(page.Events), got, page.More)
			}
			q.Last = false
			up := ids(page.Events)
			for {
				q.After = up[0]
				page := List(t, a, q)
				if len(page.Events) == 0 {
					break
				}
				up = append(ids(page.Events), up...)
			}
			if !slices.Equal(up, want) {
				t.Fatalf("%+v: up\ngot  %v\nwant %v", q, up, want)
			}
		}
	}
	// The event that a window starts from need not match.
	third := rows[2]
	q := archive.Query{Customer: "cus_1", Before: third.id, Limit: 5}
	if want := selected(rows[3:], q)[:5]; !slices.Equal(ids(List(t, a, q).Events), want) {
		t.Errorf("before an event that does not match: %v, want %v", ids(List(t, a, q).Events), want)
	}
	q.Offset = 2
	if want := selected(rows[3:], q)[2:7]; !slices.Equal(ids(List(t, a, q).Events), want) {
		t.Errorf("with an offset: %v, want %v", ids(List(t, a, q).Events), want)
	}
}

func refusals(t *testing.T, place Place) {
	a := place(t)()
	Add(t, a, 1, 0, Charge("evt_1", 1, "cus_1"))
	for field, q := range map[string]archive.Query{
		"limit": {Limit: -1}, "offset": {Limit: 1, Offset: -1}, "before": {Limit: 1, Before: "evt_none"}, "after": {Limit: 1, After: "evt_none"}, "last": {Limit: 1, Last: true, Offset: 1},
	} {
		_, err := a.List(context.Background(), q)
		if e := services.AsError(err); e == nil || e.Code != services.CodeInvalid || e.Field != field {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, q := range []archive.Query{{Limit: services.MaxLogLimit + 1}, {Limit: 1, Before: "evt_1", After: "evt_1"}} {
		if _, err := a.List(context.Background(), q); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, position := range []string{"x", "-1", "1.5", "\x1b[2J", "999999999"} {
		if _, err := a.Arrivals(context.Background(), position, 1); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("position %q: %v", position, err)
		}
	}
}

func emptyArchive(t *testing.T, place Place) {
	a, ctx := place(t)(), context.Background()
	if page := List(t, a, all()); page.Total != 0 || page.Events == nil || page.More || page.Position == "" {
		t.Errorf("an empty archive: %+v, want an empty page with a position", page)
	}
	if got, err := a.Arrivals(ctx, "", 10); err != nil || got == nil || len(got) != 0 {
		t.Errorf("arrivals %v, %v", got, err)
	}
	if got, err := a.Aside(ctx, 0, 10); err != nil || got == nil || len(got) != 0 {
		t.Errorf("aside %v, %v", got, err)
	}
	if h, err := a.Health(ctx); err != nil || !reflect.DeepEqual(h, services.LogHealth{}) {
		t.Errorf("health %+v, %v", h, err)
	}
}

func typesAndHealth(t *testing.T, place Place) {
	a := place(t)()
	ctx := context.Background()
	Add(t, a, 3, 0, Charge("evt_1", 100, "cus_1"), Charge("evt_2", 300, "cus_2"), Event("evt_3", "a.created", 200, `{}`))
	types, err := a.Types(ctx, "")
	if want := []services.TypeCount{{Type: "charge.succeeded", Count: 2}, {Type: "a.created", Count: 1}}; err != nil || !slices.Equal(types, want) {
		t.Errorf("types %v, %v", types, err)
	}
	if types, err = a.Types(ctx, "cus_9"); err != nil || types == nil || len(types) != 0 {
		t.Errorf("types of a stranger: %v, %v", types, err)
	}
	if _, _, err := a.Add(ctx, services.SourceWebhook, [][]byte{Charge("evt_1", 100, "cus_1")}); err != nil {
		t.Fatal(err)
	}
	synced := Noon.Add(-time.Hour)
	if err := a.RecordSync(ctx, synced, ""); err != nil {
		t.Fatal(err)
	}
	if err := a.RecordSync(ctx, Noon, "Stripe did \x1b[31mnot answer."); err != nil {
		t.Fatal(err)
	}
	want := services.LogHealth{Events: 3, Newest: time.Unix(300, 0).UTC(), Oldest: time.Unix(100, 0).UTC(),
		LastSync: synced, LastWebhook: Noon, SyncProblem: "Stripe did not answer."}
	if h, err := a.Health(ctx); err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("health %+v, %v\nwant   %+v", h, err, want)
	}
	if err := a.RecordSync(ctx, Noon, ""); err != nil {
		t.Fatal(err)
	}
	if h, _ := a.Health(ctx); h.SyncProblem != "" || !h.LastSync.Equal(Noon) {
		t.Errorf("after a good sync: %+v", h)
	}
}

func cursors(t *testing.T, place Place) {
	a := place(t)()
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

func has(t *testing.T, place Place) {
	a := place(t)()
	Add(t, a, 2, 0, Charge("evt_1", 1, "cus_1"), Charge("evt_2", 1, "cus_1"), []byte("{"))
	got, err := a.Has(context.Background(), []string{"evt_1", "evt_2", "evt_3", ""})
	if err != nil || !got["evt_1"] || !got["evt_2"] || got["evt_3"] || got[""] {
		t.Errorf("has %v, %v", got, err)
	}
}
