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

// maxParts bounds the header's work: Stripe sends one v1 for each secret that
// is valid, and two are.
const maxParts = 32

// Verify checks a Stripe-Signature header against the received body: an
// HMAC-SHA256 over "<t>.<body>" with the whole "whsec_…" text as key, compared
// in constant time with every v1 of the header, for every secret. Other schemes
// are ignored. The time may be up to tolerance away from now, both ways; 0 means
// DefaultTolerance. The signature is judged before the time, so that ErrTimestamp
// means what Stripe signed and a clock (or a replay) is at fault.
func Verify(header string, body []byte, secrets []string, now time.Time, tolerance time.Duration) error {
	signed, err := parseHeader(header)
	if err != nil {
		return err
	}
	if tolerance <= 0 {
		tolerance = DefaultTolerance
	}
	if !signed.matches(body, secrets) {
		if len(secrets) == 0 {
			return ErrNoSecret
		}
		return ErrNoMatch
	}
	at := time.Unix(signed.seconds, 0)
	if off := now.Sub(at); off > tolerance || off < -tolerance {
		return fmt.Errorf("%w: it was signed at %s, the clock here says %s", ErrTimestamp,
			at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// Sign returns the Stripe-Signature header for a body, one v1 for each secret.
func Sign(body []byte, secrets []string, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	header := "t=" + t
	for _, secret := range secrets {
		header += ",v1=" + hex.EncodeToString(digest(secret, t, body))
	}
	return header
}

// signature is a parsed Stripe-Signature header.
type signature struct {
	time    string // as it stood: the signed text begins with it
	seconds int64
	v1      [][]byte
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253_402_300_799

// parseHeader reads "t=<seconds>,v1=<hex>[,<scheme>=<value>]…". Each part is
// one name and one value; t stands exactly once.
func parseHeader(header string) (signature, error) {
	var s signature
	parts := strings.SplitN(header, ",", maxParts+1)
	if len(parts) > maxParts {
		return s, ErrMalformed
	}
	for _, part := range parts {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || name == "" {
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
			mac, err := hex.DecodeString(value)
			if err != nil || len(mac) != sha256.Size {
				continue // it cannot match; another v1 may
			}
			s.v1 = append(s.v1, mac)
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

// matches compares every v1 with every secret, always all of them.
func (s signature) matches(body []byte, secrets []string) bool {
	found := false
	for _, secret := range secrets {
		if secret == "" {
			continue // an empty key would let anybody sign
		}
		want := digest(secret, s.time, body)
		for _, got := range s.v1 {
			if hmac.Equal(want, got) {
				found = true
			}
		}
	}
	return found
}

func digest(secret, t string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return mac.Sum(nil)
}
