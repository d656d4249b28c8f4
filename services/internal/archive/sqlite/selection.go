package sqlite

import (
	"context"

	"bursar/services/internal/archive"
)

// selection is what a query selects, in SQL over events AS e.
type selection struct {
	nothing bool   // it surely selects nothing
	index   string // how to find the rows, when SQLite would not know
	where   string
	args    []any
	total   int // how many events it selects; -1 when that is not known
}

// selectionOf compiles a query.
func (a *Archive) selectionOf(ctx context.Context, c *conn, q archive.Query) (s selection, err error) {
	s.where = "TRUE"
	person, known, err := personNumber(ctx, c, q.Customer)
	if err != nil || !known {
		return selection{nothing: true}, err
	}
	count, counted := `SELECT sum(n) FROM counts WHERE customer = ?`, []any{person}
	if q.Customer != "" {
		s.where, s.args, s.index = "e.customer = ?", []any{person}, "INDEXED BY events_by_customer"
	}
	if q.Type != "" {
		kind, err := a.number(c, q.Type)
		if err != nil || kind == 0 {
			return selection{nothing: true}, err
		}
		s.where, s.args = s.where+" AND e.type = ?", append(s.args, kind)
		count, counted = count+` AND type = ?`, append(counted, kind)
	}
	total, err := c.integer(ctx, count, counted...)
	s.total = int(total)
	return s, err
}
