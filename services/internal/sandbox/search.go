package sandbox

import (
	"strconv"
	"strings"
)

// searchField is a field that the search language knows (2.8).
type searchField struct {
	name string
	kind byte // s: string, n: number, b: boolean
}

// searchFields reads "email:s created:n".
func searchFields(list string) []searchField {
	var out []searchField
	for _, f := range strings.Fields(list) {
		name, kind, _ := strings.Cut(f, ":")
		out = append(out, searchField{name, kind[0]})
	}
	return out
}

// clause is one comparison of a query.
type clause struct {
	field  string
	key    string // of metadata
	kind   byte
	op     string // : ~ > < >= <=
	value  string
	null   bool
	negate bool
}

const maxClauses = 10

// searchable is GET …/search.
func (r *resource) searchable() operation {
	params := []param{req("query", upTo(2000)), opt("limit", integer), opt("page", text)}
	return operation{"GET", r.path + "/search", params, false, func(c *call) (object, error) {
		clauses, anyOf, err := parseQuery(str(c.given, "query"), r.search)
		if err != nil {
			return nil, err
		}
		var found []object
		for _, row := range c.newest(r.object) {
			if row.object()["deleted"] != true && fits(row.object(), clauses, anyOf) {
				found = append(found, row.object())
			}
		}
		given := object{"limit": c.given["limit"]}
		if p := str(c.given, "page"); p != "" {
			if position(found, p) < 0 {
				return nil, invalid("page", "", "Invalid page: %s. Use the next_page of the answer before, with the same query.", p)
			}
			given["starting_after"] = p
		}
		exists := func(string) bool { return true }
		out, err := page(given, found, r.path+"/search", r.noun, exists)
		if err != nil {
			return nil, err
		}
		out["object"], out["next_page"] = "search_result", nil
		if data := itemsAt(out, "data"); out["has_more"] == true && len(data) > 0 {
			out["next_page"] = data[len(data)-1].(object)["id"]
		}
		return out, nil
	}}
}

// parseQuery reads clauses joined by AND (or a space) or by OR, never both.
// anyOf says that one fitting clause is enough.
func parseQuery(q string, fields []searchField) (clauses []clause, anyOf bool, err error) {
	p := &queryParser{text: q, fields: fields}
	joined := ""
	for {
		p.spaces()
		if p.at >= len(p.text) {
			break
		}
		if len(clauses) > 0 {
			if word := p.keyword(); word != "" {
				if joined != "" && joined != word {
					return nil, false, p.fail("a query joins its clauses either by AND or by OR, not both")
				}
				joined = word
				p.spaces()
			} else if joined == "OR" {
				return nil, false, p.fail("expected OR")
			} else {
				joined = "AND"
			}
		}
		c, err := p.clause()
		if err != nil {
			return nil, false, err
		}
		if clauses = append(clauses, c); len(clauses) > maxClauses {
			return nil, false, p.fail("a query has at most 10 clauses")
		}
	}
	if len(clauses) == 0 {
		return nil, false, p.fail("the query is empty")
	}
	return clauses, joined == "OR", nil
}

type queryParser struct {
	text   string
	at     int
	fields []searchField
}

func (p *queryParser) fail(why string) error {
	return invalid("query", "", "We were unable to parse your search query at position %d: %s. See https://stripe.com/docs/search#query-syntax.", p.at, why)
}

func (p *queryParser) spaces() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *queryParser) keyword() string {
	for _, w := range []string{"AND", "OR"} {
		rest := p.text[p.at:]
		if len(rest) > len(w) && strings.EqualFold(rest[:len(w)], w) && rest[len(w)] == ' ' {
			p.at += len(w)
			return w
		}
	}
	return ""
}

func (p *queryParser) clause() (c clause, err error) {
	if strings.HasPrefix(p.text[p.at:], "-") {
		c.negate = true
		p.at++
	}
	start := p.at
	for p.at < len(p.text) && (strings.IndexByte("._", p.text[p.at]) >= 0 || strings.IndexByte(base62, p.text[p.at]) >= 0) {
		p.at++
	}
	c.field = p.text[start:p.at]
	if c.field == "" {
		return c, p.fail("expected a field name")
	}
	if c.field == "metadata" {
		c.kind = 's'
		if !strings.HasPrefix(p.text[p.at:], "[") {
			return c, p.fail(`metadata is searched by key, as in metadata["order"]:"12"`)
		}
		p.at++
		if c.key, err = p.quoted(); err != nil {
			return c, err
		}
		if !strings.HasPrefix(p.text[p.at:], "]") {
			return c, p.fail("expected ]")
		}
		p.at++
	} else if c.kind = p.kindOf(c.field); c.kind == 0 {
		return c, p.fail("the field " + c.field + " cannot be searched")
	}
	return p.comparison(c)
}

func (p *queryParser) kindOf(field string) byte {
	for _, f := range p.fields {
		if f.name == field {
			return f.kind
		}
	}
	return 0
}

func (p *queryParser) comparison(c clause) (clause, error) {
	for _, op := range []string{">=", "<=", ">", "<", ":", "~"} {
		if strings.HasPrefix(p.text[p.at:], op) {
			c.op = op
			p.at += len(op)
			break
		}
	}
	switch {
	case c.op == "":
		return c, p.fail("expected one of : ~ > < >= <=")
	case c.op == "~" && c.kind != 's':
		return c, p.fail("~ compares text only")
	case c.op != ":" && c.op != "~" && c.kind != 'n':
		return c, p.fail(c.op + " compares numbers only")
	}
	var err error
	if strings.HasPrefix(p.text[p.at:], `"`) || strings.HasPrefix(p.text[p.at:], "'") {
		c.value, err = p.quoted()
	} else {
		start := p.at
		for p.at < len(p.text) && p.text[p.at] != ' ' {
			p.at++
		}
		c.value = p.text[start:p.at]
		c.null = c.value == "null"
		if c.value == "" || c.kind == 's' && !c.null {
			err = p.fail("text must stand in quotes")
		}
	}
	if err != nil {
		return c, err
	}
	if _, bad := strconv.ParseInt(c.value, 10, 64); c.kind == 'n' && !c.null && bad != nil {
		return c, p.fail("expected a whole number")
	}
	if c.kind == 'b' && !c.null && c.value != "true" && c.value != "false" {
		return c, p.fail("expected true or false")
	}
	if c.op == "~" && len([]rune(c.value)) < 3 {
		return c, p.fail("a substring has at least 3 characters")
	}
	return c, nil
}

// quoted reads a string in single or double quotes; a backslash escapes.
func (p *queryParser) quoted() (string, error) {
	if p.at >= len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\'' {
		return "", p.fail("expected a quoted string")
	}
	quote := p.text[p.at]
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch ch := p.text[p.at]; {
		case ch == quote:
			p.at++
			return b.String(), nil
		case ch == '\\' && p.at+1 < len(p.text):
			p.at++
			b.WriteByte(p.text[p.at])
		default:
			b.WriteByte(ch)
		}
	}
	return "", p.fail("the quoted string has no end")
}

func fits(o object, clauses []clause, anyOf bool) bool {
	for _, c := range clauses {
		if c.fits(o) == anyOf {
			return anyOf
		}
	}
	return !anyOf
}

func (c clause) fits(o object) bool { return c.compare(o) != c.negate }

func (c clause) compare(o object) bool {
	field := at(o, c.field)
	if c.key != "" {
		field = hashAt(o, "metadata")[c.key]
	}
	if c.null || field == nil {
		return c.null && field == nil
	}
	switch v := field.(type) {
	case bool:
		return strconv.FormatBool(v) == c.value
	case int64:
		n, err := strconv.ParseInt(c.value, 10, 64)
		if err != nil {
			return false
		}
		return c.op == ":" && v == n || c.op == ">" && v > n || c.op == "<" && v < n || c.op == ">=" && v >= n || c.op == "<=" && v <= n
	case string:
		if c.op == "~" {
			return strings.Contains(strings.ToLower(v), strings.ToLower(c.value))
		}
		return strings.EqualFold(v, c.value)
	}
	return false
}
