package where

// column is a column of the table of events.
type column struct {
	name     fragment
	kind     kind
	optional bool // NULL, and empty text, stand for what is not known
}

// documentColumn is the column that holds a field of the event. The store takes
// an event only when it has these, as these types.
func (c *compiler) documentColumn(key string) (column, bool) {
	col := column{name: c.column(key)}
	if col.name.text == "" {
		return column{}, false
	}
	switch key {
	case "id", "type":
		col.kind = kindText
	case "created":
		col.kind = kindNumber
	case "livemode":
		col.kind = kindBool
	default:
		return column{}, false
	}
	return col, true
}

// factColumn is the column that holds a field of $fact.
func (c *compiler) factColumn(key string) column {
	col := column{name: c.column(key), kind: kindText, optional: true}
	switch key {
	case "amount":
		col.kind = kindNumber
	case "received":
		col.kind, col.optional = kindNumber, false
	case "livemode":
		col.kind, col.optional = kindBool, false
	}
	return col
}

func (c *compiler) column(key string) fragment {
	if name, ok := c.dialect.Columns[key]; ok {
		return piece(name)
	}
	return piece(key)
}

// facts is $fact.
func (c *compiler) facts(q *query) expr {
	var all []expr
	for _, f := range q.fields {
		for _, op := range f.ops {
			if col := c.factColumn(f.path.String()); col.name.text != "" {
				all = append(all, c.askColumn(op, col))
			} else {
				all = append(all, unknown())
			}
		}
	}
	return c.and(all...)
}

// askColumn is what an operator says of a column's value.
func (c *compiler) askColumn(op *operator, col column) expr {
	a := c.ask(op, site{cell: cell{text: col.name, number: col.name, column: true}})
	known := a.text
	switch col.kind {
	case kindNumber:
		known = a.number
	case kindBool:
		known = a.yes
		if a.yes.constant != a.no.constant {
			known = expr{fragment: piece(col.name, " = ", a.yes.fragment)}
		}
	}
	if !col.optional || known.constant != variable && known.constant == a.missing.constant {
		return known
	}
	missing := expr{fragment: piece(col.name, " IS NULL")}
	if col.kind == kindText {
		missing.fragment = piece("coalesce(", col.name, ", '') = ''")
	}
	if a.missing.constant == constantTrue {
		return c.or(missing, known)
	}
	if known.constant == constantTrue {
		return not(missing)
	}
	plain := known.fragment
	if col.kind == kindText && !op.namesText() {
		plain = piece("(", col.name, " <> '' AND ", known.fragment, ")")
	}
	return expr{fragment: piece("coalesce(", plain, ", FALSE)"), open: known.open, plain: &plain}
}

// namesText reports whether the operator only holds for text that it names, none
// of it empty.
func (op *operator) namesText() bool {
	switch op.kind {
	case opEq:
		return op.value.text != ""
	case opIn:
		for _, v := range op.values {
			if v.text == "" {
				return false
			}
		}
		return true
	}
	return false
}
