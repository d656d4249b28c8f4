package archive

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/klauspost/compress/s2"
)

// Form says how a payload's bytes are kept. The numbers are in every archive: a
// new form gets a new number, and old ones stay readable.
type Form int

// The forms of payloads.
const (
	FormPlain   Form = 0
	FormDeflate Form = 1 // written until schema 1
	FormEvent   Form = 2 // one byte for the layout, then S2 with the dictionary of testdata/events.ndjson.gz
)

// The layouts of FormEvent: the bytes themselves, or compact JSON of which
// Indent makes the received bytes; the number is then one more than the
// prefix's width.
const layoutAsIs = 0

// A dictionary holds events of every usual type, so that of a payload only what
// is its own takes space. Which one belongs to a form never changes.
//
//go:generate go run ./dictionary
//go:embed dictionary/events.dict
var eventDictionary []byte

// dictionary is made ready once, when the first payload needs it.
//
// S2 rather than zstd: on events of 2 KB the latter makes 20 % less of them and
// takes three times as long to give them back, and reading back is what a query
// that no index serves waits for.
var dictionary = sync.OnceValue(func() *s2.Dict { return s2.MakeDict(eventDictionary, nil) })

// Pack returns raw's bytes in the shortest form.
func Pack(raw []byte) (form Form, packed []byte) {
	text, layout := raw, byte(layoutAsIs)
	if compact, prefix, ok := Compact(raw); ok {
		text, layout = compact, byte(prefix+1)
	}
	out := make([]byte, 1+s2.MaxEncodedLen(len(text)))
	out[0] = layout
	if n := 1 + len(dictionary().Encode(out[1:], text)); n < len(raw) {
		return FormEvent, out[:n:n]
	}
	return FormPlain, append([]byte{}, raw...) // never nil, which a driver takes for NULL
}

// Unpack gives back the received bytes.
func Unpack(form Form, packed []byte) ([]byte, error) {
	text, layout, err := unpack(nil, form, packed)
	if err != nil || layout == layoutAsIs {
		return text, err
	}
	return Indent(text, int(layout)-1), nil
}

// UnpackJSON gives back a text that means what the received bytes mean, without
// white space where it was kept so. It uses buffer's memory if there is enough;
// the text may also be part of packed.
func UnpackJSON(buffer []byte, form Form, packed []byte) ([]byte, error) {
	text, _, err := unpack(buffer, form, packed)
	return text, err
}

// maxUnpacked is the largest payload, in bytes, that is ever given back; what is
// larger is damage.
const maxUnpacked = 1 << 30

func unpack(buffer []byte, form Form, packed []byte) (text []byte, layout byte, err error) {
	switch form {
	case FormPlain:
		return packed, layoutAsIs, nil
	case FormDeflate:
		text, err = inflate(packed)
		return text, layoutAsIs, err
	case FormEvent:
		if len(packed) == 0 {
			return nil, 0, fmt.Errorf("unpacking a payload: it is empty")
		}
		n, err := s2.DecodedLen(packed[1:])
		if err != nil || n > maxUnpacked {
			return nil, 0, fmt.Errorf("unpacking a payload: %w", s2.ErrCorrupt)
		}
		if cap(buffer) < n {
			buffer = make([]byte, n+n/4)
		}
		text, err = dictionary().Decode(buffer[:cap(buffer)], packed[1:])
		if err != nil {
			return nil, 0, fmt.Errorf("unpacking a payload: %w", err)
		}
		return text, packed[0], nil
	}
	return nil, 0, fmt.Errorf("unpacking a payload: unknown form %d", form)
}
