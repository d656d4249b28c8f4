package desk

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"bursar/config"
	"bursar/services"
)

// Show returns what is set, secrets masked.
func (c *Configuration) Show(ctx context.Context, profile string) (services.ConfigurationView, error) {
	p, ok, err := c.store.Load(ctx, profile)
	switch {
	case err != nil:
		return services.ConfigurationView{}, err
	case !ok:
		return services.ConfigurationView{}, noProfile("reading the configuration", profile)
	}
	address := p.WebhookURL(c.localBase(profile))
	view := services.ConfigurationView{
		Profile:      shown(p),
		WebhookURL:   address,
		WebhookReach: reach(address),
		SubscribeTo:  services.WebhookEvents(),
	}
	if p.PublishableKey != "" {
		view.PublishableKey = services.Setting{Set: true, Masked: services.Mask(p.PublishableKey), From: "profile"}
	}
	if view.SecretKey, err = c.setting(ctx, profile, config.SecretKey); err != nil {
		return services.ConfigurationView{}, err
	}
	if view.SigningSecret, err = c.setting(ctx, profile, config.SigningSecret); err != nil {
		return services.ConfigurationView{}, err
	}
	if view.ProductSource, err = c.sourceOf(ctx, p); err != nil {
		return services.ConfigurationView{}, err
	}
	if !p.VerifiedAt.IsZero() {
		view.VerifiedAt = &p.VerifiedAt
	} else if view.SecretKey.Set && p.Name != services.SandboxProfile {
		view.VerifyProblem = "The secret key was not checked with Stripe yet."
	}
	view.Storage, view.NeedPassphrase = c.store.Storage(ctx, profile)
	return view, nil
}

func (c *Configuration) setting(ctx context.Context, profile string, kind config.Kind) (services.Setting, error) {
	value, from, err := c.store.Secret(ctx, profile, kind)
	if err != nil || value == "" {
		return services.Setting{}, err
	}
	return services.Setting{Set: true, Masked: services.Mask(value), From: from}, nil
}

// sourceOf returns the profile's product source. One that is gone shows as its
// bare number.
func (c *Configuration) sourceOf(ctx context.Context, p config.Profile) (services.ProductSource, error) {
	if p.ProductSource == 0 {
		return services.ProductSource{}, nil
	}
	s, err := c.sourceNumbered(ctx, p.ProductSource)
	if services.CodeOf(err) == services.CodeInvalid {
		return services.ProductSource{Number: p.ProductSource}, nil
	}
	return s, err
}

// sourceNumbered finds a product source, or names those that there are.
func (c *Configuration) sourceNumbered(ctx context.Context, number int) (services.ProductSource, error) {
	sources, err := c.catalog.Sources(ctx)
	if err != nil {
		return services.ProductSource{}, err
	}
	known := make([]string, 0, len(sources))
	for _, s := range sources {
		if s.Number == number {
			return s, nil
		}
		known = append(known, fmt.Sprintf("%d (%s)", s.Number, s.Name))
	}
	next := "Import or add products first."
	if len(known) > 0 {
		next = "Choose one of: " + strings.Join(known, ", ") + "."
	}
	return services.ProductSource{}, services.Invalid(services.FieldProductSource, fmt.Sprintf("There is no product source %d.", number), next)
}

// shown is a profile as a face shows it. Without a key it has no mode yet; test
// is the harmless guess.
func shown(p config.Profile) services.Profile {
	mode := services.Mode(p.Mode)
	if mode == "" {
		mode = services.ModeTest
	}
	return services.Profile{Name: p.Name, Mode: mode, Sandbox: p.Name == services.SandboxProfile,
		AccountID: p.AccountID, AccountName: services.Clean(p.AccountName)}
}

// reach says who can deliver to a webhook URL: Stripe itself only to an https
// address that is neither this machine's nor a private network's.
func reach(address string) services.WebhookReach {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || config.Loopback(u.Hostname()) {
		return services.ReachLoopback
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		ip = ip.Unmap()
		if ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() {
			return services.ReachLoopback
		}
		return services.ReachPublic
	}
	if !strings.Contains(u.Hostname(), ".") {
		return services.ReachLoopback
	}
	return services.ReachPublic
}

func noProfile(op, profile string) error {
	return &services.Error{Code: services.CodeNotFound, Op: op, Field: services.FieldProfile,
		Message: fmt.Sprintf("There is no profile %q.", services.Clean(profile)), Next: "Set it up first: bursar config set."}
}
