package widget

import (
	"strings"

	"bursar/tui/layout"
	"bursar/tui/theme"
)

// View draws the list in at most the lines and cells it was given.
func (l *FactList) View(t *theme.Theme) []string {
	if l.beside(t) {
		split := l.split()
		main, _ := l.lines(t, 0, split, l.mainWidth())
		aside, _ := l.lines(t, split, len(l.Facts), asideWidth)
		return layout.Join(layout.Block(main, l.mainWidth(), l.h, ""), aside, l.mainWidth(), asideWidth,
			" "+t.Border.Render(t.Symbols.Divider)+" ", t.Symbols.Ellipsis)
	}
	lines, at := l.lines(t, 0, len(l.Facts), l.w)
	room := l.room(lines)
	if l.Cursor < len(at) && (at[l.Cursor].to <= l.top || at[l.Cursor].from >= l.top+room) {
		l.reveal(t, 1)
	}
	l.top = max(min(l.top, len(lines)-room), 0)
	seen := lines[l.top:min(l.top+room, len(lines))]
	if room == l.h {
		return seen
	}
	note := "  end"
	if n := len(lines) - l.top - room; n > 0 {
		note = "  " + Count(int64(n), "more line")
	}
	return append(append([]string(nil), seen...), t.Muted.Render(layout.Cut(note, l.w, "")))
}

func (l *FactList) mainWidth() int { return l.w - asideWidth - 3 }

// split is the first fact of the group at the side.
func (l *FactList) split() int {
	for i, f := range l.Facts {
		if l.Aside != "" && f.Group == l.Aside {
			return i
		}
	}
	return len(l.Facts)
}

// beside reports whether the list is drawn in two columns.
func (l *FactList) beside(t *theme.Theme) bool {
	split := l.split()
	if l.w < asideFrom || split == len(l.Facts) {
		return false
	}
	main, _ := l.lines(t, 0, split, l.mainWidth())
	aside, _ := l.lines(t, split, len(l.Facts), asideWidth)
	return len(main) <= l.h && len(aside) <= l.h
}

// lines draws the facts from inclusive to exclusive and says where each stands.
func (l *FactList) lines(t *theme.Theme, from, to, w int) ([]string, []factLines) {
	facts := l.Facts[from:to]
	label := 0
	for _, f := range facts {
		if !f.Whole {
			label = max(label, layout.Width(f.Label))
		}
	}
	label = min(label, max(w/3, 1))
	var lines []string
	at := make([]factLines, len(facts))
	for i, f := range facts {
		if f.Group != "" && (i == 0 || facts[i-1].Group != f.Group) {
			if i > 0 {
				lines = append(lines, "")
			}
			lines = append(lines, "  "+t.Heading.Render(layout.Cut(f.Group, max(w-2, 1), t.Symbols.Ellipsis)))
		}
		start := len(lines)
		lines = append(lines, factView(t, f, label, w, from+i == l.Cursor)...)
		at[i] = factLines{start, len(lines)}
	}
	return lines, at
}

func factView(t *theme.Theme, f Fact, label, w int, selected bool) []string {
	var lines []string
	indent := strings.Repeat(" ", Margin)
	name, room := layout.Fit(f.Label, label, t.Symbols.Ellipsis), max(w-Margin-label-layout.Gap, 1)
	draw := func(lead, head, value string) {
		if selected {
			lines = append(lines, t.Selected.Render(layout.Fit(lead+head+value, w, "")))
			return
		}
		lines = append(lines, layout.Cut(lead+t.Muted.Render(head)+f.Style.Render(value), w, ""))
	}
	lead := indent
	if selected {
		lead = layout.Fit(t.Symbols.Selected, Margin, "")
	}
	switch {
	case f.Whole:
		draw(lead, f.Label, "")
		for rest := f.Value; rest != ""; {
			part := layout.Cut(rest, max(w-Margin, 1), "")
			if part == "" {
				break
			}
			draw(indent, "", part)
			rest = rest[len(part):]
		}
	case f.Keep:
		draw(lead, name+strings.Repeat(" ", layout.Gap), layout.Middle(f.Value, room, t.Symbols.Ellipsis))
	default:
		values := layout.Wrap(f.Value, room)
		if len(values) > valueLines {
			values = values[:valueLines]
			values[valueLines-1] = layout.Cut(values[valueLines-1], room-1, "") + t.Symbols.Ellipsis
		}
		for i, v := range values {
			if i > 0 {
				lead, name = indent, strings.Repeat(" ", label)
			}
			draw(lead, name+strings.Repeat(" ", layout.Gap), v)
		}
	}
	return lines
}
