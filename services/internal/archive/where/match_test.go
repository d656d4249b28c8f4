package where

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func mustParse(t testing.TB, query string) *Query {
	t.Helper()
	q, err := Parse([]byte(query))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return q
}

func TestVectorsMatch(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Error {
			continue
		}
		q := mustParse(t, string(v.Query))
		m := q.Matcher()
		expected := map[int]bool{}
		for _, i := range v.Expect {
			expected[i] = true
		}
		for i, doc := range v.Docs {
			got, err := m.Match(doc, Facts{})
			if err != nil || got != expected[i] {
				t.Errorf("%s: %s on %s: %v, %v", v.Name, v.Query, doc, got, err)
			}
			if (port{doc: doc, event: decoded(t, doc)}).matches(q) != expected[i] {
				t.Errorf("%s: the port is wrong about %s on %s", v.Name, v.Query, doc)
			}
		}
	}
}

// Corners that vectors and dice miss; the port knows the answers.
func TestCornersAgreeWithThePort(t *testing.T) {
	for query, docs := range map[string][]string{
		`{"a.b":{"$not":{"$exists":true}}}`:                {`{"a":null}`, `{"a":[null]}`, `{"a":{"b":null}}`, `{}`},
		`{"a.b":{"$not":{"$elemMatch":{"$exists":true}}}}`: {`{"a":null}`, `{"a":{"b":[null]}}`},
		`{"a":{"$in":[1],"$gt":5}}`:                        {`{"a":[1,9]}`, `{"a":[9,1]}`, `{"a":[1]}`},
		`{"a":{"$gte":null}}`:                              {`{"a":[true]}`, `{"a":[[null]]}`, `{"a":["5"]}`, `{"a":["x"]}`, `{"a":[1,2]}`},
		`{"b":1}`:                                          {`{"a":"x\\\\","b":1}`, `{"a":"x\\\"b","b":1}`, `{"a":"\\\\\\\\","b":1}`, `{"a":"\"","b":1}`},
		`{"a":"😀\"\\/\b\f\n\r\té\u007f"}`:                  {`{"a":"\ud83d\ude00\"\\\/\b\f\n\r\t\u00E9\u007F"}`},
		`{"a":"�"}`:                                        {`{"a":"\ud83d"}`, `{"a":"\ude00"}`, "{\"a\":\"\xff\"}"},
		`{"a":"��"}`:                                       {`{"a":"\ud83d\ud83d"}`, `{"a":"\ud83dx"}`, "{\"a\":\"\xe2\x82\"}"},
		`{"�":1}`:                                          {"{\"\xff\":1}", `{"\ud83d":1}`},
		`{"a\\b":1}`:                                       {`{"a\b":1}`, `{"a\\b":1}`},
		`{"a":{"$iLike":"k"}}`:                             {`{"a":"\u212a"}`, `{"a":"xK"}`, `{"a":"ſ"}`},
		`{"a":{"$iLike":"%É%%"}}`:                          {`{"a":"xé%"}`, `{"a":"xÉ"}`, `{"a":"%"}`},
		`{"a":{"$eq":{"b":{"c":[{"d":1}]}}}}`:              {`{"a":[{"b":{"c":[{"d":1}]}}]}`, `{"a":{"b":{"c":[{"d":1,"d":2}]}}}`, `{"a":{"b":{"c":[{"d":2,"d":1}]}}}`},
		`{"a":{"$nin":[[{"b":1}]]},"a.b":1}`:               {`{"a":[{"b":1}]}`, `{"a":{"b":1}}`},
		`{"a.0.b":1,"a.b":{"$exists":true}}`:               {`{"a":[{"b":1},{"b":2}]}`, `{"a":{"0":{"b":1},"b":2}}`, `{"a":[[{"b":1}]]}`},
	} {
		m := mustParse(t, query).Matcher()
		for _, doc := range docs {
			agree(t, mustParse(t, query), m, []byte(doc), Facts{})
		}
	}
}

func TestFacts(t *testing.T) {
	amount := int64(500)
	facts := Facts{Customer: "cus_1", Outcome: "failed", Currency: "jpy", ObjectID: "ch_1", ObjectType: "charge", RequestID: "req_1",
		Source: "webhook", APIVersion: "2023-10-16", Amount: &amount, Received: 1_700_000_000, Livemode: true}
	for fact, want := range map[string]bool{
		`{}`: true,
		`{"customer":"cus_1","outcome":"failed","currency":"jpy","object_id":"ch_1","object_type":"charge","request_id":"req_1","source":"webhook","api_version":"2023-10-16"}`: true,
		`{"amount":500,"received":1700000000,"livemode":true}`: true,
		`{"amount":{"$gt":500}}`:                               false,
		`{"amount":{"$gte":500,"$lt":500.5}}`:                  true,
		`{"amount":"500"}`:                                     false,
		`{"amount":{"$in":[1,500]}}`:                           true,
		`{"amount":{"$nin":[1,500]}}`:                          false,
		`{"customer":{"$ne":"cus_1"}}`:                         false,
		`{"customer":{"$gt":"cus_0","$lte":"cus_1"}}`:          true,
		`{"customer":{"$exists":false}}`:                       false,
		`{"livemode":false}`:                                   false,
	} {
		m := mustParse(t, `{"$fact":`+fact+`}`).Matcher()
		if got, err := m.Match([]byte(`{}`), facts); got != want || err != nil {
			t.Errorf("%s: %v, %v", fact, got, err)
		}
	}
	for fact, want := range map[string]bool{
		`{"customer":null}`: true, `{"customer":""}`: false, `{"customer":{"$exists":true}}`: false, `{"amount":{"$lt":1}}`: false,
		`{"amount":{"$lte":null}}`: true, `{"amount":{"$ne":500}}`: true, `{"amount":{"$nin":[null]}}`: false, `{"received":0,"livemode":false}`: true,
	} {
		m := mustParse(t, `{"$not":{"$fact":`+fact+`}}`).Matcher()
		if got, err := m.Match([]byte(`{}`), Facts{}); got == want || err != nil {
			t.Errorf("not %s of nothing: %v, %v", fact, got, err)
		}
	}
}

func TestKeysThatStandTwice(t *testing.T) {
	doc := []byte(`{"a":{"b":1},"a":{"b":[2,{"c":1,"c":2}],"b":{"d":1,"\u0064":2}}}`)
	for query, want := range map[string]bool{
		`{"a.b":1}`: false, `{"a.b.d":1}`: false, `{"a.b.d":2}`: true, `{"a.b":{"d":2}}`: true, `{"a.b":{"d":1}}`: false,
		`{"a":{"b":{"d":2}}}`: true, `{"a.b":{"d":2,"e":null}}`: false, `{"a.b.c":2}`: false,
	} {
		if got, err := mustParse(t, query).Matcher().Match(doc, Facts{}); got != want || err != nil {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
}

func TestObjectsOfManyKeys(t *testing.T) {
	var query, doc []string
	for i := range 40 {
		query = append(query, fmt.Sprintf(`"a.k%d":%d`, i, i))
		doc = append(doc, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	m := mustParse(t, "{"+strings.Join(query, ",")+"}").Matcher()
	for last, want := range map[string]bool{`"x":1`: true, `"k17":0`: false} {
		if got, err := m.Match([]byte(`{"a":{`+strings.Join(doc, ",")+","+last+`}}`), Facts{}); got != want || err != nil {
			t.Errorf("with %s: %v, %v", last, got, err)
		}
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxNesting+1) + "1" + strings.Repeat("}", maxNesting+1)
	m := mustParse(t, `{"a":1,"b.c":{"d":[1]}}`).Matcher()
	for _, doc := range []string{``, ` `, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1]`, `{"a":x}`, `{"a":"x}`, `{"a":"x\"}`, `{"x":[1,"]}`,
		`{"x":{}`, `{"b":[1,2}`, `{"b":{"c":{"d" 1}}}`, `{a:1}`, `{"a":1} x`, `{"a":1,}`, `{"b":[1,]}`, `{"b":[,1]}`, `{,}`,
		strings.ReplaceAll(deep, `"a"`, `"b"`)[:60] + `"`, strings.Repeat("[", maxNesting+2) + strings.Repeat("]", maxNesting+2)} {
		if got, err := m.Match([]byte(doc), Facts{}); got || !errors.Is(err, ErrDocument) {
			t.Errorf("%.60s: %v, %v", doc, got, err)
		}
	}
	if got, err := m.Match([]byte(` { "a" : 1 , "b" : { "c" : { "d" : [ 1 ] } } } `), Facts{}); !got || err != nil {
		t.Errorf("after that: %v, %v", got, err)
	}
}

func TestWorkIsBounded(t *testing.T) {
	arrays := `{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`
	objects := `{"a":[` + strings.Repeat(`{"b":1,"b":1},`, 5000) + `1]}`
	for query, doc := range map[string]string{
		`{"a":` + strings.Repeat(`{"$not":`, 20) + `{"$size":7}` + strings.Repeat("}", 20) + `}`:          arrays,
		`{"a":{"$in":[` + strings.TrimSuffix(strings.Repeat(`{"b":2},`, 999), ",") + `]}}`:                objects,
		`{"a":{"$elemMatch":{"$or":[` + strings.TrimSuffix(strings.Repeat(`{"b":2},`, 999), ",") + `]}}}`: objects,
		`{"$or":[` + strings.TrimSuffix(strings.Repeat(`{"a":{"$regex":"(x+x+)+y"}},`, 900), ",") + `]}`:  `{"a":"` + strings.Repeat("x", 100_000) + `"}`,
		`{"$or":[` + strings.TrimSuffix(strings.Repeat(`{"a":{"$iLike":"xy"}},`, 900), ",") + `]}`:        `{"a":"` + strings.Repeat("x", 500_000) + `"}`,
	} {
		start := time.Now()
		if got, err := mustParse(t, query).Matcher().Match([]byte(doc), Facts{}); got || !errors.Is(err, ErrWork) {
			t.Errorf("%.60s: %v, %v", query, got, err)
		}
		t.Logf("%.60s: %v", query, time.Since(start))
	}
}

func TestQueriesAreShared(t *testing.T) {
	q := mustParse(t, `{"a":{"$elemMatch":{"b":{"$in":["x","y"]}}},"$search":"é"}`)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			m := q.Matcher()
			for i := range 200 {
				doc := fmt.Sprintf(`{"id":"É","a":[{"b":"\u007%d"}]}`, i%10)
				if got, err := m.Match([]byte(doc), Facts{}); got != (i%10 == 8 || i%10 == 9) || err != nil {
					t.Errorf("%s: %v, %v", doc, got, err)
				}
			}
		})
	}
	all.Wait()
}

func TestBounds(t *testing.T) {
	everything := Bounds{From: math.MinInt64, To: math.MaxInt64}
	bounds := func(change func(*Bounds)) Bounds { b := everything; change(&b); return b }
	for query, want := range map[string]Bounds{
		`{}`: everything,
		`{"$or":[{"type":"a"}],"data.type":"b","type":{"$ne":"c"},"id":{"$exists":true},"$not":{"type":"a"}}`: everything,
		`{"type":{"$in":["a",null]},"created":{"$gt":"5"}}`:                                                   everything,
		`{"type":{"$in":["a","b"]},"id":"evt_1"}`:                                                             bounds(func(b *Bounds) { b.Types, b.IDs = []string{"a", "b"}, []string{"evt_1"} }),
		`{"$and":[{"type":{"$in":["a","b"]}},{"type":"b"}]}`:                                                  bounds(func(b *Bounds) { b.Types = []string{"b"} }),
		`{"type":{"$in":["a"],"$eq":"b"}}`:                                                                    bounds(func(b *Bounds) { b.Types = []string{} }),
		`{"$fact":{"customer":"cus_1","outcome":"failed"}}`:                                                   bounds(func(b *Bounds) { b.Customers = []string{"cus_1"} }),
		`{"created":{"$gt":5,"$lt":9}}`:                                                                       bounds(func(b *Bounds) { b.From, b.To = 6, 8 }),
		`{"created":{"$gt":5.5,"$lt":9.5}}`:                                                                   bounds(func(b *Bounds) { b.From, b.To = 6, 9 }),
		`{"created":{"$gte":5.5,"$lte":9.5}}`:                                                                 bounds(func(b *Bounds) { b.From, b.To = 6, 9 }),
		`{"created":7}`:                                                                                       bounds(func(b *Bounds) { b.From, b.To = 7, 7 }),
		`{"created":7.5}`:                                                                                     bounds(func(b *Bounds) { b.From, b.To = 8, 7 }),
		`{"created":{"$lt":1e300,"$gte":-1e300}}`:                                                             everything,
	} {
		if got := mustParse(t, query).Bounds(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", query, got)
		}
	}
}
