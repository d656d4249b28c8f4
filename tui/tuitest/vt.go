package tuitest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// VT is the screen of a terminal, as far as Bubble Tea v1 uses one: what is
// written to it moves its cursor and fills its cells, grapheme by grapheme. It
// records what a program leaves behind: modes, clipboard contents, questions. It
// is safe for concurrent use, and a sequence or a character may be split over
// writes.
type VT struct {
	mu     sync.Mutex
	parser *ansi.Parser

	cols, rows int
	main, alt  [][]square
	onAlt      bool
	x, y       int
	wrap       bool // the last column was written: the next character wraps
	kept       point
	top, end   int   // scrolling region, rows top to end-1
	last       point // of the last character
	joins      bool  // nothing moved the cursor since: a combining character joins it

	modes     map[int]bool
	clipboard []string
	title     string
	queries   []string
	unknown   []string

	reply   func(string)
	answers []string
}

// square is what one column shows: nothing, a whole grapheme, or a wide one's
// right half.
type square struct {
	text string
	half bool
}

type point struct{ x, y int }

// NewVT makes a screen of a size in cells. reply is given the terminal's answers
// to what is asked of it, such as its background colour; nil makes a terminal
// that never answers.
func NewVT(cols, rows int, reply func(string)) *VT {
	v := &VT{modes: map[int]bool{}, reply: reply, parser: ansi.NewParser()}
	v.parser.SetDataSize(1 << 20) // a clipboard is longer than the default
	v.parser.SetHandler(ansi.Handler{
		Print: v.print, Execute: v.control, HandleEsc: v.esc, HandleCsi: v.csi, HandleOsc: v.osc,
	})
	v.cols, v.rows, v.end = cols, rows, rows
	v.main, v.alt = grid(cols, rows), grid(cols, rows)
	return v
}

func grid(cols, rows int) [][]square {
	g := make([][]square, rows)
	for i := range g {
		g[i] = make([]square, cols)
	}
	return g
}

// Write draws what a program printed. It never fails.
func (v *VT) Write(p []byte) (int, error) {
	v.mu.Lock()
	for _, b := range p {
		v.parser.Advance(b)
	}
	answers := v.answers
	v.answers = nil
	v.mu.Unlock()
	for _, a := range answers {
		v.reply(a)
	}
	return len(p), nil
}

// Resize changes the size, keeping what is on the screen where it is, as a
// terminal without reflow does.
func (v *VT) Resize(cols, rows int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, g := range []*[][]square{&v.main, &v.alt} {
		resized := grid(cols, rows)
		for i := range min(rows, v.rows) {
			copy(resized[i], (*g)[i])
		}
		*g = resized
	}
	v.cols, v.rows, v.top, v.end = cols, rows, 0, rows
	v.x, v.y, v.wrap, v.joins = min(v.x, cols-1), min(v.y, rows-1), false, false
}

// String returns the screen's lines without trailing spaces.
func (v *VT) String() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for _, row := range v.cells() {
		var line strings.Builder
		for _, c := range row {
			switch {
			case c.half:
			case c.text == "":
				line.WriteByte(' ')
			default:
				line.WriteString(c.text)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Left names the modes that a program has to turn off before it ends and that
// are on now, the alternate screen and a hidden cursor among them.
func (v *VT) Left() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var left []string
	for mode, on := range v.modes {
		switch {
		case mode == 25 && !on:
			left = append(left, "cursor hidden")
		case mode != 25 && mode != 7 && on:
			left = append(left, "?"+strconv.Itoa(mode))
		}
	}
	slices.Sort(left)
	return left
}

// Clipboard returns what was sent to the clipboard (OSC 52), decoded.
func (v *VT) Clipboard() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.clipboard)
}

// Queries returns what the terminal was asked, answered or not.
func (v *VT) Queries() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.queries)
}

// Unknown returns the sequences that meant nothing to this terminal.
func (v *VT) Unknown() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.unknown)
}

// Title returns the window's title.
func (v *VT) Title() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.title
}

func (v *VT) cells() [][]square {
	if v.onAlt {
		return v.alt
	}
	return v.main
}

// print writes one character. One that joins the grapheme before it (a
// combining mark, the next part of an emoji) goes into that one's square.
func (v *VT) print(r rune) {
	text := string(r)
	if v.joins {
		before := &v.cells()[v.last.y][v.last.x]
		if joined, width := ansi.FirstGraphemeCluster(before.text+text, ansi.GraphemeWidth); joined == before.text+text {
			v.place(v.last, joined, width)
			return
		}
	}
	_, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	if width == 0 {
		return
	}
	if v.wrap || v.x+width > v.cols {
		v.x = 0
		v.lineFeed()
	}
	v.place(point{v.x, v.y}, text, width)
}

// place puts a grapheme into its cells and the cursor behind it. What it covers
// half of disappears.
func (v *VT) place(at point, text string, width int) {
	row := v.cells()[at.y]
	width = min(width, v.cols-at.x)
	v.wipe(row, at.x, at.x+width)
	row[at.x] = square{text: text}
	for i := at.x + 1; i < at.x+width; i++ {
		row[i] = square{half: true}
	}
	v.x, v.y = min(at.x+width, v.cols-1), at.y
	v.wrap = at.x+width >= v.cols
	v.last, v.joins = at, true
}

// wipe empties the columns from a to b-1, and the other half of a wide grapheme
// cut in two.
func (v *VT) wipe(row []square, a, b int) {
	if a < len(row) && row[a].half && a > 0 {
		row[a-1] = square{}
	}
	clear(row[a:b])
	for i := b; i < len(row) && row[i].half; i++ {
		row[i] = square{}
	}
}

func (v *VT) control(b byte) {
	switch b {
	case '\r':
		v.moveTo(0, v.y)
	case '\n', '\v', '\f':
		v.lineFeed()
	case '\b':
		v.moveTo(v.x-1, v.y)
	case '\t':
		v.moveTo((v.x/8+1)*8, v.y)
	}
}

func (v *VT) moveTo(x, y int) {
	v.x, v.y = max(0, min(x, v.cols-1)), max(0, min(y, v.rows-1))
	v.wrap, v.joins = false, false
}

func (v *VT) lineFeed() {
	if v.y == v.end-1 {
		v.scroll(1)
	}
	v.moveTo(v.x, v.y+map[bool]int{true: 0, false: 1}[v.y == v.end-1])
}

// scroll moves the region's lines up by n, or down when n is negative.
func (v *VT) scroll(n int) {
	region := v.cells()[v.top:v.end]
	for range min(max(n, -n), len(region)) {
		if n > 0 {
			first := region[0]
			copy(region, region[1:])
			clear(first)
			region[len(region)-1] = first
			continue
		}
		last := region[len(region)-1]
		copy(region[1:], region)
		clear(last)
		region[0] = last
	}
	v.joins = false
}

func (v *VT) ask(what, answer string) {
	v.queries = append(v.queries, what)
	if v.reply != nil {
		v.answers = append(v.answers, answer)
	}
}

func (v *VT) osc(number int, data []byte) {
	_, rest, _ := strings.Cut(string(data), ";")
	switch number {
	case 0, 2:
		v.title = rest
	case 10, 11:
		if rest == "?" {
			v.ask(fmt.Sprintf("OSC %d", number), fmt.Sprintf("\x1b]%d;rgb:%s\x1b\\", number, map[int]string{10: "cccc/cccc/cccc", 11: "1e1e/1e1e/1e1e"}[number]))
		}
	case 52:
		_, payload, _ := strings.Cut(rest, ";")
		text, err := base64.StdEncoding.DecodeString(payload)
		if err != nil {
			text = []byte("not base64: " + payload)
		}
		v.clipboard = append(v.clipboard, string(text))
	default:
		v.unknown = append(v.unknown, fmt.Sprintf("OSC %d", number))
	}
}
