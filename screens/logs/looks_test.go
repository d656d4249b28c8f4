package logs

import (
	"fmt"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

var sizes = [][2]int{{160, 45}, {120, 35}, {80, 19}, {60, 15}, {40, 9}}

func TestLooks(t *testing.T) {
	states := map[string]func() (*tuitest.Driver, *Screen){
		"data": func() (*tuitest.Driver, *Screen) { return start(t, newShop(1204), tui.Route{}, 120, 35) },
		"customer": func() (*tuitest.Driver, *Screen) {
			return start(t, newShop(70), tui.Route{Ref: "cus_Pq000000000003"}, 120, 35)
		},
		"empty": func() (*tuitest.Driver, *Screen) { return start(t, newShop(0), tui.Route{}, 120, 35) },
		"error": func() (*tuitest.Driver, *Screen) {
			shop := newShop(0)
			shop.fail = &services.Error{Code: services.CodeStorage, Message: "The archive cannot be read: the disk is full.", Next: "Make room, then try again."}
			return start(t, shop, tui.Route{}, 120, 35)
		},
		"filter": func() (*tuitest.Driver, *Screen) {
			d, s := start(t, newShop(1204), tui.Route{}, 120, 35)
			d.Keys("/", "text:charge")
			return d, s
		},
		"new": func() (*tuitest.Driver, *Screen) {
			shop := newShop(1204)
			d, s := start(t, shop, tui.Route{}, 120, 35)
			d.Keys("down", "down", "down", "t")
			d.Send(tui.Later{To: 1, Tag: tagDetail + s.detail.turn})
			shop.arrive(3)
			eventsCame(d)
			return d, s
		},
	}
	for name, make := range states {
		d, s := make()
		for _, size := range sizes {
			s.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(s))
		}
		tuitest.Sweep(t, d.Screen)
	}
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

func TestPagesThatAreNotReadYet(t *testing.T) {
	shop := newShop(1204)
	env := tuitest.Env(t, shop.fakes().Desk())
	s := New(env, tui.Route{})
	d := tuitest.Start(s, 80, 19)
	s.Update(tui.KeyMsg("G"))
	tuitest.Golden(t, "unread-80x19", tuitest.View(d.Screen))
	tuitest.Sweep(t, s)
}
