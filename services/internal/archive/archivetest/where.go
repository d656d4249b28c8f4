package archivetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// queries are where queries of every kind: on columns, on paths, on words, and
// on several of them.
func queries(g *Generator) []string {
	someone := g.Customer(1)
	created := Noon.Unix()
	return []string{
		`{}`,
		`{"type":"invoice.paid"}`,
		`{"type":"no.such.type"}`,
		`{"type":{"$in":["invoice.paid","charge.failed","no.such.type"]}}`,
		`{"type":{"$ne":"invoice.paid"}}`,
		`{"type":{"$regex":"^charge\\."}}`,
		`{"type":{"$regex":"paid$"}}`,
		`{"type":{"$iLike":"CHARGE"}}`,
		fmt.Sprintf(`{"created":{"$gte":%d,"$lt":%d}}`, created+20, created+60),
		fmt.Sprintf(`{"created":{"$gt":%d,"$lte":%d},"type":"invoice.paid"}`, created+10, created+500),
		fmt.Sprintf(`{"created":%d}`, created+7),
		fmt.Sprintf(`{"$or":[{"created":%d},{"created":{"$lt":%d.5}}]}`, created+7, created+3),
		`{"created":{"$lt":1e300}}`,
		`{"livemode":false,"$fact":{"outcome":"failed"}}`,
		`{"$fact":{"outcome":{"$in":["failed","refunded"]},"amount":{"$gt":5000},"currency":"eur"}}`,
		`{"$fact":{"amount":{"$exists":false}}}`,
		`{"$fact":{"customer":null}}`,
		`{"$fact":{"source":"list","object_type":{"$ne":"charge"}}}`,
		fmt.Sprintf(`{"$fact":{"customer":%q}}`, someone.ID),
		fmt.Sprintf(`{"$fact":{"customer":{"$ne":%q}},"type":"charge.succeeded"}`, someone.ID),
		fmt.Sprintf(`{"$fact":{"received":%d}}`, Noon.Unix()),
		`{"data.object.amount":{"$gt":50000}}`,
		`{"data.object.metadata.note":{"$exists":true}}`,
		`{"type":"charge.succeeded","data.object.amount":{"$gt":50000}}`,
		`{"$or":[{"type":"charge.failed"},{"data.object.amount":{"$gt":90000}}]}`,
		`{"$or":[{"$fact":{"outcome":"failed"}},{"data.object.description":{"$regex":"order","$options":"i"}}]}`,
		`{"$nor":[{"type":{"$regex":"^charge"}},{"data.object.currency":"eur"}]}`,
		`{"data.object.id":"none"}`,
		fmt.Sprintf(`{"$search":%q}`, someone.Email),
		fmt.Sprintf(`{"$search":%q}`, strings.ToUpper(someone.Name)),
		`{"$search":"lovel"}`,
		`{"$search":"example com"}`,
		`{"$search":"nobodyatall"}`,
		`{"$search":"zoë","type":"charge.succeeded"}`,
		`{"$search":"grace","data.object.amount":{"$gt":20000}}`,
		`{"$or":[{"$search":"ada"},{"type":"invoice.paid"}]}`,
		`{"$filters":[{"column":"data.object.amount","condition":">","value":70000}]}`,
	}
}

// whereSelectsAsTheEvaluator asks an archive for every kind of query and compares
// each window with the same one of what the evaluator says of all events.
func whereSelectsAsTheEvaluator(t *testing.T, place Place) {
	open := place(t)
	a := open()
	const events = 1500
	g := NewGenerator(3, 12, Noon, 300*time.Millisecond)
	for n := 0; n < events; n += 100 {
		var batch [][]byte
		for range 100 {
			batch = append(batch, g.Next())
		}
		rand.New(rand.NewPCG(uint64(n), 1)).Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		Add(t, a, 100, 0, batch...)
	}
	all := everyEvent(t, a)
	r := rand.New(rand.NewPCG(4, 4))
	for _, text := range queries(g) {
		q := archive.Query{Where: Where(text)}
		want := matching(t, all, q.Where, "")
		for round := range 13 {
			q.Limit, q.Offset, q.Before, q.After, q.Customer, q.Last = r.IntN(120), 0, "", "", "", false
			expected := want
			switch {
			case round < 2:
				q.Offset = r.IntN(len(want) + 5)
			case round < 4:
				q.Customer = g.Customer(r.IntN(12)).ID
				expected = matching(t, all, q.Where, q.Customer)
			case round < 7:
				from := all[r.IntN(len(all))]
				q.Before, q.Offset = from.ID, r.IntN(20)
				expected = slices.DeleteFunc(slices.Clone(want), func(e services.Event) bool { return !before(from, e) })
			case round < 10:
				from := all[r.IntN(len(all))]
				q.After = from.ID
				expected = slices.DeleteFunc(slices.Clone(want), func(e services.Event) bool { return !before(e, from) })
				expected = expected[max(0, len(expected)-q.Limit):]
			case round < 12:
				q.Last = true
				expected = expected[max(0, len(expected)-q.Limit):]
			default:
				q.Limit = 10
			}
			page := List(t, a, q)
			low := min(q.Offset, len(expected))
			high := min(low+q.Limit, len(expected))
			if got, want := ids(page.Events), ids(expected[low:high]); !slices.Equal(got, want) {
				t.Fatalf("%s %+v:\ngot  %v\nwant %v", text, q, got, want)
			}
			if q.After == "" && q.Limit > 0 && page.More != (high < len(expected)) {
				t.Errorf("%s %+v: more is %v, %d of %d", text, q, page.More, high, len(expected))
			}
			total := len(expected)
			if q.Last {
				total = len(want)
			}
			if page.Total != -1 && q.Before == "" && q.After == "" && page.Total != total {
				t.Errorf("%s %+v: %d in all, want %d", text, q, page.Total, total)
			}
		}
	}
}

// everyEvent returns all events in the order of lists, with Raw.
func everyEvent(t *testing.T, a archive.Archive) (all []services.Event) {
	t.Helper()
	for _, arrival := range next(t, a, "", 1_000_000) {
		all = append(all, arrival.Event)
	}
	slices.SortFunc(all, func(x, y services.Event) int {
		if before(x, y) {
			return -1
		}
		return 1
	})
	return all
}

// before reports whether one event stands before another in lists.
func before(x, y services.Event) bool {
	if !x.Created.Equal(y.Created) {
		return x.Created.After(y.Created)
	}
	return x.ID > y.ID
}

// matching are the events of a customer that the evaluator says match.
func matching(t *testing.T, all []services.Event, q *where.Query, customer string) (found []services.Event) {
	t.Helper()
	matches := archive.Query{Customer: customer, Where: q}.Matches()
	for _, e := range all {
		ok, err := matches(&e)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			found = append(found, e)
		}
	}
	return found
}

// queriesEndAndTell: a query over everything tells how far it is, and ends with
// its context.
func queriesEndAndTell(t *testing.T, place Place) {
	a := place(t)()
	g := NewGenerator(5, 5, Noon, time.Second)
	for range 30 {
		var batch [][]byte
		for range 200 {
			batch = append(batch, g.Next())
		}
		Add(t, a, 200, 0, batch...)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := a.List(ctx, archive.Query{Where: Where(`{"data.object.x":1}`), Limit: 1}); services.CodeOf(err) != services.CodeStorage {
		t.Errorf("a query whose context has ended: %v", err)
	}
	var last services.LogProgress
	_, err := a.List(context.Background(), archive.Query{Where: Where(`{"data.object.x":1}`), Limit: 1, Progress: func(p services.LogProgress) {
		if p.Examined < last.Examined || p.Examined > p.Of {
			t.Errorf("told %+v after %+v", p, last)
		}
		last = p
	}})
	if err != nil {
		t.Error(err)
	}
	deep := `{"$not":{"$not":{"a":1}}}`
	if page := List(t, a, archive.Query{Where: Where(deep), Limit: 5}); len(page.Events) != 0 {
		t.Errorf("%s found %d", deep, len(page.Events))
	}
}
