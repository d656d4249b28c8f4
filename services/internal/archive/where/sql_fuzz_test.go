package where

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// stored is an event as an archive has it: its JSON in one form, without a key
// twice, and what is kept in columns.
type stored struct {
	doc   []byte
	facts Facts
}

// store makes an event of any JSON object: the fields that have columns are
// replaced. ok is false for what an archive would not give to SQL.
func store(raw []byte, d *dice) (s stored, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var event map[string]any
	if decoder.Decode(&event) != nil || event == nil || depthOf(event) > 50 {
		return s, false
	}
	event["id"], event["type"] = d.of("evt_1", "a", "Ab c"), d.of("a", "ab", "Ab c", "8", "b.c")
	event["created"], event["livemode"] = json.Number(d.of("1", "0", "2", "8", "100", "1700000000")), d.roll(2) == 0
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(event) != nil || bytes.Contains(out.Bytes(), []byte(`\u0000`)) {
		return s, false
	}
	amounts := []int64{8, 2, -1, 1<<53 + 1}
	s = stored{doc: out.Bytes(), facts: Facts{Customer: d.of("", "a", "é"), Outcome: d.of("failed", "a"), Currency: d.of("", "eur", "a"),
		Received: 8, Livemode: event["livemode"].(bool)}}
	if i := d.roll(5); i < 4 {
		s.facts.Amount = &amounts[i]
	}
	return s, true
}

func depthOf(v any) int {
	deepest := 0
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			deepest = max(deepest, depthOf(item))
		}
	case []any:
		for _, item := range v {
			deepest = max(deepest, depthOf(item))
		}
	}
	return deepest + 1
}

// keep inserts an event. It is not kept where the database cannot hold it.
func (d *database) keep(n int64, s stored, null bool) error {
	var e struct {
		ID, Type string
		Created  int64
	}
	if err := json.Unmarshal(s.doc, &e); err != nil {
		return err
	}
	unknown := func(text string) *string {
		if text == "" && null {
			return nil
		}
		return &text
	}
	return d.insert("n, id, type, created, livemode, body, customer, outcome, currency, amount, received", n, e.ID, e.Type, e.Created, s.facts.Livemode,
		string(s.doc), unknown(s.facts.Customer), unknown(s.facts.Outcome), unknown(s.facts.Currency), s.facts.Amount, s.facts.Received)
}

// agree compares SQL with the evaluator on the events low and up, with a column
// of JSON and without. It returns how many answers SQL gave.
func (d *database) agree(t *testing.T, q *Query, low int64, events []stored) (decided int) {
	t.Helper()
	bodiless := d.dialect
	bodiless.Body = ""
	m := q.Matcher()
	for _, dialect := range []Dialect{d.dialect, bodiless} {
		verdicts, err := d.ask(q, dialect, low, low+int64(len(events)))
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for i, verdict := range verdicts {
			if verdict == nil {
				continue
			}
			decided++
			if want, err := m.Match(events[i].doc, events[i].facts); err != nil || *verdict != want {
				s := q.SQL(dialect)
				t.Fatalf("%s on %s %+v: SQL says %t, not %t (%v)\nwhere %s\nmatch %s\n%q", q, events[i].doc, events[i].facts, *verdict, want, err, s.Where, s.Match, s.Args)
			}
		}
	}
	return decided
}

// asked is a query by chance, some of whose paths are columns.
func (d *dice) asked() string {
	return strings.NewReplacer(`{"b":`, `{"type":`, `"é":`, `"created":`, `"a.a":`, `"livemode":`, `"a.-1":`, `"id":`,
		`"customer":`, d.of(`"customer":`, `"currency":`, `"outcome":`)).Replace(d.query(3))
}

// TestSQLAgreesWithMatch compares SQL with the evaluator on what chance makes.
func TestSQLAgreesWithMatch(t *testing.T) {
	bothDatabases(t, func(t *testing.T, d *database) {
		random := rand.New(rand.NewPCG(9, 10))
		rolls := func(n int) *dice {
			bytes := make([]byte, n)
			for i := range bytes {
				bytes[i] = byte(random.IntN(256))
			}
			return &dice{bytes: bytes}
		}
		var events []stored
		for len(events) < 150 {
			dice := rolls(200)
			s, ok := store([]byte(dice.object(func() string { return dice.key() + ":" + dice.value(3) })), dice)
			if !ok {
				continue
			}
			if err := d.keep(int64(len(events)), s, len(events)%2 == 0); err != nil {
				t.Fatal(err)
			}
			events = append(events, s)
		}
		queries, decided := 0, 0
		for queries < 500 {
			q, err := Parse([]byte(rolls(150).asked()))
			if err != nil {
				continue
			}
			queries++
			decided += d.agree(t, q, 0, events)
		}
		t.Logf("%d of %d answers came from SQL", decided, 2*queries*len(events))
	})
}

// TestSQLOnDifficultValues compares SQL with the evaluator where the databases
// have rules of their own.
func TestSQLOnDifficultValues(t *testing.T) {
	values := []string{`"\uff01"`, `"😀"`, `"é"`, `"É"`, `"Ab"`, `"a%b_c"`, `"İ"`, `"K"`, `""`, `"null"`, `"true"`, `"1"`, `1e400`, `1e-400`, `-1e400`, `1e300`,
		`9007199254740993`, `-9007199254740993`, `123456789012345678901234567890`, `0.1`, `-0`, `1.0`, `-7`, `7.5`, `true`, `false`, `null`, `{}`, `{"b":1}`, `[]`, `[[]]`,
		`["é",1]`, `[1,[2]]`, `[{"b":1},null]`, `[1e400]`, `"ab\ncd"`}
	operands := []string{`{"$gt":"😀"}`, `{"$lt":"😀"}`, `{"$gte":"\uffff"}`, `{"$gt":"é"}`, `{"$lte":"Ab"}`, `{"$iLike":"É"}`, `{"$iLike":"aB"}`, `{"$iLike":"%"}`, `{"$iLike":"k"}`,
		`{"$iLike":"%b_"}`, `{"$iLike":1}`, `{"$iLike":"ru"}`, `{"$regex":"^A"}`, `{"$regex":"^a","$options":"i"}`, `{"$regex":"^c","$options":"m"}`, `{"$regex":"^"}`, `{"$regex":"^\\-7"}`,
		`9007199254740992`, `0`, `0.1`, `{"$gt":1e308}`, `{"$lt":0}`, `{"$in":[1,"1",null,true,{"b":1},[]]}`, `{"$nin":["Ab",7.5]}`, `{"$mod":[4,-3]}`, `{"$mod":[4,0]}`, `{"$mod":[2,1]}`,
		`{"$mod":[0,0]}`, `{"$mod":[2.5,0]}`, `{"$type":"number"}`, `{"$type":"null"}`, `{"$size":1}`, `{"$size":0}`, `{"$exists":false}`, `{"$gte":null}`, `{"$lt":true}`, `{"$all":[1,"é"]}`,
		`{"$all":[{"$gt":0}]}`, `{"$not":{"$gt":5}}`, `{"$elemMatch":{"b":1}}`, `{"$ne":"é"}`, `"x'; DROP TABLE events; --"`}
	keys := []string{`a`, `é`, `a\"b`, `a\\b`, `a$`, `[0]`, `a b`, `x'; DROP TABLE events`, `\u2028`, `*`, `a'b`, `a--b`, `{a}`, `?1`, `a$1`}
	bothDatabases(t, func(t *testing.T, d *database) {
		var events []stored
		for _, v := range values {
			for i, key := range keys {
				if i > 0 && len(events)%5 > 0 && i < len(keys)-1 && v != `"Ab"` {
					continue
				}
				s, ok := store([]byte(fmt.Sprintf(`{"%s":{"x":%s}}`, key, v)), &dice{bytes: []byte{byte(i), byte(len(events))}})
				if !ok {
					t.Fatal(key, v)
				}
				if err := d.keep(int64(len(events)), s, len(events)%2 == 0); err != nil {
					t.Fatal(err)
				}
				events = append(events, s)
			}
		}
		for i, operand := range operands {
			for _, key := range []string{"a", keys[i%len(keys)]} {
				d.agree(t, parsed(t, fmt.Sprintf(`{"%s.x":%s}`, key, operand)), 0, events)
			}
			for _, key := range []string{"type", "created", "livemode", "id"} {
				d.agree(t, parsed(t, fmt.Sprintf(`{"%s":%s}`, key, operand)), 0, events)
			}
		}
		for _, name := range []string{"customer", "currency", "amount", "received", "livemode"} {
			for _, operand := range []string{`""`, `"a"`, `null`, `8`, `8.5`, `9007199254740992`, `true`, `{"$lt":"b"}`, `{"$lte":""}`, `{"$gte":""}`, `{"$gt":"é"}`, `{"$lt":9}`, `{"$gte":7.5}`, `{"$lte":-0.5}`,
				`{"$gt":1e300}`, `{"$gte":null}`, `{"$lt":null}`, `{"$gte":false}`, `{"$ne":"a"}`, `{"$ne":null}`, `{"$ne":""}`, `{"$in":["","a"]}`, `{"$in":[null,8]}`, `{"$nin":[null,"a",2.5]}`, `{"$nin":[""]}`,
				`{"$nin":[]}`, `{"$exists":true}`, `{"$exists":false}`} {
				one := fmt.Sprintf(`{"$fact":{"%s":%s}}`, name, operand)
				for _, query := range []string{one, `{"$nor":[` + one + `]}`, `{"$or":[` + one + `,{"type":"a"}]}`} {
					d.agree(t, parsed(t, query), 0, events)
				}
			}
		}
	})
}

// FuzzSQL compares SQL with the evaluator on any query and any event.
func FuzzSQL(f *testing.F) {
	for _, v := range vectors(f) {
		if !v.Error {
			f.Add([]byte(v.Query), []byte(v.Docs[0]), []byte(v.Docs[len(v.Docs)-1]))
		}
	}
	databases := []*database{onSQLite(f), onPostgres(f)}
	f.Fuzz(func(t *testing.T, query, doc, other []byte) {
		q, err := Parse(query)
		if err != nil {
			return
		}
		var events []stored
		for _, raw := range [][]byte{doc, other} {
			if s, ok := store(raw, &dice{bytes: raw}); ok {
				events = append(events, s)
			}
		}
		for _, d := range databases {
			if err := d.exec("DELETE FROM events"); err != nil {
				t.Fatal(err)
			}
			var kept []stored
			for _, s := range events {
				if d.keep(int64(len(kept)), s, len(doc)%2 == 0) == nil { // PostgreSQL takes less than JSON allows
					kept = append(kept, s)
				}
			}
			d.agree(t, q, 0, kept)
		}
	})
}
