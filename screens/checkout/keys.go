package checkout

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

type keyMap struct {
	create, back, add, take, set, out, customer, option, copyID, refresh key.Binding
	move                                                                 keys.Move
}

func newKeys() keyMap {
	return keyMap{
		create: keys.New("enter", "create the checkout", "enter"), back: keys.New("enter", "come back to it", "enter"),
		add: keys.New("+", "one more", "+", "=", " "), take: keys.New("-", "one less", "-"), set: keys.New("n", "quantity", "n"),
		out: keys.New("x", "take out", "x"), customer: keys.New("c", "customer", "c"), option: keys.New("o", "add an option", "o"),
		copyID: keys.New("y", "copy the id", "y"), refresh: keys.New("r", "check again", "r"), move: keys.NewMove(),
	}
}

// Bindings are the keys that act now.
func (s *screen) Bindings() []key.Binding {
	switch {
	case s.editor.Active():
		return s.editor.Bindings()
	case s.adder.active():
		return s.adder.bindings()
	case s.picker.active():
		return s.picker.bindings()
	}
	k := s.keys
	_, onLine := s.line()
	idle := !s.create.Pending()
	onOpen := s.on.part == openPart
	ready := s.plan().err == nil && idle
	k.create.SetEnabled(ready && !onOpen)
	k.back.SetEnabled(onOpen)
	for _, b := range []*key.Binding{&k.add, &k.take, &k.set} {
		b.SetEnabled(onLine && idle)
	}
	k.out.SetEnabled(idle && (onLine || s.on.part == optionPart || s.on.part == customerPart && s.env.Cart.Customer.ID != ""))
	k.customer.SetEnabled(idle)
	k.option.SetEnabled(idle)
	k.copyID.SetEnabled(s.copied() != "")
	out := []key.Binding{k.create, k.back, k.customer, k.add, k.take, k.set, k.out, k.option, k.copyID, k.refresh}
	if s.list.Len > 0 {
		for _, b := range k.move.All() {
			b.SetHelp("", b.Help().Desc) // the footer has better use for its room
			out = append(out, b)
		}
	}
	return out
}

// copied is the id under the cursor.
func (s *screen) copied() string {
	switch s.on.part {
	case linePart, openPart:
		return s.on.id
	case customerPart:
		return s.env.Cart.Customer.ID
	}
	return ""
}

func (s *screen) key(m tea.KeyMsg) tea.Cmd {
	switch {
	case s.editor.Active():
		s.editing(m)
		return nil
	case s.adder.active():
		if o, ok := s.adder.update(m); ok {
			s.options = append(s.options, o)
			s.on = row{}
		}
		return nil
	case s.picker.active():
		return s.picker.key(m)
	}
	for _, b := range s.Bindings() {
		if key.Matches(m, b) {
			return s.do(m)
		}
	}
	return nil
}

// do acts on a key whose binding is enabled.
func (s *screen) do(m tea.KeyMsg) tea.Cmd {
	k := s.keys
	line, _ := s.line()
	switch {
	case key.Matches(m, k.create) && s.on.part == openPart:
		return s.enter()
	case key.Matches(m, k.create):
		return s.press()
	case key.Matches(m, k.add):
		s.env.Cart.Set(line, min(line.Quantity+1, widget.MaxQuantity))
	case key.Matches(m, k.take):
		s.env.Cart.Set(line, line.Quantity-1)
	case key.Matches(m, k.set):
		s.editor.Open(line.Price.ID, line.Name, line.Quantity)
	case key.Matches(m, k.out):
		s.remove()
	case key.Matches(m, k.customer):
		return s.picker.open()
	case key.Matches(m, k.option):
		s.adder.open()
	case key.Matches(m, k.copyID):
		return tui.Copy(s.copied(), map[part]string{linePart: "price id", openPart: "session id", customerPart: "customer id"}[s.on.part])
	case key.Matches(m, k.refresh):
		return tea.Batch(s.readOpen(), s.checkOpen())
	case s.list.Update(m, k.move):
		s.mark(s.rows())
	}
	return nil
}

// remove takes out what is under the cursor; of the customer it leaves a guest.
func (s *screen) remove() {
	switch line, onLine := s.line(); {
	case onLine:
		s.env.Cart.Set(line, 0)
	case s.on.part == optionPart:
		s.options = append(s.options[:s.on.at:s.on.at], s.options[s.on.at+1:]...)
	case s.on.part == customerPart:
		s.env.Cart.Customer = services.Customer{}
	}
}

func (s *screen) editing(m tea.KeyMsg) {
	n, set := s.editor.Update(m)
	if !set {
		return
	}
	for _, l := range s.env.Cart.Lines {
		if l.Price.ID == s.editor.Of() {
			s.env.Cart.Set(l, n)
			return
		}
	}
}

// enter comes back to the open checkout under the cursor.
func (s *screen) enter() tea.Cmd {
	r := tui.Route{Kind: tui.Waiting, Ref: s.on.id}
	if r.Ref == s.made.session && s.hasOpen(s.request()) {
		r.Arg = "cart"
	}
	return tui.Go(r)
}

func (s *screen) mouse(m tea.MouseMsg) tea.Cmd {
	if s.editor.Active() || s.adder.active() {
		return nil
	}
	pressed := m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress
	if s.picker.active() {
		return s.picker.mouse(m, s.pickerTop())
	}
	if !pressed {
		s.list.Update(m, s.keys.move)
		s.mark(s.rows())
		return nil
	}
	doc := s.document(s.docWidth())
	for i, l := range doc.at {
		if l != m.Y+s.top || m.X >= s.docWidth() {
			continue
		}
		again := i == s.list.Cursor
		s.list.Select(i)
		s.mark(s.rows())
		if again && s.on.part == openPart {
			return s.enter()
		}
	}
	return nil
}
