package where

import "strings"

// leaf compiles an operator that asks about the value at a path: of a column
// where there is one, otherwise of the event's JSON.
func (c *compiler) leaf(op *operator, at path) expr {
	if len(at) == 0 { // the event itself, which is an object
		return c.ask(op, site{}).object
	}
	if len(at) == 1 {
		if column, ok := c.documentColumn(at[0].key); ok {
			return c.askColumn(op, column)
		}
	}
	// What no value meets, or every one, needs no value.
	if e, ok := c.ask(op, site{nullBefore: unknown}).same(); ok {
		return e
	}
	if !c.reaches(at) {
		return unknown()
	}
	e := c.follow(op, at)
	if c.budget -= len(e.text); c.budget < 0 {
		return unknown()
	}
	return e
}

// reaches reports whether SQL can follow a path. SQLite has no sure way to write
// a key with a quote or a backslash.
func (c *compiler) reaches(at path) bool {
	if c.dialect.Body == "" || len(at) > maxSQLPath || c.budget < 0 {
		return false
	}
	for _, s := range at {
		if !c.dialect.Postgres && strings.ContainsFunc(s.key, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
			return false
		}
	}
	return true
}

// follow asks about the value at a path of the JSON, unless an array is on the
// way: then there may be several.
func (c *compiler) follow(op *operator, at path) expr {
	where := site{cell: c.cellAt(at), list: c.listAt(at), nullBefore: func() expr {
		var null []expr
		for n := 1; n < len(at); n++ {
			null = append(null, c.isKind(at[:n], "null"))
		}
		return c.or(null...)
	}}
	answer := c.byKind(where.cell, c.ask(op, where))
	barred := []expr{{fragment: piece(c.dialect.Body, " IS NULL")}}
	for n := 1; n < len(at); n++ {
		barred = append(barred, c.isKind(at[:n], "array"))
	}
	return unless(c.or(barred...), answer)
}

// unlessArray compiles what holds only when the value at the path, if there is
// any, is no array.
func (c *compiler) unlessArray(at path, then func() expr) expr {
	e := then()
	if len(at) == 0 || e.constant != variable {
		return e
	}
	if len(at) == 1 {
		if _, ok := c.documentColumn(at[0].key); ok {
			return e
		}
	}
	if !c.reaches(at) {
		return unknown()
	}
	return unless(c.or(expr{fragment: piece(c.dialect.Body, " IS NULL")}, c.isKind(at, "array")), e)
}

// unless leaves the answer open where barred holds.
func unless(barred, answer expr) expr {
	return expr{fragment: piece("CASE WHEN ", barred.fragment, " THEN NULL ELSE ", answer.fragment, " END"), open: true}
}

// isKind is whether the value at a path is of a type, named as both databases
// do. It is never NULL.
func (c *compiler) isKind(at path, kind string) expr {
	if c.dialect.Postgres {
		return expr{fragment: piece(c.cellAt(at).kind, " IS NOT DISTINCT FROM '", kind, "'")}
	}
	return expr{fragment: piece(c.cellAt(at).kind, " IS '", kind, "'")}
}

// cellAt is the value at a path.
func (c *compiler) cellAt(at path) cell {
	body, p := c.dialect.Body, c.pathOf(at)
	if c.dialect.Postgres {
		text := piece("(", body, " #>> ", p, ")")
		return cell{kind: piece("jsonb_typeof(", body, " #> ", p, ")"), text: text, number: c.double(text)}
	}
	text := piece("json_extract(", body, ", ", p, ")")
	return cell{kind: piece("json_type(", body, ", ", p, ")"), text: text, number: c.double(text)}
}

// pathOf is the path as a value that is bound: keys are never part of SQL.
func (c *compiler) pathOf(at path) fragment {
	if c.dialect.Postgres {
		keys := make([]any, len(at))
		for i, s := range at {
			keys[i] = s.key
		}
		return piece("CAST(ARRAY[", placeholders(keys, false), "] AS text[])")
	}
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range at {
		b.WriteString(`."` + s.key + `"`)
	}
	return piece(bound{value: b.String()})
}

// byKind chooses the answer by the type of the value in a cell.
func (c *compiler) byKind(at cell, a answers) expr {
	if e, ok := a.same(); ok {
		return e
	}
	type answer struct {
		kind string
		expr
	}
	all := []answer{{"null", a.null}, {"object", a.object}, {"array", a.array}}
	if c.dialect.Postgres {
		truths := a.yes
		if a.yes.constant != a.no.constant {
			truths = expr{fragment: piece(at.text, " = 'true'")}
			if a.no.constant == constantTrue {
				truths = not(truths)
			}
		}
		all = append(all, answer{"string", a.text}, answer{"number", a.number}, answer{"boolean", truths})
	} else {
		all = append(all, answer{"text", a.text}, answer{"integer", a.number}, answer{"real", a.number},
			answer{"true", a.yes}, answer{"false", a.no})
	}
	out := expr{fragment: piece("CASE ", at.kind), open: a.missing.open}
	for _, one := range all {
		if one.constant != variable && one.constant == a.missing.constant {
			continue
		}
		out.fragment = piece(out.fragment, " WHEN '", one.kind, "' THEN ", one.fragment)
		out.open = out.open || one.open
	}
	out.fragment = piece(out.fragment, " ELSE ", a.missing.fragment, " END")
	return out
}
