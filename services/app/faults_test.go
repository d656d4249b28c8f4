package app_test

import (
	"context"
	"database/sql"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
)

// file is a file of the sandbox's folder.
func (h *home) file(name string) string { return filepath.Join(h.paths().Sandbox(), name) }

func TestDamagedFilesAreSetAside(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if err := os.MkdirAll(h.paths().Sandbox(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sandbox.db", "archive.db"} {
		if err := os.WriteFile(h.file(name), []byte(strings.Repeat("this is no database ", 400)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, notice, err := h.desks().Open(t.Context(), services.SandboxProfile, app.Command)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if !strings.Contains(notice, "sandbox file was damaged") || !strings.Contains(notice, "archive") {
		t.Errorf("notice %q", notice)
	}
	if added, err := d.Logs.Sync(t.Context()); err != nil || added < 300 {
		t.Errorf("added %d, %v", added, err)
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, says, next string
		spoil            func(path string) error
	}{
		{"sandbox.db", "newer", "--fresh", newer},
		{"archive.db", "newer", "Update", newer},
		{"sandbox.db", "directory", "", func(path string) error { return os.MkdirAll(path, 0o700) }},
		{"archive.db", "archive.db", "", func(path string) error { return os.MkdirAll(path, 0o700) }},
	} {
		h := newHome(t)
		if strings.Contains(c.next, "pdate") || strings.Contains(c.next, "fresh") { // made by a good run first
			d, _, err := h.desks().Open(t.Context(), services.SandboxProfile, app.Command)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		} else if err := os.MkdirAll(h.paths().Sandbox(), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := c.spoil(h.file(c.file)); err != nil {
			t.Fatal(err)
		}
		_, _, err := h.desks().Open(t.Context(), services.SandboxProfile, app.Command)
		if e := refuse(t, err, services.CodeStorage, "", c.says); !strings.Contains(e.Next, c.next) {
			t.Errorf("%s: next %q", c.file, e.Next)
		}
	}
}

// newer marks a database as one of a later version.
func newer(path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.Exec("PRAGMA user_version = 999")
	_ = db.Close()
	return err
}

func TestSettingsFileIsDamaged(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	desks := h.desks()
	if err := os.WriteFile(h.paths().ConfigFile(), []byte("version = 1\n[profiles.shop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := desks.Configuration().Show(t.Context(), "shop")
	refuse(t, err, services.CodeStorage, "", "Line 2 of the settings")
	_, _, err = desks.Open(t.Context(), "shop", app.Command)
	refuse(t, err, services.CodeStorage, "", "Line 2 of the settings")
	secret := testSecret
	_, err = desks.Configuration().Update(t.Context(), "shop", services.ConfigurationUpdate{SecretKey: &secret, SkipVerify: true})
	refuse(t, err, services.CodeStorage, "", "Line 2 of the settings")
}

// The first windows of a new home may open together.
func TestManyOpenAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			d, notice, err := h.desks().Open(t.Context(), services.SandboxProfile, app.Command)
			if err != nil || notice != "" {
				t.Errorf("%q, %v", notice, err)
				return
			}
			defer func() {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}()
			if rows, err := d.Products.Get(t.Context()); err != nil || len(rows) < 8 {
				t.Errorf("%d products, %v", len(rows), err)
			}
			view, err := d.Configuration.Show(t.Context(), services.SandboxProfile)
			if err != nil || view.ProductSource.Number != 1 {
				t.Errorf("source %+v, %v", view.ProductSource, err)
			}
		})
	}
	all.Wait()
}

func TestReceiversPortIsInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	h := homeOf(t, newStripe(t))
	h.set()
	h.listenAt(taken.Addr().String())
	d, notice, err := h.desks().Open(t.Context(), "shop", app.Interface)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	health, err := d.Logs.Health(t.Context())
	base, _, _ := strings.Cut(health.Receiving, "/v1/")
	if err != nil || !strings.Contains(notice, "is in use") || !strings.Contains(notice, base) || strings.Contains(base, taken.Addr().String()) {
		t.Errorf("receiving at %q, notice %q, %v", health.Receiving, notice, err)
	}
}

func (h *home) listenAt(addr string) {
	h.t.Helper()
	err := config.NewStore(h.paths()).SaveProfile(h.t.Context(), "shop", func(p *config.Profile) error {
		p.WebhookListen = addr
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// The URL that is shown is the one where the receiver listens.
func TestWebhookURLFollowsTheListener(t *testing.T) {
	t.Parallel()
	h := homeOf(t, newStripe(t))
	h.set()
	for addr, base := range map[string]string{"127.0.0.1:9123": "http://127.0.0.1:9123/", "0.0.0.0:9124": "http://127.0.0.1:9124/", "[::]:9125": "http://127.0.0.1:9125/", "localhost:9126": "http://localhost:9126/", "": "http://127.0.0.1:8787/"} {
		h.listenAt(addr)
		v, err := h.desks().Configuration().Show(t.Context(), "shop")
		if err != nil || !strings.HasPrefix(v.WebhookURL, base) {
			t.Errorf("listening on %q the URL is %s, %v", addr, v.WebhookURL, err)
		}
	}
}

func TestKeyOfTheEnvironmentIsNone(t *testing.T) {
	t.Parallel()
	h := homeOf(t, newStripe(t))
	h.set()
	for key, says := range map[string]string{"nonsense": "starts with sk_test_", testPublishable: "swapped"} {
		h.env["STRIPE_API_KEY"] = key
		_, _, err := h.desks().Open(t.Context(), "shop", app.Command)
		if e := refuse(t, err, services.CodeInvalid, services.FieldSecretKey, says); !strings.Contains(e.Next, "STRIPE_API_KEY") {
			t.Errorf("next %q", e.Next)
		}
	}
}

// Without a keyring secrets go to a file, which a passphrase protects.
func TestPassphrase(t *testing.T) {
	t.Parallel()
	h := homeOf(t, newStripe(t))
	h.ring = nil
	ctx := t.Context()
	secret, publishable, right, wrong := testSecret, testPublishable, "correct horse battery", "wrong horse"
	_, err := h.desks().Configuration().Update(ctx, "shop", services.ConfigurationUpdate{PublishableKey: &publishable, SecretKey: &secret})
	refuse(t, err, services.CodeInvalid, services.FieldPassphrase, "passphrase")
	v, err := h.desks().Configuration().Update(ctx, "shop", services.ConfigurationUpdate{PublishableKey: &publishable, SecretKey: &secret, Passphrase: &right})
	if err != nil || v.SecretKey.Masked != "sk_test_…abcd" || !strings.Contains(v.Storage, "encrypted") {
		t.Fatalf("%+v, %v", v, err)
	}
	_, _, err = h.desks().Open(ctx, "shop", app.Command)
	refuse(t, err, services.CodeInvalid, services.FieldPassphrase, "passphrase")
	_, err = h.desks().Configuration().Update(ctx, "shop", services.ConfigurationUpdate{SecretKey: &secret, Passphrase: &wrong})
	refuse(t, err, services.CodeInvalid, services.FieldPassphrase, "passphrase")
	noSecretIn(t, h.dir)
}

func TestServeSandbox(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served, ended := make(chan app.Serving, 1), make(chan error, 1)
	go func() {
		ended <- h.desks().ServeSandbox(ctx, app.ServeOptions{Addr: "127.0.0.1:0"}, func(s app.Serving) error { served <- s; return nil })
	}()
	s := <-served
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.SecretKey, "")
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%+v, %v", res, err)
	}
	_ = res.Body.Close()

	// A desk of the same home uses it; a second one waits behind it.
	if added, err := h.open(services.SandboxProfile, app.Command).Logs.Sync(ctx); err != nil || added < 300 {
		t.Errorf("added %d, %v", added, err)
	}
	second, stopSecond := context.WithCancel(ctx)
	err = h.desks().ServeSandbox(second, app.ServeOptions{}, func(two app.Serving) error {
		if stopSecond(); two.URL != s.URL || !strings.Contains(two.Notice, "Another bursar serves") {
			t.Errorf("the second: %+v", two)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}

	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	err = h.desks().ServeSandbox(ctx, app.ServeOptions{Addr: "127.0.0.1:" + port, Data: filepath.Join(t.TempDir(), "other.db")}, nil)
	refuse(t, err, services.CodeUnavailable, "addr", "in use")
	err = h.desks().ServeSandbox(ctx, app.ServeOptions{Addr: "192.0.2.1:80", Data: filepath.Join(t.TempDir(), "other.db")}, nil)
	refuse(t, err, services.CodeInvalid, "addr", "192.0.2.1")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
