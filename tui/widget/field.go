package widget

import (
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Field is a labelled line of text with a hint or a problem under it.
type Field struct {
	Label   string
	Hint    string // said while nothing is wrong
	Problem string // said instead of Hint

	theme  *theme.Theme
	input  textinput.Model
	secret bool
}

// NewField makes an empty field. A secret one shows a mask for what is typed.
func NewField(t *theme.Theme, label, placeholder string, secret bool) *Field {
	in := textinput.New()
	in.Prompt = ""
	in.Placeholder = placeholder
	in.CharLimit = 4096
	in.TextStyle, in.PromptStyle, in.PlaceholderStyle = t.Text, t.Text, t.Muted
	in.Cursor.Style, in.Cursor.TextStyle = t.Selected, t.Text
	in.Cursor.SetMode(cursor.CursorStatic)
	in.EchoCharacter = []rune(t.Symbols.Mask)[0]
	f := &Field{Label: label, theme: t, input: in, secret: secret}
	f.mask()
	return f
}

// mask hides what is typed in a secret field, and a secret that was typed or
// pasted into another one by mistake.
func (f *Field) mask() {
	f.input.EchoMode = textinput.EchoNormal
	if f.secret || holdsSecret(f.input.Value()) {
		f.input.EchoMode = textinput.EchoPassword
	}
}

// holdsSecret reports whether text looks like one of Stripe's secrets.
func holdsSecret(text string) bool {
	for _, kind := range []string{"sk_test_", "sk_live_", "rk_test_", "rk_live_", "whsec_"} {
		if strings.Contains(text, kind) {
			return true
		}
	}
	return false
}

// Value is what was typed, without spaces around it and without anything that
// cannot be seen.
func (f *Field) Value() string { return strings.TrimSpace(services.Clean(f.input.Value())) }

// SetValue replaces what was typed and puts the cursor after it.
func (f *Field) SetValue(s string) {
	f.input.SetValue(services.Clean(s))
	f.input.CursorEnd()
	f.mask()
}

// Typed is what was typed with its blanks, and where the cursor is in it, in
// bytes.
func (f *Field) Typed() (text string, cursor int) {
	typed := []rune(f.input.Value())
	cursor = len(services.Clean(string(typed[:min(f.input.Position(), len(typed))])))
	text = services.Clean(string(typed))
	return text, min(cursor, len(text))
}

// Type replaces what was typed and puts the cursor at a byte of it.
func (f *Field) Type(text string, cursor int) {
	f.SetValue(text)
	f.input.SetCursor(len([]rune(services.Clean(text[:min(max(cursor, 0), len(text))]))))
}

// SetPlaceholder sets what an empty field shows.
func (f *Field) SetPlaceholder(s string) {
	f.input.Placeholder = layout.Cut(s, 256, f.theme.Symbols.Ellipsis)
}

// Focus and Blur give and take the keyboard.
func (f *Field) Focus() { f.input.Focus() }

// Blur takes the keyboard away.
func (f *Field) Blur() { f.input.Blur() }

// Focused reports whether the field has the keyboard.
func (f *Field) Focused() bool { return f.input.Focused() }

// Update types. It reports whether the text changed.
func (f *Field) Update(msg tea.Msg) (changed bool) {
	before := f.input.Value()
	if k, ok := msg.(tea.KeyMsg); ok && k.Paste {
		k.Runes = []rune(services.Clean(string(k.Runes)))
		msg = k
	}
	f.input, _ = f.input.Update(msg)
	f.mask()
	return f.input.Value() != before
}

// Line draws the field on one line of w cells, without label or hint.
func (f *Field) Line(w int) string {
	bar := " "
	if f.Focused() {
		bar = f.theme.Accent.Render(f.theme.Symbols.Focus)
	}
	f.input.Width = max(w-4, 1)
	return layout.Cut(bar+" "+f.input.View(), w, "")
}

// View draws label, text and hint or problem in lines of w cells; the label
// stands in a column of labelWidth cells, or above where there is no room.
func (f *Field) View(labelWidth, w int) []string {
	label := f.theme.Text
	if f.Focused() {
		label = f.theme.Bold
	}
	var lines []string
	indent := labelWidth + 1
	if w-indent < 24 {
		lines = append(lines, label.Render(layout.Cut(f.Label, w, f.theme.Symbols.Ellipsis)))
		indent = 0
		lines = append(lines, f.Line(w))
	} else {
		lines = append(lines, label.Render(layout.Fit(f.Label, labelWidth, f.theme.Symbols.Ellipsis))+" "+f.Line(w-indent))
	}
	pad := strings.Repeat(" ", indent+2)
	switch {
	case f.Problem != "":
		for i, l := range layout.Wrap(f.Problem, max(w-indent-4, 8)) {
			sign := "  "
			if i == 0 {
				sign = f.theme.Danger.Render(f.theme.Symbols.Failed) + " "
			}
			lines = append(lines, pad+sign+l)
		}
	case f.Hint != "":
		for _, l := range layout.Wrap(f.Hint, max(w-indent-2, 8)) {
			lines = append(lines, pad+f.theme.Muted.Render(l))
		}
	}
	return lines
}
