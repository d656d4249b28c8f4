package customers

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// made is the answer to Customers.Create.
type made struct {
	customer services.Customer
	created  bool
}

// Update takes keys, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tui.Reply[found]:
		if s.search.Accept(msg.Req) {
			return s.came(msg.Val, msg.Err)
		}
	case tui.Reply[made]:
		if s.making.Accept(msg.Req) {
			return s.wasMade(msg.Val, msg.Err)
		}
	case tui.Later:
		if msg.Tag == s.turn {
			return s.ask()
		}
	case tui.ShownMsg:
		if !s.search.Pending() {
			return s.ask()
		}
	case tui.ChangeMsg:
		if msg.Kind == services.ChangeResync {
			return s.ask()
		}
	case tea.MouseMsg:
		return s.mouse(msg)
	case tea.KeyMsg:
		if s.field.Focused() {
			return s.fieldKey(msg)
		}
		return s.listKey(msg)
	}
	return nil
}

func (s *Screen) fieldKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, s.keys.search):
		if id := s.field.Value(); isID(id) {
			return tui.Go(tui.Route{Kind: tui.Customer, Ref: id})
		}
		s.field.Blur()
		if s.text != s.field.Value() || !s.loaded || s.err != nil {
			return s.ask()
		}
		return nil
	case key.Matches(k, s.keys.leave), key.Matches(k, s.keys.down):
		s.field.Blur()
		return nil
	case k.String() == "/" && s.field.Value() == "":
		return nil // the key that leads here, pressed once more
	}
	if !s.field.Update(k) {
		return nil
	}
	s.field.Problem = ""
	s.list.SetLen(s.rowCount())
	if id := s.field.Value(); k.Paste && isID(id) {
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: id})
	}
	s.turn++
	return s.env.After(pause, tui.Later{To: s.env.ID, Tag: s.turn})
}

func (s *Screen) listKey(k tea.KeyMsg) tea.Cmd {
	if s.list.Update(k, s.move) {
		return nil
	}
	c, ok := s.selected()
	switch {
	case key.Matches(k, s.keys.open):
		return s.open()
	case key.Matches(k, s.keys.find):
		s.field.Focus()
	case key.Matches(k, s.keys.clear) && s.field.Value() != "":
		s.field.SetValue("")
		return s.ask()
	case key.Matches(k, s.keys.add):
		return s.add()
	case key.Matches(k, s.keys.copy) && ok:
		return tui.Copy(c.ID, "customer id")
	case key.Matches(k, s.keys.logs) && ok:
		return tui.Go(tui.Route{Kind: tui.Logs, Ref: c.ID})
	case key.Matches(k, s.keys.retry):
		return s.ask()
	}
	return nil
}

// open opens the customer under the cursor or makes the one that is offered.
// While a search runs it waits for what is found.
func (s *Screen) open() tea.Cmd {
	c, ok := s.selected()
	switch {
	case s.search.Pending():
		s.enter = true
		return nil
	case ok:
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: c.ID})
	case s.offer() != "":
		return s.create(s.offer())
	}
	return nil
}

// add makes the customer with the email that is typed, or asks for one.
func (s *Screen) add() tea.Cmd {
	text := s.field.Value()
	if services.CheckEmail(text) == nil {
		return s.create(text)
	}
	s.field.Problem = "Type the whole email of the new customer, then enter."
	s.field.Focus()
	return nil
}

// create asks once at a time; what is typed stays until the customer is there.
func (s *Screen) create(email string) tea.Cmd {
	if s.making.Pending() {
		return nil
	}
	s.email = email
	desk := s.env.Desk
	return tui.Ask(s.env, &s.making, "creating the customer", func(ctx context.Context) (made, error) {
		c, created, err := desk.Customers.Create(ctx, services.NewCustomer{Email: email})
		return made{c, created}, err
	})
}

func (s *Screen) wasMade(m made, err error) tea.Cmd {
	if err != nil {
		if e := services.AsError(err); e.Field == "email" {
			s.field.Problem = e.Message + " " + e.Next
		}
		return tui.Fail(err)
	}
	said := s.email + " already existed: opened."
	if m.created {
		said = "Made the customer " + s.email + "."
	}
	return tea.Batch(tui.Note(said), tui.Go(tui.Route{Kind: tui.Customer, Ref: m.customer.ID}))
}

func (s *Screen) mouse(m tea.MouseMsg) tea.Cmd {
	if s.list.Update(m, s.move) {
		return nil
	}
	if m.Action != tea.MouseActionPress || m.Button != tea.MouseButtonLeft {
		return nil
	}
	if m.Y == 0 {
		s.field.Focus()
		return nil
	}
	before := s.list.Cursor
	if s.inList(m.X, m.Y) && s.list.Click(m.Y-listHead) {
		s.field.Blur()
		if s.list.Cursor == before {
			return s.open()
		}
	}
	return nil
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	if s.field.Focused() {
		if s.text == s.field.Value() && s.loaded {
			k.search.SetHelp("enter", "results")
			k.down.SetEnabled(false)
		}
		return []key.Binding{k.search, k.down, k.leave}
	}
	_, ok := s.selected()
	k.open.SetEnabled(ok || s.offer() != "")
	if !ok {
		k.open.SetHelp("enter", "create")
	}
	k.copy.SetEnabled(ok)
	k.logs.SetEnabled(ok)
	k.add.SetEnabled(!s.making.Pending())
	k.clear.SetEnabled(s.field.Value() != "")
	return append([]key.Binding{k.open, k.find, k.add, k.clear, k.logs, k.copy, k.retry}, s.move.All()...)
}
