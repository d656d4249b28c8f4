package logs

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// Update takes keys, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tui.Reply[services.LogPage]:
		if s.page.Accept(msg.Req) {
			return tea.Batch(s.came(msg.Val, msg.Err), s.afterPage())
		}
	case tui.Reply[document]:
		if s.detail.guard.Accept(msg.Req) {
			s.gotDocument(msg)
		}
	case tui.Reply[[]services.TypeCount]:
		if s.filter.guard.Accept(msg.Req) {
			s.filter.came(msg.Val, msg.Err, s.kind)
		}
	case tui.Reply[int]:
		if s.reading.Accept(msg.Req) {
			return s.synced(msg.Val, msg.Err)
		}
	case tui.Later:
		switch {
		case msg.Tag == tagRefresh:
			return s.rested()
		case msg.Tag == tagDetail+s.detail.turn && s.detail.shown:
			return s.read()
		}
	case tui.ChangeMsg:
		if msg.Kind == services.ChangeEvents || msg.Kind == services.ChangeResync {
			return s.changed()
		}
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return nil
}

// afterPage refreshes what changed while a page was read.
func (s *Screen) afterPage() tea.Cmd {
	if s.dirty && !s.throttled && !s.page.Pending() {
		return s.refresh()
	}
	return nil
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	if s.filter.open {
		return s.filterBy(s.filter.update(k, s.keys))
	}
	if s.detail.focused {
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
	} else if cmd, taken := s.listKey(k); taken {
		return cmd
	}
	return s.paneKey(k)
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
	if s.list.Update(k, s.move) {
		return s.settle(), true
	}
	e, ok := s.selected()
	switch {
	case key.Matches(k, s.keys.open) && ok:
		return tui.Go(tui.Route{Kind: tui.Event, Ref: e.ID}), true
	case key.Matches(k, s.keys.copy) && ok:
		return tui.Copy(e.ID, "event id"), true
	case key.Matches(k, s.keys.filter) && s.loaded:
		return s.filter.start(s.customer), true
	case key.Matches(k, s.keys.clear) && s.kind != "":
		s.kind = ""
		return s.reset(), true
	}
	return nil, false
}

// paneKey handles the keys that act in both panes.
func (s *Screen) paneKey(k tea.KeyMsg) tea.Cmd {
	e, ok := s.selected()
	switch {
	case key.Matches(k, s.keys.pane) && s.split() && s.detail.shown:
		s.detail.focused = !s.detail.focused
	case key.Matches(k, s.keys.customer) && ok && e.Customer != "":
		return tui.Go(tui.Route{Kind: tui.Customer, Ref: e.Customer})
	case key.Matches(k, s.keys.time):
		s.table.Mode = s.table.Mode.Next()
		s.SetSize(s.w, s.h)
	case key.Matches(k, s.keys.follow):
		s.follow = !s.follow
		if s.follow {
			s.list.Select(0)
			s.fresh = 0
			return tea.Batch(s.settle(), s.changed())
		}
	case key.Matches(k, s.keys.read):
		return s.sync()
	}
	return nil
}

// syncWithin is how long reading Stripe's event list may take.
const syncWithin = 2 * time.Minute

// sync reads what is missing from Stripe; without data it reads the archive
// again first.
func (s *Screen) sync() tea.Cmd {
	if s.reading.Pending() {
		return nil
	}
	if !s.loaded {
		return s.reset()
	}
	desk := s.env.Desk
	return tui.AskWithin(s.env, &s.reading, syncWithin, "reading new events from Stripe", func(ctx context.Context) (int, error) {
		return desk.Logs.Sync(ctx)
	})
}

func (s *Screen) synced(added int, err error) tea.Cmd {
	if err != nil {
		return tui.Fail(err)
	}
	said := "Nothing new at Stripe."
	if added > 0 {
		said = widget.Count(int64(added), "new event") + " read from Stripe."
	}
	if s.detail.err != nil && s.detail.shown {
		return tea.Batch(tui.Note(said), s.changed(), s.read())
	}
	return tea.Batch(tui.Note(said), s.changed())
}

func (s *Screen) filterBy(kind string, chosen bool) tea.Cmd {
	if !chosen || kind == s.kind {
		return nil
	}
	s.kind = kind
	return s.reset()
}

func (s *Screen) mouse(m tea.MouseMsg) tea.Cmd {
	if s.filter.open {
		return s.filterBy(s.filter.update(m, s.keys))
	}
	press := m.Action == tea.MouseActionPress && m.Button == tea.MouseButtonLeft
	if y, in := s.inDetail(m.X, m.Y); in && s.detail.shown {
		s.detail.focused = s.detail.focused || press
		m.Y = y - s.detailHead()
		s.detail.tree.Update(m)
		return nil
	}
	if press {
		s.detail.focused = false
		before := s.list.Cursor
		if !s.list.Click(m.Y - listHead) {
			return nil
		}
		if e, ok := s.selected(); ok && s.list.Cursor == before {
			return tui.Go(tui.Route{Kind: tui.Event, Ref: e.ID})
		}
		return s.settle()
	}
	if s.list.Update(m, s.move) {
		return s.settle()
	}
	return nil
}
