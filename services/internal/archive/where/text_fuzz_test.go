package where

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// terms makes short forms by chance.
func (d *dice) terms(depth int) string {
	var all []string
	for range d.roll(4) + 1 {
		switch n := d.roll(8); {
		case n == 0 && depth > 0:
			all = append(all, "("+d.terms(depth-1)+")")
		case n == 1 && depth > 0:
			all = append(all, d.terms(depth-1)+" or "+d.terms(depth-1))
		case n == 2 && depth > 0:
			all = append(all, d.of("-", "not ")+"("+d.terms(depth-1)+")")
		case n == 3:
			all = append(all, d.of("-", "not ")+d.term())
		default:
			all = append(all, d.term())
		}
	}
	return strings.Join(all, d.of(" ", " and ", "  "))
}

func (d *dice) term() string {
	switch d.roll(5) {
	case 0:
		return d.of("type:", "id:", "metadata.a:", "data.object.x:", "data.0.y:") +
			d.of("a", "b", "a,b", "a*", "*b,c", `"a*"`, `""x`, "*", "a**b", `" "`, "c.d.*,-e", "1", "null", `"1",2`)
	case 1:
		return d.of("amount", "amount_minor", "-amount") + d.of(":", "=", ">", "<=", ":>=", "!=") + d.of("5", "0", "12", "-3", "1,000") + d.of("", "eur", " jpy", "kwd", "€")
	case 2:
		return d.of("since:", "until:", "on:", "created>", "created<=", "created:", "created!=") + d.of("today", "2026-11", "2026", "yesterday", "last-week", "2026-11-01")
	case 3:
		return d.of("data.object.x", "metadata.b", "data.0") + d.of("=", "!=", ">", "<=", "~", "!~") + d.of("a", "5", `"5"`, "true", "null", `"a \"b"`, "2026-11-01", "a,b")
	}
	return d.of("status:failed", "status:pending,failed", "customer:cus_1", "customer:none", "customer:*", "object:ch_1,charge", "object:invoice",
		"live:yes", "currency:eur,usd", "source:list", "request:req_1", "jane", `"jane doe"`, "failed", "refunds", "over 50 usd", "amount:10..50",
		"amount:1..2kwd", "last week", "evt_1", "pi_1", `"or"`, "payments", "last 3 days", "until today")
}

// meansTheSame compares two queries on documents.
func meansTheSame(t *testing.T, a, b *Query, text string, docs ...[]byte) {
	t.Helper()
	eight := int64(8)
	for _, doc := range docs {
		for _, facts := range []Facts{{}, {Customer: "a", Amount: &eight, Currency: "eur", Outcome: "failed"}} {
			one, err1 := a.Matcher().Match(doc, facts)
			other, err2 := b.Matcher().Match(doc, facts)
			if one != other || err1 != nil || err2 != nil {
				t.Fatalf("%s\nprints as %s\nthat is   %s\non %s they answer %t and %t (%v, %v)", a, text, b, doc, one, other, err1, err2)
			}
		}
	}
}

// TestEveryTextPrints holds that what the short form can say it can say again.
func TestEveryTextPrints(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	read := 0
	for range 4_000 {
		bytes := make([]byte, 60)
		for i := range bytes {
			bytes[i] = byte(random.IntN(256))
		}
		text := (&dice{bytes: bytes}).terms(2)
		q, err := ParseText(text, noon(), nil)
		if err != nil {
			continue
		}
		read++
		printed, ok := q.Text()
		if !ok {
			t.Fatalf("%s: %s prints as %s, which is not the same", text, q, printed)
		}
		if again, err := ParseText(printed, time.Time{}, nil); err != nil || again.String() != q.String() {
			t.Fatalf("%s: %s prints as %s: %v", text, q, printed, err)
		}
	}
	if read < 2_000 {
		t.Errorf("only %d were read", read)
	}
}

// TestTextMeansTheQuery holds that queries in JSON mean what they print.
func TestTextMeansTheQuery(t *testing.T) {
	printed := 0
	for _, v := range vectors(t) {
		if v.Error {
			continue
		}
		q := parsed(t, string(v.Query))
		text, ok := q.Text()
		if !ok {
			continue
		}
		printed++
		again, err := ParseText(text, time.Time{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range v.Docs {
			meansTheSame(t, q, again, text, doc)
		}
	}
	random := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		bytes := make([]byte, 120)
		for i := range bytes {
			bytes[i] = byte(random.IntN(256))
		}
		d := &dice{bytes: bytes}
		// Paths begin with "data." so that they have a short form.
		q, err := Parse([]byte(strings.NewReplacer(`{"a`, `{"data.a`, `,"a`, `,"data.a`, `"b":`, `"data.b":`).Replace(d.query(3))))
		if err != nil {
			continue
		}
		text, ok := q.Text()
		if !ok {
			continue
		}
		printed++
		again, err := ParseText(text, time.Time{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			meansTheSame(t, q, again, text, []byte(`{"data":`+d.object(func() string { return d.key() + ":" + d.value(3) })+`}`), []byte(`{"data":`+d.value(3)+`}`))
		}
	}
	t.Logf("%d queries print", printed)
	if printed < 500 {
		t.Errorf("only %d queries print", printed)
	}
}
