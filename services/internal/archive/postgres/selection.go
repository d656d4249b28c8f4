package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// condition collects conditions in SQL and their arguments.
type condition struct {
	terms []string
	args  []any
}

// add adds a condition; the %s in it stand for the values.
func (c *condition) add(text string, values ...any) {
	marks := make([]any, len(values))
	for i, v := range values {
		c.args = append(c.args, v)
		marks[i] = fmt.Sprintf("$%d", len(c.args))
	}
	c.terms = append(c.terms, fmt.Sprintf(text, marks...))
}

func (c *condition) String() string {
	return strings.Join(append([]string{"TRUE"}, c.terms...), " AND ")
}

// selection is what a query selects, in SQL over events. Of the rows for which
// the condition holds, those match for which match is TRUE, and those for which it
// is NULL and the evaluator says so.
type selection struct {
	condition

	customer string
	query    *where.Query // nil for every event
	match    string       // "TRUE" when the condition decides alone
	indexed  bool         // an index of its own leads to the rows
}

// columns are the where language's names of columns that are not called so here.
func columns() map[string]string { return map[string]string{"received": "(received / 1000)"} }

func selectionOf(q archive.Query) selection {
	s := selection{customer: q.Customer, query: q.Where, match: "TRUE"}
	if q.Customer != "" {
		s.add("customer = %s", q.Customer)
	}
	if q.Where != nil {
		s.compile(q.Where)
	}
	return s
}

// compile adds a where query. Of an event that body does not have it says only
// what columns tell.
func (s *selection) compile(q *where.Query) {
	compiled := q.SQL(where.Dialect{Postgres: true, First: len(s.args) + 1, Body: "body", Columns: columns(), Search: search})
	s.args = append(s.args, compiled.Args...)
	s.terms = append(s.terms, "("+compiled.Where+")")
	if !compiled.Exact {
		s.match = compiled.Match
	}
	bounds := q.Bounds()
	s.indexed = bounds.Types != nil || bounds.IDs != nil || bounds.Customers != nil || strings.Contains(compiled.Where, "words @@")
}

// search asks the index of words, each as the beginning of one.
func search(words []string, bind func(any) string) (text string, exact bool) {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = "'" + strings.ReplaceAll(strings.ReplaceAll(w, `\`, `\\`), "'", "''") + "':*"
	}
	if len(parts) == 0 {
		return "TRUE", true
	}
	return "words @@ " + bind(strings.Join(parts, " & ")) + "::text::tsquery", true
}

// total reads from the counters how many events match; -1 when they do not tell.
func (s *selection) total(ctx context.Context, tx *sql.Tx) (n int, err error) {
	kind, only := onlyType(s.query)
	if !only {
		return -1, nil
	}
	c := condition{}
	c.add("customer = %s", s.customer)
	if kind != "" {
		c.add("type = %s", kind)
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0)::bigint FROM counts WHERE `+c.String(), c.args...).Scan(&n)
	return n, err
}

// onlyType reports whether a query asks for nothing but one type, or for nothing.
func onlyType(q *where.Query) (kind string, only bool) {
	if q == nil {
		return "", true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(q.JSON(), &fields) != nil || len(fields) > 1 {
		return "", false
	}
	if len(fields) == 0 {
		return "", true
	}
	if json.Unmarshal(fields["type"], &kind) != nil {
		return "", false
	}
	return kind, kind != ""
}
