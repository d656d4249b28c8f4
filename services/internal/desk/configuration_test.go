package desk

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bursar/config"
	"bursar/services"
)

// fakeProfiles keeps profiles in memory, the sandbox built in.
type fakeProfiles struct {
	profiles map[string]config.Profile
	secrets  map[string]string
	saves    int
}

func newProfiles() *fakeProfiles {
	return &fakeProfiles{secrets: map[string]string{"sandbox/secret_key": "sk_test_sandboxsandbox"},
		profiles: map[string]config.Profile{"sandbox": {Name: "sandbox", Mode: "test", PublishableKey: "pk_test_sandboxsandbox", WebhookToken: strings.Repeat("5", 32)}}}
}

func (f *fakeProfiles) Names(context.Context) ([]string, error) {
	var names []string
	for n := range f.profiles {
		names = append(names, n)
	}
	return names, nil
}

func (f *fakeProfiles) Load(_ context.Context, name string) (config.Profile, bool, error) {
	p, ok := f.profiles[name]
	return p, ok, nil
}

func (f *fakeProfiles) Save(_ context.Context, name string, s Secrets, change func(*config.Profile) error) error {
	p := f.profiles[name]
	p.Name = name
	if err := change(&p); err != nil {
		return err
	}
	if p.WebhookToken == "" {
		p.WebhookToken = config.NewWebhookToken()
	}
	f.saves++
	f.profiles[name] = p
	for kind, secret := range map[config.Kind]*string{config.SecretKey: s.SecretKey, config.SigningSecret: s.SigningSecret} {
		if secret != nil {
			f.secrets[name+"/"+string(kind)] = *secret
		}
	}
	return nil
}

func (f *fakeProfiles) Secret(_ context.Context, profile string, kind config.Kind) (string, string, error) {
	return f.secrets[profile+"/"+string(kind)], "keyring", nil
}
func (f *fakeProfiles) Storage(context.Context, string) (string, bool) { return "the keyring", false }

const (
	pkTest = "pk_test_51abcdefghijklmnop"
	skTest = "sk_test_51abcdefghijklmnop"
	rkTest = "rk_test_51abcdefghijklmnop"
	pkLive = "pk_live_51abcdefghijklmnop"
	skLive = "sk_live_51Exampleijklmnop"
	whsec  = "whsec_abcdefghijklmnopqrstuvwx"
)

// setup is a Configuration on fakes; verify answers for Stripe.
func setup(store *fakeProfiles, verify func(key string) (services.Profile, error)) *Configuration {
	if verify == nil {
		verify = func(string) (services.Profile, error) {
			return services.Profile{AccountID: "acct_1", AccountName: "Shop"}, nil
		}
	}
	return NewConfiguration(ConfigurationOptions{Store: store, Catalog: fakeCatalog{}, Now: func() time.Time { return noon },
		LocalBase: func(string) string { return "http://127.0.0.1:8787" },
		Verify:    func(_ context.Context, _ config.Profile, key string) (services.Profile, error) { return verify(key) }})
}

func update(pairs ...any) services.ConfigurationUpdate {
	var u services.ConfigurationUpdate
	for i := 0; i < len(pairs); i += 2 {
		text, _ := pairs[i+1].(string)
		number, _ := pairs[i+1].(int)
		switch pairs[i] {
		case "pk":
			u.PublishableKey = &text
		case "sk":
			u.SecretKey = &text
		case "base":
			u.WebhookBase = &text
		case "source":
			u.ProductSource = &number
		case "skip":
			u.SkipVerify = true
		}
	}
	return u
}

func TestUpdateSavesWhatWasVerified(t *testing.T) {
	store := newProfiles()
	c := setup(store, nil)
	view, err := c.Update(t.Context(), "shop", update("pk", " "+pkTest+"\n", "sk", skTest+" ", "source", 7))
	if err != nil {
		t.Fatal(err)
	}
	if p := view.Profile; p != (services.Profile{Name: "shop", Mode: services.ModeTest, AccountID: "acct_1", AccountName: "Shop"}) {
		t.Errorf("profile %+v", p)
	}
	if view.SecretKey.Masked != "sk_test_…mnop" || view.PublishableKey.Masked != "pk_test_…mnop" || view.ProductSource.Name != "Shop" || view.VerifiedAt == nil || !view.VerifiedAt.Equal(noon) || view.VerifyProblem != "" {
		t.Errorf("view %+v", view)
	}
	token, ok := strings.CutPrefix(view.WebhookURL, "http://127.0.0.1:8787/v1/billing/webhook/apps/")
	if !ok || len(token) < 22 || strings.Trim(token, "0123456789abcdef") != "" || view.WebhookReach != services.ReachLoopback {
		t.Errorf("webhook %q %s", view.WebhookURL, view.WebhookReach)
	}
	if store.secrets["shop/secret_key"] != skTest || store.profiles["shop"].PublishableKey != pkTest {
		t.Error("the keys were not trimmed or not stored")
	}
	again, err := c.Update(t.Context(), "shop", update("base", "https://pay.example.com/"))
	if err != nil || again.WebhookURL != "https://pay.example.com/v1/billing/webhook/apps/"+token || again.WebhookReach != services.ReachPublic || again.SecretKey != view.SecretKey || again.Profile != view.Profile {
		t.Errorf("a second update: %+v, %v", again, err)
	}
	if exists, err := c.Exists(t.Context(), "shop"); err != nil || !exists {
		t.Error(exists, err)
	}
}

func TestUpdateRefuses(t *testing.T) {
	cases := []struct {
		name    string
		profile string
		stored  string // keys that are there before: "test", "live" or none
		u       services.ConfigurationUpdate
		field   string
		message string
	}{
		{"sandbox", "sandbox", "", update("pk", pkTest), services.FieldProfile, "cannot be changed"},
		{"bad name", "../x", "", update("pk", pkTest), services.FieldProfile, "name"},
		{"swapped", "shop", "", update("pk", skTest, "sk", pkTest), services.FieldPublishableKey, "swapped"},
		{"swapped, one typed", "shop", "", update("sk", pkTest), services.FieldSecretKey, "swapped"},
		{"wrong prefix", "shop", "", update("sk", "hello"), services.FieldSecretKey, "starts with sk_test_"},
		{"signing secret as key", "shop", "", update("sk", whsec), services.FieldSecretKey, "signing secret"},
		{"empty", "shop", "", update("sk", "  "), services.FieldSecretKey, "empty"},
		{"mixed", "shop", "", update("pk", pkTest, "sk", skLive), services.FieldSecretKey, "cannot be mixed"},
		{"live secret into test", "shop", "test", update("sk", skLive), services.FieldSecretKey, "is a test profile"},
		{"live pair into test", "shop", "test", update("pk", pkLive, "sk", skLive), services.FieldPublishableKey, "is a test profile"},
		{"test key into live", "shop", "live", update("pk", pkTest), services.FieldPublishableKey, "is a live profile"},
		{"http", "shop", "test", update("base", "http://pay.example.com"), services.FieldWebhookBase, "https"},
		{"query", "shop", "test", update("base", "https://pay.example.com/?x=1"), services.FieldWebhookBase, "web address"},
		{"unknown source", "shop", "test", update("source", 9), services.FieldProductSource, "no product source 9"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			store := newProfiles()
			asked := false
			desk := setup(store, func(string) (services.Profile, error) { asked = true; return services.Profile{}, nil })
			if c.stored != "" {
				store.profiles["shop"] = config.Profile{Name: "shop", Mode: c.stored, PublishableKey: "pk_" + c.stored + "_51abcdefghijklmnop"}
				store.secrets["shop/secret_key"] = "sk_" + c.stored + "_51abcdefghijklmnop"
			}
			_, err := desk.Update(t.Context(), c.profile, c.u)
			e := services.AsError(err)
			if e == nil || e.Code != services.CodeInvalid || e.Field != c.field || !strings.Contains(e.Message, c.message) || e.Next == "" || e.Op != opUpdate {
				t.Errorf("got %#v", e)
			}
			if asked || store.saves != 0 {
				t.Error("Stripe was asked, or something was saved")
			}
			if e != nil && strings.Contains(e.Message+e.Next, "abcdefghij") {
				t.Error("the key is in the message")
			}
		})
	}
}

func TestUpdateAsksStripeFirst(t *testing.T) {
	fail := func(code services.Code) func(string) (services.Profile, error) {
		return func(string) (services.Profile, error) {
			return services.Profile{}, &services.Error{Code: code, Message: "Because.", Next: "Do.", RequestID: "req_9"}
		}
	}
	for _, code := range []services.Code{services.CodeUnauthorized, services.CodeForbidden, services.CodeUnavailable} {
		store := newProfiles()
		_, err := setup(store, fail(code)).Update(t.Context(), "shop", update("pk", pkTest, "sk", skTest))
		e := services.AsError(err)
		if e == nil || e.Code != code || e.Message != "Because." || e.RequestID != "req_9" || store.saves != 0 {
			t.Errorf("%s: %#v, %d saves", code, e, store.saves)
		}
		if (e.Field == services.FieldSecretKey) == (code == services.CodeUnavailable) || code == services.CodeUnavailable && !strings.Contains(e.Next, "without checking") {
			t.Errorf("%s: %#v", code, e)
		}
	}
	store := newProfiles()
	view, err := setup(store, fail(services.CodeUnavailable)).Update(t.Context(), "shop", update("pk", pkTest, "sk", skTest, "skip", 0))
	if err != nil || view.VerifiedAt != nil || !strings.Contains(view.VerifyProblem, "without asking") || store.secrets["shop/secret_key"] != skTest {
		t.Errorf("skipped: %+v, %v", view, err)
	}
	view, err = setup(newProfiles(), fail(services.CodeForbidden)).Update(t.Context(), "shop", update("pk", pkTest, "sk", rkTest))
	if err != nil || view.VerifiedAt == nil || view.VerifyProblem != "Because." {
		t.Errorf("a restricted key that may not read the account: %+v, %v", view, err)
	}
}

func TestAProfileKeepsItsAccount(t *testing.T) {
	store := newProfiles()
	store.profiles["shop"] = config.Profile{Name: "shop", Mode: "test", AccountID: "acct_0", PublishableKey: pkTest}
	_, err := setup(store, nil).Update(t.Context(), "shop", update("sk", skTest))
	if e := services.AsError(err); e == nil || e.Field != services.FieldSecretKey || !strings.Contains(e.Message, "acct_0") || store.saves != 0 {
		t.Errorf("got %#v", e)
	}
}

func TestUpdateSigningSecret(t *testing.T) {
	store := newProfiles()
	c := setup(store, nil)
	if _, err := c.Update(t.Context(), "shop", update("pk", pkTest, "sk", skTest)); err != nil {
		t.Fatal(err)
	}
	if err := c.UpdateSigningSecret(t.Context(), "shop", " "+whsec+"\n"); err != nil || store.secrets["shop/signing_secret"] != whsec {
		t.Error(err)
	}
	for _, bad := range []struct{ profile, secret, field string }{
		{"shop", skTest, services.FieldSigningSecret}, {"shop", "whsec_x", services.FieldSigningSecret},
		{"sandbox", whsec, services.FieldProfile}, {"nobody", whsec, services.FieldProfile},
	} {
		if err := c.UpdateSigningSecret(t.Context(), bad.profile, bad.secret); services.AsError(err) == nil || services.AsError(err).Field != bad.field {
			t.Errorf("%s %s: %v", bad.profile, bad.field, err)
		}
	}
}

func TestShowAndProfiles(t *testing.T) {
	store := newProfiles()
	store.profiles["b"] = config.Profile{Name: "b", ProductSource: 99}
	store.profiles["a"] = config.Profile{Name: "a", Mode: "live", AccountName: "x\x1b[31m"}
	c := setup(store, nil)
	list, err := c.Profiles(t.Context())
	if err != nil || len(list) != 3 || !list[0].Sandbox || list[1].Name != "a" || !list[1].Live() || list[1].AccountName != "x" || list[2].Mode != services.ModeTest {
		t.Errorf("%+v, %v", list, err)
	}
	view, err := c.Show(t.Context(), "b")
	if err != nil || view.ProductSource.Number != 99 || view.SecretKey.Set || view.WebhookURL != "" || len(view.SubscribeTo) < 3 {
		t.Errorf("%+v, %v", view, err)
	}
	if view, err := c.Show(t.Context(), "sandbox"); err != nil || view.VerifyProblem != "" || !view.SecretKey.Set {
		t.Errorf("%+v, %v", view, err)
	}
	if _, err := c.Show(t.Context(), "nobody"); services.CodeOf(err) != services.CodeNotFound {
		t.Error(err)
	}
	for name, want := range map[string]bool{"sandbox": true, "a": false, "nobody": false} {
		if got, err := c.Exists(t.Context(), name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestReach(t *testing.T) {
	for address, want := range map[string]services.WebhookReach{
		"https://pay.example.com/x": services.ReachPublic, "https://203.0.113.9/x": services.ReachPublic, "https://[2001:db8::1]/": services.ReachPublic,
		"http://pay.example.com/x": services.ReachLoopback, "https://localhost/x": services.ReachLoopback, "https://127.0.0.1": services.ReachLoopback,
		"https://10.0.0.3": services.ReachLoopback, "https://[::ffff:192.168.1.1]": services.ReachLoopback, "https://shop/": services.ReachLoopback, "": services.ReachLoopback, "https://%zz": services.ReachLoopback,
	} {
		if got := reach(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestErrorsOfTheStoreComeThrough(t *testing.T) {
	broken := errors.New("locked")
	c := NewConfiguration(ConfigurationOptions{Store: brokenProfiles{newProfiles(), broken}, Catalog: fakeCatalog{}, Now: func() time.Time { return noon }, LocalBase: func(string) string { return "" }})
	_, errShow := c.Show(t.Context(), "shop")
	_, errUpdate := c.Update(t.Context(), "shop", update("pk", pkTest))
	_, errExists := c.Exists(t.Context(), "shop")
	for i, err := range []error{errShow, errUpdate, errExists, c.UpdateSigningSecret(t.Context(), "shop", whsec)} {
		if !errors.Is(err, broken) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

type brokenProfiles struct {
	*fakeProfiles
	err error
}

func (b brokenProfiles) Load(context.Context, string) (config.Profile, bool, error) {
	return config.Profile{}, false, b.err
}
