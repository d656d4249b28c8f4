package widget

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// The limits of a tree. What is over them is shown as text.
const (
	maxJSONDepth = 200
	maxJSONNodes = 200_000
)

// JSONDocument is a JSON text as a tree whose keys stand in the order they came
// in. It does not change once it is parsed, so it can be made in the background.
type JSONDocument struct {
	raw   []byte
	nodes []jsonNode // in document order; nodes[0] is the whole
	why   string     // why there is no tree; empty when there is
}

type jsonKind uint8

const (
	jsonObject jsonKind = iota
	jsonArray
	jsonString
	jsonNumber
	jsonWord // true, false or null
)

// jsonNode is one value.
type jsonNode struct {
	key         string // of an object's member, decoded
	text        string // a string decoded; a number or word as it was written
	start, stop int    // where a container stands in raw
	parent      int32  // -1 for the whole
	end         int32  // the node after the last one inside
	index       int32  // place among its siblings
	count       int32  // values directly inside
	depth       int16  // 0 for the whole
	kind        jsonKind
}

func (n *jsonNode) container() bool { return n.kind == jsonObject || n.kind == jsonArray }

var (
	errJSONDeep = errors.New("nested deeper than " + strconv.Itoa(maxJSONDepth) + " levels")
	errJSONLong = errors.New("more than " + strconv.Itoa(maxJSONNodes) + " values")
)

// ParseJSON reads a JSON text. It never fails: what is not JSON, is nested too
// deeply or holds too many values becomes a document without a tree.
func ParseJSON(raw []byte) *JSONDocument {
	d := &JSONDocument{raw: raw}
	if len(bytes.TrimSpace(raw)) == 0 {
		d.why = "There are no bytes to show."
		return d
	}
	p := jsonParser{dec: json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	err := p.document()
	switch {
	case errors.Is(err, errJSONDeep), errors.Is(err, errJSONLong):
		d.why = "This JSON is " + err.Error() + ": it is shown as text."
		if errors.Is(err, errJSONLong) {
			d.why = "This JSON has " + err.Error() + ": it is shown as text."
		}
	case err != nil, !json.Valid(raw):
		d.why = "This is not JSON from byte " + strconv.FormatInt(p.dec.InputOffset(), 10) + " on: it is shown as it came."
	default:
		d.nodes = p.nodes
	}
	return d
}

// Tree reports whether the document has a tree.
func (d *JSONDocument) Tree() bool { return len(d.nodes) > 0 }

type jsonParser struct {
	dec   *json.Decoder
	nodes []jsonNode
}

func (p *jsonParser) document() error {
	if err := p.value(jsonNode{parent: -1}); err != nil {
		return err
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return errors.New("something follows the document")
	}
	return nil
}

// value reads one value into n, whose place is already known.
func (p *jsonParser) value(n jsonNode) error {
	if n.depth > maxJSONDepth {
		return errJSONDeep
	}
	if len(p.nodes) >= maxJSONNodes {
		return errJSONLong
	}
	token, err := p.dec.Token()
	if err != nil {
		return err
	}
	at := len(p.nodes)
	switch v := token.(type) {
	case json.Delim:
		return p.container(n, v)
	case string:
		n.kind, n.text = jsonString, v
	case json.Number:
		n.kind, n.text = jsonNumber, v.String()
	case bool:
		n.kind, n.text = jsonWord, strconv.FormatBool(v)
	default:
		n.kind, n.text = jsonWord, "null"
	}
	n.end = int32(at) + 1
	p.nodes = append(p.nodes, n)
	return nil
}

// container reads what is inside an object or array whose bracket was read.
func (p *jsonParser) container(n jsonNode, bracket json.Delim) error {
	at := int32(len(p.nodes))
	n.kind, n.start = jsonObject, int(p.dec.InputOffset())-1
	if bracket == '[' {
		n.kind = jsonArray
	}
	p.nodes = append(p.nodes, n)
	var count int32
	for p.dec.More() {
		child := jsonNode{parent: at, index: count, depth: n.depth + 1}
		if n.kind == jsonObject {
			token, err := p.dec.Token()
			if err != nil {
				return err
			}
			child.key, _ = token.(string)
		}
		if err := p.value(child); err != nil {
			return err
		}
		count++
	}
	if _, err := p.dec.Token(); err != nil {
		return err
	}
	whole := &p.nodes[at]
	whole.count, whole.end, whole.stop = count, int32(len(p.nodes)), int(p.dec.InputOffset())
	return nil
}

// child returns the node under a key of an object, or -1.
func (d *JSONDocument) child(object int32, key string) int32 {
	n := &d.nodes[object]
	if n.kind != jsonObject {
		return -1
	}
	for i := object + 1; i < n.end; i = d.nodes[i].end {
		if d.nodes[i].key == key {
			return i
		}
	}
	return -1
}

// value returns what copying a node gives: a string's own text, anything else as
// it was received.
func (d *JSONDocument) value(i int32) string {
	n := &d.nodes[i]
	if n.container() {
		return string(d.raw[n.start:n.stop])
	}
	return n.text
}

// path names a node from the whole on: data.object.lines.data[0].id.
func (d *JSONDocument) path(i int32) string {
	var parts []string
	for ; i > 0; i = d.nodes[i].parent {
		n := &d.nodes[i]
		switch {
		case d.nodes[n.parent].kind == jsonArray:
			parts = append(parts, "["+strconv.Itoa(int(n.index))+"]")
		case isJSONName(n.key):
			parts = append(parts, "."+n.key)
		default:
			parts = append(parts, "["+strconv.Quote(n.key)+"]")
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return strings.TrimPrefix(b.String(), ".")
}

// isJSONName reports whether a key can stand in a path without quotes.
func isJSONName(key string) bool {
	for i, r := range key {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return key != ""
}
