package widget

import (
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/keys"
	"bursar/tui/theme"
)

// MaxQuantity is the most units of one thing that can be typed.
const MaxQuantity = 999_999

// Quantity is a small field for how many units of something are wanted. Closed,
// it takes no keys.
type Quantity struct {
	field *Field
	of    string
	now   int64
	open  bool
	enter key.Binding
	esc   key.Binding
}

// NewQuantity makes a closed field.
func NewQuantity(t *theme.Theme) *Quantity {
	return &Quantity{field: NewField(t, "Quantity", "", false),
		enter: keys.New("enter", "set the quantity", "enter"), esc: keys.New("esc", "leave it", "esc")}
}

// Open asks for the quantity of something, identified by of, that is now so many.
func (q *Quantity) Open(of, name string, now int64) {
	q.of, q.now, q.open = of, now, true
	q.field.Label, q.field.Problem = "Quantity", ""
	q.field.Hint = "of " + name + "; 0 takes it out"
	q.field.SetValue("")
	q.field.SetPlaceholder(strconv.FormatInt(now, 10))
	q.field.Focus()
}

// Active reports whether the field has the keyboard.
func (q *Quantity) Active() bool { return q.open }

// Of is what the quantity is asked of, as given to Open.
func (q *Quantity) Of() string { return q.of }

// Bindings are the keys that act while it is open.
func (q *Quantity) Bindings() []key.Binding { return []key.Binding{q.enter, q.esc} }

// Update takes a key. set tells that the person decided on n; an empty field
// leaves the quantity as it is.
func (q *Quantity) Update(k tea.KeyMsg) (n int64, set bool) {
	switch {
	case key.Matches(k, q.esc):
		q.close()
	case key.Matches(k, q.enter):
		text := q.field.Value()
		if text == "" {
			q.close()
			return q.now, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > MaxQuantity {
			q.field.Problem = "Type a whole number from 0 to 999,999."
			return 0, false
		}
		q.close()
		return n, true
	default:
		if q.field.Update(k) {
			q.field.Problem = ""
		}
	}
	return 0, false
}

func (q *Quantity) close() {
	q.open = false
	q.field.Blur()
}

// View draws the open field.
func (q *Quantity) View(w int) []string {
	lines := q.field.View(9, max(w-2, 1))
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}
