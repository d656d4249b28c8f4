package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
)

// What a screen may ask of the shell. Each is returned as a command.

type (
	goMsg      struct{ Route Route }
	replaceMsg struct{ Route Route }
	tabMsg     struct{ Kind Kind }
	backMsg    struct{}
	noteMsg    struct{ Text string }
	failMsg    struct{ Err error }
	copyMsg    struct{ Text, What string }
	openMsg    struct{ URL, What string }
	profileMsg struct{ Name string }
	confirmMsg struct{ Confirm Confirm }
)

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

// Go puts a page on the current tab's stack.
func Go(r Route) tea.Cmd { return send(goMsg{r}) }

// Replace puts a page in the current one's place.
func Replace(r Route) tea.Cmd { return send(replaceMsg{r}) }

// GoTab shows a tab at its first page.
func GoTab(k Kind) tea.Cmd { return send(tabMsg{k}) }

// Back leaves the page.
func Back() tea.Cmd { return send(backMsg{}) }

// Note shows a success in the status line; it expires.
func Note(text string) tea.Cmd { return send(noteMsg{text}) }

// Fail shows an error in the status line until it is dismissed; it stays in the
// message history.
func Fail(err error) tea.Cmd { return send(failMsg{err}) }

// Copy puts text on the clipboard; what names it for the status line ("link").
func Copy(text, what string) tea.Cmd { return send(copyMsg{text, what}) }

// OpenLink opens a URL in the browser, or shows and copies it where there is
// none; what names it ("the checkout page").
func OpenLink(url, what string) tea.Cmd { return send(openMsg{url, what}) }

// UseProfile opens another profile in this session.
func UseProfile(name string) tea.Cmd { return send(profileMsg{name}) }

// AskConfirm puts a question over the screen.
func AskConfirm(c Confirm) tea.Cmd { return send(confirmMsg{c}) }

// Confirm is a question before something that cannot simply be taken back. The
// safe answer has the focus; in live mode Typed must be typed first.
type Confirm struct {
	Title string
	Facts []string // what will happen, to what, on which account
	Yes   string   // the action's own word, such as "Expire the session"
	No    string   // the safe answer; "Go back" when empty
	Typed string   // the word to type in live mode; empty asks for none
	Live  bool     // it is about live mode, whatever mode the session is in
	Do    tea.Cmd  // what yes does
}

// Question returns the question of an AskConfirm's message, for those who play the
// shell in tests.
func Question(msg tea.Msg) (Confirm, bool) {
	q, ok := msg.(confirmMsg)
	return q.Confirm, ok
}

// Cart is what is being sold, kept while screens come and go.
type Cart struct {
	Lines    []services.Line
	Customer services.Customer // zero for a guest
}

// Quantity returns how many of a price are in the cart.
func (c *Cart) Quantity(price string) int64 {
	for _, l := range c.Lines {
		if l.Price.ID == price {
			return l.Quantity
		}
	}
	return 0
}

// Set puts a quantity of a line in the cart, in the place it had; 0 takes it out.
func (c *Cart) Set(line services.Line, quantity int64) {
	line.Quantity = quantity
	for i, l := range c.Lines {
		if l.Price.ID != line.Price.ID {
			continue
		}
		if quantity <= 0 {
			c.Lines = append(c.Lines[:i:i], c.Lines[i+1:]...)
			return
		}
		c.Lines[i].Quantity = quantity
		return
	}
	if quantity > 0 {
		c.Lines = append(c.Lines, line)
	}
}

// Count is how many units are in the cart.
func (c *Cart) Count() int64 {
	var n int64
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// Clear empties the cart.
func (c *Cart) Clear() { c.Lines, c.Customer = nil, services.Customer{} }
