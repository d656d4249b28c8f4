package config

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestResolvePaths(t *testing.T) {
	tests := []struct {
		name   string
		getenv func(string) string
		home   string
		want   Paths
		fails  bool
	}{
		{"one folder", env("BURSAR_HOME", "/b/", "XDG_DATA_HOME", "/x"), "/h", Paths{"/b", "/b/data", "/b/state"}, false},
		{"one folder needs no home", env("BURSAR_HOME", "/b"), "", Paths{"/b", "/b/data", "/b/state"}, false},
		{"relative folder", env("BURSAR_HOME", "b"), "/h", Paths{}, true},
		{"defaults", env(), "/h", Paths{"/h/.config/bursar", "/h/.local/share/bursar", "/h/.local/state/bursar"}, false},
		{"xdg", env("XDG_CONFIG_HOME", "/c", "XDG_DATA_HOME", "/d", "XDG_STATE_HOME", "/s"), "", Paths{"/c/bursar", "/d/bursar", "/s/bursar"}, false},
		{"relative xdg is ignored", env("XDG_CONFIG_HOME", "c"), "/h", Paths{"/h/.config/bursar", "/h/.local/share/bursar", "/h/.local/state/bursar"}, false},
		{"nothing", env(), "", Paths{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ResolvePaths(tt.getenv, tt.home)
			if (err != nil) != tt.fails || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func TestMakeIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folder modes mean nothing on Windows")
	}
	p, err := ResolvePaths(env("BURSAR_HOME", filepath.Join(t.TempDir(), "home")), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Make(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{p.Config, p.Data, p.State} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", dir, info, err)
		}
	}
}
