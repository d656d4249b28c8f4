package services_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// finding is one forbidden thing in a file.
type finding struct {
	at   token.Pos
	what string
}

// neverInFaces are the names that tui and screens must not use, by import path; a
// name that ends in "*" stands for all that begin so.
var neverInFaces = map[string][]string{
	"github.com/charmbracelet/lipgloss":  {"NewStyle", "DefaultRenderer", "SetDefaultRenderer", "ColorProfile", "HasDarkBackground"},
	"github.com/charmbracelet/bubbletea": {"Suspend", "ExecProcess", "Exec"},
	"time":                               {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"},
	"os":                                 {"Stdout", "Stderr", "Stdin", "Exit"},
	"fmt":                                {"Print", "Println", "Printf"},
	"log":                                {"*"},
	"log/slog":                           {"*"},
}

// neverOutsideCLI is how the environment is read.
var neverOutsideCLI = map[string][]string{"os": {"Getenv", "LookupEnv", "Environ", "ExpandEnv"}}

// forbidden lists the forbidden names that a file uses, and its go statements
// when faces are judged.
func forbidden(f *ast.File, rules map[string][]string) []finding {
	imports := map[string]string{}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		if name == "bubbletea" {
			name = "tea"
		}
		imports[name] = path
	}
	var found []finding
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if len(rules["fmt"]) > 0 {
				found = append(found, finding{n.Pos(), "a go statement: only commands run in the background"})
			}
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			names := rules[imports[pkg.Name]]
			if slices.Contains(names, n.Sel.Name) || slices.Contains(names, "*") {
				found = append(found, finding{n.Pos(), pkg.Name + "." + n.Sel.Name + " is not used here"})
			}
		}
		return true
	})
	return found
}

// mutableVars lists the package variables of one package that something writes
// to. Those that nothing writes to are constants that Go has no word for.
func mutableVars(files []*ast.File) []finding {
	vars := map[string]bool{}
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					vars[name.Name] = name.Name != "_"
				}
			}
		}
	}
	var found []finding
	written := func(e ast.Expr) {
		if name := root(e); name != nil && vars[name.Name] {
			found = append(found, finding{e.Pos(), "the package variable " + name.Name + " is written to"})
		}
	}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			local := locals(fn)
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				check := func(e ast.Expr) {
					if name := root(e); name != nil && !local[name.Name] {
						written(e)
					}
				}
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, e := range n.Lhs {
						check(e)
					}
				case *ast.IncDecStmt:
					check(n.X)
				case *ast.UnaryExpr:
					if n.Op == token.AND {
						check(n.X)
					}
				case *ast.CallExpr:
					if name, ok := n.Fun.(*ast.Ident); ok && (name.Name == "delete" || name.Name == "clear") {
						check(n.Args[0])
					}
				}
				return true
			})
		}
	}
	return found
}

// root is the variable that an expression leads into: m in m.x[3].y.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// locals are the names that a function declares itself.
func locals(fn *ast.FuncDecl) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				out[name.Name] = true
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if name, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					out[name.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				out[name.Name] = true
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if name, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					out[name.Name] = true
				}
			}
		}
		return true
	})
	return out
}

// TestForbiddenIsFound keeps the search itself honest.
func TestForbiddenIsFound(t *testing.T) {
	const code = `package x
import (
	"fmt"
	"os"
	stdlog "log"
	"time"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)
var count int
var names = map[string]int{}
var fine = []string{"a"}
func f(t time.Time) {
	fmt.Println(lipgloss.NewStyle(), time.Now(), os.Getenv("X"), tea.Suspend, fine[0])
	stdlog.Fatal(os.Stdout)
	go f(t)
	count++
	names["a"] = 1
	p := &count
	fine := 3
	fine = 4
	_, _ = p, fine
}
`
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", code, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, x := range append(append(forbidden(f, neverInFaces), forbidden(f, neverOutsideCLI)...), mutableVars([]*ast.File{f})...) {
		got[strings.Fields(strings.TrimPrefix(x.what, "the package variable "))[0]] = true
	}
	for _, want := range []string{"fmt.Println", "lipgloss.NewStyle", "time.Now", "os.Getenv", "tea.Suspend", "stdlog.Fatal", "os.Stdout", "a", "count", "names"} {
		if !got[want] {
			t.Errorf("%s is not found", want)
		}
		delete(got, want)
	}
	if len(got) > 0 {
		t.Errorf("found too much: %v", got)
	}
}
