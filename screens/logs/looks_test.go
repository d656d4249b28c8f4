package logs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

var sizes = [][2]int{{160, 45}, {120, 35}, {80, 19}, {60, 15}, {40, 9}}

// drawn compares a state with its pictures at every size, and draws it at many
// more.
func drawn(t *testing.T, name string, s *Screen) {
	t.Helper()
	for _, size := range sizes {
		s.SetSize(size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
	}
	tuitest.Sweep(t, s)
}

func TestLooks(t *testing.T) {
	open := func(shop *shop, keys ...string) *Screen {
		d, s := start(t, shop, tui.Route{}, 120, 35)
		d.Keys(keys...)
		return s
	}
	for name, screen := range map[string]func() *Screen{
		"data": func() *Screen { return open(newShop(1204)) },
		"customer": func() *Screen {
			_, s := start(t, newShop(70), tui.Route{Ref: "cus_Pq000000000003"}, 120, 35)
			return s
		},
		"empty": func() *Screen { return open(newShop(0)) },
		"error": func() *Screen {
			shop := newShop(0)
			shop.fail = &services.Error{Code: services.CodeStorage, Message: "The archive cannot be read: the disk is full.", Next: "Make room, then try again."}
			return open(shop)
		},
		"new": func() *Screen {
			shop := newShop(1204)
			d, s := start(t, shop, tui.Route{}, 120, 35)
			d.Keys("down", "down", "down", "t")
			d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn})
			shop.arrive(3)
			eventsCame(d)
			return s
		},
		"filtered": func() *Screen { return open(newShop(1204), "/", "text:type:charge.refunded", "enter") },
		"customer-filtered": func() *Screen {
			_, s := start(t, newShop(70), tui.Route{Ref: "cus_Pq000000000003", Arg: "payment_intent.payment_failed"}, 120, 35)
			return s
		},
		"nothing":   func() *Screen { return open(newShop(1204), "/", "text:type:no.such", "enter") },
		"line":      func() *Screen { return open(newShop(1204), "/") },
		"complete":  func() *Screen { return open(newShop(1204), "/", "text:status:failed type:ch", "tab", "tab") },
		"problem":   func() *Screen { return open(newShop(1204), "/", "text:type:charge.* stauts:failed", "enter") },
		"types":     func() *Screen { return open(newShop(1204), "/", "ctrl+t", "text:charge") },
		"uncounted": func() *Screen { return open(blind(newShop(1204)), "pgdown", "pgdown") },
		"end":       func() *Screen { return open(blind(newShop(1204)), "G", "up", "up") },
		"gaps":      func() *Screen { return open(gappy(newShop(1204)), "down") },
		"gap":       func() *Screen { return open(gappy(newShop(1204)), "down", "down", "down") },
		"lost":      func() *Screen { return open(gappy(newShop(1204)), "G") },
		"nothing-gaps": func() *Screen {
			return open(gappy(newShop(1204)), "/", "text:type:no.such", "enter")
		},
		"deaf": func() *Screen {
			shop := newShop(1204)
			shop.deaf = &services.Error{Code: services.CodeStorage, Message: "The archive is busy."}
			return open(shop)
		},
	} {
		drawn(t, name, screen())
	}
}

func blind(s *shop) *shop {
	s.blind = true
	return s
}

// gappy has one gap that Stripe can fill and one that nobody can.
func gappy(s *shop) *shop {
	now := tuitest.Now()
	s.gaps = []services.LogGap{
		{From: now.AddDate(0, -4, 0), To: now.AddDate(0, -4, 2), Why: "No webhook came, and Stripe's list was not read.", Lost: true},
		{From: now.Add(-3*time.Hour - 21*time.Minute), To: now.Add(-45 * time.Second), Why: "This machine slept."},
	}
	return s
}

// TestLooksOfASearch draws a query that no index serves while it goes on, and
// once it is stopped.
func TestLooksOfASearch(t *testing.T) {
	slow := newSlow(1204)
	l := startLoose(t, slow.fakes(), tui.Route{Arg: "charge.refunded"}, 120, 35)
	q := slow.asked(l)
	l.now = l.now.Add(time.Second)
	q.tell(312_400, 1_000_000)
	l.until("the progress", func() bool { return l.s.pages.progress.Examined > 0 })
	drawn(t, "search-none", l.s)
	match := slow.shop.matching(q.LogQuery)
	q.tell(480_000, 1_000_000, match[:3]...)
	l.until("the first events", func() bool { return len(l.s.run.rows) == 3 && l.s.detail.tree.Document() != nil })
	drawn(t, "search", l.s)
	l.keys("esc")
	drawn(t, "stopped", l.s)
}

// TestLooksOfFillingGaps draws a backfill while it goes on.
func TestLooksOfFillingGaps(t *testing.T) {
	shop := gappy(newShop(1204))
	f, filling := shop.fakes(), make(chan services.SyncProgress, 1)
	f.Backfill = func(ctx context.Context, _ time.Time, progress func(services.SyncProgress)) (services.SyncResult, error) {
		for {
			select {
			case p := <-filling:
				progress(p)
			case <-ctx.Done():
				return services.SyncResult{}, ctx.Err()
			}
		}
	}
	l := startLoose(t, f, tui.Route{}, 120, 35)
	l.until("the gaps", func() bool { return l.s.loaded && len(l.s.gaps) == 2 })
	l.keys("s")
	l.now = l.now.Add(time.Second)
	filling <- services.SyncProgress{Read: 12_400, Added: 380, Requests: 124, Windows: 8, Done: 3, Remaining: 130 * time.Second}
	l.until("the progress", func() bool { return l.s.stripe.progress.Done == 3 && l.s.detail.tree.Document() != nil })
	drawn(t, "filling", l.s)
}

func TestLooksInColour(t *testing.T) {
	s := New(tuitest.EnvIn(t, newShop(1204).fakes().Desk(), theme.TrueColor), tui.Route{})
	d := tuitest.Start(s, 120, 35)
	tuitest.Golden(t, "data-120x35-truecolor", tuitest.View(s))
	d.Keys("tab", "down")
	tuitest.Golden(t, "detail-120x35-truecolor", tuitest.View(s))
}

func TestLoading(t *testing.T) {
	env := tuitest.Env(t, newShop(3).fakes().Desk())
	now := tuitest.Now()
	env.Now = func() time.Time { return now }
	s := New(env, tui.Route{})
	s.SetSize(80, 19)
	s.Init()
	tuitest.Golden(t, "loading-none-80x19", tuitest.View(s))
	now = now.Add(3 * time.Second)
	tuitest.Golden(t, "loading-80x19", tuitest.View(s))
	tuitest.Sweep(t, s)
}
