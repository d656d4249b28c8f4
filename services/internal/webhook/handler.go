// Package webhook receives Stripe's deliveries. A delivery is stored only when
// its signature is right, and answered with 2xx only when it is stored: Stripe
// sends again what was answered otherwise (spec/archive.md, section 3).
package webhook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bursar/services"
)

// PathPrefix is where profiles receive: the profile's token follows it.
const PathPrefix = "/v1/billing/webhook/apps/"

// Sink keeps deliveries. When Add returns without an error, they are on the
// disk; raws are the bodies as they came. Bytes that are no event are the
// sink's to keep aside.
type Sink interface {
	Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error)
}

// Target is where a token's deliveries go.
type Target struct {
	Token   string                                  // the last part of the path; unguessable
	Secrets func(context.Context) ([]string, error) // the "whsec_…" secrets valid now
	Sink    Sink
}

// Options are the parts of a receiver that tests and owners choose. The zero
// value works.
type Options struct {
	Now       services.Clock // nil means the system's
	Log       *slog.Logger   // nil means nowhere; never gets a body, a token or a secret
	Tolerance time.Duration  // of the signature's time, both ways; 0 means DefaultTolerance
	Retry     time.Duration  // what a sender is told to wait when storing fails; 0 means 5 s
}

// maxBody is the largest delivery, in bytes. Stripe states no limit; events
// have some kilobytes.
const maxBody = 1 << 20

type handler struct {
	opts    Options
	targets map[[sha256.Size]byte]Target // by the token's hash
}

// Handler receives POST PathPrefix{token} for every target. It answers
//
//	200 stored, or stored already
//	400 the signature is missing, malformed, of another secret or time; no body
//	404 no such token
//	405, 413, 415 another method, more than 1 MiB, not JSON
//	503 with Retry-After: it could not be stored now
//
// Who serves it sets the server's timeouts.
func Handler(targets []Target, opts Options) http.Handler {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Retry <= 0 {
		opts.Retry = 5 * time.Second
	}
	h := &handler{opts: opts, targets: make(map[[sha256.Size]byte]Target, len(targets))}
	for _, t := range targets {
		if t.Token != "" {
			h.targets[sha256.Sum256([]byte(t.Token))] = t
		}
	}
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, ok := h.target(r.URL.Path)
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "No webhook is received here.")
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "A webhook is sent with POST.")
		return
	case !isJSON(r.Header.Get("Content-Type")):
		refuse(w, http.StatusUnsupportedMediaType, "A webhook's body is application/json.")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB.")
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "The body did not arrive whole.")
		return
	case len(body) == 0:
		refuse(w, http.StatusBadRequest, "The body is empty.")
		return
	}
	secrets, err := target.Secrets(r.Context())
	if err != nil {
		h.opts.Log.Error("reading the signing secrets", "error", err)
		h.later(w)
		return
	}
	if err := Verify(strings.Join(r.Header.Values(SignatureHeader), ","), body, secrets, h.opts.Now(), h.opts.Tolerance); err != nil {
		h.opts.Log.Warn("webhook refused", "reason", err)
		refuse(w, http.StatusBadRequest, reason(err))
		return
	}
	if _, _, err := target.Sink.Add(r.Context(), services.SourceWebhook, [][]byte{body}); err != nil {
		h.opts.Log.Error("storing a webhook", "error", err)
		h.later(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"received":true}`+"\n") // the sender may be gone; the event is stored
}

// target finds a token's target in time that does not depend on the token.
func (h *handler) target(path string) (found Target, ok bool) {
	token, under := strings.CutPrefix(path, PathPrefix)
	if !under {
		return found, false
	}
	sum := sha256.Sum256([]byte(token))
	for known, t := range h.targets {
		if subtle.ConstantTimeCompare(known[:], sum[:]) == 1 {
			found, ok = t, true
		}
	}
	return found, ok
}

func (h *handler) later(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(h.opts.Retry/time.Second))))
	refuse(w, http.StatusServiceUnavailable, "The event could not be stored now. Send it again.")
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// reason says to the sender why its signature is refused.
func reason(err error) string {
	for _, known := range []error{ErrMalformed, ErrNoV1, ErrNoMatch, ErrNoSecret} {
		if errors.Is(err, known) {
			return "Refused: " + known.Error() + "."
		}
	}
	return "Refused: " + err.Error() + "."
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, message+"\n") // nobody to tell when the sender is gone
}
