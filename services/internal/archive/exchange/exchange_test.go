package exchange

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/sqlite"
)

// openNew opens a new archive.
func openNew(t testing.TB) *sqlite.Archive { return openAt(t, filepath.Join(t.TempDir(), "events.db")) }

func openAt(t testing.TB, path string) *sqlite.Archive {
	t.Helper()
	a, _, err := sqlite.Open(context.Background(), path, sqlite.Options{Now: func() time.Time { return archivetest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// hostile are events whose bytes have to survive.
func hostile() (raws [][]byte) {
	event := func(id, rest string) string {
		return `{"id":"evt_` + id + `","object":"event","type":"charge.succeeded","created":1700000000,"livemode":false` + rest + `}`
	}
	for _, text := range []string{
		string(archivetest.Charge("evt_pretty", 1_700_000_001, "cus_1")),
		event("plain", ``),
		event("spaces", ` , "data" :  { "object":{"id" : "ch_1" , "customer":"cus_1"}}  `),
		event("twice", `,"a":1,"a":2,"a":{"b":1,"b":[]}`),
		event("escapes", `,"a":"\u0041\u00e9\ud83d\ude00 \ud800 \/ \\ \" ,\"event\": \b\f\n\r\t"`),
		event("nul", `,"a":"x\u0000y"`),
		event("invalid", ",\"a\":\"\xff\xfe\xc3\""),
		event("separators", ",\"a\":\"\u2028\u2029\ufeff<>&'\x7f\""),
		event("numbers", `,"a":[1e400,-0,0.10,1E+2,12345678901234567890.000]`),
		event("breaks", ",\r\n\t\"a\"\r\n:\r\n[ 1 ,\n 2 ]\n"),
		"\n\t " + event("around", ``) + " \r\n\n",
		"{\n\t\"id\": \"evt_tabs\",\n\t\"type\": \"a.b\",\n\t\"created\": 1700000000\n}",
		"{\n      \"id\": \"evt_prefix\",\n      \"type\": \"a.b\",\n      \"created\": 1700000000,\n      \"c\": [],\n      \"d\": [\n        {}\n      ]\n    }",
		"{\n  \"id\": \"evt_nearly\",\n  \"type\": \"a.b\",\n  \"created\": 1700000000,\n  \"c\": [ ]\n}",
		event("formula", `,"a":"=cmd|' /C calc'!A0"`),
		event("bursar", `,"bursar":1,"event":{"id":"evt_inner"}`),
		`{"bursar":1,"id":"evt_first","type":"a.b","created":1700000000,"event":{}}`,
		event("large", `,"a":"`+strings.Repeat(`x\"{\n`, 1<<18)+`"`),
		event("deep", `,"a":`+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)),
	} {
		raws = append(raws, []byte(text))
	}
	return raws
}

// kept adds events as webhooks, one after the other.
func kept(t testing.TB, a archive.Archive, raws ...[]byte) {
	t.Helper()
	for i, raw := range raws {
		source := services.SourceWebhook
		if i%3 == 1 {
			source = services.SourceList
		}
		added, _, err := a.Restore(context.Background(), []archive.Kept{{Source: source, Received: archivetest.Noon.Add(time.Duration(i) * 1001 * time.Millisecond), Raw: raw}})
		if err != nil || added != 1 {
			t.Fatalf("%.60q: %d added, %v", raw, added, err)
		}
	}
}

// encoded are the events as an export has them.
func encoded(t testing.TB, format string, envelope bool, events ...services.Event) []byte {
	t.Helper()
	e := newEncoder(format, envelope)
	out := bytes.Clone(e.begin())
	for i, event := range events {
		text, err := e.event(event, i)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text...)
	}
	return append(out, e.end(len(events))...)
}

func items(t testing.TB, file []byte) (found []Item) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		item.Raw = bytes.Clone(item.Raw)
		found = append(found, item)
	}
}

// What is exported comes back byte for byte, in every format that keeps it.
func TestFormsComeBack(t *testing.T) {
	var events []services.Event
	for i, raw := range hostile() {
		if _, reason := archive.FactsOf(raw); reason != "" {
			t.Fatalf("%.60q: %s", raw, reason)
		}
		events = append(events, services.Event{ID: fmt.Sprint("evt_", i), Raw: raw, Source: services.SourceWebhook, Received: archivetest.Noon.Add(time.Duration(i) * time.Millisecond)})
	}
	for name, file := range map[string][]byte{
		"ndjson": encoded(t, services.FormatNDJSON, true, events...), "json": encoded(t, services.FormatJSON, true, events...), "csv": encoded(t, services.FormatCSV, false, events...),
	} {
		for _, packed := range []bool{false, true} {
			if packed {
				var out bytes.Buffer
				w := gzip.NewWriter(&out)
				_, _ = w.Write(file)
				_ = w.Close()
				file = out.Bytes()
			}
			found := items(t, file)
			if len(found) != len(events) {
				t.Fatalf("%s: %d of %d events", name, len(found), len(events))
			}
			for i, item := range found {
				want := events[i]
				if item.Problem != "" || !bytes.Equal(item.Raw, want.Raw) || item.Source != want.Source || !item.Received.Equal(want.Received) {
					t.Errorf("%s, %d: problem %q, source %s, received %s\n%.200q\n%.200q", name, i, item.Problem, item.Source, item.Received, item.Raw, want.Raw)
				}
			}
		}
	}
}

// A plain export has one event a line and nothing else, which means the same.
func TestPlainLines(t *testing.T) {
	for _, raw := range hostile() {
		for _, format := range []string{services.FormatNDJSON, services.FormatJSON} {
			file := encoded(t, format, false, services.Event{Raw: raw})
			text := bytes.TrimSpace(file)
			if format == services.FormatJSON {
				text = bytes.TrimSpace(bytes.Trim(text, "[]"))
			}
			if bytes.ContainsAny(text, "\r\n") {
				t.Errorf("%.60q has several lines", text)
			}
			found := items(t, file)
			if len(found) != 1 || found[0].Problem != "" || found[0].Source != "" {
				t.Fatalf("%.60q: %+v", raw, found)
			}
			if same, _, err := archive.SameMeaning(raw, found[0].Raw); !same || err != nil {
				t.Errorf("%.60q means something else: %v", raw, err)
			}
		}
	}
}
