package app_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/sandbox"
)

const (
	testSecret      = "sk_test_51HouseOfTests0123456789abcd"
	testPublishable = "pk_test_51HouseOfTests0123456789abcd"
	testSigning     = "whsec_0123456789Examplejklmnopqrstuv"
)

// homeOf is a home whose Stripe is the stand-in.
func homeOf(t *testing.T, s *stripe) *home { return newHome(t, "BURSAR_STRIPE_API_BASE", s.URL) }

// set sets the profile "shop" up with both keys.
func (h *home) set() services.ConfigurationView {
	h.t.Helper()
	publishable, secret := testPublishable, testSecret
	v, err := h.desks().Configuration().Update(h.t.Context(), "shop", services.ConfigurationUpdate{PublishableKey: &publishable, SecretKey: &secret})
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// configured opens a profile that is set up, on the stand-in.
func configured(t *testing.T, s *stripe) *services.Desk {
	t.Helper()
	h := homeOf(t, s)
	h.set()
	return h.open("shop", app.Command)
}

func sessionsMade(t *testing.T, s *stripe) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v1/checkout/sessions?status=open", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(testSecret, "")
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var list struct{ Data []json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return len(list.Data)
}

func TestSetup(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	h := homeOf(t, s)
	ctx := t.Context()
	c := h.desks().Configuration()
	if ok, err := c.Exists(ctx, "shop"); ok || err != nil {
		t.Errorf("exists before: %v, %v", ok, err)
	}
	_, err := c.Show(ctx, "shop")
	refuse(t, err, services.CodeNotFound, services.FieldProfile, `"shop"`)
	_, _, err = h.desks().Open(ctx, "shop", app.Command)
	refuse(t, err, services.CodeNotConfigured, services.FieldProfile, "shop")

	v := h.set()
	if v.Profile.Mode != services.ModeTest || v.Profile.AccountName != "Kettle & Crane" || v.VerifiedAt == nil || v.VerifyProblem != "" ||
		v.SecretKey != (services.Setting{Set: true, Masked: "sk_test_…abcd", From: "system keyring"}) || v.SigningSecret.Set || v.NeedPassphrase ||
		!strings.HasPrefix(v.WebhookURL, "http://127.0.0.1:8787/v1/billing/webhook/apps/") || v.WebhookReach != services.ReachLoopback {
		t.Errorf("view %+v", v)
	}
	if ok, err := h.desks().Configuration().Exists(ctx, "shop"); !ok || err != nil {
		t.Errorf("exists after: %v, %v", ok, err)
	}

	// The second visit changes only what is typed, and nothing for a bad value.
	source, err := h.desks().ImportProducts(ctx, "spring", []byte("Name,Description,Price,Price ID\nBlend,,11.90,price_1HouseBlend250gEuros001\n"))
	if err != nil {
		t.Fatal(err)
	}
	base := "https://pay.example.com/"
	second, err := c.Update(ctx, "shop", services.ConfigurationUpdate{ProductSource: &source.Number, WebhookBase: &base})
	if err != nil || second.SecretKey != v.SecretKey || second.ProductSource.Name != "spring" || second.WebhookReach != services.ReachPublic {
		t.Errorf("second view %+v, %v", second, err)
	}
	_, path, _ := strings.Cut(v.WebhookURL, "8787")
	if second.WebhookURL != "https://pay.example.com"+path {
		t.Errorf("webhook URL %s, was %s", second.WebhookURL, v.WebhookURL)
	}
	for _, bad := range []struct {
		secret, says string
	}{
		{testPublishable, "swapped"},
		{testSigning, "signing secret"},
		{"sk_live_51ExampleTests0123456789abcd", "cannot be mixed"},
		{"nonsense", "starts with sk_test_"},
	} {
		before := s.count("GET /v1/account")
		_, err := c.Update(ctx, "shop", services.ConfigurationUpdate{SecretKey: &bad.secret})
		refuse(t, err, services.CodeInvalid, services.FieldSecretKey, bad.says)
		if s.count("GET /v1/account") != before {
			t.Errorf("%q was shown to Stripe", bad.says)
		}
	}
	for _, bad := range []string{"", "sk_test_51HouseOfTests0123456789abcd", "whsec_", "whsec_with blank"} {
		if err := c.UpdateSigningSecret(ctx, "shop", bad); services.CodeOf(err) != services.CodeInvalid || services.AsError(err).Field != services.FieldSigningSecret {
			t.Errorf("signing secret %q: %v", bad, err)
		}
	}
	if err := c.UpdateSigningSecret(ctx, "shop", " "+testSigning+"\n"); err != nil {
		t.Fatal(err)
	}
	third, err := h.desks().Configuration().Show(ctx, "shop")
	if err != nil || third.SigningSecret.Masked != "whsec_…stuv" || third.SecretKey != v.SecretKey || third.WebhookURL != second.WebhookURL {
		t.Errorf("third view %+v, %v", third, err)
	}
	profiles, err := c.Profiles(ctx)
	if err != nil || len(profiles) != 2 || !profiles[0].Sandbox || profiles[1].Name != "shop" {
		t.Errorf("profiles %+v, %v", profiles, err)
	}
	_, err = c.Update(ctx, services.SandboxProfile, services.ConfigurationUpdate{WebhookBase: &base})
	refuse(t, err, services.CodeInvalid, services.FieldProfile, "built in")
	noSecretIn(t, h.dir)
}

// noSecretIn looks for the keys in every file of a home.
func noSecretIn(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(testSecret)) || bytes.Contains(text, []byte(testSigning)) {
			t.Errorf("%s holds a secret", path)
		}
		if info, statErr := e.Info(); statErr == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Each way in which Stripe refuses a key has its own sentence; nothing is saved.
func TestKeyIsRefused(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	h := homeOf(t, s)
	c := h.desks().Configuration()
	key := testSecret
	for _, why := range []struct {
		status       int
		code, answer string
		want         services.Code
		says         string
	}{
		{401, "api_key_expired", "Expired API Key provided: sk_test_****abcd", services.CodeUnauthorized, "expired"},
		{401, "", "This API key has been revoked: sk_test_****abcd", services.CodeUnauthorized, "revoked"},
		{401, "", "Invalid API Key provided: sk_test_****abcd", services.CodeUnauthorized, "does not know this secret key"},
		{403, "", `The provided key does not have the required permissions for this endpoint on account 'acct_1'. Enabling "Accounts Read" ('account_read') permissions on this key would allow this request to continue.`, services.CodeForbidden, "Accounts Read"},
	} {
		body, _ := json.Marshal(map[string]any{"error": map[string]string{"type": "invalid_request_error", "code": why.code, "message": why.answer}})
		s.meanwhile(says(why.status, string(body)), func() {
			_, err := c.Update(t.Context(), "shop", services.ConfigurationUpdate{SecretKey: &key})
			e := refuse(t, err, why.want, services.FieldSecretKey, why.says)
			if e.RequestID != "req_said" || strings.Contains(e.Error()+e.Next, testSecret) {
				t.Errorf("%q %q", e.Error(), e.Next)
			}
		})
	}
	s.meanwhile(cut, func() {
		_, err := c.Update(t.Context(), "shop", services.ConfigurationUpdate{SecretKey: &key})
		if e := refuse(t, err, services.CodeUnavailable, "", "cannot be reached"); !strings.Contains(e.Next, "without checking") {
			t.Errorf("next: %s", e.Next)
		}
		if ok, err := c.Exists(t.Context(), "shop"); ok || err != nil || len(h.ring.held) != 0 {
			t.Errorf("saved all the same: %v %v", ok, err)
		}
		publishable := testPublishable
		v, err := c.Update(t.Context(), "shop", services.ConfigurationUpdate{PublishableKey: &publishable, SecretKey: &key, SkipVerify: true})
		if err != nil || !v.SecretKey.Set || v.VerifiedAt != nil || v.VerifyProblem == "" {
			t.Errorf("%+v, %v", v, err)
		}
	})
	restricted := "rk_test_51HouseOfTests0123456789abcd"
	s.meanwhile(says(403, `{"error":{"type":"invalid_request_error","message":"The provided key does not have the required permissions for this endpoint."}}`), func() {
		v, err := c.Update(t.Context(), "shop", services.ConfigurationUpdate{SecretKey: &restricted})
		if err != nil || v.VerifiedAt == nil || v.VerifyProblem == "" || v.SecretKey.Masked != "rk_test_…abcd" {
			t.Errorf("restricted key: %+v, %v", v, err)
		}
	})
}

// A key that ran out while the profile is open says so at every call.
func TestKeyRunsOut(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	d := configured(t, s)
	s.meanwhile(says(401, `{"error":{"type":"invalid_request_error","code":"api_key_expired","message":"Expired API Key provided: sk_test_****abcd"}}`), func() {
		_, _, err := d.Customers.Search(t.Context(), "", 1)
		refuse(t, err, services.CodeUnauthorized, "", "expired")
		_, err = d.Checkout.Check(t.Context(), "cs_test_x")
		refuse(t, err, services.CodeUnauthorized, "", "expired")
		_, err = d.Logs.Sync(t.Context())
		refuse(t, err, services.CodeUnauthorized, "", "expired")
		if health, err := d.Logs.Health(t.Context()); err != nil || !strings.Contains(health.SyncProblem, "expired") {
			t.Errorf("health %+v, %v", health, err)
		}
	})
}

func TestKeyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	h := homeOf(t, s)
	h.set()
	h.env["STRIPE_API_KEY"] = "sk_test_51FromTheEnvironment00006789"
	v, err := h.desks().Configuration().Show(t.Context(), "shop")
	if err != nil || v.SecretKey != (services.Setting{Set: true, Masked: "sk_test_…6789", From: "environment STRIPE_API_KEY"}) {
		t.Errorf("%+v, %v", v.SecretKey, err)
	}
	h.open("shop", app.Command)
	h.env["STRIPE_API_KEY"] = "sk_live_51ExampleEnvironment00006789"
	_, _, err = h.desks().Open(t.Context(), "shop", app.Command)
	refuse(t, err, services.CodeInvalid, services.FieldSecretKey, "cannot be mixed")
}

func TestProductsOfAProfile(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	h := homeOf(t, s)
	h.set()
	d := h.open("shop", app.Command)
	_, err := d.Products.Get(t.Context())
	refuse(t, err, services.CodeNotConfigured, services.FieldProductSource, "no product source")
	source, err := h.desks().ImportProducts(t.Context(), "spring", []byte("Name,Description,Price,Price ID\nBlend,,12.00,price_1HouseBlend250gEuros001\nChai,,13.50,price_1WinterSpiceChaiArchived\nGone,,1,price_nowhere\n"))
	if err != nil {
		t.Fatal(err)
	}
	number := source.Number + 7
	_, err = d.Configuration.Update(t.Context(), "shop", services.ConfigurationUpdate{ProductSource: &number})
	refuse(t, err, services.CodeInvalid, services.FieldProductSource, "no product source")
	if _, err := d.Configuration.Update(t.Context(), "shop", services.ConfigurationUpdate{ProductSource: &source.Number}); err != nil {
		t.Fatal(err)
	}
	rows, err := d.Products.Get(t.Context()) // chosen while the desk is open
	if err != nil || len(rows) != 3 {
		t.Fatalf("%+v, %v", rows, err)
	}
	rows, err = d.Products.Check(t.Context(), rows)
	if err != nil || rows[0].State != services.ProductDiffers || rows[1].State != services.ProductArchived || rows[2].State != services.ProductMissing {
		t.Errorf("%+v, %v", rows, err)
	}
}

// A configured profile's receiver takes what Stripe signed with the profile's
// secret, also with one that was entered while it runs, and keeps each event once.
func TestDeliveriesToAProfile(t *testing.T) {
	t.Parallel()
	s := newStripe(t)
	h := homeOf(t, s)
	h.set()
	h.listenAt("127.0.0.1:0")
	d := h.open("shop", app.Interface)
	health := synced(t, d)
	if !strings.Contains(health.Receiving, "/v1/billing/webhook/apps/") {
		t.Fatalf("receiving at %q", health.Receiving)
	}
	body := []byte(`{"id":"evt_1Delivered","object":"event","api_version":"2023-10-16","created":1795400000,"livemode":false,"type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge","amount":4750,"currency":"kwd","customer":"cus_1","status":"succeeded"}}}`)
	deliver := func(secret string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, health.Receiving, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set("Stripe-Signature", sandbox.Sign(secret, h.now(), body))
		res, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := deliver(testSigning); got != 400 {
		t.Errorf("without a signing secret HTTP %d", got)
	}
	if err := d.Configuration.UpdateSigningSecret(t.Context(), "shop", testSigning); err != nil {
		t.Fatal(err)
	}
	if got := deliver("whsec_another0123456789another0123456"); got != 400 {
		t.Errorf("signed with another secret HTTP %d", got)
	}
	if _, err := d.Logs.Event(t.Context(), "evt_1Delivered"); services.CodeOf(err) != services.CodeNotFound {
		t.Errorf("a refused delivery was kept: %v", err)
	}
	for range 2 {
		if got := deliver(testSigning); got != 200 {
			t.Errorf("signed well HTTP %d", got)
		}
	}
	e, err := d.Logs.Event(t.Context(), "evt_1Delivered")
	if err != nil || e.Source != services.SourceWebhook || !bytes.Equal(e.Raw, body) || e.Amount.String() != "KWD 4.750" || e.Customer != "cus_1" {
		t.Errorf("%+v, %v", e, err)
	}
	after, err := d.Logs.Health(t.Context())
	if err != nil || after.Events != health.Events+1 || after.LastWebhook.IsZero() {
		t.Errorf("health %+v after %+v, %v", after, health, err)
	}
}
