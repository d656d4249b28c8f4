package config

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

const canary = "sk_test_CANARY00000000000000"

// fakeRing is a keyring in memory. While block is open its calls hang.
type fakeRing struct {
	mu    sync.Mutex
	held  map[string]string
	calls int
	block chan struct{}
}

func (r *fakeRing) enter() {
	r.mu.Lock()
	r.calls++
	block := r.block
	r.mu.Unlock()
	if block != nil {
		<-block
	}
}

func (r *fakeRing) Get(_, user string) (string, error) {
	r.enter()
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.held[user]; ok {
		return v, nil
	}
	return "", keyring.ErrNotFound
}

func (r *fakeRing) Set(_, user, secret string) error {
	r.enter()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = map[string]string{}
	}
	r.held[user] = secret
	return nil
}

func (r *fakeRing) Delete(_, user string) error {
	r.enter()
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.held[user]; !ok {
		return keyring.ErrNotFound
	}
	delete(r.held, user)
	return nil
}

// brokenRing refuses everything, as a Secret Service without a daemon does.
type brokenRing struct{}

func (brokenRing) Get(string, string) (string, error) { return "", errors.New("no such service") }
func (brokenRing) Set(string, string, string) error   { return errors.New("no such service") }
func (brokenRing) Delete(string, string) error        { return errors.New("no such service") }

// openCheap is OpenSecrets with scrypt at its cheapest.
func openCheap(o SecretOptions) *Secrets {
	if o.Getenv == nil {
		o.Getenv = env()
	}
	s := OpenSecrets(o)
	s.file.effort = 1
	return s
}

func answer(text string, asked *int) func(context.Context, PassphraseAsk) (Secret, error) {
	return func(context.Context, PassphraseAsk) (Secret, error) {
		*asked++
		return NewSecret(text), nil
	}
}

func TestSecretsInTheKeyring(t *testing.T) {
	ctx, ring := t.Context(), &fakeRing{}
	s := openCheap(SecretOptions{Paths: testPaths(t), Keyring: ring})
	if _, err := s.Get(ctx, "shop", SecretKey); !errors.Is(err, ErrNoSecret) {
		t.Fatalf("nothing there: %v", err)
	}
	if words, need := s.Storage(ctx, "shop"); words != "system keyring" || need {
		t.Errorf("Storage = %q, %v", words, need)
	}
	if from, err := s.Set(ctx, "shop", SecretKey, NewSecret(canary)); err != nil || from != "system keyring" {
		t.Fatalf("Set: %v %v", from, err)
	}
	if v, err := s.Get(ctx, "shop", SecretKey); err != nil || v.V.Reveal() != canary || v.From != "system keyring" {
		t.Errorf("Get: %v %v", v, err)
	}
	if _, err := s.Get(ctx, "other", SecretKey); !errors.Is(err, ErrNoSecret) {
		t.Errorf("another profile's: %v", err)
	}
	if err := s.Remove(ctx, "shop"); err != nil || len(ring.held) != 0 {
		t.Errorf("Remove: %v, left %d", err, len(ring.held))
	}
}

func TestEnvironmentWinsButNotForTheSandbox(t *testing.T) {
	ctx := t.Context()
	s := openCheap(SecretOptions{Paths: testPaths(t), Keyring: &fakeRing{held: map[string]string{"shop/secret_key": "sk_test_stored"}}, Getenv: env("STRIPE_API_KEY", canary)})
	if v, err := s.Get(ctx, "shop", SecretKey); err != nil || v.V.Reveal() != canary || v.From != "environment STRIPE_API_KEY" {
		t.Errorf("%v %v", v, err)
	}
	if _, err := s.Get(ctx, "shop", SigningSecret); !errors.Is(err, ErrNoSecret) {
		t.Errorf("signing secret: %v", err)
	}
	if _, err := s.Get(ctx, SandboxProfile, SecretKey); !errors.Is(err, ErrNoSecret) {
		t.Errorf("sandbox: %v", err)
	}
}

func TestSecretsInAnEncryptedFile(t *testing.T) {
	ctx, p, asked := t.Context(), testPaths(t), 0
	s := openCheap(SecretOptions{Paths: p, Keyring: brokenRing{}, Passphrase: answer("correct horse", &asked)})
	words, need := s.Storage(ctx, "shop")
	if !strings.Contains(words, "encrypted with a passphrase") || !strings.Contains(words, "does not answer") || !need {
		t.Errorf("Storage = %q, %v", words, need)
	}
	for _, profile := range []string{"shop", "other"} {
		for _, kind := range kinds() {
			if _, err := s.Set(ctx, profile, kind, NewSecret(canary+profile+string(kind))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	var all []byte
	err := filepath.WalkDir(p.Config, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, _ := d.Info(); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		b, err := os.ReadFile(path)
		all = append(all, b...)
		return err
	})
	if err != nil || len(all) == 0 || bytes.Contains(all, []byte("CANARY")) || bytes.Contains(all, []byte("horse")) {
		t.Errorf("a secret is in the clear in a file (%v, %d bytes)", err, len(all))
	}

	again := openCheap(SecretOptions{Paths: p, Keyring: brokenRing{}, Passphrase: answer("correct horse", &asked)})
	for range 3 {
		if v, err := again.Get(ctx, "shop", SigningSecret); err != nil || v.V.Reveal() != canary+"shopsigning_secret" {
			t.Fatalf("Get: %v %v", v, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times in two runs", asked)
	}
	if err := again.file.remove(ctx, "shop"); err != nil || again.file.has("shop") || !again.file.has("other") {
		t.Errorf("remove: %v", err)
	}
}

func TestEncryptedFileFaults(t *testing.T) {
	ctx, p, asked := t.Context(), testPaths(t), 0
	s := openCheap(SecretOptions{Paths: p, Passphrase: answer("right", &asked)})
	s.ring = nil
	if _, err := s.Set(ctx, "shop", SecretKey, NewSecret(canary)); err != nil {
		t.Fatal(err)
	}
	path := s.file.path("shop")
	good := read(t, path)
	fresh := func(pass string) *Secrets {
		s := openCheap(SecretOptions{Paths: p, Passphrase: answer(pass, &asked)})
		s.ring = nil
		return s
	}

	wrong := fresh("wrong")
	if _, err := wrong.Get(ctx, "shop", SecretKey); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := wrong.Set(ctx, "shop", SecretKey, NewSecret("x")); !errors.Is(err, ErrPassphrase) || read(t, path) != good {
		t.Errorf("a wrong passphrase changed the file: %v", err)
	}
	answers := []string{"wrong", "right"}
	twice := openCheap(SecretOptions{Paths: p, Passphrase: func(context.Context, PassphraseAsk) (Secret, error) {
		next := answers[0]
		answers = answers[1:]
		return NewSecret(next), nil
	}})
	twice.ring = nil
	if _, err := twice.Get(ctx, "shop", SecretKey); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := twice.Get(ctx, "shop", SecretKey); err != nil {
		t.Errorf("not asked again after a wrong one: %v", err)
	}
	wrong.UsePassphrase(NewSecret("right"))
	if v, err := wrong.Get(ctx, "shop", SecretKey); err != nil || v.V.Reveal() != canary {
		t.Errorf("the right one after a wrong one: %v", err)
	}
	wrong.UsePassphrase(NewSecret("another"))
	if _, err := wrong.Set(ctx, "shop", SecretKey, NewSecret("x")); !errors.Is(err, ErrPassphrase) || read(t, path) != good {
		t.Errorf("another passphrase took the file over: %v", err)
	}

	spoiled := map[string]string{
		"truncated": good[:len(good)-5], "empty": "", "not age": "hello\n",
		"tampered": good[:len(good)-3] + string(good[len(good)-3]^1) + good[len(good)-2:],
		"costly":   strings.Replace(good, " 1\n", " 19\n", 1),
	}
	for name, text := range spoiled {
		put(t, path, text)
		var e *Error
		if _, err := fresh("right").Get(ctx, "shop", SecretKey); !errors.As(err, &e) || e.Next == "" || !strings.Contains(e.Message, "damaged") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := fresh("right").Set(ctx, "shop", SecretKey, NewSecret("x")); err == nil || read(t, path) != text {
			t.Errorf("%s: overwritten", name)
		}
	}
	put(t, path, good)
	put(t, s.file.path("other"), good)
	if _, err := fresh("right").Get(ctx, "other", SecretKey); err == nil || !strings.Contains(err.Error(), "another profile") {
		t.Errorf("one profile's file under another's name: %v", err)
	}
	nobody := openCheap(SecretOptions{Paths: p})
	nobody.ring = nil
	if _, err := nobody.Get(ctx, "shop", SecretKey); !errors.Is(err, ErrPassphrase) {
		t.Errorf("nobody to ask: %v", err)
	}
}

// TestHungKeyring: calls end by the limit, one stray call at most exists, and it
// is usable again afterwards.
func TestHungKeyring(t *testing.T) {
	ctx, ring := t.Context(), &fakeRing{block: make(chan struct{})}
	s := openCheap(SecretOptions{Paths: testPaths(t), Keyring: ring, KeyringTimeout: 20 * time.Millisecond})
	for range 3 {
		_, err := s.Get(ctx, "shop", SecretKey)
		var e *Error
		if !errors.Is(err, ErrUnavailable) || !errors.As(err, &e) || e.Next == "" {
			t.Fatalf("hung: %v", err)
		}
	}
	if _, need := s.Storage(ctx, "shop"); !need {
		t.Error("a hung keyring is still written to")
	}
	ring.mu.Lock()
	if ring.calls != 1 {
		t.Errorf("%d calls hang at the same time", ring.calls)
	}
	close(ring.block)
	ring.block = nil
	ring.mu.Unlock()
	deadline := time.Now().Add(5 * time.Second)
	for {
		_, err := s.Get(ctx, "shop", SecretKey)
		if errors.Is(err, ErrNoSecret) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not usable again: %v", err)
		}
	}
}

// TestHungDBus: the real library on a bus that accepts and never answers.
func TestHungDBus(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("D-Bus is Linux's")
	}
	bus := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", bus)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+bus)
	s := openCheap(SecretOptions{Paths: testPaths(t), Getenv: os.Getenv, KeyringTimeout: 50 * time.Millisecond})
	if s.ring == nil {
		t.Fatal("a D-Bus session was not taken for a keyring")
	}
	t.Setenv("STRIPE_API_KEY", "")
	if _, err := s.Get(t.Context(), "shop", SecretKey); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Get = %v", err)
	}
}

func TestSecretNamesStayInTheirFolder(t *testing.T) {
	ctx, asked := t.Context(), 0
	s := openCheap(SecretOptions{Paths: testPaths(t), Keyring: brokenRing{}, Passphrase: answer("p", &asked)})
	for _, name := range []string{"../x", "", "a/b", SandboxProfile} {
		if _, err := s.Set(ctx, name, SecretKey, NewSecret(canary)); err == nil {
			t.Errorf("%q was stored", name)
		}
	}
}

func TestMemory(t *testing.T) {
	var m SecretStore = &Memory{}
	ctx := t.Context()
	if _, err := m.Get(ctx, "a", SecretKey); !errors.Is(err, ErrNoSecret) {
		t.Error(err)
	}
	_ = m.Set(ctx, "a", SecretKey, NewSecret("x"))
	if v, err := m.Get(ctx, "a", SecretKey); err != nil || v.Reveal() != "x" {
		t.Error(v, err)
	}
	_ = m.Delete(ctx, "a", SecretKey)
	if _, err := m.Get(ctx, "a", SecretKey); !errors.Is(err, ErrNoSecret) {
		t.Error(err)
	}
}
