package archive

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// inflate gives back a payload that was kept deflated.
func inflate(packed []byte) ([]byte, error) {
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("unpacking a payload: %w", err)
	}
	return raw, nil
}

// meaning decodes an event for comparison, without what differs between two
// copies of one event: pending_webhooks counts the deliveries under way when
// the copy was made (spec/stripe-sandbox, section 5.5). The copy in Stripe's
// event list is also indented otherwise than the delivered one.
func meaning(raw []byte) (map[string]any, error) {
	var event map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&event); err != nil {
		return nil, fmt.Errorf("decoding an event: %w", err)
	}
	delete(event, "pending_webhooks")
	return event, nil
}

// sameText reports whether two events are written with the same bytes but for
// how many webhooks are pending. Events that are not may still mean the same.
func sameText(a, b []byte) bool {
	a1, a2, okA := cutPending(a)
	b1, b2, okB := cutPending(b)
	return okA && okB && bytes.Equal(a1, b1) && bytes.Equal(a2, b2)
}

// cutPending cuts an event where it says how many webhooks are pending. In a
// string the key's quotes would be escaped.
func cutPending(event []byte) (before, after []byte, ok bool) {
	key := []byte(`"pending_webhooks":`)
	before, after, ok = bytes.Cut(event, key)
	return before, bytes.TrimLeft(after, "0123456789"), ok && !bytes.Contains(after, key)
}

// SameMeaning reports whether two payloads tell the same event, and returns a
// digest of what the second tells, nil when both are nearly the same bytes.
func SameMeaning(stored, received []byte) (same bool, digest []byte, err error) {
	if sameText(stored, received) {
		return true, nil, nil
	}
	a, err := meaning(stored)
	if err != nil {
		return false, nil, err
	}
	b, err := meaning(received)
	if err != nil {
		return false, nil, err
	}
	canonical, err := json.Marshal(b)
	if err != nil {
		return false, nil, fmt.Errorf("encoding an event: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return reflect.DeepEqual(a, b), sum[:], nil
}
