package pages

import (
	"go/ast"
	"go/parser"
	source "go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// elements are all that the pages are built of: none of them runs or loads
// anything but link, which the head alone has.
const elements = " html head meta title link body header main section aside footer div h1 h2 p span strong bdi a time ul li dl dt dd" +
	" table thead tbody tr th td form fieldset legend label input select option textarea button "

// leading are the attributes that hold addresses.
const leading = " href action src srcset formaction data poster cite ping background xlink:href "

// TestMarkupIsChecked reads the program: elements are named where they are made
// and are of the list above, only href and action write addresses, and nothing
// is written unescaped.
func TestMarkupIsChecked(t *testing.T) {
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, entry := range names {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := source.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		library := map[string]bool{} // the names that it has in this file
		for _, i := range file.Imports {
			if i.Name != nil && strings.HasPrefix(i.Path.Value, `"maragu.dev/`) {
				library[i.Name.Name] = true
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if wrong := unchecked(name, library, call); wrong != "" {
					t.Errorf("%s: %s", set.Position(call.Pos()), wrong)
				}
				made++
			}
			return true
		})
	}
	if made < 500 {
		t.Errorf("%d calls were read", made)
	}
}

// unchecked says what is wrong with a call in a file, or nothing.
func unchecked(file string, library map[string]bool, call *ast.CallExpr) string {
	word, theirs := "", false
	switch f := call.Fun.(type) {
	case *ast.Ident:
		word = f.Name
	case *ast.SelectorExpr:
		if from, ok := f.X.(*ast.Ident); ok && library[from.Name] {
			word, theirs = f.Sel.Name, true
		}
	}
	if theirs {
		switch word {
		case "Group", "If", "Iff", "Map", "Doctype":
			return ""
		case "El", "Attr", "Text":
			if file == "markup.go" {
				return ""
			}
		}
		return word + " is not one of the words of markup.go"
	}
	if word != "el" && word != "attr" && word != "on" && word != "given" {
		return ""
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		if file == "markup.go" {
			return ""
		}
		return word + " of something that is only known later"
	}
	name, err := strconv.Unquote(literal.Value)
	switch {
	case err != nil:
		return err.Error()
	case word == "el" && !strings.Contains(elements, " "+name+" "):
		return "<" + name + "> is none of the pages' elements"
	case word != "el" && file != "address.go" && strings.Contains(leading, " "+name+" "):
		return name + " is written by href and action only"
	case word != "el" && (name == "style" || strings.HasPrefix(name, "on")):
		return name + " needs a script or a style of its own"
	}
	return ""
}

// TestUncheckedIsFound keeps the search itself honest.
func TestUncheckedIsFound(t *testing.T) {
	for code, fine := range map[string]bool{
		`el("p", text(x))`: true, `attr("title", x)`: true, `g.If(a, b)`: true, `href(local(x))`: true, `given("min", x)`: true,
		`el("script")`: false, `el(name)`: false, `attr(name, x)`: false, `attr("href", x)`: false, `attr("onclick", x)`: false, `attr("style", x)`: false, `given("src", x)`: false,
		`g.Raw(x)`: false, `g.Rawf(x)`: false, `g.El("p")`: false, `h.Href(x)`: false, `h.Script()`: false, `g.Attr("href", x)`: false, `on(name, true)`: false,
	} {
		call, err := parser.ParseExpr(code)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := unchecked("view_portal.go", map[string]bool{"g": true, "h": true}, call.(*ast.CallExpr)); (wrong == "") != fine {
			t.Errorf("%s: %q", code, wrong)
		}
	}
}
