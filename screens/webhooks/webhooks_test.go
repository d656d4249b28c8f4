package webhooks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/layout"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

var sizes = [][2]int{{120, 35}, {80, 19}, {60, 15}, {40, 9}}

const whsec = "whsec_0123456789ExampleDEF0123456789"

// account is a profile on a Stripe account; change may alter what it has.
func account(change func(*services.ConfigurationView, *services.LogHealth)) *tuitest.Fakes {
	f := tuitest.Shop()
	v, h := tuitest.AccountView(), services.LogHealth{Events: 40, LastSync: tuitest.Now(), Receiving: "http://127.0.0.1:8787"}
	if change != nil {
		change(&v, &h)
	}
	f.Profile = v.Profile
	f.Show = func(string) (services.ConfigurationView, error) { return v, nil }
	f.Health = func() (services.LogHealth, error) { return h, nil }
	return f
}

func local(v *services.ConfigurationView, _ *services.LogHealth) {
	v.SigningSecret = services.Setting{}
	v.WebhookReach, v.WebhookURL = services.ReachLoopback, tuitest.SandboxView().WebhookURL
}

func arriving(_ *services.ConfigurationView, h *services.LogHealth) {
	h.LastWebhook = tuitest.Now().Add(-12 * time.Second)
}

func start(t *testing.T, f *tuitest.Fakes, w, h int) *tuitest.Driver {
	t.Helper()
	return tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{Kind: tui.Webhooks}), w, h)
}

func states(t *testing.T) map[string]*tuitest.Driver {
	t.Helper()
	out := map[string]*tuitest.Driver{
		"sandbox": start(t, tuitest.Shop(), 120, 35), "public": start(t, account(nil), 120, 35),
		"local": start(t, account(local), 120, 35), "arriving": start(t, account(arriving), 120, 35),
	}
	typing := start(t, account(local), 120, 35)
	typing.Keys("i", "text:sk_test_51ZyXwVuTsRqPoNmLkJiHgFe")
	out["typing"] = typing
	events := start(t, account(nil), 120, 35)
	events.Keys("j", "j")
	out["events"] = events

	missing := account(nil)
	missing.Show = func(string) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, &services.Error{Code: services.CodeNotFound, Message: "There is no profile."}
	}
	out["empty"] = start(t, missing, 120, 35)
	broken := account(nil)
	broken.Show = func(string) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, &services.Error{Code: services.CodeStorage, Message: "The configuration file is damaged: line 3.", Next: "Mend it, or move it away."}
	}
	out["error"] = start(t, broken, 120, 35)
	return out
}

func loading(t *testing.T) tui.Screen {
	env := tuitest.Env(t, tuitest.Shop().Desk())
	at := tuitest.Now()
	env.Now = func() time.Time { return at }
	s := New(env, tui.Route{})
	s.Init()
	at = at.Add(3 * time.Second)
	return s
}

func TestGolden(t *testing.T) {
	for name, d := range states(t) {
		for _, size := range sizes {
			d.Screen.SetSize(size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(d.Screen))
		}
	}
	s := loading(t)
	for _, size := range sizes {
		s.SetSize(size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("loading-%dx%d", size[0], size[1]), tuitest.View(s))
	}
	d := tuitest.Start(New(tuitest.EnvIn(t, account(arriving).Desk(), theme.TrueColor), tui.Route{}), 120, 35)
	tuitest.Golden(t, "arriving-colour-120x35", tuitest.View(d.Screen))
}

func TestSweep(t *testing.T) {
	for name, d := range states(t) {
		tuitest.Sweep(t, d.Screen)
		layer := d.Screen.Bindings()
		if !d.Screen.Capturing() {
			layer = append(layer, keys.NewGlobal(7).All()...)
		}
		if c := keys.Conflicts(layer); len(c) > 0 {
			t.Errorf("%s: keys with two meanings: %v", name, c)
		}
	}
	tuitest.Sweep(t, loading(t))
}

func TestStepsCopyWhatIsPasted(t *testing.T) {
	v := tuitest.AccountView()
	d := start(t, account(nil), 80, 19)
	d.Keys("enter", "j", "y", "j", "enter", "o")
	for _, want := range []tea.Cmd{
		tui.Copy("https://dashboard.stripe.com/test/webhooks", "address"), tui.Copy(v.WebhookURL, "webhook URL"),
		tui.Copy(strings.Join(v.SubscribeTo, ","), "events"), tui.OpenLink("https://dashboard.stripe.com/test/webhooks", "the webhooks page"),
	} {
		if !d.Asks(want) {
			t.Errorf("did not ask for %#v, but for %#v", want(), d.Asked)
		}
	}
	d = start(t, account(nil), 80, 19)
	d.Keys("G", "y")
	if !d.Asks(tui.Copy(v.WebhookURL, "webhook URL")) {
		t.Errorf("y on the last step asked for %#v", d.Asked)
	}
}

func TestTicks(t *testing.T) {
	d := start(t, account(local), 80, 19)
	if !strings.Contains(d.Screen.View(), "0 of 4 done") {
		t.Fatal(d.Screen.View())
	}
	d.Keys(" ", "j", " ")
	if !strings.Contains(d.Screen.View(), "2 of 4 done") {
		t.Error("space does not tick")
	}
	d.Keys("r", " ")
	if !strings.Contains(d.Screen.View(), "1 of 4 done") {
		t.Error("ticks are lost by a refresh, or space does not take one back")
	}
}

func TestSigningSecret(t *testing.T) {
	f := account(local)
	got, fails := "", &services.Error{Code: services.CodeStorage, Message: "The keyring is locked.", Next: "Unlock it."}
	f.UpdateSigningSecret = func(profile, secret string) error {
		got = profile + " " + secret
		if fails != nil {
			return fails
		}
		return nil
	}
	d := start(t, f, 120, 35)
	s := d.Screen.(*Screen)
	d.Keys("i", "text:whsec_short", "enter")
	if got != "" || !strings.Contains(s.field.Problem, "too short") {
		t.Fatalf("sent %q, said %q", got, s.field.Problem)
	}
	d.Keys("ctrl+u", "paste: "+whsec+"\n", "enter")
	if got != "acme "+whsec || !strings.Contains(s.field.Problem, "The keyring is locked.") || s.field.Value() != whsec {
		t.Fatalf("sent %q, said %q, holds %d characters", got, s.field.Problem, len(s.field.Value()))
	}
	if strings.Contains(layout.Plain(s.View()), whsec[6:]) {
		t.Error("the secret is on the screen")
	}
	fails = nil
	d.Keys("enter")
	if s.Capturing() || s.field.Value() != "" || !d.Asks(tui.Note("The signing secret is stored.")) {
		t.Errorf("after storing: capturing %v, asked for %#v", s.Capturing(), d.Asked)
	}
}

func TestPasteGoesToTheSecret(t *testing.T) {
	d := start(t, account(local), 120, 35)
	d.Keys("paste:pk_test_51AbCdEfGhIjKlMnOpQrStUv")
	s := d.Screen.(*Screen)
	if !s.Capturing() || !strings.Contains(s.field.Problem, "API key") {
		t.Errorf("capturing %v, said %q", s.Capturing(), s.field.Problem)
	}
	d.Keys("esc")
	if s.Capturing() || s.field.Value() == "" {
		t.Error("esc does not leave the field, or loses what was typed")
	}
}

func TestArrivalIsSeen(t *testing.T) {
	f := account(nil)
	d := start(t, f, 80, 19)
	if !strings.Contains(d.Screen.View(), "Waiting for the first webhook.") {
		t.Fatal(d.Screen.View())
	}
	f.Health = func() (services.LogHealth, error) {
		return services.LogHealth{LastWebhook: tuitest.Now(), Receiving: "http://127.0.0.1:8787"}, nil
	}
	d.Send(tui.ChangeMsg{Kind: services.ChangeHealth})
	if view := d.Screen.View(); !strings.Contains(view, "Signed webhooks arrive") || !strings.Contains(view, "4 of 4 done") {
		t.Error(view)
	}
}

func TestOldDataStaysAndStaleRepliesAreDropped(t *testing.T) {
	f := account(nil)
	d := start(t, f, 120, 35)
	before := d.Screen.View()
	d.Send(tui.Reply[services.ConfigurationView]{To: 1, Req: 99})
	d.Send(tui.Reply[services.LogHealth]{To: 1, Req: 99})
	if d.Screen.View() != before {
		t.Error("a reply nobody waits for changed the page")
	}
	f.Show = func(string) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, &services.Error{Code: services.CodeStorage, Message: "The disk is gone."}
	}
	d.Keys("r")
	if view := d.Screen.View(); !strings.Contains(view, "The disk is gone.") || !strings.Contains(view, "Steps in Stripe") {
		t.Error(view)
	}
}

func TestSandboxLeadsOn(t *testing.T) {
	d := start(t, tuitest.Shop(), 80, 19)
	d.Keys("enter", "G", "enter", "y", "u")
	for _, want := range []tea.Cmd{tui.GoTab(tui.Logs), tui.GoTab(tui.Setup), tui.Copy(tuitest.SandboxView().WebhookURL, "webhook URL")} {
		if !d.Asks(want) {
			t.Errorf("did not ask for %#v, but for %#v", want(), d.Asked)
		}
	}
}

func TestSandboxReceiver(t *testing.T) {
	f := tuitest.Shop()
	v := tuitest.SandboxView()
	v.WebhookURL, v.SigningSecret = "", services.Setting{}
	f.Show = func(string) (services.ConfigurationView, error) { return v, nil }
	f.Health = func() (services.LogHealth, error) {
		return services.LogHealth{Receiving: "http://127.0.0.1:42275/v1/billing/webhook/apps/8a85"}, nil
	}
	d := start(t, f, 120, 35)
	view := d.Screen.View()
	for _, want := range []string{"http://127.0.0.1:42275/v1/billing/webhook/apps/8a85", "Waiting for the next event", "Address  http://127.0.0.1:42275\n", "the sandbox's own secret"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	d.Keys("y")
	if !d.Asks(tui.Copy("http://127.0.0.1:42275/v1/billing/webhook/apps/8a85", "webhook URL")) {
		t.Errorf("asked for %#v", d.Asked)
	}
}

func TestMouse(t *testing.T) {
	d := start(t, account(nil), 80, 19)
	for y, l := range strings.Split(d.Screen.View(), "\n") {
		if strings.Contains(l, "Add an endpoint") {
			click := tea.MouseMsg{X: 6, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
			d.Send(click)
			if len(d.Asked) > 0 || d.Screen.(*Screen).cursor != 1 {
				t.Fatal("the first click only selects")
			}
		}
	}
	d.Send(tea.MouseMsg{Button: tea.MouseButtonWheelUp})
	if d.Screen.(*Screen).cursor != 0 {
		t.Error("the wheel does not move")
	}
}

func TestHostileData(t *testing.T) {
	for _, text := range tuitest.Hostile() {
		c := services.Clean(text)
		f := account(func(v *services.ConfigurationView, h *services.LogHealth) {
			set := services.Setting{Set: true, Masked: c, From: c}
			v.SigningSecret, v.WebhookURL, v.Profile.Name, v.SubscribeTo, h.Receiving = set, c, c, []string{c}, c
		})
		d := start(t, f, 80, 19)
		d.Keys("paste:" + text)
		tuitest.FitsEverywhere(t, d.Screen)
	}
}
