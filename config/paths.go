package config

import (
	"os"
	"path/filepath"
)

// Paths are the three folders bursar writes to. All of it is private: folders
// 0700, files 0600.
type Paths struct {
	Config string // settings
	Data   string // archives, product sources, encrypted secrets, the sandbox
	State  string // locks and logs: can be deleted
}

// ResolvePaths finds the folders: BURSAR_HOME for all three, otherwise
// XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME with the defaults of the XDG
// Base Directory Specification 0.8 below home (a relative XDG path is ignored,
// as it asks). It makes nothing.
func ResolvePaths(getenv func(string) string, home string) (Paths, error) {
	if one := getenv("BURSAR_HOME"); one != "" {
		if !filepath.IsAbs(one) {
			return Paths{}, invalid("BURSAR_HOME", "BURSAR_HOME is not an absolute path.", "Set it to a whole path, such as /home/me/bursar.")
		}
		one = filepath.Clean(one)
		return Paths{Config: one, Data: filepath.Join(one, "data"), State: filepath.Join(one, "state")}, nil
	}
	missing := false
	folder := func(name string, fallback ...string) string {
		if dir := getenv(name); filepath.IsAbs(dir) {
			return filepath.Join(dir, "bursar")
		}
		missing = missing || !filepath.IsAbs(home)
		return filepath.Join(append(append([]string{home}, fallback...), "bursar")...)
	}
	p := Paths{
		Config: folder("XDG_CONFIG_HOME", ".config"),
		Data:   folder("XDG_DATA_HOME", ".local", "share"),
		State:  folder("XDG_STATE_HOME", ".local", "state"),
	}
	if missing {
		return Paths{}, &Error{Message: "There is no home folder to keep settings in.", Next: "Set HOME, or BURSAR_HOME to a folder of its own."}
	}
	return p, nil
}

// ConfigFile is the settings file.
func (p Paths) ConfigFile() string { return filepath.Join(p.Config, "config.toml") }

// Secrets is the folder of passphrase-protected secret files.
func (p Paths) Secrets() string { return filepath.Join(p.Data, "secrets") }

// Products is the folder of the product sources.
func (p Paths) Products() string { return filepath.Join(p.Data, "products") }

// Profile is the folder of a profile's own data, such as its archive.
func (p Paths) Profile(name string) string { return filepath.Join(p.Data, "profiles", name) }

// Archive is where a profile's events are kept: the place it names, a path or a
// PostgreSQL URL, or "archive.db" in its own folder.
func (p Paths) Archive(pr Profile) string {
	if pr.Archive != "" {
		return pr.Archive
	}
	return filepath.Join(p.Profile(pr.Name), "archive.db")
}

// Sandbox is the folder of the embedded server's state.
func (p Paths) Sandbox() string { return filepath.Join(p.Data, "sandbox") }

// Make makes the three folders.
func (p Paths) Make() error {
	for _, dir := range []string{p.Config, p.Data, p.State} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fileError("The folder "+dir+" cannot be made", err)
		}
	}
	return nil
}
