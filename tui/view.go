package tui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/key"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// The smallest window that shows something useful, in cells.
const (
	minWidth  = 40
	minHeight = 12
)

func (m *Model) tooSmall() bool { return m.w < minWidth || m.h < minHeight }

// headerHeight is 3 rows (product, tabs, rule) where there is room, else 1.
func (m *Model) headerHeight() int {
	if m.h >= 18 {
		return 3
	}
	return 1
}

// footerHeight is 2 rows (status, keys) where there is room, else 1.
func (m *Model) footerHeight() int {
	if m.h >= 14 {
		return 2
	}
	return 1
}

func (m *Model) bodySize() (w, h int) {
	return max(m.w, 0), max(m.h-m.headerHeight()-m.footerHeight(), 0)
}

// View draws the whole window: exactly h lines of at most w cells.
func (m *Model) View() string {
	if m.w == 0 || m.h == 0 {
		return ""
	}
	if m.tooSmall() {
		return strings.Join(m.smallView(), "\n")
	}
	lines := m.header()
	w, h := m.bodySize()
	var body []string
	if s := m.current(); s != nil {
		body = strings.Split(s.View(), "\n")
	}
	lines = append(lines, layout.Block(body, w, h, "")...)
	lines = append(lines, m.footer()...)
	if m.overlay != nil {
		box := m.overlay.view(min(m.w, 64), m.h-2)
		x := max((m.w-layout.Width(box[0]))/2, 0)
		y := max((m.h-len(box))/2, 0)
		lines = layout.Overlay(lines, box, x, y)
	}
	return strings.Join(layout.Block(lines, m.w, m.h, ""), "\n")
}

func (m *Model) smallView() []string {
	size := strconv.Itoa(m.w) + " x " + strconv.Itoa(m.h)
	need := strconv.Itoa(minWidth) + " x " + strconv.Itoa(minHeight)
	text := "This window is " + size + ". " + need + " is the least. Make it larger, or use the commands, such as bursar logs --json. q quits."
	return layout.Block(layout.Wrap(text, m.w), m.w, m.h, "")
}

func (m *Model) header() []string {
	if m.headerHeight() == 1 {
		tab := m.opt.Tabs[m.active]
		left := " " + m.theme.Bold.Render("BURSAR") + "  " + m.theme.TabActive.Render("["+strconv.Itoa(m.active+1)+" "+tab.Name+"]")
		return []string{layout.Spread(left, m.state(m.w < 60), m.w, m.theme.Symbols.Ellipsis)}
	}
	left := " " + m.theme.Bold.Render("BURSAR") + "  " + services.Clean(m.desk.Profile.Name)
	if who := m.account(); who != "" && m.w >= 60 {
		left += m.theme.Muted.Render(" " + m.theme.Symbols.Dot + " " + who)
	}
	rule := m.theme.Border.Render(strings.Repeat(m.theme.Symbols.Rule, m.w))
	if m.desk.Profile.Live() {
		rule = m.theme.Banner.Render(layout.Fit(" LIVE MODE: real customers and real money", m.w, ""))
	}
	return []string{layout.Spread(left, m.state(m.w < 80), m.w, m.theme.Symbols.Ellipsis), m.tabs(), rule}
}

func (m *Model) account() string {
	p := m.desk.Profile
	switch {
	case p.AccountName != "" && p.AccountID != "" && m.w >= 100:
		return p.AccountName + " (" + layout.Middle(p.AccountID, 14, m.theme.Symbols.Ellipsis) + ")"
	case p.AccountName != "":
		return p.AccountName
	}
	return p.AccountID
}

// state is the right end of the header: mode badge and how fresh the archive is.
func (m *Model) state(short bool) string {
	var b strings.Builder
	switch {
	case m.desk.Profile.Live():
		b.WriteString(m.theme.BadgeLive.Render(" LIVE "))
	default:
		b.WriteString(m.theme.BadgeTest.Render(" TEST "))
	}
	b.WriteString("  ")
	switch {
	case m.opening != "":
		b.WriteString(m.theme.Info.Render(m.theme.Symbols.Waiting) + " opening")
	case m.health.SyncProblem != "":
		b.WriteString(m.theme.Warning.Render(m.theme.Symbols.Attention))
		b.WriteString(map[bool]string{true: " off", false: " not synced"}[short])
	case m.health.LastSync.IsZero():
		b.WriteString(m.theme.Info.Render(m.theme.Symbols.Waiting))
		b.WriteString(map[bool]string{true: "", false: " reading events"}[short])
	default:
		age := widget.Age(m.opt.Now(), m.health.LastSync)
		b.WriteString(m.theme.Success.Render(m.theme.Symbols.On))
		if !short {
			b.WriteString(" synced")
		}
		b.WriteString(" " + age)
	}
	b.WriteString(" ")
	return b.String()
}

// tabTexts are the tabs as drawn and the blanks between them: names stand closer
// together and then shrink to numbers when the window is narrow.
func (m *Model) tabTexts() (texts []string, gap int) {
	for _, try := range []struct {
		named bool
		gap   int
	}{{true, 1}, {true, 0}, {false, 1}} {
		texts = make([]string, len(m.opt.Tabs))
		width := 0
		for i, t := range m.opt.Tabs {
			n := strconv.Itoa(i + 1)
			switch {
			case i == m.active:
				texts[i] = "[" + n + " " + t.Name + "]"
			case try.named:
				texts[i] = " " + n + " " + t.Name + " "
			default:
				texts[i] = " " + n + " "
			}
			width += layout.Width(texts[i]) + try.gap
		}
		gap = try.gap
		if width-gap <= m.w {
			break
		}
	}
	return texts, gap
}

func (m *Model) tabs() string {
	var b strings.Builder
	texts, gap := m.tabTexts()
	for i, text := range texts {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		if i == m.active {
			b.WriteString(m.theme.TabActive.Render(text))
		} else {
			b.WriteString(m.theme.Tab.Render(text))
		}
	}
	return layout.Cut(b.String(), m.w, "")
}

// tabAt returns the tab drawn at a cell of the header, or -1.
func (m *Model) tabAt(x, y int) int {
	if m.headerHeight() < 3 || y != 1 {
		return -1
	}
	at := 0
	texts, gap := m.tabTexts()
	for i, text := range texts {
		end := at + layout.Width(text)
		if x >= at && x < end {
			return i
		}
		at = end + gap
	}
	return -1
}

func (m *Model) footer() []string {
	status := m.statusLine()
	keys := m.keyLine()
	if m.footerHeight() == 1 {
		if m.status.text != "" {
			return []string{status}
		}
		return []string{keys}
	}
	return []string{status, keys}
}

func (m *Model) statusLine() string {
	if m.status.text == "" {
		return ""
	}
	line := " " + m.status.text
	if m.status.failed {
		hint := m.theme.Muted.Render("esc dismisses ")
		text := m.theme.Danger.Render(" "+m.theme.Symbols.Failed) + " " + m.status.text
		if layout.Width(text) > m.w-16 {
			hint = m.theme.Muted.Render("! reads all ")
		}
		return layout.Spread(text, hint, m.w, m.theme.Symbols.Ellipsis)
	}
	return layout.Cut(line, m.w, m.theme.Symbols.Ellipsis)
}

// keyLine is the footer: whole entries only, help always the last.
func (m *Model) keyLine() string {
	entry := func(b key.Binding) string {
		return m.theme.Key.Render(m.theme.KeyName(b.Help().Key)) + " " + b.Help().Desc
	}
	help := entry(m.keys.Help)
	if s := m.current(); s != nil && s.Capturing() {
		help = m.theme.Key.Render("ctrl+p") + " commands"
	}
	room := m.w - layout.Width(help) - 3
	line, width := " ", 1
	for _, b := range m.footerBindings() {
		e := entry(b)
		if n := layout.Width(e) + 2; width+n <= room {
			line += e + "  "
			width += n
		}
	}
	return line + help
}

// moves reports whether a binding's first key is one of the named movements. The
// footer says moving once; help has every key of it.
func moves(b key.Binding, names ...string) bool {
	return len(b.Keys()) > 0 && slices.Contains(names, b.Keys()[0])
}

// footerBindings are what the footer may show, the most used first.
func (m *Model) footerBindings() []key.Binding {
	s := m.current()
	if s == nil {
		return nil
	}
	var out []key.Binding
	back := m.canGoBack() && !s.Capturing()
	for _, b := range s.Bindings() {
		switch {
		case !b.Enabled() || b.Help().Key == "":
		case moves(b, "up"):
			out = append(out, key.NewBinding(key.WithKeys(b.Keys()...), key.WithHelp("↑↓", "move")))
		case moves(b, "down", "pgup", "pgdown", "home", "end"):
		default:
			out = append(out, b)
		}
	}
	if back && !escTaken(s) {
		out = append(out, m.keys.Back)
	}
	if !s.Capturing() {
		out = append(out, m.keys.Commands, m.keys.Quit)
	}
	return out
}
