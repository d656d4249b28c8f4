package layout

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// samples are texts that are hard to measure: wide, combining and joined
// characters, and styled ones.
var samples = []string{
	"", "a", "hello world", "evt_1Pq9a2b3c4d5Zk31", "田中 太郎", "e\u0301e\u0301e\u0301", "\u0301\u0301", "👩‍👩‍👧‍👦 family", "🇸🇪🇩🇪", "क्षत्रिय", "﷽",
	"\x1b[31mred\x1b[0m and \x1b[1mbold\x1b[m", "\x1b[48;2;1;2;3m界界界\x1b[m", strings.Repeat("界", 3000), strings.Repeat("\u0301", 5000),
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"hello", 5, "hello"}, {"hello", 4, "hel…"}, {"hello", 1, "…"}, {"hello", 0, ""}, {"hello", -3, ""},
		{"田中太郎", 8, "田中太郎"}, {"田中太郎", 7, "田中太…"}, {"田中太郎", 6, "田中…"}, {"田", 1, "…"},
	} {
		if got := Cut(c.in, c.w, "…"); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
	}
	long := strings.Repeat("x", 100000)
	if got := Cut(long, 10, "…"); got != "xxxxxxxxx…" {
		t.Errorf("a long text is cut to %q", got)
	}
	if got := Cut(strings.Repeat("\u0301", 100000), 10, "…"); Width(got) > 10 || len(got) > 1000 {
		t.Errorf("a text without width is cut to %d bytes, %d cells", len(got), Width(got))
	}
}

func TestWidthsAreKept(t *testing.T) {
	for _, s := range samples {
		for w := range 60 {
			if n := Width(Cut(s, w, "…")); n > w {
				t.Errorf("Cut(%.40q, %d) is %d wide", s, w, n)
			}
			if n := Width(Fit(s, w, "…")); n != w {
				t.Errorf("Fit(%.40q, %d) is %d wide", s, w, n)
			}
			if n := Width(Right(s, w, "…")); n != w {
				t.Errorf("Right(%.40q, %d) is %d wide", s, w, n)
			}
			if n := Width(Middle(Plain(s), w, "…")); n > w {
				t.Errorf("Middle(%.40q, %d) is %d wide", s, w, n)
			}
			if n := Width(Spread(s, "right", w, "…")); n != w {
				t.Errorf("Spread(%.40q, %d) is %d wide", s, w, n)
			}
			for _, l := range Wrap(Plain(s), w) {
				if n := Width(l); n > w && w >= 4 { // below, a wide character has no room
					t.Errorf("Wrap(%.40q, %d) has a line of %d", s, w, n)
				}
			}
		}
	}
}

func TestMiddleKeepsBothEnds(t *testing.T) {
	got := Middle("evt_1Pq9a2b3c4d5Zk31", 13, "…")
	if got != "evt_1Pq9…Zk31" {
		t.Errorf("got %q", got)
	}
	if got := Middle("cus_1", 13, "…"); got != "cus_1" {
		t.Errorf("got %q", got)
	}
	if got := Middle("cus_123456", 4, "…"); got != "cus…" {
		t.Errorf("got %q", got)
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		left, right string
		w           int
		want        string
	}{
		{"left", "right", 12, "left   right"}, {"a long left side", "right", 12, "a lon… right"},
		{"left", "", 8, "left    "}, {"left", "right", 5, "right"}, {"left", "right", 3, "ri…"},
	} {
		if got := Spread(c.left, c.right, c.w, "…"); got != c.want {
			t.Errorf("Spread(%q, %q, %d) = %q, want %q", c.left, c.right, c.w, got, c.want)
		}
	}
}

func TestBlockAndJoin(t *testing.T) {
	got := Block([]string{"one", "a long line"}, 6, 3, "…")
	if !slices.Equal(got, []string{"one", "a lon…", ""}) {
		t.Errorf("Block: %q", got)
	}
	if got := Block([]string{"one"}, 5, -1, ""); len(got) != 0 {
		t.Errorf("Block of no lines: %q", got)
	}
	got = Join([]string{"a", "b", "c"}, []string{"right side"}, 3, 5, "|", "…")
	if !slices.Equal(got, []string{"a  |righ…", "b  |", "c  |"}) {
		t.Errorf("Join: %q", got)
	}
}

func TestOverlay(t *testing.T) {
	base := []string{"abcdefgh", "田中太郎", "\x1b[31mredredred\x1b[m", "x", ""}
	got := Overlay(base, []string{"[]", "[]", "[]", "[]", "[]", "[]"}, 3, 0)
	if len(got) != len(base) {
		t.Fatalf("%d lines", len(got))
	}
	if got[0] != "abc[]fgh" {
		t.Errorf("%q", got[0])
	}
	for i, l := range got {
		want := max(Width(base[i]), 5)
		if n := Width(l); n < 5 || n > want {
			t.Errorf("line %d is %d wide: %q", i, n, l)
		}
		if at := strings.Index(Plain(l), "[]"); at < 0 || Width(Plain(l)[:at]) != 3 {
			t.Errorf("line %d: the box is not at 3: %q", i, l)
		}
	}
	if !strings.Contains(got[2], "\x1b[m[]") {
		t.Errorf("the style under the box colours it: %q", got[2])
	}
	if base[0] != "abcdefgh" {
		t.Error("the base was changed")
	}
	if got := Overlay([]string{"abc"}, []string{"x", "y"}, 1, -1); got[0] != "ayc" {
		t.Errorf("a box that begins above: %q", got[0])
	}
}

func TestOverlayProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		base := []string{samples[r.IntN(13)], samples[r.IntN(13)], samples[r.IntN(13)]}
		boxText := Fit("box", 3+r.IntN(10), "")
		x, y := r.IntN(30), r.IntN(5)-1
		for i, l := range Overlay(base, []string{boxText, boxText}, x, y) {
			if i < y || i > y+1 {
				if l != base[i] {
					t.Fatalf("line %d beside the box changed: %q", i, l)
				}
				continue
			}
			// Where the box cuts a wide character in two, its half is lost.
			least, most := x+Width(boxText), max(x+Width(boxText), Width(base[i]))
			if n := Width(l); n < least || n > most {
				t.Fatalf("%q over %q at %d is %d wide, want %d to %d", boxText, base[i], x, n, least, most)
			}
		}
	}
}

func TestWidths(t *testing.T) {
	cols := []Column{{Min: 4, Max: 6}, {Min: 10}, {Min: 8, Max: 12, Rank: 2}, {Min: 5, Max: 5, Rank: 1}}
	for _, c := range []struct {
		w    int
		want []int
	}{
		{33, []int{4, 10, 8, 5}}, {35, []int{6, 10, 8, 5}}, {60, []int{6, 31, 12, 5}},
		{32, []int{6, 17, 0, 5}}, {22, []int{6, 14, 0, 0}}, {16, []int{4, 10, 0, 0}}, {10, []int{4, 4, 0, 0}},
	} {
		if got := Widths(cols, c.w); !slices.Equal(got, c.want) {
			t.Errorf("Widths(%d) = %v, want %v", c.w, got, c.want)
		}
	}
}

func TestWidthsProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		cols := make([]Column, 1+r.IntN(6))
		must, kept := 0, 0
		for i := range cols {
			cols[i] = Column{Min: 1 + r.IntN(12), Rank: r.IntN(4)}
			if r.IntN(2) == 0 {
				cols[i].Max = cols[i].Min + r.IntN(10)
			}
			if cols[i].Rank == 0 {
				must += cols[i].Min
				kept++
			}
		}
		must += Gap * max(kept-1, 0)
		w := r.IntN(90)
		widths := Widths(cols, w)
		total, shown := 0, 0
		for i, n := range widths {
			if n > 0 {
				total += n
				shown++
			} else if cols[i].Rank == 0 {
				t.Fatalf("a column that always stays was dropped: %v in %d: %v", cols, w, widths)
			}
			if n > 0 && n < cols[i].Min && must <= w {
				t.Fatalf("a column is narrower than it must be: %v in %d: %v", cols, w, widths)
			}
			if cols[i].Max > 0 && n > cols[i].Max {
				t.Fatalf("a column is wider than it can use: %v in %d: %v", cols, w, widths)
			}
		}
		if total += Gap * max(shown-1, 0); total > w && must <= w {
			t.Fatalf("%v in %d take %d: %v", cols, w, total, widths)
		}
	}
}
