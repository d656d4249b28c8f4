package tuitest

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"bursar/services"
)

// SVGOptions choose how a picture of a view looks.
type SVGOptions struct {
	Title string // in the window's bar, and for readers of the page who see no picture
	Light bool   // a light window
}

// The picture's measures, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18.0
	fontSize   = 14
	margin     = 14.0
	barHeight  = 30.0
)

// SVG draws a view of w by h cells as a terminal's window: a picture without
// scripts or outside fonts, on an exact grid. It understands the colours and
// attributes that a theme uses (SGR bold, underline, reverse; 16, 256 and true
// colours) and nothing else; other escape sequences and invisible characters are
// left out.
func SVG(view string, w, h int, o SVGOptions) []byte {
	look := darkWindow
	if o.Light {
		look = lightWindow
	}
	width, height := float64(w)*cellWidth+2*margin, float64(h)*cellHeight+barHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s">`+"\n",
		number(width), number(height), number(width), number(height), escape(o.Title))
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(o.Title))
	fmt.Fprintf(&b, `<rect width="%s" height="%s" rx="9" fill="%s" stroke="%s"/>`+"\n", number(width), number(height), look.back, look.edge)
	for i := range 3 {
		fmt.Fprintf(&b, `<circle cx="%s" cy="15" r="5" fill="%s"/>`+"\n", number(18+float64(i)*16), look.edge)
	}
	fmt.Fprintf(&b, `<text x="%s" y="19" text-anchor="middle" font-family="system-ui,sans-serif" font-size="12" fill="%s">%s</text>`+"\n",
		number(width/2), look.dim, escape(o.Title))
	fmt.Fprintf(&b, `<g transform="translate(%s %s)" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%d" fill="%s" style="white-space:pre">`+"\n",
		number(margin), number(barHeight), fontSize, look.text)
	for y, row := range cells(view, w, h) {
		look.drawRow(&b, row, float64(y)*cellHeight)
	}
	b.WriteString("</g>\n</svg>\n")
	return []byte(b.String())
}

// window is the colours of a picture; ansi are the sixteen.
type window struct {
	back, text, dim, edge string
	ansi                  [16]string
}

var (
	darkWindow = window{"#1b1b22", "#e6e6ea", "#b4b4c0", "#3a3a46", [16]string{
		"#000000", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0",
		"#6b7280", "#ff8b92", "#b5e08f", "#ffd68a", "#82c4ff", "#dd9bf0", "#7fd7e0", "#ffffff"}}
	lightWindow = window{"#ffffff", "#1c1c24", "#51515e", "#d6d6de", [16]string{
		"#000000", "#b3150f", "#0b6b36", "#7d4e00", "#0a53c2", "#7a28b8", "#005f78", "#51515e",
		"#75758a", "#d02a24", "#138a49", "#9a6200", "#2f70d8", "#9747d1", "#0a7f9e", "#ffffff"}}
)

// drawRow draws one line: the backgrounds, then what is drawn as shapes, then the
// text in runs of one style. A run ends where two blanks follow each other, so that
// columns stand where they are even in a viewer that collapses blanks.
func (l window) drawRow(b *strings.Builder, row []cell, top float64) {
	for x := 0; x < len(row); {
		end := x + 1
		back := l.background(row[x])
		for end < len(row) && l.background(row[end]) == back {
			end++
		}
		if back != l.back {
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n",
				number(float64(x)*cellWidth), number(top), number(float64(end-x)*cellWidth), number(cellHeight), back)
		}
		x = end
	}
	for x := 0; x < len(row); {
		c := row[x]
		if shape := l.shape(c, float64(x)*cellWidth, top); shape != "" {
			b.WriteString(shape)
			x++
			continue
		}
		end := x + 1
		for end < len(row) && row[x].joins(row[end]) && !(row[end-1].blank() && row[end].blank()) {
			end++
		}
		l.drawRun(b, row[x:end], x, top)
		x = end
	}
}

func (l window) drawRun(b *strings.Builder, run []cell, x int, top float64) {
	for len(run) > 0 && run[0].blank() {
		run, x = run[1:], x+1
	}
	for len(run) > 0 && run[len(run)-1].blank() {
		run = run[:len(run)-1]
	}
	if len(run) == 0 {
		return
	}
	var text strings.Builder
	for _, c := range run {
		text.WriteString(c.text)
	}
	fmt.Fprintf(b, `<text x="%s" y="%s" textLength="%s" lengthAdjust="spacingAndGlyphs"`,
		number(float64(x)*cellWidth), number(top+cellHeight*0.74), number(float64(len(run))*cellWidth))
	if fg := l.foreground(run[0]); fg != l.text {
		fmt.Fprintf(b, ` fill="%s"`, fg)
	}
	if run[0].bold {
		b.WriteString(` font-weight="700"`)
	}
	if run[0].underline {
		b.WriteString(` text-decoration="underline"`)
	}
	fmt.Fprintf(b, ">%s</text>\n", escape(text.String()))
}

// shape draws the characters that must meet their neighbours without a gap,
// whatever the font; "" for all others.
func (l window) shape(c cell, x, y float64) string {
	fg := l.foreground(c)
	rect := func(dx, dy, w, h float64, extra string) string {
		return fmt.Sprintf(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`+"\n", number(x+dx), number(y+dy), number(w), number(h), fg, extra)
	}
	midX, midY := cellWidth/2, cellHeight/2
	path := func(d string) string {
		return fmt.Sprintf(`<path d="%s" fill="none" stroke="%s"/>`+"\n", d, fg)
	}
	at := func(dx, dy float64) string { return number(x+dx) + " " + number(y+dy) }
	switch c.text {
	case "█":
		return rect(0, 0, cellWidth+0.05, cellHeight+0.05, "")
	case "▀":
		return rect(0, 0, cellWidth+0.05, cellHeight/2, "")
	case "▄":
		return rect(0, cellHeight/2, cellWidth+0.05, cellHeight/2+0.05, "")
	case "░":
		return rect(0, 3, cellWidth, cellHeight-6, ` opacity="0.35"`)
	case "┃":
		return rect(midX-1, 0, 2, cellHeight, "")
	case "─":
		return path("M" + at(0, midY) + "L" + at(cellWidth, midY))
	case "│":
		return path("M" + at(midX, 0) + "L" + at(midX, cellHeight))
	case "╭":
		return path("M" + at(midX, cellHeight) + "Q" + at(midX, midY) + " " + at(cellWidth, midY))
	case "╮":
		return path("M" + at(midX, cellHeight) + "Q" + at(midX, midY) + " " + at(0, midY))
	case "╰":
		return path("M" + at(midX, 0) + "Q" + at(midX, midY) + " " + at(cellWidth, midY))
	case "╯":
		return path("M" + at(midX, 0) + "Q" + at(midX, midY) + " " + at(0, midY))
	}
	return ""
}

// number writes a length without needless digits.
func number(f float64) string {
	return strconv.FormatFloat(float64(int(f*100+0.5))/100, 'f', -1, 64)
}

// escape makes text safe inside XML: what XML cannot hold is left out.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if !services.Invisible(r) && r != 0xfffe && r != 0xffff {
			b.WriteRune(r)
		}
	}
	return html.EscapeString(b.String())
}
