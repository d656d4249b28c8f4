package theme

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

// The backgrounds that people have: black, VS Code, One Dark, Dracula, Solarized,
// Gruvbox and Nord; white, its neighbour, Solarized, Gruvbox and Latte.
var (
	darkBackgrounds  = []string{"#000000", "#1e1e1e", "#282c34", "#282a36", "#002b36", "#282828", "#2e3440"}
	lightBackgrounds = []string{"#ffffff", "#f5f5f5", "#fdf6e3", "#fbf1c7", "#eff1f5"}
)

// rgb reads "#rrggbb" or one of xterm's 256 colours.
func rgb(t *testing.T, color string) [3]float64 {
	t.Helper()
	hex, ok := strings.CutPrefix(color, "#")
	n, err := strconv.ParseInt(hex, 16, 64)
	if !ok {
		n, err = strconv.ParseInt(color, 10, 64)
		steps := []int64{0, 95, 135, 175, 215, 255}
		switch {
		case n >= 232:
			grey := 8 + 10*(n-232)
			n = grey<<16 | grey<<8 | grey
		case n >= 16:
			n -= 16
			n = steps[n/36]<<16 | steps[n/6%6]<<8 | steps[n%6]
		default:
			t.Fatalf("colour %s belongs to the user's terminal", color)
		}
	}
	if err != nil {
		t.Fatalf("colour %q: %v", color, err)
	}
	return [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}
}

// contrast is the WCAG 2 contrast ratio of two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(c [3]float64) float64 {
		for i, v := range c {
			if v /= 255; v <= 0.04045 {
				c[i] = v / 12.92
			} else {
				c[i] = math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
	}
	x, y := luminance(rgb(t, a)), luminance(rgb(t, b))
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestContrastMeasure(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#ffffff", "#4b3fd6", 7.04}, {"#635bff", "#1e1e1e", 3.55}, {"231", "16", 21}} {
		if got := contrast(t, c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("contrast of %s and %s is %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestTextCanBeRead(t *testing.T) {
	const text, line = 4.5, 3.0 // WCAG 2 AA
	for name, s := range map[string]shade{
		"muted": shadeMuted, "accent": shadeAccent, "link": shadeLink, "success": shadeSuccess, "warning": shadeWarning,
		"danger": shadeDanger, "info": shadeInfo, "string": shadeString, "number": shadeNumber, "border": shadeBorder,
	} {
		least := text
		if name == "border" {
			least = line
		}
		check := func(color string, backgrounds []string) {
			for _, back := range backgrounds {
				if c := contrast(t, color, back); c < least {
					t.Errorf("%s %s on %s has contrast %.2f, want %.1f", name, color, back, c, least)
				}
			}
		}
		check(s.dark, darkBackgrounds)
		check(s.dark256, darkBackgrounds)
		check(s.light, lightBackgrounds)
		check(s.light256, lightBackgrounds)
	}
	for name, p := range map[string]pair{"selected": pairSelected, "resting": pairResting, "match": pairMatch, "test": pairTest, "sandbox": pairSandbox, "live": pairLive} {
		for _, two := range [][2]string{{p.darkFg, p.darkBg}, {p.lightFg, p.lightBg}, {p.darkFg256, p.darkBg256}, {p.lightFg256, p.lightBg256}} {
			if c := contrast(t, two[0], two[1]); c < text {
				t.Errorf("%s: %s on %s has contrast %.2f", name, two[0], two[1], c)
			}
		}
	}
}

func TestDepthOf(t *testing.T) {
	for _, c := range []struct {
		env  string
		want Depth
	}{
		{"", Colors16},
		{"TERM=dumb", None},
		{"TERM=dumb COLORTERM=truecolor", None},
		{"TERM=xterm-256color NO_COLOR=1", Mono},
		{"TERM=dumb NO_COLOR=1", None},
		{"TERM=xterm-256color NO_COLOR=", Colors256},
		{"TERM=xterm-256color COLORTERM=truecolor", TrueColor},
		{"TERM=xterm COLORTERM=24bit", TrueColor},
		{"WT_SESSION=1", TrueColor},
		{"TERM=xterm-256color", Colors256},
		{"TERM=tmux-256color COLORTERM=yes", Colors256},
		{"TERM=xterm-kitty", Colors256},
		{"TERM=alacritty", Colors256},
		{"TERM=xterm", Colors16},
		{"TERM=linux", Colors16},
		{"TERM=vt100", Colors16},
	} {
		env := map[string]string{}
		for _, f := range strings.Fields(c.env) {
			k, v, _ := strings.Cut(f, "=")
			env[k] = v
		}
		if got := DepthOf(func(k string) (string, bool) { v, ok := env[k]; return v, ok }); got != c.want {
			t.Errorf("%q is depth %d, want %d", c.env, got, c.want)
		}
	}
}

// styles are all styles of a theme by their names.
func styles(th *Theme) map[string]lipgloss.Style {
	out := map[string]lipgloss.Style{}
	v := reflect.ValueOf(*th)
	for i := range v.NumField() {
		if s, ok := v.Field(i).Interface().(lipgloss.Style); ok {
			out[v.Type().Field(i).Name] = s
		}
	}
	return out
}

func TestColoursOfADepth(t *testing.T) {
	for _, dark := range []bool{true, false} {
		for depth, c := range map[Depth]struct{ allowed, attributes string }{
			None:      {"", ""},
			Mono:      {"", "1 4 7"},
			Colors16:  {"31 32 33 35 36", "1 4 7"},
			Colors256: {"38;5; 48;5;", "1 4"},
			TrueColor: {"38;2; 48;2;", "1 4"},
		} {
			th := New(io.Discard, Options{Depth: depth, Dark: dark})
			for name, s := range styles(th) {
				if name == "Paper" && depth > None {
					continue // black on white whatever the theme
				}
				text := s.Render("x")
				if depth == None && text != ansi.Strip(text) {
					t.Errorf("%s has attributes on a dumb terminal: %q", name, text)
				}
				for _, params := range sgr(text) {
					if params == "" || params == "0" {
						continue
					}
					for _, p := range split(params) {
						if !allowed(p, c.allowed+" "+c.attributes) {
							t.Errorf("depth %d, %s: %q in %q", depth, name, p, text)
						}
					}
				}
			}
			if depth > None && th.Selected.Render("x") == "x" {
				t.Errorf("depth %d: the selected row cannot be told", depth)
			}
		}
	}
}

// sgr lists the parameters of the SGR sequences in text.
func sgr(text string) []string {
	var out []string
	for _, part := range strings.Split(text, "\x1b[")[1:] {
		params, _, _ := strings.Cut(part, "m")
		out = append(out, params)
	}
	return out
}

// split takes parameters apart, extended colours whole.
func split(params string) []string {
	var out []string
	fields := strings.Split(params, ";")
	for i := 0; i < len(fields); i++ {
		n := 1
		if fields[i] == "38" || fields[i] == "48" {
			n = map[string]int{"5": 3, "2": 5}[fields[i+1]]
		}
		out = append(out, strings.Join(fields[i:i+n], ";"))
		i += n - 1
	}
	return out
}

func allowed(p, list string) bool {
	for _, a := range strings.Fields(list) {
		if p == a || strings.HasSuffix(a, ";") && strings.HasPrefix(p, a) {
			return true
		}
	}
	return false
}

func TestNothingIsAskedOrShared(t *testing.T) {
	var a, b bytes.Buffer
	one, two := New(&a, Options{Depth: TrueColor, Dark: true}), New(&b, Options{Depth: Mono})
	if a.Len()+b.Len() > 0 {
		t.Error("making a theme wrote to the terminal")
	}
	if got := one.Danger.Render("x"); !strings.Contains(got, "38;2;") {
		t.Errorf("another session's theme took the colour: %q", got)
	}
	if got := two.Danger.Render("x"); strings.Contains(got, "38;") {
		t.Errorf("another session's theme gave a colour: %q", got)
	}
}

func TestOutcomesDifferInMoreThanColour(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		th := New(io.Discard, Options{Depth: TrueColor, ASCII: ascii})
		seen := map[string]string{}
		for _, word := range []string{"succeeded", "failed", "pending", "refunded", "attention", "canceled", "neutral"} {
			symbol, _ := th.Outcome(word)
			if other, taken := seen[symbol]; taken || ansi.StringWidth(symbol) != 1 {
				t.Errorf("%s is drawn as %q, as %s is", word, symbol, other)
			}
			seen[symbol] = word
		}
		v := reflect.ValueOf(th.Symbols)
		for i := range v.NumField() {
			if s, ok := v.Field(i).Interface().(string); ok {
				if ansi.StringWidth(s) != 1 || ascii && s[0] > 126 {
					t.Errorf("symbol %s is %q", v.Type().Field(i).Name, s)
				}
			}
		}
	}
}
