// Package opener leads a person to a web page: in their browser where one is
// likely to appear in front of them, otherwise by a QR code.
package opener

import (
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"time"

	"bursar/services"
)

// openWait is how long Open watches a browser that was started, unless told
// otherwise: one that has not failed by then counts as open.
const openWait = 3 * time.Second

// Options are what an Opener has to know about where it runs.
type Options struct {
	// Getenv reads the environment; nil is an empty one.
	Getenv func(string) string
	// Browser is what a person set in place of the system's browser, in the form of
	// BROWSER: commands separated by colons (semicolons on Windows), each with %s
	// where the address goes, or "none". Empty: BROWSER itself counts.
	Browser string
	// Shorten returns a shorter address of the same page, or the same one. It may
	// be nil.
	Shorten func(address string) string
	// Wait bounds Open; 0 means 3 seconds.
	Wait time.Duration
	// OS is Go's name of the operating system; empty means this one.
	OS string
}

// Opener implements services.Links.
type Opener struct {
	getenv  func(string) string
	browser string
	shorten func(string) string
	wait    time.Duration
	os      string
}

var _ services.Links = (*Opener)(nil)

// New returns an Opener. It starts nothing.
func New(o Options) *Opener {
	op := &Opener{getenv: o.Getenv, browser: o.Browser, shorten: o.Shorten, wait: o.Wait, os: o.OS}
	if op.getenv == nil {
		op.getenv = func(string) string { return "" }
	}
	if op.browser == "" {
		op.browser = op.getenv("BROWSER")
	}
	if op.wait <= 0 {
		op.wait = openWait
	}
	if op.os == "" {
		op.os = runtime.GOOS
	}
	return op
}

// CanOpen reports whether a browser is likely to appear where the person is, and
// if not, why. A browser that a person named counts wherever they are: an editor
// that is connected over SSH names one that opens at the other end.
func (o *Opener) CanOpen() (ok bool, why string) {
	if o.browser == "none" {
		return false, "turned off"
	}
	if o.browser != "" {
		if len(o.commands()) == 0 {
			return false, "the browser that is set is not there"
		}
		return true, ""
	}
	if o.getenv("SSH_CONNECTION") != "" || o.getenv("SSH_TTY") != "" || o.getenv("SSH_CLIENT") != "" {
		return false, "over SSH"
	}
	if o.os == "darwin" || o.os == "windows" {
		return true, ""
	}
	if o.wsl() {
		return true, ""
	}
	if o.getenv("DISPLAY") == "" && o.getenv("WAYLAND_DISPLAY") == "" {
		return false, "no display"
	}
	if !systemBrowser() {
		return false, "no browser found"
	}
	return true, ""
}

// wsl reports whether this is Linux inside Windows, whose browsers need no
// display here.
func (o *Opener) wsl() bool {
	return o.os == "linux" && (o.getenv("WSL_DISTRO_NAME") != "" || o.getenv("WSL_INTEROP") != "")
}

// checked takes an address apart and builds it anew from its parts, with
// everything escaped that means something to a shell or a terminal: https, or
// http on this machine.
func checked(address string) (string, error) {
	const op = "opening the page"
	refuse := func(why string) (string, error) {
		return "", &services.Error{Code: services.CodeInvalid, Op: op, Field: "url", Message: why, Next: "Only pages of Stripe and of this machine are opened from here."}
	}
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return refuse("This is not a web address.")
	}
	switch {
	case u.User != nil:
		return refuse("The address carries a user name, which can pretend to be another site.")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return refuse("The address is not encrypted (http).")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("The address is not one of a web page (https).")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("%\"'<>\\^`{|}$;&()!*,", r) }):
		return refuse("The address names no proper host.")
	}
	var b strings.Builder
	b.WriteString(u.Scheme + "://" + u.Host + escaped(u.EscapedPath()))
	if u.RawQuery != "" {
		b.WriteString("?" + escaped(u.RawQuery))
	}
	if u.Fragment != "" {
		b.WriteString("#" + escaped(u.EscapedFragment()))
	}
	return b.String(), nil
}

// escaped percent-encodes what may not stand in an address as it is (RFC 3986),
// and the quotes and signs that a careless browser script might hand to a shell.
func escaped(part string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(part); i++ {
		c := part[i]
		if c <= ' ' || c > '~' || strings.IndexByte("\"'<>\\^`{|}$;()!*", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}
