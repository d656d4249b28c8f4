package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Source says in words where a value came from: "flag --theme", "environment
// BURSAR_PROFILE", "file /home/me/.config/bursar/config.toml", "default".
type Source string

// FromDefault is the source of a value that nobody set.
const FromDefault Source = "default"

// FromFlag is the source of a command's flag.
func FromFlag(name string) Source { return Source("flag --" + name) }

// FromEnv is the source of an environment variable.
func FromEnv(name string) Source { return Source("environment " + name) }

// FromFile is the source of a file.
func FromFile(path string) Source { return Source("file " + path) }

// Value is a setting and where it came from.
type Value[T any] struct {
	V    T
	From Source
}

// Config is every setting as it counts now: flags over environment over file
// over default.
type Config struct {
	File    string        // the settings file, whether it exists or not
	Profile Value[string] // the current profile's name; empty when none is chosen
	Theme   Value[string] // auto, dark, light, mono
	Icons   Value[string] // auto, unicode, ascii
	Mouse   Value[bool]
	Browser Value[string] // a command list as in BROWSER, "none", or empty for the system's
	APIBase Value[string] // in place of every profile's; loopback only; usually empty
	// Unknown are the file's keys that bursar does not know, in order. They are
	// kept in the file.
	Unknown []UnknownKey

	profiles map[string]Profile
}

// UnknownKey is a key of the settings file that means nothing to bursar.
type UnknownKey struct {
	Key  string // dotted, such as "profiles.shop.colour"
	Line int    // 1-based
}

// Flags are what a command line says; the zero value says nothing.
type Flags struct {
	Profile string
	Theme   string
	Icons   string
	Browser string
	NoMouse bool
}

// Get returns a configured profile. The sandbox is not one of them.
func (c Config) Get(name string) (Profile, bool) {
	p, ok := c.profiles[name]
	return p, ok
}

// Profiles returns the configured profiles by name.
func (c Config) Profiles() []Profile {
	all := make([]Profile, 0, len(c.profiles))
	for _, p := range c.profiles {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Base returns where a profile's API calls go: empty for Stripe itself.
func (c Config) Base(p Profile) Value[string] {
	switch {
	case c.APIBase.V != "":
		return c.APIBase
	case p.APIBase != "":
		return Value[string]{p.APIBase, FromFile(c.File)}
	}
	return Value[string]{"", FromDefault}
}

// WebhookURL is where Stripe delivers a profile's events: a base address with
// the path of Fliplet's webhook URL (spec/fliplet-payments, section 1) and the
// profile's token. base is the profile's own, or else the receiver's address.
func (p Profile) WebhookURL(listening string) string {
	base := p.WebhookBase
	if base == "" {
		base = listening
	}
	if base == "" || p.WebhookToken == "" {
		return ""
	}
	return strings.TrimRight(base, "/") + WebhookPath + url.PathEscape(p.WebhookToken)
}

// WebhookPath is the path of the webhook receiver before a profile's token.
const WebhookPath = "/v1/billing/webhook/apps/"

// file is the settings file's content. Empty means not set.
type file struct {
	Version  int                `toml:"version"`
	Profile  string             `toml:"profile,omitempty"`
	Theme    string             `toml:"theme,omitempty"`
	Icons    string             `toml:"icons,omitempty"`
	Mouse    *bool              `toml:"mouse,omitempty"`
	Browser  string             `toml:"browser,omitempty"`
	Profiles map[string]Profile `toml:"profiles,omitempty"`
}

// resolve lays the layers over one another.
func resolve(path string, f file, flags Flags, getenv func(string) string) (Config, error) {
	from := FromFile(path)
	pick := func(flag, flagValue, env, fileValue, fallback string) Value[string] {
		switch {
		case flagValue != "":
			return Value[string]{flagValue, FromFlag(flag)}
		case env != "" && getenv(env) != "":
			return Value[string]{getenv(env), FromEnv(env)}
		case fileValue != "":
			return Value[string]{fileValue, from}
		}
		return Value[string]{fallback, FromDefault}
	}
	c := Config{
		File:     path,
		Profile:  pick("profile", flags.Profile, "BURSAR_PROFILE", f.Profile, ""),
		Theme:    pick("theme", flags.Theme, "BURSAR_THEME", f.Theme, "auto"),
		Icons:    pick("icons", flags.Icons, "BURSAR_ICONS", f.Icons, "auto"),
		Browser:  pick("browser", flags.Browser, "BROWSER", f.Browser, ""),
		APIBase:  pick("", "", "BURSAR_STRIPE_API_BASE", "", ""),
		Mouse:    Value[bool]{true, FromDefault},
		profiles: f.Profiles,
	}
	switch {
	case flags.NoMouse:
		c.Mouse = Value[bool]{false, FromFlag("no-mouse")}
	case f.Mouse != nil:
		c.Mouse = Value[bool]{*f.Mouse, from}
	}
	return c, c.check()
}

// check refuses what cannot be used and says where it was set.
func (c Config) check() error {
	if err := oneOf("theme", c.Theme, "auto", "dark", "light", "mono"); err != nil {
		return err
	}
	if err := oneOf("icons", c.Icons, "auto", "unicode", "ascii"); err != nil {
		return err
	}
	if err := CheckAPIBase(c.APIBase.V); err != nil {
		return setIn(err, c.APIBase.From)
	}
	if c.Profile.V != "" && c.Profile.V != SandboxProfile && !profileName.MatchString(c.Profile.V) {
		return setIn(CheckProfileName(c.Profile.V), c.Profile.From)
	}
	return nil
}

func oneOf(field string, v Value[string], allowed ...string) error {
	if slices.Contains(allowed, v.V) {
		return nil
	}
	return setIn(invalid(field, "The "+field+" "+quote(v.V)+" does not exist.", "Use one of: "+strings.Join(allowed, ", ")+"."), v.From)
}

// setIn adds where the value was set to an error.
func setIn(err error, from Source) error {
	e := *err.(*Error) // every check of this package returns one
	e.Message = strings.TrimSuffix(e.Message, ".") + " (" + string(from) + ")."
	return &e
}

// quote makes a value safe to repeat in a message: escaped and short.
func quote(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return strconv.QuoteToGraphic(s)
}
