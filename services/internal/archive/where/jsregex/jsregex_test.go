package jsregex_test

import (
	"strings"
	"testing"

	"bursar/services/internal/archive/where/jsregex"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, flags string
		yes, no        []string
	}{
		{`fail`, "", []string{"fail", "it failed"}, []string{"", "Fail"}},
		{`d$`, "", []string{"end"}, []string{"end\n", "da"}},
		{`^a.b$`, "", []string{"a b", "a\u0085b", "aéb"}, []string{"a\nb", "a\rb", "a\u2028b", "a\u2029b", "a😀b"}},
		{`^a.b$`, "u", []string{"a😀b"}, []string{"a\u2028b"}},
		{`^a.b$`, "s", []string{"a\nb", "a\u2029b"}, []string{"a😀b"}},
		{`^a.b$`, "su", []string{"a\nb", "a😀b"}, nil},
		{`^b$`, "m", []string{"a\nb", "a\rb\u2028", "b\u2029a", "a\r\nb"}, []string{"a\u0085b", "ab"}},
		{`^$`, "m", []string{"", "a\n\nb", "a\r\nb", "a\n", "\r"}, []string{"a\nb", "a\u2028b"}},
		{`^$`, "", []string{""}, []string{"\n"}},
		{`$\B`, "m", []string{"a\r", "\rb"}, []string{"a\rb"}},
		{`a\r$`, "m", []string{"a\r\n", "a\r"}, []string{"a\n\r", "a"}},
		{`a[\n\u2028]b`, "m", []string{"a\nb", "a\u2028b"}, []string{"a\rb", "a\n\u2028b"}},
		{`^[^\n]b`, "m", []string{"a\n\rb", "xb", "\u2028b"}, []string{"a\nb", "x\nb"}},
		{`a\s\s$`, "m", []string{"a\n\n", "a\r\n\n"}, []string{"a\n", "a\nb"}},
		{`^\s$`, "", []string{" ", "\v", "\u00A0", "\u1680", "\u2003", "\u2029", "\u202F", "\u205F", "\u3000", "\uFEFF"}, []string{"\u0085", "\u200B", "\u180E", ""}},
		{`^\S$`, "", []string{"\u0085", "\u200B", "x"}, []string{"\u00A0", "😀"}},
		{`^[^\s]$`, "", []string{"\u0085", "x"}, []string{"\u00A0", "\v"}},
		{`^\w+$`, "", []string{"aZ_09"}, []string{"é", "٣"}},
		{`^\d$`, "", []string{"3"}, []string{"٣"}},
		{`\bpay\b`, "", []string{"to pay.", "épay"}, []string{"prepay", "paypal"}},
		{`^k$`, "i", []string{"k", "K"}, []string{"\u212A"}},
		{`^s$`, "i", []string{"S"}, []string{"ſ"}},
		{`^ß$`, "i", []string{"ß"}, []string{"ẞ", "ss"}},
		{`^ω$`, "i", []string{"Ω", "ω"}, []string{"\u2126"}},
		{`^ı$`, "i", []string{"ı"}, []string{"I", "i"}},
		{`^İ$`, "i", []string{"İ"}, []string{"I", "i"}},
		{`^µσ$`, "i", []string{"μς", "ΜΣ"}, nil},
		{`^ᾳ$`, "i", []string{"ᾳ"}, []string{"ᾼ"}},
		{`^[^a-z]$`, "i", []string{"é", "ſ"}, []string{"A", "z"}},
		{`^[\u0080-\u017e]$`, "i", []string{"ÿ", "Ÿ"}, []string{"ſ", "s"}},
		{`^k$`, "iu", []string{"\u212A", "K"}, nil},
		{`^s\b`, "iu", []string{"ſ", "S!"}, []string{"ſk", "s\u212A"}},
		{`^\w$`, "iu", []string{"ſ", "\u212A"}, []string{"é"}},
		{`^\W$`, "iu", []string{"é"}, []string{"ſ", "s", "\u212A"}},
		{`^[^\W]$`, "iu", []string{"ſ"}, []string{"é"}},
		{`^ß$`, "iu", []string{"ẞ"}, nil},
		{`^😀$`, "i", []string{"😀"}, []string{"😁"}},
		{`^𐐀$`, "i", []string{"𐐀"}, []string{"𐐨"}},
		{`^𐐀$`, "iu", []string{"𐐨"}, nil},
		{`^.$`, "", []string{"é"}, []string{"😀"}},
		{`^..$`, "", []string{"😀"}, nil},
		{`^.$`, "u", []string{"😀"}, nil},
		{`^\uD83D\uDE00$`, "", []string{"😀"}, nil},
		{`^\uD83D\uDE00$`, "u", []string{"😀"}, []string{"\uFFFD\uFFFD"}},
		{`^[\uD83D\uDE00]$`, "u", []string{"😀"}, nil},
		{`^[\uD83D\uDE00]{2}$`, "", []string{"😀"}, nil},
		{`\uDE00`, "", []string{"😀"}, []string{"😁"}},
		{`\uDE00`, "u", nil, []string{"😀"}},
		{`^😀+$`, "", []string{"😀"}, []string{"😀😀"}},
		{`^😀+$`, "u", []string{"😀😀"}, nil},
		{`^[😀-😂]$`, "u", []string{"😁"}, []string{"😃"}},
		{`^[^x]$`, "", []string{"y"}, []string{"😀", "x"}},
		{`a{2,3}b`, "", []string{"aab", "aaaab"}, []string{"ab"}},
		{`^a{002}$`, "", []string{"aa"}, []string{"a"}},
		{`^a{0}$`, "", []string{""}, []string{"a"}},
		{`^a{1,}?$`, "", []string{"a", "aaa"}, []string{""}},
		{`^a{,2}$`, "", []string{"a{,2}"}, []string{"aa"}},
		{`^a{$`, "", []string{"a{"}, nil},
		{`^}]$`, "", []string{"}]"}, nil},
		{`^[a-]$`, "", []string{"a", "-"}, []string{"b"}},
		{`^[\d-x]$`, "", []string{"5", "-", "x"}, []string{"a"}},
		{`^[[:]$`, "", []string{"[", ":"}, nil},
		{`^[\b]$`, "", []string{"\b"}, []string{"b"}},
		{`^(a|b|)c$`, "", []string{"ac", "c"}, []string{"abc"}},
		{`^(?:a*)*$`, "", []string{"", "aaa"}, []string{"b"}},
		{`^(|a)+$`, "", []string{"", "aa"}, nil},
		{`\x41\u0042\t\-\/\_`, "", []string{"AB\t-/_"}, nil},
		{`\$\.\*`, "u", []string{"$.*"}, nil},
		{`^(?:)*a`, "", []string{"a"}, nil},
		{`(a+)+$`, "", []string{strings.Repeat("a", 5000)}, []string{strings.Repeat("a", 5000) + "!"}},
		{`x`, "gimsu", []string{"X"}, nil},
		{``, "", []string{"", "a"}, nil},
	}
	for _, tt := range tests {
		re, err := jsregex.Compile(tt.pattern, tt.flags)
		if err != nil {
			t.Errorf("/%s/%s is refused: %v", tt.pattern, tt.flags, err)
			continue
		}
		for _, text := range tt.yes {
			if !re.MatchString(text) {
				t.Errorf("%s does not match %+q", re, text)
			}
		}
		for _, text := range tt.no {
			if re.MatchString(text) {
				t.Errorf("%s matches %+q", re, text)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct{ pattern, flags, words string }{
		{`(?=a)`, "", "look-ahead"}, {`(?!a)`, "", "look-ahead"}, {`(?<=a)`, "", "look-behind"}, {`(?<!a)`, "", "look-behind"},
		{`(a)\1`, "", "back-references"}, {`\k<n>`, "", "back-references"}, {`(?<n>a)`, "", "named groups"}, {`(?P<n>a)`, "", `"(?"`},
		{`(?i)a`, "", "$options"}, {`\p{L}`, "u", "Unicode properties"}, {`\u{61}`, "u", `\u{`}, {`\cA`, "", "control escapes"},
		{`\0`, "", `\x00`}, {`\A`, "", `\A`}, {`\z`, "", `\z`}, {`\Qa\E`, "", `\Q`}, {`[]`, "", "empty class"}, {`[^]`, "", "empty class"},
		{`[[:alpha:]]`, "", "[:alpha:]"}, {`[[:^digit:]]`, "", "[:alpha:]"}, {`a`, "y", `'y'`}, {`a`, "v", `'v'`}, {`a`, "x", `'x'`}, {`a`, "ii", "twice"},
		{`a**`, "", "'*'"}, {`*a`, "", "'*'"}, {`^*`, "", "'*'"}, {`\b+`, "", "'+'"}, {`a|?`, "", "'?'"}, {`{1}`, "", "'{'"}, {`a{1}{2}`, "", "'{'"},
		{`a{2,1}`, "", "{2,1}"}, {`a{1001}`, "", "1000"}, {`a{1,1001}`, "", "1000"}, {`a{99999999999999999999}`, "", "1000"},
		{`(?:a{40}){40}`, "", "multiply"}, {`(?:` + strings.Repeat("a", 11) + `){999}`, "", "too large"},
		{`(a`, "", `")"`}, {`a)`, "", `"("`}, {`[a`, "", `"]"`}, {`[b-a]`, "", "range"}, {`a\`, "", `ends in`}, {`[a-\`, "", `ends in`},
		{`\x4`, "", `"\x"`}, {`\u004`, "", `"\u"`}, {`\-`, "u", `'-'`}, {`\_`, "u", `'_'`}, {`{`, "u", "'{'"}, {`a{`, "u", `"{"`}, {`}`, "u", "'}'"},
		{`]`, "u", "']'"}, {`[\d-x]`, "u", "range"}, {`[\B]`, "", `\B`}, {strings.Repeat("a", 1001), "", "1000"},
		{strings.Repeat("😀", 501), "", "1000"}, {"\xff", "", "UTF-8"},
	}
	for _, tt := range tests {
		re, err := jsregex.Compile(tt.pattern, tt.flags)
		if err == nil {
			t.Errorf("%s is accepted", re)
			continue
		}
		if !strings.Contains(err.Error(), tt.words) {
			t.Errorf("/%s/%s: the error %q does not name %q", tt.pattern, tt.flags, err, tt.words)
		}
	}
	if _, err := jsregex.Compile(strings.Repeat("😀", 500), "u"); err != nil {
		t.Error(err)
	}
}

// FuzzMatch holds that no pattern and no text takes the package down, and that
// what is accepted stays small: a match then costs at most Size steps a
// character, because Go's regular expressions are linear.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{`^(?:\w+\.)+\w+$`, "u", "charge.refund.updated"}, {`(a+)+$`, "", strings.Repeat("a", 40) + "!"}, {`^$`, "m", "a\r\nb"},
		{`[^\W\d-x]{3,9}`, "iu", "ſ\u212A😀"}, {`((((a{9}){9}){9}){9})`, "", "a"}, {`[\uD800-\uDFFF]+`, "s", "😀"}, {"\xff(", "gg", "\xff"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, pattern, flags, text string) {
		re, err := jsregex.Compile(pattern, flags)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if re.Size() < 1 || re.Size() > 10_000 {
			t.Errorf("%s has size %d", re, re.Size())
		}
		re.MatchString(text)
	})
}
