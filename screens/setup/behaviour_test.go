package setup

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/tuitest"
)

func TestSaveSendsWhatWasTypedAndNothingElse(t *testing.T) {
	f := second()
	name, got := accepts(f)
	d := start(t, f, 120, 35)
	d.Keys("down", "enter", "text:  "+skTest+" ", "esc", "G", "enter")
	if *name != "acme" || got.SecretKey == nil || *got.SecretKey != skTest {
		t.Fatalf("saved %q %+v", *name, got)
	}
	if got.PublishableKey != nil || got.ProductSource != nil || got.WebhookBase != nil || got.Passphrase != nil || got.SkipVerify {
		t.Errorf("what was not typed was sent: %+v", got)
	}
}

func TestNewProfile(t *testing.T) {
	f := fresh()
	name, got := accepts(f)
	d := start(t, f, 120, 35)
	d.Keys("g", "enter", "text:shop", "enter", "paste:"+pkTest+"\r\n"+skTest+"\n", "l", "enter", "enter", "text:https://pay.example.com", "enter", "enter")
	if *name != "shop" || got.PublishableKey == nil || *got.PublishableKey != pkTest || *got.SecretKey != skTest {
		t.Fatalf("saved %q %+v", *name, got)
	}
	if got.ProductSource == nil || *got.ProductSource != 2 || got.WebhookBase == nil || *got.WebhookBase != "https://pay.example.com" {
		t.Errorf("source or base is wrong: %+v", got)
	}
	view := d.Screen.View()
	for _, want := range []string{"Saved the profile shop", "/v1/billing/webhook/apps/8a85a2edc3f3a774ac06f", "Use this profile now"} {
		if !strings.Contains(view, want) {
			t.Errorf("after saving, %q is missing:\n%s", want, view)
		}
	}
	d.Keys("y", "enter")
	if !d.Asks(tui.UseProfile("shop")) {
		t.Errorf("asked for %#v", d.Asked)
	}
	for _, field := range []item{publishable, secret, webhookBase} {
		if v := d.Screen.(*Screen).fields[field].Value(); v != "" {
			t.Errorf("field %d still holds what was saved", field)
		}
	}
}

func TestPasteOfBothKeys(t *testing.T) {
	for _, paste := range []string{
		pkTest + " " + skTest,
		skTest + "\n" + pkTest,
		pkTest + skTest,
		"Publishable key\t" + pkTest + "\tSecret key\t" + skTest,
		"STRIPE_PUBLISHABLE_KEY=\"" + pkTest + "\"\nSTRIPE_SECRET_KEY='" + skTest + "'",
		"publishable:" + pkTest + "\r\nsecret:" + skTest + "\r\n",
	} {
		for _, field := range []item{publishable, secret} {
			d := start(t, fresh(), 120, 35)
			s := d.Screen.(*Screen)
			s.cursor = field
			d.Keys("paste:" + paste)
			if pk, sk := s.fields[publishable].Value(), s.fields[secret].Value(); pk != pkTest || sk != skTest {
				t.Errorf("%q into field %d: %q and %q", paste, field, pk, sk)
			}
			if s.fields[publishable].Problem+s.fields[secret].Problem != "" {
				t.Errorf("%q: %s %s", paste, s.fields[publishable].Problem, s.fields[secret].Problem)
			}
		}
	}
}

func TestChecksSpeakAtTheField(t *testing.T) {
	for _, c := range []struct {
		name  string
		keys  []string
		field item
		want  string
	}{
		{"swapped", []string{"paste:" + skTest}, publishable, "swapped"},
		{"not a key, after leaving", []string{"enter", "text:hello", "esc"}, publishable, "starts with pk_"},
		{"short, after leaving", []string{"tab", "enter", "text:sk_test_1", "esc"}, secret, "too short"},
		{"webhook secret", []string{"tab", "paste:whsec_0123456789abcdef0123"}, secret, "webhook signing secret"},
		{"test with live", []string{"paste:" + pkTest, "tab", "paste:" + skLive}, secret, "cannot be mixed"},
		{"missing", []string{"G", "enter"}, publishable, "empty"},
	} {
		d := start(t, fresh(), 120, 35)
		d.Keys(c.keys...)
		if got := d.Screen.(*Screen).fields[c.field].Problem; !strings.Contains(got, c.want) {
			t.Errorf("%s: the field says %q", c.name, got)
		}
	}
	d := start(t, fresh(), 120, 35)
	d.Keys("enter", "text:pk_te")
	if got := d.Screen.(*Screen).fields[publishable].Problem; got != "" {
		t.Errorf("a key that is still being typed is judged: %q", got)
	}
	d = start(t, second(), 120, 35)
	d.Keys("down", "paste:"+skLive)
	if got := d.Screen.(*Screen).fields[secret].Problem; !strings.Contains(got, "cannot be mixed") {
		t.Errorf("a live key beside a masked test key: %q", got)
	}
}

func TestSecretsAreNeverSeen(t *testing.T) {
	f := fresh()
	f.Update = func(string, services.ConfigurationUpdate) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, &services.Error{Code: services.CodeUnauthorized, Field: services.FieldSecretKey, Message: "Stripe does not know this key."}
	}
	for _, keys := range [][]string{
		{"paste:" + skTest, "G", "enter"}, {"tab", "paste:" + skTest, "tab"}, {"g", "paste:" + skTest}, {"paste:" + pkTest + " " + skTest, "G", "enter"},
		{"enter", "text:" + skTest}, {"G", "up", "paste:" + skLive},
	} {
		d := start(t, f, 160, 40)
		for _, k := range keys {
			d.Keys(k)
			view := layout.Plain(d.Screen.View())
			if strings.Contains(view, skTest[8:]) || strings.Contains(view, skLive[8:]) {
				t.Fatalf("after %q the secret key is on the screen:\n%s", keys, view)
			}
		}
	}
}

func TestErrorsKeepWhatWasTyped(t *testing.T) {
	f := fresh()
	_, got := accepts(f)
	works := f.Update
	fail := &services.Error{Code: services.CodeUnavailable, Message: "Stripe could not be reached."}
	f.Update = func(string, services.ConfigurationUpdate) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, fail
	}
	d := start(t, f, 120, 35)
	s := d.Screen.(*Screen)
	d.Keys("paste:"+pkTest+" "+skTest, "G", "enter")
	if s.fields[secret].Value() != skTest || !strings.Contains(s.View(), "Stripe could not be reached.") {
		t.Fatalf("the key or the sentence is gone:\n%s", s.View())
	}
	f.Update = works
	d.Keys("down", "enter")
	if !got.SkipVerify || *got.SecretKey != skTest {
		t.Errorf("saving without checking sent %+v", got)
	}

	fail = &services.Error{Code: services.CodeUnauthorized, Field: services.FieldSecretKey, Message: "Stripe does not accept this key: it has expired.", RequestID: "req_1"}
	f.Update = func(string, services.ConfigurationUpdate) (services.ConfigurationView, error) {
		return services.ConfigurationView{}, fail
	}
	d = start(t, f, 120, 35)
	s = d.Screen.(*Screen)
	d.Keys("paste:"+pkTest+" "+skTest, "G", "enter")
	if s.cursor != secret || !strings.Contains(s.fields[secret].Problem, "it has expired. (request req_1)") {
		t.Errorf("cursor at %d, the field says %q", s.cursor, s.fields[secret].Problem)
	}

	fail = &services.Error{Code: services.CodeInvalid, Field: services.FieldPassphrase, Message: "The passphrase is missing."}
	d = start(t, f, 120, 35)
	s = d.Screen.(*Screen)
	d.Keys("paste:"+pkTest+" "+skTest, "G", "enter")
	if s.cursor != passphrase {
		t.Fatal("the passphrase was not asked for")
	}
	f.Update = works
	d.Keys("enter", "text:correct horse", "enter", "enter")
	if got.Passphrase == nil || *got.Passphrase != "correct horse" {
		t.Errorf("sent %+v", got)
	}
}

func TestPassphraseIsAskedForWhereItIsNeeded(t *testing.T) {
	f := second()
	f.Show = func(string) (services.ConfigurationView, error) {
		v := tuitest.AccountView()
		v.NeedPassphrase = true
		return v, nil
	}
	_, got := accepts(f)
	d := start(t, f, 120, 35)
	s := d.Screen.(*Screen)
	d.Keys("down", "paste:"+skTest, "esc", "G", "enter")
	if got.SecretKey != nil || s.cursor != passphrase || s.fields[passphrase].Problem == "" {
		t.Fatalf("saved without a passphrase; the cursor is at %d", s.cursor)
	}
	d.Keys("enter", "text:correct horse", "enter", "enter")
	if got.Passphrase == nil || *got.Passphrase != "correct horse" {
		t.Errorf("sent %+v", got)
	}
}

func TestLiveKeysAreConfirmed(t *testing.T) {
	f := fresh()
	_, got := accepts(f)
	d := start(t, f, 120, 35)
	d.Keys("paste:"+pkLive+" "+skLive, "G", "enter")
	if got.SecretKey != nil {
		t.Fatal("live keys were saved unasked")
	}
	if !strings.Contains(d.Screen.View(), "LIVE MODE") {
		t.Error("the form does not say that the keys are live")
	}
	q, ok := d.Answer(false)
	if !ok || !q.Live || got.SecretKey != nil {
		t.Fatalf("no question, or no is yes: %+v", q)
	}
	d.Keys("enter")
	if _, ok := d.Answer(true); !ok || got.SecretKey == nil || *got.SecretKey != skLive {
		t.Errorf("after yes nothing was saved: %+v", got)
	}
}

func TestFieldsAndTheKeyboard(t *testing.T) {
	d := start(t, fresh(), 120, 35)
	s := d.Screen.(*Screen)
	d.Keys("enter", "text:pk_test_q1?")
	if !s.Capturing() || s.fields[publishable].Value() != "pk_test_q1?" {
		t.Fatalf("typed %q", s.fields[publishable].Value())
	}
	d.Keys("esc")
	if s.Capturing() {
		t.Fatal("esc does not give the keyboard back")
	}
	d.Send(tui.ShownMsg{})
	if s.fields[publishable].Value() != "pk_test_q1?" {
		t.Error("what was typed is gone after another tab was seen")
	}
	d.Keys("i", "shift+tab")
	if s.cursor != profileItem || !s.Capturing() {
		t.Errorf("shift+tab went to %d", s.cursor)
	}
	d.Keys("text:second", "esc")
	if s.shownName != "second" {
		t.Errorf("the profile that was named is not read: %q", s.shownName)
	}
	d.Keys("o")
	if !d.Asks(tui.OpenLink("https://dashboard.stripe.com/test/apikeys", "the API keys page")) {
		t.Errorf("asked for %#v", d.Asked)
	}
}

func TestStaleRepliesAreDropped(t *testing.T) {
	d := start(t, second(), 120, 35)
	before := d.Screen.View()
	d.Send(tui.Reply[shown]{To: 1, Req: 99, Val: shown{name: "x"}})
	d.Send(tui.Reply[saved]{To: 1, Req: 99})
	d.Send(tui.Reply[[]services.ProductSource]{To: 1, Req: 99})
	if d.Screen.View() != before {
		t.Error("a reply nobody waits for changed the page")
	}
}

func TestMouse(t *testing.T) {
	d := start(t, fresh(), 80, 19)
	s := d.Screen.(*Screen)
	for y, l := range strings.Split(s.View(), "\n") {
		if strings.Contains(l, "Secret key") {
			click := tea.MouseMsg{X: 6, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
			d.Send(click)
			if s.cursor != secret || s.editing {
				t.Fatalf("a click on line %d is at %d", y, s.cursor)
			}
			d.Send(click)
			if !s.editing {
				t.Error("a second click does not type")
			}
			return
		}
	}
	t.Error("no secret key on the page")
}

func TestHostileData(t *testing.T) {
	for _, text := range tuitest.Hostile() {
		c := services.Clean(text)
		f := second()
		f.Profile = services.Profile{Name: c, Mode: services.ModeTest}
		f.Show = func(string) (services.ConfigurationView, error) {
			set := services.Setting{Set: true, Masked: c, From: c}
			return services.ConfigurationView{PublishableKey: set, SecretKey: set, SigningSecret: set, Storage: c, VerifyProblem: c, WebhookURL: c,
				Profile: services.Profile{Name: c, AccountID: c, AccountName: c}, ProductSource: services.ProductSource{Number: 1, Name: c}}, nil
		}
		f.ProductSources = func() ([]services.ProductSource, error) { return []services.ProductSource{{Number: 1, Name: c}}, nil }
		f.Update = func(string, services.ConfigurationUpdate) (services.ConfigurationView, error) { return f.Show("") }
		d := start(t, f, 80, 19)
		d.Keys("paste:" + text)
		tuitest.FitsEverywhere(t, d.Screen)
		d.Screen.SetSize(80, 19)
		s := d.Screen.(*Screen)
		s.fields[publishable].SetValue(pkTest)
		d.Keys("esc", "G", "enter")
		tuitest.FitsEverywhere(t, d.Screen)
	}
}
