package opener

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pkg/browser"

	"bursar/services"
)

// quiet keeps what a browser prints off the terminal: it would tear the screen.
// The library has nothing but package variables for it.
var quiet = sync.OnceFunc(func() {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
})

// Open opens an address in the browser. It returns when the browser's command has
// ended, or after the bound while that still runs; the command is waited for in
// any case, so that it leaves no zombie. No shell ever sees the address.
func (o *Opener) Open(ctx context.Context, address string) error {
	address, err := checked(address)
	if err != nil {
		return err
	}
	if ok, why := o.CanOpen(); !ok {
		return unavailable("No browser can be opened here: "+why+".", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, o.wait)
	defer cancel()
	failures := []error{}
	for _, start := range o.starters() {
		err := await(ctx, func() error { return start(address) })
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failures = append(failures, err)
	}
	return unavailable("The browser could not be started.", errors.Join(failures...))
}

// await runs a browser's command in a goroutine that ends with the command and
// holds nothing but it. A command that still runs at the bound has succeeded.
func await(ctx context.Context, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil
		}
		return ctx.Err()
	}
}

// starters are the ways to open an address here, in the order they are tried.
func (o *Opener) starters() []func(string) error {
	commands := o.commands()
	if o.browser == "" && o.wsl() {
		commands = windowsCommands()
	}
	var ways []func(string) error
	for _, c := range commands {
		ways = append(ways, c.run)
	}
	if o.browser == "" {
		ways = append(ways, func(address string) error {
			quiet()
			return browser.OpenURL(address)
		})
	}
	return ways
}

// command is a program with its arguments, one of which may hold %s.
type command []string

// run starts the program away from this terminal and waits for its end.
func (c command) run(address string) error {
	args, placed := make([]string, 0, len(c)), false
	fill := strings.NewReplacer("%s", address, "%%", "%")
	for _, a := range c[1:] {
		placed = placed || strings.Contains(a, "%s")
		args = append(args, fill.Replace(a))
	}
	if !placed {
		args = append(args, address)
	}
	cmd := exec.Command(c[0], args...) // no context: the browser outlives the call
	cmd.SysProcAttr = detached()
	cmd.WaitDelay = time.Second
	return cmd.Run()
}

// commands are the programs that BROWSER names and that exist here.
func (o *Opener) commands() []command {
	var list []command
	for _, item := range filepath.SplitList(o.browser) {
		item = strings.TrimSpace(item)
		if item == "" || item == "none" {
			continue
		}
		if path, err := exec.LookPath(item); err == nil { // a path with spaces in it
			list = append(list, command{path})
			continue
		}
		words := strings.Fields(item)
		if path, err := exec.LookPath(words[0]); err == nil {
			words[0] = path
			list = append(list, words)
		}
	}
	return list
}

// windowsCommands lead from Linux inside Windows to the Windows browser: the one
// made for it, else a part of Windows that takes an address without a shell.
func windowsCommands() []command {
	var list []command
	for _, c := range []command{{"wslview"}, {"rundll32.exe", "url.dll,FileProtocolHandler"}} {
		if path, err := exec.LookPath(c[0]); err == nil {
			c[0] = path
			list = append(list, c)
		}
	}
	return list
}

// systemBrowser reports whether one of the programs is there that the library
// tries on Linux and its relatives.
func systemBrowser() bool {
	for _, name := range []string{"xdg-open", "x-www-browser", "www-browser"} {
		if _, err := exec.LookPath(name); err == nil {
			return true
		}
	}
	return false
}

func unavailable(message string, err error) error {
	return &services.Error{Code: services.CodeUnavailable, Op: "opening the page", Message: message,
		Next: "Copy the address, or scan its QR code.", Err: err}
}
