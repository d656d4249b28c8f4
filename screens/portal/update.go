package portal

import (
	"context"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// Update takes keys, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case startMsg:
		return s.begin()
	case tui.Reply[begun]:
		if s.opening.Accept(msg.Req) {
			return s.made(msg.Val, msg.Err)
		}
	case tui.Reply[standing]:
		if s.checking.Accept(msg.Req) {
			return s.checked(msg.Val, msg.Err)
		}
	case tui.Reply[services.QRCode]:
		if s.coding.Accept(msg.Req) {
			s.code, s.coded, s.qrErr = msg.Val, msg.Err == nil, msg.Err
		}
	case tui.Later:
		s.throttled = false
		if s.dirty {
			return s.changed()
		}
	case tui.ChangeMsg:
		return s.notice(services.Change(msg))
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		s.lines.Update(msg, s.move)
	}
	return nil
}

// notice takes a change at the desk: the person came back, or something happened
// meanwhile.
func (s *Screen) notice(c services.Change) tea.Cmd {
	switch {
	case c.Kind == services.ChangeReturned && slices.Contains(s.visits, c.Ref):
		s.returned, s.qr = s.env.Now(), false
		s.throttled = false
		s.checking.Abort()
		return s.changed()
	case c.Kind == services.ChangeEvents, c.Kind == services.ChangeResync:
		return s.changed()
	}
	return nil
}

func (s *Screen) checked(now standing, err error) tea.Cmd {
	if s.checkErr = err; err == nil {
		s.after, s.compared = now, true
	}
	if s.dirty && !s.throttled {
		return s.changed()
	}
	return nil
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	if s.lines.Update(k, s.move) {
		return nil
	}
	switch {
	case key.Matches(k, s.keys.open):
		return s.open()
	case key.Matches(k, s.keys.again) && s.opened && !s.opening.Pending():
		return s.begin()
	case key.Matches(k, s.keys.copy) && s.opened:
		return tui.Copy(s.visit.URL, "portal link")
	case key.Matches(k, s.keys.qr) && s.opened:
		return s.toggleQR()
	case key.Matches(k, s.keys.plain) && s.qr:
		s.qr = false
	case key.Matches(k, s.keys.logs):
		return tui.Go(tui.Route{Kind: tui.Logs, Ref: s.id})
	case key.Matches(k, s.keys.check) && s.err != nil:
		return s.begin()
	case key.Matches(k, s.keys.check) && s.opened:
		return s.check()
	}
	return nil
}

// open opens the link again; without one it starts over.
func (s *Screen) open() tea.Cmd {
	switch {
	case s.opening.Pending():
		return nil
	case s.opened:
		return s.openLink()
	}
	return s.Init()
}

func (s *Screen) toggleQR() tea.Cmd {
	s.qr = !s.qr
	if !s.qr || s.coded {
		return nil
	}
	desk, url := s.env.Desk, s.visit.URL
	return tui.Ask(s.env, &s.coding, "making the QR code", func(context.Context) (services.QRCode, error) {
		code, _, err := desk.Links.QR(url)
		return code, err
	})
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	if !s.opened {
		k.open.SetHelp("o", "open")
		k.check.SetHelp("r", "try again")
	}
	k.open.SetEnabled(!s.opening.Pending())
	k.copy.SetEnabled(s.opened)
	k.qr.SetEnabled(s.opened)
	k.again.SetEnabled(s.opened && !s.opening.Pending())
	k.plain.SetEnabled(s.qr)
	k.check.SetEnabled(s.opened || s.err != nil)
	out := []key.Binding{k.open, k.copy, k.qr, k.plain, k.check, k.logs, k.again}
	if s.opened && !s.qr && len(s.visitLines(s.w)) > s.h {
		out = append(out, s.move.All()...)
	}
	return out
}
