package desk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
)

// mintKey returns an idempotency key that no other attempt has.
func mintKey() string { return "bursar-" + randomHex(16) }

// randomHex returns n random bytes as 2n hexadecimal digits. crypto/rand.Read
// never fails: it ends the program rather than return weak bytes.
func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// ambiguous reports whether err is of a write that Stripe may have done although
// its answer was lost.
func ambiguous(err error) bool {
	var a interface{ Ambiguous() bool }
	return errors.As(err, &a) && a.Ambiguous()
}
