package postgres

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
	"bursar/services/internal/archive/where"
)

// corpus are the documents of the where language's vectors, made events of, and
// its queries.
func corpus(t *testing.T) (events [][]byte, queries []*where.Query) {
	t.Helper()
	f, err := os.Open("../where/testdata/where-vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v struct {
			Query json.RawMessage
			Docs  []map[string]json.RawMessage
			Error bool
		}
		if json.Unmarshal(lines.Bytes(), &v) != nil || v.Error {
			continue
		}
		q, err := where.Parse(v.Query)
		if err != nil {
			t.Fatal(err)
		}
		queries = append(queries, q)
		for _, doc := range v.Docs[:min(2, len(v.Docs))] {
			doc["id"] = fmt.Appendf(nil, `"evt_%04d"`, len(events))
			doc["created"] = fmt.Appendf(nil, "%d", 1_700_000_000+len(events)/3)
			if len(doc["type"]) == 0 || doc["type"][0] != '"' || len(doc["type"]) < 3 {
				doc["type"] = []byte(`"charge.succeeded"`)
			}
			if len(events)%7 == 0 { // jsonb refuses it: the evaluator decides alone
				doc["poison"] = []byte(`"\u0000"`)
			}
			raw, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if _, reason := archive.FactsOf(raw); reason == "" {
				events = append(events, raw)
			}
		}
	}
	if len(queries) < 370 || len(events) < 500 {
		t.Fatalf("%d queries, %d events", len(queries), len(events))
	}
	return events, queries
}

// What a query selects in the database is what the evaluator says of each event,
// in any window.
func TestWhere(t *testing.T) {
	a := open(t, pgtest.Database(t))
	events, queries := corpus(t)
	archivetest.Add(t, a, len(events), 0, events...)
	r := rand.New(rand.NewPCG(3, 3))
	for _, text := range []string{`{"$search":"john"}`, `{"$search":"jo","type":{"$regex":"^charge\\."}}`, `{"$fact":{"outcome":"succeeded"}}`,
		`{"$or":[{"$search":"evt_0012"},{"created":{"$lt":1700000020}}]}`} {
		q, err := where.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		queries = append(queries, q)
	}
	var without int
	if err := a.read.QueryRow(`SELECT count(*) FROM events WHERE body IS NULL`).Scan(&without); err != nil || without < len(events)/10 {
		t.Errorf("%d of %d events are without a body, %v", without, len(events), err)
	}
	stored := archivetest.List(t, a, archive.Query{Limit: services.MaxLogLimit}).Events
	for _, q := range queries {
		want := matching(t, q, stored, events)
		w := archive.Query{Where: q, Limit: services.MaxLogLimit}
		if r.IntN(3) > 0 {
			w.Limit, w.Offset = r.IntN(20)+1, r.IntN(len(want)+1)
		}
		page := archivetest.List(t, a, w)
		from, to := min(w.Offset, len(want)), min(w.Offset+w.Limit, len(want))
		got := []string{}
		for _, e := range page.Events {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want[from:to]) || page.More != (to < len(want)) {
			t.Errorf("%s (%d from %d):\ngot  %v, more %v\nwant %v of %d", q, w.Limit, w.Offset, got, page.More, want[from:to], len(want))
		}
	}
}

// matching are the events that the evaluator finds, in the order of lists.
func matching(t *testing.T, q *where.Query, stored []services.Event, events [][]byte) []string {
	t.Helper()
	ids := []string{}
	matches := archive.Query{Where: q}.Matches()
	for _, e := range stored {
		var n int
		if _, err := fmt.Sscanf(e.ID, "evt_%d", &n); err != nil {
			t.Fatal(err)
		}
		e.Raw = events[n]
		ok, err := matches(&e)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// A query that no index serves goes from stretch to stretch, tells how far it has
// come, and can be given up.
func TestScan(t *testing.T) {
	a := open(t, pgtest.Database(t))
	const events = 45_000
	for n := 0; n < events; {
		raws := make([][]byte, 3000)
		for i := range raws {
			raws[i] = archivetest.Charge(fmt.Sprintf("evt_%06d", n), int64(1_700_000_000+n/5), fmt.Sprintf("cus_%d", n%2))
			n++
		}
		archivetest.Add(t, a, len(raws), 0, raws...)
	}
	for _, text := range []string{`{"data.object.id":{"$regex":"ch_evt_0.7000$"}}`, `{"data.object.id":{"$in":["ch_evt_007000","ch_evt_017000","ch_evt_027000","ch_evt_037000"]}}`} {
		q, err := where.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var told []services.LogProgress
		w := archive.Query{Where: q, Limit: 10, Progress: func(p services.LogProgress) { told = append(told, p) }}
		page := archivetest.List(t, a, w)
		var got []string
		for _, e := range page.Events {
			got = append(got, e.ID)
		}
		if want := "evt_037000 evt_027000 evt_017000 evt_007000"; strings.Join(got, " ") != want || page.More || page.Total != -1 {
			t.Errorf("%s: %v, more %v, total %d", text, got, page.More, page.Total)
		}
		for _, p := range told {
			if p.Of != events || p.Examined%firstStretch != 0 || p.Reached.IsZero() {
				t.Errorf("%s: told %+v", text, p)
			}
		}
		w.After, w.Limit, w.Customer = "evt_010000", 2, "cus_0"
		page = archivetest.List(t, a, w)
		if len(page.Events) != 2 || page.Events[0].ID != "evt_027000" || page.Events[1].ID != "evt_017000" {
			t.Errorf("%s, upwards: %+v", text, page.Events)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		w = archive.Query{Where: q, Limit: 10}
		if _, err := a.List(ctx, w); services.CodeOf(err) != services.CodeStorage {
			t.Errorf("%s, given up: %v", text, err)
		}
		cancel()
	}
}
