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

// live reports whether the question is about real money.
func (b *confirmBox) live() bool { return b.c.Live || b.m.desk.Profile.Live() }

func (b *confirmBox) needsWord() bool { return b.c.Typed != "" && b.live() }

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
	var head, facts, foot []string
	if b.live() {
		title = "LIVE  " + title
		where := " Real money"
		if b.m.desk.Profile.Live() {
			where += " on " + services.Clean(b.m.desk.Profile.Name)
		}
		head = append(head, t.Banner.Render(layout.Fit(where, inner, t.Symbols.Ellipsis)))
	}
	for _, f := range b.c.Facts {
		facts = append(facts, layout.Wrap(services.Clean(f), inner)...)
	}
	if !b.live() {
		foot = append(foot, "", t.Muted.Render("Test mode: no real money moves."))
	}
	if b.needsWord() {
		foot = append(foot, "", "Type "+t.Bold.Render(b.c.Typed)+" to go on: "+t.Accent.Render(t.Symbols.Focus)+" "+b.typed)
	}
	foot = append(foot, "")
	foot = append(foot, b.answers(inner)...)
	foot = append(foot, t.Muted.Render(b.hint()))
	return box(t, title, join(head, facts, foot, max(h-2, 0)), w, h)
}

// join puts head, middle and foot into room lines; the middle gives way first,
// since a question whose answers cannot be seen cannot be answered.
func join(head, middle, foot []string, room int) []string {
	if over := len(head) + len(middle) + len(foot) - room; over > 0 {
		middle = middle[:max(len(middle)-over, 0)]
	}
	lines := append(append(append([]string(nil), head...), middle...), foot...)
	for over := len(lines) - room; over > 0; over-- {
		for i, l := range lines {
			if l == "" {
				lines = append(lines[:i:i], lines[i+1:]...)
				break
			}
		}
	}
	return lines
}

// answers draws the two answers, beside each other where they fit.
func (b *confirmBox) answers(w int) []string {
	t := b.m.theme
	no, yes := "  "+b.c.No+" ", "  "+b.c.Yes+" "
	if b.yes {
		yes = t.Selected.Render(t.Symbols.Selected + " " + b.c.Yes + " ")
	} else {
		no = t.Selected.Render(t.Symbols.Selected + " " + b.c.No + " ")
	}
	if b.needsWord() && b.typed != b.c.Typed {
		yes += t.Muted.Render(" (type " + b.c.Typed + " first)")
	}
	if layout.Width(no)+3+layout.Width(yes) > w {
		return []string{no, yes}
	}
	return []string{no + "   " + yes}
}

func (b *confirmBox) hint() string {
	if b.needsWord() {
		return "tab chooses, enter answers, esc goes back"
	}
	return "tab chooses, enter answers, y is yes"
}
