package exchange

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// event is a small event on one line.
func event(id string) string {
	return fmt.Sprintf(`{"id":%q,"type":"a.b","created":1700000000,"livemode":false}`, id)
}

// Whatever stands in a file beside events is an item with a problem, or none, and
// what comes behind it is read.
func TestReaderFindsItsWay(t *testing.T) {
	one, two := event("evt_1"), event("evt_2")
	pretty := strings.ReplaceAll(strings.ReplaceAll(one, ",", ",\n  "), "{", "{\n  ")
	for name, tt := range map[string]struct {
		file string
		want []string // line and the beginning of what was read, "!" before a problem
	}{
		"lines":            {one + "\n" + two + "\n", []string{`1 {"id":"evt_1`, `2 {"id":"evt_2`}},
		"no last newline":  {one + "\r\n\r\n  \n" + two, []string{`1 {"id":"evt_1`, `4 {"id":"evt_2`}},
		"mark":             {"\xef\xbb\xbf" + one, []string{`1 {"id":"evt_1`}},
		"garbage between":  {one + "\nnonsense\n{\"id\":\"evt_cut\n" + two, []string{`1 {"id":"evt_1`, `2 nonsense`, `3 {"id":"evt_cut`, `4 {"id":"evt_2`}},
		"array":            {"[" + one + ",\n" + two + "]", []string{`1 {"id":"evt_1`, `2 {"id":"evt_2`}},
		"array of others":  {`[1,"a]b",[` + one + `],null,{"a":"}]\"" } x]` + two, []string{`1 1`, `1 "a]b"`, `1 {"id":"evt_1`, `1 null`, `1 {"a":"}]\""`, `1 x`, `1 {"id":"evt_2`}},
		"array cut":        {"[" + one + ",\n{\"id\":\"evt", []string{`1 {"id":"evt_1`, `!2 {"id":"evt`}},
		"indented":         {pretty + "\n\n" + pretty, []string{"1 {\n  \"id\":\"evt_1", "7 {\n  \"id\":\"evt_1"}},
		"list":             {"{\n\"object\":\"list\",\n\"data\":[\n" + one + ",\n" + two + "\n],\"has_more\":false}\n", []string{`4 {"id":"evt_1`, `5 {"id":"evt_2`}},
		"list on one line": {`{"object":"list","data":[` + one + `,` + one + `]}` + "\n" + two, []string{`1 {"id":"evt_1`, `1 {"id":"evt_1`, `2 {"id":"evt_2`}},
		"empty list":       {`{"object":"list","data":[]}` + "\n" + two, []string{`2 {"id":"evt_2`}},
		"envelopes": {`{"bursar":1,"received":"2026-11-23T12:00:00Z","source":"list","event":` + one + "}\n" +
			`{"event":` + one + `,"source":"list","bursar":1}` + "\n" + // by another program
			`{"bursar": 1, "event": ` + one + `, "source":"list"}` + "\n" +
			`{"bursar":2,"event":` + one + "}\n" + `{"bursar":1,"source":"list"}` + "\n" + `{"bursar":1,"layout":"x","event":` + one + "}\n" +
			`{"bursar":1,"layout":"base64","raw":"?","event":` + one + "}\n" + `{"bursar":1,"layout":"2","event":[}}`,
			[]string{`1 {"id":"evt_1`, `2 {"id":"evt_1`, `3 {"id":"evt_1`, `!4 {"bursar":2`, `!5 {"bursar":1`, `!6 {"bursar":1`, `!7 {"bursar":1`, `!8 {"bursar":1`}},
		"csv": {"id,event\r\n" + `evt_1,"` + strings.ReplaceAll(one, `"`, `""`) + `"` + "\r\na,b,c\na,\"b\"\"\nx,\"b\"c\n" + `evt_2,"` + strings.ReplaceAll(two, `"`, `""`) + `"`,
			[]string{`2 {"id":"evt_1`, `!3 a,b,c`, `!4 a,"b""`, `!5 x,"b"c`, `6 {"id":"evt_2`}},
		"empty": {" \n\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, i := range items(t, []byte(tt.file)) {
				mark := ""
				if i.Problem != "" {
					mark = "!"
				}
				got = append(got, fmt.Sprintf("%s%d %s", mark, i.Line, i.Raw))
			}
			ok := len(got) == len(tt.want)
			for i := range got {
				ok = ok && strings.HasPrefix(got[i], tt.want[i])
			}
			if !ok {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Where an item ends, reading goes on with the next one.
func TestReaderGoesOnAnywhere(t *testing.T) {
	var events []services.Event
	for _, raw := range hostile()[:10] {
		events = append(events, services.Event{Raw: raw})
	}
	list := []byte(`{"object":"list","data":[` + event("evt_1") + "]}\n[\n" + event("evt_2") + ",\n" + event("evt_3") + "\n]")
	for _, file := range [][]byte{encoded(t, services.FormatNDJSON, true, events...), encoded(t, services.FormatJSON, false, events...), encoded(t, services.FormatCSV, false, events...), list, append([]byte("\n[\n"), list...)} {
		all := items(t, file)
		for i, item := range all {
			r, err := NewReader(bytes.NewReader(file), item.End, item.EndLine)
			if err != nil {
				t.Fatal(err)
			}
			next, err := r.Next()
			if i == len(all)-1 {
				if !errors.Is(err, io.EOF) {
					t.Errorf("%v behind the last item", err)
				}
				continue
			}
			if err != nil || !reflect.DeepEqual(next, all[i+1]) {
				t.Errorf("behind %d: %.80q at %d, %v; want %.80q at %d", i, next.Raw, next.Line, err, all[i+1].Raw, all[i+1].Line)
			}
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, file := range []string{"\x7fELF\x02", "nonsense", "id,type\nevt_1,a", "\x1f\x8bnonsense", "<html>"} {
		if _, err := NewReader(strings.NewReader(file), 0, 0); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("%q: %v", file, err)
		}
	}
	broken := errors.New("the disk is broken")
	if _, err := NewReader(iotest.ErrReader(broken), 0, 0); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	for _, begin := range []string{event("evt_1") + "\n", "[" + event("evt_1")} {
		r, err := NewReader(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)), 0, 0)
		if err == nil {
			_, err = r.Next()
		}
		if err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
	}
}

// A line without end takes no memory without end, and what follows is read.
func TestReaderBoundsALine(t *testing.T) {
	long := io.LimitReader(zeros{}, 3*maxValue)
	r, err := NewReader(io.MultiReader(strings.NewReader(event("evt_1")+"\n"), long, strings.NewReader("\n"+event("evt_2"))), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		item, err := r.Next()
		if err != nil || item.Line != int64(i+1) || (item.Problem == "") != (i != 1) || len(item.Raw) > start {
			t.Fatalf("%d: line %d, problem %q, %d bytes, %v", i, item.Line, item.Problem, len(item.Raw), err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("0"), len(p))), nil }

// A compressed file that ends too early gives what it has.
func TestReaderOfACutFile(t *testing.T) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	g := archivetest.NewGenerator(3, 3, archivetest.Noon, 1)
	for range 200 {
		line, _ := onOneLine(g.Next())
		_, _ = w.Write(append(line, '\n'))
	}
	_ = w.Close()
	a := openNew(t)
	result := imports(t, a, bytes.NewReader(out.Bytes()[:out.Len()*2/3]))
	if result.Added < 50 || result.Added >= 200 || result.Bad != 1 || len(result.Problems) != 1 || !strings.Contains(result.Problems[0].Reason, "damaged or ends here") {
		t.Errorf("%+v", result)
	}
}

// What is no event is told by its line, kept aside, and stops nothing.
func TestImportOfBadLines(t *testing.T) {
	a := openNew(t)
	file := event("evt_1") + "\nnonsense\n\n{\"id\":\"evt_no_type\"}\n" + event("evt_2") + "\n" + event("evt_1") + "\n" + strings.Replace(event("evt_2"), "a.b", "b.c", 1)
	result := imports(t, a, strings.NewReader(file))
	want := services.ArchiveImported{Read: 6, Added: 2, Duplicates: 2, Bad: 2, Problems: []services.ImportFault{
		{Line: 2, Reason: "it is not JSON"}, {Line: 4, Reason: "it has no usable type"}}}
	if !reflect.DeepEqual(result, want) {
		t.Errorf("%+v\nwant %+v", result, want)
	}
	if c, err := a.Counts(t.Context()); err != nil || c != (archive.Counts{Conflicts: 1, Quarantined: 2}) {
		t.Errorf("%+v, %v", c, err)
	}
	if many := imports(t, a, strings.NewReader("{}\n"+strings.Repeat("x\n", 3_000))); len(many.Problems) != mostFaults || many.Bad != 3_001 {
		t.Errorf("%d problems of %d", len(many.Problems), many.Bad)
	}
}

// Live events do not come into a test profile's archive by mistake.
func TestImportOfTheOtherMode(t *testing.T) {
	live := strings.Replace(event("evt_live"), "false", "true", 1)
	file := event("evt_1") + "\n" + live
	for _, tt := range []struct {
		live, any bool
		words     string
	}{{false, false, "Line 2 has an event of live mode (evt_live)"}, {true, false, "Line 1 has an event of test mode (evt_1)"}, {false, true, ""}, {true, true, ""}} {
		a := openNew(t)
		result, err := Import(t.Context(), a, tt.live, strings.NewReader(file), services.ArchiveImport{AnyMode: tt.any}, nil)
		switch {
		case tt.words == "" && (err != nil || result.Added != 2):
			t.Errorf("%+v: %+v, %v", tt, result, err)
		case tt.words != "" && (services.CodeOf(err) != services.CodeInvalid || !strings.Contains(err.Error(), tt.words)):
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{event("evt_1") + "\n" + event("evt_2"), "[1,2,{}]", "{\n}", `{"bursar":1,"layout":"base64","raw":"e30=","event":{}}`, "event,layout\n{},3", "\x1f\x8b\x08", `{"object":"list","data":[{}]}`} {
		f.Add([]byte(s), uint16(0))
	}
	f.Fuzz(func(t *testing.T, file []byte, offset uint16) {
		for _, from := range []int64{0, int64(offset)} {
			r, err := NewReader(bytes.NewReader(file), from, 1)
			if err != nil {
				continue
			}
			end := int64(0)
			for n := 0; ; n++ {
				item, err := r.Next()
				if err != nil {
					break
				}
				if item.End < end || n > len(file)*1100 {
					t.Fatalf("item %d ends at %d, the one before at %d", n, item.End, end)
				}
				end = item.End
			}
		}
	})
}

// Every event comes back byte for byte from every format that keeps it.
func FuzzForms(f *testing.F) {
	for _, raw := range hostile()[:17] {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, reason := archive.FactsOf(raw); reason != "" {
			return
		}
		for _, format := range []string{services.FormatNDJSON, services.FormatJSON, services.FormatCSV} {
			file := encoded(t, format, true, services.Event{Raw: raw, Source: services.SourceList})
			found := items(t, file)
			if len(found) != 1 || found[0].Problem != "" || !bytes.Equal(found[0].Raw, raw) {
				t.Fatalf("%s: %q became %+v", format, raw, found)
			}
		}
		plain := encoded(t, services.FormatNDJSON, false, services.Event{Raw: raw})
		if bytes.Count(plain, []byte("\n")) != 1 {
			t.Fatalf("%q is on several lines: %q", raw, plain)
		}
	})
}
