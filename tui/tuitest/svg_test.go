package tuitest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// elements reads a picture as XML and counts its elements.
func elements(t testing.TB, svg []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

func TestSVG(t *testing.T) {
	for _, c := range []struct {
		name, view string
		want, not  []string
	}{
		{"text on the grid", "ab", []string{`<text x="0" y="13.32" textLength="16.8" lengthAdjust="spacingAndGlyphs">ab</text>`}, nil},
		{"blanks are not drawn", "  a  ", []string{`<text x="16.8"`, `textLength="8.4"`}, nil},
		{"columns stand where they are", "ab  c d", []string{`textLength="16.8" lengthAdjust="spacingAndGlyphs">ab<`, `<text x="33.6" y="13.32" textLength="25.2" lengthAdjust="spacingAndGlyphs">c d<`}, nil},
		{"second line", "a\nb", []string{`y="31.32"`}, nil},
		{"bold and underline", "\x1b[1;4mx\x1b[0my", []string{`font-weight="700" text-decoration="underline">x<`, `>y<`}, nil},
		{"true colour", "\x1b[38;2;1;2;255mx", []string{`fill="#0102ff">x<`}, nil},
		{"256 colours", "\x1b[38;5;196mx\x1b[38;5;244my\x1b[38;5;9mz", []string{`fill="#ff0000">x<`, `fill="#808080">y<`, `fill="#ff8b92">z<`}, nil},
		{"16 colours", "\x1b[32mx\x1b[92my\x1b[39mz", []string{`fill="#98c379">x<`, `fill="#b5e08f">y<`, `>z<`}, nil},
		{"background", "\x1b[48;2;10;20;30mab\x1b[49mc", []string{`<rect x="0" y="0" width="16.8" height="18" fill="#0a141e"/>`}, nil},
		{"reverse", "\x1b[7mx", []string{`width="8.4" height="18" fill="#e6e6ea"/>`, `fill="#1b1b22">x<`}, nil},
		{"reset in the middle", "\x1b[1;31mx\x1b[my", []string{`>y<`}, []string{`font-weight="700">y<`}},
		{"wide characters keep the grid", "田x", []string{`<text x="0" y="13.32" textLength="16.8" lengthAdjust="spacingAndGlyphs">田</text>`, `<text x="16.8"`}, nil},
		{"frames are shapes", "│─╭", []string{`<path d="M4.2 0L4.2 18"`, `<path d="M8.4 9L16.8 9"`}, []string{"│"}},
		{"code modules are shapes", "█▀", []string{`height="18.05"`, `height="9"`}, []string{"█"}},
		{"escaping", `<script>&"'`, []string{"&lt;script&gt;&amp;"}, []string{"<script"}},
		{"cut to the window", strings.Repeat("x", 30), []string{`textLength="168"`}, nil},
	} {
		svg := string(SVG(c.view, 20, 3, SVGOptions{Title: "A & B"}))
		elements(t, []byte(svg))
		for _, want := range c.want {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: no %s in\n%s", c.name, want, svg)
			}
		}
		for _, not := range c.not {
			if strings.Contains(svg, not) {
				t.Errorf("%s: %s in\n%s", c.name, not, svg)
			}
		}
	}
}

func TestSVGWindow(t *testing.T) {
	svg := string(SVG("x", 80, 24, SVGOptions{Title: "bursar: home", Light: true}))
	for _, want := range []string{`viewBox="0 0 700 476"`, `aria-label="bursar: home"`, "<title>bursar: home</title>", `fill="#ffffff"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	n := elements(t, []byte(svg))
	if n["script"]+n["image"]+n["style"] > 0 || strings.Count(svg, "http") != 1 {
		t.Errorf("the picture loads something: %v", n)
	}
}

func FuzzSVG(f *testing.F) {
	for _, text := range Hostile() {
		f.Add(text)
	}
	f.Add("\x1b[38;5;300m\x1b[48;2;1mx\x1b[;;m\x1b[38m")
	f.Fuzz(func(t *testing.T, view string) {
		elements(t, SVG(view, 40, 5, SVGOptions{Title: view}))
	})
}
