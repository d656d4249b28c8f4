package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bursar/tui/tuitest/ptytest"
)

// archiveHome has a profile of its own and no connection.
func archiveHome(t testing.TB) *home { return configured(t, "http://127.0.0.1:1") }

// lines are events on one line each, odd on purpose.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"evt_%05d" ,"object":"event","type":"charge.%s","created":%d,"livemode":false,"data":{"object":{"id":"ch_%d","object":"charge","customer":"cus_%d","amount":2500,"currency":"eur","a":1,"a":"\u0000\u00e9"}}}`+"\n",
			i, []string{"failed", "succeeded"}[i%2], 1_790_000_000+i, i, i%3)
	}
	return b.String()
}

// file writes a file beside the home.
func file(t testing.TB, h *home, name, text string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(h.dir), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An archive goes out and comes back, is checked, made compact and copied, each by
// its command.
func TestArchiveCommands(t *testing.T) {
	t.Parallel()
	h := archiveHome(t)
	poison := "poison \x1b[31m\x00 here"
	events := file(t, h, "events.ndjson", lines(40)+poison+"\n"+lines(2)+`{"id":"evt_00001","type":"other.type","created":1790000001}`+"\n")
	out := h.run("archive", "import", events).exits(1)
	out.says(`\A40 new events, 3 there already\.\n1 place could not be read\..*\n  line 41: it is not JSON\n\z`)
	var imported struct {
		Read, Added, Duplicates, Bad int
		Problems                     []struct{ Line int }
	}
	h.give(lines(41), "archive", "import", "-", "--json").exits(0).json(&imported)
	if imported.Added != 1 || imported.Duplicates != 40 || imported.Problems == nil {
		t.Errorf("%+v", imported)
	}

	h.run("archive", "info").exits(0).says(`^archive +/.*archive\.db$.*^schema +\d+$.*^events +41$.*^oldest +2026-09-21 .*^kept aside +1 that are no events, 1 that contradict one$.*^size +\d+ kB$`)
	var info struct {
		Events, Conflicts, Quarantined int
		Size                           struct{ Total int64 }
		Beside                         []any
	}
	h.run("archive", "info", "--json").exits(0).json(&info)
	if info.Events != 41 || info.Conflicts != 1 || info.Quarantined != 1 || info.Size.Total < 100_000 || info.Beside == nil {
		t.Errorf("%+v", info)
	}

	h.run("archive", "aside").exits(0).says(`\ANUMBER.*\n1 +20\d\d-.* import +\d+ bytes +it is not JSON\n2 +.* evt_00001 +It tells something else`)
	if out := h.run("archive", "aside", "show", "1").exits(0); out.stdout != poison {
		t.Errorf("%q", out.stdout)
	}
	h.run("archive", "aside", "show", "3").exits(5).complains(`number 3`)
	h.run("archive", "aside", "show", "x").exits(2)
	h.run("archive", "aside", "--limit", "0").exits(2)
	var aside []struct{ Number int }
	h.run("archive", "aside", "--after", "1", "--json").exits(0).json(&aside)
	if len(aside) != 1 || aside[0].Number != 2 {
		t.Errorf("%+v", aside)
	}

	h.run("archive", "check").exits(0).says(`\A41 events whole, 9\.2 kB as received\.\nNothing is wrong\.\n\z`)
	h.run("archive", "compact").exits(0).says(`\A\d+ kB now, \d+ kB before; 0 payloads kept in a shorter form\.\n\z`)
	h.run("archive", "check", "--repair").exits(0).says(`\A41 events brought over\. The old file is .*damaged-\d.*\n41 events whole.*\nNothing is wrong`)
	h.run("archive", "info").exits(0).says(`^beside +.*damaged-`)

	target := filepath.Join(filepath.Dir(h.dir), "copy.db")
	h.run("archive", "copy", "--to", target).exits(0).says(`\A41 events copied and verified\.\nDigest [0-9a-f]{64}\n.*` + regexp.QuoteMeta(h.file("config.toml")) + `:\n\n  archive = "` + target + `"\n`)
	h.run("archive", "copy", "--to", target, "--json").exits(0).says(`"resumed": true`)
	settings, err := os.ReadFile(h.file("config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, h.file("config.toml"), append(settings, []byte("archive = \""+target+"\"\n")...))
	h.run("archive", "info").exits(0).says(`^archive +` + regexp.QuoteMeta(target) + `$.*^events +41$`)
	h.run("archive", "copy", "--to", target).exits(2).complains(`it is the archive itself`)
	old := h.file("data", "profiles", "shop", "archive.db")
	h.run("archive", "copy", "--from", old, "--to", target).exits(0).says(`\A41 events copied and verified\.\nDigest \w+\n\z`)
	h.run("archive", "copy", "--from", "/nowhere", "--to", target).exits(1)
	h.run("archive", "copy", "--to", "mysql://h/d").exits(2)
	h.run("archive", "copy", "--to", "postgres://u:canary@h/d").exits(2).complains(`password`)
	h.run("archive", "copy").exits(2)
}

// What is exported in each format, and what a selection selects.
func TestArchiveExport(t *testing.T) {
	t.Parallel()
	h := archiveHome(t)
	h.give(lines(30), "archive", "import", "-").exits(0)
	plain := strings.ReplaceAll(lines(30), ` ,"object"`, `,"object"`)
	if out := h.run("archive", "export").exits(0); out.stdout != plain || out.stderr != "" {
		t.Errorf("%.300q", out.stdout)
	}
	dir := filepath.Dir(h.dir)
	for name, more := range map[string][]string{"all.ndjson.gz": {"--envelope"}, "all.csv": nil, "all.json": {"--envelope"}} {
		path := filepath.Join(dir, name)
		h.run(append([]string{"archive", "export", path}, more...)...).exits(0).says(`\A30 events, [\d.]+ (bytes|kB) in `)
		h.run("archive", "export", path).exits(2).complains(`exists already.*\n.*--force`)
		h.run("archive", "export", path, "--force", "--json", "--envelope").exits(0).says(`"events": 30`)
		other := archiveHome(t)
		other.run("archive", "import", path).exits(0).says(`\A30 new events, 0 there`)
		var a, b map[string]any
		h.run("archive", "copy", "--json", "--to", filepath.Join(dir, name+".1")).exits(0).json(&a)
		other.run("archive", "copy", "--json", "--to", filepath.Join(dir, name+".2")).exits(0).json(&b)
		if a["digest"] != b["digest"] {
			t.Errorf("%s: the imported events are not the same", name)
		}
	}
	if out := h.run("archive", "export", "--customer", "cus_1"); strings.Count(out.stdout, "\n") != 10 || strings.Count(out.stdout, `"customer":"cus_1"`) != 10 {
		t.Errorf("%s", out.stdout)
	}
	if out := h.run("archive", "export", "--where", "type:charge.failed", "--format", "json").exits(0); !json.Valid([]byte(out.stdout)) || strings.Count(out.stdout, `"charge.failed"`) != 15 {
		t.Errorf("%s", out.stdout)
	}
	h.run("archive", "export", "--where", "status:nonsense").exits(2).complains(`"nonsense" is no outcome`)
	h.run("archive", "export", "--format", "xml").exits(2).complains(`not a format`)
	h.run("archive", "export", "--json").exits(2)
	h.run("archive", "export", "/nowhere/at/all").exits(1)
}

// What an import refuses, and that ctrl+c ends one that waits.
func TestArchiveImport(t *testing.T) {
	t.Parallel()
	h := archiveHome(t)
	live := strings.Replace(lines(1), "false", "true", 1)
	h.give(live, "archive", "import", "-").exits(2).complains(`Line 1 has an event of live mode \(evt_00000\).*\n.*--any-mode`)
	h.run("archive", "info").exits(0).says(`^events +0$`)
	h.give(live, "archive", "import", "-", "--any-mode").exits(0)
	h.run("archive", "import", filepath.Dir(h.dir)).exits(2)
	h.run("archive", "import", "/nowhere").exits(2)
	h.give("id,type\n1,2\n", "archive", "import", "-").exits(2).complains(`holds no events`)
	h.run("--profile", "none", "archive", "info").exits(3)

	// One that waits for more is interrupted, and what came is kept.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	cmd := h.command(t.Context(), "archive", "import", "-")
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = r, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	if _, err := io.WriteString(w, lines(700)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "storing the first events", func() bool {
		return strings.Contains(h.run("archive", "info", "--json").stdout, `"events": 500`)
	})
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	if ptytest.Code(cmd.ProcessState) != 6 || !strings.Contains(said.String(), "interrupted after") {
		t.Errorf("%v: %s", cmd.ProcessState, said.String())
	}
}

// On a terminal one line tells how far it has come, and is gone at the end. What is
// shown of poison does no harm.
func TestArchiveOnATerminal(t *testing.T) {
	t.Parallel()
	h := archiveHome(t)
	path := file(t, h, "events.ndjson", lines(20_000)+"poison \x1b]0;owned\x07\x1b[2J seen\n")
	term := h.open(ptytest.Options{Args: []string{"archive", "import", path}, Cols: 90, Rows: 10})
	term.Until(`\[[= ]{20}\] +\d+ % [\d.]+ \wB of [\d.]+ MB bytes read`)
	term.Until(`20,000 new events`)
	if code := term.End(); code != 1 || strings.Contains(term.Screen(), "[=") {
		t.Errorf("exit code %d:\n%s", code, term.Screen())
	}
	term = h.open(ptytest.Options{Args: []string{"archive", "aside", "show", "1"}, Cols: 90, Rows: 10})
	term.Until(`poison +seen`)
	if term.End(); strings.Contains(term.Raw(), "owned") {
		t.Errorf("%q", term.Raw())
	}
}

// An export that is killed goes on where it stopped.
func TestArchiveExportIsKilled(t *testing.T) {
	t.Parallel()
	h := archiveHome(t)
	big := strings.ReplaceAll(lines(6_000), `"\u0000\u00e9"`, `"`+strings.Repeat("x", 6_000)+`"`)
	h.give(big, "archive", "import", "-").exits(0)
	path := filepath.Join(filepath.Dir(h.dir), "export.ndjson")
	for attempt := 1; ; attempt++ {
		p := h.start("", "archive", "export", path)
		eventually(t, "the first place", func() bool {
			text, _ := os.ReadFile(path + ".part.json")
			select {
			case <-p.ended:
				return true
			default:
				return bytes.Contains(text, []byte(`"events"`))
			}
		})
		p.kill()
		if _, err := os.Stat(path); err != nil {
			break
		}
		if attempt == 10 { // the export was faster than the kill each time
			t.Fatal("no export could be killed")
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	h.run("archive", "export", path, "--json").exits(0).says(`"resumed": true`)
	got, err := os.ReadFile(path)
	if err != nil || string(got) != strings.ReplaceAll(big, ` ,"object"`, `,"object"`) {
		t.Errorf("%d bytes, want %d; %v", len(got), len(big)-6_000, err)
	}
}
