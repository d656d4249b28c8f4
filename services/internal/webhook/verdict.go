package webhook

import (
	"errors"
	"io"
	"net/http"
	"os"
)

// verdict is how a delivery is answered. Its name is what counters call it.
type verdict struct {
	name   string
	status int
	words  string // to the sender
	whole  bool   // the request was read to its end: the connection may go on
}

// The verdicts. What can never succeed is answered 4xx, what may succeed later
// 503 with Retry-After, and nothing 2xx but what is stored.
var (
	stands      = verdict{"stored", http.StatusOK, `{"received":true}`, true}
	nobodyHere  = verdict{"unknown", http.StatusNotFound, "No webhook is received here.", false}
	wrongMethod = verdict{"method", http.StatusMethodNotAllowed, "A webhook is sent with POST.", false}
	wrongMedia  = verdict{"media_type", http.StatusUnsupportedMediaType, "A webhook's body is application/json.", false}
	tooLarge    = verdict{"too_large", http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB.", false}
	tooSlow     = verdict{"too_slow", http.StatusRequestTimeout, "The body did not arrive in time.", false}
	truncated   = verdict{"truncated", http.StatusBadRequest, "The body did not arrive whole.", false}
	empty       = verdict{"empty", http.StatusBadRequest, "The body is empty.", true}
	malformed   = verdict{"malformed", http.StatusBadRequest, "Refused: " + ErrMalformed.Error() + ".", false}
	unsigned    = verdict{"unsigned", http.StatusBadRequest, "Refused: " + ErrNoV1.Error() + ".", false}
	forged      = verdict{"forged", http.StatusBadRequest, "Refused: " + ErrNoMatch.Error() + ".", true}
	noSecret    = verdict{"no_secret", http.StatusBadRequest, "Refused: " + ErrNoSecret.Error() + ".", true}
	wrongTime   = verdict{"clock", http.StatusBadRequest, "", true}
	secretsGone = verdict{"secrets", http.StatusServiceUnavailable, "The signature could not be checked now. Send it again.", true}
	noRoom      = verdict{"full", http.StatusServiceUnavailable, "More deliveries come than can be stored now. Send it again.", false}
	notStored   = verdict{"store", http.StatusServiceUnavailable, "The event could not be stored now. Send it again.", true}
	closing     = verdict{"closing", http.StatusServiceUnavailable, "The receiver is closing. Send it again.", false}
)

// verdicts are all that a known target's deliveries can get.
func verdicts() []verdict {
	return []verdict{stands, wrongMethod, wrongMedia, tooLarge, tooSlow, truncated, empty, malformed, unsigned, forged,
		noSecret, wrongTime, secretsGone, noRoom, notStored, closing}
}

// ofRead is the verdict on a body that could not be read.
func ofRead(err error) verdict {
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge
	case errors.Is(err, errFull):
		return noRoom
	case errors.Is(err, os.ErrDeadlineExceeded):
		return tooSlow
	}
	return truncated
}

// ofSignature is the verdict on a signature.
func ofSignature(err error) verdict {
	switch {
	case err == nil:
		return stands
	case errors.Is(err, ErrMalformed):
		return malformed
	case errors.Is(err, ErrNoV1):
		return unsigned
	case errors.Is(err, ErrNoSecret):
		return noSecret
	case errors.Is(err, ErrTimestamp):
		v := wrongTime
		v.words = "Refused: " + err.Error() + "." // with both times: one of two clocks is wrong
		return v
	case errors.Is(err, errSecrets):
		return secretsGone
	}
	return forged
}

// ofStore is the verdict on what was given to the intake.
func ofStore(err error) verdict {
	switch {
	case err == nil:
		return stands
	case errors.Is(err, errFull):
		v := noRoom
		v.whole = true
		return v
	case errors.Is(err, errClosed):
		return closing
	}
	return notStored
}

// answer writes the verdict. A connection whose request was not read to its end
// is closed: reading the rest is what the refusal saves.
func (v verdict) answer(w http.ResponseWriter, retryAfter string) {
	header := w.Header()
	if v.status == http.StatusOK {
		header.Set("Content-Type", "application/json")
	} else {
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("X-Content-Type-Options", "nosniff")
	}
	switch v.status {
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", retryAfter)
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	}
	if !v.whole {
		header.Set("Connection", "close")
	}
	w.WriteHeader(v.status)
	_, _ = io.WriteString(w, v.words+"\n") // the sender may be gone; what is stored is stored
}
