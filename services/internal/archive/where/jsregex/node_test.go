package jsregex_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"bursar/services/internal/archive/where/jsregex"
)

// trial is a pattern and the texts that it is tried on.
type trial struct {
	Pattern, Flags string
	Texts          []string
}

// verdict is what a JavaScript engine says of a trial: whether the pattern is
// one, and which texts match.
type verdict struct {
	OK      bool
	Matches []bool
}

// engine has every trial judged by Node's own regular expressions.
func engine(t *testing.T, trials []trial) []verdict {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: there is no Node on this machine")
	}
	const script = `const trials = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const judge = ({Pattern, Flags, Texts}) => {
	let re;
	try { re = new RegExp(Pattern, Flags.replace('g', '')) } catch { return {OK: false, Matches: []} }
	return {OK: true, Matches: Texts.map(text => re.test(text))};
};
process.stdout.write(JSON.stringify(trials.map(judge)));`
	input, err := json.Marshal(trials)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "-e", script)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []verdict
	if err := json.Unmarshal(output, &verdicts); err != nil {
		t.Fatal(err)
	}
	return verdicts
}

// compare judges trials by Node and by this package. What Node refuses must be
// refused here; what is accepted here must match the same texts. It returns how
// many patterns were accepted.
func compare(t *testing.T, trials []trial) (accepted int) {
	t.Helper()
	for i, v := range engine(t, trials) {
		tr := trials[i]
		re, err := jsregex.Compile(tr.Pattern, tr.Flags)
		if err != nil {
			continue
		}
		if !v.OK {
			t.Errorf("%s is accepted, JavaScript refuses it", re)
			continue
		}
		accepted++
		for j, text := range tr.Texts {
			if got := re.MatchString(text); got != v.Matches[j] {
				t.Errorf("%s on %+q: %t, JavaScript says %t", re, text, got, v.Matches[j])
			}
		}
	}
	return accepted
}

// TestCase compares every character that has case variants with its variants.
func TestCase(t *testing.T) {
	var trials []trial
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if unicode.SimpleFold(c) == c && unicode.ToUpper(c) == c && unicode.ToLower(c) == c {
			continue
		}
		texts := []string{string(c), string(unicode.ToUpper(c)), string(unicode.ToLower(c)), "x"}
		for o := unicode.SimpleFold(c); o != c; o = unicode.SimpleFold(o) {
			texts = append(texts, string(o))
		}
		for _, flags := range []string{"", "i", "iu"} {
			trials = append(trials, trial{"^" + string(c) + "$", flags, texts}, trial{"^[^" + string(c) + "]$", flags, texts})
		}
	}
	if accepted := compare(t, trials); accepted != len(trials) {
		t.Errorf("%d of %d patterns are accepted", accepted, len(trials))
	}
}

// TestLikeJavaScript compares patterns and texts made by chance.
func TestLikeJavaScript(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(3, 13))}
	trials := make([]trial, 6000)
	for i := range trials {
		trials[i] = trial{Pattern: g.pattern(3), Flags: g.flags()}
		for range 12 {
			trials[i].Texts = append(trials[i].Texts, g.text())
		}
	}
	if accepted := compare(t, trials); accepted < len(trials)*6/10 {
		t.Errorf("only %d of %d patterns are accepted: the generator is off", accepted, len(trials))
	}
}

// generator makes patterns and texts out of what is difficult.
type generator struct{ *rand.Rand }

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) flags() string {
	flags := ""
	for _, f := range []string{"i", "m", "s", "u", "g"} {
		if g.IntN(3) == 0 {
			flags += f
		}
	}
	return flags
}

func (g *generator) character() string {
	return g.one("a", "b", "k", "K", "s", "S", "ß", "ẞ", "ſ", "\u212A", "ω", "Ω", "\u2126", "µ", "μ", "σ", "ς", "ı", "i", "I", "İ",
		"é", "É", "e\u0301", "ᾳ", "ᾼ", "ǆ", "ǅ", "Ǆ", "-", "_", "0", "7", "٣", " ", "\u00A0", "\u0085", "\u200B", "\u3000", "\uFEFF", "\t", "\v",
		"\n", "\r", "\r\n", "\u2028", "\u2029", "😀", "😁", "𐐀", "𐐨", "\uFFFD", "ﬀ", "ŉ", "\u0345", "\u1E9B", "Ꭰ", "ꭰ")
}

func (g *generator) text() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(g.character())
	}
	return b.String()
}

func (g *generator) escape() string {
	return g.one(`\d`, `\D`, `\w`, `\W`, `\s`, `\S`, `\t`, `\n`, `\r`, `\v`, `\x41`, `\u00e9`, `\uD83D`, `\uDE00`, `\uD83D\uDE00`,
		`\u2028`, `\.`, `\/`, `\-`, `\]`, `\u017f`, `\u212a`, `\b`)
}

func (g *generator) class() string {
	var b strings.Builder
	b.WriteString(g.one("[", "[", "[^"))
	for range 1 + g.IntN(4) {
		switch g.IntN(5) {
		case 0:
			b.WriteString(g.escape())
		case 1:
			b.WriteString(g.one("a-z", "A-K", "0-9", `\u0080-\uffff`, `\t-\r`, "Α-ω", "😀-😂", "-", "^", "[", `\n-s`, `\d-z`))
		default:
			b.WriteString(g.character())
		}
	}
	return b.String() + "]"
}

func (g *generator) pattern(depth int) string {
	var b strings.Builder
	for range g.IntN(4) + 1 {
		switch n := g.IntN(16); {
		case n < 2 && depth > 0:
			b.WriteString(g.one("(", "(?:") + g.pattern(depth-1) + ")")
		case n == 2 && depth > 0:
			b.WriteString(g.pattern(depth-1) + "|" + g.pattern(depth-1))
		case n < 5:
			b.WriteString(g.class())
		case n < 7:
			b.WriteString(g.escape())
		case n < 10:
			b.WriteString(g.one("^", "$", `\b`, `\B`, "^", "$"))
			continue
		case n == 10:
			b.WriteString(".")
		case n == 11:
			b.WriteString(g.one("{", "}", "]", "/", "{,2}", "x{"))
		default:
			b.WriteString(g.character())
		}
		if g.IntN(4) == 0 {
			b.WriteString(g.one("*", "+", "?", "{2}", "{0,1}", "{1,}", "{02}", "*?", "+?", "{1,3}?", "{0}"))
		}
	}
	return b.String()
}
