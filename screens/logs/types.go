package logs

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/widget"
)

// picker chooses an event type from those the archive holds.
type picker struct {
	env   *tui.Env
	open  bool
	field *widget.Field
	all   []services.TypeCount // the first stands for every type
	found []services.TypeCount
	list  widget.List
	ready bool
	err   error
	guard tui.Guard
}

func newPicker(env *tui.Env) picker {
	return picker{env: env, field: widget.NewField(env.Theme, "Type", "part of a type", false)}
}

// start opens the chooser and counts the types anew.
func (p *picker) start(customer string) tea.Cmd {
	p.open, p.err = true, nil
	p.field.SetValue("")
	p.field.Focus()
	p.match()
	desk := p.env.Desk
	return tui.Ask(p.env, &p.guard, "counting the event types", func(ctx context.Context) ([]services.TypeCount, error) {
		return desk.Logs.Types(ctx, customer)
	})
}

func (p *picker) stop() {
	p.open = false
	p.guard.Abort()
	p.field.Blur()
}

// came takes the counts in and puts the cursor on the type that is applied.
func (p *picker) came(types []services.TypeCount, err error, applied string) {
	if p.err = err; err != nil {
		return
	}
	all := services.TypeCount{}
	for _, t := range types {
		all.Count += t.Count
	}
	p.all, p.ready = append([]services.TypeCount{all}, types...), true
	p.match()
	for i, t := range p.found {
		if t.Type == applied {
			p.list.Select(i)
		}
	}
}

// match keeps the types that hold every word that is typed.
func (p *picker) match() {
	words := strings.Fields(strings.ToLower(p.field.Value()))
	p.found = p.found[:0]
	for _, t := range p.all {
		if t.Type == "" && len(words) > 0 {
			continue
		}
		if holds(strings.ToLower(t.Type), words) {
			p.found = append(p.found, t)
		}
	}
	p.list.SetLen(len(p.found))
	p.list.Select(0)
}

func holds(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// update takes a message while the chooser is open. chosen reports that a type
// was picked.
func (p *picker) update(msg tea.Msg, k keySet) (kind string, chosen bool) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, k.cancel):
			p.stop()
		case key.Matches(msg, k.apply):
			if p.list.Cursor < len(p.found) {
				p.stop()
				return p.found[p.list.Cursor].Type, true
			}
		case key.Matches(msg, k.prev):
			p.list.Select(p.list.Cursor - 1)
		case key.Matches(msg, k.next):
			p.list.Select(p.list.Cursor + 1)
		default:
			if p.field.Update(msg) {
				p.match()
			}
		}
	case tea.MouseMsg:
		return p.mouse(msg)
	}
	return "", false
}

func (p *picker) mouse(m tea.MouseMsg) (string, bool) {
	switch m.Button {
	case tea.MouseButtonWheelUp:
		p.list.Select(p.list.Cursor - 3)
	case tea.MouseButtonWheelDown:
		p.list.Select(p.list.Cursor + 3)
	case tea.MouseButtonLeft:
		if m.Action == tea.MouseActionPress && p.list.Click(m.Y-listHead) {
			p.stop()
			return p.found[p.list.Cursor].Type, true
		}
	}
	return "", false
}

func (p *picker) lines(w, h int) []string {
	t := p.env.Theme
	lines := []string{
		layout.Cut(" Show only "+p.field.Line(max(w-12, 4)), w, ""),
		layout.Cut("  "+t.Muted.Render(layout.Spread("TYPE", "EVENTS", max(w-4, 1), "")), w, ""),
	}
	switch {
	case p.err != nil:
		return append(lines[:1], widget.Failure(t, p.err, "", w)...)
	case !p.ready:
		return append(lines[:1], widget.Loading(t, "counting the event types", p.guard.Waited(p.env.Now()), w, h-1)...)
	case len(p.found) == 0:
		return append(lines[:1], widget.Empty(t, "No event has a type like this", [][2]string{{"esc", "closes the filter"}}, w)...)
	}
	cols := []layout.Column{{Min: 10}, {Min: 7, Max: 9, Right: true}}
	widths := layout.Widths(cols, max(w-widget.Margin-2, 1))
	from, to := p.list.Window()
	for i := from; i < to; i++ {
		name := p.found[i].Type
		if name == "" {
			name = "Every type"
		}
		cells := []widget.Cell{{Text: name, Style: t.Text}, {Text: widget.Grouped(p.found[i].Count), Style: t.Muted}}
		lines = append(lines, widget.Row(t, cols, widths, cells, widget.FocusOf(i, p.list.Cursor, true), w))
	}
	return lines
}
