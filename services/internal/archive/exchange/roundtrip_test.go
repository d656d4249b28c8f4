package exchange

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// same checks that two archives hold the same events, and how they came.
func same(t testing.TB, got, want archive.Archive, origins bool) {
	t.Helper()
	ctx, n := context.Background(), 0
	if _, err := walk(ctx, want, "", func(page []services.Arrival) error {
		for _, a := range page {
			n++
			e, err := got.Event(ctx, a.Event.ID)
			if err != nil {
				return err
			}
			if !bytes.Equal(e.Raw, a.Event.Raw) {
				t.Errorf("%s: %.100q, want %.100q", e.ID, e.Raw, a.Event.Raw)
			}
			if origins && (e.Source != a.Event.Source || !e.Received.Equal(a.Event.Received) || e.Customer != a.Event.Customer) {
				t.Errorf("%s: %+v, want %+v", e.ID, e, a.Event)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if h, err := got.Health(ctx); err != nil || h.Events != n {
		t.Errorf("%d events, want %d; %v", h.Events, n, err)
	}
}

func imports(t testing.TB, a archive.Archive, file io.Reader) services.ArchiveImported {
	t.Helper()
	result, err := Import(context.Background(), a, false, file, services.ArchiveImport{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// An archive that is exported and imported is the same, byte for byte.
func TestRoundTrip(t *testing.T) {
	a := openNew(t)
	kept(t, a, hostile()...)
	g := archivetest.NewGenerator(1, 5, archivetest.Noon, 1)
	for range 100 {
		kept(t, a, g.Next())
	}
	total := len(hostile()) + 100
	for _, format := range []string{services.FormatNDJSON, services.FormatJSON, services.FormatCSV} {
		for _, packed := range []bool{false, true} {
			t.Run(fmt.Sprint(format, packed), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "export")
				done, err := ExportFile(t.Context(), a, "a", path, services.ArchiveExport{Format: format, Envelope: true, Gzip: packed}, archivetest.Noon, nil)
				info, statErr := os.Stat(path)
				if err != nil || statErr != nil || done.Events != total || done.Bytes != info.Size() || info.Mode().Perm() != 0o600 {
					t.Fatalf("%+v, %v %v", done, err, statErr)
				}
				file, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = file.Close() }()
				b := openNew(t)
				result := imports(t, b, file)
				if result.Added != total || result.Bad+result.Duplicates != 0 || result.Read != total {
					t.Errorf("%+v", result)
				}
				same(t, b, a, true)
				if _, err := file.Seek(0, io.SeekStart); err != nil {
					t.Fatal(err)
				}
				if again := imports(t, b, file); again.Duplicates != total || again.Added != 0 || again.Resumed {
					t.Errorf("again: %+v", again)
				}
			})
		}
	}
}

// Without envelopes an export means the same, and its compact lines are as they
// were received.
func TestPlainRoundTrip(t *testing.T) {
	a, b := openNew(t), openNew(t)
	kept(t, a, hostile()...)
	var out bytes.Buffer
	if _, err := Export(t.Context(), a, &out, services.ArchiveExport{}, archivetest.Noon, nil); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(out.Bytes(), []byte("\n")); lines != len(hostile()) {
		t.Errorf("%d lines", lines)
	}
	if result := imports(t, b, &out); result.Added != len(hostile()) {
		t.Errorf("%+v", result)
	}
	e, err := b.Event(t.Context(), "evt_plain")
	if err != nil || e.Source != services.SourceImport || !e.Received.Equal(archivetest.Noon) {
		t.Errorf("%+v, %v", e, err)
	}
	// Into the archive they came from, they are duplicates and contradict nothing.
	out.Reset()
	if _, err := Export(t.Context(), a, &out, services.ArchiveExport{Format: services.FormatJSON}, archivetest.Noon, nil); err != nil {
		t.Fatal(err)
	}
	result := imports(t, a, &out)
	if c, err := a.Counts(t.Context()); result.Duplicates != len(hostile()) || c.Conflicts != 0 || err != nil {
		t.Errorf("%+v, %+v, %v", result, c, err)
	}
}

func TestExportOfNothing(t *testing.T) {
	for format, want := range map[string]string{"": "", services.FormatJSON: "[]\n", services.FormatCSV: strings.Join(columns[:], ",") + "\n"} {
		var out bytes.Buffer
		done, err := Export(t.Context(), openNew(t), &out, services.ArchiveExport{Format: format}, archivetest.Noon, nil)
		if err != nil || out.String() != want || done.Events != 0 || done.Bytes != int64(len(want)) {
			t.Errorf("%s: %q, %+v, %v", format, out.String(), done, err)
		}
		if result := imports(t, openNew(t), &out); result.Read != 0 {
			t.Errorf("%s: %+v", format, result)
		}
	}
}

func TestExportOfASelection(t *testing.T) {
	a := openNew(t)
	for i := range 1_203 {
		customer := fmt.Sprintf("cus_%d", i%2)
		archivetest.Add(t, a, 1, 0, archivetest.Charge(fmt.Sprintf("evt_%04d", i), int64(1_700_000_000+i/7), customer))
	}
	var out bytes.Buffer
	done, err := Export(t.Context(), a, &out, services.ArchiveExport{Customer: "cus_1"}, archivetest.Noon, nil)
	if err != nil || done.Events != 601 {
		t.Fatalf("%+v, %v", done, err)
	}
	want := archivetest.List(t, a, archive.Query{Customer: "cus_1", Limit: 10_000}).Events
	for i, item := range items(t, out.Bytes()) {
		if f, _ := archive.FactsOf(item.Raw); f.ID != want[i].ID {
			t.Fatalf("%d: %s, want %s", i, f.ID, want[i].ID)
		}
	}
	out.Reset()
	if done, err = Export(t.Context(), a, &out, services.ArchiveExport{Filter: `{"data.object.customer":"cus_0"}`}, archivetest.Noon, nil); err != nil || done.Events != 602 || len(items(t, out.Bytes())) != 602 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, o := range []services.ArchiveExport{{Format: "xml"}, {Filter: "{"}, {Filter: `{"a":{"$no":1}}`}, {Filter: "since:nonsense"}} {
		if _, err := Export(t.Context(), a, &out, o, archivetest.Noon, nil); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// An export that is interrupted again and again goes on where it stopped, and
// what it makes is what one that is not makes.
func TestExportGoesOn(t *testing.T) {
	a := openNew(t)
	g := archivetest.NewGenerator(1, 5, archivetest.Noon, 1)
	var raws [][]byte
	for range 3_000 {
		raws = append(raws, g.Next())
	}
	archivetest.Add(t, a, len(raws), 0, raws...)
	whole := filepath.Join(t.TempDir(), "whole")
	o := services.ArchiveExport{Format: services.FormatJSON, Gzip: true, Envelope: true}
	if _, err := ExportFile(t.Context(), a, "a", whole, o, archivetest.Noon, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "parts")
	rounds := 0
	for done := false; !done; rounds++ {
		ctx, cancel := context.WithCancel(t.Context())
		first := int64(-1)
		result, err := ExportFile(ctx, a, "a", path, o, archivetest.Noon, func(p services.ArchiveProgress) {
			if first < 0 {
				first = p.Done
			}
			if rounds < 5 && p.Done-first >= 0 {
				cancel()
			}
		})
		cancel()
		switch done = err == nil; {
		case !done && services.CodeOf(err) != services.CodeIncomplete:
			t.Fatal(err)
		case done != (rounds == 5), result.Resumed != (rounds > 0):
			t.Fatalf("round %d: %+v, %v", rounds, result, err)
		case !done:
			if _, err := os.Stat(path); err == nil {
				t.Fatal("an unfinished export has the name of a whole one")
			}
			file, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = file.WriteString("what was written behind the last place") // as when it was killed
			_ = file.Close()
		}
	}
	if a, b := unzipped(t, whole), unzipped(t, path); !bytes.Equal(a, b) {
		t.Errorf("%d bytes, want %d", len(b), len(a))
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := ExportFile(t.Context(), a, "a", path, o, archivetest.Noon, nil); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("a file that is there: %v", err)
	}
	o.Replace = true
	if _, err := ExportFile(t.Context(), a, "a", path, o, archivetest.Noon, nil); err != nil {
		t.Error(err)
	}
}

// What another export left is not gone on with, and no two write at once.
func TestExportBeginsAnew(t *testing.T) {
	a := openNew(t)
	kept(t, a, archivetest.Charge("evt_1", 1, "cus_1"))
	path := filepath.Join(t.TempDir(), "export")
	for name, left := range map[string]string{
		"of another archive": `{"options":{"Format":"ndjson"},"archive":"b","place":{"cursor":"1","events":1,"bytes":3}}`,
		"longer than it is":  `{"options":{"Format":"ndjson"},"archive":"a","place":{"cursor":"1","events":1,"bytes":99999}}`,
		"cut short":          `{"options":{"Fo`,
	} {
		for p, text := range map[string]string{path + ".part": strings.Repeat("left", 1_000), path + ".part.json": left} {
			if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		done, err := ExportFile(t.Context(), a, "a", path, services.ArchiveExport{Replace: true}, archivetest.Noon, nil)
		text, _ := os.ReadFile(path)
		if err != nil || done.Resumed || done.Events != 1 || !bytes.HasPrefix(text, []byte(`{"id":"evt_1"`)) || !bytes.HasSuffix(text, []byte("}\n")) {
			t.Errorf("%s: %+v, %v, %.50q", name, done, err, text)
		}
	}
	p := &partial{path: path + "2"}
	if err := p.open(&state{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.close() }()
	if _, err := ExportFile(t.Context(), a, "a", path+"2", services.ArchiveExport{}, archivetest.Noon, nil); services.CodeOf(err) != services.CodeStorage || !strings.Contains(err.Error(), "running") {
		t.Errorf("%v", err)
	}
	if _, err := ExportFile(t.Context(), a, "a", "/nowhere/at/all", services.ArchiveExport{}, archivetest.Noon, nil); services.CodeOf(err) != services.CodeStorage {
		t.Errorf("%v", err)
	}
}

// An import that is interrupted again and again goes on where it stopped.
func TestImportGoesOn(t *testing.T) {
	a := openNew(t)
	g := archivetest.NewGenerator(1, 5, archivetest.Noon, 1)
	var raws [][]byte
	for range 4_000 {
		raws = append(raws, g.Next())
	}
	archivetest.Add(t, a, len(raws), 0, raws...)
	for _, o := range []services.ArchiveExport{{Envelope: true}, {Format: services.FormatJSON}, {Format: services.FormatCSV, Gzip: true}} {
		path := filepath.Join(t.TempDir(), "export")
		if _, err := ExportFile(t.Context(), a, "a", path, o, archivetest.Noon, nil); err != nil {
			t.Fatal(err)
		}
		b := openNew(t)
		interrupted := 0
		for {
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			result, err := Import(ctx, b, false, file, services.ArchiveImport{}, func(services.ArchiveProgress) {
				if interrupted < 3 {
					cancel()
				}
			})
			cancel()
			_ = file.Close()
			if err == nil {
				if result.Read != 4_000 || result.Added != 4_000 || result.Duplicates+result.Bad != 0 || !result.Resumed {
					t.Errorf("%+v: %+v", o, result)
				}
				break
			}
			var known *services.Error
			if !errors.As(err, &known) || known.Code != services.CodeIncomplete || known.Next == "" {
				t.Fatal(err)
			}
			if interrupted++; result.Read < 400*interrupted {
				t.Errorf("%+v after %d interruptions", result, interrupted)
			}
		}
		if interrupted != 3 {
			t.Errorf("%d interruptions", interrupted)
		}
		if h, err := b.Health(t.Context()); err != nil || h.Events != 4_000 {
			t.Errorf("%+v, %v", h, err)
		}
	}
}

func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
