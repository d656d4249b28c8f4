package sqlite

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bursar/services/internal/archive/where"
)

// The columns that hold numbers of texts, and the time, which is in the key, are
// called by a mark at first: what is asked of them becomes a question about
// numbers.
const coded = "type|outcome|currency|source|object_type|api_version|customer"

func columns() map[string]string {
	named := map[string]string{"id": "e.id", "livemode": "e.livemode", "amount": "e.amount", "object_id": "e.object_id",
		"request_id": "e.request_id", "received": "(e.received / 1000)", "created": "@created"}
	for column := range strings.SplitSeq(coded, "|") {
		named[column] = "@" + column
	}
	return named
}

// compile compiles a where query into the selection. free says that SQLite may
// choose an index by it.
func (s *selection) compile(ctx context.Context, a *Archive, c *conn, q *where.Query, free bool) error {
	compiled := q.SQL(where.Dialect{Columns: columns()})
	r := rewriter{ctx: ctx, a: a, c: c, args: compiled.Args, free: free}
	s.open = !compiled.Exact
	s.where, s.match = r.rewrite(compiled.Where), r.rewrite(compiled.Match)
	s.all = r.args
	s.args = s.all[:placeholders(s.where)]
	s.facts = s.open && strings.Contains(string(q.JSON()), `"$fact"`)
	if s.open {
		s.words = wordsOf(q)
	}
	return r.err
}

// placeholders is the greatest number of a placeholder.
func placeholders(sql string) (most int) {
	for _, m := range numbered.FindAllString(sql, -1) {
		n, _ := strconv.Atoi(m[1:])
		most = max(most, n)
	}
	return most
}

var (
	numbered    = regexp.MustCompile(`\?\d+`)
	askTime     = regexp.MustCompile(`@created (>=|<=|>|<|=) \?(\d+)`)
	askRange    = regexp.MustCompile(`\(@(` + coded + `) >= \?(\d+) AND @(` + coded + `) < \?(\d+)\)`)
	askNumber   = regexp.MustCompile(`@(` + coded + `) = \?(\d+)`)
	askNumbers  = regexp.MustCompile(`@(` + coded + `) IN \((\?\d+(?:, \?\d+)*)\)`)
	askCustomer = regexp.MustCompile(`coalesce\(@customer, ''\) = ''`)
	askText     = regexp.MustCompile(`@(` + coded + `)`)
)

// rewriter makes of conditions on texts and times the same on numbers and keys.
type rewriter struct {
	ctx  context.Context
	a    *Archive
	c    *conn
	args []any
	free bool // an index may be chosen
	err  error
}

func (r *rewriter) rewrite(sql string) string {
	sql = askTime.ReplaceAllStringFunc(sql, r.time)
	sql = askRange.ReplaceAllStringFunc(sql, r.between)
	sql = askNumbers.ReplaceAllStringFunc(sql, r.numbers)
	sql = askNumber.ReplaceAllStringFunc(sql, func(found string) string {
		m := askNumber.FindStringSubmatch(found)
		r.number(m[1], m[2])
		if n, _ := (*r.arg(m[2])).(int64); m[1] == "outcome" && r.free && n > 2 { // the index has no other
			return "(e.outcome = ?" + m[2] + " AND e.outcome > 2)"
		}
		return "+e." + m[1] + " = ?" + m[2]
	})
	sql = askCustomer.ReplaceAllString(sql, "e.customer IS NULL")
	sql = askText.ReplaceAllStringFunc(sql, func(found string) string {
		if found == "@customer" {
			return "(SELECT id FROM customers WHERE n = e.customer)"
		}
		return "(SELECT name FROM names WHERE n = e." + found[1:] + ")"
	})
	return strings.ReplaceAll(sql, "@created", fmt.Sprintf("(e.key >> %d)", keyBits))
}

// arg is the argument of a placeholder.
func (r *rewriter) arg(number string) *any {
	n, _ := strconv.Atoi(number)
	return &r.args[n-1]
}

// time compares keys.
func (r *rewriter) time(found string) string {
	m := askTime.FindStringSubmatch(found)
	arg := r.arg(m[2])
	var seconds int64
	switch v := (*arg).(type) {
	case int64:
		seconds = v
	case float64:
		if v != float64(int64(v)) {
			return strings.Replace(found, "@created", fmt.Sprintf("(e.key >> %d)", keyBits), 1)
		}
		seconds = int64(v)
	default:
		return strings.Replace(found, "@created", fmt.Sprintf("(e.key >> %d)", keyBits), 1)
	}
	seconds = min(max(seconds, -1), 1<<38)
	switch m[1] {
	case ">=", "<":
		*arg = firstKey(seconds)
	case "<=", ">":
		*arg = lastKey(seconds)
	default:
		*arg = seconds
		return fmt.Sprintf("(e.key >= (?%s << %d) AND e.key < ((?%s + 1) << %d))", m[2], keyBits, m[2], keyBits)
	}
	return "e.key " + m[1] + " ?" + m[2]
}

// number puts the number of a text in the text's place; one that no event has is
// no number of any.
func (r *rewriter) number(column, placeholder string) {
	arg := r.arg(placeholder)
	text, _ := (*arg).(string)
	var number int64
	var err error
	if column == "customer" {
		if text != "" {
			number, _, err = personNumber(r.ctx, r.c, text)
		}
	} else {
		number, err = r.a.number(r.c, text)
	}
	if err != nil {
		r.err = err
	}
	*arg = number
}

func (r *rewriter) numbers(found string) string {
	m := askNumbers.FindStringSubmatch(found)
	for _, placeholder := range numbered.FindAllString(m[2], -1) {
		r.number(m[1], placeholder[1:])
	}
	// Walking several places of an index gives no order, so none is used.
	return "+e." + m[1] + " IN (" + m[2] + ")"
}

// between asks for the texts of a range; these are few.
func (r *rewriter) between(found string) string {
	m := askRange.FindStringSubmatch(found)
	if m[1] != m[3] || m[1] == "customer" {
		return found
	}
	var list []string
	err := r.c.each(r.ctx, `SELECT n FROM names WHERE name >= ? AND name < ?`, []any{*r.arg(m[2]), *r.arg(m[4])}, func(row row) error {
		list = append(list, strconv.FormatInt(row.integer(0), 10))
		return nil
	})
	if err != nil {
		r.err = err
	}
	// The placeholders stay, so that their numbers do.
	return fmt.Sprintf("(+e.%s IN (%s) AND ?%s IS NOT NULL AND ?%s IS NOT NULL)", m[1], strings.Join(list, ","), m[2], m[4])
}
