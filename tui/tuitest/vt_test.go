package tuitest_test

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"bursar/tui/tuitest"
)

func TestVTDrawsWhatIsWritten(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"text":                   {"one\r\ntwo", "one\ntwo\n\n"},
		"wraps after the column": {"abcdefghijklm", "abcdefghij\nklm\n\n"},
		"wraps only with a next": {"abcdefghij\r\nk", "abcdefghij\nk\n\n"},
		"scrolls":                {"1\r\n2\r\n3\r\n4", "2\n3\n4\n"},
		"cursor":                 {"\x1b[2;3HX\x1b[1;1HY\x1b[BZ", "Y\n ZX\n\n"},
		"up, back, column":       {"a\r\nb\x1b[A\x1b[DX\x1b[5GY\x1b[3dZ", "X   Y\nb\n     Z\n"},
		"erase to the right":     {"abcdef\x1b[3G\x1b[K", "ab\n\n\n"},
		"erase the line":         {"abc\r\ndef\x1b[2K", "abc\n\n\n"},
		"erase to the left":      {"abcdef\x1b[3G\x1b[1K", "   def\n\n\n"},
		"erase below":            {"a\r\nb\r\nc\x1b[1;2H\x1b[J", "a\n\n\n"},
		"erase all":              {"a\r\nb\x1b[2J", "\n\n\n"},
		"colours":                {"\x1b[1;38;2;1;2;3mred\x1b[0m", "red\n\n\n"},
		"wide":                   {"田中x", "田中x\n\n\n"},
		"half of a wide":         {"田中\x1b[2GX", " X中\n\n\n"},
		"wide at the edge":       {"abcdefghi田", "abcdefghi\n田\n\n"},
		"combining":              {"e\u0301x\x1b[2GY", "e\u0301Y\n\n\n"},
		"family":                 {"👩‍👩‍👧x\x1b[3GY", "👩‍👩‍👧Y\n\n\n"},
		"flags":                  {"🇩🇪🇯🇵x", "🇩🇪🇯🇵x\n\n\n"},
		"backspace and tab":      {"ab\bX\tY", "aX      Y\n\n\n"},
		"insert a line":          {"1\r\n2\r\n3\x1b[2H\x1b[L", "1\n\n2\n"},
		"delete a line":          {"1\r\n2\r\n3\x1b[1H\x1b[M", "2\n3\n\n"},
		"region":                 {"1\r\n2\r\n3\x1b[1;2r\x1b[2H\nX", "2\nX\n3\n"},
		"alternate screen":       {"main\x1b[?1049h\x1b[Halt\x1b[?1049l!", "main!\n\n\n"},
		"on the alternate":       {"main\x1b[?1049h\x1b[Halt", "alt\n\n\n"},
		"clipboard draws not":    {"a\x1b]52;c;aGk=\x07b", "ab\n\n\n"},
		"saved cursor":           {"ab\x1b7\x1b[3Hc\x1b8d", "abd\n\nc\n"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := tuitest.NewVT(10, 3, nil)
			fmt.Fprint(whole, c.in)
			if whole.String() != c.want {
				t.Errorf("%q drew\n%q, want\n%q", c.in, whole, c.want)
			}
			split := tuitest.NewVT(10, 3, nil)
			for i := range len(c.in) {
				fmt.Fprint(split, c.in[i:i+1])
			}
			if split.String() != c.want {
				t.Errorf("%q, byte by byte, drew\n%q, want\n%q", c.in, split, c.want)
			}
			if unknown := whole.Unknown(); unknown != nil {
				t.Errorf("unknown: %q", unknown)
			}
		})
	}
}

func TestVTRecordsWhatAProgramLeavesOn(t *testing.T) {
	v := tuitest.NewVT(10, 3, nil)
	fmt.Fprint(v, "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1002;1006h\x1b]2;bursar\x07")
	if want := []string{"?1002", "?1006", "?1049", "?2004", "cursor hidden"}; !reflect.DeepEqual(v.Left(), want) {
		t.Errorf("left on: %q, want %q", v.Left(), want)
	}
	if v.Title() != "bursar" {
		t.Errorf("title %q", v.Title())
	}
	fmt.Fprint(v, "\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[?1049l")
	if left := v.Left(); left != nil {
		t.Errorf("left on at the end: %q", left)
	}
}

func TestVTKeepsTheClipboard(t *testing.T) {
	v := tuitest.NewVT(10, 3, nil)
	long := strings.Repeat("https://", 6000)
	fmt.Fprint(v, "\x1b]52;c;aGVsbG8=\x1b\\", "\x1b]52;c;"+base64.StdEncoding.EncodeToString([]byte(long))+"\x07", "\x1b]52;c;%%%\x07")
	if got := v.Clipboard(); !reflect.DeepEqual(got, []string{"hello", long, "not base64: %%%"}) {
		t.Errorf("clipboard %.200q", got)
	}
}

func TestVTAnswersLikeATerminal(t *testing.T) {
	var answers []string
	v := tuitest.NewVT(10, 3, func(a string) { answers = append(answers, a) })
	fmt.Fprint(v, "ab\x1b]11;?\x1b\\\x1b[6n\x1b[c")
	if want := []string{"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\", "\x1b[1;3R", "\x1b[?62;22c"}; !reflect.DeepEqual(answers, want) {
		t.Errorf("answers %q, want %q", answers, want)
	}
	mute := tuitest.NewVT(10, 3, nil)
	fmt.Fprint(mute, "\x1b]11;?\x1b\\\x1b[6n")
	if want := []string{"OSC 11", "CSI 6n"}; !reflect.DeepEqual(mute.Queries(), want) {
		t.Errorf("a mute terminal was asked %q, want %q", mute.Queries(), want)
	}
}

func TestVTResizes(t *testing.T) {
	v := tuitest.NewVT(10, 3, nil)
	fmt.Fprint(v, "one\r\ntwo\r\nthree")
	v.Resize(4, 2)
	if want := "one\ntwo\n"; v.String() != want {
		t.Errorf("smaller: %q, want %q", v, want)
	}
	v.Resize(8, 3)
	fmt.Fprint(v, "\x1b[3;8HX")
	if want := "one\ntwo\n       X\n"; v.String() != want {
		t.Errorf("larger: %q, want %q", v, want)
	}
}

func TestVTTakesManyHands(t *testing.T) {
	v := tuitest.NewVT(20, 5, nil)
	var hands sync.WaitGroup
	for range 4 {
		hands.Go(func() {
			for range 200 {
				fmt.Fprint(v, "\x1b[Hsome 田 text\x1b[K\r\n")
				_ = v.String()
			}
		})
	}
	v.Resize(30, 8)
	hands.Wait()
}

func FuzzVT(f *testing.F) {
	f.Add("\x1b[?1049h\x1b[2J\x1b[5;5H田\x1b[K\x1b]52;c;aGk=\x07", uint8(10), uint8(4))
	f.Add("\x1b[3;1r\n\n\n\x1b[99;1r\n", uint8(9), uint8(9))
	f.Add("\x1b[1;2r\n\n\n\x1b[99S\x1b[3M\x1b[2L\x1b[9999X", uint8(1), uint8(1))
	f.Add("👩‍👩‍👧🇩🇪e\u0301\b\b\t\x1b[1K\x1b[1J", uint8(2), uint8(3))
	f.Fuzz(func(t *testing.T, in string, cols, rows uint8) {
		v := tuitest.NewVT(int(cols)%80+1, int(rows)%30+1, func(string) {})
		fmt.Fprint(v, in)
		v.Resize(int(rows)%80+1, int(cols)%30+1)
		fmt.Fprint(v, in)
		if lines := strings.Count(v.String(), "\n"); lines != int(cols)%30+1 {
			t.Errorf("%d lines", lines)
		}
	})
}
