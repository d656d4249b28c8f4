package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/layout"
)

// confirmBox asks before something that cannot simply be taken back. The safe
// answer has the focus; enter alone never does the dangerous thing.
type confirmBox struct {
	m     *Model
	c     Confirm
	yes   bool
	typed string
}

func newConfirmBox(m *Model, c Confirm) *confirmBox {
	if c.No == "" {
		c.No = "Go back"
	}
	return &confirmBox{m: m, c: c}
}

func (b *confirmBox) needsWord() bool { return b.c.Typed != "" && b.m.desk.Profile.Live() }

func (b *confirmBox) update(k tea.KeyMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "esc":
		return true, nil
	case "tab", "shift+tab", "left", "right":
		b.yes = !b.yes
		return false, nil
	case "enter":
		if !b.yes {
			return true, nil
		}
		if b.needsWord() && b.typed != b.c.Typed {
			return false, nil
		}
		return true, b.c.Do
	}
	if b.needsWord() {
		if k.Type == tea.KeyBackspace {
			b.typed = chop(b.typed)
		} else if len(b.typed) < 64 {
			b.typed += services.Clean(printable(k))
		}
		return false, nil
	}
	switch k.String() {
	case "y":
		return true, b.c.Do
	case "n", "q":
		return true, nil
	}
	return false, nil
}

func (b *confirmBox) view(w, h int) []string {
	t, inner := b.m.theme, max(w-4, 1)
	title := b.c.Title
	var lines []string
	if b.m.desk.Profile.Live() {
		title = "LIVE  " + title
		lines = append(lines, t.Banner.Render(layout.Fit(" Real money on "+b.m.desk.Profile.Name, inner, t.Symbols.Ellipsis)))
	}
	for _, f := range b.c.Facts {
		lines = append(lines, layout.Wrap(services.Clean(f), inner)...)
	}
	if !b.m.desk.Profile.Live() {
		lines = append(lines, "", t.Muted.Render("Test mode: no real money moves."))
	}
	if b.needsWord() {
		lines = append(lines, "", "Type "+t.Bold.Render(b.c.Typed)+" to go on: "+t.Accent.Render(t.Symbols.Focus)+" "+b.typed)
	}
	no, yes := "  "+b.c.No+"  ", "  "+b.c.Yes+"  "
	if b.yes {
		yes = t.Selected.Render(t.Symbols.Selected + " " + b.c.Yes + " ")
	} else {
		no = t.Selected.Render(t.Symbols.Selected + " " + b.c.No + " ")
	}
	hint := "tab chooses, enter answers, y is yes"
	if b.needsWord() {
		hint = "tab chooses, enter answers"
	}
	lines = append(lines, "", no+"   "+yes, t.Muted.Render(hint))
	return box(t, title, lines, w, h)
}
