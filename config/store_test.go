package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func testPaths(t *testing.T) Paths {
	t.Helper()
	p, err := ResolvePaths(env("BURSAR_HOME", t.TempDir()), "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPrecedenceAndSource(t *testing.T) {
	p := testPaths(t)
	put(t, p.ConfigFile(), "version = 1\nprofile = 'shop'\ntheme = 'light'\nmouse = false\n[profiles.shop]\nmode = 'test'\napi_base = 'http://127.0.0.1:1'\n")
	from := FromFile(p.ConfigFile())
	s := NewStore(p)

	c, err := s.Load(Flags{}, env())
	if err != nil {
		t.Fatal(err)
	}
	if c.Profile != (Value[string]{"shop", from}) || c.Theme != (Value[string]{"light", from}) ||
		c.Mouse != (Value[bool]{false, from}) || c.Icons != (Value[string]{"auto", FromDefault}) {
		t.Errorf("from the file: %+v", c)
	}
	shop, ok := c.Get("shop")
	if !ok || shop.Name != "shop" || c.Base(shop) != (Value[string]{"http://127.0.0.1:1", from}) {
		t.Errorf("profile %+v %v, base %+v", shop, ok, c.Base(shop))
	}

	e := env("BURSAR_PROFILE", "other", "BURSAR_THEME", "dark", "BROWSER", "none", "BURSAR_STRIPE_API_BASE", "http://localhost:2")
	if c, err = s.Load(Flags{Theme: "mono", NoMouse: true}, e); err != nil {
		t.Fatal(err)
	}
	if c.Profile != (Value[string]{"other", FromEnv("BURSAR_PROFILE")}) || c.Theme != (Value[string]{"mono", FromFlag("theme")}) ||
		c.Browser.V != "none" || c.Mouse.From != FromFlag("no-mouse") || c.Base(shop).From != FromEnv("BURSAR_STRIPE_API_BASE") {
		t.Errorf("with environment and flags: %+v", c)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		getenv     func(string) string
		want       []string // all of these in the message
	}{
		{"syntax", "version = 1\n\ntheme 'dark'\n", nil, []string{"Line 3", "not valid TOML"}},
		{"unclosed", "version = 1\ntheme = \"da", nil, []string{"Line 2", "not valid TOML"}},
		{"twice", "version = 1\ntheme = 'dark'\ntheme = 'light'\n", nil, []string{"Line 3"}},
		{"wrong kind", "version = 1\nmouse = 'yes'\n", nil, []string{"Line 2", "wrong kind"}},
		{"newer", "version = 2\ntheme = 7\n", nil, []string{"newer bursar"}},
		{"theme", "theme = 'purple'\n", nil, []string{`"purple"`, "config.toml"}},
		{"theme by environment", "", env("BURSAR_THEME", "purple\x1b[31m"), []string{"environment BURSAR_THEME", `\x1b`}},
		{"profile", "\n[profiles.shop]\nmode='test'\n\napi_base = 'https://evil.example'\n", nil, []string{"Line 5", "this machine"}},
		{"mode", "[profiles.shop]\nmode = 'both'\n", nil, []string{"Line 2", `neither "test" nor "live"`}},
		{"profile name", "[profiles.'My Shop']\nmode = 'test'\n", nil, []string{"Line 1", "lower-case"}},
		{"sandbox", "[profiles.sandbox]\nmode = 'test'\n", nil, []string{"Line 1", "built-in"}},
		{"api base by environment", "", env("BURSAR_STRIPE_API_BASE", "https://api.evil.example"), []string{"environment BURSAR_STRIPE_API_BASE"}},
		{"secret in the file", "[profiles.shop]\npublishable_key = 'sk_test_MARKED'\n", nil, []string{"Line 2", "secret key"}},
		{"not text", "theme = \xff\xfe\n", nil, []string{"not valid TOML"}},
		{"too large", "# " + strings.Repeat("x", fileLimit), nil, []string{"larger than 1 MiB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := testPaths(t)
			put(t, p.ConfigFile(), tt.text)
			if tt.getenv == nil {
				tt.getenv = env()
			}
			s := NewStore(p)
			_, err := s.Load(Flags{}, tt.getenv)
			var e *Error
			if !errors.As(err, &e) || e.Next == "" {
				t.Fatalf("Load = %#v", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(e.Message, w) {
					t.Errorf("%q is not in %q", w, e.Message)
				}
			}
			if strings.Contains(e.Message+e.Next, "MARKED") {
				t.Errorf("the message repeats a secret: %q", e.Message)
			}
			if tt.name == "theme by environment" || tt.name == "api base by environment" || tt.name == "theme" {
				return // the file itself is not damaged
			}
			if err := s.UseProfile(t.Context(), SandboxProfile); err == nil {
				t.Error("a file that cannot be read was changed")
			}
			if read(t, p.ConfigFile()) != tt.text {
				t.Error("a file that cannot be read was overwritten")
			}
		})
	}
}

func TestUnknownKeysAreReportedAndKept(t *testing.T) {
	p := testPaths(t)
	put(t, p.ConfigFile(), "version = 1\ncolour = 'red'\n\n[profiles.shop]\nmode = 'test'\ntokn = 'x'\n\n[plugins]\na = 1\n")
	s := NewStore(p)
	c, err := s.Load(Flags{}, env())
	if err != nil {
		t.Fatal(err)
	}
	want := []UnknownKey{{"colour", 2}, {"profiles.shop.tokn", 6}, {"plugins", 8}}
	if !reflect.DeepEqual(c.Unknown, want) {
		t.Errorf("unknown = %+v, want %+v", c.Unknown, want)
	}
	if err := s.UseProfile(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	text := read(t, p.ConfigFile())
	for _, w := range []string{"colour = 'red'", "tokn = 'x'", "[plugins]\na = 1"} {
		if !strings.Contains(text, w) {
			t.Errorf("%q is gone from:\n%s", w, text)
		}
	}
	if err := s.RemoveProfile(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Load(Flags{}, env()); err != nil || len(c.Unknown) != 2 || strings.Contains(read(t, p.ConfigFile()), "tokn") {
		t.Errorf("a removed profile left its unknown keys: %+v %v", c.Unknown, err)
	}
}

func TestSaveKeepsWhatAPersonWrote(t *testing.T) {
	p := testPaths(t)
	const before = `# my settings
version = 1   # do not touch
theme = "dark" # at night

# the shop
[profiles.shop]
  mode = "test"  # for now
webhook_token = "aaaaaaaaaaaaaaaaaaaaaaaa"
account_name = "Old"
# the last line of the shop

[profiles.other]
mode = 'live'
webhook_token = 'bbbbbbbbbbbbbbbbbbbbbbbb'
`
	put(t, p.ConfigFile(), before)
	s, at := NewStore(p), time.Date(2026, 11, 23, 10, 0, 0, 5, time.FixedZone("", 3600))
	err := s.SaveProfile(t.Context(), "shop", func(pr *Profile) error {
		pr.AccountName, pr.ProductSource, pr.VerifiedAt = `New "shop" é`, 3, at
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSettings(t.Context(), func(v *Settings) { v.Theme, v.Icons = "", "ascii" }); err != nil {
		t.Fatal(err)
	}
	const after = `# my settings
version = 1   # do not touch
icons = 'ascii'

# the shop
[profiles.shop]
  mode = "test"  # for now
webhook_token = "aaaaaaaaaaaaaaaaaaaaaaaa"
account_name = 'New "shop" é'
product_source = 3
verified_at = 2026-11-23T09:00:00Z
# the last line of the shop

[profiles.other]
mode = 'live'
webhook_token = 'bbbbbbbbbbbbbbbbbbbbbbbb'
`
	if got := read(t, p.ConfigFile()); got != after {
		t.Errorf("the file is now:\n%s", got)
	}
	if err := s.RemoveProfile(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	got := read(t, p.ConfigFile())
	if strings.Contains(got, "New") || strings.Contains(got, "[profiles.shop]") || !strings.Contains(got, "[profiles.other]\nmode = 'live'") {
		t.Errorf("after removing, the file is:\n%s", got)
	}
}

func TestSaveFromNothing(t *testing.T) {
	p := testPaths(t)
	s := NewStore(p)
	if c, err := s.Load(Flags{}, env()); err != nil || c.Profile.V != "" || len(c.Profiles()) != 0 {
		t.Fatalf("nothing there: %+v, %v", c, err)
	}
	if err := s.SaveProfile(t.Context(), "shop", func(p *Profile) error { p.Mode = ModeTest; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.UseProfile(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	c, err := s.Load(Flags{}, env())
	shop, ok := c.Get("shop")
	if err != nil || !ok || shop.Mode != ModeTest || len(shop.WebhookToken) != 32 || c.Profile.V != "shop" || len(c.Unknown) != 0 {
		t.Fatalf("%+v %+v %v\n%s", c, shop, err, read(t, p.ConfigFile()))
	}
	if url := shop.WebhookURL("http://127.0.0.1:7/"); url != "http://127.0.0.1:7/v1/billing/webhook/apps/"+shop.WebhookToken {
		t.Errorf("webhook URL %q", url)
	}
	if info, _ := os.Stat(p.ConfigFile()); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	token := shop.WebhookToken
	if err := s.SaveProfile(t.Context(), "shop", func(p *Profile) error { p.AccountName = "Shop"; return nil }); err != nil {
		t.Fatal(err)
	}
	if c, _ = s.Load(Flags{}, env()); c.Profiles()[0].WebhookToken != token {
		t.Error("a second save changed the webhook token")
	}
	if err := s.UseProfile(t.Context(), "absent"); !errors.Is(err, ErrNoProfile) {
		t.Errorf("UseProfile(absent) = %v", err)
	}
	if err := s.RemoveProfile(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Load(Flags{}, env()); err != nil || c.Profile.V != "" || len(c.Profiles()) != 0 {
		t.Errorf("after removing: %+v %v", c, err)
	}
}

func TestUnusualFormIsRefusedNotBroken(t *testing.T) {
	p := testPaths(t)
	const text = "profiles = {shop = {mode = 'test'}}\n"
	put(t, p.ConfigFile(), text)
	s := NewStore(p)
	err := s.SaveProfile(t.Context(), "shop", func(p *Profile) error { p.Mode = ModeLive; return nil })
	if err == nil || !strings.Contains(err.Error(), "cannot change in place") || read(t, p.ConfigFile()) != text {
		t.Errorf("%v\n%s", err, read(t, p.ConfigFile()))
	}
}

func TestSaveFollowsLinks(t *testing.T) {
	p := testPaths(t)
	target := filepath.Join(t.TempDir(), "dotfiles", "bursar.toml")
	put(t, target, "version = 1\n")
	if err := os.Symlink(target, p.ConfigFile()); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if err := NewStore(p).UseProfile(t.Context(), SandboxProfile); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(p.ConfigFile()); err != nil || info.Mode()&os.ModeSymlink == 0 || !strings.Contains(read(t, target), "sandbox") {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
}

// TestSavesAtOnce: goroutines and other processes add a profile each; none is
// lost.
func TestSavesAtOnce(t *testing.T) {
	if home := os.Getenv("BURSAR_TEST_SAVE_HOME"); home != "" {
		saveFive(t, home, os.Getenv("BURSAR_TEST_SAVE_NAME"))
		return
	}
	p := testPaths(t)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		wg.Go(func() { saveFive(t, p.Config, name) })
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestSavesAtOnce$")
			cmd.Env = append(os.Environ(), "BURSAR_TEST_SAVE_HOME="+p.Config, "BURSAR_TEST_SAVE_NAME=child-"+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	c, err := NewStore(p).Load(Flags{}, env())
	if err != nil || len(c.Profiles()) != 20 {
		t.Errorf("%d of 20 profiles were kept (%v)", len(c.Profiles()), err)
	}
	if left, _ := filepath.Glob(filepath.Join(p.Config, ".config.toml.*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func saveFive(t *testing.T, home, name string) {
	p, err := ResolvePaths(env("BURSAR_HOME", home), "")
	if err != nil {
		t.Error(err)
		return
	}
	for i := range 5 {
		err := NewStore(p).SaveProfile(context.Background(), fmt.Sprintf("%s-%d", name, i), func(p *Profile) error { p.Mode = ModeTest; return nil })
		if err != nil {
			t.Error(err)
		}
	}
}

func TestProfileRules(t *testing.T) {
	good := Profile{Name: "my-shop", Mode: ModeLive, WebhookBase: "https://pay.example.com/x", WebhookListen: "127.0.0.1:4242", WebhookToken: NewWebhookToken()}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*Profile){
		"profile":         func(p *Profile) { p.Name = "A" },
		"mode":            func(p *Profile) { p.Mode = "Test" },
		"product_source":  func(p *Profile) { p.ProductSource = -1 },
		"publishable_key": func(p *Profile) { p.PublishableKey = "rk_live_x" },
		"webhook_token":   func(p *Profile) { p.WebhookToken = "../x" },
		"api_base":        func(p *Profile) { p.APIBase = "http://127.0.0.1.evil.example" },
		"webhook_base":    func(p *Profile) { p.WebhookBase = "http://pay.example.com" },
		"request_rate":    func(p *Profile) { p.RequestRate = 0.2 },
		"webhook_listen":  func(p *Profile) { p.WebhookListen = "evil.example:80" },
		"archive":         func(p *Profile) { p.Archive = "here.db" },
	}
	for field, spoil := range tests {
		p := good
		spoil(&p)
		var e *Error
		if err := p.Check(); !errors.As(err, &e) || e.Field != field || e.Message == "" || e.Next == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, place := range []string{"mysql://h/d", "postgres://u:canary@h/d", "postgresql://u:@h/d", "postgres:///d?password=canary", "postgres://h/d?x=%zz", "postgres://[h/d", "postgres:/d"} {
		var e *Error
		if err := CheckArchive(place); !errors.As(err, &e) || e.Field != "archive" || e.Next == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("archive %q: %v", place, err)
		}
	}
	for _, place := range []string{"", "/srv/archive.db", "postgres://shop@db.example.com/payments?search_path=live", "postgresql:///payments?host=/run/postgresql"} {
		if err := CheckArchive(place); err != nil {
			t.Errorf("archive %q: %v", place, err)
		}
	}
	for _, base := range []string{"http://user@127.0.0.1", "http://127.0.0.1/?a", "ftp://127.0.0.1", "http://127.0.0.1/path", "127.0.0.1:1", "http://[::2]", "http://0.0.0.0:1"} {
		if CheckAPIBase(base) == nil {
			t.Errorf("API base %q is allowed", base)
		}
	}
	for _, base := range []string{"", "http://localhost:1", "https://[::1]:2", "http://127.9.9.9/"} {
		if err := CheckAPIBase(base); err != nil {
			t.Errorf("API base %q: %v", base, err)
		}
	}
	for _, name := range []string{"", "sandbox", "a b", "../x", strings.Repeat("a", 33), "é", "a\n"} {
		if CheckProfileName(name) == nil {
			t.Errorf("name %q is allowed", name)
		}
	}
}

// FuzzSettings: any text either cannot be read or keeps its meaning through a
// change and back.
func FuzzSettings(f *testing.F) {
	f.Add("version = 1\ntheme = 'dark'\n[profiles.shop]\nmode = 'test'\n")
	f.Add("theme='dark'")
	f.Add("[profiles]\nshop.mode = \"test\"\r\n[x]\n")
	f.Add("profiles.shop.mode = 'test'")
	f.Add("[[a]]\nb = [1,\n2] # c\n[profiles.\"shop\"]")
	f.Add("a = \"\"\"\n[x]\n\"\"\"\nprofile = 'x' # y")
	f.Fuzz(func(t *testing.T, text string) {
		doc, was, _, err := decode("f", []byte(text))
		if err != nil {
			return
		}
		want := was
		want.Version, want.Theme = fileVersion, "light"
		want.Profiles = map[string]Profile{"new": {Name: "new", Mode: ModeTest, AccountName: text}}
		next, err := rewrite(doc, was, want)
		if err != nil {
			return
		}
		_, back, _, err := decode("f", next)
		if err != nil || back.Theme != "light" || back.Profile != was.Profile || len(back.Profiles) != 1 {
			t.Errorf("%v: %+v from\n%s", err, back, next)
		}
	})
}
