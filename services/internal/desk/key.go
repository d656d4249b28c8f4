package desk

import (
	"crypto/rand"
	"errors"
	"strings"
)

// mintKey returns an idempotency key that no other attempt has.
func mintKey() string { return "bursar-" + rand.Text() }

// checkKey says what is wrong with a caller's idempotency key, or nil. Stripe
// takes 255 characters; it travels in a header.
func checkKey(key string) error {
	if len(key) <= 255 && strings.Trim(key, " ") == key && !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil
	}
	return invalid(opCreate, "idempotency_key", "The idempotency key is longer than 255 characters, or has characters other than plain letters, digits and signs.", "Leave it out, and one is made.")
}

// ambiguous reports whether err is of a write that Stripe may have done although
// its answer was lost.
func ambiguous(err error) bool {
	var a interface{ Ambiguous() bool }
	return errors.As(err, &a) && a.Ambiguous()
}
