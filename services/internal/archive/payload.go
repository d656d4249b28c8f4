package archive

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sync"
)

// Form says how a payload's bytes are kept. The numbers are in every archive: a
// new form gets a new number, and old ones stay readable.
type Form int

// The forms of payloads.
const (
	FormPlain   Form = 0
	FormDeflate Form = 1
)

// Packer compresses payloads. A compressor is over half a megabyte, so it is
// used again. The zero value works; it is safe for concurrent use.
type Packer struct{ pool sync.Pool }

// Pack returns raw's bytes in the shortest form.
func (p *Packer) Pack(raw []byte) (form Form, packed []byte) {
	var out bytes.Buffer
	out.Grow(len(raw)/3 + 64)
	w, ok := p.pool.Get().(*flate.Writer)
	if ok {
		w.Reset(&out)
	} else {
		w, _ = flate.NewWriter(&out, flate.DefaultCompression) // fails only for an unknown level
	}
	defer p.pool.Put(w)
	if _, err := w.Write(raw); err != nil || w.Close() != nil || out.Len() >= len(raw) {
		return FormPlain, append([]byte{}, raw...) // never nil, which the driver takes for NULL
	}
	return FormDeflate, out.Bytes()
}

// Unpack gives back the received bytes.
func Unpack(form Form, packed []byte) ([]byte, error) {
	switch form {
	case FormPlain:
		return packed, nil
	case FormDeflate:
		raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
		if err != nil {
			return nil, fmt.Errorf("unpacking a payload: %w", err)
		}
		return raw, nil
	}
	return nil, fmt.Errorf("unpacking a payload: unknown form %d", form)
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

// SameMeaning reports whether two payloads tell the same event, and returns a
// digest of what the second tells.
func SameMeaning(stored, received []byte) (same bool, digest []byte, err error) {
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
