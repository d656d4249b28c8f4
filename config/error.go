package config

import "errors"

// Error is a problem a person can act on. Message is one sentence, Next the
// next step. Neither ever holds a secret.
type Error struct {
	Field   string // the value it is about, such as "mode"; empty when it is about a file
	Message string
	Next    string
	Err     error // the cause; may be nil
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Causes that a caller can tell apart with errors.Is.
var (
	// ErrNoSecret: no place that was asked holds this secret.
	ErrNoSecret = errors.New("no such secret")
	// ErrPassphrase: a passphrase is missing, or does not open the file.
	ErrPassphrase = errors.New("passphrase missing or wrong")
	// ErrUnavailable: the place where the secret is kept did not answer.
	ErrUnavailable = errors.New("secret store unavailable")
	// ErrNoProfile: there is no profile of this name.
	ErrNoProfile = errors.New("no such profile")
)

func invalid(field, message, next string) *Error {
	return &Error{Field: field, Message: message, Next: next}
}
