package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is a JSON document: strings, int64, float64, bool, nil, object, []any
// and json.RawMessage. A key that starts with "_" at the top level is the
// sandbox's own note and never leaves it.
type object = map[string]any

// at returns the value at a dotted path, or nil.
func at(o object, path string) any {
	for {
		head, rest, more := strings.Cut(path, ".")
		v := o[head]
		if !more {
			return v
		}
		next, ok := v.(object)
		if !ok {
			return nil
		}
		o, path = next, rest
	}
}

func str(o object, path string) string { s, _ := at(o, path).(string); return s }
func num(o object, path string) int64  { n, _ := at(o, path).(int64); return n }
func yes(o object, path string) bool   { b, _ := at(o, path).(bool); return b }
func hashAt(o object, path string) object {
	h, _ := at(o, path).(object)
	return h
}
func itemsAt(o object, path string) []any {
	l, _ := at(o, path).([]any)
	return l
}

// orNil turns an empty string into JSON null.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// clone copies a value deeply; raw JSON is shared, because nobody changes it.
func clone(v any) any {
	switch v := v.(type) {
	case object:
		return cloneObject(v)
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = clone(e)
		}
		return c
	}
	return v
}

func cloneObject(o object) object {
	if o == nil {
		return nil
	}
	c := make(object, len(o))
	for k, v := range o {
		c[k] = clone(v)
	}
	return c
}

// merge copies every key of from into o.
func merge(o, from object) object {
	for k, v := range from {
		o[k] = v
	}
	return o
}

// difference returns the old values of what changed from before to after: the
// whole value of a changed key, or of a hash only its changed keys (5.5). A key
// that did not exist before has the old value null.
func difference(before, after object) object {
	d := object{}
	for k, now := range after {
		if strings.HasPrefix(k, "_") {
			continue
		}
		was, had := before[k]
		if had && reflect.DeepEqual(was, now) {
			continue
		}
		wasHash, a := was.(object)
		nowHash, b := now.(object)
		if a && b && wasHash["object"] == nil {
			if inner := difference(wasHash, nowHash); len(inner) > 0 {
				d[k] = inner
			}
			continue
		}
		d[k] = clone(was)
	}
	for k, was := range before {
		if _, still := after[k]; !still && !strings.HasPrefix(k, "_") {
			d[k] = clone(was)
		}
	}
	return d
}

// appendJSON writes v with id and object first and the other keys sorted. With
// indent 0 or more it is pretty-printed with two spaces, as Stripe does.
func appendJSON(b []byte, v any, indent int) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case bool:
		return strconv.AppendBool(b, v)
	case json.RawMessage:
		return appendRaw(b, v, indent)
	case []any:
		return appendArray(b, v, indent)
	case object:
		return appendObject(b, v, indent)
	}
	return appendString(b, fmt.Sprint(v))
}

func appendRaw(b []byte, raw json.RawMessage, indent int) []byte {
	if indent < 0 {
		return append(b, raw...)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, strings.Repeat("  ", indent), "  "); err != nil {
		return append(b, raw...)
	}
	return append(b, out.Bytes()...)
}

func appendArray(b []byte, list []any, indent int) []byte {
	if len(list) == 0 {
		return append(b, "[]"...)
	}
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = newline(b, indent, 1)
		b = appendJSON(b, e, deeper(indent))
	}
	return append(newline(b, indent, 0), ']')
}

func appendObject(b []byte, o object, indent int) []byte {
	if len(o) == 0 {
		return append(b, "{}"...)
	}
	b = append(b, '{')
	for i, k := range sortedKeys(o) {
		if i > 0 {
			b = append(b, ',')
		}
		b = newline(b, indent, 1)
		b = append(appendString(b, k), ':')
		if indent >= 0 {
			b = append(b, ' ')
		}
		b = appendJSON(b, o[k], deeper(indent))
	}
	return append(newline(b, indent, 0), '}')
}

func sortedKeys(o object) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	rank := func(k string) int {
		switch k {
		case "id":
			return 0
		case "object":
			return 1
		}
		return 2
	}
	sort.Slice(keys, func(i, j int) bool {
		if a, b := rank(keys[i]), rank(keys[j]); a != b {
			return a < b
		}
		return keys[i] < keys[j]
	})
	return keys
}

func deeper(indent int) int {
	if indent < 0 {
		return indent
	}
	return indent + 1
}

func newline(b []byte, indent, more int) []byte {
	if indent < 0 {
		return b
	}
	b = append(b, '\n')
	for range indent + more {
		b = append(b, "  "...)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == 0x2028 || r == 0x2029 {
				b = append(b, '\\', 'u', '2', '0', '2', hex[r&0xf])
			} else {
				b = utf8.AppendRune(b, r)
			}
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// compact renders a document for the file, pretty for the wire.
func compact(v any) []byte { return appendJSON(nil, v, -1) }
func pretty(v any) []byte  { return append(appendJSON(nil, v, 0), '\n') }

// parseObject reads a document; whole numbers become int64.
func parseObject(data []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var o object
	if err := dec.Decode(&o); err != nil {
		return nil, err
	}
	wholeNumbers(o)
	return o, nil
}

func wholeNumbers(v any) any {
	switch v := v.(type) {
	case object:
		for k, e := range v {
			v[k] = wholeNumbers(e)
		}
	case []any:
		for i, e := range v {
			v[i] = wholeNumbers(e)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	}
	return v
}
