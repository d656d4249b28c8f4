package config

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// fileHead begins a new settings file.
const fileHead = "# Settings of bursar. Edit by hand or with \"bursar config\"; keys and secrets are kept elsewhere.\n"

// Store is the settings file.
type Store struct {
	path string
	lock string
}

// NewStore returns the settings file in these folders. It touches nothing.
func NewStore(p Paths) *Store {
	return &Store{path: p.ConfigFile(), lock: filepath.Join(p.State, "config.lock")}
}

// Load reads the settings and lays flags and environment over them. A file that
// does not exist is an empty one. A damaged file, a value that cannot be used
// and a file of a newer bursar are an *Error with the line.
func (s *Store) Load(flags Flags, getenv func(string) string) (Config, error) {
	_, f, unknown, err := s.read()
	if err != nil {
		return Config{}, err
	}
	c, err := resolve(s.path, f, flags, getenv)
	c.Unknown = unknown
	return c, err
}

// SaveProfile changes a profile, or makes it: change gets it as it is in the
// file at that moment, so two processes that save at once both win. An error of
// change is returned and nothing is saved. A profile without a webhook token gets one.
func (s *Store) SaveProfile(ctx context.Context, name string, change func(*Profile) error) error {
	return s.update(ctx, func(f *file) error {
		p := f.Profiles[name]
		p.Name = name
		if err := change(&p); err != nil {
			return err
		}
		p.Name = name
		if p.WebhookToken == "" {
			p.WebhookToken = NewWebhookToken()
		}
		p.VerifiedAt = p.VerifiedAt.UTC().Truncate(time.Second)
		if err := p.Check(); err != nil {
			return err
		}
		f.Profiles[name] = p
		return nil
	})
}

// RemoveProfile takes a profile out of the file; when it was the current one,
// none is current afterwards. Its secrets and its archive stay.
func (s *Store) RemoveProfile(ctx context.Context, name string) error {
	return s.update(ctx, func(f *file) error {
		if _, ok := f.Profiles[name]; !ok {
			return noProfile(name)
		}
		delete(f.Profiles, name)
		if f.Profile == name {
			f.Profile = ""
		}
		return nil
	})
}

// UseProfile makes a profile, or the sandbox, the current one.
func (s *Store) UseProfile(ctx context.Context, name string) error {
	return s.update(ctx, func(f *file) error {
		if _, ok := f.Profiles[name]; !ok && name != SandboxProfile {
			return noProfile(name)
		}
		f.Profile = name
		return nil
	})
}

// Settings are the values that are not a profile's, as they are in the file.
// Empty and nil mean not set.
type Settings struct {
	Theme   string
	Icons   string
	Mouse   *bool
	Browser string
}

// SaveSettings changes the settings that belong to no profile.
func (s *Store) SaveSettings(ctx context.Context, change func(*Settings)) error {
	return s.update(ctx, func(f *file) error {
		v := Settings{f.Theme, f.Icons, f.Mouse, f.Browser}
		change(&v)
		f.Theme, f.Icons, f.Mouse, f.Browser = v.Theme, v.Icons, v.Mouse, v.Browser
		_, err := resolve(s.path, *f, Flags{}, func(string) string { return "" })
		return err
	})
}

func noProfile(name string) error {
	return &Error{Field: "profile", Message: "There is no profile " + quote(name) + ".", Next: "See which there are with: bursar config list.", Err: ErrNoProfile}
}

// update reads, changes and writes the file under the lock. A file that cannot
// be read is never written.
func (s *Store) update(ctx context.Context, change func(*file) error) error {
	return locked(ctx, s.lock, func() error {
		doc, was, _, err := s.read()
		if err != nil {
			return err
		}
		want := was
		want.Version = fileVersion
		want.Profiles = maps.Clone(was.Profiles)
		if err := change(&want); err != nil {
			return err
		}
		if len(doc.src) == 0 {
			doc.src = []byte(fileHead)
		}
		next, err := rewrite(doc, was, want)
		if err != nil || bytes.Equal(next, doc.src) {
			return err
		}
		if err := writeFile(s.path, next); err != nil {
			return fileError("The settings cannot be saved in "+s.path, err)
		}
		return nil
	})
}

// rewrite changes the text in place, and makes sure that it then says exactly
// what is wanted.
func rewrite(doc *document, was, want file) ([]byte, error) {
	from, err := canonical(was)
	if err != nil {
		return nil, err
	}
	to, err := canonical(want)
	if err != nil {
		return nil, err
	}
	next := doc.change(from, to)
	if _, back, _, err := decode("", next); err == nil {
		if again, err := canonical(back); err == nil && bytes.Equal(again.src, to.src) {
			return next, nil
		}
	}
	return nil, &Error{
		Message: "The settings file is written in a way that bursar cannot change in place.",
		Next:    "Write each profile as a table of its own, [profiles.NAME], with one key a line.",
	}
}

// canonical is how bursar itself would write the file.
func canonical(f file) (*document, error) {
	src, err := toml.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encoding the settings: %w", err)
	}
	return parse(src)
}
