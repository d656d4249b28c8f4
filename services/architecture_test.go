package services_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The rules of the house: who may import whom, and what the interface must never
// do. They hold because this test reads the program, not because anybody
// remembers them.

// module is the path that every package of the program begins with.
const module = "bursar"

// room is one package as "go list" tells it.
type room struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// path is the package's path inside the module; "" for main.
func (r room) path() string { return strings.TrimPrefix(strings.TrimPrefix(r.ImportPath, module), "/") }

func (r room) in(folder string) bool {
	return r.path() == folder || strings.HasPrefix(r.path(), folder+"/")
}

// rooms lists every package. What does not build yet is still listed.
func rooms(t *testing.T) []room {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = ".."
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, failure.String())
	}
	var all []room
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var r room
		err := d.Decode(&r)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// standard reports whether a package is of the standard library.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first != module && !strings.Contains(first, ".")
}

// under reports whether a path is one of the folders or below one.
func under(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

// internalRoom is the X of "services/internal/X/…", or "".
func internalRoom(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/services/internal/")
	if !ok {
		return ""
	}
	x, _, _ := strings.Cut(rest, "/")
	return x
}

const (
	charm    = "github.com/charmbracelet"
	stripeGo = "github.com/stripe/stripe-go"
)

// mayImport is the rule for one import of one package: "" or what is wrong.
func mayImport(r room, imported string) string {
	own := strings.HasPrefix(imported, module+"/")
	switch {
	case under(imported, stripeGo+"/v76", stripeGo) && !r.in("services/internal/stripegw"):
		return "only stripegw imports stripe-go"
	case imported == "text/template" || imported == "html/template":
		return "a template keeps every method of every type in the binary; pages are written with gomponents"
	case r.in("config"):
		if own || under(imported, charm, "github.com/spf13", "modernc.org", "net/http") {
			return "config imports the standard library and its file and keyring libraries"
		}
	case r.path() == "services":
		if !standard(imported) {
			return "the root of services imports the standard library only"
		}
	case r.in("services/internal"):
		x := internalRoom(r.ImportPath)
		if own && imported != module+"/services" && imported != module+"/config" && internalRoom(imported) != x {
			return "an implementation imports services, config and its own room"
		}
		if under(imported, charm, "github.com/spf13") {
			return "an implementation has no face"
		}
	case r.in("services/app"):
		if own && !under(imported, module+"/services", module+"/config") {
			return "app wires services and config"
		}
	case r.in("tui"):
		return mayImportTUI(r, imported, own)
	case r.in("screens"):
		return mayImportScreens(r, imported, own)
	case r.in("cli"):
		if own && !under(imported, module+"/config", module+"/services", module+"/services/app", module+"/tui", module+"/screens") || internalRoom(imported) != "" {
			return "cli imports config, services, app, tui and screens"
		}
	case r.path() == "":
		if own && !under(imported, module+"/cli", module+"/config", module+"/tui/early") {
			return "main hands over to cli"
		}
	}
	return ""
}

func mayImportTUI(r room, imported string, own bool) string {
	switch {
	case own && imported != module+"/services" && !under(imported, module+"/tui"):
		return "tui imports services' root and itself"
	case r.in("tui/tuitest"):
		return "" // stands in for everything around a screen
	case !own && !standard(imported) && !under(imported, charm, "github.com/muesli/termenv", "github.com/sahilm/fuzzy"):
		return "tui imports the charm libraries"
	case under(imported, "net", "database/sql", "log", "os") && !(r.in("tui/early") && imported == "os"):
		return "tui touches nothing of the system"
	case imported == module+"/tui/tuitest":
		return "the stand-ins of tests are for tests"
	}
	return ""
}

func mayImportScreens(r room, imported string, own bool) string {
	switch {
	case own && r.path() == "screens" && under(imported, module+"/screens", module+"/tui"):
		return "" // the registry
	case own && imported != module+"/services" && !under(imported, module+"/tui"):
		return "a screen imports tui and services, and no other screen"
	case imported == module+"/tui/tuitest":
		return "the stand-ins of tests are for tests"
	case !own && !standard(imported) && !under(imported, charm):
		return "a screen imports the charm libraries"
	case under(imported, "net", "database/sql", "log", "os"):
		return "a screen touches nothing of the system"
	}
	return ""
}

func TestImportRules(t *testing.T) {
	all := rooms(t)
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	for _, r := range all {
		for _, imported := range r.Imports {
			if wrong := mayImport(r, imported); wrong != "" {
				t.Errorf("%s imports %s: %s", r.ImportPath, imported, wrong)
			}
		}
	}
}

// TestImportRulesRefuse keeps the rules themselves honest.
func TestImportRulesRefuse(t *testing.T) {
	for _, c := range [][2]string{
		{"config", module + "/services"}, {"services", "github.com/pkg/errors"}, {"services/internal/archive", module + "/services/internal/webhook"},
		{"services/internal/archive", stripeGo + "/v76"}, {"services/internal/sandbox/pages", module + "/services/internal/stripegw"},
		{"services/internal/desk", module + "/services/app"}, {"tui/widget", module + "/screens/home"}, {"tui", module + "/services/app"}, {"tui", "net/http"},
		{"tui/theme", "os"}, {"tui", "modernc.org/sqlite"}, {"screens/home", module + "/screens/setup"}, {"screens/home", module + "/config"},
		{"screens/home", "net/http"}, {"screens/home", "os"}, {"screens/home", module + "/tui/tuitest"}, {"screens", module + "/config"},
		{"cli", module + "/services/internal/sandbox"}, {"cli", stripeGo + "/v76/client"}, {"", module + "/services"},
		{"services/internal/returns", "html/template"}, {"cli", "text/template"},
	} {
		r := room{ImportPath: strings.TrimSuffix(module+"/"+c[0], "/")}
		if mayImport(r, c[1]) == "" {
			t.Errorf("%q may import %s", c[0], c[1])
		}
	}
	for _, c := range [][2]string{
		{"services/internal/archive", module + "/services/internal/archive/where"}, {"services/internal/stripegw", stripeGo + "/v76"},
		{"tui/early", "os"}, {"screens", module + "/screens/home"}, {"services/app", module + "/services/internal/sandbox"}, {"screens/home", "time"},
	} {
		if wrong := mayImport(room{ImportPath: module + "/" + c[0]}, c[1]); wrong != "" {
			t.Errorf("%q may not import %s: %s", c[0], c[1], wrong)
		}
	}
}

// TestFileLengths keeps every file short enough to be read in one go.
func TestFileLengths(t *testing.T) {
	const most = 500
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := bytes.Count(text, []byte("\n")); n > most {
			t.Errorf("%s has %d lines, the most is %d", path, n, most)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestForbiddenCode reads tui and screens for what design.md forbids there, and
// everything for who reads the environment.
func TestForbiddenCode(t *testing.T) {
	for _, r := range rooms(t) {
		face := (r.in("tui") || r.in("screens")) && !r.in("tui/tuitest")
		reader := r.in("cli") || r.path() == "" || r.in("tui/early")
		files := token.NewFileSet()
		var parsed []*ast.File
		for _, name := range r.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(r.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			parsed = append(parsed, f)
		}
		var found []finding
		for _, f := range parsed {
			if face {
				found = append(found, forbidden(f, neverInFaces)...)
			}
			if !reader {
				found = append(found, forbidden(f, neverOutsideCLI)...)
			}
		}
		if face {
			found = append(found, mutableVars(parsed)...)
		}
		for _, x := range found {
			t.Errorf("%s: %s", files.Position(x.at), x.what)
		}
	}
}
