package logs

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// Update takes keys, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	case tui.Later:
		return s.later(msg.Tag)
	case tui.ChangeMsg:
		switch msg.Kind {
		case services.ChangeEvents:
			return s.changed()
		case services.ChangeHealth:
			return s.askHealth()
		case services.ChangeResync:
			return tea.Batch(s.changed(), s.askHealth())
		}
		return nil
	}
	return s.reply(msg)
}

// reply takes what services answer, and the parts of it that come before.
func (s *Screen) reply(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tui.Part[services.LogProgress]:
		if s.pages.guard.Wants(msg.Req) {
			return tea.Batch(s.told(msg.Val), msg.Next())
		}
	case tui.Reply[services.LogPage]:
		if s.pages.guard.Accept(msg.Req) {
			return s.came(msg.Val, msg.Err)
		}
	case tui.Part[services.Arrival]:
		if s.live.guard.Wants(msg.Req) {
			return tea.Batch(s.arrived(msg.Val), msg.Next())
		}
	case tui.Reply[tui.Ended]:
		if s.live.guard.Accept(msg.Req) {
			return s.ended(msg.Err)
		}
	case tui.Part[services.SyncProgress]:
		if s.stripe.guard.Wants(msg.Req) {
			s.stripe.progress = msg.Val[len(msg.Val)-1]
			return msg.Next()
		}
	case tui.Reply[services.SyncResult]:
		if s.stripe.guard.Accept(msg.Req) {
			return s.synced(msg.Val, msg.Err)
		}
	case tui.Reply[services.LogHealth]:
		if s.health.Accept(msg.Req) {
			s.gotHealth(msg.Val, msg.Err)
		}
	case tui.Reply[document]:
		if s.detail.guard.Accept(msg.Req) {
			s.gotDocument(msg)
		}
	case tui.Reply[[]services.TypeCount]:
		switch {
		case s.picker.guard.Accept(msg.Req):
			s.picker.came(msg.Val, msg.Err, typeIn(s.entry.field.Value()))
		case s.entry.counting.Accept(msg.Req):
			return s.entry.counted(msg.Val, msg.Err)
		}
	case tui.Reply[filter]:
		if s.entry.guard.Accept(msg.Req) && s.entry.checked(msg.Err) {
			return s.apply(msg.Val)
		}
	}
	return nil
}

// later takes a timer's message.
func (s *Screen) later(tag int) tea.Cmd {
	switch {
	case tag == tagRest:
		return s.rested()
	case tag == tagDetail+s.detail.turn && s.detail.shown:
		return s.read()
	case tag == tagCheck-s.entry.turn && s.entry.open:
		return s.entry.check(false)
	}
	return nil
}

// apply closes the line and lists what its filter selects.
func (s *Screen) apply(f filter) tea.Cmd {
	s.entry.stop()
	s.env.Past.Add(f.text)
	if f.text == s.filter.text && string(f.where) == string(s.filter.where) && s.loaded && !s.pages.stopped {
		return nil
	}
	return s.show(f)
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	switch {
	case s.picker.open:
		return s.pick(s.picker.update(k, s.keys))
	case s.entry.open:
		return s.entryKey(k)
	case s.detail.focused:
		if act, taken := s.detail.tree.Update(k); taken {
			switch {
			case act.Copy != "":
				return tui.Copy(act.Copy, act.What)
			case act.Follow != "":
				return s.goTo(act.Follow)
			}
			return nil
		}
		if key.Matches(k, s.keys.back) {
			s.detail.focused = false
			return nil
		}
	default:
		if cmd, taken := s.listKey(k); taken {
			return cmd
		}
	}
	return s.paneKey(k)
}

func (s *Screen) entryKey(k tea.KeyMsg) tea.Cmd {
	s.enable() // the keys may come faster than frames are drawn
	if key.Matches(k, s.keys.types) {
		return s.picker.start(s.customer)
	}
	cmd, empty := s.entry.update(k, s.keys)
	if empty {
		return s.apply(filter{})
	}
	return cmd
}

// pick puts the type that was chosen into the filter line and applies it.
func (s *Screen) pick(kind string, chosen bool) tea.Cmd {
	if !chosen {
		return nil
	}
	text := withType(s.entry.field.Value(), kind)
	if strings.ContainsAny(kind, " \":,*") {
		text = string(ofType(kind).where)
	}
	s.entry.field.SetValue(text)
	s.entry.complete()
	if text == "" {
		return s.apply(filter{})
	}
	return s.entry.check(true)
}

// goTo shows what an id in the JSON names.
func (s *Screen) goTo(id string) tea.Cmd {
	if strings.HasPrefix(id, "cus_") {
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: id})
	}
	return tui.Go(tui.Route{Kind: tui.Event, Ref: id})
}

// listKey handles the keys of the list.
func (s *Screen) listKey(k tea.KeyMsg) (tea.Cmd, bool) {
	s.enable()
	switch e, _ := s.selected(); {
	case key.Matches(k, s.move.Home):
		return s.home(), true
	case key.Matches(k, s.move.End):
		return s.end(), true
	case s.list.Update(k, s.move):
		s.giveUpJump()
		return s.settle(), true
	case key.Matches(k, s.keys.open):
		return s.enter(), true
	case key.Matches(k, s.keys.copy):
		return tui.Copy(e.ID, "event id"), true
	case key.Matches(k, s.keys.filter):
		return s.entry.start(s.filter.text, s.customer), true
	case key.Matches(k, s.keys.stop):
		if s.searches() {
			return s.stop(), true
		}
		return s.stopSync(), true
	case key.Matches(k, s.keys.clear):
		return s.show(filter{}), true
	}
	return nil, false
}

// enter opens the event under the cursor, or reads the gap.
func (s *Screen) enter() tea.Cmd {
	if e, ok := s.selected(); ok {
		return tui.Go(tui.Route{Kind: tui.Event, Ref: e.ID})
	}
	return s.sync()
}

// paneKey handles the keys that act in both panes.
func (s *Screen) paneKey(k tea.KeyMsg) tea.Cmd {
	s.enable()
	switch e, _ := s.selected(); {
	case key.Matches(k, s.keys.pane):
		s.detail.focused = !s.detail.focused
	case key.Matches(k, s.keys.customer):
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: e.Customer})
	case key.Matches(k, s.keys.time):
		s.table.Mode = s.table.Mode.Next()
		s.SetSize(s.w, s.h)
	case key.Matches(k, s.keys.follow):
		return s.toggle()
	case key.Matches(k, s.keys.again):
		if s.pages.stopped {
			return s.goOn()
		}
		return s.show(s.filter)
	case key.Matches(k, s.keys.sync):
		return s.sync()
	}
	return nil
}

func (s *Screen) mouse(m tea.MouseMsg) tea.Cmd {
	press := m.Action == tea.MouseActionPress && m.Button == tea.MouseButtonLeft
	switch {
	case s.picker.open:
		return s.pick(s.picker.update(m, s.keys))
	case s.entry.open:
		if press {
			return s.clickOffer(m.Y)
		}
		return nil
	}
	if y, in := s.inDetail(m.X, m.Y); in && s.detail.shown {
		s.detail.focused = s.detail.focused || press
		m.Y = y - s.detailHead()
		s.detail.tree.Update(m)
		return nil
	}
	if press {
		return s.click(m.Y - listHead)
	}
	if s.list.Update(m, s.move) {
		return s.settle()
	}
	return nil
}

// click selects a line of the list; a second one opens it.
func (s *Screen) click(y int) tea.Cmd {
	s.detail.focused = false
	before := s.list.Cursor
	if !s.list.Click(y + s.shift()) {
		return nil
	}
	if s.list.Cursor != before {
		return s.settle()
	}
	s.enable()
	if s.keys.open.Enabled() {
		return s.enter()
	}
	return nil
}
