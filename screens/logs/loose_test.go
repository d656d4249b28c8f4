package logs

import (
	"context"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

// loose plays the shell for a screen whose commands run in the background, so
// that a call can be seen while it goes on.
type loose struct {
	t    testing.TB
	s    *Screen
	env  *tui.Env
	now  time.Time
	msgs chan tea.Msg
	said []tea.Msg
}

func startLoose(t testing.TB, f *tuitest.Fakes, r tui.Route, w, h int) *loose {
	l := &loose{t: t, env: tuitest.Env(t, f.Desk()), now: tuitest.Now(), msgs: make(chan tea.Msg, 1024)}
	l.env.Now = func() time.Time { return l.now }
	l.s = New(l.env, r).(*Screen)
	l.s.SetSize(w, h)
	l.run(l.s.Init())
	return l
}

func (l *loose) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() { l.msgs <- cmd() }()
	}
}

func (l *loose) send(msg tea.Msg) { l.run(l.s.Update(msg)) }

func (l *loose) keys(names ...string) {
	for _, n := range names {
		l.send(tui.KeyMsg(n))
	}
}

// until delivers what commands answer until ok.
func (l *loose) until(what string, ok func() bool) {
	l.t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond) // what happens outside of the screen is not told
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case msg := <-l.msgs:
			switch msg := msg.(type) {
			case nil:
			case tea.BatchMsg:
				for _, cmd := range msg {
					l.run(cmd)
				}
			case interface{ Target() tui.InstanceID }:
				l.send(msg)
			default:
				l.said = append(l.said, msg)
			}
		case <-deadline.C:
			l.t.Fatalf("never: %s\n%s", what, l.s.View())
		}
	}
}

// query is a call of Logs.List that a test answers.
type query struct {
	services.LogQuery
	ctx  context.Context
	page chan services.LogPage
}

// slow is an archive whose queries take as long as a test wants.
type slow struct {
	shop    *shop
	queries chan *query
}

func newSlow(n int) *slow { return &slow{shop: newShop(n), queries: make(chan *query, 16)} }

func (s *slow) fakes() *tuitest.Fakes {
	f := s.shop.fakes()
	f.Query = func(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
		asked := &query{q, ctx, make(chan services.LogPage, 1)}
		s.queries <- asked
		select {
		case page := <-asked.page:
			return page, nil
		case <-ctx.Done():
			return services.LogPage{}, ctx.Err()
		}
	}
	return f
}

// asked is the next query that the screen asks.
func (s *slow) asked(l *loose) *query {
	l.t.Helper()
	l.until("a query", func() bool { return len(s.queries) > 0 })
	return <-s.queries
}

// answer gives a query the page that the archive has for it.
func (s *slow) answer(t testing.TB, q *query) {
	t.Helper()
	page, err := s.shop.list(q.LogQuery)
	if err != nil {
		t.Fatal(err)
	}
	q.page <- page
}

// tell is what a query tells while it goes on: how far it is, and some of the
// events it found.
func (q *query) tell(examined, of int, found ...services.Event) {
	var reached time.Time
	if examined > 0 {
		reached = tuitest.Now().Add(-time.Duration(examined) * time.Minute)
	}
	q.Progress(services.LogProgress{Examined: examined, Of: of, Reached: reached, Found: found})
}
