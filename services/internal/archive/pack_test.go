package archive

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// sampleEvents are the events of the test archives, each as it is delivered.
func sampleEvents(t testing.TB) (events [][]byte) {
	t.Helper()
	f, err := os.Open("archivetest/testdata/events.ndjson.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var out bytes.Buffer
		if err := json.Indent(&out, lines.Bytes(), "", "  "); err != nil {
			t.Fatal(err)
		}
		events = append(events, out.Bytes())
	}
	return events
}

// oddTexts are texts that almost have Stripe's layout, and others.
func oddTexts() []string {
	return []string{
		"", "{}", "[]", "{\n}", "{\n  \n}", "{\n  \"a\": 1\n}", "{\n    \"a\": 1\n  }", "{\n  \"a\": [\n    1,\n    {}\n  ]\n}", "{\n  \"a\":  1\n}",
		"{\n  \"a\": [\n    \n  ]\n}", "{\n  \"a\": {\n  }\n}", "{\n  \"a\": 1,\n  \n}", "{\n  \"a\" : 1\n}", "{\n  \"a\": \"x\\\"\\\\\"\n}", "{\n  \"a\n",
		"{\n  \"a\": \"\n\"\n}", "{\r\n  \"a\": 1\r\n}", "{\n\t\"a\": 1\n}", "{\n  \"a\": 1\n} ", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1\n}x", "{\n  \"a\": 1 2\n}",
		"{\n  \"a\": [\n    1\n  }\n]", "{\n  \"a\": 1}", "{\n" + strings.Repeat(" ", 80) + "\"a\": 1\n" + strings.Repeat(" ", 78) + "}", "{\n  :\n}", "{\n  ,\n  ,\n}",
	}
}

func TestPackKeepsEveryByte(t *testing.T) {
	events := sampleEvents(t)
	if len(events) < 100 {
		t.Fatalf("%d events", len(events))
	}
	received, kept := 0, 0
	for _, raw := range events {
		var listed bytes.Buffer // as it stands in Stripe's list
		if err := json.Indent(&listed, raw, "    ", "  "); err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{raw, listed.Bytes(), compact.Bytes()} {
			form, packed := Pack(text)
			back, err := Unpack(form, packed)
			if err != nil || !bytes.Equal(back, text) {
				t.Fatalf("%v: %.200q came back as %.200q", err, text, back)
			}
			read, err := UnpackJSON(nil, form, packed)
			if err != nil || !bytes.Equal(read, compact.Bytes()) {
				t.Fatalf("%v: %.200q is read as %.200q", err, text, read)
			}
			received, kept = received+len(text), kept+len(packed)
		}
	}
	if kept*8 > received {
		t.Errorf("%d bytes take %d", received, kept)
	}
	for _, text := range oddTexts() {
		form, packed := Pack([]byte(text))
		if back, err := Unpack(form, packed); err != nil || string(back) != text {
			t.Errorf("%q came back as %q, %v", text, back, err)
		}
	}
}

func TestOldFormsStayReadable(t *testing.T) {
	var deflated bytes.Buffer
	w, _ := flate.NewWriter(&deflated, flate.DefaultCompression)
	_, _ = w.Write([]byte("{\n  \"id\": 1\n}"))
	_ = w.Close()
	for form, packed := range map[Form]string{
		FormPlain: "{\n  \"id\": 1\n}", FormDeflate: deflated.String(),
		FormEvent: "\x01\x08\x1c{\"id\":1}", // S2 without a reference to the dictionary
	} {
		if back, err := Unpack(form, []byte(packed)); err != nil || string(back) != "{\n  \"id\": 1\n}" {
			t.Errorf("form %d: %q, %v", form, back, err)
		}
	}
	for form, packed := range map[Form]string{9: "x", FormEvent: "", FormDeflate: "\xff", -1: ""} {
		if _, err := Unpack(form, []byte(packed)); err == nil {
			t.Errorf("form %d of %q was read", form, packed)
		}
	}
}

func FuzzPack(f *testing.F) {
	for _, text := range oddTexts() {
		f.Add([]byte(text))
	}
	for _, e := range sampleEvents(f)[:5] {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		form, packed := Pack(raw)
		if back, err := Unpack(form, packed); err != nil || !bytes.Equal(back, raw) {
			t.Fatalf("%q came back as %q, %v", raw, back, err)
		}
		read, err := UnpackJSON(nil, form, packed)
		if err != nil {
			t.Fatal(err)
		}
		var want, got bytes.Buffer
		if json.Compact(&want, raw) == nil && (json.Compact(&got, read) != nil || !bytes.Equal(got.Bytes(), want.Bytes())) {
			t.Errorf("%q is read as %q", raw, read)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	for _, e := range sampleEvents(f)[:5] {
		form, packed := Pack(e)
		f.Add(int(form), packed)
	}
	f.Fuzz(func(t *testing.T, form int, packed []byte) {
		if _, err := Unpack(Form(form), packed); err != nil && !strings.HasPrefix(err.Error(), "unpacking a payload: ") {
			t.Error(err)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	events := sampleEvents(b)
	kept, n := 0, 0
	for b.Loop() {
		_, packed := Pack(events[n%len(events)])
		kept += len(packed)
		n++
	}
	b.ReportMetric(float64(kept)/float64(n), "bytes/event")
}

func BenchmarkUnpackJSON(b *testing.B) {
	form, packed := Pack(sampleEvents(b)[50])
	var buffer []byte
	for b.Loop() {
		text, err := UnpackJSON(buffer, form, packed)
		if err != nil {
			b.Fatal(err)
		}
		buffer = text
	}
}
