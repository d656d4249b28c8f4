package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shown is a command of a document and what it says that it prints.
type shown struct {
	command string
	output  []string
}

// examples are the commands in the console blocks of a document.
func examples(t *testing.T, path string) (all []shown) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.SplitSeq(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case strings.HasPrefix(line, "$ "):
			all = append(all, shown{command: line[2:]})
		case len(all) > 0:
			all[len(all)-1].output = append(all[len(all)-1].output, line)
		}
	}
	return all
}

var (
	varies = regexp.MustCompile(`(evt|cus)_\w+|[0-9a-f]{64}|/[\w./-]+/|[\d,.]*\d (bytes|kB|MB)|[\d,.]*\d|€|¥`)
	spaces = regexp.MustCompile(` +`)
)

// shape is a line without what is another in every run.
func shape(line string) string {
	return spaces.ReplaceAllString(varies.ReplaceAllString(strings.TrimSpace(line), "#"), " ")
}

// What the documents show is what the program says.
func TestDocuments(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	bin := filepath.Join(t.TempDir(), "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil { //nolint:gosec // for the shell to look into
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "bursar")); err != nil {
		t.Fatal(err)
	}
	h.set("PATH=" + bin + ":" + os.Getenv("PATH"))
	env := h.env
	all := examples(t, "../docs/archive.md")
	if len(all) < 10 {
		t.Fatalf("%d examples", len(all))
	}
	for _, example := range all {
		if name, ok := strings.CutPrefix(example.command, "export "); ok {
			env = append(env, name)
			continue
		}
		cmd := exec.Command("sh", "-c", example.command)
		cmd.Env, cmd.Dir = env, filepath.Dir(h.dir)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("$ %s\n%s%s%v", example.command, out, errs.String(), err)
			continue
		}
		if len(example.output) == 1 && example.output[0] == "…" {
			continue
		}
		got, want := strings.Split(strings.TrimRight(string(out), "\n"), "\n"), example.output
		same := len(got) == len(want)
		for i := range min(len(got), len(want)) {
			same = same && shape(got[i]) == shape(want[i])
		}
		if !same {
			t.Errorf("$ %s\n%s\nand the document says:\n%s", example.command, out, strings.Join(want, "\n"))
		}
	}
}

// The tests that the documents name exist.
func TestDocumentsNameTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	if err := filepath.WalkDir("..", func(path string, e os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := os.ReadFile(path)
		code.Write(file)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(string(text), -1)
	if len(named) < 40 {
		t.Errorf("%d tests are named", len(named))
	}
	for _, name := range named {
		if !strings.Contains(code.String(), "func "+name) {
			t.Errorf("there is no %s", name)
		}
	}
}
