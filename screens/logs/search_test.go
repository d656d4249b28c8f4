package logs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

// rows are the ids that are listed.
func (l *loose) rows() (ids []string) {
	for _, e := range l.s.run.rows {
		ids = append(ids, e.ID)
	}
	return ids
}

func ids(events []services.Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestASearchShowsWhatItFindsWhileItGoesOn(t *testing.T) {
	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{Arg: "charge.refunded"}, 120, 35)
	q := slow.asked(l)
	match := slow.shop.matching(q.LogQuery)
	q.tell(100, 1000, match[:5]...)
	l.until("five events", func() bool { return len(l.s.run.rows) == 5 })
	l.keys("down", "down")
	q.tell(400, 1000)
	q.tell(700, 1000, match[5:60]...)
	l.until("sixty events", func() bool { return len(l.s.run.rows) == 60 })
	if e, _ := l.s.selected(); e.ID != match[2].ID {
		t.Errorf("the cursor went from the third event to %s", e.ID)
	}
	if q.ctx.Err() != nil || l.s.run.below != unknown || l.s.run.above != 0 {
		t.Errorf("the query ended (%v), %d above, %d below", q.ctx.Err(), l.s.run.above, l.s.run.below)
	}
	slow.answer(t, q)
	l.until("the page", func() bool { return l.s.run.total() == len(match) })
	if !slices.Equal(l.rows(), ids(match[:len(l.s.run.rows)])) {
		t.Errorf("listed %v", l.rows())
	}
	if e, _ := l.s.selected(); e.ID != match[2].ID {
		t.Errorf("the page moved the cursor to %s", e.ID)
	}
}

func TestANewFilterEndsTheQueryBefore(t *testing.T) {
	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{Arg: "charge.refunded"}, 120, 35)
	first := slow.asked(l)
	first.tell(100, 1000, slow.shop.matching(first.LogQuery)[:5]...)
	l.until("five events", func() bool { return len(l.s.run.rows) == 5 })
	l.keys("/", "ctrl+u")
	for _, r := range "type:charge.succeeded" {
		l.keys(string(r))
	}
	l.keys("enter")
	second := slow.asked(l)
	if string(second.Where) != `{"type":"charge.succeeded"}` || len(l.s.run.rows) != 0 {
		t.Errorf("asked where %s with %d rows left", second.Where, len(l.s.run.rows))
	}
	select {
	case <-first.ctx.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the first query goes on")
	}
	// What the first one still says comes late and to nobody.
	first.tell(900, 1000, slow.shop.matching(first.LogQuery)[5:9]...)
	slow.answer(t, second)
	l.until("the second page", func() bool { return l.s.loaded })
	if match := slow.shop.matching(second.LogQuery); l.s.run.total() != len(match) || !slices.Equal(l.rows(), ids(match[:len(l.s.run.rows)])) {
		t.Errorf("listed %d rows of %d", len(l.s.run.rows), l.s.run.total())
	}
}

func TestASearchCanBeStoppedAndGoOn(t *testing.T) {
	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{Arg: "charge.refunded"}, 120, 35)
	q := slow.asked(l)
	match := slow.shop.matching(q.LogQuery)
	q.tell(100, 1000, match[:5]...)
	l.until("five events", func() bool { return len(l.s.run.rows) == 5 })
	l.now = l.now.Add(time.Second)
	l.keys("esc")
	if <-q.ctx.Done(); len(l.s.run.rows) != 5 || !strings.Contains(l.s.View(), "r goes on") {
		t.Errorf("stopped with %d rows\n%s", len(l.s.run.rows), l.s.View())
	}
	l.keys("down", "down", "pgdown", "G")
	if jump := slow.asked(l); !jump.Last {
		t.Errorf("moving reads on after a stop: %+v", jump.LogQuery)
	}
	l.keys("g")
	if !l.s.pages.stopped || l.s.pages.guard.Pending() {
		t.Error("a jump that was given up ends the stop")
	}
	l.keys("r")
	on := slow.asked(l)
	if on.Before != match[4].ID {
		t.Errorf("goes on before %s, want %s", on.Before, match[4].ID)
	}
	slow.answer(t, on)
	l.until("the rest", func() bool { return l.s.run.below == 0 })
	if !slices.Equal(l.rows(), ids(match)) {
		t.Errorf("listed %d rows of %d", len(l.s.run.rows), len(match))
	}
}

func TestStoppingASearchThatFoundNothing(t *testing.T) {
	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{Arg: "charge.refunded"}, 80, 19)
	q := slow.asked(l)
	q.tell(100, 1000)
	l.until("the progress", func() bool { return l.s.pages.progress.Of > 0 })
	l.now = l.now.Add(time.Second)
	l.keys("esc")
	tuitest.Golden(t, "stopped-none-80x19", tuitest.View(l.s))
	tuitest.Sweep(t, l.s)
	l.keys("r")
	if again := slow.asked(l); again.Before != "" || string(again.Where) != string(q.Where) {
		t.Errorf("asked %+v", again.LogQuery)
	}
}

// A jump to the oldest that nobody waits for any more changes nothing.
func TestMovingGivesUpAJump(t *testing.T) {
	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{}, 120, 35)
	slow.answer(t, slow.asked(l))
	l.until("the page", func() bool { return l.s.loaded })
	l.keys("G")
	jump := slow.asked(l)
	l.keys("down")
	<-jump.ctx.Done()
	if e, _ := l.s.selected(); !jump.Last || e.ID != slow.shop.events[1].ID || l.s.pages.stopped {
		t.Errorf("on %s after %+v", e.ID, jump.LogQuery)
	}
	l.keys("G")
	slow.answer(t, slow.asked(l))
	l.until("the oldest", func() bool { return l.s.run.below == 0 })
	if e, _ := l.s.selected(); e.ID != slow.shop.events[1203].ID {
		t.Errorf("on %s, want the oldest", e.ID)
	}
}

func TestAPageThrownAwayEndsItsWork(t *testing.T) {
	slow := newSlow(50)
	l := startLoose(t, slow.fakes(), tui.Route{}, 120, 35)
	q := slow.asked(l)
	l.s.Leave()
	<-q.ctx.Done()
}

func TestTheFollowingGoesOnWhereItFailed(t *testing.T) {
	shop := newShop(50)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	shop.arrive(2)
	eventsCame(d)
	shop.deaf = &services.Error{Code: services.CodeStorage, Message: "The archive is busy."}
	shop.arrive(2)
	rest(d)
	eventsCame(d)
	if !strings.Contains(s.View(), "not live") || !strings.Contains(s.View(), "The archive is busy.") || len(d.Asked) != 0 {
		t.Errorf("asked %v\n%s", d.Asked, s.View())
	}
	before := shop.follows
	rest(d)
	if shop.follows != before+1 {
		t.Error("a following that failed does not begin again by itself")
	}
	eventsCame(d)
	eventsCame(d)
	if shop.follows != before+1 {
		t.Error("a following that failed begins again at once")
	}
	shop.deaf = nil
	rest(d)
	if s.run.total() != 54 || cursorOn(t, s) != shop.events[0].ID || strings.Contains(s.View(), "not live") {
		t.Errorf("%d events, on %s\n%s", s.run.total(), cursorOn(t, s), s.View())
	}
}

// Events that were made long ago become visible in their places, and count.
func TestLateEventsStandInTheirPlaces(t *testing.T) {
	shop := newShop(500)
	d, s := start(t, shop, tui.Route{}, 120, 35)
	d.Keys("down", "down", "down")
	was := cursorOn(t, s)
	for i, age := range []time.Duration{15 * time.Second, 30 * time.Minute, 30 * 24 * time.Hour} {
		e := event(200_000+i, age)
		at, _ := (&run{rows: shop.events}).place(e)
		shop.events = slices.Insert(shop.events, at, e)
		shop.arrivals = append(shop.arrivals, e)
	}
	eventsCame(d)
	if cursorOn(t, s) != was || s.run.total() != 503 || s.live.fresh != 0 {
		t.Errorf("on %s, was %s; %d events, %d new", cursorOn(t, s), was, s.run.total(), s.live.fresh)
	}
	if !slices.Equal(ids(s.run.rows), ids(shop.events[:len(s.run.rows)])) {
		t.Error("the late events do not stand in their places")
	}
}
