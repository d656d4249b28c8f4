package widget_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/keys"
	"bursar/tui/layout"
	"bursar/tui/theme"
	"bursar/tui/widget"
)

func plainTheme() *theme.Theme {
	return theme.New(io.Discard, theme.Options{Depth: theme.None, ASCII: true})
}

func press(k tea.KeyType) tea.KeyMsg { return tea.KeyMsg{Type: k} }

func typed(text string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)} }

var address = "https://checkout.stripe.com/c/pay/" + strings.Repeat("abc-def/", 45)

func someFacts() []widget.Fact {
	return []widget.Fact{
		{Group: "Page", Label: "Address", Value: address, Whole: true},
		{Group: "Sale", Label: "Total", Value: "€48.00"},
		{Group: "Sale", Label: "Items", Value: strings.Repeat("2 × Terminal mug, ", 30)},
		{Group: "Sale", Label: "Session", Value: "cs_test_" + strings.Repeat("x", 60), Keep: true},
		{Group: "Cards", Label: "Succeeds", Value: "4242 4242", Copy: "42424242", What: "card number"},
	}
}

func TestFactsShowAddressesWhole(t *testing.T) {
	for _, w := range []int{20, 40, 79, 120, 200} {
		l := widget.FactList{Aside: "Cards", Facts: someFacts()}
		l.SetSize(w, 100)
		var got strings.Builder
		for _, line := range l.View(plainTheme()) {
			main, _, _ := strings.Cut(line, "|")
			got.WriteString(strings.TrimSpace(main))
		}
		if !strings.Contains(got.String(), address) {
			t.Errorf("at %d cells the address is cut", w)
		}
	}
}

func TestFactsFitAndEveryFactIsReached(t *testing.T) {
	th, move := plainTheme(), keys.NewMove()
	for _, size := range [][2]int{{20, 3}, {40, 4}, {40, 9}, {80, 12}, {120, 9}, {120, 40}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			l := widget.FactList{Aside: "Cards", Facts: someFacts()}
			l.SetSize(size[0], size[1])
			seen := map[int]bool{}
			for range 200 {
				lines := l.View(th)
				if len(lines) > size[1] {
					t.Fatalf("%d lines", len(lines))
				}
				marked := false
				for _, line := range lines {
					if layout.Width(line) > size[0] {
						t.Fatalf("%d cells: %q", layout.Width(line), line)
					}
					marked = marked || strings.Contains(line, ">") || strings.HasPrefix(line, "  abc") || strings.Contains(line, "def/")
				}
				if !marked && size[1] > 4 { // in fewer lines a long fact is seen in parts
					t.Fatalf("the cursor on fact %d is not in sight:\n%s", l.Cursor, strings.Join(lines, "\n"))
				}
				seen[l.Cursor] = true
				l.Update(th, press(tea.KeyDown), move)
			}
			if len(seen) != len(l.Facts) {
				t.Errorf("the cursor was on %v", seen)
			}
			for range 200 {
				l.Update(th, press(tea.KeyUp), move)
			}
			if first := l.View(th)[0]; l.Cursor != 0 || !strings.Contains(first, "Page") {
				t.Errorf("back at the top: fact %d, %q", l.Cursor, first)
			}
		})
	}
}

func TestFactsKeepTheCursor(t *testing.T) {
	l := widget.FactList{}
	l.Set(someFacts())
	l.Set(append([]widget.Fact{{Label: "New", Value: "1"}}, someFacts()...))
	if f, _ := l.Current(); f.Label != "New" {
		t.Errorf("not moved: the cursor is on %q", f.Label)
	}
	l.Set(someFacts())
	for range 40 {
		l.SetSize(80, 40)
		if f, _ := l.Current(); f.Label != "Session" {
			l.Update(plainTheme(), press(tea.KeyDown), keys.NewMove())
		}
	}
	l.Set(someFacts()[1:])
	if f, _ := l.Current(); f.Label != "Session" {
		t.Errorf("moved: the cursor is on %q", f.Label)
	}
	l.Set(nil)
	if _, ok := l.Current(); ok {
		t.Error("an empty list has a current fact")
	}
}

func TestCopied(t *testing.T) {
	for _, c := range []struct {
		fact       widget.Fact
		text, what string
	}{
		{widget.Fact{Label: "Total", Value: "€48.00"}, "€48.00", "total"},
		{someFacts()[4], "42424242", "card number"},
	} {
		if text, what := c.fact.Copied(); text != c.text || what != c.what {
			t.Errorf("%q, %q; want %q, %q", text, what, c.text, c.what)
		}
	}
}

func TestFactsClick(t *testing.T) {
	th, move := plainTheme(), keys.NewMove()
	l := widget.FactList{Aside: "Cards", Facts: someFacts()}
	l.SetSize(120, 40)
	l.Update(th, tea.MouseMsg{X: 100, Y: 1, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}, move)
	if l.Cursor != 4 {
		t.Errorf("a click on the column at the side selects fact %d", l.Cursor)
	}
	l.SetSize(60, 40)
	l.Update(th, tea.MouseMsg{X: 4, Y: 3, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}, move)
	if l.Cursor != 0 {
		t.Errorf("a click on the address selects fact %d", l.Cursor)
	}
}

func TestQuantity(t *testing.T) {
	enter, esc := press(tea.KeyEnter), press(tea.KeyEsc)
	for _, c := range []struct {
		text string
		n    int64
		set  bool
		open bool
	}{
		{"12", 12, true, false}, {"0", 0, true, false}, {"", 3, false, false}, {"999999", 999_999, true, false},
		{"1000000", 0, false, true}, {"-1", 0, false, true}, {"1.5", 0, false, true}, {"many", 0, false, true},
		{"99999999999999999999", 0, false, true},
	} {
		q := widget.NewQuantity(plainTheme())
		q.Open("price_1", "Mug", 3)
		if c.text != "" {
			q.Update(typed(c.text))
		}
		n, set := q.Update(enter)
		if n != c.n || set != c.set || q.Active() != c.open {
			t.Errorf("%q: %d, %v, open %v", c.text, n, set, q.Active())
		}
		if c.open && !strings.Contains(strings.Join(q.View(60), "\n"), c.text) {
			t.Errorf("%q is lost", c.text)
		}
	}
	q := widget.NewQuantity(plainTheme())
	q.Open("price_1", "Mug", 3)
	q.Update(typed("7"))
	if _, set := q.Update(esc); set || q.Active() {
		t.Error("esc sets it")
	}
}

func TestScroll(t *testing.T) {
	th, move := plainTheme(), keys.NewMove()
	lines := make([]string, 30)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
	}
	var s widget.Scroll
	for _, h := range []int{0, 1, 2, 9} {
		if got := s.View(th, lines, 20, h); len(got) > h {
			t.Errorf("%d lines in %d", len(got), h)
		}
	}
	s.View(th, lines, 20, 10)
	s.Update(press(tea.KeyEnd), move)
	if got := s.View(th, lines, 20, 10); got[8] != "line 29" || got[9] != "  end" {
		t.Errorf("at the end: %q", got)
	}
	s.Update(press(tea.KeyUp), move)
	if got := s.View(th, lines, 20, 10); got[9] != "  1 more line" {
		t.Errorf("one up: %q", got)
	}
	if got := s.View(th, lines[:3], 20, 10); len(got) != 3 || s.Top != 0 {
		t.Errorf("what fits: %q", got)
	}
}

func TestPanesFillTheBody(t *testing.T) {
	list := []string{strings.Repeat("l", 300)}
	detail := []string{strings.Repeat("d", 300)}
	for w := 20; w <= 200; w += 7 {
		for h := 1; h <= 60; h += 7 {
			p := widget.PanesIn(w, h)
			lines := p.View(plainTheme(), list, detail, false)
			if len(lines) != h {
				t.Fatalf("%dx%d: %d lines", w, h, len(lines))
			}
			for _, l := range lines {
				if layout.Width(l) > w {
					t.Fatalf("%dx%d: %d cells", w, h, layout.Width(l))
				}
			}
		}
	}
	for w, want := range map[int]widget.Split{160: widget.Beside, 100: widget.Beside, 99: widget.Below, 80: widget.Below, 79: widget.OnePane} {
		if got := widget.PanesIn(w, 30).Split; got != want {
			t.Errorf("%d cells: split %d, want %d", w, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := widget.Number(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if widget.Count(1, "item") != "1 item" || widget.Count(2400, "item") != "2,400 items" {
		t.Error(widget.Count(1, "item"), widget.Count(2400, "item"))
	}
}

func TestSentence(t *testing.T) {
	got := widget.Sentence("!", "one two three four five six", 14, 2, "~")
	want := []string{"  ! one two", "    three~"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q", got)
	}
	for w := 0; w < 30; w++ {
		for _, l := range widget.Sentence("!", strings.Repeat("word ", 50)+strings.Repeat("W", 90), w, 3, "~") {
			if layout.Width(l) > w {
				t.Fatalf("%d cells in %d: %q", layout.Width(l), w, l)
			}
		}
	}
}
