package where

import (
	"errors"
	"math"
)

// ErrDocument is a document that is not JSON or nests too deep.
var ErrDocument = errors.New("the event is not JSON that can be read")

// maxNesting is how deep a document may nest; encoding/json has the same limit.
const maxNesting = 10_000

// tape is the part of a document that a query asks for, in the order of the
// text: each value with where it stands, followed by what is inside it. It is
// made in one pass and decodes nothing; a value is decoded when a condition
// looks at it.
type tape struct {
	doc     []byte
	plain   bool // no string of the document is written with escapes
	entries []entry
	slots   []int32 // places on the tape by key of the shape, missing when a key is; each object has a run of them
	scratch []byte
}

// entry is a value on the tape.
type entry struct {
	kind       kind
	whole      bool   // object: every member is on the tape, with its key
	start, end int32  // its text; of a string without the quotes
	next       int32  // the place after what is inside it
	count      int32  // array: its elements; object: its members, with keys that stand twice counted twice
	slots      int32  // object that is not whole: where its run of slots begins
	key        extent // member of a whole object: its key, without the quotes
}

type extent struct{ start, end int32 }

// missing is the place of a value that is not there.
const missing int32 = -1

// maxKept is how many entries a tape keeps room for after a large document.
const maxKept = 1 << 14

// read puts a document on the tape.
func (t *tape) read(doc []byte, s *shape) error {
	if cap(t.entries) > maxKept {
		t.entries, t.slots, t.scratch = nil, nil, nil
	}
	t.doc, t.plain, t.entries, t.slots = doc, !isEscaped(doc), t.entries[:0], t.slots[:0]
	if len(doc) > math.MaxInt32 {
		return ErrDocument
	}
	i := t.value(skipSpace(doc, 0), s, 0)
	if i < 0 || skipSpace(doc, i) != len(doc) {
		return ErrDocument
	}
	return nil
}

// value puts the value at i on the tape and returns its end.
func (t *tape) value(i int, s *shape, depth int) int {
	doc := t.doc
	if i >= len(doc) || depth > maxNesting {
		return -1
	}
	e := entry{start: int32(i)}
	end := -1
	switch doc[i] {
	case '{':
		return t.object(i, s, depth)
	case '[':
		return t.array(i, s, depth)
	case '"':
		if end = skipString(doc, i); end < 0 {
			return -1
		}
		e.kind, e.start, e.end = kindText, int32(i+1), int32(end-1)
	default:
		if end = skipWord(doc, i); end < 0 {
			return -1
		}
		e.kind, e.end = wordKind(doc[i:end]), int32(end)
		if e.kind == kindMissing {
			return -1
		}
	}
	e.next = int32(len(t.entries) + 1)
	t.entries = append(t.entries, e)
	return end
}

// wordKind is the kind of what is neither nested nor a string.
func wordKind(word []byte) kind {
	switch string(word) {
	case "null":
		return kindNull
	case "true", "false":
		return kindBool
	}
	if c := word[0]; c == '-' || c >= '0' && c <= '9' {
		return kindNumber
	}
	return kindMissing
}

// array puts the array at i on the tape, with all its elements.
func (t *tape) array(i int, s *shape, depth int) int {
	place := len(t.entries)
	t.entries = append(t.entries, entry{kind: kindArray, start: int32(i)})
	doc, elements, count := t.doc, s.elements(), int32(0)
	i = skipSpace(doc, i+1)
	for i < len(doc) && (count > 0 || doc[i] != ']') {
		if i = t.value(i, elements, depth+1); i < 0 {
			return -1
		}
		count++
		if i = skipSpace(doc, i); i >= len(doc) || doc[i] != ',' {
			break
		}
		i = skipSpace(doc, i+1)
	}
	if i >= len(doc) || doc[i] != ']' {
		return -1
	}
	t.close(place, i, count)
	return i + 1
}

// close completes the entry of an array or object whose last byte is at i.
func (t *tape) close(place, i int, count int32) {
	e := &t.entries[place]
	e.end, e.next, e.count = int32(i+1), int32(len(t.entries)), count
}

// object puts the object at i on the tape, with the members that s asks for. Of
// a key that stands twice, the last one counts, as in JavaScript.
func (t *tape) object(i int, s *shape, depth int) int {
	place, slots := len(t.entries), len(t.slots)
	t.entries = append(t.entries, entry{kind: kindObject, whole: s.whole, start: int32(i), slots: int32(slots)})
	if !s.whole {
		for range s.keys {
			t.slots = append(t.slots, missing)
		}
	}
	doc, count := t.doc, int32(0)
	i = skipSpace(doc, i+1)
	for i < len(doc) && (count > 0 || doc[i] != '}') {
		key, colon := t.readKey(i)
		if colon < 0 {
			return -1
		}
		i = skipSpace(doc, colon+1)
		at := int32(len(t.entries))
		if s.whole {
			if i = t.value(i, wholeShape, depth+1); i >= 0 {
				t.entries[at].key = key
			}
		} else if slot := t.slotOf(key, s); slot >= 0 {
			t.slots[slots+slot] = at
			i = t.value(i, s.below[slot], depth+1)
		} else {
			i = skipValue(doc, i)
		}
		if i < 0 {
			return -1
		}
		count++
		if i = skipSpace(doc, i); i >= len(doc) || doc[i] != ',' {
			break
		}
		i = skipSpace(doc, i+1)
	}
	if i >= len(doc) || doc[i] != '}' {
		return -1
	}
	t.close(place, i, count)
	return i + 1
}

// readKey reads the key at i and the colon after it.
func (t *tape) readKey(i int) (key extent, colon int) {
	if i >= len(t.doc) || t.doc[i] != '"' {
		return key, -1
	}
	end := skipString(t.doc, i)
	if end < 0 {
		return key, -1
	}
	colon = skipSpace(t.doc, end)
	if colon >= len(t.doc) || t.doc[colon] != ':' {
		return key, -1
	}
	return extent{int32(i + 1), int32(end - 1)}, colon
}

// slotOf returns the place of a key among the shape's keys, or -1.
func (t *tape) slotOf(key extent, s *shape) int {
	text := t.text(key)
	for slot, k := range s.keys {
		if len(k) == len(text) && string(text) == k {
			return slot
		}
	}
	return -1
}

// text returns what a string on the tape stands for. It holds until the next
// call.
func (t *tape) text(s extent) []byte {
	text := t.doc[s.start:s.end]
	if t.plain || !isEscaped(text) {
		return text
	}
	t.scratch = appendText(t.scratch[:0], text)
	return t.scratch
}
