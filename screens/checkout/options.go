package checkout

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/widget"
)

// adder takes one further Stripe parameter. What it is called and may hold is
// Stripe's to judge.
type adder struct {
	field      *widget.Field
	enter, esc key.Binding
}

func newAdder(t *theme.Theme) *adder {
	return &adder{field: widget.NewField(t, "Option", "name=value", false),
		enter: keys.New("enter", "add the option", "enter"), esc: keys.New("esc", "leave it", "esc")}
}

func (a *adder) active() bool { return a.field.Focused() }

// open takes the keyboard. What was typed and not added is still there.
func (a *adder) open() {
	a.field.Problem = ""
	a.field.Hint = "Any Stripe parameter, such as allow_promotion_codes=true"
	a.field.Focus()
}

func (a *adder) bindings() []key.Binding { return []key.Binding{a.enter, a.esc} }

// update takes a key; ok tells that an option was given.
func (a *adder) update(m tea.KeyMsg) (o services.Option, ok bool) {
	switch {
	case key.Matches(m, a.esc):
		a.field.Blur()
	case key.Matches(m, a.enter):
		name, value, found := strings.Cut(a.field.Value(), "=")
		o = services.Option{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		if !found || o.Name == "" || strings.Contains(o.Name, " ") {
			a.field.Problem = "Type it as name=value, such as metadata[order]=1042."
			return services.Option{}, false
		}
		a.field.SetValue("")
		a.field.Blur()
		return o, true
	default:
		if a.field.Update(m) {
			a.field.Problem = ""
		}
	}
	return services.Option{}, false
}

func (a *adder) view(w int) []string {
	lines := a.field.View(9, max(w-2, 1))
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}
