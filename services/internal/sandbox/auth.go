package sandbox

import (
	"net/http"
	"strings"
)

// access is what a request's key may do.
type access int

const (
	secret      access = iota // a secret or restricted key: everything
	publishable               // what a browser may do
)

// authenticate reads the key from Bearer or Basic authorization (2.1). Every
// well-formed test key opens the sandbox; a live key never does.
func authenticate(r *http.Request) (access, error) {
	key, given := keyOf(r)
	switch {
	case !given || key == "":
		return 0, unauthorized("", "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.")
	case hasPrefix(key, "sk_live_", "rk_live_", "pk_live_"):
		return 0, &apiError{status: http.StatusForbidden, kind: invalidRequest, code: "testmode_keys_only", message: "This is a sandbox: it refuses live mode keys. Use a test mode key (sk_test_…), and keep your live key for Stripe itself."}
	case hasPrefix(key, "sk_test_", "rk_test_") && wellFormed(key):
		return secret, nil
	case hasPrefix(key, "pk_test_") && wellFormed(key):
		return publishable, nil
	}
	return 0, unauthorized("", "Invalid API Key provided: "+maskKey(key))
}

func unauthorized(code, message string) *apiError {
	return &apiError{status: http.StatusUnauthorized, kind: invalidRequest, code: code, message: message}
}

func keyOf(r *http.Request) (key string, given bool) {
	if user, _, ok := r.BasicAuth(); ok {
		return user, true
	}
	scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(key), true
}

// wellFormed asks for Stripe's least: 12 characters (the shortest test keys are
// like sk_test_1234) of letters, digits and "_".
func wellFormed(key string) bool {
	if len(key) < 12 || len(key) > 255 {
		return false
	}
	return !strings.ContainsFunc(key, func(r rune) bool { return r != '_' && !strings.ContainsRune(base62, r) })
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// maskKey shows at most eleven characters of a key and its last four.
func maskKey(key string) string {
	key = strings.Map(func(r rune) rune {
		if r < 0x21 || r > 0x7e {
			return '?'
		}
		return r
	}, key)
	if len(key) <= 8 {
		return strings.Repeat("*", len(key))
	}
	head := min(11, len(key)-8)
	return key[:head] + strings.Repeat("*", len(key)-head-4) + key[len(key)-4:]
}
