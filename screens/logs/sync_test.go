package logs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

func TestGapsAreFilled(t *testing.T) {
	shop := gappy(newShop(500))
	f := shop.fakes()
	var since time.Time
	f.Backfill = func(_ context.Context, from time.Time, progress func(services.SyncProgress)) (services.SyncResult, error) {
		since = from
		progress(services.SyncProgress{Read: 3, Added: 2, Windows: 2, Done: 1, Remaining: -1})
		late := event(300_000, 30*time.Minute)
		at, _ := (&run{rows: shop.events}).place(late)
		shop.events = append(shop.events[:at:at], append([]services.Event{late}, shop.events[at:]...)...)
		shop.arrivals = append(shop.arrivals, late)
		shop.gaps = shop.gaps[:1]
		return services.SyncResult{Read: 3, Added: 1, Gaps: shop.gaps}, nil
	}
	d := tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{}), 120, 35)
	s := d.Screen.(*Screen)
	rest(d)
	want := shop.gaps[1].From
	d.Keys("down", "down", "down")
	if gap, ok := s.gapUnder(); !ok || gap.Why != "This machine slept." {
		t.Fatalf("no gap under the cursor\n%s", s.View())
	}
	d.Keys("enter")
	if !since.Equal(want) {
		t.Errorf("read since %s, want %s", since, want)
	}
	if said := fmt.Sprint(d.Asked); !strings.Contains(said, "1 new event read from Stripe. No gap is left that Stripe can fill.") {
		t.Errorf("said %s", said)
	}
	if len(s.gaps) != 1 || s.run.total() != 501 || strings.Contains(s.View(), "not read yet") {
		t.Errorf("%d gaps, %d events\n%s", len(s.gaps), s.run.total(), s.View())
	}
	d.Keys("G")
	if gap, ok := s.gapUnder(); !ok || !gap.Lost || !strings.Contains(s.View(), "lost") {
		t.Errorf("the lost gap is not said as such\n%s", s.View())
	}
	before := len(d.Asked)
	d.Keys("enter")
	if len(d.Asked) != before {
		t.Errorf("enter on a lost gap asks %v", d.Asked[before:])
	}
}

func TestReadingFromStripeCanBeStopped(t *testing.T) {
	f, began := gappy(newShop(500)).fakes(), make(chan context.Context, 1)
	f.Backfill = func(ctx context.Context, _ time.Time, _ func(services.SyncProgress)) (services.SyncResult, error) {
		began <- ctx
		<-ctx.Done()
		return services.SyncResult{}, ctx.Err()
	}
	l := startLoose(t, f, tui.Route{}, 120, 35)
	l.until("the gaps", func() bool { return l.s.loaded && len(l.s.gaps) == 2 })
	l.keys("s")
	l.until("the backfill", func() bool { return len(began) == 1 })
	taken(t, "filling", l.s)
	l.keys("down", "down") // nothing freezes
	if l.s.list.Cursor != 2 {
		t.Errorf("the cursor is at %d", l.s.list.Cursor)
	}
	l.keys("esc")
	<-(<-began).Done()
	l.until("the notice", func() bool { return strings.Contains(fmt.Sprint(l.said), "What came is kept.") })
	if l.s.Bindings(); !l.s.keys.sync.Enabled() {
		t.Error("it cannot be read again")
	}
}

func TestGapsLieWhereTheyAre(t *testing.T) {
	now := tuitest.Now()
	at := func(minutes int) services.Event {
		return services.Event{ID: fmt.Sprintf("evt_%03d", 999-minutes), Created: now.Add(-time.Duration(minutes) * time.Minute)}
	}
	gap := func(from, to int) services.LogGap {
		return services.LogGap{From: now.Add(-time.Duration(from) * time.Minute), To: now.Add(-time.Duration(to) * time.Minute)}
	}
	list := func(above, below int, gaps ...services.LogGap) string {
		s := &Screen{run: run{rows: []services.Event{at(10), at(20), at(30)}, above: above, below: below}}
		s.setGaps(gaps)
		var out []string
		for _, l := range s.compose() {
			if l.isGap() {
				out = append(out, fmt.Sprintf("gap %d", int(now.Sub(s.gaps[l.gap].To).Minutes())))
			} else {
				out = append(out, fmt.Sprint(int(now.Sub(s.run.rows[l.event].Created).Minutes())))
			}
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct{ name, got, want string }{
		{"none", list(0, 0), "10, 20, 30"},
		{"between two", list(0, 0, gap(19, 12)), "10, gap 12, 20, 30"},
		{"at the moment of one", list(0, 0, gap(19, 10)), "gap 10, 10, 20, 30"},
		{"on top", list(0, 0, gap(5, 1)), "gap 1, 10, 20, 30"},
		{"on top of a run that goes on", list(7, 0, gap(5, 1)), "10, 20, 30"},
		{"below", list(0, 0, gap(90, 40)), "10, 20, 30, gap 40"},
		{"below a run that goes on", list(0, unknown, gap(90, 40)), "10, 20, 30"},
		{"several, in any order", list(0, 0, gap(90, 40), gap(12, 11), gap(29, 25)), "10, gap 11, 20, gap 25, 30, gap 40"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

// The cursor stays on a gap while events arrive, and on an event while gaps come
// and go.
func TestTheCursorStaysAmongGaps(t *testing.T) {
	shop := gappy(newShop(500))
	d, s := start(t, shop, tui.Route{}, 120, 35)
	d.Keys("down", "down", "down")
	shop.arrive(4)
	eventsCame(d)
	if gap, ok := s.gapUnder(); !ok || gap.Lost {
		t.Errorf("the cursor left the gap\n%s", s.View())
	}
	d.Keys("down")
	was := cursorOn(t, s)
	shop.gaps = nil
	d.Send(tui.ChangeMsg{Kind: services.ChangeHealth})
	if cursorOn(t, s) != was || len(s.gaps) != 0 {
		t.Errorf("on %s, was %s", cursorOn(t, s), was)
	}
}
