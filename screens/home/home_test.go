package home

import (
	"fmt"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

var sizes = [][2]int{{120, 35}, {80, 19}, {60, 15}, {40, 9}}

func start(t *testing.T, f *tuitest.Fakes, w, h int) *tuitest.Driver {
	t.Helper()
	return tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{Kind: tui.Home}), w, h)
}

// newProfile is a profile that has nothing set.
func newProfile() *tuitest.Fakes {
	p := services.Profile{Name: "default", Mode: services.ModeTest}
	return &tuitest.Fakes{
		Profile: p,
		Show: func(string) (services.ConfigurationView, error) {
			return services.ConfigurationView{Profile: p, SubscribeTo: services.WebhookEvents()}, nil
		},
		Unsettled: func() ([]services.Session, error) { return nil, nil },
		Recent:    func(int) ([]services.Receipt, error) { return nil, nil },
		List:      func(services.LogQuery) (services.LogPage, error) { return services.LogPage{}, nil },
		Health:    func() (services.LogHealth, error) { return services.LogHealth{}, nil },
	}
}

// account is a profile on a Stripe account with one thing left to do.
func account(live bool) *tuitest.Fakes {
	f := tuitest.Shop()
	view := tuitest.AccountView()
	view.SigningSecret = services.Setting{}
	if live {
		view.Profile = tuitest.Profiles()[2]
	}
	f.Profile = view.Profile
	f.Show = func(string) (services.ConfigurationView, error) { return view, nil }
	f.Health = func() (services.LogHealth, error) {
		return services.LogHealth{Events: 40, Newest: tuitest.Now(), LastSync: tuitest.Now(), SyncProblem: "Stripe could not be reached."}, nil
	}
	return f
}

func failing() *tuitest.Fakes {
	down := &services.Error{Code: services.CodeStorage, Message: "The archive is locked by another program.", Next: "Close it and try again."}
	f := account(false)
	f.Show = func(string) (services.ConfigurationView, error) { return services.ConfigurationView{}, down }
	f.Unsettled = func() ([]services.Session, error) { return nil, down }
	f.Recent = func(int) ([]services.Receipt, error) { return nil, down }
	f.List = func(services.LogQuery) (services.LogPage, error) { return services.LogPage{}, down }
	f.Health = func() (services.LogHealth, error) { return services.LogHealth{}, down }
	return f
}

// loading is a screen whose requests are under way and slow.
func loading(t *testing.T) tui.Screen {
	env := tuitest.Env(t, tuitest.Shop().Desk())
	at := tuitest.Now()
	env.Now = func() time.Time { return at }
	s := New(env, tui.Route{})
	s.Init()
	at = at.Add(3e9)
	return s
}

func TestGolden(t *testing.T) {
	states := map[string]func() *tuitest.Fakes{"sandbox": tuitest.Shop, "new": newProfile, "account": func() *tuitest.Fakes { return account(false) }, "error": failing}
	for name, fakes := range states {
		for _, size := range sizes {
			d := start(t, fakes(), size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(d.Screen))
		}
	}
	s := loading(t)
	for _, size := range sizes {
		s.SetSize(size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("loading-%dx%d", size[0], size[1]), tuitest.View(s))
	}
	env := tuitest.EnvIn(t, tuitest.Shop().Desk(), theme.TrueColor)
	d := tuitest.Start(New(env, tui.Route{}), 120, 35)
	tuitest.Golden(t, "sandbox-colour-120x35", tuitest.View(d.Screen))
}

func TestSweep(t *testing.T) {
	for _, fakes := range []*tuitest.Fakes{tuitest.Shop(), newProfile(), account(false), account(true), failing()} {
		d := start(t, fakes, 80, 20)
		d.Keys("G")
		tuitest.Sweep(t, d.Screen)
		if c := keys.Conflicts(append(d.Screen.Bindings(), keys.NewGlobal(7).All()...)); len(c) > 0 {
			t.Errorf("keys with two meanings: %v", c)
		}
	}
	tuitest.Sweep(t, loading(t))
}
