package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringService is the name under which the keyring lists bursar's secrets.
const keyringService = "bursar"

// keyringTimeout bounds a call of the keyring unless told otherwise. A person who
// is being asked to unlock it needs longer; they are told to unlock and try again.
const keyringTimeout = 2 * time.Second

// Keyring is the operating system's keyring: Keychain, Credential Manager, or the
// Secret Service over D-Bus. Get returns keyring.ErrNotFound of go-keyring, or
// ErrNoSecret, when it holds no such secret.
type Keyring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

type osKeyring struct{}

func (osKeyring) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (osKeyring) Set(service, user, secret string) error   { return keyring.Set(service, user, secret) }
func (osKeyring) Delete(service, user string) error        { return keyring.Delete(service, user) }

// systemKeyring returns the machine's keyring, or why there is none. Where there
// is no D-Bus session the library would start one, which nobody asked for.
func systemKeyring(getenv func(string) string) (ring Keyring, why string) {
	switch runtime.GOOS {
	case "darwin", "windows":
		return osKeyring{}, ""
	}
	if getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return osKeyring{}, ""
	}
	run := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(run, name)); err == nil {
			return osKeyring{}, ""
		}
	}
	return nil, "this machine has no keyring: there is no D-Bus session"
}

// ringStore keeps secrets in the keyring and never waits longer than its time
// limit. A call that hangs is abandoned; while it hangs no other is made, so there
// is one stray goroutine at most, and it holds nothing but its own answer.
type ringStore struct {
	ring  Keyring
	limit time.Duration
	gate  chan struct{} // holds one token: the right to call the keyring
}

func newRingStore(ring Keyring, limit time.Duration) *ringStore {
	if limit <= 0 {
		limit = keyringTimeout
	}
	r := &ringStore{ring: ring, limit: limit, gate: make(chan struct{}, 1)}
	r.gate <- struct{}{}
	return r
}

// Get returns the secret, or ErrNoSecret.
func (r *ringStore) Get(ctx context.Context, profile string, kind Kind) (Secret, error) {
	text, err := r.call(ctx, func() (string, error) { return r.ring.Get(keyringService, account(profile, kind)) })
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(text), nil
}

// Set keeps the secret.
func (r *ringStore) Set(ctx context.Context, profile string, kind Kind, s Secret) error {
	_, err := r.call(ctx, func() (string, error) {
		return "", r.ring.Set(keyringService, account(profile, kind), s.Reveal())
	})
	return err
}

// Delete forgets the secret.
func (r *ringStore) Delete(ctx context.Context, profile string, kind Kind) error {
	_, err := r.call(ctx, func() (string, error) { return "", r.ring.Delete(keyringService, account(profile, kind)) })
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// Where says "system keyring".
func (r *ringStore) Where() Source { return "system keyring" }

type ringAnswer struct {
	text string
	err  error
}

func (r *ringStore) call(ctx context.Context, fn func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	select {
	case <-r.gate:
	case <-ctx.Done():
		return "", r.silent(ctx.Err())
	}
	answer := make(chan ringAnswer, 1) // room for an answer nobody waits for any more
	go func() {
		defer func() {
			if p := recover(); p != nil {
				answer <- ringAnswer{"", fmt.Errorf("the keyring's library failed: %v", p)}
			}
			r.gate <- struct{}{}
		}()
		text, err := fn()
		answer <- ringAnswer{text, err}
	}()
	select {
	case a := <-answer:
		if errors.Is(a.err, keyring.ErrNotFound) || errors.Is(a.err, ErrNoSecret) {
			return "", ErrNoSecret
		}
		if a.err != nil {
			return "", &Error{Message: "The system keyring refused.", Next: "Unlock it and try again, or set STRIPE_API_KEY for this run.", Err: errors.Join(ErrUnavailable, a.err)}
		}
		return a.text, nil
	case <-ctx.Done():
		return "", r.silent(ctx.Err())
	}
}

func (r *ringStore) silent(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &Error{
		Message: "The system keyring did not answer within " + r.limit.String() + ".",
		Next:    "If it asks for its password, unlock it and try again; or set STRIPE_API_KEY for this run.",
		Err:     errors.Join(ErrUnavailable, err),
	}
}
