package desk

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"bursar/config"
	"bursar/services"
)

// ConfigurationOptions are what a Configuration is made of.
type ConfigurationOptions struct {
	Store   ProfileStore
	Catalog Catalog

	// Verify asks Stripe whose key this is: AccountID and AccountName.
	Verify func(ctx context.Context, p config.Profile, secretKey string) (services.Profile, error)

	// LocalBase returns the webhook base of profiles that set none: the loopback
	// receiver's, such as "http://127.0.0.1:8787"; empty when there is none.
	LocalBase func(profile string) string
	Now       services.Clock
}

// Configuration implements services.Configuration.
type Configuration struct {
	store     ProfileStore
	catalog   Catalog
	verify    func(context.Context, config.Profile, string) (services.Profile, error)
	localBase func(string) string
	now       services.Clock
}

var _ services.Configuration = (*Configuration)(nil)

// NewConfiguration returns the setup of every profile in the store.
func NewConfiguration(o ConfigurationOptions) *Configuration {
	return &Configuration{store: o.Store, catalog: o.Catalog, verify: o.Verify, localBase: o.LocalBase, now: o.Now}
}

const opUpdate = "saving the configuration"

// Update changes what the update carries. Everything is checked, and the key
// with Stripe, before anything is saved.
func (c *Configuration) Update(ctx context.Context, profile string, u services.ConfigurationUpdate) (services.ConfigurationView, error) {
	p, err := c.editable(ctx, opUpdate, profile)
	if err != nil {
		return services.ConfigurationView{}, err
	}
	u = trimmed(u)
	secret, _, err := c.store.Secret(ctx, profile, config.SecretKey)
	if err != nil {
		return services.ConfigurationView{}, err
	}
	if u.SecretKey != nil {
		secret = *u.SecretKey
	}
	if err := apply(&p, u, secret); err != nil {
		return services.ConfigurationView{}, inOp(opUpdate, err)
	}
	if u.ProductSource != nil {
		if _, err := c.sourceNumbered(ctx, *u.ProductSource); err != nil {
			return services.ConfigurationView{}, inOp(opUpdate, err)
		}
	}
	var v verdict
	if u.SecretKey != nil {
		if v, err = c.ask(ctx, p, secret, u.SkipVerify); err != nil {
			return services.ConfigurationView{}, err
		}
	}
	err = c.store.Save(ctx, profile, Secrets{SecretKey: u.SecretKey, Passphrase: u.Passphrase}, func(p *config.Profile) error {
		if err := apply(p, u, secret); err != nil {
			return err
		}
		return v.enter(p)
	})
	if err != nil {
		return services.ConfigurationView{}, inOp(opUpdate, err)
	}
	view, err := c.Show(ctx, profile)
	if v.problem != "" {
		view.VerifyProblem = v.problem
	}
	return view, err
}

// editable returns a profile to change: an empty one for a new name, and an
// error for the sandbox.
func (c *Configuration) editable(ctx context.Context, op, profile string) (config.Profile, error) {
	if profile == services.SandboxProfile {
		return config.Profile{}, invalid(op, services.FieldProfile, "The sandbox is built in and has its own keys: it cannot be changed.",
			"Choose another profile name for your Stripe account.")
	}
	if err := fromConfig(config.CheckProfileName(profile)); err != nil {
		return config.Profile{}, inOp(op, err)
	}
	p, ok, err := c.store.Load(ctx, profile)
	if !ok {
		p = config.Profile{Name: profile}
	}
	return p, err
}

// apply checks what was typed and puts it into the profile. secret is the key
// that the profile will have.
func apply(p *config.Profile, u services.ConfigurationUpdate, secret string) error {
	if u.PublishableKey != nil {
		if bad := services.CheckPublishableKey(*u.PublishableKey); bad != nil {
			return bad
		}
	}
	if u.SecretKey != nil {
		if bad := services.CheckSecretKey(*u.SecretKey); bad != nil {
			return bad
		}
	}
	if err := setMode(p, u, secret); err != nil {
		return err
	}
	if u.WebhookBase != nil {
		if err := fromConfig(config.CheckWebhookBase(*u.WebhookBase)); err != nil {
			return err
		}
		p.WebhookBase = strings.TrimRight(*u.WebhookBase, "/")
	}
	if u.ProductSource != nil {
		p.ProductSource = *u.ProductSource
	}
	return nil
}

// setMode enters the publishable key and decides a profile's mode by its first
// key, for good: test and live keys never share a profile.
func setMode(p *config.Profile, u services.ConfigurationUpdate, secret string) error {
	for _, key := range []struct {
		field string
		typed *string
	}{{services.FieldPublishableKey, u.PublishableKey}, {services.FieldSecretKey, u.SecretKey}} {
		if key.typed == nil {
			continue
		}
		if mode, _ := services.KeyMode(*key.typed); p.Mode != "" && string(mode) != p.Mode {
			return services.Invalid(key.field, fmt.Sprintf("This is a %s key, and profile %q is a %s profile: they cannot be mixed.", mode, p.Name, p.Mode),
				fmt.Sprintf("Use a %s key, or make a profile of its own for %s mode.", p.Mode, mode))
		}
	}
	if u.PublishableKey != nil {
		p.PublishableKey = *u.PublishableKey
	}
	if bad := services.CheckKeyPair(p.PublishableKey, secret); bad != nil {
		return bad
	}
	for _, key := range []string{p.PublishableKey, secret} {
		if mode, ok := services.KeyMode(key); ok && p.Mode == "" {
			p.Mode = string(mode)
		}
	}
	return nil
}

// verdict is what Stripe said of a new secret key.
type verdict struct {
	asked   bool
	account services.Profile // AccountID and AccountName, when Stripe told them
	at      time.Time        // when Stripe accepted the key; zero when it was not asked
	problem string           // why the account is not known
}

// ask asks Stripe about a new secret key. A restricted key that may not read
// the account is accepted all the same: Stripe knows it.
func (c *Configuration) ask(ctx context.Context, p config.Profile, secret string, skip bool) (verdict, error) {
	if skip {
		return verdict{asked: true, problem: "The key was saved without asking Stripe."}, nil
	}
	account, err := c.verify(ctx, p, secret)
	v := verdict{asked: true, account: account, at: c.now()}
	switch {
	case services.CodeOf(err) == services.CodeForbidden && strings.HasPrefix(secret, "rk_"):
		v.account, v.problem = services.Profile{}, services.AsError(err).Message
	case err != nil:
		return verdict{}, unverified(err)
	}
	return v, v.enter(&p)
}

// enter puts the verdict into the profile. A profile keeps its account: another
// account's events must not enter its archive.
func (v verdict) enter(p *config.Profile) error {
	if !v.asked {
		return nil
	}
	p.VerifiedAt = v.at
	if v.account.AccountID == "" {
		return nil
	}
	if p.AccountID != "" && p.AccountID != v.account.AccountID {
		return invalid(opUpdate, services.FieldSecretKey,
			fmt.Sprintf("This key belongs to the account %s, and profile %q to %s.", v.account.AccountID, p.Name, p.AccountID),
			"Make a profile of its own for the other account.")
	}
	p.AccountID, p.AccountName = v.account.AccountID, v.account.AccountName
	return nil
}

// unverified says of a refused key which field it is, and of a Stripe that
// cannot be reached how to save all the same.
func unverified(err error) error {
	e := *services.AsError(err)
	e.Op = "checking the secret key with Stripe"
	switch e.Code {
	case services.CodeUnauthorized, services.CodeForbidden:
		e.Field = services.FieldSecretKey
	case services.CodeUnavailable, services.CodeRateLimited:
		e.Next = "Nothing was saved. Try again, or save without checking the key."
	}
	return &e
}

// UpdateSigningSecret stores a webhook signing secret after checking its form.
func (c *Configuration) UpdateSigningSecret(ctx context.Context, profile, secret string) error {
	const op = "saving the signing secret"
	if _, err := c.editable(ctx, op, profile); err != nil {
		return err
	}
	secret = strings.TrimSpace(secret)
	if bad := services.CheckSigningSecret(secret); bad != nil {
		return inOp(op, bad)
	}
	if _, ok, err := c.store.Load(ctx, profile); err != nil {
		return err
	} else if !ok {
		return noProfile(op, profile)
	}
	return c.store.Save(ctx, profile, Secrets{SigningSecret: &secret}, func(*config.Profile) error { return nil })
}

// Exists reports whether the profile has both keys.
func (c *Configuration) Exists(ctx context.Context, profile string) (bool, error) {
	if profile == services.SandboxProfile {
		return true, nil // its keys are built in
	}
	p, ok, err := c.store.Load(ctx, profile)
	if err != nil || !ok {
		return false, err
	}
	secret, _, err := c.store.Secret(ctx, profile, config.SecretKey)
	return err == nil && p.PublishableKey != "" && secret != "", err
}

// Profiles lists every profile, the sandbox first, then by name.
func (c *Configuration) Profiles(ctx context.Context) ([]services.Profile, error) {
	names, err := c.store.Names(ctx)
	if err != nil {
		return nil, err
	}
	sort.Slice(names, func(i, j int) bool {
		if (names[i] == services.SandboxProfile) != (names[j] == services.SandboxProfile) {
			return names[i] == services.SandboxProfile
		}
		return names[i] < names[j]
	})
	var profiles []services.Profile
	for _, name := range names {
		p, ok, err := c.store.Load(ctx, name)
		if err != nil {
			return nil, err
		}
		if ok {
			profiles = append(profiles, shown(p))
		}
	}
	return profiles, nil
}

// ProductSources lists the sources to choose from.
func (c *Configuration) ProductSources(ctx context.Context) ([]services.ProductSource, error) {
	return c.catalog.Sources(ctx)
}

// trimmed removes the blanks that a paste brings along.
func trimmed(u services.ConfigurationUpdate) services.ConfigurationUpdate {
	for _, field := range []**string{&u.PublishableKey, &u.SecretKey, &u.WebhookBase} {
		if *field != nil {
			text := strings.TrimSpace(**field)
			*field = &text
		}
	}
	return u
}

// fromConfig makes a services.Error of what config says is wrong with a value.
func fromConfig(err error) error {
	var bad *config.Error
	if errors.As(err, &bad) {
		return services.Invalid(bad.Field, bad.Message, bad.Next)
	}
	return err
}
