package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui/tuitest"
)

// printing is a session whose output a test reads.
type printing struct {
	*session
	errs bytes.Buffer
}

func newPrinting(t *testing.T) *printing {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	p := &printing{}
	p.session = &session{Process: Process{Stdout: out, LookupEnv: func(string) (string, bool) { return "", false }}}
	p.Stderr = &p.errs
	return p
}

// printed is what was printed so far.
func (p *printing) printed(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(p.Stdout.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func flagsFor(format string, limit int) logsFlags {
	return logsFlags{format: format, query: services.LogQuery{Limit: &limit}}
}

func numbered(n int) services.Event {
	return services.Event{ID: fmt.Sprintf("evt_%03d", n), Type: "charge.succeeded", Created: tuitest.Now().Add(-time.Duration(n) * time.Minute),
		Customer: "cus_1", Amount: &services.Money{Amount: int64(100 * n), Currency: "eur"}, Outcome: services.EventSucceeded}
}

func numbers(from, to int) (events []services.Event) {
	for n := from; n < to; n++ {
		events = append(events, numbered(n))
	}
	return events
}

// found are the ids in what was printed, in their order.
func found(text string) (ids []string) {
	for _, line := range strings.Split(text, "\n") {
		if at := strings.Index(line, "evt_"); at >= 0 {
			ids = append(ids, line[at:at+len("evt_000")])
		}
	}
	return ids
}

func idsOf(events []services.Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestEventsArePrintedWhileTheyAreFound(t *testing.T) {
	for _, format := range []string{"table", "ndjson", "csv", "json"} {
		p := newPrinting(t)
		seen := 0
		f := &tuitest.Fakes{Query: func(_ context.Context, q services.LogQuery) (services.LogPage, error) {
			for _, part := range [][]services.Event{numbers(0, 3), nil, numbers(3, 7)} {
				q.Progress(services.LogProgress{Examined: 10, Of: 100, Found: part})
			}
			seen = len(found(p.printed(t)))
			return services.LogPage{Events: numbers(0, 9), Total: -1, More: true}, nil
		}, Sync: func() (int, error) { return 0, nil }}
		if err := p.listLogs(t.Context(), f.Desk(), flagsFor(format, 9)); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"json": 0}[format]; format != "json" && seen != 7 || format == "json" && seen != want {
			t.Errorf("%s: %d events are seen while it goes on", format, seen)
		}
		if got := found(p.printed(t)); !slices.Equal(got, idsOf(numbers(0, 9))) {
			t.Errorf("%s: printed %v", format, got)
		}
		if format == "json" {
			var page services.LogPage
			if err := json.Unmarshal([]byte(p.printed(t)), &page); err != nil || len(page.Events) != 9 || page.Total != -1 || !page.More {
				t.Errorf("the page is %+v, %v", page, err)
			}
		}
	}
}

func TestNobodyReadsTheOutput(t *testing.T) {
	p := newPrinting(t)
	_ = p.Stdout.Close()
	f := &tuitest.Fakes{Query: func(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
		q.Progress(services.LogProgress{Found: numbers(0, 3)})
		<-ctx.Done()
		return services.LogPage{}, ctx.Err()
	}}
	flags := flagsFor("ndjson", 9)
	flags.noSync = true
	if err := p.listLogs(t.Context(), f.Desk(), flags); !errors.Is(err, os.ErrClosed) {
		t.Errorf("ended with %v", err)
	}
}

func TestTableOfNothing(t *testing.T) {
	p := newPrinting(t)
	f := &tuitest.Fakes{List: func(services.LogQuery) (services.LogPage, error) { return services.LogPage{}, nil }}
	flags := flagsFor("table", 0)
	flags.noSync = true
	if err := p.listLogs(t.Context(), f.Desk(), flags); err != nil || strings.Count(p.printed(t), "\n") != 1 || !strings.HasPrefix(p.printed(t), "CREATED") {
		t.Errorf("%v: %q", err, p.printed(t))
	}
}

func TestAFilterIsReadBeforeAnythingElse(t *testing.T) {
	p := newPrinting(t)
	where := ""
	f := &tuitest.Fakes{
		Filter: func(text string) (services.LogFilter, error) {
			if text == "status:failed jane" {
				return services.LogFilter{Where: json.RawMessage(`{"a":1}`), Text: text}, nil
			}
			return services.LogFilter{}, &services.Error{Code: services.CodeInvalid, Message: `There is no key "stauts".`, Next: "Did you mean status?", Err: &services.FilterFault{From: 14, To: 20}}
		},
		List: func(q services.LogQuery) (services.LogPage, error) {
			where = string(q.Where)
			return services.LogPage{}, nil
		},
		Sync: func() (int, error) { return 0, nil },
	}
	flags := flagsFor("table", 5)
	if err := p.settleLogs(&flags, []string{"status:failed", "jane"}, true); err != nil {
		t.Fatal(err)
	}
	if err := p.listLogs(t.Context(), f.Desk(), flags); err != nil || where != `{"a":1}` {
		t.Errorf("%v, asked where %s", err, where)
	}
	f.Sync, f.List = nil, nil
	flags.where = "type:charge.* stauts:failed"
	err := p.listLogs(t.Context(), f.Desk(), flags)
	p.printError(err)
	want := "bursar: There is no key \"stauts\".\n        type:charge.* stauts:failed\n                      ^^^^^^\n        Did you mean status?\n"
	if p.errs.String() != want || exitCode(err) != exitUsage {
		t.Errorf("exits %d with\n%swant\n%s", exitCode(err), p.errs.String(), want)
	}
	p.errs.Reset()
	p.flags.json = true
	p.printError(err)
	var object struct {
		Error struct {
			Code     string
			From, To int
		}
	}
	if err := json.Unmarshal(p.errs.Bytes(), &object); err != nil || object.Error.From != 14 || object.Error.To != 20 || object.Error.Code != "invalid" {
		t.Errorf("%v: %s", err, p.errs.String())
	}
	for _, twice := range []logsFlags{{where: "x", query: services.LogQuery{Limit: new(1)}, format: "table"}} {
		if err := p.settleLogs(&twice, []string{"y"}, true); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("a filter given twice: %v", err)
		}
	}
}

func TestTheMarkStandsUnderTheFault(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		text     string
		from, to int
	}{
		{"a b c", 2, 3}, {"", 0, 0}, {"abc", 3, 3}, {"abc", 9, 99}, {"abc", -5, -1}, {long + " bad " + long, 301, 304}, {long, 0, 300},
		{"田中 bad", 7, 10}, {"a\nb\tbad\x1b[31m", 4, 7}, {"é́ bad", 5, 8},
	} {
		text, mark := (&pointed{text: c.text, fault: services.FilterFault{From: c.from, To: c.to}}).lines()
		if services.Clean(text) != text || strings.Trim(mark, " ^") != "" || !strings.Contains(mark, "^") {
			t.Errorf("%q: %q, %q", c.text, text, mark)
		}
		if strings.Contains(c.text[max(min(c.from, len(c.text)), 0):max(min(c.to, len(c.text)), 0, min(c.from, len(c.text)))], "bad") && !strings.HasSuffix(mark, "^^^") {
			t.Errorf("%q is marked %q", c.text, mark)
		}
		if len([]rune(text)) > 3*pointedRoom {
			t.Errorf("%d characters are shown", len(text))
		}
	}
}

func TestLimitsOfLogs(t *testing.T) {
	p := newPrinting(t)
	for name, change := range map[string]func(*logsFlags){
		"limit":  func(f *logsFlags) { f.query.Limit = new(10_001) },
		"offset": func(f *logsFlags) { f.query.Offset = -1 },
		"format": func(f *logsFlags) { f.format = "xml" },
		"raw":    func(f *logsFlags) { f.raw, f.format = true, "csv" },
		"follow": func(f *logsFlags) { f.follow, f.query.Before = true, "evt_1" },
	} {
		f := flagsFor("table", 10_000)
		if err := p.settleLogs(&f, nil, true); err != nil {
			t.Fatal(err)
		}
		change(&f)
		err := p.settleLogs(&f, nil, true)
		if e := services.AsError(err); e == nil || e.Code != services.CodeInvalid || e.Field != name || e.Next == "" {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

func TestReceivedBytes(t *testing.T) {
	raw := map[string]string{
		"evt_000": "{\n  \"id\": \"evt_000\",\n  \"n\": 1.50, \"t\": \"a\\u202eb  c\"\n}",
		"evt_001": "{\"id\": \"evt_001\", \"t\": \"\u202e\u009b\U000e0041é<&>\"}",
	}
	p := newPrinting(t)
	f := &tuitest.Fakes{
		List:  func(services.LogQuery) (services.LogPage, error) { return services.LogPage{Events: numbers(0, 2)}, nil },
		Event: func(id string) (services.Event, error) { return services.Event{ID: id, Raw: []byte(raw[id])}, nil },
	}
	flags := flagsFor("table", 5)
	flags.raw, flags.noSync = true, true
	if err := p.settleLogs(&flags, nil, false); err != nil || flags.format != "ndjson" {
		t.Fatal(err, flags.format)
	}
	if err := p.listLogs(t.Context(), f.Desk(), flags); err != nil {
		t.Fatal(err)
	}
	want := "{\"id\":\"evt_000\",\"n\":1.50,\"t\":\"a\\u202eb  c\"}\n{\"id\":\"evt_001\",\"t\":\"\u202e\u009b\U000e0041é<&>\"}\n"
	if p.printed(t) != want {
		t.Errorf("printed\n%q\nwant\n%q", p.printed(t), want)
	}
	if got, want := string(oneLine([]byte(raw["evt_001"]), true)), `{"id":"evt_001","t":"\u202e\u009b\udb40\udc41é<&>"}`; got != want {
		t.Errorf("on a terminal %q, want %q", got, want)
	}
	if got := string(oneLine([]byte("no json\n\x1b[2J"), false)); got != "no json " {
		t.Errorf("what is no JSON is %q", got)
	}
}

func FuzzReceivedBytes(f *testing.F) {
	f.Add([]byte(`{"a": "\u202e` + "\u202e\u009b" + `", "b": [1, 2.50]}`))
	f.Add([]byte("\"\U000e0041\u061c\""))
	f.Add([]byte("{\"a\""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		line := oneLine(raw, true)
		if bytes.ContainsAny(line, "\n\r\x1b") {
			t.Fatalf("%q leaves its line: %q", raw, line)
		}
		var before, after any
		if json.Unmarshal(raw, &before) != nil {
			return
		}
		if err := json.Unmarshal(line, &after); err != nil {
			t.Fatalf("%q is no JSON any more: %q, %v", raw, line, err)
		}
		a, _ := json.Marshal(before)
		b, _ := json.Marshal(after)
		if !bytes.Equal(a, b) {
			t.Fatalf("%q changed: %s, %s", raw, a, b)
		}
	})
}

func TestCellsAreText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "evt_1": "evt_1", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "  =1": "'  =1", "\t=1": "'\t=1", "\rx": "'\rx",
		"＝1": "'＝1", "a=1": "a=1", "田中": "田中", "'=1": "'=1", "\n=1": "'\n=1",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	p := newPrinting(t)
	evil := services.Event{ID: "=cmd|' /C calc'!A0", Type: "a,\"b\"\nc", Customer: "@x", ObjectID: "+y", Outcome: "-z", Amount: &services.Money{Amount: -1500, Currency: "kwd"}}
	w, err := p.eventWriter(flagsFor("csv", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.write([]services.Event{evil}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	rows, err := csv.NewReader(strings.NewReader(p.printed(t))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "'=cmd|' /C calc'!A0" || rows[1][1] != evil.Type || rows[1][5] != "-1.500" {
		t.Errorf("%v: %q", err, rows)
	}
}

func TestProgressLine(t *testing.T) {
	var out bytes.Buffer
	now := tuitest.Now()
	l := &progress{out: &out, width: 60, now: func() time.Time { return now }, since: now, silent: progressSilent, every: progressEvery}
	p := services.LogProgress{Examined: 120_000, Of: 1_000_000, Reached: tuitest.Now().Add(-time.Hour)}
	l.show(searchWords(p, 3))
	if l.clear(); out.Len() > 0 {
		t.Errorf("at once it says %q", out.String())
	}
	now = now.Add(600 * time.Millisecond)
	l.show(searchWords(p, 3))
	l.show(searchWords(p, 4))
	if want := "\r\x1b[Klooked at 120,000 of 1,000,000 events, back to 2026-11-23 0"; out.String() != want {
		t.Errorf("says %q, want %q", out.String(), want)
	}
	out.Reset()
	l.clear()
	l.clear()
	if out.String() != "\r\x1b[K" {
		t.Errorf("is cleared with %q", out.String())
	}
	// Without a terminal it says nothing, or whole lines now and then.
	silent := newPrinting(t).progress(false)
	silent.now = func() time.Time { return now.Add(time.Hour) }
	silent.show("nothing to write to")
	out.Reset()
	lines := (&session{Process: Process{Stderr: &out, LookupEnv: func(string) (string, bool) { return "", false }}}).progress(true)
	for i := range 25 {
		lines.now = func() time.Time { return lines.since.Add(time.Duration(i) * time.Second) }
		lines.show(fmt.Sprintf("after %d s", i))
	}
	lines.clear()
	if want := "after 10 s\nafter 20 s\n"; out.String() != want {
		t.Errorf("says %q, want %q", out.String(), want)
	}
}

// arriving is an archive that is followed: what each following gives, and how it
// ends.
type arriving struct {
	events   []services.Event // in the order they become visible; positions are 1, 2, …
	breaks   []int            // how many each following gives before it fails
	err      error
	asked    []string
	finished context.CancelFunc // called when all were given
}

func (a *arriving) follow(ctx context.Context, _ services.LogQuery, from string) iter.Seq2[services.Arrival, error] {
	a.asked = append(a.asked, from)
	give := len(a.events)
	if len(a.breaks) > 0 {
		give, a.breaks = a.breaks[0], a.breaks[1:]
	}
	return func(yield func(services.Arrival, error) bool) {
		at := 0
		_, _ = fmt.Sscan(from, &at)
		for ; at < len(a.events) && give > 0; at, give = at+1, give-1 {
			if !yield(services.Arrival{Event: a.events[at], Position: fmt.Sprint(at + 1)}, nil) {
				return
			}
		}
		if at == len(a.events) {
			a.finished()
			<-ctx.Done()
			return
		}
		yield(services.Arrival{}, a.err)
	}
}

func TestFollowingMissesAndRepeatsNothing(t *testing.T) {
	busy := &services.Error{Code: services.CodeStorage, Message: "The archive is busy."}
	for _, format := range []string{"table", "ndjson", "csv", "json"} {
		p := newPrinting(t)
		ctx, cancel := context.WithCancel(t.Context())
		a := &arriving{events: numbers(10, 30), breaks: []int{0, 3, 0, 1, 7}, err: busy, finished: cancel}
		lists := 0
		f := &tuitest.Fakes{Follow: a.follow, Sync: func() (int, error) { return 0, errors.New("no network") },
			List: func(services.LogQuery) (services.LogPage, error) {
				if lists++; lists < 3 {
					return services.LogPage{}, busy
				}
				return services.LogPage{Events: numbers(0, 4), Position: "0"}, nil
			}}
		flags := flagsFor(format, 4)
		flags.follow = true
		if err := p.followLogs(ctx, f.Desk(), flags); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		want := append([]string{"evt_003", "evt_002", "evt_001", "evt_000"}, idsOf(a.events)...)
		if got := found(p.printed(t)); !slices.Equal(got, want) {
			t.Errorf("%s: printed %v, want %v", format, got, want)
		}
		if want := []string{"0", "0", "3", "3", "4", "11"}; !slices.Equal(a.asked, want) {
			t.Errorf("%s: followed from %v, want %v", format, a.asked, want)
		}
		if said := p.errs.String(); strings.Contains(said, "busy") || !strings.Contains(said, "Not up to date") {
			t.Errorf("%s: says %q", format, said)
		}
	}
}

func TestFollowingEndsWhenItCannotGoOn(t *testing.T) {
	p := newPrinting(t)
	flags := flagsFor("ndjson", 4)
	flags.follow, flags.noSync = true, true
	wrong := &services.Error{Code: services.CodeInvalid, Message: "No such position."}
	f := &tuitest.Fakes{
		List: func(services.LogQuery) (services.LogPage, error) { return services.LogPage{Events: numbers(0, 2)}, nil },
		Follow: func(context.Context, services.LogQuery, string) iter.Seq2[services.Arrival, error] {
			return func(yield func(services.Arrival, error) bool) { yield(services.Arrival{}, wrong) }
		},
	}
	if err := p.followLogs(t.Context(), f.Desk(), flags); !errors.Is(err, wrong) {
		t.Errorf("ended with %v", err)
	}
	_ = p.Stdout.Close()
	if err := p.followLogs(t.Context(), f.Desk(), flags); err == nil || services.CodeOf(err) == services.CodeInvalid {
		t.Errorf("a closed output: %v", err)
	}
}

// Received bytes that cannot be read for a moment are printed when they can.
func TestFollowingReceivedBytes(t *testing.T) {
	p := newPrinting(t)
	ctx, cancel := context.WithCancel(t.Context())
	a := &arriving{events: numbers(2, 5), finished: cancel}
	reads := 0
	f := &tuitest.Fakes{Follow: a.follow,
		List: func(services.LogQuery) (services.LogPage, error) {
			return services.LogPage{Events: numbers(0, 2), Position: "0"}, nil
		},
		Event: func(id string) (services.Event, error) {
			if reads++; reads%2 == 0 {
				return services.Event{}, &services.Error{Code: services.CodeStorage, Message: "The archive is busy."}
			}
			return services.Event{Raw: []byte(`{"id": "` + id + `"}`)}, nil
		}}
	flags := flagsFor("ndjson", 4)
	flags.follow, flags.raw, flags.noSync = true, true, true
	if err := p.followLogs(ctx, f.Desk(), flags); err != nil {
		t.Fatal(err)
	}
	if got, want := found(strings.ReplaceAll(p.printed(t), `"`, " ")), []string{"evt_001", "evt_000", "evt_002", "evt_003", "evt_004"}; !slices.Equal(got, want) {
		t.Errorf("printed %v, want %v", got, want)
	}
}

func TestKeysOfAFilterAreOffered(t *testing.T) {
	for typed, want := range map[string]string{"stat": "status:\twhat happened: failed, succeeded, pending", "status:f": "", "xyz": ""} {
		got, _ := completeFilter(nil, nil, typed)
		if strings.Join(got, "|") != want {
			t.Errorf("%q is completed by %q, want %q", typed, got, want)
		}
	}
	for _, k := range services.FilterKeys() {
		if !strings.Contains(filterHelp(), k.Name+k.Sign) {
			t.Errorf("the help does not know %s", k.Name)
		}
	}
}
