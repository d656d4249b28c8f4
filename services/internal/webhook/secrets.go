package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"bursar/services"
)

// How long signing secrets count as known, and how long an answer is waited for:
// a keyring takes its time, and a person who is asked takes more.
const (
	secretsKnown = 10 * time.Second
	secretsWait  = 5 * time.Second
)

// errSecrets is why a signature cannot be judged.
var errSecrets = errors.New("the signing secrets cannot be read")

// keyring holds one target's signing secrets between deliveries.
type keyring struct {
	ask func(context.Context) ([]Secret, error)
	now services.Clock
	log *slog.Logger

	asking sync.Mutex // held by the one delivery that asks
	mu     sync.Mutex
	known  []Secret
	at     time.Time // when they were asked for; zero: never with success
	asks   int       // how often they were asked for
}

// verify checks a signature with the known secrets, and with fresh ones when it
// matches none: a secret that was entered a moment ago counts.
func (k *keyring) verify(ctx context.Context, s signature, body []byte, tolerance time.Duration) (Match, error) {
	secrets, err := k.secrets(ctx)
	if err != nil {
		return Match{}, fmt.Errorf("%w: %w", errSecrets, err)
	}
	m, err := s.verify(body, secrets, k.now(), tolerance)
	if err == nil || m.Secret != "" {
		return m, err
	}
	if secrets, err = k.fresh(ctx); err != nil {
		return Match{}, fmt.Errorf("%w: %w", errSecrets, err)
	}
	return s.verify(body, secrets, k.now(), tolerance)
}

// secrets returns the known secrets, and asks for them when they are old. While
// another delivery asks, old ones count.
func (k *keyring) secrets(ctx context.Context) ([]Secret, error) {
	k.mu.Lock()
	known, ever, age := k.known, !k.at.IsZero(), k.now().Sub(k.at).Abs()
	k.mu.Unlock()
	if ever && age < secretsKnown {
		return known, nil
	}
	if ever {
		if !k.asking.TryLock() {
			return known, nil
		}
		k.asking.Unlock()
	}
	return k.fresh(ctx)
}

// fresh asks for the secrets, one delivery at a time: those that waited meanwhile
// share the next answer. When nobody answers the known ones go on counting,
// except those that expire.
func (k *keyring) fresh(ctx context.Context) ([]Secret, error) {
	k.mu.Lock()
	before := k.asks
	k.mu.Unlock()
	k.asking.Lock()
	defer k.asking.Unlock()
	k.mu.Lock()
	if k.asks != before && !k.at.IsZero() {
		defer k.mu.Unlock()
		return k.known, nil
	}
	k.asks++
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), secretsWait)
	defer cancel()
	answer, err := k.ask(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil:
		k.known = answer
	case k.at.IsZero():
		return nil, err
	default:
		k.log.Error("reading the signing secrets", "error", err)
	}
	k.at = k.now()
	return k.known, nil
}
