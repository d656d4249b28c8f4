package tuitest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// color is a colour as SGR names it: none, one of 256, or red, green and blue.
type color struct {
	kind  byte // 0 none, 'p' palette, 'r' RGB
	value int
}

// attributes are how a cell is drawn.
type attributes struct {
	fg, bg                   color
	bold, underline, reverse bool
}

// cell is one place of the grid. The second cell of a wide character is a tail
// without text.
type cell struct {
	text string
	tail bool
	wide bool
	attributes
}

func (c cell) blank() bool { return c.text == "" && !c.tail || c.text == " " && !c.underline }

// joins reports whether the next cell continues this one's run of text. A wide
// character is a run of its own, so that the font cannot move what follows.
func (c cell) joins(next cell) bool {
	if c.wide || next.wide {
		return next.tail
	}
	return !next.tail && c.attributes == next.attributes && !shaped[next.text]
}

// shaped are the characters that SVG draws as shapes.
var shaped = map[string]bool{"█": true, "▀": true, "▄": true, "░": true, "┃": true, "─": true, "│": true, "╭": true, "╮": true, "╰": true, "╯": true}

// cells reads a styled view into a grid of h rows of w cells.
func cells(view string, w, h int) [][]cell {
	grid := make([][]cell, h)
	lines := strings.Split(view, "\n")
	var now attributes
	for y := range grid {
		grid[y] = make([]cell, w)
		for x := range grid[y] {
			grid[y][x].text = " "
		}
		if y < len(lines) {
			now = fill(grid[y], lines[y], now)
		}
	}
	return grid
}

func fill(row []cell, line string, now attributes) attributes {
	x := 0
	var state byte
	for len(line) > 0 {
		seq, width, n, next := ansi.DecodeSequence(line, state, nil)
		state, line = next, line[n:]
		switch {
		case width > 0 && x+width <= len(row):
			row[x] = cell{text: seq, wide: width > 1, attributes: now}
			for i := 1; i < width; i++ {
				row[x+i] = cell{tail: true, attributes: now}
			}
			x += width
		case strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m"):
			now.apply(seq[2 : len(seq)-1])
		}
	}
	return now
}

// apply takes the parameters of one SGR sequence.
func (a *attributes) apply(params string) {
	fields := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(fields) == 0 {
		*a = attributes{}
	}
	for i := 0; i < len(fields); i++ {
		p, err := strconv.Atoi(fields[i])
		if err != nil {
			return
		}
		switch {
		case p == 0:
			*a = attributes{}
		case p == 1:
			a.bold = true
		case p == 4:
			a.underline = true
		case p == 7:
			a.reverse = true
		case p == 22:
			a.bold = false
		case p == 24:
			a.underline = false
		case p == 27:
			a.reverse = false
		case p == 38 || p == 48:
			c, used := extended(fields[i+1:])
			i += used
			a.set(p == 48, c)
		case p == 39 || p == 49:
			a.set(p == 49, color{})
		case p >= 30 && p <= 37, p >= 90 && p <= 97:
			a.set(false, color{'p', p%10 + p/90*8})
		case p >= 40 && p <= 47, p >= 100 && p <= 107:
			a.set(true, color{'p', p%10 + p/100*8})
		}
	}
}

func (a *attributes) set(back bool, c color) {
	if back {
		a.bg = c
	} else {
		a.fg = c
	}
}

// extended reads "5;n" or "2;r;g;b" and says how many parameters it took.
func extended(fields []string) (c color, used int) {
	values := make([]int, 0, 4)
	for _, f := range fields[:min(len(fields), 4)] {
		n, err := strconv.Atoi(f)
		if err != nil {
			break
		}
		values = append(values, n&0xff)
	}
	switch {
	case len(values) >= 2 && values[0] == 5:
		return color{'p', values[1]}, 2
	case len(values) >= 4 && values[0] == 2:
		return color{'r', values[1]<<16 | values[2]<<8 | values[3]}, 4
	}
	return color{}, len(fields)
}

func (l window) foreground(c cell) string {
	if c.reverse {
		return l.hex(c.bg, l.back)
	}
	return l.hex(c.fg, l.text)
}

func (l window) background(c cell) string {
	if c.reverse {
		return l.hex(c.fg, l.text)
	}
	return l.hex(c.bg, l.back)
}

// hex is a colour as SVG writes it (xterm's 256 colours: sixteen of the window, a
// cube of six steps, 24 greys).
func (l window) hex(c color, none string) string {
	switch {
	case c.kind == 0:
		return none
	case c.kind == 'r':
		return fmt.Sprintf("#%06x", c.value)
	case c.value < 16:
		return l.ansi[c.value]
	case c.value >= 232:
		grey := 8 + 10*(c.value-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	}
	steps := [6]int{0, 95, 135, 175, 215, 255}
	n := c.value - 16
	return fmt.Sprintf("#%02x%02x%02x", steps[n/36], steps[n/6%6], steps[n%6])
}
