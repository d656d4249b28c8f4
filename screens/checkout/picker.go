package checkout

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// picker chooses who buys: a customer that is found, one made from the email
// that was typed, or a guest.
type picker struct {
	env      *tui.Env
	field    *widget.Field
	search   tui.Guard
	create   tui.Guard
	timer    int    // the last timer set; an older one is not obeyed
	searched string // the text that found belongs to
	loaded   bool
	found    []services.Customer
	more     bool
	err      error // why the search failed
	list     widget.List

	choose, esc key.Binding
	move        keys.Move
}

// searchLimit is how many customers are offered; typing more narrows them.
const searchLimit = 20

// searchAfter is the pause in typing after which the search is sent.
const searchAfter = 200 * time.Millisecond

type (
	customers struct {
		text  string
		found []services.Customer
		more  bool
	}
	customerMade struct {
		customer services.Customer
		created  bool
	}
)

func newPicker(env *tui.Env) *picker {
	return &picker{env: env, field: widget.NewField(env.Theme, "Customer", "part of a name or an email", false),
		choose: keys.New("enter", "choose", "enter"), esc: keys.New("esc", "close", "esc"),
		move: keys.Move{Up: keys.New("↑", "up", "up"), Down: keys.New("↓", "down", "down"),
			PageUp: keys.New("pgup", "page up", "pgup"), PageDown: keys.New("pgdn", "page down", "pgdown")}}
}

func (p *picker) active() bool { return p.field.Focused() }

func (p *picker) open() tea.Cmd {
	p.field.Problem = ""
	p.field.Focus()
	p.list.Select(0)
	return p.find()
}

func (p *picker) close() {
	p.field.Blur()
	p.timer++
	p.search.Abort()
	p.create.Abort()
}

func (p *picker) bindings() []key.Binding {
	choose := p.choose
	choose.SetEnabled(!p.create.Pending())
	return []key.Binding{choose, p.esc, p.move.Up, p.move.Down, p.move.PageUp, p.move.PageDown}
}

func (p *picker) find() tea.Cmd {
	svc, text := p.env.Desk.Customers, p.field.Value()
	return tui.Ask(p.env, &p.search, "searching the customers", func(ctx context.Context) (customers, error) {
		found, more, err := svc.Search(ctx, text, searchLimit)
		return customers{text, found, more}, err
	})
}

// choice is one line of the picker.
type choice struct {
	customer services.Customer
	email    string // make a customer with it
	guest    bool
}

// choices are what can be chosen now. Making a customer comes first because it
// never makes a second one for the same email.
func (p *picker) choices() []choice {
	var out []choice
	text := p.field.Value()
	if services.CheckEmail(text) == nil {
		exists := false
		for _, c := range p.found {
			exists = exists || strings.EqualFold(c.Email, text)
		}
		if !exists {
			out = append(out, choice{email: text})
		}
	}
	for _, c := range p.found {
		if !c.Deleted {
			out = append(out, choice{customer: c})
		}
	}
	return append(out, choice{guest: true})
}

func (p *picker) key(m tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(m, p.esc):
		p.close()
	case key.Matches(m, p.choose):
		return p.take()
	case p.list.Update(m, p.move):
	case p.field.Update(m):
		p.timer++
		p.field.Problem = ""
		p.list.SetLen(len(p.choices()))
		p.list.Select(0)
		return p.env.After(searchAfter, tui.Later{To: p.env.ID, Tag: p.timer})
	}
	return nil
}

// take takes what is under the cursor. While the list belongs to another text
// than what is typed, it is brought up to date instead.
func (p *picker) take() tea.Cmd {
	all := p.choices()
	if p.create.Pending() || p.list.Cursor >= len(all) {
		return nil
	}
	c := all[p.list.Cursor]
	switch {
	case c.email != "":
		svc := p.env.Desk.Customers
		return tui.Ask(p.env, &p.create, "creating the customer", func(ctx context.Context) (customerMade, error) {
			made, created, err := svc.Create(ctx, services.NewCustomer{Email: c.email})
			return customerMade{made, created}, err
		})
	case p.field.Value() != p.searched:
		p.timer++
		return p.find()
	}
	p.env.Cart.Customer = c.customer
	p.close()
	return nil
}

// update takes timers and answers.
func (p *picker) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tui.Later:
		if p.active() && msg.Tag == p.timer {
			return p.find()
		}
	case tui.Reply[customers]:
		if !p.search.Accept(msg.Req) {
			return nil
		}
		if p.err = msg.Err; msg.Err == nil {
			p.found, p.more, p.searched, p.loaded = msg.Val.found, msg.Val.more, msg.Val.text, true
		}
		p.list.SetLen(len(p.choices()))
	case tui.Reply[customerMade]:
		if !p.create.Accept(msg.Req) {
			return nil
		}
		if msg.Err != nil {
			p.field.Problem = widget.Message(msg.Err)
			return nil
		}
		p.env.Cart.Customer = msg.Val.customer
		p.field.SetValue("")
		p.close()
		if msg.Val.created {
			return tui.Note("Created the customer " + msg.Val.customer.Email + ".")
		}
		return tui.Note(msg.Val.customer.Email + " is a customer already: " + msg.Val.customer.ID + ".")
	}
	return nil
}

// mouse chooses a line; top is the line of the screen where the list begins.
func (p *picker) mouse(m tea.MouseMsg, top int) tea.Cmd {
	if m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress {
		before := p.list.Cursor
		if p.list.Click(m.Y-top) && p.list.Cursor == before {
			return p.take()
		}
		return nil
	}
	p.list.Update(m, p.move)
	return nil
}
