package desk

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"bursar/services"
)

// ConfigurationOptions are what a Configuration is made of.
type ConfigurationOptions struct {
	Store   ProfileStore
	Catalog Catalog

	// Verify asks Stripe whose key this is: AccountID and AccountName.
	Verify func(ctx context.Context, secretKey string) (services.Profile, error)

	// LocalBase is the webhook base of profiles that set none: the loopback
	// receiver, such as "http://127.0.0.1:8787".
	LocalBase string
	Now       services.Clock
}

// Configuration implements services.Configuration.
type Configuration struct {
	store     ProfileStore
	catalog   Catalog
	verify    func(context.Context, string) (services.Profile, error)
	localBase string
	now       services.Clock
}

// NewConfiguration returns the setup of every profile in the store.
func NewConfiguration(o ConfigurationOptions) *Configuration {
	return &Configuration{store: o.Store, catalog: o.Catalog, verify: o.Verify, localBase: o.LocalBase, now: o.Now}
}

const opUpdate = "saving the configuration"

// Update changes what the update carries. Everything is checked before
// anything is saved.
func (c *Configuration) Update(ctx context.Context, profile string, u services.ConfigurationUpdate) (services.ConfigurationView, error) {
	v, err := c.editable(ctx, opUpdate, profile)
	if err != nil {
		return services.ConfigurationView{}, err
	}
	u = trimmed(u)
	secret, _, err := c.store.Secret(ctx, profile, SecretKey)
	if err != nil {
		return services.ConfigurationView{}, err
	}
	if u.SecretKey != nil {
		secret = *u.SecretKey
	}
	if err := c.apply(ctx, &v, u, secret); err != nil {
		return services.ConfigurationView{}, inOp(opUpdate, err)
	}
	if u.SecretKey != nil {
		if err := c.verifyKey(ctx, &v, secret, u.SkipVerify); err != nil {
			return services.ConfigurationView{}, err
		}
	}
	if v.WebhookToken == "" {
		v.WebhookToken = randomHex(16)
	}
	if err := c.store.Save(ctx, v, Secrets{SecretKey: u.SecretKey, Passphrase: u.Passphrase}); err != nil {
		return services.ConfigurationView{}, err
	}
	return c.Show(ctx, profile)
}

// editable returns the values of a profile to change: empty ones for a new
// profile, and an error for the sandbox.
func (c *Configuration) editable(ctx context.Context, op, profile string) (ProfileValues, error) {
	if err := checkProfileName(profile); err != nil {
		return ProfileValues{}, inOp(op, err)
	}
	v, ok, err := c.store.Load(ctx, profile)
	if err != nil {
		return ProfileValues{}, err
	}
	if profile == services.SandboxProfile || v.Sandbox {
		return ProfileValues{}, invalid(op, services.FieldProfile, "The sandbox is built in and has its own keys: it cannot be changed.",
			"Choose another profile name for your Stripe account.")
	}
	if !ok {
		v = ProfileValues{Name: profile}
	}
	return v, nil
}

// apply checks what was typed and puts it into the values. secret is the key
// that the profile will have.
func (c *Configuration) apply(ctx context.Context, v *ProfileValues, u services.ConfigurationUpdate, secret string) error {
	if u.PublishableKey != nil {
		if bad := services.CheckPublishableKey(*u.PublishableKey); bad != nil {
			return bad
		}
		v.PublishableKey = *u.PublishableKey
	}
	if u.SecretKey != nil {
		if bad := services.CheckSecretKey(*u.SecretKey); bad != nil {
			return bad
		}
	}
	if err := setMode(v, u, secret); err != nil {
		return err
	}
	if u.WebhookBase != nil {
		base, err := webhookBase(*u.WebhookBase)
		if err != nil {
			return err
		}
		v.WebhookBase = base
	}
	if u.ProductSource != nil {
		if _, err := c.sourceNumbered(ctx, *u.ProductSource); err != nil {
			return err
		}
		v.ProductSource = *u.ProductSource
	}
	return nil
}

// setMode decides a profile's mode by its first key and keeps it for good: test
// and live keys never share a profile.
func setMode(v *ProfileValues, u services.ConfigurationUpdate, secret string) error {
	for _, key := range []struct {
		field string
		typed *string
	}{{services.FieldPublishableKey, u.PublishableKey}, {services.FieldSecretKey, u.SecretKey}} {
		if key.typed == nil {
			continue
		}
		mode, _ := services.KeyMode(*key.typed)
		if v.Mode != "" && mode != v.Mode {
			return services.Invalid(key.field, fmt.Sprintf("This is a %s key, and profile %q is a %s profile: they cannot be mixed.", mode, v.Name, v.Mode),
				fmt.Sprintf("Use a %s key, or make a profile of its own for %s mode.", v.Mode, mode))
		}
	}
	if bad := services.CheckKeyPair(v.PublishableKey, secret); bad != nil {
		return bad
	}
	for _, key := range []string{v.PublishableKey, secret} {
		if mode, ok := services.KeyMode(key); ok && v.Mode == "" {
			v.Mode = mode
		}
	}
	return nil
}

// verifyKey asks Stripe about a new secret key and notes the answer. A profile
// keeps its account: another account's events must not enter its archive.
func (c *Configuration) verifyKey(ctx context.Context, v *ProfileValues, secret string, skip bool) error {
	if skip {
		v.VerifiedAt, v.VerifyProblem = time.Time{}, "The key was saved without asking Stripe."
		return nil
	}
	account, err := c.verify(ctx, secret)
	switch code := services.CodeOf(err); {
	case code == services.CodeForbidden && strings.HasPrefix(secret, "rk_"):
		// Stripe knows the key; it only may not read the account.
		v.VerifiedAt, v.VerifyProblem = c.now(), services.AsError(err).Message
		return nil
	case err != nil:
		return unverified(err)
	case v.AccountID != "" && account.AccountID != v.AccountID:
		return invalid(opUpdate, services.FieldSecretKey,
			fmt.Sprintf("This key belongs to the account %s, and profile %q to %s.", account.AccountID, v.Name, v.AccountID),
			"Make a profile of its own for the other account.")
	}
	v.AccountID, v.AccountName = account.AccountID, account.AccountName
	v.VerifiedAt, v.VerifyProblem = c.now(), ""
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
	v, err := c.editable(ctx, op, profile)
	if err != nil {
		return err
	}
	secret = strings.TrimSpace(secret)
	if bad := services.CheckSigningSecret(secret); bad != nil {
		return inOp(op, bad)
	}
	if v.WebhookToken == "" {
		return noProfile(op, profile)
	}
	return c.store.Save(ctx, v, Secrets{SigningSecret: &secret})
}

// Exists reports whether the profile has both keys.
func (c *Configuration) Exists(ctx context.Context, profile string) (bool, error) {
	v, ok, err := c.store.Load(ctx, profile)
	if err != nil || !ok {
		return false, err
	}
	secret, _, err := c.store.Secret(ctx, profile, SecretKey)
	return err == nil && v.PublishableKey != "" && secret != "", err
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
		v, ok, err := c.store.Load(ctx, name)
		if err != nil {
			return nil, err
		}
		if ok {
			profiles = append(profiles, v.profile())
		}
	}
	return profiles, nil
}

// ProductSources lists the sources to choose from.
func (c *Configuration) ProductSources(ctx context.Context) ([]services.ProductSource, error) {
	return c.catalog.Sources(ctx)
}
