package where

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// dice makes queries and documents of the bytes it is given, so that a fuzzer
// steers what they are like.
type dice struct{ bytes []byte }

func (d *dice) roll(n int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	b := d.bytes[0]
	d.bytes = d.bytes[1:]
	return int(b) % n
}

func (d *dice) of(choices ...string) string { return choices[d.roll(len(choices))] }

// key is a key as JSON, in one of its spellings.
func (d *dice) key() string {
	if d.roll(3) > 0 {
		return d.of(`"a"`, `"b"`)
	}
	return d.of(`"a"`, `"b"`, `"c"`, `"0"`, `"1"`, `"01"`, `"\u0061"`, `"é"`, `"\u00e9"`, `"a.b"`, `"\\b"`, `"😀"`)
}

func (d *dice) scalar() string {
	if d.roll(2) == 0 {
		return d.of(`1`, `null`, `"a"`, `8`)
	}
	return d.of(`1`, `null`, `true`, `false`, `"a"`, `""`, `0`, `-0`, `2`, `8`, `2.5`, `1e2`, `100`, `9007199254740993`, `9007199254740992`,
		`"8"`, `" 12\t"`, `"0x10"`, `"é"`, `"e\u0301"`, `"😀"`, `"\ud83d\ude00"`, `"！"`, `"Ab c"`, `"ab"`, `"\u0041\n"`, `"2024-02-03"`, `"a, \"b,c\""`, `1700000000`)
}

// value is any JSON value, at most depth levels deep.
func (d *dice) value(depth int) string {
	if depth == 0 {
		return d.scalar()
	}
	switch d.roll(4) {
	case 0:
		return d.list(func() string { return d.value(depth - 1) })
	case 1:
		return d.object(func() string { return d.key() + d.of(":", " : ") + d.value(depth-1) })
	}
	return d.scalar()
}

func (d *dice) list(item func() string) string {
	items := make([]string, d.roll(5))
	for i := range items {
		items[i] = item()
	}
	return "[" + d.of("", " ") + strings.Join(items, d.of(",", " , ", ",\n")) + "]"
}

func (d *dice) object(member func() string) string {
	l := d.list(member)
	return "{" + l[1:len(l)-1] + "}"
}

func (d *dice) path() string {
	if d.roll(2) == 0 {
		return d.of(`"a"`, `"a.b"`)
	}
	return d.of(`"a"`, `"b"`, `"a.b"`, `"a.b.c"`, `"b.c"`, `"a.0"`, `"a.1.b"`, `"a.5"`, `"a.01"`, `"é"`, `"a.a"`, `"a.-1"`, `"0"`, `"a.0.0"`, `"a.\\b"`, `"😀.a"`)
}

// query is a query object; many are refused.
func (d *dice) query(depth int) string {
	return d.object(func() string {
		if depth > 0 && d.roll(3) == 0 {
			return d.operator(depth - 1)
		}
		switch d.roll(3) {
		case 0:
			return d.path() + ":" + d.value(2)
		}
		operators := []string{d.operator(depth - 1)}
		for d.roll(3) == 0 && len(operators) < 3 {
			operators = append(operators, d.operator(depth-1))
		}
		return d.path() + ":{" + strings.Join(operators, ",") + "}"
	})
}

func (d *dice) operator(depth int) string {
	name := d.of("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$type", "$mod", "$all", "$size", "$elemMatch",
		"$not", "$and", "$or", "$nor", "$regex", "$iLike", "$filters", "$search", "$fact")
	operand := ""
	switch name {
	case "$eq", "$ne":
		operand = d.value(2)
	case "$in", "$nin":
		operand = d.list(func() string { return d.value(1) })
	case "$type":
		operand = d.of(`"number"`, `"string"`, `"bool"`, `"array"`, `"object"`, `"null"`, `"timestamp"`)
	case "$mod":
		operand = d.of(`[4,0]`, `[0,0]`, `[2.5,0]`, `[3,-1]`)
	case "$size":
		operand = d.of("0", "1", "2", "1.5")
	case "$all", "$and", "$or", "$nor":
		operand = d.list(func() string {
			if depth <= 0 || name == "$all" && d.roll(2) == 0 {
				return d.of(`{"a":1}`, `{}`, `{"$eq":1}`)
			}
			return d.query(depth - 1)
		})
	case "$elemMatch", "$not":
		operand = d.of(`{}`, `{"$gt":1}`, `{"b":null}`)
		if depth > 0 {
			operand = d.query(depth - 1)
		}
	case "$regex":
		operand = d.of(`"a"`, `"^.$"`, `"^..$"`, `"\\d"`) + d.of("", `,"$options":"i"`)
	case "$iLike":
		operand = d.of(`"AB"`, `"é"`, `""`, `8`, `"%b%"`)
	case "$filters":
		operand = `[{"column":` + d.path() + `,"condition":"` + conditionNames[d.roll(len(conditionNames))] + `",` +
			`"value":` + d.of(`"a"`, `8`, `"2024-02-03"`, `{"from":1,"to":"9"}`, `["a",8,null]`) + `,"from":{"value":"2024-01-01"},"to":{"value":"2024-03-01"}}]`
	case "$search":
		operand = d.of(`"a"`, `"É"`, `"cus_"`, `"a b"`)
	case "$fact":
		operand = d.object(func() string {
			return d.of(`"amount"`, `"customer"`, `"livemode"`) + ":" + d.of("8", "null", `"a"`, "true", `{"$gte":8}`, `{"$ne":"a"}`, `{"$in":[8,"a",null]}`, `{"$exists":true}`)
		})
	default:
		operand = d.scalar()
	}
	return strconv.Quote(name) + ":" + operand
}

// agree compares the evaluator with the port.
func agree(t *testing.T, q *Query, m *Matcher, doc []byte, facts Facts) {
	t.Helper()
	got, err := m.Match(doc, facts)
	if err != nil {
		t.Fatalf("%s on %s: %v", q, doc, err)
	}
	if want := (port{doc: doc, event: decoded(t, doc), facts: facts}).matches(q); got != want {
		t.Fatalf("%s on %s: %v, not %v", q, doc, got, want)
	}
}

// rolled compares the evaluator with the port on what the dice make of bytes. It
// reports how many comparisons there were.
func rolled(t *testing.T, bytes []byte) (compared int) {
	d := &dice{bytes: bytes}
	q, err := Parse([]byte(d.query(3)))
	if err != nil {
		return 0
	}
	eight := int64(8)
	m := q.Matcher()
	for range 3 {
		doc := []byte(d.object(func() string { return d.key() + ":" + d.value(4) }))
		agree(t, q, m, doc, Facts{Customer: d.of("", "a"), Amount: []*int64{nil, &eight}[d.roll(2)]})
		compared++
	}
	return compared
}

func TestMatchAgreesWithThePort(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for compared < 20_000 {
		bytes := make([]byte, 200)
		for i := range bytes {
			bytes[i] = byte(random.IntN(256))
		}
		compared += rolled(t, bytes)
	}
}

// FuzzMatchFast lets the fuzzer choose queries and documents that are worth
// comparing.
func FuzzMatchFast(f *testing.F) {
	f.Add([]byte("0123456789"))
	f.Fuzz(func(t *testing.T, bytes []byte) { rolled(t, bytes) })
}

// FuzzMatch evaluates any query on any bytes: it never panics, and on JSON it
// agrees with the port.
func FuzzMatch(f *testing.F) {
	for _, v := range vectors(f) {
		if !v.Error {
			f.Add([]byte(v.Query), []byte(v.Docs[0]))
		}
	}
	f.Add([]byte(`{"a":"x"}`), []byte(`{"a":"\`))
	f.Add([]byte(`{"created":{"$gte":1700000000}}`), []byte(`{"created":"2023-11-14T22:13:20Z"}`))
	f.Fuzz(func(t *testing.T, query, doc []byte) {
		q, err := Parse(query)
		if err != nil {
			return
		}
		m := q.Matcher()
		if json.Valid(doc) {
			agree(t, q, m, doc, Facts{})
		} else if _, err := m.Match(doc, Facts{}); err != nil && !errors.Is(err, ErrDocument) && !errors.Is(err, ErrWork) {
			t.Fatal(err)
		}
		Words(doc)
	})
}
