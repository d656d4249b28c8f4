// Package ptytest runs a program in a pseudo-terminal, as a terminal emulator
// would, for tests that press keys and read the screen.
package ptytest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"bursar/tui/tuitest"
)

// Deadline is how long a test waits for what has to happen, unless it says
// otherwise: far longer than it takes, because a busy machine is not a failure.
const Deadline = 30 * time.Second

// Options say what is run and in what kind of terminal.
type Options struct {
	Path string   // the program
	Args []string // its arguments
	Env  []string // its whole environment; TERM is xterm-256color unless it is given
	Cols int      // columns, 100 when 0
	Rows int      // rows, 30 when 0
	Mute bool     // the terminal answers nothing it is asked
}

// Terminal is a pseudo-terminal with a program in it.
type Terminal struct {
	t   testing.TB
	cmd *exec.Cmd
	pty *os.File
	vt  *tuitest.VT

	mu      sync.Mutex
	raw     []byte
	last    time.Time     // of the last output
	changed chan struct{} // closed and made anew with each output
	drained chan struct{} // closed after the last output
	ended   chan struct{} // closed when the program has ended
}

// Start runs the program. It is killed when the test ends.
func Start(t testing.TB, o Options) *Terminal {
	t.Helper()
	if o.Cols == 0 {
		o.Cols, o.Rows = 100, 30
	}
	cmd := exec.Command(o.Path, o.Args...)
	cmd.Env = append([]string{"TERM=xterm-256color"}, o.Env...)
	cmd.Dir = t.TempDir()
	term := &Terminal{t: t, cmd: cmd, changed: make(chan struct{}), drained: make(chan struct{}), ended: make(chan struct{})}
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(o.Rows), Cols: uint16(o.Cols)})
	if err != nil {
		t.Fatal(err)
	}
	term.pty = file
	var reply func(string)
	if !o.Mute {
		reply = func(answer string) { _, _ = file.WriteString(answer) }
	}
	term.vt = tuitest.NewVT(o.Cols, o.Rows, reply)
	go term.read()
	go func() {
		_ = cmd.Wait() // its result is in ProcessState
		close(term.ended)
	}()
	t.Cleanup(term.kill)
	return term
}

func (term *Terminal) read() {
	defer close(term.drained)
	buf := make([]byte, 1<<16)
	for {
		n, err := term.pty.Read(buf)
		term.mu.Lock()
		term.raw = append(term.raw, buf[:n]...)
		term.last = time.Now()
		_, _ = term.vt.Write(buf[:n])
		close(term.changed)
		term.changed = make(chan struct{})
		term.mu.Unlock()
		if err != nil {
			return // EIO: nobody has the other end open any more
		}
	}
}

func (term *Terminal) kill() {
	select {
	case <-term.ended:
	default:
		_ = term.cmd.Process.Kill()
		<-term.ended
	}
	_ = term.pty.Close()
	<-term.drained
}

// Screen returns what is on the screen, without trailing spaces.
func (term *Terminal) Screen() string { return term.vt.String() }

// VT is the screen itself.
func (term *Terminal) VT() *tuitest.VT { return term.vt }

// Raw returns every byte the program wrote to the terminal.
func (term *Terminal) Raw() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return string(term.raw)
}

// Last is when the last output came.
func (term *Terminal) Last() time.Time {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.last
}

// PID is the program's process id.
func (term *Terminal) PID() int { return term.cmd.Process.Pid }

// Until waits until the screen matches an expression (with (?m) on) and returns
// the match and its groups. The test fails when it never does.
func (term *Terminal) Until(expression string) []string {
	term.t.Helper()
	re := regexp.MustCompile("(?m)" + expression)
	var match []string
	if !term.wait(Deadline, func() bool { match = re.FindStringSubmatch(term.Screen()); return match != nil }) {
		term.t.Fatalf("the screen never showed %q:\n%s", expression, term.Screen())
	}
	return match
}

// Gone waits until the screen does not match an expression any more.
func (term *Terminal) Gone(expression string) {
	term.t.Helper()
	re := regexp.MustCompile("(?m)" + expression)
	if !term.wait(Deadline, func() bool { return !re.MatchString(term.Screen()) }) {
		term.t.Fatalf("the screen went on showing %q:\n%s", expression, term.Screen())
	}
}

// wait looks at ok after each output until it is true, the program's last output
// has come, or the time is over.
func (term *Terminal) wait(limit time.Duration, ok func() bool) bool {
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		term.mu.Lock()
		changed := term.changed
		term.mu.Unlock()
		if ok() {
			return true
		}
		select {
		case <-changed:
		case <-term.drained:
			return ok()
		case <-end.C:
			return false
		}
	}
}

// Resize changes the terminal's size, which the program is told by SIGWINCH.
func (term *Terminal) Resize(cols, rows int) {
	term.t.Helper()
	term.vt.Resize(cols, rows)
	if err := pty.Setsize(term.pty, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols)}); err != nil {
		term.t.Fatal(err)
	}
}

// Signal sends the program a signal.
func (term *Terminal) Signal(s os.Signal) {
	term.t.Helper()
	if err := term.cmd.Process.Signal(s); err != nil {
		term.t.Fatal(err)
	}
}

// End waits until the program has ended and its last output is drawn, and
// returns its exit code; a signal's is 128 and its number, as in a shell.
func (term *Terminal) End() int {
	term.t.Helper()
	select {
	case <-term.ended:
	case <-time.After(Deadline):
		term.t.Fatalf("the program did not end:\n%s", term.Screen())
	}
	select {
	case <-term.drained:
	case <-time.After(Deadline):
		term.t.Fatal("the program has ended and something still holds its terminal")
	}
	return Code(term.cmd.ProcessState)
}

// Code is a process's exit code; a signal's is 128 and its number.
func Code(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// Restored fails the test when the program left the terminal in another state
// than it found it.
func (term *Terminal) Restored() {
	term.t.Helper()
	var err error
	if left := term.vt.Left(); left != nil {
		err = fmt.Errorf("modes left on: %s", strings.Join(left, ", "))
	}
	if unknown := term.vt.Unknown(); unknown != nil {
		err = errors.Join(err, fmt.Errorf("sequences that no terminal of this kind knows: %q", unknown))
	}
	if err != nil {
		term.t.Errorf("%v\n%s", err, term.Screen())
	}
}
