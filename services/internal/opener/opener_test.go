package opener

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pkg/browser"

	"bursar/services"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

// program writes a shell script that stands in for a browser and returns its path.
func program(t *testing.T, dir, name, body string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the browser of this test is a shell script")
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// recorder is a browser that writes its arguments, one a line, beside itself.
func recorder(t *testing.T, dir, name string) (path, log string) {
	log = filepath.Join(dir, name+".log")
	return program(t, dir, name, `echo noise; echo noise >&2; printf '%s\n' "$@" >"`+log+`.part"; mv "`+log+`.part" "`+log+`"`), log
}

func TestCanOpen(t *testing.T) {
	here := t.TempDir()
	mine, _ := recorder(t, here, "my-browser")
	recorder(t, here, "xdg-open")
	empty := t.TempDir()
	tests := []struct {
		name, os, path string
		getenv         func(string) string
		set            string
		ok             bool
		why            string
	}{
		{"display", "linux", here, env("DISPLAY", ":0"), "", true, ""},
		{"wayland", "freebsd", here, env("WAYLAND_DISPLAY", "wayland-0"), "", true, ""},
		{"no display", "linux", here, env(), "", false, "no display"},
		{"display without a browser", "linux", empty, env("DISPLAY", ":0"), "", false, "no browser found"},
		{"SSH", "linux", here, env("DISPLAY", ":0", "SSH_CONNECTION", "a b"), "", false, "over SSH"},
		{"SSH by terminal", "darwin", here, env("SSH_TTY", "/dev/pts/1"), "", false, "over SSH"},
		{"SSH by client", "windows", here, env("SSH_CLIENT", "a"), "", false, "over SSH"},
		{"SSH with BROWSER", "linux", empty, env("SSH_TTY", "x", "BROWSER", mine), "", true, ""},
		{"BROWSER without display", "linux", empty, env("BROWSER", mine+" --new %s"), "", true, ""},
		{"BROWSER second in the list", "linux", here, env("BROWSER", "absent:my-browser"), "", true, ""},
		{"BROWSER is not there", "linux", here, env("DISPLAY", ":0", "BROWSER", "absent"), "", false, "the browser that is set is not there"},
		{"BROWSER none", "linux", here, env("DISPLAY", ":0", "BROWSER", "none"), "", false, "turned off"},
		{"set wins over BROWSER", "linux", here, env("DISPLAY", ":0", "BROWSER", mine), "none", false, "turned off"},
		{"macOS", "darwin", empty, env(), "", true, ""},
		{"Windows", "windows", empty, env(), "", true, ""},
		{"Linux inside Windows", "linux", empty, env("WSL_DISTRO_NAME", "Debian"), "", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PATH", tt.path)
			ok, why := New(Options{Getenv: tt.getenv, Browser: tt.set, OS: tt.os}).CanOpen()
			if ok != tt.ok || why != tt.why {
				t.Errorf("got %v %q, want %v %q", ok, why, tt.ok, tt.why)
			}
		})
	}
}

func TestChecked(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1blpxYHZxWjA0%2FJ", "https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1blpxYHZxWjA0%2FJ"},
		{"HTTPS://Billing.stripe.com/p/session/x?a=1&b=%20", "https://Billing.stripe.com/p/session/x?a=1&b=%20"},
		{"http://127.0.0.1:12111/pay?x={y}", "http://127.0.0.1:12111/pay?x=%7By%7D"},
		{"http://localhost:1/", "http://localhost:1/"},
		{"http://[::1]:1/a", "http://[::1]:1/a"},
		{"https://example.com/a b;$(reboot)`id`|x&y'\"?q=';$(id)", "https://example.com/a%20b%3B%24%28reboot%29%60id%60%7Cx&y%27%22?q=%27%3B%24%28id%29"},
		{"https://example.com/é", "https://example.com/%C3%A9"},
	}
	for _, tt := range tests {
		if got, err := checked(tt.in); err != nil || got != tt.want {
			t.Errorf("%q: got %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"", "x", "--help", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://example.com/", "http://127.0.0.1.example.com/",
		"https://", "https:opaque", "https://user@evil.example/", "https://a:b@stripe.com/", "//stripe.com/", "ftp://stripe.com/", "https://ex ample.com/", "https://a$(id).com/", "https://exam\x1bple.com", "https://é.com/", "http://0x7f.1/"} {
		if got, err := checked(in); services.CodeOf(err) != services.CodeInvalid || services.AsError(err).Next == "" {
			t.Errorf("%q is allowed as %q (%v)", in, got, err)
		}
	}
}

// FuzzChecked: whatever is allowed is a plain web address that means the same when
// it is checked again.
func FuzzChecked(f *testing.F) {
	f.Add("https://checkout.stripe.com/c/pay/cs_test_a1#fid%2F?x")
	f.Add("http://127.0.0.1:1/a b?c=%%#d`e`")
	f.Add("https://a@b/")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := checked(in)
		if err != nil {
			return
		}
		if !strings.HasPrefix(got, "https://") && !strings.HasPrefix(got, "http://") || strings.ContainsAny(got, " \"'<>\\^`{|}$;()\n\x1b") {
			t.Errorf("%q became %q", in, got)
		}
		if again, err := checked(got); err != nil || again != got {
			t.Errorf("%q became %q and then %q, %v", in, got, again, err)
		}
	})
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		b, err := os.ReadFile(path)
		if err == nil {
			return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
		}
		if time.Now().After(deadline) {
			t.Fatalf("the browser was not started: %v", err)
		}
	}
}

func TestOpenWithBrowserCommand(t *testing.T) {
	const page = "https://checkout.stripe.com/pay/cs_1?a=b%20c&d=%%25#x%2Fy"
	dir := t.TempDir()
	path, log := recorder(t, dir, "web browser")
	plain, plainLog := recorder(t, dir, "plain")
	failing := program(t, dir, "failing", "exit 3")
	tests := []struct {
		name, browser, log string
		want               []string
	}{
		{"path with a space", path, log, []string{page}},
		{"address at the end", plain + " --new-window", plainLog, []string{"--new-window", page}},
		{"address in its place", plain + " --app=%s 100%% -x", plainLog, []string{"--app=" + page, "100%", "-x"}},
		{"next after one that is absent and one that fails", "absent:" + failing + ":" + plain, plainLog, []string{page}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_ = os.Remove(tt.log)
			if err := New(Options{Browser: tt.browser}).Open(t.Context(), page); err != nil {
				t.Fatal(err)
			}
			got := lines(t, tt.log)
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	plain, log := recorder(t, dir, "plain")
	failing := program(t, dir, "failing", "exit 3")
	tests := []struct {
		name, browser, address string
		code                   services.Code
	}{
		{"refused address", plain, "file:///etc/passwd", services.CodeInvalid},
		{"turned off", "none", "https://stripe.com/", services.CodeUnavailable},
		{"not there", "absent", "https://stripe.com/", services.CodeUnavailable},
		{"all fail", failing + ":" + failing, "https://stripe.com/", services.CodeUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := New(Options{Browser: tt.browser}).Open(t.Context(), tt.address)
			if services.CodeOf(err) != tt.code || services.AsError(err).Next == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := os.Stat(log); err == nil {
		t.Error("a refused address reached a browser")
	}
	_, log = recorder(t, dir, "xdg-open")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	err := New(Options{OS: "linux"}).Open(t.Context(), "https://stripe.com/")
	if services.CodeOf(err) != services.CodeUnavailable || !strings.Contains(err.Error(), "no display") {
		t.Errorf("without a display: %v", err)
	}
	if _, err := os.Stat(log); err == nil {
		t.Error("a browser was started without a display")
	}
}

// TestOpenIsBounded: a browser that stays open does not hold the caller, and is
// not ended by it.
func TestOpenIsBounded(t *testing.T) {
	dir := t.TempDir()
	fifo, done := filepath.Join(dir, "go"), filepath.Join(dir, "done")
	slow := program(t, dir, "slow", "while [ ! -e "+fifo+" ]; do sleep 0.01; done; : >"+done)
	if err := New(Options{Browser: slow, Wait: 20 * time.Millisecond}).Open(t.Context(), "https://stripe.com/"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fifo, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	lines(t, done)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = os.Remove(fifo)
	if err := New(Options{Browser: slow}).Open(ended, "https://stripe.com/"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller gave up: %v", err)
	}
	_ = os.WriteFile(fifo, nil, 0o600)
}

// TestOpenWithTheSystemsBrowser goes through the library and its choice.
func TestOpenWithTheSystemsBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("xdg-open is Linux's")
	}
	dir := t.TempDir()
	_, log := recorder(t, dir, "xdg-open")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := New(Options{Getenv: env("DISPLAY", ":0")}).Open(t.Context(), "https://stripe.com/x"); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, log); len(got) != 1 || got[0] != "https://stripe.com/x" {
		t.Errorf("arguments %q", got)
	}
	if browser.Stdout != io.Discard || browser.Stderr != io.Discard {
		t.Error("what a browser prints reaches the terminal")
	}

	dir2 := t.TempDir()
	_, log = recorder(t, dir2, "wslview")
	t.Setenv("PATH", dir2+":/bin:/usr/bin")
	if err := New(Options{Getenv: env("WSL_INTEROP", "x"), OS: "linux"}).Open(t.Context(), "https://stripe.com/y"); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, log); got[0] != "https://stripe.com/y" {
		t.Errorf("arguments %q", got)
	}
}
