package where

// fragment is a piece of SQL with the values of its placeholders, each of which
// is a mark in the text.
type fragment struct {
	text string
	args []any
}

// mark stands for a placeholder until they are numbered, ownMark for one that no
// other value shares. No text of a query is ever part of SQL, so they can be
// nothing else.
const (
	mark    = 1
	ownMark = 2
)

// bound is a value that gets a placeholder; own says that it is compared with a
// column: stores may put something else in its place.
type bound struct {
	value any
	own   bool
}

func (b bound) mark() string {
	if b.own {
		return string(rune(ownMark))
	}
	return string(rune(mark))
}

// piece joins texts, fragments and bound values.
func piece(parts ...any) fragment {
	var f fragment
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			f.text += p
		case fragment:
			f.text += p.text
			f.args = append(f.args, p.args...)
		case bound:
			f.text += p.mark()
			f.args = append(f.args, p.value)
		}
	}
	return f
}

// constant says that an expression always has one value.
type constant uint8

const (
	variable constant = iota
	constantTrue
	constantFalse
	constantNull
)

// expr is a condition of SQL with three values: TRUE and FALSE are certain, NULL
// is for the evaluator to decide.
type expr struct {
	fragment
	constant constant
	open     bool      // it can be NULL
	plain    *fragment // the same with NULL for FALSE, for the outermost AND; nil when nothing is simpler
}

func sure(holds bool) expr {
	if holds {
		return expr{fragment: piece("TRUE"), constant: constantTrue}
	}
	return expr{fragment: piece("FALSE"), constant: constantFalse}
}

// unknown is NULL; the cast is for PostgreSQL, and does no harm elsewhere.
func unknown() expr {
	return expr{fragment: piece("CAST(NULL AS boolean)"), constant: constantNull, open: true}
}

// maybe reports whether the expression can be NULL.
func (e expr) maybe() bool { return e.open }

// plainly is the expression where NULL counts as FALSE.
func (e expr) plainly() fragment {
	if e.plain != nil {
		return *e.plain
	}
	return e.fragment
}

func not(e expr) expr {
	switch e.constant {
	case constantTrue:
		return sure(false)
	case constantFalse:
		return sure(true)
	case constantNull:
		return e
	}
	return expr{fragment: piece("(NOT ", e.fragment, ")"), open: e.open}
}

func (c *compiler) and(all ...expr) expr { return join(" AND ", constantFalse, constantTrue, all) }

func (c *compiler) or(all ...expr) expr { return join(" OR ", constantTrue, constantFalse, all) }

// join joins conditions. One that is decisive decides, one that is neutral does
// not count.
func join(word string, decisive, neutral constant, all []expr) expr {
	var kept []expr
	open := false
	for _, e := range all {
		switch e.constant {
		case decisive:
			return sure(decisive == constantTrue)
		case neutral:
		case constantNull:
			open = true
		default:
			kept = append(kept, e)
		}
	}
	if open {
		if len(kept) == 0 {
			return unknown()
		}
		kept = append(kept, unknown())
	}
	if len(kept) == 0 {
		return sure(neutral == constantTrue)
	}
	return tree(word, kept)
}

// tree joins conditions in a balanced tree: databases bound how deep it may be.
func tree(word string, all []expr) expr {
	if len(all) == 1 {
		return all[0]
	}
	a, b := tree(word, all[:len(all)/2]), tree(word, all[len(all)/2:])
	e := expr{fragment: piece("(", a.fragment, word, b.fragment, ")"), open: a.open || b.open}
	if a.plain != nil || b.plain != nil {
		plain := piece("(", a.plainly(), word, b.plainly(), ")")
		e.plain = &plain
	}
	return e
}
