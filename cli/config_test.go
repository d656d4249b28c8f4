package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Keys of no account. The body is what must never be found anywhere.
const (
	keyBody     = "51Nq7TestOnlyAbCdEfGh"
	secretKey   = "sk_test_" + keyBody
	publishable = "pk_test_51Nq7PublishableXyZ"
	liveKey     = "sk_live_51ExampleNeverUsedQ"
	signingKey  = "whsec_8mTestOnlySigningSecretZ9"
	passphrase  = "correct horse battery"
)

// shopHome is a home whose Stripe is a sandbox of its own, reached as Stripe is.
func shopHome(t testing.TB) *home {
	t.Helper()
	stripe := newHome(t)
	_, base := serve(stripe)
	h := newHome(t, secretKey, liveKey, signingKey, passphrase)
	h.set("BURSAR_STRIPE_API_BASE="+base, "BURSAR_PASSPHRASE="+passphrase)
	return h
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	h := shopHome(t)
	h.run("config", "exists").exits(3).says(`^false$`)
	h.run("config", "show").exits(5).complains(`config set`)
	h.run("products", "list").exits(3).complains(`sandbox`)
	h.give(secretKey+"\n", "config", "set", "--publishable-key", publishable, "--secret-key-stdin").exits(0).
		says(`mode +test$.*account +Kettle & Crane \(acct_\w+\)$.*secret key +sk_test_…EfGh .*webhook URL +http://`)
	h.run("config", "exists", "--json").exits(0).says(`^true$`)

	h.give("  "+signingKey+"  \r\n", "config", "signing-secret").exits(0)
	h.run("config", "set", "--webhook-base", "https://pay.example.com").exits(0)
	url := strings.TrimSpace(h.run("webhook", "url").exits(0).says(`^https://pay\.example\.com/v1/billing/webhook/apps/\w{16,}$`).stdout)
	h.run("webhook", "steps").exits(0).says(url)
	var view struct {
		Profile       struct{ Name, Mode string }
		SecretKey     struct{ Masked, From string } `json:"secret_key"`
		SigningSecret struct{ Masked string }       `json:"signing_secret"`
		WebhookURL    string                        `json:"webhook_url"`
	}
	h.run("config", "show", "--json").exits(0).json(&view)
	if view.Profile.Mode != "test" || view.SecretKey.Masked != "sk_test_…EfGh" || !strings.HasPrefix(view.SigningSecret.Masked, "whsec_…") || view.WebhookURL != url {
		t.Errorf("config show: %+v", view)
	}
	// The profile just set up is the one that is used from now on.
	h.run("customers", "search", "tanaka").exits(0).says(`Yuki Tanaka`)
	h.run("config", "list").exits(0).says(`^default +test +acct_\w+ +current`)

	info, err := os.Stat(h.dir)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("BURSAR_HOME is open to others: %v %v", info.Mode(), err)
	}
}

func TestConfigureWrongKeys(t *testing.T) {
	t.Parallel()
	h := shopHome(t)
	h.give(secretKey, "config", "set", "--publishable-key", publishable, "--secret-key-stdin").exits(0)
	for name, c := range map[string]struct {
		publishable, secret string
		field, says         string
	}{
		"no key at all":      {publishable, "hello", "secret_key", "starts with sk_"},
		"swapped, one":       {secretKey, "", "publishable_key", "swapped"},
		"swapped, the other": {"", publishable, "secret_key", "swapped"},
		"live mode":          {"", liveKey, "secret_key", "live key"},
		"modes mixed":        {"pk_live_51Nq7PublishableXyZ", secretKey, "", "live"},
		"a signing secret":   {"", signingKey, "secret_key", "signing secret"},
		"cut short":          {"", "sk_test_5", "secret_key", "short"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"config", "set", "--json"}
			if c.publishable != "" {
				args = append(args, "--publishable-key", c.publishable)
			}
			if c.secret != "" {
				args = append(args, "--secret-key-stdin")
			}
			f := h.in(t).give(c.secret+"\n", args...).exits(2).failure()
			if !strings.Contains(f.Message, c.says) || f.Next == "" || c.field != "" && f.Field != c.field {
				t.Errorf("%+v", f)
			}
		})
	}
	h.give("nonsense\n", "config", "signing-secret").exits(2).complains(`starts with whsec_`)
	h.give("\n", "config", "set", "--secret-key-stdin").exits(2)
	h.run("config", "set").exits(2)
	h.run("config", "exists").exits(0)
	h.set("STRIPE_API_KEY=" + liveKey)
	h.run("customers", "search").exits(2).complains(`live key and the profile a test one`)
}

func TestConfigureProfiles(t *testing.T) {
	t.Parallel()
	h := shopHome(t)
	h.give(secretKey, "config", "set", "--profile", "first", "--secret-key-stdin").exits(0)
	h.give(secretKey, "config", "set", "--profile", "second", "--secret-key-stdin").exits(0)
	h.run("config", "list").exits(0).says(`^first .*current`)
	h.run("config", "use", "second").exits(0)
	h.run("config", "list").exits(0).says(`^second .*current`)
	h.run("config", "remove", "first").exits(0)
	h.run("config", "exists", "--profile", "first").exits(3)
	h.run("config", "use", "nobody").complains(`config list`)
	h.run("config", "show", "--profile", "../etc").exits(2)
	h.run("--profile", "sandbox", "config", "show").exits(0).says(`sandbox`)

	wrong := newHome(t)
	wrong.dir, wrong.env = h.dir, append(append([]string{}, h.env...), "BURSAR_PASSPHRASE=wrong")
	wrong.run("--profile", "second", "customers", "search").exits(2).complains(`passphrase`)
}

func TestProductsOfAProfile(t *testing.T) {
	t.Parallel()
	h := shopHome(t)
	h.set("STRIPE_API_KEY=" + secretKey)
	h.run("config", "set", "--publishable-key", publishable).exits(0)
	table := filepath.Join(t.TempDir(), "mugs.csv")
	rows := "Name,Description,Price,Price ID,Colour\nMug,A mug,42.50," + poster + ",blue\nGone,,1.00,price_none,\n"
	if err := os.WriteFile(table, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	h.run("products", "list").exits(3).complains(`product source`)
	h.run("products", "import", table).exits(0).says(`Product source 1, mugs: 2 rows`)
	h.run("config", "set", "--product-source", "1").exits(0).says(`product source +1 mugs`)
	h.run("config", "set", "--product-source", "7").exits(2).complains(`7`)
	var products []struct {
		Name    string
		PriceID string `json:"Price ID"`
		State   string
		Columns map[string]string
	}
	h.run("products", "list", "--json").exits(0).json(&products)
	if len(products) != 2 || products[0].State != "ok" || products[1].State != "missing" || products[0].Columns["Colour"] != "blue" {
		t.Errorf("products %+v", products)
	}
	h.run("products", "list", "--no-check").exits(0).says(`not checked`)
	h.run("products", "import", "/nowhere.csv").exits(2).complains(`cannot be read`)
}
