package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
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

// result is what a finished command said.
type result struct {
	t              testing.TB
	args           []string
	code           int
	stdout, stderr string
}

// run runs a command to its end, without a terminal and with an empty stdin.
func (h *home) run(args ...string) result { return h.give("", args...) }

// give runs a command with a text on stdin.
func (h *home) give(stdin string, args ...string) result {
	h.t.Helper()
	p := h.start(stdin, args...)
	return p.end()
}

// code fails the test when the exit code is another one.
func (r result) exits(code int) result {
	r.t.Helper()
	if r.code != code {
		r.t.Fatalf("bursar %s exits %d, want %d\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), r.code, code, r.stdout, r.stderr)
	}
	return r
}

// says fails the test when stdout does not match an expression ((?s)(?m) are on).
func (r result) says(expression string) result {
	r.t.Helper()
	return r.matches("stdout", r.stdout, expression)
}

// complains is says for stderr.
func (r result) complains(expression string) result {
	r.t.Helper()
	return r.matches("stderr", r.stderr, expression)
}

func (r result) matches(name, text, expression string) result {
	r.t.Helper()
	if !regexp.MustCompile("(?ms)" + expression).MatchString(text) {
		r.t.Errorf("bursar %s: %s does not match %q:\n%s", strings.Join(r.args, " "), name, expression, text)
	}
	return r
}

// json reads stdout, which is one JSON value, into v.
func (r result) json(v any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.stdout), v); err != nil {
		r.t.Fatalf("bursar %s prints no JSON: %v\n%s%s", strings.Join(r.args, " "), err, r.stdout, r.stderr)
	}
}

// failure is the error object that --json prints on stderr.
type failure struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Next      string `json:"next"`
	Field     string `json:"field"`
	RequestID string `json:"request_id"`
}

// failure reads stderr, which is one JSON error object.
func (r result) failure() failure {
	r.t.Helper()
	var v struct{ Error failure }
	if err := json.Unmarshal([]byte(r.stderr), &v); err != nil {
		r.t.Fatalf("bursar %s prints no error object: %v\n%s", strings.Join(r.args, " "), err, r.stderr)
	}
	return v.Error
}

// process is a command that runs beside the test.
type process struct {
	home   *home
	args   []string
	cmd    *exec.Cmd
	mu     sync.Mutex
	out    bytes.Buffer
	errs   bytes.Buffer
	change chan struct{} // closed and made anew with each output
	ended  chan struct{}
}

// start runs a command beside the test; it is killed when the test ends.
func (h *home) start(stdin string, args ...string) *process {
	h.t.Helper()
	p := &process{home: h, args: args, cmd: exec.Command(program, args...), change: make(chan struct{}), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdin = h.env, filepath.Dir(h.dir), strings.NewReader(stdin)
	p.cmd.Stdout, p.cmd.Stderr = writer(func(b []byte) { p.out.Write(b) }, p), writer(func(b []byte) { p.errs.Write(b) }, p)
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its result is in ProcessState
		close(p.ended)
	}()
	h.t.Cleanup(p.kill)
	return p
}

// command prepares a command in the home for a test that runs it in its own way.
func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = append([]string{"TERM=xterm-256color"}, h.env...), filepath.Dir(h.dir)
	return cmd
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }

func writer(keep func([]byte), p *process) writerFunc {
	return func(b []byte) {
		_, _ = p.home.said.Write(b) // a buffer takes all
		p.mu.Lock()
		defer p.mu.Unlock()
		keep(b)
		close(p.change)
		p.change = make(chan struct{})
	}
}

// until waits until what was printed (stdout, then stderr) matches an expression
// and returns the match and its groups.
func (p *process) until(expression string) []string {
	p.home.t.Helper()
	re := regexp.MustCompile("(?m)" + expression)
	end := time.NewTimer(ptytest.Deadline)
	defer end.Stop()
	for {
		p.mu.Lock()
		change, text := p.change, p.out.String()+p.errs.String()
		p.mu.Unlock()
		if m := re.FindStringSubmatch(text); m != nil {
			return m
		}
		select {
		case <-change:
		case <-p.ended:
			p.mu.Lock()
			text = p.out.String() + p.errs.String()
			p.mu.Unlock()
			if m := re.FindStringSubmatch(text); m != nil {
				return m
			}
			p.home.t.Fatalf("bursar %s ended (%v) and never said %q:\n%s", strings.Join(p.args, " "), p.cmd.ProcessState, expression, text)
		case <-end.C:
			p.home.t.Fatalf("bursar %s never said %q:\n%s", strings.Join(p.args, " "), expression, text)
		}
	}
}

// interrupt is ctrl+c.
func (p *process) interrupt() { _ = p.cmd.Process.Signal(syscall.SIGINT) }

// end waits for the process's own end.
func (p *process) end() result {
	p.home.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(3 * ptytest.Deadline):
		p.home.t.Fatalf("bursar %s does not end:\n%s%s", strings.Join(p.args, " "), p.out.String(), p.errs.String())
	}
	return result{p.home.t, p.args, ptytest.Code(p.cmd.ProcessState), p.out.String(), p.errs.String()}
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
