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

// filter chooses an event type from those the archive holds.
type filter struct {
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

func newFilter(env *tui.Env) filter {
	return filter{env: env, field: widget.NewField(env.Theme, "Type", "part of a type", false)}
}

// start opens the chooser and counts the types anew.
func (f *filter) start(customer string) tea.Cmd {
	f.open, f.err = true, nil
	f.field.SetValue("")
	f.field.Focus()
	f.match()
	desk := f.env.Desk
	return tui.Ask(f.env, &f.guard, "counting the event types", func(ctx context.Context) ([]services.TypeCount, error) {
		return desk.Logs.Types(ctx, customer)
	})
}

func (f *filter) stop() {
	f.open = false
	f.guard.Abort()
	f.field.Blur()
}

// came takes the counts in and puts the cursor on the type that is applied.
func (f *filter) came(types []services.TypeCount, err error, applied string) {
	if f.err = err; err != nil {
		return
	}
	all := services.TypeCount{}
	for _, t := range types {
		all.Count += t.Count
	}
	f.all, f.ready = append([]services.TypeCount{all}, types...), true
	f.match()
	for i, t := range f.found {
		if t.Type == applied {
			f.list.Select(i)
		}
	}
}

// match keeps the types that hold every word that is typed.
func (f *filter) match() {
	words := strings.Fields(strings.ToLower(f.field.Value()))
	f.found = f.found[:0]
	for _, t := range f.all {
		if t.Type == "" && len(words) > 0 {
			continue
		}
		if holds(strings.ToLower(t.Type), words) {
			f.found = append(f.found, t)
		}
	}
	f.list.SetLen(len(f.found))
	f.list.Select(0)
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
func (f *filter) update(msg tea.Msg, k keySet) (kind string, chosen bool) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, k.cancel):
			f.stop()
		case key.Matches(msg, k.apply):
			if f.list.Cursor < len(f.found) {
				f.stop()
				return f.found[f.list.Cursor].Type, true
			}
		case key.Matches(msg, k.prev):
			f.list.Select(f.list.Cursor - 1)
		case key.Matches(msg, k.next):
			f.list.Select(f.list.Cursor + 1)
		default:
			if f.field.Update(msg) {
				f.match()
			}
		}
	case tea.MouseMsg:
		return f.mouse(msg)
	}
	return "", false
}

func (f *filter) mouse(m tea.MouseMsg) (string, bool) {
	switch m.Button {
	case tea.MouseButtonWheelUp:
		f.list.Select(f.list.Cursor - 3)
	case tea.MouseButtonWheelDown:
		f.list.Select(f.list.Cursor + 3)
	case tea.MouseButtonLeft:
		if m.Action == tea.MouseActionPress && f.list.Click(m.Y-listHead) {
			f.stop()
			return f.found[f.list.Cursor].Type, true
		}
	}
	return "", false
}

func (f *filter) lines(w, h int) []string {
	t := f.env.Theme
	lines := []string{
		layout.Cut(" Show only "+f.field.Line(max(w-12, 4)), w, ""),
		layout.Cut("  "+t.Muted.Render(layout.Spread("TYPE", "EVENTS", max(w-4, 1), "")), w, ""),
	}
	switch {
	case f.err != nil:
		return append(lines[:1], widget.Failure(t, f.err, "", w)...)
	case !f.ready:
		return append(lines[:1], widget.Loading(t, "counting the event types", f.guard.Waited(f.env.Now()), w, h-1)...)
	case len(f.found) == 0:
		return append(lines[:1], widget.Empty(t, "No event has a type like this", [][2]string{{"esc", "closes the filter"}}, w)...)
	}
	cols := []layout.Column{{Min: 10}, {Min: 7, Max: 9, Right: true}}
	widths := layout.Widths(cols, max(w-widget.Margin-2, 1))
	from, to := f.list.Window()
	for i := from; i < to; i++ {
		name := f.found[i].Type
		if name == "" {
			name = "Every type"
		}
		cells := []widget.Cell{{Text: name, Style: t.Text}, {Text: widget.Grouped(f.found[i].Count), Style: t.Muted}}
		lines = append(lines, widget.Row(t, cols, widths, cells, widget.FocusOf(i, f.list.Cursor, true), w))
	}
	return lines
}
