package widget

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

func tree(d theme.Depth, raw string, w, h int) *JSONTree {
	t := NewJSONTree(theme.New(io.Discard, theme.Options{Depth: d, Dark: true}))
	t.When = func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") }
	t.SetSize(w, h)
	t.SetDocument(ParseJSON([]byte(raw)))
	return t
}

// press presses keys by name; "text:abc" types abc.
func press(t *JSONTree, names ...string) JSONAct {
	named := map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "left": tea.KeyLeft, "right": tea.KeyRight, "down": tea.KeyDown, "up": tea.KeyUp, " ": tea.KeySpace}
	var act JSONAct
	for _, n := range names {
		if text, ok := strings.CutPrefix(n, "text:"); ok {
			for _, r := range text {
				t.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
			}
			continue
		}
		k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(n)}
		if typ, ok := named[n]; ok {
			k = tea.KeyMsg{Type: typ}
		}
		if n == " " {
			k.Runes = []rune{' '}
		}
		act, _ = t.Update(k)
	}
	return act
}

func seen(t *JSONTree) string {
	lines := t.Lines(true)
	for i := range lines {
		lines[i] = strings.TrimRight(layout.Plain(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

func TestParseKeepsTheOrderAndThePlace(t *testing.T) {
	raw := `{"z":1,"a":{"b":[true,null,"x"],"b":-1.5e3},"":{} }`
	d := ParseJSON([]byte(raw))
	var got []string
	for i := range d.nodes {
		got = append(got, d.path(int32(i))+"="+d.value(int32(i)))
	}
	want := []string{"=" + raw, "z=1", `a={"b":[true,null,"x"],"b":-1.5e3}`, `a.b=[true,null,"x"]`, "a.b[0]=true", "a.b[1]=null", "a.b[2]=x", "a.b=-1.5e3", `[""]={}`}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestParseRefusesGracefully(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	tests := []struct{ name, raw, why string }{
		{"whole", deep(maxJSONDepth), ""},
		{"too deep", deep(maxJSONDepth + 1), "nested deeper than 200 levels"},
		{"10,000 deep", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "nested deeper"},
		{"100,000 deep and cut", strings.Repeat("[", 100_000), "nested deeper"},
		{"too long", "[" + strings.Repeat("0,", maxJSONNodes) + "0]", "more than 200000 values"},
		{"empty", "  \n", "no bytes"},
		{"cut", `{"id": "evt_1", "da`, "not JSON from byte"},
		{"two", `{} {}`, "not JSON"},
		{"comma", `{"a":1,}`, "not JSON"},
		{"text", "<html>", "not JSON from byte 0"},
		{"control", "\"a\nb\"", "not JSON"},
	}
	for _, tt := range tests {
		d := ParseJSON([]byte(tt.raw))
		if d.Tree() != (tt.why == "") || !strings.Contains(d.why, tt.why) {
			t.Errorf("%s: a tree: %v, because %q", tt.name, d.Tree(), d.why)
		}
	}
}

func TestNotes(t *testing.T) {
	raw := `{"amount":11900,"amount_refunded":-250,"unit_amount":900,"created":1795430340,"expires_at":1795430340,
		"currency":"KWD","total_count":7,"amount_tax":1.5,"cancel_at":0,"big":{"amount":99999999999999999999,"currency":"eur"},
		"yen":{"total":2400,"currency":"jpy"},"odd":{"amount":5,"currency":"not a code"},"none":{"amount":5}}`
	v := seen(tree(theme.None, raw, 100, 40))
	for key, want := range map[string]string{
		" amount ": "KWD 11.900", "amount_refunded": "-KWD 0.250", "unit_amount": "KWD 0.900", "created": "2026-11-23 10:39:00",
		"expires_at": "2026-11-23 10:39:00", "total_count": "7", "amount_tax": "1.5", "cancel_at": "0", " total ": "¥2,400",
	} {
		found := false
		for _, l := range strings.Split(v, "\n") {
			if strings.Contains(l+" ", key) {
				found = found || strings.HasSuffix(l, " "+want)
			}
		}
		if !found {
			t.Errorf("%s is not %q in\n%s", key, want, v)
		}
	}
	for _, l := range strings.Split(v, "\n") {
		if strings.Contains(l, "99999999999999999999") && !strings.HasSuffix(l, "99999999999999999999") {
			t.Errorf("an amount that does not fit has a note: %s", l)
		}
	}
}

func TestFolding(t *testing.T) {
	tr := tree(theme.None, `{"id":"x","data":{"object":{"id":"y","deep":{"a":1,"b":{"c":2}}},"list":[1,2,3]},"end":true}`, 60, 30)
	if v := seen(tr); !strings.Contains(v, "▸ deep") || !strings.Contains(v, "{…} 2 keys") || strings.Contains(v, " c ") {
		t.Errorf("at first\n%s", v)
	}
	press(tr, "down", "down", "down", "down", " ", "right", "down", "right")
	if v := seen(tr); !strings.Contains(v, "data.object.deep.b") || !strings.Contains(v, "c  ") {
		t.Errorf("unfolded\n%s", v)
	}
	press(tr, "left", "left", "left")
	if v := seen(tr); strings.Contains(v, "c  ") || !strings.HasSuffix(v, "  data.object.deep") {
		t.Errorf("closed\n%s", v)
	}
	press(tr, "z")
	if v := seen(tr); len(tr.rows) != 3 || !strings.HasSuffix(v, "  data") {
		t.Errorf("all folded, the cursor stays on what holds it\n%s", v)
	}
	press(tr, "z")
	if len(tr.rows) != 13 {
		t.Errorf("all unfolded: %d rows\n%s", len(tr.rows), seen(tr))
	}
}

func TestSearchUnfoldsAndCounts(t *testing.T) {
	tr := tree(theme.None, `{"id":"x","data":{"object":{"deep":{"list":[{"Card":"a"},{"b":"CARD"}]},"card":1}}}`, 60, 30)
	press(tr, "/", "text:card")
	if !tr.Finding() || !strings.HasSuffix(seen(tr), "1 of 3") {
		t.Errorf("while typing\n%s", seen(tr))
	}
	press(tr, "enter")
	for _, step := range [][2]string{
		{"n", "data.object.deep.list[1].b"}, {"n", "data.object.card"}, {"n", "data.object.deep.list[0].Card"}, {"N", "data.object.card"},
	} {
		press(tr, step[0])
		if got := press(tr, "Y").Copy; got != step[1] {
			t.Errorf("%s: at %s, want %s\n%s", step[0], got, step[1], seen(tr))
		}
	}
	press(tr, "esc")
	if tr.Searching() || !strings.HasSuffix(seen(tr), "data.object.card") {
		t.Errorf("cleared\n%s", seen(tr))
	}
	press(tr, "/", "text:zzz")
	if !strings.HasSuffix(seen(tr), "no match") {
		t.Errorf("nothing found\n%s", seen(tr))
	}
	press(tr, "esc")
	if tr.Finding() {
		t.Error("esc leaves the field")
	}
}

func TestMatchesAndInvisiblesAreMarked(t *testing.T) {
	th := theme.New(io.Discard, theme.Options{Depth: theme.TrueColor, Dark: true})
	tr := tree(theme.TrueColor, "{\"first\":1,\"name\":\"Jane\u202eDoe\\u0000 \\\"q\\\" \\n end\"}", 80, 10)
	press(tr, "/", "text:doe", "enter", "up")
	v := strings.Join(tr.Lines(true), "\n")
	for _, want := range []string{th.Warning.Render(`\u202e`), th.Match.Render("Doe"), th.Warning.Render(`\u0000`), `\"q\" \n end"`} {
		if !strings.Contains(v, want) {
			t.Errorf("%q is missing in\n%q", want, v)
		}
	}
}

func TestLongStringsAreCutUnlessOpened(t *testing.T) {
	long := strings.Repeat("abcdefghij", 30)
	tr := tree(theme.None, `{"s":"`+long+`","id":"pi_3Pq9aB2eZvKYlo2C1Gq02defghijklmnop"}`, 50, 30)
	if len(tr.rows) != 2 || !strings.Contains(seen(tr), `…"`) || !strings.Contains(seen(tr), "mnop\"") {
		t.Errorf("cut\n%s", seen(tr))
	}
	press(tr, "enter")
	joined := strings.NewReplacer(" ", "", "\n", "", "▸", "").Replace(seen(tr))
	if !strings.Contains(joined, long+`"`) {
		t.Errorf("opened\n%s", seen(tr))
	}
	press(tr, "enter", "w")
	if len(tr.rows) < 8 {
		t.Errorf("wrapped: %d rows", len(tr.rows))
	}
	if got := press(tr, "y").Copy; got != long {
		t.Errorf("copied %q", got)
	}
}

func TestLinks(t *testing.T) {
	tr := tree(theme.None, `{"id":"evt_1","customer":"cus_Pq12","other":"evt_2","bad":"cus_\u202e1"}`, 60, 10)
	tr.Here = "evt_1"
	if act := press(tr, "enter"); act.Follow != "" {
		t.Errorf("the page leads to itself")
	}
	if act := press(tr, "down", "enter"); act.Follow != "cus_Pq12" {
		t.Errorf("leads to %q", act.Follow)
	}
	if act := press(tr, "down", "enter"); act.Follow != "evt_2" {
		t.Errorf("leads to %q", act.Follow)
	}
	if act := press(tr, "down", "enter"); act.Follow != "" {
		t.Errorf("leads to %q", act.Follow)
	}
}

func TestTextThatIsNoTree(t *testing.T) {
	tr := tree(theme.None, "{\"a\": \x1b[31m\xff\u202e,\n\n"+strings.Repeat("y", 100), 40, 12)
	v := seen(tr)
	if !strings.Contains(v, `{"a": \u001b[31m\xff\u202e,`) || !strings.Contains(v, "! This is not JSON") {
		t.Errorf("shows\n%s", v)
	}
	if act := press(tr, "J"); !strings.HasPrefix(act.Copy, "{\"a\": \x1b") {
		t.Errorf("copies %q", act.Copy)
	}
	press(tr, "G", "down", "/", "z", "enter", " ", "n")
	fits(t, tr, "text")
}

func TestScalarsAndEmptyWholes(t *testing.T) {
	for _, raw := range []string{`{}`, `[]`, `"x"`, `1`, `null`, `[[]]`, `[{"a":[]}]`} {
		tr := tree(theme.None, raw, 40, 6)
		if len(tr.rows) == 0 || strings.TrimSpace(seen(tr)) == "" {
			t.Errorf("%s shows nothing", raw)
		}
		press(tr, "enter", "left", "right", "z", "z", " ", "w", "n", "y", "Y", "J")
		fits(t, tr, raw)
	}
}

// fits draws a tree at many sizes and checks each line.
func fits(t testing.TB, tr *JSONTree, name string) {
	t.Helper()
	for _, size := range [][2]int{{1, 1}, {3, 2}, {9, 5}, {20, 8}, {41, 9}, {80, 24}, {200, 57}} {
		w, h := size[0], size[1]
		tr.SetSize(w, h)
		lines := tr.Lines(true)
		if len(lines) > h {
			t.Errorf("%q at %dx%d: %d lines", name, w, h, len(lines))
		}
		for _, l := range lines {
			if n := layout.Width(l); n > w {
				t.Errorf("%q at %dx%d: a line of %d cells: %q", name, w, h, n, l)
			}
			if plain := layout.Plain(l); strings.ContainsFunc(plain, services.Invisible) || !utf8.ValidString(plain) {
				t.Errorf("%q at %dx%d: %q", name, w, h, plain)
			}
		}
	}
}

func FuzzJSONTree(f *testing.F) {
	for _, s := range []string{`{"a":[1,"x",{"b":null}],"currency":"eur","amount":5}`, `{"a":1`, "\x1b]52;c;x\x07", `["\ud800\u202e"]`, `{"created":1795430340}`,
		strings.Repeat("[", 300), `{"é́́́́́":"क्षि👩‍👩‍👧"}`, `"` + strings.Repeat("́", 50) + `"`} {
		f.Add(s, "a")
	}
	f.Fuzz(func(t *testing.T, raw, find string) {
		d := ParseJSON([]byte(raw))
		if d.Tree() && !json.Valid([]byte(raw)) {
			t.Errorf("a tree of what is not JSON: %q", raw)
		}
		for i := range d.nodes {
			n := &d.nodes[i]
			if n.end <= int32(i) || n.end > int32(len(d.nodes)) || n.container() && !json.Valid(d.raw[n.start:n.stop]) {
				t.Fatalf("node %d of %q is %+v", i, raw, *n)
			}
		}
		tr := tree(theme.None, raw, 33, 9)
		press(tr, "z", "z", "w", "/", "text:"+find, "enter", "n", "N", "left", "right", " ", "y", "Y", "J")
		fits(t, tr, raw)
	})
}

// large is an event of about a megabyte.
func large() string {
	var b strings.Builder
	b.WriteString(`{"id":"evt_1","data":{"object":{"currency":"eur","lines":[`)
	for i := 0; b.Len() < 1<<20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"il_%d","object":"line_item","amount":%d,"currency":"eur","created":1795430340,"description":"Gold plan, a month of it","metadata":{"row":"%d"}}`, i, i, i)
	}
	b.WriteString(`]}}}`)
	return b.String()
}

func TestAMegabyte(t *testing.T) {
	tr := tree(theme.None, large(), 80, 24)
	press(tr, "z", "z", "G", "/", "text:il_4242", "enter")
	if got := press(tr, "Y").Copy; got != "data.object.lines[4242].id" {
		t.Errorf("found %s", got)
	}
	fits(t, tr, "large")
}

func BenchmarkJSONTree(b *testing.B) {
	raw := []byte(large())
	b.Run("parse 1 MB", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			ParseJSON(raw)
		}
	})
	tr := tree(theme.TrueColor, string(raw), 66, 40)
	press(tr, "z", "z")
	b.Run("view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tr.Lines(true)
		}
	})
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			tr.toggle()
		}
	})
	b.Run("search", func(b *testing.B) {
		tr.field.SetValue("no such text")
		for b.Loop() {
			tr.search(true)
		}
	})
}
