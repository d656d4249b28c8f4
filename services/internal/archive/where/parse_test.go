package where

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestVectorsAreReadOrRefused(t *testing.T) {
	for _, v := range vectors(t) {
		q, err := Parse(v.Query)
		if v.Error {
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Errorf("%s: %s is not refused (%s): %v", v.Name, v.Query, v.Why, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %s: %v", v.Name, v.Query, err)
			continue
		}
		again, err := Parse(q.JSON())
		if err != nil || !bytes.Equal(again.JSON(), q.JSON()) {
			t.Errorf("%s: %s is read as %v: %v", v.Name, q, again, err)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 32) + "{}" + strings.Repeat("}", 32)
	for _, c := range []struct{ query, operator, path, message string }{
		{`null`, "", "", "must be an object"},
		{`{`, "", "", "ends too early"},
		{`{} {}`, "", "", "more after its end"},
		{`{"a":1,}`, "", "", "not JSON"},
		{"{\"a\":\"\xff\"}", "", "", "not Unicode"},
		{`{"a":"\ud800"}`, "", "", "not Unicode"},
		{`{"a":"\udc00\ud800"}`, "", "", "not Unicode"},
		{`{"a":"\u0000"}`, "", "a", "U+0000"},
		{`{"a":1e400}`, "", "a", "too large"},
		{`{"a":1,"a":2}`, "", "a", "twice"},
		{`{"a":{"b":1,"b":2}}`, "", "a/b", "twice"},
		{deep, "", strings.Repeat("a/", 31) + "a", "deeper than 32"},
		{`{"a":"` + strings.Repeat("x", 64<<10) + `"}`, "", "", "64 KiB"},
		{`{"a":{"$in":[` + strings.Repeat("1,", 1000) + `1]}}`, "", "a/$in", "1000 members"},
		{`{"a..b":1}`, "", "a..b", "empty part"},
		{`{"":1}`, "", "", "empty part"},
		{`{"a":{"$regex":"` + strings.Repeat("x", 1001) + `"}}`, "$regex", "a", "1000"},
		{`{"$or":[` + strings.Repeat(`{"a":{"$regex":"x{900}"}},`, 50) + `{}]}`, "$regex", "$or/a", "too large together"},
		{`{"$or":[{"a":{"$gt":[1]}}]}`, "$gt", "$or/a", "needs a number"},
		{`{"a":{"$elemMatch":{"b":{"$size":"1"}}}}`, "$size", "a/$elemMatch/b", "needs a number"},
		{`{"a":{"$not":{"$where":"x"}}}`, "$where", "a/$not", "no operator"},
		{`{"a":{"$":1}}`, "$", "a", "no operator"},
		{`{"a":{"$search":"x"}}`, "$search", "a", "whole event"},
		{`{"a":{"$not":{"$search":"x"}}}`, "$search", "a/$not", "whole event"},
		{`{"$all":[{"$search":"x"}]}`, "$search", "$all", "whole event"},
		{`{"a":{"$fact":{}}}`, "$fact", "a", "whole event"},
		{`{"$search":"!"}`, "$search", "", "letter or digit"},
		{`{"$search":5}`, "$search", "", "needs a text"},
		{`{"$fact":5}`, "$fact", "", "needs an object"},
		{`{"$fact":{"colour":1}}`, "$fact", "$fact/colour", "does not know"},
		{`{"$fact":{"amount":[1]}}`, "$eq", "$fact/amount", "single values"},
		{`{"$fact":{"amount":{}}}`, "$eq", "$fact/amount", "single values"},
		{`{"$fact":{"amount":{"$in":[{}]}}}`, "$in", "$fact/amount", "single values"},
		{`{"$fact":{"amount":{"$mod":[1,2]}}}`, "$mod", "$fact/amount", "not for facts"},
		{`{"$fact":{"amount":{"$gt":1,"x":2}}}`, "", "$fact/amount", "mixed"},
		{`{"$filters":[{"column":"a","condition":"dateis","value":"2024-02-30"}]}`, "$filters", "", "is a date"},
		{`{"$filters":[{"column":"a","condition":"dateis","value":"2024-02-03 9:30"}]}`, "$filters", "", "is a date"},
	} {
		_, err := Parse([]byte(c.query))
		var refusal *Error
		if !errors.As(err, &refusal) {
			t.Errorf("%.60s is not refused", c.query)
			continue
		}
		if refusal.Operator != c.operator || refusal.Path != c.path || !strings.Contains(refusal.Message, c.message) {
			t.Errorf("%.60s: operator %q, path %q, message %q", c.query, refusal.Operator, refusal.Path, refusal.Message)
		}
	}
}

func TestQueryPrintsInOneForm(t *testing.T) {
	for query, want := range map[string]string{
		``:                                               `{}`,
		` { } `:                                          `{}`,
		`{"a": 1.0, "$or": [{"b": {}}]}`:                 `{"$or":[{"b":{}}],"a":1}`,
		`{"a": {"$in": 5}}`:                              `{"a":{"$in":[5]}}`,
		`{"a": {"$exists": "no"}}`:                       `{"a":{"$exists":true}}`,
		`{"a": {"$type": "boolean"}}`:                    `{"a":{"$type":"bool"}}`,
		`{"a": {"$not": null}}`:                          `{"a":{"$not":null}}`,
		`{"a": {"$not": {"$eq": null}}}`:                 `{"a":{"$not":{"$eq":null}}}`,
		`{"a": {"$all": [1, {"b": 2}]}}`:                 `{"a":{"$all":[1,{"b":2}]}}`,
		`{"a":{"$options":"i","$regex":"<é>"}}`:          `{"a":{"$regex":"<é>","$options":"i"}}`,
		`{"a": 1e21, "b": -0, "c": 1e-7}`:                `{"a":1e+21,"b":0,"c":1e-7}`,
		`{"z.y": 1, "x": 2, "$search":"A b"}`:            `{"$search":"A b","z.y":1,"x":2}`,
		`{"$fact":{"amount":{"$gt":1},"customer":null}}`: `{"$fact":{"amount":{"$gt":1},"customer":null}}`,
		`{"a": "\ud83d\ude00"}`:                          `{"a":"😀"}`,
	} {
		q, err := Parse([]byte(query))
		if err != nil || q.String() != want {
			t.Errorf("%s prints as %s, not %s: %v", query, q, want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add([]byte(v.Query))
	}
	f.Add([]byte(`{"$search":"jane","$fact":{"amount":{"$gte":500},"customer":"cus_1"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := Parse(raw)
		if err != nil {
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.Message == "" {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		again, err := Parse(q.JSON())
		if err != nil || !bytes.Equal(again.JSON(), q.JSON()) {
			t.Fatalf("%s is read as %v: %v", q, again, err)
		}
	})
}
