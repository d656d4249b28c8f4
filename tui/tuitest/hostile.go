package tuitest

import "strings"

// Hostile returns texts as somebody might put them into a name, an email or an
// id: escape sequences, control characters, right-to-left marks, wide and
// combining characters, and one of 10,000 characters. They are as they come in;
// implementations pass such text through services.Clean.
func Hostile() []string {
	return []string{
		"\x1b]52;c;cHduZWQ=\x07clip",
		"\x1b[2J\x1b[31mred\x1b[6n",
		"\x9b31mc1\x90dcs\x9c",
		"back\b\b\b\rover\x00\x7f",
		"two\nlines\tand a tab",
		"\u202egnp.exe\u2066\u200f\u061c",
		"\U000e0041\U000e007ftags\ufeff\u2028",
		"日本語の名前です、とても長い名前です",
		"e\u0301\u0301\u0301\u0301 a\u0308\u20dd क्ष ﷽ 👩‍👩‍👧‍👦 🇸🇪 ⚠️",
		"\xff\xfe not utf-8 \xc3",
		strings.Repeat("W", 10000),
		strings.Repeat("界", 10000),
		"",
	}
}
