package config

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// document knows where each key of a TOML text stands, so that single values can
// be changed in place.
type document struct {
	src     []byte
	entries []entry // in order
}

// entry is a table header, or a key with its value.
type entry struct {
	table  string // path of the table it stands in, or that it opens
	path   string // path of the key; "" for a header
	start  int    // offset of its first byte
	value  int    // offset of the value
	end    int    // offset after the value, or after the header
	scalar bool   // neither array nor inline table
}

// keySep joins the parts of a key's path; no valid TOML key holds it unescaped.
const keySep = "\x00"

// parse indexes a TOML text. The error carries the line.
func parse(src []byte) (*document, error) {
	d := &document{src: src}
	var p unstable.Parser
	p.Reset(src)
	table := ""
	for p.NextExpression() {
		node := p.Expression()
		keys, first, last := keyOf(node)
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = keys
			start := bytes.LastIndexByte(src[:first], '[')
			if node.Kind == unstable.ArrayTable {
				start--
			}
			end := last + bytes.IndexByte(src[last:], ']') + 1
			d.entries = append(d.entries, entry{table: table, start: start, end: end})
		case unstable.KeyValue:
			start := int(node.Raw.Offset)
			value := last + bytes.IndexByte(src[last:], '=') + 1
			value += len(src[value:]) - len(bytes.TrimLeft(src[value:], " \t"))
			kind := node.Value().Kind
			d.entries = append(d.entries, entry{
				table: table, path: join(table, keys), start: start, value: value,
				end:    start + int(node.Raw.Length),
				scalar: kind != unstable.Array && kind != unstable.InlineTable,
			})
		}
	}
	return d, p.Error()
}

// keyOf returns a node's dotted key and the offsets of its first and after its
// last byte.
func keyOf(node *unstable.Node) (path string, first, last int) {
	first = -1
	for it := node.Key(); it.Next(); {
		n := it.Node()
		path = join(path, string(n.Data))
		if first < 0 {
			first = int(n.Raw.Offset)
		}
		last = int(n.Raw.Offset + n.Raw.Length)
	}
	return path, first, last
}

func join(table, key string) string {
	if table == "" {
		return key
	}
	return table + keySep + key
}

// raw returns the value of an entry as it is written.
func (d *document) raw(e entry) string { return string(d.src[e.value:e.end]) }

// line returns the 1-based line of the first entry with this path, or 0.
func (d *document) line(path string) int {
	for _, e := range d.entries {
		if e.path == path || e.path == "" && e.table == path {
			return 1 + bytes.Count(d.src[:e.start], []byte("\n"))
		}
	}
	return 0
}

// edit is one replacement of src[start:end].
type edit struct {
	start, end int
	text       string
}

// change returns the text with the values of was turned into those of want: what
// is equal in both is not touched, whatever it looks like in the text.
func (d *document) change(was, want *document) []byte {
	var edits []edit
	added := map[string]*edit{} // by table
	order := []string{}
	old := was.values()
	for _, e := range want.entries {
		if e.path == "" || old[e.path] == want.raw(e) {
			continue
		}
		if at, ok := d.find(e.path); ok {
			edits = append(edits, edit{at.value, at.end, want.raw(e)})
			continue
		}
		if added[e.table] == nil {
			added[e.table] = d.room(e.table)
			order = append(order, e.table)
		}
		key := e.path[len(e.table):]
		added[e.table].text += strings.TrimPrefix(key, keySep) + " = " + want.raw(e) + "\n"
	}
	for _, table := range order {
		edits = append(edits, *added[table])
	}
	edits = append(edits, d.removals(was, want)...)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(d.src[at:e.start])
		if n := out.Len(); e.start == e.end && n > 0 && out.Bytes()[n-1] != '\n' {
			out.WriteByte('\n')
		}
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(d.src[at:])
	return out.Bytes()
}

func (d *document) values() map[string]string {
	m := make(map[string]string, len(d.entries))
	for _, e := range d.entries {
		if e.path != "" {
			m[e.path] = d.raw(e)
		}
	}
	return m
}

func (d *document) find(path string) (entry, bool) {
	for _, e := range d.entries {
		if e.path == path && e.scalar {
			return e, true
		}
	}
	return entry{}, false
}

// room is the empty edit where a table's new keys go: after its last one, or in
// a new table at the end of the text.
func (d *document) room(table string) *edit {
	last := -1
	for _, e := range d.entries {
		if e.table == table {
			last = d.lineEnd(e.end)
		}
	}
	switch {
	case last >= 0:
		return &edit{start: last, end: last}
	case table == "":
		return &edit{}
	}
	parts := strings.Split(table, keySep)
	for i, p := range parts {
		if !bareKey(p) {
			parts[i] = strconv.Quote(p)
		}
	}
	return &edit{start: len(d.src), end: len(d.src), text: "\n[" + strings.Join(parts, ".") + "]\n"}
}

// removals are the edits that take out the lines of keys that are in was and not
// in want, and of whole tables.
func (d *document) removals(was, want *document) []edit {
	gone, kept := map[string]bool{}, want.values()
	for path := range was.values() {
		if _, ok := kept[path]; !ok {
			gone[path] = true
		}
	}
	tables := map[string]bool{}
	for _, e := range want.entries {
		tables[e.table] = true
	}
	dropped := map[string]bool{}
	for _, e := range was.entries {
		if !tables[e.table] && strings.Contains(e.table, keySep) {
			dropped[e.table] = true
		}
	}
	var edits []edit
	for _, e := range d.entries {
		inDropped := false
		for t := range dropped {
			inDropped = inDropped || e.table == t || strings.HasPrefix(e.table, t+keySep) || strings.HasPrefix(e.path, t+keySep)
		}
		if inDropped || e.path != "" && gone[e.path] {
			start := bytes.LastIndexByte(d.src[:e.start], '\n') + 1
			edits = append(edits, edit{start: start, end: d.lineEnd(e.end)})
		}
	}
	return edits
}

// lineEnd returns the offset after the line break that follows.
func (d *document) lineEnd(at int) int {
	if i := bytes.IndexByte(d.src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(d.src)
}

func bareKey(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}
