package services_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMethodsArePruned links the program and asks the linker what makes it keep
// methods that nothing calls. One function that looks a method up by a name only
// known when it runs is enough for it to keep every exported method of every type:
// 2.5 MB of this program. Running a template does that. Three modules import the
// template packages and never run one (cobra, termenv and gomponents, for its
// escaping), so that the imports tell nothing; the linker does.
func TestMethodsArePruned(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-dumpdep", "-o", filepath.Join(t.TempDir(), "bursar"), ".")
	cmd.Dir = ".."
	var told bytes.Buffer
	cmd.Stderr = &told
	if err := cmd.Run(); err != nil {
		text := told.Bytes()
		t.Fatalf("go build: %v\n%s", err, text[max(0, len(text)-2000):])
	}
	// A line is an edge of what is reached: "from <marks> -> to <marks>".
	edges, culprits := 0, map[string]bool{}
	for line := range strings.Lines(told.String()) {
		from, _, found := strings.Cut(line, " -> ")
		if !found {
			continue
		}
		edges++
		if name, marks, _ := strings.Cut(from, " "); strings.Contains(marks, "<ReflectMethod>") && !culprits[name] {
			culprits[name] = true
			t.Errorf("%s looks a method up by name, so the linker keeps every method of every type (2.5 MB). If it is a template: pages are written with gomponents (docs/dependencies.md).", name)
		}
	}
	if edges < 1000 {
		t.Errorf("the linker told %d edges", edges)
	}
}
