package sandbox

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"strings"
)

// base62 is in the order of ASCII: numbers written in it sort as text.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// idSource makes ids (2.10). One writer at a time uses it.
type idSource struct{ random *rand.Rand }

// randomIDs returns a source nobody can guess.
func randomIDs() *idSource {
	var seed [32]byte
	_, _ = crand.Read(seed[:])                        // never fails since Go 1.24
	return &idSource{rand.New(rand.NewChaCha8(seed))} //nolint:gosec // ChaCha8 with a random key
}

// seededIDs returns a source that gives the same ids for the same seed.
func seededIDs(seed uint64) *idSource {
	var s [32]byte
	binary.LittleEndian.PutUint64(s[:], seed)
	return &idSource{rand.New(rand.NewChaCha8(s))} //nolint:gosec // meant to be repeatable
}

func (s *idSource) text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = base62[s.random.IntN(len(base62))]
	}
	return string(b)
}

// next returns an id with the prefix and a suffix of n characters. Suffixes of
// 24 start with 3 for a payment's objects and with 1 for others, as Stripe's do.
func (s *idSource) next(prefix string, n int) string {
	switch {
	case prefix == "cs_test_":
		return prefix + "a1" + s.text(n-2)
	case n == 24 && strings.Contains(" pi_ ch_ txn_ re_ ", " "+prefix+" "):
		return prefix + "3" + s.text(n-1)
	case n == 24:
		return prefix + "1" + s.text(n-1)
	}
	return prefix + s.text(n)
}

// event returns the id of an event made at a time (Unix seconds) as the shop's
// object number seq: evt_1, six digits of the time, seven of the number, ten
// that nobody can guess. Ids sort bytewise in the order of the event log.
func (s *idSource) event(now, seq int64) string {
	return "evt_1" + digits(now, 6) + digits(seq, 7) + s.text(10)
}

// digits writes a number in base 62 at a fixed width, so that it sorts as text.
func digits(n int64, width int) string {
	b := make([]byte, width)
	for i := range b {
		b[width-1-i] = base62[n%62]
		n /= 62
	}
	return string(b)
}
