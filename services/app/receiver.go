package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"bursar/config"
	"bursar/services/internal/webhook"
)

// receiver is the profile's webhook receiver. A configured profile's secrets are
// read again and again, so that one entered while the receiver runs counts; the
// sandbox's is made with its endpoint and kept in memory only.
type receiver struct {
	b     *builder
	token string

	mu     sync.Mutex
	base   string // where it listens; empty until it does
	secret string // of the sandbox's endpoint
}

func newReceiver(b *builder) *receiver {
	r := &receiver{b: b, token: b.values.WebhookToken}
	if r.token == "" {
		r.token = randomToken()
	}
	return r
}

// randomToken makes an unguessable path for a receiver that no person sets up.
func randomToken() string {
	var t [16]byte
	_, _ = rand.Read(t[:]) // never fails: crypto/rand aborts the program instead
	return hex.EncodeToString(t[:])
}

// handler receives until the builder is closed.
func (r *receiver) handler() http.Handler {
	h := webhook.New([]webhook.Target{r.target()}, webhook.Options{Now: r.b.now, Log: r.b.log})
	r.b.onClose(h.Close)
	return h
}

func (r *receiver) target() webhook.Target {
	return webhook.Target{Name: r.b.profile.Name, Token: r.token, Secrets: r.secrets, Sink: r.b.archive}
}

// secrets are the signing secrets that are valid now.
func (r *receiver) secrets(ctx context.Context) ([]webhook.Secret, error) {
	if !r.b.profile.Sandbox {
		return r.b.desks.profiles.signingSecrets(ctx, r.b.profile.Name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.secret == "" {
		return nil, nil
	}
	return []webhook.Secret{{Name: "current", Value: r.secret}}, nil
}

func (r *receiver) listening(base string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.base = base
}

// address is where deliveries come in; empty while none can.
func (r *receiver) address() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.base == "" || (r.b.profile.Sandbox && r.secret == "") {
		return ""
	}
	return r.base + webhook.PathPrefix + r.token
}

// keepRegistered gives the sandbox this process's receiver, trying again until it
// takes it, and takes it back when ctx ends. What comes in between is read from
// the event list.
func (r *receiver) keepRegistered(ctx context.Context) {
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 30*time.Second) {
		id, err := r.register(ctx)
		if err == nil {
			<-ctx.Done()
			r.unregister(context.WithoutCancel(ctx), id)
			return
		}
		r.b.log.Warn("registering the webhook receiver", "err", err)
		if !pause(ctx, wait) {
			return
		}
	}
}

// register makes an endpoint for this receiver and takes away the ones of
// processes that did not end in good order.
func (r *receiver) register(ctx context.Context) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	others, err := r.b.gateway.WebhookEndpoints(ctx)
	if err != nil {
		return "", err
	}
	for _, e := range others {
		if abandoned(ctx, e.URL) {
			if err := r.b.gateway.DeleteWebhookEndpoint(ctx, e.ID); err != nil {
				return "", err
			}
		}
	}
	r.mu.Lock()
	address := r.base + webhook.PathPrefix + r.token
	r.mu.Unlock()
	made, err := r.b.gateway.CreateWebhookEndpoint(ctx, address, []string{"*"}, "")
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	r.secret = made.Secret
	r.mu.Unlock()
	return made.ID, nil
}

// unregister takes the endpoint away. A process that ends does not wait long for
// it: the next one clears up.
func (r *receiver) unregister(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if err := r.b.gateway.DeleteWebhookEndpoint(ctx, id); err != nil {
		r.b.log.Warn("taking the webhook receiver back", "err", err)
	}
}

// abandoned reports whether an endpoint is a bursar's on this machine that
// nobody listens on any more.
func abandoned(ctx context.Context, endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || !config.Loopback(u.Hostname()) || !strings.HasPrefix(u.Path, webhook.PathPrefix) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}
