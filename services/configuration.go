package services

import (
	"context"
	"strings"
	"time"
)

// Configuration sets profiles up. Its first three calls are the seed's.
type Configuration interface {
	// Update changes what the update carries and leaves the rest as it is
	// (spec/fliplet-payments, section 5). A new secret key is checked with Stripe
	// before anything is saved, unless SkipVerify. A profile that does not exist
	// is made. The webhook URL never changes by it.
	Update(ctx context.Context, profile string, u ConfigurationUpdate) (ConfigurationView, error)
	// UpdateSigningSecret checks a "whsec_…" secret for its form and stores it.
	UpdateSigningSecret(ctx context.Context, profile, secret string) error
	// Exists reports whether the profile has the keys it needs.
	Exists(ctx context.Context, profile string) (bool, error)
	// Show returns what is set, secrets masked. CodeNotFound for a profile that
	// does not exist.
	Show(ctx context.Context, profile string) (ConfigurationView, error)
	// Profiles lists every profile, the sandbox first, then by name.
	Profiles(ctx context.Context) ([]Profile, error)
	// ProductSources lists the product sources that a profile can choose from.
	ProductSources(ctx context.Context) ([]ProductSource, error)
}

// ConfigurationUpdate carries what a person typed. Nil means "leave it".
type ConfigurationUpdate struct {
	PublishableKey *string // "pk_test_…" or "pk_live_…"
	SecretKey      *string // "sk_…" or "rk_…"; never logged
	ProductSource  *int    // the source's number (productsDataSourceId)
	WebhookBase    *string // where Stripe reaches bursar, such as "https://pay.example.com"
	Passphrase     *string // protects the secrets' file where there is no keyring
	SkipVerify     bool    // save although Stripe cannot be reached
}

// ConfigurationView is a profile as it may be shown.
type ConfigurationView struct {
	Profile        Profile       `json:"profile"`
	PublishableKey Setting       `json:"publishable_key"`
	SecretKey      Setting       `json:"secret_key"`
	SigningSecret  Setting       `json:"signing_secret"`
	ProductSource  ProductSource `json:"product_source"`
	WebhookURL     string        `json:"webhook_url"`
	WebhookReach   WebhookReach  `json:"webhook_reach"`
	Storage        string        `json:"storage"`         // where secrets are kept, in words
	NeedPassphrase bool          `json:"need_passphrase"` // saving a secret asks for Passphrase
	VerifiedAt     *time.Time    `json:"verified_at"`     // when Stripe last accepted the key; nil if never
	VerifyProblem  string        `json:"verify_problem"`  // why the key could not be checked, when saved all the same
	SubscribeTo    []string      `json:"subscribe_to"`    // event types the webhook endpoint needs
}

// WebhookReach says who can deliver to a webhook URL.
type WebhookReach string

// The reaches of a webhook URL.
const (
	ReachPublic   WebhookReach = "public"   // an https address on a public host
	ReachLoopback WebhookReach = "loopback" // this machine only: Stripe cannot reach it
)

// Setting is one value for display: masked when it is a secret.
type Setting struct {
	Set    bool   `json:"set"`
	Masked string `json:"masked"` // "sk_test_…4f2a"; empty when not set
	From   string `json:"from"`   // where it came from: "keyring", "environment STRIPE_API_KEY", …
}

// ProductSource is a numbered list of products.
type ProductSource struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
}

// Mask shows a key's kind and its last four characters and nothing else, with
// "…" for the rest: "sk_test_…4f2a". Text too short to hide says only its kind.
func Mask(secret string) string {
	if secret == "" {
		return ""
	}
	kind := ""
	for _, p := range []string{"sk_test_", "sk_live_", "rk_test_", "rk_live_", "pk_test_", "pk_live_", "whsec_"} {
		if strings.HasPrefix(secret, p) {
			kind = p
			break
		}
	}
	rest := secret[len(kind):]
	if len(rest) < 12 {
		return kind + "…"
	}
	return kind + "…" + Clean(rest[len(rest)-4:])
}

// KeyMode returns the mode a Stripe key belongs to, by its prefix, and false
// when it is not a Stripe key.
func KeyMode(key string) (Mode, bool) {
	for _, kind := range []string{"sk", "rk", "pk"} {
		switch {
		case strings.HasPrefix(key, kind+"_test_"):
			return ModeTest, true
		case strings.HasPrefix(key, kind+"_live_"):
			return ModeLive, true
		}
	}
	return "", false
}

// Field names of ConfigurationUpdate, as they appear in Error.Field.
const (
	FieldPublishableKey = "publishable_key"
	FieldSecretKey      = "secret_key"
	FieldSigningSecret  = "signing_secret"
	FieldProductSource  = "product_source"
	FieldWebhookBase    = "webhook_base"
	FieldPassphrase     = "passphrase"
	FieldProfile        = "profile"
)

// CheckPublishableKey says what is wrong with a publishable key's form, or nil.
func CheckPublishableKey(key string) *Error {
	const next = "Copy the one that starts with pk_ from Stripe: Developers, API keys."
	return checkKey(FieldPublishableKey, key, "pk", "publishable", next)
}

// CheckSecretKey says what is wrong with a secret or restricted key's form, or
// nil. The message never repeats the key.
func CheckSecretKey(key string) *Error {
	const next = "Copy the one that starts with sk_ or rk_ from Stripe: Developers, API keys."
	if strings.HasPrefix(key, "rk_") {
		return checkKey(FieldSecretKey, key, "rk", "secret", next)
	}
	return checkKey(FieldSecretKey, key, "sk", "secret", next)
}

func checkKey(field, key, kind, word, next string) *Error {
	mode, ok := KeyMode(key)
	switch {
	case key == "":
		return Invalid(field, "The "+word+" key is empty.", next)
	case strings.HasPrefix(key, "whsec_"):
		return Invalid(field, "This is a webhook signing secret, not a "+word+" key.", "Signing secrets are entered on the Webhooks screen. "+next)
	case ok && !strings.HasPrefix(key, kind+"_") && kind == "pk":
		return Invalid(field, "This is a secret key, not a publishable one: the two keys are swapped.", "Put it in the secret key field. "+next)
	case ok && !strings.HasPrefix(key, kind+"_"):
		return Invalid(field, "This is a publishable key, not a secret one: the two keys are swapped.", "Put it in the publishable key field. "+next)
	case !ok:
		return Invalid(field, "A "+word+" key starts with "+kind+"_test_ or "+kind+"_live_; this one does not.", next)
	}
	body := strings.TrimPrefix(key, kind+"_"+string(mode)+"_")
	if len(body) < 3 {
		return Invalid(field, "The "+word+" key is too short: part of it is missing.", "Copy it whole. "+next)
	}
	if !isAlphanumeric(body) {
		return Invalid(field, "The "+word+" key has characters that a key never has.", "Copy it again, without spaces or dots. "+next)
	}
	return nil
}

// CheckKeyPair says whether two well-formed keys belong together, or nil. Test
// and live keys never share a profile.
func CheckKeyPair(publishable, secret string) *Error {
	pm, ok1 := KeyMode(publishable)
	sm, ok2 := KeyMode(secret)
	if !ok1 || !ok2 || pm == sm {
		return nil
	}
	return Invalid(FieldSecretKey,
		"The publishable key is a "+string(pm)+" key and the secret key a "+string(sm)+" key: they cannot be mixed.",
		"Use two keys of the same mode; keep the other mode in a profile of its own.")
}

// CheckSigningSecret says what is wrong with a signing secret's form, or nil.
func CheckSigningSecret(secret string) *Error {
	const next = "Open the endpoint in Stripe (Developers, Webhooks), reveal its signing secret and copy it whole."
	body, ok := strings.CutPrefix(secret, "whsec_")
	_, isKey := KeyMode(secret)
	switch {
	case secret == "":
		return Invalid(FieldSigningSecret, "The signing secret is empty.", next)
	case isKey:
		return Invalid(FieldSigningSecret, "This is an API key, not a signing secret.", next)
	case !ok:
		return Invalid(FieldSigningSecret, "A signing secret starts with whsec_; this one does not.", next)
	case len(body) < 16:
		return Invalid(FieldSigningSecret, "The signing secret is too short: part of it is missing.", next)
	case strings.Trim(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-") != "":
		return Invalid(FieldSigningSecret, "The signing secret has characters that one never has.", next)
	}
	return nil
}

func isAlphanumeric(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return true
}

// WebhookEvents are the event types that the instructions ask for: the seed's
// three, and what else bursar uses (spec/fliplet-payments, section 1).
func WebhookEvents() []string {
	return []string{
		"customer.subscription.created",
		"customer.subscription.updated",
		"customer.subscription.deleted",
		"checkout.session.completed",
		"checkout.session.async_payment_succeeded",
		"checkout.session.async_payment_failed",
		"checkout.session.expired",
	}
}

// WebhookStep is one step of the webhook instructions.
type WebhookStep struct {
	Title  string   `json:"title"`
	Detail string   `json:"detail"`
	Copy   string   `json:"copy,omitempty"` // what a person pastes in this step
	Events []string `json:"events,omitempty"`
}

// WebhookSteps are the steps to take in Stripe, in the seed's order.
func WebhookSteps(v ConfigurationView) []WebhookStep {
	dashboard := "https://dashboard.stripe.com/"
	if !v.Profile.Live() {
		dashboard += "test/"
	}
	return []WebhookStep{
		{Title: "Open Developers, Webhooks in the Stripe dashboard", Detail: "Stay in " + string(v.Profile.Mode) + " mode: each mode has its own endpoints.", Copy: dashboard + "webhooks"},
		{Title: "Add an endpoint with this URL", Detail: "The last part is a secret of this profile: whoever knows it can knock, only Stripe can sign.", Copy: v.WebhookURL},
		{Title: "Choose the events to send", Detail: "The first three are required; the others record one-off payments.", Events: v.SubscribeTo},
		{Title: "Reveal the signing secret and enter it here", Detail: "It starts with whsec_ and is stored like the keys, never shown again."},
	}
}
