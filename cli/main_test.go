package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bursar/tui/tuitest/ptytest"
)

// program is the compiled binary that every test here runs, as a person would.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	panicking()
	dir, err := os.MkdirTemp("", "bursar-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of the test's own
	program = filepath.Join(dir, "bursar")
	if given := os.Getenv("BURSAR_TEST_PROGRAM"); given != "" {
		program = given // .ci/bench measures the binary that is released
	} else if out, err := exec.Command("go", "build", "-o", program, "bursar").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building bursar: %v\n%s", err, out)
		return 1
	}
	defer chromium.close()
	return m.Run()
}

// home is a place of its own for the program: its folders and its environment,
// in which nothing of the machine's is left.
type home struct {
	t    testing.TB
	dir  string // BURSAR_HOME
	env  []string
	said *transcript
}

// transcript is all that programs printed in a home.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// newHome makes a home. When the test ends, nothing that the program printed or
// left in a file may hold one of the secrets.
func newHome(t testing.TB, secrets ...string) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{t: t, dir: filepath.Join(dir, "bursar"), said: &transcript{}}
	h.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8", "USER=tester", "BURSAR_HOME=" + h.dir, "BROWSER=none"}
	if len(secrets) > 0 {
		t.Cleanup(func() { h.keepsSecret(secrets) })
	}
	return h
}

// in is the same home for a subtest.
func (h *home) in(t testing.TB) *home { return &home{t, h.dir, h.env, h.said} }

// set adds to the environment; the last value of a name counts.
func (h *home) set(pairs ...string) { h.env = append(h.env, pairs...) }

// keepsSecret looks for secrets in every byte that the program wrote anywhere.
func (h *home) keepsSecret(secrets []string) {
	look := func(where string, content []byte) {
		for _, s := range secrets {
			if bytes.Contains(content, []byte(s)) {
				h.t.Errorf("%s holds the secret %s… in the clear", where, s[:10])
			}
		}
	}
	look("the output", h.said.text.Bytes())
	err := filepath.WalkDir(filepath.Dir(h.dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		look(path, content)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.t.Error(err)
	}
}

// file is a path below BURSAR_HOME.
func (h *home) file(parts ...string) string {
	return filepath.Join(append([]string{h.dir}, parts...)...)
}

// open runs the interface in a pseudo-terminal.
func (h *home) open(o ptytest.Options) *ptytest.Terminal {
	h.t.Helper()
	o.Path = program
	o.Env = append(append([]string{}, h.env...), o.Env...)
	term := ptytest.Start(h.t, o)
	h.t.Cleanup(func() { _, _ = h.said.Write([]byte(term.Raw())) })
	return term
}

// eventually polls until ok, and fails the test when that takes too long.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(ptytest.Deadline); ; {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, ptytest.Deadline)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
