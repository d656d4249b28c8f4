package where

import (
	"strconv"
	"strings"
)

// Dialect says how a store's table of events is asked. Text columns hold UTF-8,
// without U+0000; those that are not always known are NULL or empty then.
type Dialect struct {
	// Postgres chooses PostgreSQL's SQL ($1); otherwise it is SQLite's (?1).
	Postgres bool
	// First is the number of the first placeholder; 0 means 1.
	First int
	// Body is the column with the event's JSON: JSON text or JSONB in SQLite, jsonb
	// in PostgreSQL, no object with a key twice; NULL in rows that the evaluator has
	// to read. Empty where there is none: then conditions on paths are left to it.
	Body string
	// Columns are expressions for columns that are not called as what they hold:
	// "id", "type", "created", "livemode", or a field of $fact. An empty one says
	// that there is no such column.
	Columns map[string]string
	// Search writes the condition that a row has all words. bind takes a value and
	// returns what stands for it. exact says that the condition decides alone; if
	// not, it only rules rows out. It must not be NULL. Without Search the
	// evaluator searches.
	Search func(words []string, bind func(value any) string) (condition string, exact bool)
}

// SQL is a query in SQL, for a statement such as
//
//	SELECT …, (Match) FROM events WHERE Where ORDER BY created DESC, id DESC
//
// Rows that Where leaves out do not match. Of the others Match is TRUE for those
// that match, NULL for those that the evaluator has to decide, and FALSE for
// none. Where the query's outermost AND compares columns, Where does so in plain
// terms, for the planner to choose an index by.
type SQL struct {
	Where, Match string

	// Args are for the placeholders of both, numbered from the dialect's First. What
	// a column is compared with has a placeholder of its own wherever it stands.
	Args []any
	// Exact says that Match is TRUE: Where alone decides, and LIMIT and OFFSET may
	// stand in SQL.
	Exact bool
}

// SQL compiles the query. What SQL cannot decide exactly as Match does is left
// to it (spec/where, section 4).
func (q *Query) SQL(d Dialect) SQL {
	c := &compiler{dialect: d, budget: maxSQL}
	var sure, rest []expr
	for _, e := range c.conjuncts(q.root) {
		if e.maybe() {
			rest = append(rest, e)
		} else {
			sure = append(sure, e)
		}
	}
	match := c.and(rest...)
	where := c.and(sure...)
	if len(rest) > 0 && match.constant != constantNull {
		where = c.and(where, c.possible(rest))
	}
	r := renderer{dialect: d, numbers: map[any]int{}}
	out := SQL{Where: r.render(where.plainly()), Match: r.render(match.fragment), Exact: match.constant == constantTrue}
	out.Args = r.args
	return out
}

// possible is two-valued: not surely false. What only the evaluator knows adds
// nothing to it.
func (c *compiler) possible(rest []expr) expr {
	var known []expr
	for _, e := range rest {
		if e.constant != constantNull {
			known = append(known, e)
		}
	}
	e := c.and(known...)
	return expr{fragment: piece("((", e.fragment, ") IS NOT FALSE)")}
}

// compiler compiles one query.
type compiler struct {
	dialect Dialect
	budget  int // bytes of SQL that conditions on paths may still take
}

const (
	maxSQL     = 128 << 10 // bytes of SQL for conditions on paths; what is beyond is evaluated
	maxSQLPath = 16        // parts of a path that SQL follows
)

// conjuncts is a document query taken apart at its outermost ANDs.
func (c *compiler) conjuncts(q *query) []expr {
	var all []expr
	for _, op := range q.ops {
		switch op.kind {
		case opAnd:
			for _, member := range op.queries {
				all = append(all, c.conjuncts(member)...)
			}
		case opSearch:
			all = append(all, c.search(op)...)
		default:
			all = append(all, c.operator(op, nil))
		}
	}
	for _, f := range q.fields {
		for _, op := range f.ops {
			all = append(all, c.operator(op, f.path))
		}
	}
	return all
}

// query is the AND of a query's operators and fields, for the value at a path.
func (c *compiler) query(q *query, at path) expr {
	var all []expr
	for _, op := range q.ops {
		all = append(all, c.operator(op, at))
	}
	for _, f := range q.fields {
		for _, op := range f.ops {
			all = append(all, c.operator(op, append(at[:len(at):len(at)], f.path...)))
		}
	}
	return c.and(all...)
}

// queries compiles each.
func (c *compiler) queries(qs []*query, at path) []expr {
	all := make([]expr, len(qs))
	for i, q := range qs {
		all[i] = c.query(q, at)
	}
	return all
}

// operator compiles one operator on the value at a path, nil for the event.
func (c *compiler) operator(op *operator, at path) expr {
	switch op.kind {
	case opAnd:
		return c.unlessArray(at, func() expr { return c.and(c.queries(op.queries, at)...) })
	case opOr:
		return c.unlessArray(at, func() expr { return c.or(c.queries(op.queries, at)...) })
	case opNor:
		return c.unlessArray(at, func() expr { return not(c.or(c.queries(op.queries, at)...)) })
	case opNot:
		return c.unlessArray(at, func() expr { return not(c.query(op.queries[0], at)) })
	case opAll:
		return c.all(op, at)
	case opFact:
		return c.facts(op.queries[0])
	case opSearch:
		return c.and(c.search(op)...)
	case opFilters:
		if len(op.filters) == 0 {
			return sure(true)
		}
		return unknown()
	}
	return c.leaf(op, at)
}

// all is $all: each member holds. Members that are values may be found in an
// array, queries are asked of what is none.
func (c *compiler) all(op *operator, at path) expr {
	var all []expr
	for _, q := range op.queries {
		if q.bare() {
			all = append(all, c.leaf(q.ops[0], at))
		} else {
			all = append(all, c.unlessArray(at, func() expr { return c.query(q, at) }))
		}
	}
	return c.and(all...)
}

// search is $search as the store does it, and where that is not the last word,
// as the evaluator does.
func (c *compiler) search(op *operator) []expr {
	if c.dialect.Search == nil {
		return []expr{unknown()}
	}
	var f fragment
	condition, exact := c.dialect.Search(op.words, func(value any) string {
		f.args = append(f.args, value)
		return string(rune(ownMark))
	})
	f.text = condition
	all := []expr{{fragment: f}}
	if !exact {
		all = append(all, unknown())
	}
	return all
}

// renderer numbers placeholders. A value that occurs again has the number it had,
// unless it is compared with a column.
type renderer struct {
	dialect Dialect
	args    []any
	numbers map[any]int
}

func (r *renderer) render(f fragment) string {
	var b strings.Builder
	sign := byte('?')
	if r.dialect.Postgres {
		sign = '$'
	}
	args := f.args
	for i := 0; i < len(f.text); i++ {
		if f.text[i] != mark && f.text[i] != ownMark {
			b.WriteByte(f.text[i])
			continue
		}
		b.WriteByte(sign)
		b.WriteString(strconv.Itoa(r.number(args[0], f.text[i] == ownMark)))
		args = args[1:]
	}
	return b.String()
}

func (r *renderer) number(arg any, own bool) int {
	next := max(r.dialect.First, 1) + len(r.args)
	switch arg.(type) {
	case string, int64, float64:
		if n, ok := r.numbers[arg]; ok && !own {
			return n
		}
		if !own {
			r.numbers[arg] = next
		}
	}
	r.args = append(r.args, arg)
	return next
}
