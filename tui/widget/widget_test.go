package widget_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/layout"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
	"bursar/tui/widget"
)

var columns = []layout.Column{{Title: "TYPE", Min: 12}, {Title: "AMOUNT", Min: 8, Max: 12, Right: true}, {Title: "ID", Min: 9, Max: 13, Rank: 1}}

func row(th *theme.Theme, name, amount, id string, f widget.Focus, w int) string {
	cells := []widget.Cell{{Text: name}, {Text: amount, Style: th.Text}, {Text: id, Style: th.Muted, Keep: true}}
	return widget.Row(th, columns, layout.Widths(columns, w-widget.Margin), cells, f, w)
}

// gallery draws every widget that is not a screen's own.
func gallery(th *theme.Theme, w int) []string {
	widths := layout.Widths(columns, w-widget.Margin)
	lines := []string{widget.Header(th, columns, widths, w),
		row(th, "charge.succeeded", "€1,250.00", "evt_1Pq9a2b3c4d5Zk31", widget.Plain, w),
		row(th, "charge.failed", "¥2,400", "evt_2", widget.Selected, w),
		row(th, "田中 太郎 と とても長い名前", "KWD 12.500", "", widget.Resting, w), ""}
	lines = append(lines, widget.Facts(th, [][2]string{{"Name", "Kettle & Crane"}, {"A rather long label", "value"}}, w)...)
	lines = append(lines, widget.Loading(th, "reading the events", 100*time.Millisecond, w, 4)...)
	lines = append(lines, widget.Loading(th, "reading the events", time.Second, w, 2)...)
	lines = append(lines, widget.Loading(th, "reading the events", 3*time.Second, w, 3)...)
	lines = append(lines, widget.Failure(th, &services.Error{Code: services.CodeForbidden, Message: "Stripe refused the request: this key may not read customers.", Next: "Give the restricted key that permission, or use another.", RequestID: "req_Fk29xZ1"}, "r", w)...)
	lines = append(lines, widget.Empty(th, "No events yet", [][2]string{{"s", "sell something"}, {"", "They appear as they happen."}}, w)...)
	field := widget.NewField(th, "Secret key", "starts with sk_", true)
	field.Hint = "Both keys can be pasted at once."
	lines = append(lines, field.View(16, w)...)
	field.Focus()
	field.SetValue("sk_test_123456")
	field.Problem = "This is a publishable key, not a secret one: the two keys are swapped."
	return append(lines, field.View(16, w)...)
}

func TestGallery(t *testing.T) {
	for _, w := range []int{80, 40, 20} {
		lines := gallery(tuitest.Theme(theme.None), w)
		for i := range lines {
			if n := layout.Width(lines[i]); n > w {
				t.Errorf("at %d: line %d is %d wide: %q", w, i, n, lines[i])
			}
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		tuitest.Golden(t, fmt.Sprintf("gallery-%d", w), strings.Join(lines, "\n")+"\n")
	}
	tuitest.Golden(t, "gallery-colour-80", strings.Join(gallery(tuitest.Theme(theme.TrueColor), 80), "\n")+"\n")
}

func TestRowIsFilled(t *testing.T) {
	th := tuitest.Theme(theme.None)
	for _, text := range tuitest.Hostile() {
		for _, w := range []int{12, 20, 33, 80} {
			for _, f := range []widget.Focus{widget.Selected, widget.Resting} {
				if n := layout.Width(row(th, services.Clean(text), services.Clean(text), services.Clean(text), f, w)); n != w {
					t.Errorf("%.40q in %d cells is %d wide", text, w, n)
				}
			}
		}
	}
}

func TestList(t *testing.T) {
	l, move := widget.List{}, keys.NewMove()
	l.SetSize(5)
	l.SetLen(12)
	for _, c := range []struct {
		key                   string
		cursor, from, through int
	}{
		{"down", 1, 0, 5}, {"j", 2, 0, 5}, {"pgdown", 6, 2, 7}, {"ctrl+d", 10, 6, 11}, {"G", 11, 7, 12}, {"down", 11, 7, 12},
		{"k", 10, 7, 12}, {"pgup", 6, 6, 11}, {"g", 0, 0, 5}, {"up", 0, 0, 5}, {"end", 11, 7, 12}, {"home", 0, 0, 5},
	} {
		if !l.Update(tui.KeyMsg(c.key), move) {
			t.Errorf("%s was not taken", c.key)
		}
		if from, to := l.Window(); l.Cursor != c.cursor || from != c.from || to != c.through {
			t.Errorf("after %s: cursor %d, window %d to %d, want %d, %d to %d", c.key, l.Cursor, from, to, c.cursor, c.from, c.through)
		}
	}
	if l.Update(tui.KeyMsg("x"), move) {
		t.Error("x was taken")
	}
	l.Select(11)
	l.SetLen(3)
	if from, to := l.Window(); l.Cursor != 2 || from != 0 || to != 3 {
		t.Errorf("after rows went: cursor %d, window %d to %d", l.Cursor, from, to)
	}
	if l.Click(3) || l.Click(-1) || !l.Click(1) || l.Cursor != 1 {
		t.Errorf("clicks end at %d", l.Cursor)
	}
	l.SetLen(0)
	if from, to := l.Window(); l.Cursor != 0 || from != 0 || to != 0 {
		t.Errorf("empty: cursor %d, window %d to %d", l.Cursor, from, to)
	}
	l.SetLen(100)
	l.Update(tea.MouseMsg{Button: tea.MouseButtonWheelDown}, move)
	if l.Cursor != 3 {
		t.Errorf("the wheel is at %d", l.Cursor)
	}
}

func TestFieldNeverShowsASecret(t *testing.T) {
	const key = "sk_test_51ZyXwVuTsRqPoNmLkJi"
	for _, secret := range []bool{true, false} {
		for _, d := range []theme.Depth{theme.None, theme.TrueColor} {
			f := widget.NewField(tuitest.Theme(d), "Key", "", secret)
			f.Focus()
			see := func(when string) {
				t.Helper()
				if view := layout.Plain(strings.Join(f.View(10, 80), "\n")); strings.Contains(view, key[8:16]) {
					t.Errorf("%s, a secret is seen: %s", when, view)
				}
			}
			for _, r := range key {
				f.Update(tui.KeyMsg(string(r)))
				see("while it is typed")
			}
			if f.Value() != key {
				t.Errorf("typed %q", f.Value())
			}
			f.Blur()
			see("after it was typed")
			f.SetValue("")
			f.Focus()
			f.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(" \x1b[31m" + key + "\n"), Paste: true})
			see("after it was pasted")
			if f.Value() != key {
				t.Errorf("pasted %q", f.Value())
			}
			f.SetValue("note: " + key)
			see("after it was set")
		}
	}
	f := widget.NewField(tuitest.Theme(theme.None), "Name", "", false)
	f.SetValue("sk_ is how they start")
	if !strings.Contains(f.Line(40), "sk_ is how") {
		t.Error("text that is no secret is masked")
	}
}

func TestFieldText(t *testing.T) {
	f := widget.NewField(tuitest.Theme(theme.None), "Name", "what it is for", false)
	if !strings.Contains(f.Line(40), "what it is for") {
		t.Errorf("no placeholder: %q", f.Line(40))
	}
	if f.Update(tui.KeyMsg("x")) {
		t.Error("a field without the keyboard types")
	}
	f.Focus()
	for _, text := range tuitest.Hostile() {
		f.SetValue("")
		f.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
		for _, r := range f.Value() {
			if services.Invisible(r) {
				t.Errorf("%.40q: %U got into the field", text, r)
			}
		}
		for _, w := range []int{1, 5, 20, 40, 80} {
			for _, l := range f.View(10, w) {
				if n := layout.Width(l); n > max(w, 12) {
					t.Errorf("%.40q at %d is %d wide: %q", text, w, n, l)
				}
			}
		}
	}
}

func TestQR(t *testing.T) {
	// A code of five modules: the quiet zone of two around it makes nine.
	q := services.QRCode{Size: 5, Dark: make([]bool, 25)}
	for _, at := range [][2]int{{0, 0}, {4, 0}, {2, 1}, {2, 2}, {0, 4}} {
		q.Dark[at[1]*5+at[0]] = true
	}
	lines := widget.QR(tuitest.Theme(theme.None), q)
	if w, h := widget.QRSize(q); w != 9 || h != 5 || len(lines) != h {
		t.Fatalf("%d by %d cells, %d lines", w, h, len(lines))
	}
	for y, want := range []string{"         ", "  ▀ ▄ ▀  ", "    ▀    ", "  ▀      ", "         "} {
		if lines[y] != want {
			t.Errorf("line %d is %q, want %q", y, lines[y], want)
		}
	}
	for _, d := range []theme.Depth{theme.Mono, theme.Colors16, theme.Colors256, theme.TrueColor} {
		for _, dark := range []bool{true, false} {
			th := theme.New(nil, theme.Options{Depth: d, Dark: dark})
			for _, l := range widget.QR(th, q) {
				if !strings.HasPrefix(l, "\x1b[") || !strings.HasSuffix(l, "m") {
					t.Errorf("depth %d: a line without explicit colours: %q", d, l)
				}
			}
		}
	}
}

func TestAge(t *testing.T) {
	now := tuitest.Now()
	for d, want := range map[time.Duration]string{
		-time.Hour: "now", 0: "now", 2 * time.Second: "2 s", 59 * time.Second: "59 s", time.Minute: "1 m", 59 * time.Minute: "59 m",
		time.Hour: "1 h", 47 * time.Hour: "47 h", 48 * time.Hour: "2 d", 59 * 24 * time.Hour: "59 d", 60 * 24 * time.Hour: "2026-09-24",
	} {
		if got := widget.Age(now, now.Add(-d)); got != want {
			t.Errorf("Age of %s is %q, want %q", d, got, want)
		}
	}
	if got := widget.Age(now, time.Time{}); got != "never" {
		t.Errorf("the zero time is %q", got)
	}
}
