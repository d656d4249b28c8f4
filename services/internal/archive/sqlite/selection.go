package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// selection is what a query selects, in SQL over events AS e.
type selection struct {
	nothing bool   // it surely selects nothing
	index   string // how to find the rows, when SQLite would not know
	where   string // what surely is not selected does not hold here
	args    []any  // of where
	total   int    // how many events it selects; -1 when that is not known
	among   int    // of how many events the index finds

	// What SQL cannot decide: whether a row matches, NULL for the matcher to tell.
	open     bool
	match    string
	all      []any // the arguments of where and match
	query    *where.Query
	facts    bool     // the matcher needs what bursar learned of an event
	payloads bool     // where and match say nothing of the events' columns
	words    []string // that every selected event has
}

// selectionOf compiles a query.
func (a *Archive) selectionOf(ctx context.Context, c *conn, q archive.Query) (s selection, err error) {
	person, known, err := personNumber(ctx, c, q.Customer)
	if err != nil || !known {
		return selection{nothing: true}, err
	}
	s = selection{where: "TRUE", match: "TRUE", total: -1, query: q.Where}
	if kind, only := onlyType(q.Where); only {
		if s.total, err = a.counted(ctx, c, person, kind); err != nil {
			return s, err
		}
	}
	by, err := a.indexFor(ctx, c, q.Where, person)
	if err != nil || by == nothing {
		return selection{nothing: true}, err
	}
	if s.among, err = a.countedBy(ctx, c, by); err != nil {
		return s, err
	}
	if q.Where != nil {
		if err := s.compile(ctx, a, c, q.Where, by == ""); err != nil {
			return s, err
		}
	}
	s.payloads = s.open && s.where == "TRUE" && by == ""
	if by != "" {
		s.index, s.where = "INDEXED BY events_by_"+strings.Fields(by)[0][len("e."):], by+" AND ("+s.where+")"
	}
	return s, nil
}

// nothing is the condition that no event meets.
const nothing = "FALSE"

// indexFor returns the condition by whose index events are best found, "" for
// none. Of several indexes SQLite knows no best: a customer has the fewest
// events, then a type.
func (a *Archive) indexFor(ctx context.Context, c *conn, q *where.Query, person int64) (condition string, err error) {
	var bounds where.Bounds
	if q != nil {
		bounds = q.Bounds()
	}
	if person == 0 && len(bounds.Customers) == 1 {
		if person, _, err = personNumber(ctx, c, bounds.Customers[0]); err != nil || person == 0 {
			return nothing, err
		}
	}
	switch {
	case person != 0:
		return fmt.Sprintf("e.customer = %d", person), nil
	case len(bounds.Types) != 1:
		return "", nil
	}
	kind, err := a.number(c, bounds.Types[0])
	if err != nil || kind == 0 {
		return nothing, err
	}
	return fmt.Sprintf("e.type = %d", kind), nil
}

// countedBy returns how many events a condition of indexFor finds.
func (a *Archive) countedBy(ctx context.Context, c *conn, by string) (int, error) {
	count := `SELECT sum(n) FROM counts WHERE customer = 0`
	if kind, ok := strings.CutPrefix(by, "e.type = "); ok {
		count += ` AND type = ` + kind
	} else if person, ok := strings.CutPrefix(by, "e.customer = "); ok {
		count = `SELECT sum(n) FROM counts WHERE customer = ` + person
	}
	n, err := c.integer(ctx, count)
	return int(n), err
}

// counted returns how many events a customer (0: every one) has of a type ("":
// of all).
func (a *Archive) counted(ctx context.Context, c *conn, person int64, kind string) (int, error) {
	if kind == "" {
		n, err := c.integer(ctx, `SELECT sum(n) FROM counts WHERE customer = ?`, person)
		return int(n), err
	}
	number, err := a.number(c, kind)
	if err != nil {
		return 0, err
	}
	n, err := c.integer(ctx, `SELECT n FROM counts WHERE customer = ? AND type = ?`, person, number)
	return int(n), err
}

// onlyType reports whether a query asks for nothing but one type, or for nothing:
// what the counters tell.
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

// wordsOf are the words that a query wants every event to have.
func wordsOf(q *where.Query) []string {
	var fields struct {
		Search string `json:"$search"`
	}
	if json.Unmarshal(q.JSON(), &fields) != nil {
		return nil
	}
	return where.QueryWords(fields.Search)
}
