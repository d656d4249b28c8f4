package setup

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

const (
	pkTest = "pk_test_51AbCdEfGhIjKlMnOpQrStUv"
	skTest = "sk_test_51ZyXwVuTsRqPoNmLkJiHgFe"
	pkLive = "pk_live_51AbCdEfGhIjKlMnOpQrStUv"
	skLive = "sk_live_51ExampleTRqPoNmLkJiHgFe"
)

// fresh is the sandbox, where no profile of one's own exists yet.
func fresh() *tuitest.Fakes {
	f := tuitest.Shop()
	f.Show = func(name string) (services.ConfigurationView, error) {
		if name != services.SandboxProfile {
			return services.ConfigurationView{}, &services.Error{Code: services.CodeNotFound, Message: "There is no profile " + name + "."}
		}
		return services.ConfigurationView{Storage: "the system's keyring"}, nil
	}
	return f
}

// second is a visit to a profile that is set up.
func second() *tuitest.Fakes {
	f := tuitest.Shop()
	f.Profile = tuitest.AccountView().Profile
	f.Show = func(string) (services.ConfigurationView, error) { return tuitest.AccountView(), nil }
	return f
}

// accepts makes Update take everything, and returns what it was given.
func accepts(f *tuitest.Fakes) (profile *string, update *services.ConfigurationUpdate) {
	profile, update = new(string), new(services.ConfigurationUpdate)
	f.Update = func(p string, u services.ConfigurationUpdate) (services.ConfigurationView, error) {
		*profile, *update = p, u
		v := tuitest.AccountView()
		v.Profile.Name = p
		v.WebhookURL, v.WebhookReach = "http://127.0.0.1:8787/v1/billing/webhook/apps/8a85a2edc3f3a774ac06f", services.ReachLoopback
		v.SigningSecret = services.Setting{}
		return v, nil
	}
	return profile, update
}

func start(t *testing.T, f *tuitest.Fakes, w, h int) *tuitest.Driver {
	t.Helper()
	return tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{Kind: tui.Setup}), w, h)
}

func waiting(t *testing.T, env *tui.Env, at *time.Time) tui.Screen {
	t.Helper()
	env.Now = func() time.Time { return *at }
	s := New(env, tui.Route{})
	s.Init()
	*at = at.Add(3 * time.Second)
	return s
}

// states are the form in every state worth a picture.
func states(t *testing.T) map[string]*tuitest.Driver {
	t.Helper()
	out := map[string]*tuitest.Driver{"new": start(t, fresh(), 120, 35), "second": start(t, second(), 120, 35)}

	typing := start(t, fresh(), 120, 35)
	typing.Keys("enter", "text:"+pkTest, "enter", "text:sk_test_51Zy")
	out["typing"] = typing

	wrong := start(t, fresh(), 120, 35)
	wrong.Keys("paste:"+skTest, "tab", "paste:"+pkTest, "esc")
	out["swapped"] = wrong

	live := start(t, fresh(), 120, 35)
	live.Keys("paste:" + pkLive + "\n" + skLive)
	out["live"] = live

	f := fresh()
	f.Update = func(string, services.ConfigurationUpdate) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, &services.Error{Code: services.CodeUnavailable, Message: "Stripe could not be reached: no route to host.", Next: "Nothing was saved. Try again, or save without checking the key."}
	}
	offline := start(t, f, 120, 35)
	offline.Keys("paste:"+pkTest+" "+skTest, "G", "enter")
	out["offline"] = offline

	f = fresh()
	accepts(f)
	done := start(t, f, 120, 35)
	done.Keys("paste:"+pkTest+" "+skTest, "G", "enter")
	out["done"] = done

	f = fresh()
	f.Show = func(string) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, &services.Error{Code: services.CodeStorage, Message: "The configuration file is damaged: line 3.", Next: "Mend it, or move it away."}
	}
	out["error"] = start(t, f, 120, 35)
	return out
}

func TestGolden(t *testing.T) {
	for name, d := range states(t) {
		for _, size := range sizes {
			d.Screen.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(d.Screen))
		}
	}
	at := tuitest.Now()
	s := waiting(t, tuitest.Env(t, fresh().Desk()), &at)
	for _, size := range sizes {
		s.SetSize(size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("loading-%dx%d", size[0], size[1]), tuitest.View(s))
	}
	d := tuitest.Start(New(tuitest.EnvIn(t, fresh().Desk(), theme.TrueColor), tui.Route{}), 120, 35)
	d.Keys("paste:" + pkLive + "\n" + skLive)
	tuitest.Golden(t, "live-colour-120x35", tuitest.View(d.Screen))
}

func TestSweep(t *testing.T) {
	for name, d := range states(t) {
		tuitest.Sweep(t, d.Screen)
		layer := d.Screen.Bindings()
		if !d.Screen.Capturing() {
			g := keys.NewGlobal(7)
			g.Back.SetEnabled(d.Screen.(*Screen).done == nil)
			layer = append(layer, g.All()...)
		}
		if c := keys.Conflicts(layer); len(c) > 0 {
			t.Errorf("%s: keys with two meanings: %v", name, c)
		}
	}
	at := tuitest.Now()
	tuitest.Sweep(t, waiting(t, tuitest.Env(t, fresh().Desk()), &at))
}
