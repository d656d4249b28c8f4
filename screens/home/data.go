package home

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// How much of each list is shown.
const (
	newestEvents = 24 // read
	fewestEvents = 8  // shown even where one has to scroll for them
	recentSales  = 5
)

// part is one thing the page reads: what was read last stays while it is read
// again, and also when that fails.
type part[T any] struct {
	guard tui.Guard
	val   T
	err   error
	have  bool
	again bool // asked for while a request was under way
}

// ask reads the part, unless it is being read: then once more after that, so
// that a stream of changes cannot keep cancelling it.
func (p *part[T]) ask(env *tui.Env, op string, fn func(context.Context) (T, error)) tea.Cmd {
	if p.guard.Pending() {
		p.again = true
		return nil
	}
	return tui.Ask(env, &p.guard, op, fn)
}

func (p *part[T]) accept(r tui.Reply[T], ask func() tea.Cmd) tea.Cmd {
	if !p.guard.Accept(r.Req) {
		return nil
	}
	p.err = r.Err
	if r.Err == nil {
		p.val, p.have = r.Val, true
	}
	if p.again {
		p.again = false
		return ask()
	}
	return nil
}

func (s *Screen) askSetup() tea.Cmd {
	desk := s.env.Desk
	return s.setup.ask(s.env, "reading the configuration", func(ctx context.Context) (services.ConfigurationView, error) {
		return desk.Configuration.Show(ctx, desk.Profile.Name)
	})
}

// askNews reads what changes while bursar runs.
func (s *Screen) askNews() tea.Cmd {
	return tea.Batch(s.askHealth(), s.askOpen(), s.askSales(), s.askEvents())
}

func (s *Screen) askHealth() tea.Cmd {
	return s.health.ask(s.env, "reading the archive's state", s.env.Desk.Logs.Health)
}

func (s *Screen) askOpen() tea.Cmd {
	return s.open.ask(s.env, "listing the open checkouts", s.env.Desk.Checkout.Unsettled)
}

func (s *Screen) askSales() tea.Cmd {
	checkout := s.env.Desk.Checkout
	return s.sales.ask(s.env, "listing the recent sales", func(ctx context.Context) ([]services.Receipt, error) {
		return checkout.Recent(ctx, recentSales)
	})
}

func (s *Screen) askEvents() tea.Cmd {
	logs := s.env.Desk.Logs
	return s.events.ask(s.env, "reading the newest events", func(ctx context.Context) (services.LogPage, error) {
		return logs.List(ctx, services.LogQuery{Limit: new(newestEvents)})
	})
}
