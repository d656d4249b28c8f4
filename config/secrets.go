package config

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Kind names one secret of a profile.
type Kind string

// The secrets of a profile.
const (
	SecretKey     Kind = "secret_key"     // "sk_…" or "rk_…"
	SigningSecret Kind = "signing_secret" // "whsec_…"
	// PreviousSigningSecret is the one before, while it is still valid: "whsec_…",
	// a blank, and its end in RFC 3339.
	PreviousSigningSecret Kind = "previous_signing_secret"
)

// kinds are all of them.
func kinds() []Kind { return []Kind{SecretKey, SigningSecret, PreviousSigningSecret} }

// SecretStore is one place where secrets are kept. Its methods may be called at
// the same time from several goroutines.
type SecretStore interface {
	// Get returns the secret, or ErrNoSecret.
	Get(ctx context.Context, profile string, kind Kind) (Secret, error)
	// Set keeps the secret in place of the one before.
	Set(ctx context.Context, profile string, kind Kind, s Secret) error
	// Delete forgets the secret; nil when there was none.
	Delete(ctx context.Context, profile string, kind Kind) error
	// Where says in words what place this is: "system keyring".
	Where() Source
}

// SecretOptions are what OpenSecrets needs to know.
type SecretOptions struct {
	Paths  Paths
	Getenv func(string) string
	// Passphrase asks the person; nil when nobody can be asked. It is called once
	// a run: the answer is remembered when it is right.
	Passphrase func(ctx context.Context, ask PassphraseAsk) (Secret, error)
	// Keyring is the operating system's when nil.
	Keyring Keyring
	// KeyringTimeout bounds every call of the keyring; 0 means 2 seconds.
	KeyringTimeout time.Duration
}

// PassphraseAsk says what a passphrase is asked for.
type PassphraseAsk struct {
	Profile string
	New     bool // there is no file yet: the passphrase is being chosen
}

// Secrets keeps the secrets of every profile. Reading asks the environment, the
// profile's encrypted file where there is one, then the keyring. Writing goes to
// the profile's encrypted file where there is one, else to the keyring where it
// works, else to a new encrypted file. Nothing is ever written in the clear.
type Secrets struct {
	env  envStore
	file *fileStore
	ring *ringStore // nil where the machine has none

	mu     sync.Mutex
	probed bool
	works  bool
	why    string // why there is no keyring, in words
}

// OpenSecrets returns the places secrets are kept. It asks none of them yet.
func OpenSecrets(o SecretOptions) *Secrets {
	s := &Secrets{env: envStore{o.Getenv}, file: newFileStore(o.Paths, o.Passphrase)}
	ring, why := o.Keyring, ""
	if ring == nil {
		ring, why = systemKeyring(o.Getenv)
	}
	if ring != nil {
		s.ring = newRingStore(ring, o.KeyringTimeout)
	}
	s.why = why
	return s
}

// Get returns a profile's secret and where it came from. ErrNoSecret when no
// place has it, ErrPassphrase or ErrUnavailable when one that may have it could
// not be read.
func (s *Secrets) Get(ctx context.Context, profile string, kind Kind) (Value[Secret], error) {
	places := []SecretStore{s.env}
	if s.file.has(profile) {
		places = append(places, s.file)
	}
	if s.ring != nil {
		places = append(places, s.ring)
	}
	for _, p := range places {
		v, err := p.Get(ctx, profile, kind)
		if errors.Is(err, ErrNoSecret) {
			continue
		}
		return Value[Secret]{v, p.Where()}, err
	}
	return Value[Secret]{}, ErrNoSecret
}

// Set keeps a profile's secret and returns where.
func (s *Secrets) Set(ctx context.Context, profile string, kind Kind, v Secret) (Source, error) {
	if err := CheckProfileName(profile); err != nil {
		return "", err
	}
	place := s.place(ctx, profile)
	return place.Where(), place.Set(ctx, profile, kind, v)
}

// Remove forgets every secret of a profile that was stored. The encrypted file is
// deleted whole, which needs no passphrase.
func (s *Secrets) Remove(ctx context.Context, profile string) error {
	if err := CheckProfileName(profile); err != nil {
		return err
	}
	err := s.file.remove(ctx, profile)
	if s.ring != nil {
		for _, kind := range kinds() {
			err = errors.Join(err, s.ring.Delete(ctx, profile, kind))
		}
	}
	return err
}

// Storage says in words where Set keeps a profile's secrets, and why not in the
// keyring when it does not. needPassphrase tells that Set has to be given a
// passphrase: by UsePassphrase, or else it asks.
func (s *Secrets) Storage(ctx context.Context, profile string) (words string, needPassphrase bool) {
	if s.place(ctx, profile) == SecretStore(s.ring) {
		return string(s.ring.Where()), false
	}
	words = "a file encrypted with a passphrase, " + s.file.path(profile)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why != "" {
		words += " (" + s.why + ")"
	}
	return words, !s.file.unlocked()
}

// UsePassphrase gives the passphrase of the encrypted files before anything asks
// for it.
func (s *Secrets) UsePassphrase(p Secret) { s.file.use(p) }

// place picks where a profile's secrets are written.
func (s *Secrets) place(ctx context.Context, profile string) SecretStore {
	if s.file.has(profile) || s.ring == nil {
		return s.file
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.probed {
		_, err := s.ring.Get(ctx, "probe", SecretKey)
		if ctx.Err() != nil {
			return s.file // asked again next time: it was not the keyring's fault
		}
		s.probed, s.works = true, err == nil || errors.Is(err, ErrNoSecret)
		if !s.works {
			s.why = "the system keyring does not answer"
		}
	}
	if s.works {
		return s.ring
	}
	return s.file
}

// envStore reads STRIPE_API_KEY, the variable Stripe's own tools read. It serves
// every profile but the sandbox.
type envStore struct{ getenv func(string) string }

func (e envStore) Get(_ context.Context, profile string, kind Kind) (Secret, error) {
	if kind != SecretKey || profile == SandboxProfile || e.getenv == nil {
		return Secret{}, ErrNoSecret
	}
	if v := NewSecret(e.getenv("STRIPE_API_KEY")); !v.IsZero() {
		return v, nil
	}
	return Secret{}, ErrNoSecret
}

func (e envStore) Set(context.Context, string, Kind, Secret) error {
	return &Error{Message: "The environment can only be read.", Next: "Change STRIPE_API_KEY in your shell."}
}

func (e envStore) Delete(context.Context, string, Kind) error { return nil }

func (e envStore) Where() Source { return FromEnv("STRIPE_API_KEY") }

// Memory keeps secrets until the program ends: for the sandbox and for tests.
type Memory struct {
	mu   sync.Mutex
	held map[string]Secret
}

// Get returns the secret, or ErrNoSecret.
func (m *Memory) Get(_ context.Context, profile string, kind Kind) (Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.held[account(profile, kind)]; ok {
		return v, nil
	}
	return Secret{}, ErrNoSecret
}

// Set keeps the secret.
func (m *Memory) Set(_ context.Context, profile string, kind Kind, s Secret) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		m.held = map[string]Secret{}
	}
	m.held[account(profile, kind)] = s
	return nil
}

// Delete forgets the secret.
func (m *Memory) Delete(_ context.Context, profile string, kind Kind) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.held, account(profile, kind))
	return nil
}

// Where says "memory".
func (m *Memory) Where() Source { return "memory" }

// account is the name of a secret in a store of flat names.
func account(profile string, kind Kind) string { return profile + "/" + string(kind) }
