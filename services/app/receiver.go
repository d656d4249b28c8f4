package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"bursar/config"
	"bursar/services/internal/sandbox"
	"bursar/services/internal/webhook"
)

// receiver is the profile's webhook receiver. A configured profile's secret is
// read for every delivery, so that one entered while the receiver runs counts;
// the sandbox's is made with its endpoint and kept in memory only.
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

func (r *receiver) handler() http.Handler {
	return webhook.Handler([]webhook.Target{{Token: r.token, Secrets: r.secrets, Sink: r.b.archive}},
		webhook.Options{Now: r.b.now, Log: r.b.log})
}

// secrets are the signing secrets that are valid now.
func (r *receiver) secrets(ctx context.Context) ([]string, error) {
	if r.b.profile.Sandbox {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.secret == "" {
			return nil, nil
		}
		return []string{r.secret}, nil
	}
	value, _, err := r.b.desks.profiles.Secret(ctx, r.b.profile.Name, config.SigningSecret)
	if err != nil || value == "" {
		return nil, err
	}
	return []string{value}, nil
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

// registerWhenServing gives the sandbox this process's receiver each time this
// process becomes the one that serves it. What was missed in between is read
// from the event list.
func (r *receiver) registerWhenServing(ctx context.Context, shop *sandbox.Shop) {
	serves := make(chan struct{}, 1)
	shop.OnServe(func() {
		select {
		case serves <- struct{}{}:
		default: // told already
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-serves:
			if err := r.register(ctx); err != nil {
				r.b.log.Warn("registering the webhook receiver", "err", err)
			}
		}
	}
}

// register makes an endpoint for this receiver and takes away the ones that
// earlier runs left.
func (r *receiver) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	old, err := r.b.gateway.WebhookEndpoints(ctx)
	if err != nil {
		return err
	}
	for _, e := range old {
		if strings.Contains(e.URL, webhook.PathPrefix) && strings.HasPrefix(e.URL, "http://127.0.0.1:") {
			if err := r.b.gateway.DeleteWebhookEndpoint(ctx, e.ID); err != nil {
				return err
			}
		}
	}
	r.mu.Lock()
	url := r.base + webhook.PathPrefix + r.token
	r.mu.Unlock()
	made, err := r.b.gateway.CreateWebhookEndpoint(ctx, url, []string{"*"}, "")
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.secret = made.Secret
	r.mu.Unlock()
	return nil
}
