package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"

	"bursar/services"
	"bursar/tui/keys"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// command is one entry of the palette.
type command struct {
	name, where, key string
	do               tea.Cmd
}

// palette finds a command by its words and runs it.
type palette struct {
	m        *Model
	all      []command
	found    []command
	text     string
	list     widget.List
	moveKeys keys.Move
}

func newPalette(m *Model) *palette {
	p := &palette{m: m, moveKeys: keys.Move{
		Up: keys.New("↑", "up", "up", "ctrl+k"), Down: keys.New("↓", "down", "down", "ctrl+n"),
		PageUp: keys.New("pgup", "page up", "pgup"), PageDown: keys.New("pgdn", "page down", "pgdown"),
		Home: keys.New("home", "first", "home"), End: keys.New("end", "last", "end"),
	}}
	if s := m.current(); s != nil {
		for _, b := range s.Bindings() {
			p.addBinding(b, s)
		}
	}
	for i, t := range m.opt.Tabs {
		p.all = append(p.all, command{"Go to " + t.Name, "any screen", m.keys.Tabs[i].Help().Key, GoTab(t.Kind)})
	}
	p.all = append(p.all,
		command{"Keys of this screen", "any screen", "?", m.replay("?")},
		command{"Switch profile", "any screen", "p", m.replay("p")},
		command{"Messages", "any screen", "!", m.replay("!")},
		command{"Mouse on or off", "any screen", "m", m.replay("m")},
		command{"Redraw", "any screen", "ctrl+l", tea.ClearScreen},
		command{"Quit", "any screen", "q", m.replay("q")},
	)
	p.filter()
	return p
}

func (p *palette) addBinding(b key.Binding, s Screen) {
	if !b.Enabled() || len(b.Keys()) == 0 || b.Help().Desc == "" {
		return
	}
	k, ok := keyMsg(b.Keys()[0])
	if !ok {
		return
	}
	name := strings.ToUpper(b.Help().Desc[:1]) + b.Help().Desc[1:]
	p.all = append(p.all, command{name, s.Title(), b.Help().Key, send(replayMsg{key: k})})
}

// replayMsg is a key pressed by the palette once it is closed.
type replayMsg struct {
	key    tea.KeyMsg
	global bool // one of the shell's own, whatever has the keyboard
}

func (m *Model) replay(name string) tea.Cmd {
	return send(replayMsg{KeyMsg(name), true})
}

// KeyMsg makes the message of a key by its name ("enter", "x", "ctrl+r"); a name
// it does not know makes a key that no binding has.
func KeyMsg(name string) tea.KeyMsg {
	k, _ := keyMsg(name)
	return k
}

func keyMsg(name string) (tea.KeyMsg, bool) {
	named := map[string]tea.KeyType{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"delete": tea.KeyDelete, "backspace": tea.KeyBackspace,
	}
	if t, ok := named[name]; ok {
		return tea.KeyMsg{Type: t}, true
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok && len(letter) == 1 && letter >= "a" && letter <= "z" {
		return tea.KeyMsg{Type: tea.KeyType(letter[0]-'a') + tea.KeyCtrlA}, true
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}, true
	}
	if r := []rune(name); len(r) == 1 {
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: r}, true
	}
	return tea.KeyMsg{}, false
}

func (p *palette) update(k tea.KeyMsg) (bool, tea.Cmd) {
	switch {
	case k.Type == tea.KeyEsc:
		return true, nil
	case k.Type == tea.KeyEnter:
		if len(p.found) == 0 {
			return false, nil
		}
		return true, p.found[p.list.Cursor].do
	case k.Type == tea.KeyBackspace:
		p.text = chop(p.text)
		p.filter()
	case printable(k) != "":
		if len(p.text) < 64 {
			p.text += services.Clean(printable(k))
		}
		p.filter()
	default:
		p.list.Update(k, p.moveKeys)
	}
	return false, nil
}

// filter keeps the commands that hold every typed word; when none does, those
// that match loosely.
func (p *palette) filter() {
	p.found = nil
	words := strings.Fields(strings.ToLower(p.text))
	for _, c := range p.all {
		hay, ok := strings.ToLower(c.name), true
		for _, w := range words {
			ok = ok && strings.Contains(hay, w)
		}
		if ok {
			p.found = append(p.found, c)
		}
	}
	if len(p.found) == 0 {
		names := make([]string, len(p.all))
		for i, c := range p.all {
			names[i] = c.name
		}
		for _, match := range fuzzy.Find(p.text, names) {
			p.found = append(p.found, p.all[match.Index])
		}
	}
	p.list.SetLen(len(p.found))
	p.list.Select(0)
}

func (p *palette) view(w, h int) []string {
	t, inner := p.m.theme, max(w-4, 1)
	p.list.SetSize(max(min(h-6, 12), 1))
	lines := []string{t.Accent.Render(t.Symbols.Focus) + " " + p.text, ""}
	cols := []layout.Column{{Min: 12}, {Min: 8, Max: 16, Rank: 1}, {Min: 4, Max: 9}}
	widths := layout.Widths(cols, inner-widget.Margin)
	from, to := p.list.Window()
	for i := from; i < to; i++ {
		c := p.found[i]
		cells := []widget.Cell{{Text: c.name}, {Text: c.where, Style: t.Muted}, {Text: c.key, Style: t.Key}}
		lines = append(lines, widget.Row(t, cols, widths, cells, widget.FocusOf(i, p.list.Cursor, true), inner))
	}
	for i := to - from; i < min(p.list.Height, len(p.all)); i++ {
		lines = append(lines, "")
	}
	lines = append(lines, t.Muted.Render(plural(int64(len(p.found)), "command")+" "+t.Symbols.Dot+" enter runs "+t.Symbols.Dot+" esc closes"))
	return box(t, "Commands", lines, w, h)
}
