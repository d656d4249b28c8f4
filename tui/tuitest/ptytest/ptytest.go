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

// quiet is how long there is no output when a frame has ended.
const quiet = 40 * time.Millisecond

// Quiet waits until nothing has been drawn for a while.
func (term *Terminal) Quiet() {
	for wait := quiet; wait > 0; wait = quiet - time.Since(term.Last()) {
		time.Sleep(wait) // silence is what is waited for
	}
}

// Reaction is what a key led to: when the first and the last output came, and
// how much it was. A key that led to nothing has 0 bytes.
type Reaction struct {
	First, Last time.Time
	Bytes       int
}

// React presses a key on a quiet screen and returns what it led to.
func (term *Terminal) React(key string) Reaction {
	term.t.Helper()
	term.mu.Lock()
	before, changed := len(term.raw), term.changed
	term.mu.Unlock()
	term.Press(key)
	select {
	case <-changed:
	case <-time.After(10 * quiet):
		return Reaction{}
	}
	r := Reaction{First: term.Last()}
	term.Quiet()
	term.mu.Lock()
	defer term.mu.Unlock()
	r.Last, r.Bytes = term.last, len(term.raw)-before
	return r
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

// named are the keys that are not a character.
var named = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "esc": "\x1b", "space": " ", "backspace": "\x7f",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
}

// Press types keys by name ("down", "enter", "a", "ctrl+c"); "text:abc" types
// abc, "paste:abc" pastes it as a terminal with bracketed paste does.
func (term *Terminal) Press(keys ...string) {
	term.t.Helper()
	for _, k := range keys {
		if _, err := term.pty.WriteString(bytesOf(k)); err != nil {
			term.t.Fatalf("pressing %s: %v\n%s", k, err, term.Screen())
		}
	}
}

func bytesOf(key string) string {
	if text, ok := strings.CutPrefix(key, "text:"); ok {
		return text
	}
	if text, ok := strings.CutPrefix(key, "paste:"); ok {
		return "\x1b[200~" + text + "\x1b[201~"
	}
	if letter, ok := strings.CutPrefix(key, "ctrl+"); ok && len(letter) == 1 {
		return string(letter[0] & 0x1f)
	}
	if s, ok := named[key]; ok {
		return s
	}
	return key
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
