package webhook

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"
)

// asked is a keyring whose answers a test chooses and counts.
type asked struct {
	mu     sync.Mutex
	now    time.Time
	answer []Secret
	err    error
	times  int
}

func (a *asked) set(change func(*asked)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a)
}

func (a *asked) keyring() *keyring {
	return &keyring{log: slog.New(slog.DiscardHandler),
		now: func() time.Time {
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.now
		},
		ask: func(context.Context) ([]Secret, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.times++
			return a.answer, a.err
		}}
}

func TestSecretsAreAskedForRarely(t *testing.T) {
	a := &asked{now: signedAt, answer: secrets(secretOne)}
	k := a.keyring()
	check := func(header string, want error, times int) {
		t.Helper()
		s, err := parseHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.verify(t.Context(), s, []byte(payload), 0); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if a.times != times {
			t.Errorf("asked %d times, want %d", a.times, times)
		}
	}
	one, two := "t=1795003200,v1="+signedOne, "t=1795003200,v1="+signedTwo
	check(one, nil, 1)
	check(one, nil, 1)
	a.set(func(a *asked) { a.now = a.now.Add(secretsKnown - 1) })
	check(one, nil, 1)
	a.set(func(a *asked) { a.now = a.now.Add(1) })
	check(one, nil, 2)
	a.set(func(a *asked) { a.now = a.now.Add(-time.Hour) }) // the clock was set back
	check(one, ErrTimestamp, 3)
	a.set(func(a *asked) { a.now = signedAt })
	check(two, ErrNoMatch, 5) // they are old, and then they do not match
	a.set(func(a *asked) { a.answer = secrets(secretOne, secretTwo) })
	check(two, nil, 6) // entered a moment ago
	check(two, nil, 6)
	a.set(func(a *asked) { a.err, a.now = errors.New("locked"), a.now.Add(secretsKnown) })
	check(two, nil, 7) // nobody answers: what is known counts
	a.set(func(a *asked) { a.err, a.answer, a.now = nil, nil, a.now.Add(secretsKnown) })
	check(one, ErrNoSecret, 9)
}

func TestSecretsThatWereNeverKnown(t *testing.T) {
	locked := errors.New("locked")
	a := &asked{now: signedAt, err: locked}
	k := a.keyring()
	s, err := parseHeader("t=1795003200,v1=" + signedOne)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.verify(t.Context(), s, []byte(payload), 0); !errors.Is(err, errSecrets) || !errors.Is(err, locked) {
		t.Errorf("%v", err)
	}
	a.set(func(a *asked) { a.err, a.answer = nil, secrets(secretOne) })
	if _, err := k.verify(t.Context(), s, []byte(payload), 0); err != nil {
		t.Error(err)
	}
}

// A keyring that hangs keeps one delivery waiting, not all of them.
func TestSecretsOfAKeyringThatHangs(t *testing.T) {
	a := &asked{now: signedAt, answer: secrets(secretOne)}
	k := a.keyring()
	s, err := parseHeader("t=1795003200,v1=" + signedOne)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.verify(t.Context(), s, []byte(payload), 0); err != nil {
		t.Fatal(err)
	}
	hangs, release := make(chan struct{}), make(chan struct{})
	k.ask = func(context.Context) ([]Secret, error) {
		close(hangs)
		<-release
		return secrets(secretOne), nil
	}
	a.set(func(a *asked) { a.now = a.now.Add(secretsKnown) })
	first := make(chan error, 1)
	go func() { _, err := k.verify(context.Background(), s, []byte(payload), 0); first <- err }()
	<-hangs
	for range 10 {
		if _, err := k.verify(t.Context(), s, []byte(payload), 0); err != nil {
			t.Error(err)
		}
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
