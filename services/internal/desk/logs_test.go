package desk

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"bursar/services"
)

// fakeStore notes what it was asked.
type fakeStore struct {
	EventStore
	customer, eventType string
	limit, offset       int
}

func (f *fakeStore) Events(_ context.Context, customer, eventType string, limit, offset int) (services.LogPage, error) {
	*f = fakeStore{customer: customer, eventType: eventType, limit: limit, offset: offset}
	return services.LogPage{Offset: offset}, nil
}

func TestLogsList(t *testing.T) {
	cases := []struct {
		q    services.LogQuery
		want fakeStore
	}{
		{services.LogQuery{}, fakeStore{limit: 100}},
		{services.LogQuery{Customer: "cus_1", Limit: new(5), Offset: 10}, fakeStore{customer: "cus_1", limit: 5, offset: 10}},
		{services.LogQuery{Limit: new(5000), Where: json.RawMessage(`{"type":"charge.succeeded"}`)}, fakeStore{eventType: "charge.succeeded", limit: 5000}},
	}
	for _, c := range cases {
		store := &fakeStore{}
		if _, err := NewLogs(store, nil).List(t.Context(), c.q); err != nil || *store != c.want {
			t.Errorf("%+v: asked %+v, %v", c.q, *store, err)
		}
	}
	for field, q := range map[string]services.LogQuery{"limit": {Limit: new(-1)}, "offset": {Offset: -1}, "where": {Where: json.RawMessage(`{"a":1}`)}} {
		if _, err := NewLogs(&fakeStore{}, nil).List(t.Context(), q); services.AsError(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := NewLogs(&fakeStore{}, nil).Event(t.Context(), ""); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
}

func TestWhere(t *testing.T) {
	for where, want := range map[string]string{
		"": "", "null": "", "{}": "", " { } ": "",
		`{"type":"charge.succeeded"}`:                         "charge.succeeded",
		` { "type" : { "$eq" : "invoice.paid" } } `:           "invoice.paid",
		`{"\u0074ype":"a"}`:                                   "a",
		`{"type":"line\nbreak"}`:                              "line\nbreak",
		`{"type":{"$eq":"` + strings.Repeat("a", 300) + `"}}`: strings.Repeat("a", 300),
	} {
		if got, err := typeOf(json.RawMessage(where)); err != nil || got != want {
			t.Errorf("%s: %q, %v", where, got, err)
		}
	}
	for where, part := range map[string]string{
		`{`: "not JSON", `x`: "not JSON", `{"type":"a"} {}`: "not JSON", "{\"type\":\"\xff\"}": "not JSON",
		`[]`: "not an object", `"type"`: "not an object", `1`: "not an object",
		`{"amount":5}`:                                        `field "amount"`,
		`{"type":"a","data.object.amount":5}`:                 `field "data.object.amount"`,
		`{"$or":[{"type":"a"},{"type":"b"}]}`:                 `operator "$or"`,
		`{"type":{"$in":["a","b"]}}`:                          `operator "type.$in"`,
		`{"type":{"$eq":"a","$ne":"b"}}`:                      `operator "type.$ne"`,
		`{"type":{"x":"a"}}`:                                  `field "type.x"`,
		`{"type":{}}`:                                         "is empty",
		`{"type":{"$eq":{"type":"a"}}}`:                       "only be compared",
		`{"type":{"$eq":["a"]}}`:                              "only be compared",
		`{"type":["a"]}`:                                      "only be compared",
		`{"type":null}`:                                       "only be compared",
		`{"type":""}`:                                         "only be compared",
		`{"type":5}`:                                          "only be compared",
		`{"type":"a","type":"b"}`:                             "twice",
		`{"\u001b[31mx":1}`:                                   `field "x"`,
		`{"` + strings.Repeat("a", 200) + `":1}`:              "aaa…",
		`{"type":"` + strings.Repeat("a", maxWhere) + `"}`:    "longer than",
		strings.Repeat("[", 8000) + strings.Repeat("]", 8000): "not an object",
	} {
		_, err := typeOf(json.RawMessage(where))
		e := services.AsError(err)
		if e == nil || e.Code != services.CodeInvalid || e.Field != "where" || !strings.Contains(e.Message, part) || e.Next == "" {
			t.Errorf("%.60s: %v", where, err)
		}
	}
}

func FuzzWhere(f *testing.F) {
	for _, s := range []string{"", "{}", `{"type":"a"}`, `{"type":{"$eq":"a"}}`, `{"type":{"$eq":["a"]}}`, `{"a":{"b":[]}}`, `{"type":"a","type":"b"}`, `[{}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, where []byte) {
		got, err := typeOf(where)
		switch {
		case err != nil:
			if e := services.AsError(err); e.Code != services.CodeInvalid || services.Clean(e.Message) != e.Message {
				t.Errorf("%#v", e)
			}
		case got != "":
			// What is accepted means just that to any JSON reader.
			var plain map[string]any
			if json.Unmarshal(where, &plain) != nil || len(plain) != 1 {
				t.Fatalf("accepted %q", where)
			}
			if eq, ok := plain["type"].(map[string]any); ok && len(eq) == 1 {
				plain["type"] = eq["$eq"]
			}
			if plain["type"] != got {
				t.Errorf("read %q of %q", got, where)
			}
		default:
			var plain map[string]any
			if len(strings.TrimSpace(string(where))) > 0 && (json.Unmarshal(where, &plain) != nil || len(plain) != 0) {
				t.Errorf("%q means everything", where)
			}
		}
	})
}
