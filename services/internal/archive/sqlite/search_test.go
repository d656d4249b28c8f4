package sqlite

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// The index of words never changes an answer: neither when it is not there, nor
// when it is behind, nor when it is whole.
func TestSearchIsTheSameWithAndWithoutIndex(t *testing.T) {
	ctx := context.Background()
	a := openNew(t)
	g := archivetest.NewGenerator(11, 300, archivetest.Noon, 400*time.Millisecond)
	store := func(n int) {
		t.Helper()
		batch := make([][]byte, n)
		for i := range batch {
			batch[i] = g.Next()
		}
		add(t, a, n, 0, batch...)
	}
	texts := []string{g.Customer(3).Email, g.Customer(5).Name, "porcelain", "zoë", "exam", g.Customer(9).ID, "A-3", "nobodyatall", "grace fragile"}
	answers := func() (found [][]string) {
		t.Helper()
		for _, text := range texts {
			for _, q := range []archive.Query{{Limit: 40}, {Limit: 30, Offset: 35}} {
				q.Where = archivetest.Where(fmt.Sprintf(`{"$search":%q}`, text))
				var ids []string
				for _, e := range archivetest.List(t, a, q).Events {
					ids = append(ids, e.ID)
				}
				found = append(found, ids)
			}
		}
		return found
	}
	same := func(when string, got, want [][]string) {
		t.Helper()
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%s: %q, page %d:\ngot  %v\nwant %v", when, texts[i/2], i%2, got[i], want[i])
			}
		}
	}
	reset := func() {
		execute(t, a, `INSERT INTO words (words) VALUES ('delete-all')`)
		execute(t, a, `DELETE FROM notes WHERE name = 'words'`)
	}
	store(1000)
	if err := a.indexWords(ctx, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	store(300)
	behind := answers()
	if err := a.indexWords(ctx, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n, err := a.behind(ctx); n != 0 || err != nil {
		t.Fatalf("%d events are not indexed, %v", n, err)
	}
	whole := answers()
	reset()
	none := answers()
	same("behind", behind, none)
	same("whole", whole, none)
	if len(none[0]) == 0 || len(none[4]) != 40 || len(none[14]) != 0 {
		t.Errorf("found %d, %d, %d", len(none[0]), len(none[4]), len(none[14]))
	}

	// An index that lacks what it says it has is asked: the test sees the index.
	if err := a.indexWords(ctx, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	execute(t, a, `INSERT INTO words (words) VALUES ('delete-all')`)
	if emptied := answers(); slices.EqualFunc(emptied, none, slices.Equal) {
		t.Error("the index is not asked")
	}
}

// What is asked of columns is found by their indexes.
func TestQueriesUseIndexes(t *testing.T) {
	a := openNew(t)
	add(t, a, 3, 0, charge("evt_1", 1, "cus_1"), charge("evt_2", 2, "cus_1"), archivetest.Event("evt_3", "charge.failed", 3, "{}"))
	for text, want := range map[string]string{
		`{}`:                          "SCAN e",
		`{"type":"charge.succeeded"}`: "SEARCH e USING INDEX events_by_type (type=?)",
		`{"type":"charge.succeeded","created":{"$gte":1,"$lt":9}}`:    "SEARCH e USING INDEX events_by_type (type=? AND rowid>? AND rowid<?)",
		`{"created":{"$gte":1,"$lt":9}}`:                              "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		`{"$fact":{"customer":"cus_1"},"type":"charge.succeeded"}`:    "SEARCH e USING INDEX events_by_customer (customer=?)",
		`{"$fact":{"outcome":"failed"}}`:                              "SEARCH e USING INDEX events_by_outcome (outcome=?)",
		`{"$fact":{"outcome":"succeeded"}}`:                           "SCAN e",
		`{"$fact":{"outcome":"succeeded"},"type":"charge.succeeded"}`: "SEARCH e USING INDEX events_by_type (type=?)",
		`{"id":"evt_1"}`:                   "SEARCH e USING INDEX sqlite_autoindex_events_1 (id=?)",
		`{"type":{"$regex":"^charge\\."}}`: "SCAN e",
	} {
		var plan []string
		err := a.reading(context.Background(), "planning", func(c *conn) error {
			s, err := a.selectionOf(context.Background(), c, archive.Query{Where: archivetest.Where(text)})
			if err != nil {
				return err
			}
			w := window{a: a, ctx: context.Background(), c: c, selection: s}
			return c.each(context.Background(), "EXPLAIN QUERY PLAN "+w.from(eventColumns)+" ORDER BY e.key DESC", s.args, func(r row) error {
				plan = append(plan, r.text(3))
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if plan[0] != want || slices.Contains(plan, "USE TEMP B-TREE FOR ORDER BY") && text != `{"id":"evt_1"}` {
			t.Errorf("%s: %q, want %q", text, plan, want)
		}
	}
}

// Seconds with very many events are read without reading all of them, and in the
// same order.
func TestLargeSeconds(t *testing.T) {
	a := openNew(t)
	const n = 3 * largeGroup
	var batch [][]byte
	for i := range n {
		batch = append(batch, charge(fmt.Sprintf("evt_%05d", i*7919%n), 100+int64(i%2), "cus_1"))
	}
	add(t, a, n, 0, batch...)
	all := everything(t, a).Events
	if !slices.IsSortedFunc(all, func(x, y services.Event) int {
		if x.Created.Equal(y.Created) && x.ID > y.ID || x.Created.After(y.Created) {
			return -1
		}
		return 1
	}) || len(all) != n {
		t.Fatal("the list is not in order")
	}
	for _, at := range []int{0, 1, 99, 100, n/2 - 1, n / 2, n/2 + 1, n - 101, n - 1} {
		q := archive.Query{Limit: 100, Offset: at}
		if got, want := archivetest.List(t, a, q).Events, all[at:min(at+100, n)]; !slices.EqualFunc(got, want, sameID) {
			t.Errorf("offset %d is another window", at)
		}
		q = archive.Query{Limit: 100, Before: all[at].ID, Offset: 3}
		if got, want := archivetest.List(t, a, q).Events, all[min(at+4, n):min(at+104, n)]; !slices.EqualFunc(got, want, sameID) {
			t.Errorf("before %d is another window", at)
		}
		q = archive.Query{Limit: 100, After: all[at].ID}
		if got, want := archivetest.List(t, a, q).Events, all[max(0, at-100):at]; !slices.EqualFunc(got, want, sameID) {
			t.Errorf("after %d is another window", at)
		}
	}
}

func sameID(x, y services.Event) bool { return x.ID == y.ID }
