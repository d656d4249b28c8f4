package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
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
