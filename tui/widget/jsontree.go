package widget

import (
	"time"

	"bursar/tui/keys"
	"bursar/tui/theme"
)

// JSONTree shows a JSONDocument as a tree with folding and search, or as text
// when it has no tree. It owns its cursor, what is folded and what is searched.
type JSONTree struct {
	Keys JSONKeys
	// When writes the moments beside timestamps; nil leaves them out.
	When func(time.Time) string
	// Here is the id of what the screen is about; it leads nowhere.
	Here string

	theme  *theme.Theme
	move   keys.Move
	doc    *JSONDocument
	open   []bool // by node: a container unfolded, a string in full length
	rows   []jsonRow
	list   List
	column int // cells before the values
	w, h   int
	wrap   bool // every string in full length

	field *Field
	find  []rune  // what is searched, in lower case
	hits  []int32 // nodes it is found in; in a document without a tree: bytes
}

// jsonRow is one line of what can be seen: a node, or a part of a long string or
// of the text.
type jsonRow struct {
	node int32
	from int  // the byte of the text this line begins at
	part bool // a further line of the same string
}

// NewJSONTree makes a tree without a document.
func NewJSONTree(t *theme.Theme) *JSONTree {
	return &JSONTree{Keys: newJSONKeys(), theme: t, move: keys.NewMove(), field: NewField(t, "", "keys and values", false)}
}

// SetDocument shows a document from its top, nil none. What was searched stays.
func (t *JSONTree) SetDocument(d *JSONDocument) {
	t.doc, t.open, t.rows, t.hits = d, nil, nil, nil
	t.list.Cursor, t.list.Top = 0, 0
	if d != nil && d.Tree() {
		t.open = make([]bool, len(d.nodes))
		for i := range d.nodes {
			t.open[i] = d.nodes[i].container() && d.nodes[i].depth <= 2
		}
	}
	t.search(false)
	t.rebuild()
}

// Document returns what is shown, nil for none.
func (t *JSONTree) Document() *JSONDocument { return t.doc }

// SetSize gives the box in cells.
func (t *JSONTree) SetSize(w, h int) {
	changed := w != t.w
	t.w, t.h = w, h
	t.list.SetSize(t.listHeight())
	if changed {
		t.rebuild()
	}
}

// listHeight is the box without the line that says where one is.
func (t *JSONTree) listHeight() int {
	if t.h < 4 {
		return t.h
	}
	return t.h - 1
}

// rebuild finds the lines that can be seen, and keeps the cursor on its node.
func (t *JSONTree) rebuild() {
	at, had := t.current()
	t.rows = t.rows[:0]
	switch {
	case t.doc == nil:
	case t.doc.Tree():
		t.treeRows()
	default:
		t.textRows()
	}
	t.list.SetLen(len(t.rows))
	if had && t.doc != nil && t.doc.Tree() {
		t.show(at)
	}
}

// first is the first node drawn: the whole is left out when it has members.
func (t *JSONTree) first() int32 {
	if t.doc.nodes[0].count > 0 {
		return 1
	}
	return 0
}

func (t *JSONTree) treeRows() {
	d := t.doc
	label := 0
	for i := t.first(); i < int32(len(d.nodes)); {
		label = max(label, t.indent(i)+fullCells(d.nodes[i].key, 64, false))
		t.rows = append(t.rows, jsonRow{node: i})
		if d.nodes[i].container() && !t.open[i] {
			i = d.nodes[i].end
			continue
		}
		i++
	}
	t.column = max(min(label, t.w*45/100), min(12, t.w/3))
	t.wrapRows()
}

// wrapRows adds the further lines of strings that are shown in full.
func (t *JSONTree) wrapRows() {
	room := t.valueRoom() - 2
	whole := t.rows
	t.rows = nil
	for _, r := range whole {
		t.rows = append(t.rows, r)
		n := &t.doc.nodes[r.node]
		if n.kind != jsonString || !t.wrap && !t.open[r.node] || room < 1 {
			continue
		}
		for _, from := range breaks(n.text, room, true)[1:] {
			t.rows = append(t.rows, jsonRow{node: r.node, from: from, part: true})
		}
	}
}

// textRows breaks the received bytes into lines that fit.
func (t *JSONTree) textRows() {
	if t.w < 1 {
		return
	}
	raw := string(t.doc.raw)
	for from := 0; from < len(raw); {
		end := from
		for end < len(raw) && raw[end] != '\n' {
			end++
		}
		for _, at := range breaks(raw[from:end], max(t.w-Margin, 4), false) {
			t.rows = append(t.rows, jsonRow{from: from + at})
		}
		from = end + 1
	}
}

// current returns the node under the cursor.
func (t *JSONTree) current() (int32, bool) {
	if t.list.Cursor >= len(t.rows) {
		return 0, false
	}
	return t.rows[t.list.Cursor].node, true
}

// show puts the cursor on a node, or on the folded one that it is in.
func (t *JSONTree) show(node int32) {
	lo, hi := 0, len(t.rows)
	for lo < hi {
		if mid := (lo + hi) / 2; t.rows[mid].node <= node {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	row := max(lo-1, 0)
	for row > 0 && t.rows[row].part {
		row--
	}
	t.list.Select(row)
}

// reveal unfolds what a node is in and puts the cursor on it.
func (t *JSONTree) reveal(node int32) {
	changed := false
	for p := t.doc.nodes[node].parent; p >= 0; p = t.doc.nodes[p].parent {
		changed = changed || !t.open[p]
		t.open[p] = true
	}
	if changed {
		t.rebuild()
	}
	top := t.list.Top
	t.show(node)
	if t.list.Top != top { // it was out of sight: show what is around it too
		t.list.Top = t.list.Cursor - t.list.Height/2
		t.list.Select(t.list.Cursor)
	}
}

// link returns the id under a node that leads to another page.
func (t *JSONTree) link(node int32) string {
	if id := t.doc.link(node); id != t.Here {
		return id
	}
	return ""
}

// foldAll folds everything, or unfolds it when nothing is unfolded below the
// first level.
func (t *JSONTree) foldAll() {
	unfold := !t.anyOpen()
	for i := range t.doc.nodes {
		if t.doc.nodes[i].container() {
			t.open[i] = unfold || i == 0
		}
	}
	t.rebuild()
}

func (t *JSONTree) anyOpen() bool {
	for i := 1; i < len(t.open); i++ {
		if t.open[i] && t.doc.nodes[i].count > 0 {
			return true
		}
	}
	return false
}

func cutText(s string, bytes int) string {
	if len(s) > bytes {
		return s[:bytes]
	}
	return s
}
