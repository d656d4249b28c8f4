package where

import (
	"fmt"
	"strings"
	"testing"
)

func parsed(t testing.TB, query string) *Query {
	t.Helper()
	q, err := Parse([]byte(query))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return q
}

// TestColumnsInSQL holds that columns are compared in plain terms, and that only
// what needs the event's JSON is left open.
func TestColumnsInSQL(t *testing.T) {
	const open = "CAST(NULL AS boolean)"
	for _, c := range []struct{ query, where, match, args string }{
		{`{}`, "TRUE", "TRUE", "[]"},
		{`{"type":"charge.failed"}`, "type = ?1", "TRUE", "[charge.failed]"},
		{`{"type":5}`, "FALSE", "TRUE", "[]"},
		{`{"type":{"$ne":null},"id":{"$exists":true},"livemode":{"$type":"bool"}}`, "TRUE", "TRUE", "[]"},
		{`{"type":{"$in":["a",null,"b",5]}}`, "type IN (?1, ?2)", "TRUE", "[a b]"},
		{`{"type":{"$regex":"^charge\\."}}`, "(type >= ?1 AND type < ?2)", "TRUE", "[charge. charge/]"},
		{`{"type":{"$regex":"failed$"}}`, "TRUE", open, "[]"},
		{`{"type":{"$gt":"😀"}}`, "TRUE", open, "[]"},
		{`{"created":{"$gte":5,"$lt":9}}`, "(created >= ?1 AND created < ?2)", "TRUE", "[5 9]"},
		{`{"created":{"$gte":5.5,"$lt":9.5}}`, "(created > ?1 AND created <= ?2)", "TRUE", "[5 9]"},
		{`{"created":5.5}`, "FALSE", "TRUE", "[]"},
		{`{"created":1e300}`, "CAST(created AS real) = ?1", "TRUE", "[1e+300]"},
		{`{"livemode":true}`, "livemode = TRUE", "TRUE", "[]"},
		{`{"livemode":{"$gt":false}}`, "livemode = TRUE", "TRUE", "[]"},
		{`{"livemode":{"$in":[true,false]}}`, "TRUE", "TRUE", "[]"},
		{`{"$fact":{"customer":"cus_1","amount":{"$gte":500}}}`, "(customer = ?1 AND amount >= ?2)", "TRUE", "[cus_1 500]"},
		{`{"$fact":{"customer":null}}`, "coalesce(customer, '') = ''", "TRUE", "[]"},
		{`{"$fact":{"customer":{"$exists":true}}}`, "(NOT coalesce(customer, '') = '')", "TRUE", "[]"},
		{`{"$fact":{"customer":{"$ne":"cus_1"}}}`, "(coalesce(customer, '') = '' OR (NOT customer = ?1))", "TRUE", "[cus_1]"},
		{`{"$nor":[{"$fact":{"customer":"cus_1"}}]}`, "(NOT coalesce(customer = ?1, FALSE))", "TRUE", "[cus_1]"},
		{`{"$or":[{"type":"a"},{"$fact":{"customer":"b"}}]}`, "(type = ?1 OR customer = ?2)", "TRUE", "[a b]"},
		{`{"$and":[{"type":"a"},{"$and":[{"created":1},{"x":1}]}]}`, "(type = ?1 AND created = ?2)", open, "[a 1]"},
		{`{"type":"a","x":{"$gt":1}}`, "type = ?1", open, "[a]"},
		{`{"type":"a","$fact":{"customer":"a"}}`, "(customer = ?1 AND type = ?2)", "TRUE", "[a a]"},
		{`{"$or":[{"type":"a"},{"x":1}]}`, "(((type = ?1 OR " + open + ")) IS NOT FALSE)", "(type = ?2 OR " + open + ")", "[a a]"},
		{`{"$not":{"type":"a","x":1}}`, "(((NOT (type = ?1 AND " + open + "))) IS NOT FALSE)", "(NOT (type = ?2 AND " + open + "))", "[a a]"},
		{`{"x":{"$in":[]}}`, "FALSE", "TRUE", "[]"},
		{`{"x":{"$nin":[]},"y":{"$all":[]},"z":{"$not":{"$size":1.5}}}`, "TRUE", "TRUE", "[]"},
		{`{"$filters":[]}`, "TRUE", "TRUE", "[]"},
		{`{"$search":"jane","type":"a"}`, "type = ?1", open, "[a]"},
	} {
		got := parsed(t, c.query).SQL(Dialect{})
		if got.Where != c.where || got.Match != c.match || fmt.Sprint(got.Args) != c.args {
			t.Errorf("%s:\nwhere %s\nmatch %s\nargs  %v", c.query, got.Where, got.Match, got.Args)
		}
		if got.Exact != (c.match == "TRUE") {
			t.Errorf("%s: exact is %t", c.query, got.Exact)
		}
	}
}

func TestSearchInSQL(t *testing.T) {
	d := Dialect{Postgres: true, First: 4, Columns: map[string]string{"type": "e.kind", "source": ""}}
	sure := true
	d.Search = func(words []string, bind func(any) string) (string, bool) {
		return "e.words @> " + bind(words), sure
	}
	q := parsed(t, `{"$search":"Jane Doe","type":"a"}`)
	if got := q.SQL(d); got.Where != "(e.words @> $4 AND e.kind = $5)" || !got.Exact || fmt.Sprint(got.Args) != "[[jane doe] a]" {
		t.Errorf("%+v", got)
	}
	sure = false
	if got := q.SQL(d); got.Where != "(e.words @> $4 AND e.kind = $5)" || got.Match != "CAST(NULL AS boolean)" || got.Exact {
		t.Errorf("%+v", got)
	}
	if got := parsed(t, `{"$fact":{"source":"list"}}`).SQL(d); got.Where != "TRUE" || got.Exact {
		t.Errorf("a column that is not there: %+v", got)
	}
}

// TestIndexes holds that the planners use an index for what the query's
// outermost AND says of columns, whatever else it says.
func TestIndexes(t *testing.T) {
	queries := []struct{ query, index string }{
		{`{"type":"a","data.object.x":{"$gt":5}}`, "by_type"},
		{`{"type":{"$regex":"^charge\\."},"$or":[{"x":1},{"y":2}]}`, "by_type"},
		{`{"$and":[{"data.object.x":1},{"$fact":{"customer":"cus_1"}}]}`, "by_customer"},
		{`{"created":{"$gte":1700000000.5},"data.object.x":1}`, "by_time"},
	}
	indexes := []string{`CREATE INDEX by_type ON events (type, created, id)`, `CREATE INDEX by_customer ON events (customer, created, id)`,
		`CREATE INDEX by_time ON events (created, id)`}
	t.Run("SQLite", func(t *testing.T) {
		d := onSQLite(t)
		for _, index := range indexes {
			d.make(t, index)
		}
		for _, c := range queries {
			s := parsed(t, c.query).SQL(Dialect{Body: "body"})
			plan, err := d.explain("EXPLAIN QUERY PLAN SELECT n, "+s.Match+" FROM events WHERE "+s.Where+" ORDER BY created DESC, id DESC", s.Args...)
			if err != nil || !strings.Contains(plan, "USING INDEX "+c.index+" (") {
				t.Errorf("%s: %v\n%s", c.query, err, plan)
			}
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		d := onPostgres(t)
		d.make(t, `ALTER TABLE events ALTER COLUMN type TYPE text COLLATE "C"`)
		for _, index := range append(indexes, `SET enable_seqscan = off`, `SET enable_bitmapscan = off`) {
			d.make(t, index)
		}
		for _, c := range queries {
			s := parsed(t, c.query).SQL(Dialect{Postgres: true, Body: "body"})
			plan, err := d.explain("EXPLAIN SELECT n, "+s.Match+" FROM events WHERE "+s.Where, s.Args...)
			if err != nil || !strings.Contains(plan, "using "+c.index) || !strings.Contains(plan, "Index Cond") {
				t.Errorf("%s: %v\n%s", c.query, err, plan)
			}
		}
	})
}

// TestLargestInSQL holds that a query as large as any does not grow beyond what
// the databases take.
func TestLargestInSQL(t *testing.T) {
	many := func(n int, one, around string) string {
		return fmt.Sprintf(around, strings.Repeat(one+",", n-1)+one)
	}
	deep := `{"data.object.x":1}`
	for range 10 { // each is three levels of JSON
		deep = `{"$or":[{"type":"b"},` + deep + `]}`
	}
	queries := []string{
		many(1000, `{"data.object.x":{"$gt":5}}`, `{"$or":[%s]}`),
		many(1000, `{"type":"a"}`, `{"$nor":[%s]}`),
		many(1000, `"a"`, `{"data.object.x":{"$in":[%s]},"type":{"$in":[%[1]s]}}`),
		many(1000, `"a"`, `{"data.object.x":{"$all":[%s]}}`),
		many(20, many(40, `{"a.b":{"$ne":1}}`, `{"$and":[%s]}`), `{"$or":[%s]}`),
		`{"` + strings.Repeat("a.", 20000) + `a":1}`,
		deep,
	}
	bothDatabases(t, func(t *testing.T, d *database) {
		d.add(t, 0, []byte(`{"id":"evt_1","type":"b","created":1,"livemode":true,"data":{"object":{"x":6}},"a":{"b":1}}`))
		for _, text := range queries {
			if _, err := d.ask(parsed(t, text), d.dialect, 0, 1); err != nil {
				t.Errorf("%.60s…: %.300s", text, err)
			}
		}
	})
}
