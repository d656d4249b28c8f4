package logs

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// sync is the reading of Stripe's event list.
type sync struct {
	guard    tui.Guard
	gaps     bool // it fills gaps
	progress services.SyncProgress
}

// How long reading what is new may take, and how long filling gaps.
const (
	syncWithin = 2 * time.Minute
	fillWithin = 24 * time.Hour
)

// sync reads what is missing from Stripe: from the oldest gap on where there is
// one that can be filled, otherwise what is new.
func (s *Screen) sync() tea.Cmd {
	if s.stripe.guard.Pending() {
		return nil
	}
	s.stripe.progress = services.SyncProgress{Remaining: -1}
	desk, since, within := s.env.Desk, s.oldestGap(), syncWithin
	if s.stripe.gaps = !since.IsZero(); s.stripe.gaps {
		within = fillWithin
	}
	return tui.AskParts(s.env, &s.stripe.guard, within, "reading events from Stripe",
		func(ctx context.Context, tell func(services.SyncProgress)) (services.SyncResult, error) {
			if !since.IsZero() {
				return desk.Logs.Backfill(ctx, since, tell)
			}
			added, err := desk.Logs.Sync(ctx)
			return services.SyncResult{Added: added}, err
		})
}

// oldestGap is where the oldest gap that can be filled begins; zero without one.
func (s *Screen) oldestGap() (from time.Time) {
	for _, g := range s.gaps {
		if !g.Lost && (from.IsZero() || g.From.Before(from)) {
			from = g.From
		}
	}
	return from
}

func (s *Screen) synced(r services.SyncResult, err error) tea.Cmd {
	health := s.askHealth()
	if err != nil {
		return tea.Batch(tui.Fail(err), health)
	}
	said := []string{"Nothing new at Stripe."}
	if r.Added > 0 {
		said[0] = widget.Count(int64(r.Added), "new event") + " read from Stripe."
	}
	if s.stripe.gaps {
		said = append(said, leftover(r.Gaps))
	}
	cmds := []tea.Cmd{tui.Note(strings.Join(said, " ")), health, s.changed()}
	if s.detail.err != nil && s.detail.shown {
		cmds = append(cmds, s.read())
	}
	return tea.Batch(cmds...)
}

// leftover says what is still missing after gaps were filled.
func leftover(gaps []services.LogGap) string {
	missing := 0
	for _, g := range gaps {
		if !g.Lost {
			missing++
		}
	}
	switch missing {
	case 0:
		return "No gap is left that Stripe can fill."
	case 1:
		return "1 gap is left."
	}
	return widget.Count(int64(missing), "gap") + " are left."
}

// stopSync ends the reading; what came is kept.
func (s *Screen) stopSync() tea.Cmd {
	s.stripe.guard.Abort()
	return tea.Batch(tui.Note("Stopped reading from Stripe. What came is kept."), s.askHealth(), s.changed())
}
