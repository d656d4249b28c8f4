package archive

import "testing"

func TestSameMeaning(t *testing.T) {
	const stored = `{"id":"evt_1","pending_webhooks":1,"data":{"a":1,"b":"x"}}`
	for received, want := range map[string]bool{
		stored: true,
		`{"id":"evt_1","pending_webhooks":12,"data":{"a":1,"b":"x"}}`:                       true,
		`{"id":"evt_1","data":{"b":"x","a":1}}`:                                             true,
		"{\n  \"id\": \"evt_1\", \"pending_webhooks\": 0, \"data\": {\"a\":1,\"b\":\"x\"}}": true,
		`{"id":"evt_1","pending_webhooks":1,"data":{"a":2,"b":"x"}}`:                        false,
		`{"id":"evt_1","pending_webhooks":1,"data":{"a":1,"b":"y"}}`:                        false,
		`{"id":"evt_1","pending_webhooks":1,"data":{"a":1,"b":"x","pending_webhooks":2}}`:   false,
		`{"id":"evt_1","pending_webhooks":1,"data":{"a":1}}`:                                false,
	} {
		same, digest, err := SameMeaning([]byte(stored), []byte(received))
		if err != nil || same != want || !same && len(digest) != 32 {
			t.Errorf("%s: %v, %x, %v", received, same, digest, err)
		}
	}
	const nested = `{"pending_webhooks":1,"data":{"pending_webhooks":1}}`
	if same, _, err := SameMeaning([]byte(nested), []byte(`{"pending_webhooks":1,"data":{"pending_webhooks":2}}`)); same || err != nil {
		t.Errorf("what is nested does not count: %v", err)
	}
}
