package config

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strings"
)

// hidden is all that ever shows of a secret.
const hidden = "[secret]"

// Secret is a string that shows as "[secret]" however it is printed, logged or
// encoded; only Reveal gives it away. It keeps the text behind a pointer because
// fmt does not call methods on unexported fields: a struct that holds a Secret
// prints an address there, not the text. The zero Secret is empty.
type Secret struct{ text *string }

// NewSecret wraps text. White space around it, as pasting leaves it, is removed.
func NewSecret(text string) Secret {
	text = strings.TrimSpace(text)
	return Secret{&text}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Equal compares two secrets in constant time for texts of one length.
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String returns "[secret]", or "" when there is no text.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return hidden
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format is String for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText is String, for JSON, XML, TOML and flags.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON is String as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue is String, for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
