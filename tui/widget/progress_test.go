package widget

import (
	"io"
	"strings"
	"testing"
	"time"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

func TestBarAndPercent(t *testing.T) {
	th := theme.New(io.Discard, theme.Options{ASCII: true})
	for _, c := range []struct {
		done, of     int
		bar, percent string
	}{
		{0, 10, "..........", "0 %"}, {3, 10, "###.......", "30 %"}, {10, 10, "##########", "100 %"}, {999, 1000, "#########.", "99 %"},
		{12, 10, "##########", "100 %"}, {-3, 10, "..........", "0 %"}, {5, 0, "..........", ""},
	} {
		if bar, percent := Bar(th, c.done, c.of, 10), Percent(c.done, c.of); bar != c.bar || percent != c.percent {
			t.Errorf("%d of %d: %q %q, want %q %q", c.done, c.of, bar, percent, c.bar, c.percent)
		}
	}
	if got := Bar(th, 1, 2, -4); got != "" {
		t.Errorf("without room: %q", got)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", -time.Hour: "0 s", 45*time.Second + 900*time.Millisecond: "45 s", 12 * time.Minute: "12 min", 12*time.Minute + 59*time.Second: "12 min",
		3*time.Hour + 20*time.Minute: "3 h 20 min", 3*time.Hour + 50*time.Second: "3 h", 50 * time.Hour: "2 d 2 h", 48 * time.Hour: "2 d", 24 * 1204 * time.Hour: "1,204 d",
	} {
		if got := Span(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

func TestRuleSaysTheLongestThatFits(t *testing.T) {
	th := theme.New(io.Discard, theme.Options{ASCII: true})
	for w, want := range map[int]string{
		20: "-- the long one ----", 18: "-- the long one --", 17: "-- short --------", 11: "-- short --", 9: "-- sh~ --", 2: "--",
	} {
		if got := Rule(th, w, "the long one", "short"); got != want || layout.Width(got) != w {
			t.Errorf("%d: %q, want %q", w, got, want)
		}
	}
}

func TestFieldKnowsWhereItsCursorIs(t *testing.T) {
	f := NewField(theme.New(io.Discard, theme.Options{ASCII: true}), "", "", false)
	f.Type("äb 田中 c", len("äb 田"))
	if text, at := f.Typed(); text != "äb 田中 c" || text[:at] != "äb 田" {
		t.Errorf("%q at %d", text, at)
	}
	f.Type("abc", 99)
	if _, at := f.Typed(); at != 3 {
		t.Errorf("past the end it is at %d", at)
	}
	f.SetValue(" two  blanks ")
	if text, _ := f.Typed(); text != " two  blanks " || f.Value() != strings.TrimSpace(text) {
		t.Errorf("%q", text)
	}
}
