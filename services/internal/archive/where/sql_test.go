package where

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	_ "github.com/lib/pq"  // the driver "postgres"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"bursar/services/internal/archive/pgtest"
)

// database is a table of events on one of the databases.
type database struct {
	dialect Dialect
	exec    func(text string, args ...any) error
	query   func(text string, args ...any) ([]row, error)
	rows    func(text string, args []any, each func(scan func(...any) error) error) error
	explain func(text string, args ...any) (plan string, err error)
}

// row is an event's number and what Match says of it.
type row struct {
	n     int64
	match *bool
}

func onSQLite(t testing.TB) *database {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	d := on(t, db, Dialect{Body: "e.body"})
	d.explain = func(text string, args ...any) (plan string, err error) {
		err = d.rows(text, args, func(scan func(...any) error) error {
			var a, b, c int
			var detail string
			err := scan(&a, &b, &c, &detail)
			plan += detail + "\n"
			return err
		})
		return plan, err
	}
	d.make(t, `CREATE TABLE events (n INTEGER PRIMARY KEY, id TEXT, type TEXT, created INTEGER, livemode INTEGER, body TEXT,
		customer TEXT, outcome TEXT, currency TEXT, amount INTEGER, received INTEGER)`)
	return d
}

func onPostgres(t testing.TB) *database {
	t.Helper()
	db, err := sql.Open("postgres", pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	d := on(t, db, Dialect{Postgres: true, Body: "e.body"})
	d.explain = func(text string, args ...any) (plan string, err error) {
		err = d.rows(text, args, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			plan += line + "\n"
			return err
		})
		return plan, err
	}
	d.make(t, `CREATE TABLE events (n bigint PRIMARY KEY, id text, type text, created bigint, livemode boolean, body jsonb,
		customer text, outcome text, currency text, amount bigint, received bigint)`)
	return d
}

// on is what both databases do alike.
func on(t testing.TB, db *sql.DB, dialect Dialect) *database {
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)       // a memory database is its connection's; settings of a test are too
	ctx := context.Background() // a fuzz target may not use its F's
	d := &database{dialect: dialect}
	d.exec = func(text string, args ...any) error {
		_, err := db.ExecContext(ctx, text, args...)
		return err
	}
	d.rows = func(text string, args []any, each func(scan func(...any) error) error) error {
		rows, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells what matters
		for rows.Next() {
			if err := each(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	d.query = func(text string, args ...any) (all []row, err error) {
		err = d.rows(text, args, func(scan func(...any) error) error {
			var r row
			err := scan(&r.n, &r.match)
			all = append(all, r)
			return err
		})
		return all, err
	}
	return d
}

func (d *database) make(t testing.TB, table string) {
	t.Helper()
	if err := d.exec(table); err != nil {
		t.Fatal(err)
	}
}

// bothDatabases runs a test on each.
func bothDatabases(t *testing.T, test func(t *testing.T, d *database)) {
	t.Run("SQLite", func(t *testing.T) { test(t, onSQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, onPostgres(t)) })
}

// add stores a document without facts. plain tells whether it has the fields that have columns.
func (d *database) add(t testing.TB, n int64, doc []byte) (plain bool) {
	t.Helper()
	var e struct {
		ID, Type *string
		Created  *int64
		Livemode *bool
	}
	plain = json.Unmarshal(doc, &e) == nil && e.ID != nil && e.Type != nil && e.Created != nil && e.Livemode != nil
	if err := d.insert("n, id, type, created, livemode, body", n, e.ID, e.Type, e.Created, e.Livemode, string(doc)); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return plain
}

func (d *database) insert(columns string, values ...any) error {
	places := "?1"
	for i := range values[1:] {
		places += fmt.Sprintf(", ?%d", i+2)
	}
	if d.dialect.Postgres {
		places = strings.ReplaceAll(places, "?", "$")
	}
	return d.exec("INSERT INTO events ("+columns+") VALUES ("+places+")", values...)
}

// ask has the documents low … high-1 judged by SQL: true, false, or nil for the
// evaluator.
func (d *database) ask(q *Query, dialect Dialect, low, high int64) ([]*bool, error) {
	s := q.SQL(dialect)
	text := fmt.Sprintf("SELECT n, (%s) FROM events AS e WHERE n >= %d AND n < %d AND %s", s.Match, low, high, s.Where)
	rows, err := d.query(text, s.Args...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s\n%q", err, text, s.Args)
	}
	no := false
	verdicts := make([]*bool, high-low)
	for i := range verdicts {
		verdicts[i] = &no
	}
	for _, r := range rows {
		verdicts[r.n-low] = r.match
		switch {
		case r.match == nil && s.Exact:
			return nil, fmt.Errorf("it is exact, and leaves a row open\n%s", text)
		case r.match != nil && !*r.match:
			return nil, fmt.Errorf("a row that Where lets through surely does not match\n%s", text)
		}
	}
	return verdicts, nil
}

// TestVectorsInSQL holds that SQL, and the evaluator where SQL asks for it, give
// the vectors' answers, with columns and without, and that SQL decides what it
// should.
func TestVectorsInSQL(t *testing.T) {
	bothDatabases(t, func(t *testing.T, d *database) {
		noColumns := d.dialect
		noColumns.Columns = map[string]string{"id": "", "type": "", "created": "", "livemode": ""}
		n := int64(0)
		pairs, decided := map[string]int{}, map[string]int{}
		for _, v := range vectors(t) {
			if v.Error {
				continue
			}
			q, err := Parse(v.Query)
			if err != nil {
				t.Fatal(err)
			}
			low, plain := n, true
			for _, doc := range v.Docs {
				plain = d.add(t, n, doc) && plain
				n++
			}
			expect := make([]bool, len(v.Docs))
			for _, i := range v.Expect {
				expect[i] = true
			}
			for _, dialect := range []Dialect{d.dialect, noColumns} {
				if !plain && dialect.Columns == nil {
					continue // the archive would not take these
				}
				verdicts, err := d.ask(q, dialect, low, n)
				if err != nil {
					t.Errorf("%s: %s: %v", v.Name, q, err)
					continue
				}
				category, _, _ := strings.Cut(v.Name, "/")
				for i, verdict := range verdicts {
					pairs[category]++
					pairs[""]++
					var match bool
					if verdict != nil {
						decided[category]++
						decided[""]++
						match = *verdict
					} else if match, err = q.Matcher().Match(v.Docs[i], Facts{}); err != nil {
						t.Error(err)
					}
					if match != expect[i] {
						t.Errorf("%s: %s on %s: %t, by SQL: %t", v.Name, q, v.Docs[i], match, verdict != nil)
					}
				}
			}
		}
		t.Logf("%d of %d decided in SQL; typical: %d of %d", decided[""], pairs[""], decided["typical"], pairs["typical"])
		if decided[""] < pairs[""]/2 || decided["typical"] < pairs["typical"]*8/10 {
			t.Error("SQL decides too little")
		}
	})
}
