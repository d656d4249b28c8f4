package pages

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	property = regexp.MustCompile(`--([a-z0-9-]+):\s*(#[0-9a-f]{6});`)
	literal  = regexp.MustCompile(`(?i)#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(`)
	variable = regexp.MustCompile(`var\(--([a-z0-9-]+)\)`)
)

// palettes reads the colours of both schemes from the stylesheet, and returns
// the rules that remain.
func palettes(t *testing.T) (light, dark map[string]string, rules string) {
	t.Helper()
	data, err := files.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(data)
	block := func(after string) string {
		_, rest, found := strings.Cut(css, after)
		body, _, closed := strings.Cut(rest, "}")
		if !found || !closed {
			t.Fatalf("no %q in the stylesheet", after)
		}
		return body
	}
	read := func(into map[string]string, body string) map[string]string {
		for _, m := range property.FindAllStringSubmatch(body, -1) {
			into[m[1]] = m[2]
		}
		return into
	}
	lightBody, darkBody := block(":root {"), block("@media (prefers-color-scheme: dark) {\n  :root {")
	light = read(map[string]string{}, lightBody)
	dark = map[string]string{}
	for name, colour := range light {
		dark[name] = colour
	}
	read(dark, darkBody)
	rules, _, _ = strings.Cut(strings.Replace(strings.Replace(css, lightBody, "", 1), darkBody, "", 1), "@media print")
	return light, dark, rules
}

// luminance is WCAG 2.2's relative luminance of "#rrggbb".
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("%q is not a colour", colour)
	}
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestContrast holds WCAG AA: 4.5 for text, 3 for the edges of controls and for
// the focus ring (success criteria 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	if r := contrast(t, "#000000", "#ffffff"); math.Abs(r-21) > 1e-9 {
		t.Fatalf("black on white: %v", r)
	}
	const text, edge = 4.5, 3.0
	pairs := []struct {
		on, what string
		least    float64
	}{
		{"page", "ink muted accent accent-strong bad good", text},
		{"panel", "ink muted accent accent-strong", text},
		{"raised", "ink muted bad", text},
		{"quiet", "ink muted", text},
		{"accent", "on-accent", text},
		{"accent-strong", "on-accent", text},
		{"badge", "badge-ink", text},
		{"bad-tint", "ink bad", text},
		{"good-tint", "ink good", text},
		{"mark-0", "mark-ink", text}, {"mark-1", "mark-ink", text}, {"mark-2", "mark-ink", text},
		{"mark-3", "mark-ink", text}, {"mark-4", "mark-ink", text}, {"mark-5", "mark-ink", text},
		{"page", "edge focus accent bad good", edge},
		{"panel", "edge focus", edge},
		{"raised", "edge focus bad accent", edge},
	}
	light, dark, _ := palettes(t)
	for scheme, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			for _, what := range strings.Fields(p.what) {
				if colours[what] == "" || colours[p.on] == "" {
					t.Fatalf("no colour %s or %s", what, p.on)
				}
				if r := contrast(t, colours[what], colours[p.on]); r < p.least {
					t.Errorf("%s: %s on %s is %.2f, less than %.1f", scheme, what, p.on, r, p.least)
				}
			}
		}
	}
}

// TestColoursAreNamed keeps every colour where TestContrast sees it.
func TestColoursAreNamed(t *testing.T) {
	light, dark, rules := palettes(t)
	if len(light) < 20 || len(dark) != len(light) {
		t.Errorf("%d light and %d dark colours", len(light), len(dark))
	}
	if found := literal.FindAllString(rules, -1); found != nil {
		t.Errorf("colours outside the custom properties: %q", found)
	}
	used := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(rules, -1) {
		used[m[1]] = true
		if light[m[1]] == "" {
			t.Errorf("--%s is used and not defined", m[1])
		}
	}
	for name := range light {
		if !used[name] {
			t.Errorf("--%s is defined and not used", name)
		}
	}
	for _, outside := range []string{"url(", "@import", "@font-face"} {
		if strings.Contains(rules, outside) {
			t.Errorf("the stylesheet loads something: %s", outside)
		}
	}
}
