package logs

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

// rested lets the time pass after which what is typed is checked.
func typingRests(d *tuitest.Driver, s *Screen) {
	d.Send(tui.Later{To: 1, Tag: tagCheck - s.entry.turn})
}

func TestFilterLine(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 80, 19)
	d.Keys("/")
	if !s.Capturing() {
		t.Fatal("/ does not open the line")
	}
	d.Keys("text:type:charge.refunded", "enter")
	if s.Capturing() || s.filter.text != "type:charge.refunded" {
		t.Fatalf("filtered by %q", s.filter.text)
	}
	if last := shop.reads[len(shop.reads)-1]; string(last.Where) != `{"type":"charge.refunded"}` {
		t.Errorf("asked where %s", last.Where)
	}
	if e, _ := s.selected(); e.Type != "charge.refunded" || !strings.Contains(s.View(), "type:charge.refunded") {
		t.Errorf("shows %s\n%s", e.Type, s.View())
	}
	reads := len(shop.reads)
	d.Keys("/", "enter")
	if s.Capturing() || len(shop.reads) != reads {
		t.Error("applying the same filter reads again")
	}
	d.Keys("/", "text: more", "esc")
	if s.Capturing() || s.filter.text != "type:charge.refunded" {
		t.Errorf("esc applies %q", s.filter.text)
	}
	d.Keys("esc")
	if s.filter.text != "" || s.run.total() != 500 {
		t.Errorf("esc: %q, %d events", s.filter.text, s.run.total())
	}
	d.Keys("/", "text:type:charge.refunded", "enter", "/", "ctrl+u", "enter")
	if s.filter.text != "" || s.run.total() != 500 || s.Capturing() {
		t.Errorf("an empty line: %q, %d events", s.filter.text, s.run.total())
	}
}

func TestAFilterThatCannotBeReadStays(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 80, 19)
	reads := len(shop.reads)
	d.Keys("/", "text:type:charge.* stauts:failed", "enter")
	typed := " ┃ type:charge.* stauts:failed"
	typed = strings.Replace(typed, "┃", "|", 1)
	view := s.View()
	if !s.Capturing() || !strings.Contains(view, typed) || !strings.Contains(view, `"stauts" is not a word`) || len(shop.reads) != reads || len(d.Asked) > 0 {
		t.Fatalf("asked %v, read %d times\n%s", d.Asked, len(shop.reads)-reads, view)
	}
	lines := strings.Split(view, "\n")
	if at := strings.Index(lines[1], "^^^^^^"); at != strings.Index(lines[0], "stauts") {
		t.Errorf("the mark stands at %d\n%s", at, view)
	}
	d.Keys("backspace")
	if view := s.View(); !strings.Contains(view, "is not a word") || strings.Contains(view, "^") {
		t.Errorf("after a key\n%s", view)
	}
	d.Keys("ctrl+u")
	if strings.Contains(s.View(), "is not a word") {
		t.Errorf("an empty line has a problem\n%s", s.View())
	}
}

func TestWhatIsTypedIsCheckedWhenTypingRests(t *testing.T) {
	shop := newShop(50)
	checked := []string{}
	f := shop.fakes()
	f.Filter = func(text string) (services.LogFilter, error) {
		checked = append(checked, text)
		return shop.filter(text)
	}
	d := tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{}), 80, 19)
	s := d.Screen.(*Screen)
	d.Keys("/", "text:type:cha")
	stale := s.entry.turn
	d.Keys("text:r x")
	d.Send(tui.Later{To: 1, Tag: tagCheck - stale})
	if len(checked) != 0 {
		t.Errorf("checked %q while typing goes on", checked)
	}
	typingRests(d, s)
	if len(checked) != 1 || checked[0] != "type:char x" || !strings.Contains(s.View(), "is not a word") || s.filter.text != "" {
		t.Errorf("checked %q, filtered by %q\n%s", checked, s.filter.text, s.View())
	}
	d.Keys("backspace", "backspace")
	typingRests(d, s)
	if strings.Contains(s.View(), "is not a word") || !s.Capturing() || s.filter.text != "" {
		t.Errorf("what is right is applied unasked, or still wrong\n%s", s.View())
	}
	d.Keys("esc")
	typingRests(d, s)
	if len(checked) != 2 {
		t.Errorf("checked %q after the line was closed", checked)
	}
}

// What comes to a line that says something else by now is dropped.
func TestAnOldAnswerToTheLineIsDropped(t *testing.T) {
	d, s := start(t, newShop(50), tui.Route{}, 80, 19)
	d.Keys("/", "text:type:charge.refunded")
	late := s.Update(tui.KeyMsg("enter"))
	d.Keys("text:x")
	d.Run(late)
	if s.filter.text != "" || !s.Capturing() {
		t.Errorf("filtered by %q", s.filter.text)
	}
}

func TestHistoryOfFilters(t *testing.T) {
	shop := newShop(50)
	d, s := start(t, shop, tui.Route{}, 80, 19)
	for _, kind := range []string{"charge.refunded", "charge.succeeded"} {
		d.Keys("/", "ctrl+u", "text:type:"+kind, "enter")
	}
	value := s.entry.field.Value
	d.Keys("/", "ctrl+u", "text:jane", "up")
	if value() != "type:charge.succeeded" {
		t.Errorf("up: %q", value())
	}
	d.Keys("up", "up", "up")
	if value() != "type:charge.refunded" {
		t.Errorf("up to the end: %q", value())
	}
	d.Keys("down", "down", "down")
	if value() != "jane" {
		t.Errorf("down: %q", value())
	}
	d.Keys("esc", "/", "up")
	if value() != "type:charge.refunded" {
		t.Errorf("with the last one in the line, up leads to %q", value())
	}
	other := New(s.env, tui.Route{Ref: "cus_1"}).(*Screen)
	e := tuitest.Start(other, 80, 19)
	e.Keys("/", "up")
	if other.entry.field.Value() != "type:charge.succeeded" {
		t.Errorf("another log remembers %q", other.entry.field.Value())
	}
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct{ name, keys, want string }{
		{"the only word", "sta tab", "status:"},
		{"then its value", "sta tab fa tab", "status:failed"},
		{"the second of two", "type:charge. tab tab", "type:charge.succeeded"},
		{"round the end", "type:charge. tab tab tab tab", "type:charge.*"},
		{"backwards", "type:charge. shift+tab", "type:charge.refunded"},
		{"and forth", "type:charge. shift+tab shift+tab tab", "type:charge.refunded"},
		{"behind other words", `"a b" amount>5eur sta tab`, `"a b" amount>5eur status:`},
		{"nothing fits", "xyz tab", "xyz"},
		{"JSON is left alone", `{"ty tab`, `{"ty`},
	} {
		d, s := start(t, newShop(5), tui.Route{}, 80, 19)
		d.Keys("/")
		for i, k := range strings.Split(c.keys, " ") {
			switch {
			case k == "tab" || k == "shift+tab":
				d.Keys(k)
			case i > 0 && !strings.HasSuffix(s.entry.field.Value(), ":"):
				d.Keys("text: " + k)
			default:
				d.Keys("text:" + k)
			}
		}
		if got := s.entry.field.Value(); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.name, c.keys, got, c.want)
		}
	}
}

// Who types faster than the types are counted has the word completed all the same.
func TestTabBeforeTheTypesAreThere(t *testing.T) {
	d, s := start(t, newShop(5), tui.Route{}, 80, 19)
	late := s.Update(tui.KeyMsg("/"))
	d.Keys("text:type:pay")
	s.Bindings() // a frame is drawn
	d.Keys("tab")
	d.Run(late)
	if got := s.entry.field.Value(); got != "type:payment_intent.succeeded" {
		t.Errorf("got %q", got)
	}
	d.Keys("esc")
	late = s.Update(tui.KeyMsg("/"))
	s.entry.types = nil
	d.Keys("text:type:pay", "tab", "text:xx")
	d.Run(late)
	if got := s.entry.field.Value(); got != "type:payxx" {
		t.Errorf("after typing on: %q", got)
	}
}

func TestCompletionInTheMiddle(t *testing.T) {
	d, s := start(t, newShop(5), tui.Route{}, 80, 19)
	d.Keys("/", "text:sta jane", "left", "left", "left", "left", "left", "tab", "text:fa", "tab")
	if got := s.entry.field.Value(); got != "status:failed jane" {
		t.Errorf("got %q", got)
	}
	s.SetSize(80, 19)
	d.Keys("ctrl+u", "ctrl+k", "text:s")
	d.Send(tea.MouseMsg{X: 4, Y: 2, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	if got := s.entry.field.Value(); got != "since:" {
		t.Errorf("a click on the second offer makes %q\n%s", got, s.View())
	}
}

func TestTypesAreWrittenIntoTheFilter(t *testing.T) {
	shop := newShop(500)
	shop.filters = map[string]string{
		"type:charge.refunded jane":           `{"type":"charge.refunded"}`,
		"type:charge.succeeded jane":          `{"type":"charge.succeeded"}`,
		"jane":                                `{}`,
		`{"type":"weird, \"type\": of mine"}`: `{"type":"weird"}`,
	}
	d, s := start(t, shop, tui.Route{}, 80, 19)
	d.Keys("/", "text:type:charge.succeeded jane", "ctrl+t", "text:refund", "enter")
	if s.Capturing() || s.filter.text != "type:charge.refunded jane" || string(s.filter.where) != `{"type":"charge.refunded"}` {
		t.Errorf("filtered by %q: %s", s.filter.text, s.filter.where)
	}
	d.Keys("/", "ctrl+t", "text:zzz", "enter")
	if !s.picker.open {
		t.Error("enter chose a type that is not there")
	}
	d.Keys("esc")
	if s.picker.open || !s.entry.open {
		t.Error("esc does not lead back to the line")
	}
	d.Keys("ctrl+t", "enter")
	if s.filter.text != "type:charge.refunded jane" {
		t.Errorf("the type that is applied is not under the cursor: %q", s.filter.text)
	}
	d.Keys("/", "ctrl+t", "up", "up", "up", "enter")
	if s.filter.text != "jane" {
		t.Errorf("every type: %q", s.filter.text)
	}
	for _, c := range []struct{ text, kind, want string }{
		{"", "a.b", "type:a.b"}, {"type:x", "", ""}, {`TYPE:x "a  b" since:1d`, "a.b", `type:a.b "a  b" since:1d`},
		{`{"type":"x"}`, "a.b", "type:a.b"}, {"  jane   type:a  ", "", "jane"},
		{"type:x or jane", "a.b", "type:a.b (type:x or jane)"}, {"-(type:x jane)", "a.b", "type:a.b (-(type:x jane))"}, {`"or (" type:x`, "a.b", `type:a.b "or ("`},
	} {
		if got := withType(c.text, c.kind); got != c.want {
			t.Errorf("withType(%q, %q) = %q, want %q", c.text, c.kind, got, c.want)
		}
	}
}

func TestWordAt(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abc def", 3, "abc"}, {"abc def", 4, "def"}, {"abc def", 7, "def"},
		{`a "b c" d`, 5, `"b c"`}, {"abc ", 4, ""}, {`"open end`, 9, `"open end`},
	} {
		from, to := wordAt(c.text, c.at)
		if got := c.text[from:to]; got != c.want {
			t.Errorf("the word of %q at %d is %q, want %q", c.text, c.at, got, c.want)
		}
	}
}

func FuzzFilterLine(f *testing.F) {
	f.Add("type:charge.* status:failed", 3, 30)
	f.Add(`{"type":"x"} "ä 田中`, 5, 2)
	f.Add("a  b \x1b[2J \u202e", 9, -1)
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		e := newEntry(tuitest.Env(t, (&tuitest.Fakes{Complete: complete}).Desk()))
		e.types = []services.TypeCount{{Type: "charge.refunded", Count: 3}, {Type: "charge.failed", Count: 1}}
		e.field.SetValue(text)
		e.complete()
		for range 3 {
			e.tab(from%2 == 0)
		}
		typed, at := e.field.Typed()
		if at < 0 || at > len(typed) {
			t.Fatalf("the cursor is at %d of %q", at, typed)
		}
		e.fault = &services.FilterFault{From: from, To: to}
		if a, b, ok := e.faultAt(typed); ok && (a < 0 || b < a || b > len(typed)) {
			t.Fatalf("the fault is at %d to %d of %q", a, b, typed)
		}
		_, _ = withType(text, "a.b"), typeIn(text)
	})
}
