package widget

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"bursar/tui/layout"
)

// Lines draws the box: at most h lines of at most w cells. focused tells whether
// the tree has the keyboard.
func (t *JSONTree) Lines(focused bool) []string {
	if t.doc == nil || t.w < 1 || t.h < 1 {
		return nil
	}
	var lines []string
	from, to := t.list.Window()
	room := t.listHeight()
	if why := t.doc.why; why != "" {
		for _, l := range layout.Wrap(why, max(t.w-Margin-2, 8)) {
			lines = append(lines, "  "+t.theme.Warning.Render(t.theme.Symbols.Attention)+" "+l)
		}
		room = max(room-len(lines), 0)
		to = min(to, from+room)
	}
	for row := from; row < to; row++ {
		lines = append(lines, t.line(row, FocusOf(row, t.list.Cursor, focused)))
	}
	if t.h > t.listHeight() {
		lines = append(layout.Block(lines, t.w, t.listHeight(), ""), t.foot())
	}
	return layout.Block(lines, t.w, min(len(lines), t.h), "")
}

// foot says where the cursor is, or what is searched.
func (t *JSONTree) foot() string {
	if t.Finding() || len(t.find) > 0 {
		return layout.Spread(" "+t.theme.Key.Render("/")+t.field.Line(max(t.w-16, 8)), t.theme.Muted.Render(t.found()+" "), t.w, t.theme.Symbols.Ellipsis)
	}
	at, ok := t.current()
	if !ok || !t.doc.Tree() {
		return ""
	}
	path, _, _ := spans(t.doc.path(at), 0, 4*t.w, false, nil)
	return layout.Cut("  "+t.theme.Muted.Render(layout.Middle(plainSpans(path), max(t.w-3, 4), t.theme.Symbols.Ellipsis)), t.w, "")
}

func (t *JSONTree) line(row int, f Focus) string {
	r := t.rows[row]
	var s string
	if t.doc.Tree() {
		s = t.treeLine(r, f)
	} else {
		parts, _, _ := spans(lineFrom(t.doc.raw, r.from), 0, max(t.w-Margin, 4), false, nil)
		s = t.paint(parts, t.theme.Text, f)
	}
	switch f {
	case Selected:
		return t.theme.Selected.Render(layout.Fit(t.theme.Symbols.Selected+" "+s, t.w, ""))
	case Resting:
		return t.theme.Resting.Render(layout.Fit(t.theme.Symbols.Selected+" "+s, t.w, ""))
	}
	return layout.Cut("  "+s, t.w, "")
}

// lineFrom returns the bytes from one on to the end of their line; what is far
// behind the edge of any window is left out.
func lineFrom(raw []byte, from int) string {
	line, _, _ := strings.Cut(string(raw[from:min(len(raw), from+4096)]), "\n")
	return line
}

// paint draws spans in a style of their own; a row with the cursor is drawn in
// one style and keeps only the marks that are signs.
func (t *JSONTree) paint(parts []span, style lipgloss.Style, f Focus) string {
	if f != Plain {
		return plainSpans(parts)
	}
	var b strings.Builder
	for i := 0; i < len(parts); {
		text, kind := "", parts[i].kind
		for ; i < len(parts) && parts[i].kind == kind; i++ {
			text += parts[i].text
		}
		switch {
		case text == "":
		case kind == spanHidden:
			b.WriteString(t.theme.Warning.Render(text))
		case kind == spanHit:
			b.WriteString(t.theme.Match.Render(text))
		default:
			b.WriteString(style.Render(text))
		}
	}
	return b.String()
}

func plainSpans(parts []span) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// indent is the cells before a node's key: two a level and two for its sign.
func (t *JSONTree) indent(node int32) int {
	level := int(t.doc.nodes[node].depth) - int(t.first())
	return min(2*level, max(t.w/3, 2)) + 2
}

// valueRoom is the cells a value can use.
func (t *JSONTree) valueRoom() int { return t.w - Margin - t.column - layout.Gap }

func (t *JSONTree) treeLine(r jsonRow, f Focus) string {
	n := &t.doc.nodes[r.node]
	label := strings.Repeat(" ", t.column)
	if !r.part {
		label = t.label(r.node, f)
	}
	room := t.valueRoom()
	if room < 1 {
		return label
	}
	label += strings.Repeat(" ", layout.Gap)
	switch {
	case n.container():
		return label + t.containerText(r.node, room, f)
	case n.kind == jsonString:
		return label + t.stringText(r, room, f)
	}
	return label + t.noted(r.node, room, f)
}

// label is indent, sign and key in exactly the column's cells.
func (t *JSONTree) label(node int32, f Focus) string {
	n := &t.doc.nodes[node]
	sign := "  "
	if n.count > 0 {
		sign = t.theme.Symbols.Closed + " "
		if t.open[node] {
			sign = t.theme.Symbols.Open + " "
		}
	}
	indent := t.indent(node)
	key, style := n.key, t.theme.JSONKey
	if n.parent >= 0 && t.doc.nodes[n.parent].kind == jsonArray {
		key, style = strconv.Itoa(int(n.index)), t.theme.Muted
	}
	parts, cells, next := spans(key, 0, max(t.column-indent, 1), false, foldHits(cutText(key, 512), t.find, 32))
	if next < len(key) {
		parts, cells, _ = spans(key, 0, max(t.column-indent-1, 0), false, nil)
		parts = append(parts, span{t.theme.Symbols.Ellipsis, spanText})
		cells++
	}
	lead := strings.Repeat(" ", indent-2)
	if f == Plain && n.count > 0 {
		lead += t.theme.Accent.Render(sign)
	} else {
		lead += sign
	}
	return lead + t.paint(parts, style, f) + strings.Repeat(" ", max(t.column-indent-cells, 0))
}

// containerText says how much is inside when it is folded, and which of Stripe's
// objects it is.
func (t *JSONTree) containerText(node int32, room int, f Focus) string {
	n := &t.doc.nodes[node]
	text := ""
	switch {
	case n.kind == jsonObject && n.count == 0:
		text = "{} empty"
	case n.kind == jsonArray && n.count == 0:
		text = "[] empty"
	case n.kind == jsonObject && !t.open[node]:
		text = "{" + t.theme.Symbols.Ellipsis + "} " + Count(int64(n.count), "key")
	case n.kind == jsonArray && !t.open[node]:
		text = "[" + t.theme.Symbols.Ellipsis + "] " + Count(int64(n.count), "item")
	}
	if c := t.doc.child(node, "object"); c >= 0 && t.doc.nodes[c].kind == jsonString {
		if text != "" {
			text += " " + t.theme.Symbols.Dot + " "
		}
		parts, _, _ := spans(cutText(t.doc.nodes[c].text, 64), 0, 40, false, nil)
		text += plainSpans(parts)
	}
	text = layout.Cut(text, room, t.theme.Symbols.Ellipsis)
	if f == Plain && text != "" {
		return t.theme.Muted.Render(text)
	}
	return text
}

// stringText draws a string, or the part of it that a line shows.
func (t *JSONTree) stringText(r jsonRow, room int, f Focus) string {
	n := &t.doc.nodes[r.node]
	style, tail := t.theme.JSONString, ""
	if t.link(r.node) != "" && room > 12 {
		tail = " " + t.theme.Symbols.Arrow
		room -= layout.Width(tail)
	}
	full := t.wrap || t.open[r.node]
	hits := foldHits(n.text[r.from:min(len(n.text), r.from+8*max(room, 1))], t.find, 64)
	for i := range hits {
		hits[i][0] += r.from
		hits[i][1] += r.from
	}
	parts, _, next := spans(n.text, r.from, max(room-2, 0), true, hits)
	open, end := span{`"`, spanText}, span{`"`, spanText}
	if r.part {
		open.text = " "
	}
	if next < len(n.text) {
		switch {
		case full:
			end.text = ""
		case isStripeID(n.text):
			parts = []span{{layout.Middle(n.text, max(room-2, 1), t.theme.Symbols.Ellipsis), spanText}}
		default:
			parts, _, _ = spans(n.text, r.from, max(room-3, 0), true, hits)
			end.text = t.theme.Symbols.Ellipsis + `"`
		}
	}
	text := t.paint(append(append([]span{open}, parts...), end), style, f)
	if f == Plain && tail != "" {
		return text + t.theme.Accent.Render(tail)
	}
	return text + tail
}

// noteEdge is how many cells from a value's start its note ends at most, so that
// a note stays near what it explains in a wide window.
const noteEdge = 34

// noted draws a number or word, and beside it the money or the date it means.
func (t *JSONTree) noted(node int32, room int, f Focus) string {
	n := &t.doc.nodes[node]
	style := t.theme.JSONNumber
	if n.kind == jsonWord {
		style = t.theme.JSONWord
	}
	note := t.doc.money(node)
	if at, ok := t.doc.moment(node); note == "" && ok && t.When != nil {
		note = t.When(at)
	}
	parts, cells, next := spans(n.text, 0, room, true, foldHits(cutText(n.text, 512), t.find, 32))
	if next < len(n.text) {
		parts, cells, _ = spans(n.text, 0, room-1, true, nil)
		parts = append(parts, span{t.theme.Symbols.Ellipsis, spanText})
	}
	text := t.paint(parts, style, f)
	gap := min(room, noteEdge) - cells - layout.Width(note)
	if gap < layout.Gap {
		gap = layout.Gap
	}
	if note == "" || cells+gap+layout.Width(note) > room {
		return text
	}
	if f == Plain {
		note = t.theme.Muted.Render(note)
	}
	return text + strings.Repeat(" ", gap) + note
}
