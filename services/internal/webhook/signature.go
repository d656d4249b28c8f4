package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DefaultTolerance is how far a signature's time may be from now, both ways
// (Stripe's libraries allow 300 s; spec/stripe-sandbox, section 5.2).
const DefaultTolerance = 300 * time.Second

// SignatureHeader is the header that carries the signature.
const SignatureHeader = "Stripe-Signature"

// Why a signature is refused; Verify's errors match them with errors.Is.
var (
	ErrMalformed = errors.New("the Stripe-Signature header is missing or malformed")
	ErrNoV1      = errors.New("the Stripe-Signature header has no v1 signature")
	ErrNoMatch   = errors.New("no signing secret matches the signature")
	ErrTimestamp = errors.New("the signature's time is too far from now")
	ErrNoSecret  = errors.New("no signing secret is set")
)

// Secret is one signing secret. While a secret is being rotated the old one and
// the new one are valid at once.
type Secret struct {
	Name    string    // what logs and counters call it, such as "current"; never the secret itself
	Value   string    // "whsec_…"
	Expires time.Time // when it ends; zero: never
}

// usable reports whether the secret may sign at a time. An empty key would let
// anybody sign.
func (s Secret) usable(now time.Time) bool {
	return s.Value != "" && (s.Expires.IsZero() || now.Before(s.Expires))
}

// Match is what a signature that is right tells.
type Match struct {
	Secret string        // the Name of the secret it was made with
	Skew   time.Duration // how much later than its time it is now; negative when it comes from the future
}

// maxParts bounds the header's work: Stripe sends one v1 for each secret that
// is valid, and two are.
const maxParts = 32

// Verify checks a Stripe-Signature header against the received body: an
// HMAC-SHA256 over "<t>.<body>" with the whole "whsec_…" text as key, compared
// in constant time with every v1 of the header, for every secret that has not
// expired. Other schemes are ignored. The time may be up to tolerance away from
// now, both ways; 0 means DefaultTolerance. The signature is judged before the
// time, so that ErrTimestamp means what Stripe signed and a clock (or a replay)
// is at fault; the match is told then too.
func Verify(header string, body []byte, secrets []Secret, now time.Time, tolerance time.Duration) (Match, error) {
	signed, err := parseHeader(header)
	if err != nil {
		return Match{}, err
	}
	return signed.verify(body, secrets, now, tolerance)
}

// Sign returns the Stripe-Signature header for a body, one v1 for each secret.
func Sign(body []byte, secrets []string, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	header := "t=" + t
	for _, secret := range secrets {
		sum := digest(secret, t, body)
		header += ",v1=" + hex.EncodeToString(sum[:])
	}
	return header
}

// signature is a parsed Stripe-Signature header.
type signature struct {
	time    string // as it stood: the signed text begins with it
	seconds int64
	v1      [][sha256.Size]byte
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253_402_300_799

// parseHeader reads "t=<seconds>,v1=<hex>[,<scheme>=<value>]…". Each part is
// one name and one value; t stands exactly once.
func parseHeader(header string) (s signature, err error) {
	for parts, more := 0, true; more; parts++ {
		var part string
		part, header, more = strings.Cut(header, ",")
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || name == "" || parts == maxParts {
			return s, ErrMalformed
		}
		switch name {
		case "t":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || s.time != "" || n < 0 || n > maxSeconds || value[0] == '+' {
				return s, ErrMalformed
			}
			s.time, s.seconds = value, n
		case "v1":
			var sum [sha256.Size]byte
			if len(value) != hex.EncodedLen(len(sum)) {
				continue // it cannot match; another v1 may
			}
			if _, err := hex.Decode(sum[:], []byte(value)); err == nil {
				s.v1 = append(s.v1, sum)
			}
		}
	}
	switch {
	case s.time == "":
		return s, ErrMalformed
	case len(s.v1) == 0:
		return s, ErrNoV1
	}
	return s, nil
}

// verify is Verify for a parsed header.
func (s signature) verify(body []byte, secrets []Secret, now time.Time, tolerance time.Duration) (Match, error) {
	if tolerance <= 0 {
		tolerance = DefaultTolerance
	}
	at := time.Unix(s.seconds, 0)
	name, err := s.matches(body, secrets, now)
	if err != nil {
		return Match{}, err
	}
	m := Match{Secret: name, Skew: now.Sub(at)}
	if m.Skew > tolerance || m.Skew < -tolerance {
		return m, fmt.Errorf("%w: it was signed at %s, the clock here says %s", ErrTimestamp,
			at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return m, nil
}

// matches compares every v1 with every secret that is valid, always all of them,
// and names the first secret that one of them was made with.
func (s signature) matches(body []byte, secrets []Secret, now time.Time) (name string, err error) {
	err = ErrNoSecret
	found := false
	for _, secret := range secrets {
		if !secret.usable(now) {
			continue
		}
		if !found {
			err = ErrNoMatch
		}
		want := digest(secret.Value, s.time, body)
		for i := range s.v1 {
			if hmac.Equal(want[:], s.v1[i][:]) && !found {
				found, name, err = true, secret.Name, nil
			}
		}
	}
	return name, err
}

func digest(secret, t string, body []byte) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t))
	mac.Write([]byte{'.'})
	mac.Write(body)
	mac.Sum(sum[:0])
	return sum
}
