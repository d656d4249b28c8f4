package app

import (
	"context"
	"strings"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/webhook"
)

// keepMost is the longest that a signing secret stays valid beside a new one.
// Stripe itself signs with both for a day at most.
const keepMost = 7 * 24 * time.Hour

// noSecret stands where a signing secret was taken away.
const noSecret = "none"

// signingSecrets are a profile's signing secrets: the current one, and the one
// before until it ends.
func (s *profileStore) signingSecrets(ctx context.Context, profile string) (secrets []webhook.Secret, err error) {
	current, _, err := s.Secret(ctx, profile, config.SigningSecret)
	if err != nil || current == "" {
		return nil, err
	}
	secrets = append(secrets, webhook.Secret{Name: "current", Value: current})
	text, _, err := s.Secret(ctx, profile, config.PreviousSigningSecret)
	if err != nil {
		return nil, err
	}
	value, end, _ := strings.Cut(text, " ")
	if until, wrong := time.Parse(time.RFC3339, end); wrong == nil {
		secrets = append(secrets, webhook.Secret{Name: "previous", Value: value, Expires: until})
	}
	return secrets, nil
}

// keepPrevious makes a profile's current signing secret the previous one, valid
// until then; a zero time takes the previous one away.
func (s *profileStore) keepPrevious(ctx context.Context, profile string, until time.Time) error {
	before, _, err := s.Secret(ctx, profile, config.PreviousSigningSecret)
	if err != nil || until.IsZero() && (before == "" || before == noSecret) {
		return err
	}
	text := noSecret
	if !until.IsZero() {
		current, _, err := s.Secret(ctx, profile, config.SigningSecret)
		if err != nil {
			return err
		}
		if current != "" {
			text = current + " " + until.UTC().Format(time.RFC3339)
		}
	}
	if _, err := s.o.Secrets.Set(ctx, profile, config.PreviousSigningSecret, config.NewSecret(text)); err != nil {
		return secretError("storing a secret", err)
	}
	return nil
}

// UpdateSigningSecret replaces a profile's signing secrets at once.
func (c configuration) UpdateSigningSecret(ctx context.Context, profile, secret string) error {
	if err := c.Configuration.UpdateSigningSecret(ctx, profile, secret); err != nil {
		return err
	}
	return c.profiles.keepPrevious(ctx, profile, time.Time{})
}

// RotateSigningSecret replaces a profile's signing secret and keeps the one before
// valid for a while, so that deliveries that were signed with it are not refused.
func (d *Desks) RotateSigningSecret(ctx context.Context, profile, secret string, keep time.Duration) error {
	const op = "rotating the signing secret"
	if keep <= 0 || keep > keepMost {
		e := services.Invalid("keep", "The old signing secret cannot stay valid for "+keep.String()+".", "Use up to 168h; Stripe signs with both for 24h at most. bursar config signing-secret replaces it at once.")
		e.Op = op
		return e
	}
	if bad := services.CheckSigningSecret(secret); bad != nil {
		bad.Op = op
		return bad
	}
	current, _, err := d.profiles.Secret(ctx, profile, config.SigningSecret)
	if err != nil {
		return err
	}
	if current != "" && current != secret {
		if err := d.profiles.keepPrevious(ctx, profile, d.o.Now().Add(keep)); err != nil {
			return err
		}
	}
	return d.config.Configuration.UpdateSigningSecret(ctx, profile, secret)
}
