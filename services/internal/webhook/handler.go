// Package webhook receives Stripe's deliveries. A delivery is stored only when
// its signature is right, and answered with 2xx only when it is stored: Stripe
// sends again what was answered otherwise (spec/archive.md, section 3). What is
// held in memory is bounded, whoever sends and however slowly; what there is no
// room for is refused at once and comes again.
package webhook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
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
// disk; raws are the bodies as they came, which Add must not keep or change.
// Bytes that are no event are the sink's to keep aside, and count as neither
// added nor duplicate.
type Sink interface {
	Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error)
}

// Target is where a token's deliveries go.
type Target struct {
	Name    string                                  // the profile's, for counters
	Token   string                                  // the last part of the path; unguessable
	Secrets func(context.Context) ([]Secret, error) // asked now and then, not for each delivery
	Sink    Sink
}

// Options are the parts of a receiver that tests and owners choose. The zero
// value works.
type Options struct {
	Now       services.Clock // nil means the system's
	Log       *slog.Logger   // nil means nowhere; never gets a body, a token or a secret
	Tolerance time.Duration  // of the signature's time, both ways; 0 means DefaultTolerance
	Retry     time.Duration  // what a sender is told to wait when storing fails; 0 means 5 s
	Limits    Limits
	Metrics   *Metrics // nil means counters that nobody reads
}

// Receiver is an HTTP handler that takes deliveries for its targets.
type Receiver struct {
	opts    Options
	retry   string // seconds
	room    *room
	targets []*target
}

// target is a Target at work.
type target struct {
	name   string
	token  [sha256.Size]byte // its hash
	keys   *keyring
	intake *intake
	count  *counters
}

// New starts a receiver of POST PathPrefix{token} for every target. It answers
//
//	200 stored, or stored already, or kept aside because it is no event
//	400 the signature is missing, malformed, of another secret or time; no body
//	404 no such token
//	405, 413, 415 another method, more than 1 MiB, not JSON
//	408 the body did not arrive in time
//	503 with Retry-After: it could not be stored now, or there was no room for it
//
// Who serves it sets the server's timeouts; Listen does. Close it when nothing
// serves it any more.
func New(targets []Target, opts Options) *Receiver {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Retry <= 0 {
		opts.Retry = 5 * time.Second
	}
	if opts.Metrics == nil {
		opts.Metrics = NewMetrics()
	}
	opts.Limits = opts.Limits.withDefaults()
	r := &Receiver{opts: opts, retry: seconds(opts.Retry), room: newRoom(opts.Limits.Bytes)}
	for _, t := range targets {
		if t.Token == "" {
			continue
		}
		count := opts.Metrics.profile(t.Name)
		in := newIntake(t.Sink, opts.Limits, opts.Log, func(s stored) { count.stored(s, opts.Now()) })
		count.watch(in)
		r.targets = append(r.targets, &target{
			name: t.Name, token: sha256.Sum256([]byte(t.Token)), intake: in, count: count,
			keys: &keyring{ask: t.Secrets, now: opts.Now, log: opts.Log},
		})
	}
	return r
}

// Close refuses new deliveries, stores what was accepted, and returns when that
// is done.
func (r *Receiver) Close() error {
	for _, t := range r.targets {
		t.intake.close()
	}
	return nil
}

// ServeHTTP answers one delivery.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	t := r.target(req.URL.Path)
	if t == nil {
		r.opts.Metrics.unknown.Inc()
		nobodyHere.answer(w, r.retry)
		return
	}
	v := r.receive(t, req)
	t.count.verdict(v)
	v.answer(w, r.retry)
}

// target finds a token's target in time that does not depend on the token.
func (r *Receiver) target(path string) (found *target) {
	token, under := strings.CutPrefix(path, PathPrefix)
	if !under {
		return nil
	}
	sum := sha256.Sum256([]byte(token))
	for _, t := range r.targets {
		if subtle.ConstantTimeCompare(t.token[:], sum[:]) == 1 {
			found = t
		}
	}
	return found
}

// receive judges one delivery, and stores it when it is right. What can be said
// without the body is said before it is read.
func (r *Receiver) receive(t *target, req *http.Request) verdict {
	switch {
	case req.Method != http.MethodPost:
		return wrongMethod
	case !isJSON(req.Header.Get("Content-Type")):
		return wrongMedia
	}
	signed, err := parseHeader(signatureOf(req.Header))
	if err != nil {
		return ofSignature(err)
	}
	b, err := r.room.read(req.Body, req.ContentLength)
	if err != nil {
		if errors.Is(err, errFull) {
			crowded(req.Context())
		}
		return ofRead(err)
	}
	defer b.release()
	working(req.Context())
	if len(b.bytes) == 0 {
		return empty
	}
	match, err := t.keys.verify(req.Context(), signed, b.bytes, r.opts.Tolerance)
	t.count.signed(match)
	if err != nil {
		r.opts.Log.Warn("webhook refused", "profile", t.name, "reason", err)
		return ofSignature(err)
	}
	return ofStore(t.intake.store(b))
}

// seconds renders a Retry-After.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(d/time.Second))) }

// signatureOf is the Stripe-Signature header, its lines joined as HTTP means them.
func signatureOf(h http.Header) string {
	if lines := h[SignatureHeader]; len(lines) == 1 {
		return lines[0]
	}
	return strings.Join(h.Values(SignatureHeader), ",")
}

func isJSON(contentType string) bool {
	if contentType == "application/json; charset=utf-8" { // as Stripe sends it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}
