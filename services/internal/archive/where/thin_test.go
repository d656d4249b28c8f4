package where

import (
	"fmt"
	"strings"
	"testing"
)

// TestThinEvents holds that an event that has its time as text is found by time,
// as it is by the column that has its seconds.
func TestThinEvents(t *testing.T) {
	const thin = `{"id":"evt_1","object":"v2.core.event","type":"a","created":"2023-11-14T22:13:20.5Z","livemode":true,"x":{"created":"2023-11-14T22:13:20Z"}}`
	for query, want := range map[string]bool{
		`{"created":1700000000}`:                                                        true,
		`{"created":{"$gte":1700000000,"$lt":1700000001}}`:                              true,
		`{"created":{"$gt":1700000000}}`:                                                false,
		`{"created":{"$type":"string"}}`:                                                false,
		`{"created":"2023-11-14T22:13:20.5Z"}`:                                          false,
		`{"x.created":"2023-11-14T22:13:20Z"}`:                                          true,
		`{"$or":[{"created":{"$in":[1700000000]}},{"id":"b"}]}`:                         true,
		`{"$filters":[{"column":"created","condition":"dateis","value":"2023-11-14"}]}`: true,
	} {
		m := mustParse(t, query).Matcher()
		for _, doc := range []string{thin, `{"created":true}`, `{"created":[]}`, `[]`, `7`, thin} {
			got, err := m.Match([]byte(doc), Facts{})
			if err != nil || got != (want && doc == thin) {
				t.Errorf("%s on %s: %t, %v", query, doc, got, err)
			}
		}
	}
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf(`{"k%d":1}`, i))
	}
	m := mustParse(t, `{"$or":[`+strings.Join(many, ",")+`,{"created":1700000000}]}`).Matcher()
	if got, err := m.Match([]byte(thin), Facts{}); !got || err != nil {
		t.Errorf("beside many keys: %t, %v", got, err)
	}
}
