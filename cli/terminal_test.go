package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"bursar/tui/tuitest/ptytest"
)

const homeScreen = `What would you like to do`

// A command that draws nothing asks the terminal nothing.
func TestCommandsLeaveTheTerminalAlone(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, args := range [][]string{{"version"}, {"--help"}, {"config", "exists"}} {
		term := h.open(ptytest.Options{Args: args, Mute: true})
		term.End()
		if strings.Contains(term.Raw(), "\x1b") {
			t.Errorf("bursar %s wrote a sequence: %q", args, term.Raw())
		}
	}
	term := h.open(ptytest.Options{Args: []string{"version"}, Mute: true})
	if code := term.End(); code != 0 || !regexp.MustCompile(`\Abursar \S+ \(go\S+, \S+, Stripe API 2023-10-16\)\r\n\z`).MatchString(term.Raw()) {
		t.Errorf("bursar version exits %d and writes %q", code, term.Raw())
	}
}

// A terminal that answers nothing shows the interface as fast as any other,
// because it is asked nothing.
func TestInterfaceAsksTheTerminalNothing(t *testing.T) {
	t.Parallel()
	term := newHome(t).open(ptytest.Options{Args: []string{"demo"}, Mute: true})
	term.Until(homeScreen)
	if asked := term.VT().Queries(); asked != nil {
		t.Errorf("the terminal was asked %q", asked)
	}
	term.Press("q")
	term.End()
}

// However it ends, the terminal is as it was.
func TestTerminalIsRestored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(*ptytest.Terminal)
		code int
	}{
		"quit":    {func(term *ptytest.Terminal) { term.Press("q") }, 0},
		"ctrl+c":  {func(term *ptytest.Terminal) { term.Press("ctrl+c") }, 0},
		"SIGINT":  {func(term *ptytest.Terminal) { term.Signal(os.Interrupt) }, 0},
		"SIGTERM": {func(term *ptytest.Terminal) { term.Signal(syscall.SIGTERM) }, 0},
		"SIGHUP":  {func(term *ptytest.Terminal) { term.Signal(syscall.SIGHUP) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := newHome(t).open(ptytest.Options{Args: []string{"demo"}})
			term.Until(homeScreen)
			if len(term.VT().Left()) == 0 {
				t.Fatal("the interface turned no mode on, so this test would notice nothing")
			}
			c.end(term)
			if code := term.End(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			term.Restored()
		})
	}
}

// A panic ends the program with the terminal restored.
func TestTerminalIsRestoredAfterPanic(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	term := ptytest.Start(t, ptytest.Options{Path: self, Env: []string{panicRequest + "=1", "HOME=" + t.TempDir(), "BURSAR_HOME=" + filepath.Join(t.TempDir(), "b")}})
	if code := term.End(); code == 0 {
		t.Errorf("a program that panicked exits %d:\n%s", code, term.Raw())
	}
	if !strings.Contains(term.Raw(), "?1049h") {
		t.Fatalf("the interface never started:\n%s", term.Raw())
	}
	term.Restored()
}

// ctrl+z gives the shell its terminal back, and fg brings the screen back.
func TestSuspendAndComeBack(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	shell := ptytest.Start(t, ptytest.Options{Path: "/bin/sh", Args: []string{"-i"}, Env: append(h.env, "PS1=shell> ", "PROGRAM="+program)})
	shell.Until(`^shell>$`)
	shell.Press(`text:"$PROGRAM" demo`, "enter")
	shell.Until(homeScreen)
	shell.Press("4")
	shell.Until(`Copper Gooseneck`)
	shell.Press("ctrl+z")
	shell.Until(`^shell>$`)
	shell.Restored()
	shell.Press("text:fg", "enter")
	shell.Until(`Copper Gooseneck(?s:.*)\? help`)
	shell.Press("q")
	shell.Until(`^shell>$`)
	shell.Restored()
	shell.Press("text:exit", "enter")
	shell.End()
}

func TestResize(t *testing.T) {
	t.Parallel()
	term := newHome(t).open(ptytest.Options{Args: []string{"demo"}, Cols: 120, Rows: 40})
	term.Until(homeScreen)
	term.Press("4")
	term.Until(`House Blend`)
	term.Resize(30, 8)
	term.Until(`(?i)too small|larger|30x8|30 x 8|30×8`)
	term.Resize(80, 24)
	term.Until(`▸ ✓ +Copper(?s:.*)\? help`)
	term.Gone(`(?i)too small`)
	term.Resize(40, 12)
	term.Until(`Copper`)
	term.Press("q")
	if code := term.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.Restored()
}

// Keys that arrive together, as over a slow line, all count.
func TestKeysThatArriveTogether(t *testing.T) {
	t.Parallel()
	term := newHome(t).open(ptytest.Options{Args: []string{"demo"}})
	term.Until(homeScreen)
	term.Press("4")
	term.Until(`▸ ✓ +Copper Gooseneck`)
	term.Press("text:jjj")
	term.Until(`▸ ✓ +Bean Club`)
	term.Press("text:/tetsu", "enter")
	term.Until(`▸ ✓ +Tetsubin`)
}

func TestColours(t *testing.T) {
	t.Parallel()
	colour := regexp.MustCompile(`\x1b\[(\d+;)*[34][0-8](;\d+)*m`)
	for name, c := range map[string]struct {
		env      []string
		coloured bool
	}{
		"truecolor":        {[]string{"COLORTERM=truecolor"}, true},
		"256":              {nil, true},
		"NO_COLOR":         {[]string{"NO_COLOR=1"}, false},
		"TERM=dumb":        {[]string{"TERM=dumb"}, false},
		"CI, as in a test": {[]string{"CI=1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := newHome(t).open(ptytest.Options{Args: []string{"demo"}, Env: c.env})
			term.Until(homeScreen)
			if got := colour.MatchString(term.Raw()); got != c.coloured {
				t.Errorf("colours: %t, want %t", got, c.coloured)
			}
			term.Until(`(?m)^[▸>*]`) // the selection is visible without colours
			term.Press("ctrl+c")
			term.End()
			term.Restored()
		})
	}
}

// The interface without a terminal says so and what to use instead.
func TestInterfaceNeedsATerminal(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.run().exits(2).complains(`needs a terminal.*bursar demo`)

	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // a test's file
	ctx, cancel := context.WithTimeout(context.Background(), ptytest.Deadline)
	defer cancel()
	cmd := h.command(ctx)
	keyboard, typed, err := pty.Open() // keys from a terminal, output to a file
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close() //nolint:errcheck // a test's terminal
	defer typed.Close()    //nolint:errcheck // a test's terminal
	cmd.Stdin, cmd.Stdout = typed, file
	started := time.Now()
	_ = cmd.Run() // its code is looked at
	if code := ptytest.Code(cmd.ProcessState); code != 2 {
		t.Errorf("with stdout in a file it exits %d after %s", code, time.Since(started))
	}
}
