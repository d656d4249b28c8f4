package cli_test

//go:generate go test -run TestPictures -update .

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bursar/config"
	"bursar/screens"
	"bursar/services"
	"bursar/services/app"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

// pictures are the README's: which keys lead to each, on the demo shop.
var pictures = []struct {
	name string
	keys []string
}{
	{"home", nil},
	{"products", []string{"4", " ", "down", " ", " ", "down", "down", " "}},
	{"customer", []string{"5", "text:chiara", "enter", "enter"}},
	{"logs", []string{"6", "down", "down"}},
	{"checkout", []string{"4", " ", "down", " ", " ", "7"}},
}

// TestPictures draws the README's pictures from the real screens on the real
// sandbox at a fixed time, and fails when the files are not what is drawn now.
func TestPictures(t *testing.T) {
	for _, p := range pictures {
		t.Run(p.name, func(t *testing.T) {
			shell := tuitest.StartShell(t, demoDesk(t), screens.Tabs(), screens.Factories(), theme.TrueColor, 100, 30)
			for _, k := range p.keys {
				shell.Keys(k)
				shell.Elapse(500 * time.Millisecond)
			}
			got := tuitest.SVG(shell.Model.View(), 100, 30, tuitest.SVGOptions{Title: "bursar demo"})
			path := filepath.Join("..", "docs", "pictures", p.name+".svg")
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the screen draws now; run go generate ./cli", path)
			}
		})
	}
}

// demoDesk opens a new sandbox at the tests' moment, with its events archived.
func demoDesk(t *testing.T) *services.Desk {
	t.Helper()
	home := t.TempDir()
	getenv := func(name string) string { return map[string]string{"BURSAR_HOME": home}[name] }
	paths, err := config.ResolvePaths(getenv, home)
	if err != nil {
		t.Fatal(err)
	}
	store := config.NewStore(paths)
	cfg, err := store.Load(config.Flags{}, getenv)
	if err != nil {
		t.Fatal(err)
	}
	desks := app.New(app.Options{Paths: paths, Store: store, Config: cfg, Getenv: getenv, Now: tuitest.Now, Log: slog.New(slog.DiscardHandler),
		Secrets: config.OpenSecrets(config.SecretOptions{Paths: paths, Getenv: getenv})})
	desk, _, err := desks.Open(context.Background(), services.SandboxProfile, app.Command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = desk.Close() })
	if _, err := desk.Logs.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	return desk
}
