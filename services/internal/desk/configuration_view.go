package desk

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"bursar/services"
)

// webhookPath is where Stripe delivers, before the profile's token
// (spec/fliplet-payments, section 1).
const webhookPath = "/v1/billing/webhook/apps/"

// Show returns what is set, secrets masked.
func (c *Configuration) Show(ctx context.Context, profile string) (services.ConfigurationView, error) {
	const op = "reading the configuration"
	v, ok, err := c.store.Load(ctx, profile)
	switch {
	case err != nil:
		return services.ConfigurationView{}, err
	case !ok:
		return services.ConfigurationView{}, noProfile(op, profile)
	}
	view := services.ConfigurationView{
		Profile:        v.profile(),
		PublishableKey: services.Setting{Set: v.PublishableKey != "", Masked: services.Mask(v.PublishableKey)},
		WebhookURL:     c.webhookURL(v),
		WebhookReach:   reach(c.baseOf(v)),
		VerifyProblem:  v.VerifyProblem,
		SubscribeTo:    services.WebhookEvents(),
	}
	if view.PublishableKey.Set {
		view.PublishableKey.From = "profile"
	}
	if !v.VerifiedAt.IsZero() {
		view.VerifiedAt = &v.VerifiedAt
	}
	if view.SecretKey, err = c.secretSetting(ctx, profile, SecretKey); err != nil {
		return services.ConfigurationView{}, err
	}
	if view.SigningSecret, err = c.secretSetting(ctx, profile, SigningSecret); err != nil {
		return services.ConfigurationView{}, err
	}
	if v.ProductSource != 0 {
		// A source that is gone shows as its bare number.
		view.ProductSource = services.ProductSource{Number: v.ProductSource}
		if s, err := c.sourceNumbered(ctx, v.ProductSource); err == nil {
			view.ProductSource = s
		} else if services.CodeOf(err) != services.CodeInvalid {
			return services.ConfigurationView{}, err
		}
	}
	view.Storage, view.NeedPassphrase = c.store.Storage(ctx)
	return view, nil
}

func (c *Configuration) secretSetting(ctx context.Context, profile string, kind SecretKind) (services.Setting, error) {
	value, from, err := c.store.Secret(ctx, profile, kind)
	if err != nil || value == "" {
		return services.Setting{}, err
	}
	return services.Setting{Set: true, Masked: services.Mask(value), From: from}, nil
}

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

func (v ProfileValues) profile() services.Profile {
	mode := v.Mode
	if mode == "" {
		mode = services.ModeTest
	}
	return services.Profile{Name: v.Name, Mode: mode, Sandbox: v.Sandbox, AccountID: v.AccountID, AccountName: v.AccountName}
}

func (c *Configuration) baseOf(v ProfileValues) string {
	if v.WebhookBase != "" {
		return v.WebhookBase
	}
	return c.localBase
}

func (c *Configuration) webhookURL(v ProfileValues) string {
	if v.WebhookToken == "" {
		return ""
	}
	return strings.TrimRight(c.baseOf(v), "/") + webhookPath + v.WebhookToken
}

// reach says who can deliver to a webhook base: Stripe itself only to an https
// address that is not this machine's or a private network's.
func reach(base string) services.WebhookReach {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || private(u.Hostname()) {
		return services.ReachLoopback
	}
	return services.ReachPublic
}

func private(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || !strings.Contains(host, ".")
}

// webhookBase checks a typed webhook base and returns it without its trailing
// slash. Empty means the loopback receiver again.
func webhookBase(typed string) (string, error) {
	const next = "Type an address such as https://pay.example.com, or leave it empty to receive on this machine only."
	if typed == "" {
		return "", nil
	}
	u, err := url.Parse(typed)
	switch {
	case err != nil, u.Host == "", u.Hostname() == "", services.Clean(typed) != typed, strings.Contains(typed, " "):
		return "", services.Invalid(services.FieldWebhookBase, "This is not a web address.", next)
	case u.Scheme != "https" && (u.Scheme != "http" || !private(u.Hostname())):
		return "", services.Invalid(services.FieldWebhookBase, "Stripe delivers webhooks over https only; http works on this machine alone.", next)
	case u.User != nil, u.RawQuery != "", u.ForceQuery, strings.Contains(typed, "#"):
		return "", services.Invalid(services.FieldWebhookBase, "A webhook base is a plain address, without a name, a query or a fragment.", next)
	}
	return strings.TrimRight(typed, "/"), nil
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

// checkProfileName refuses names that cannot be a file's or a command's word.
func checkProfileName(name string) error {
	ok := name != "" && len(name) <= 40 && name[0] != '-' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
	if ok {
		return nil
	}
	return services.Invalid(services.FieldProfile, "A profile's name is 1 to 40 letters, digits, - or _.", "Choose another name, such as shop.")
}

func noProfile(op, profile string) error {
	return &services.Error{Code: services.CodeNotFound, Op: op, Field: services.FieldProfile,
		Message: fmt.Sprintf("There is no profile %q.", services.Clean(profile)), Next: "Set it up first: bursar config set."}
}
