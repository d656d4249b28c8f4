package services

import (
	"errors"
	"strings"
)

// Code says what kind of failure an Error is. A face has one table from Code to
// its presentation: field text, error view, exit code, HTTP status.
type Code string

// The codes, from the most to the least the person's own doing.
const (
	CodeInvalid       Code = "invalid"        // what was given cannot be used; Field names it
	CodeNotConfigured Code = "not_configured" // the profile has no key, or no profile exists
	CodeUnauthorized  Code = "unauthorized"   // Stripe does not accept the key (401)
	CodeForbidden     Code = "forbidden"      // the key lacks a permission (403)
	CodeNotFound      Code = "not_found"      // no such object (404, resource_missing)
	CodeDeclined      Code = "declined"       // a card was declined (402)
	CodeConflict      Code = "conflict"       // an idempotency or lock conflict (409)
	CodeRateLimited   Code = "rate_limited"   // asked to slow down (429)
	CodeRefused       Code = "refused"        // Stripe refused the request for another reason (400)
	CodeIncomplete    Code = "incomplete"     // cancelled, expired or given up: no money moved
	CodePending       Code = "pending"        // not known yet: it may still succeed, do not pay again
	CodeUnavailable   Code = "unavailable"    // network, time-out, 5xx, or an answer that cannot be read
	CodeStorage       Code = "storage"        // a local file cannot be read or written
	CodeInternal      Code = "internal"       // bursar's own fault
)

// Error is a failure that a person can act on. Message says what happened and
// why, in one sentence; Next says what to do about it. Neither ever holds a
// secret.
type Error struct {
	Code      Code
	Op        string // what was being done, such as "creating the checkout session"
	Message   string // one sentence for the person
	Next      string // what to do next; may be empty
	Field     string // the input it is about, such as "secret_key" or "line_items[0][price]"
	RequestID string // Stripe's request id ("req_…"), when there is one
	Err       error  // the cause, for the operator
}

// Error renders Op, Message and the request id on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteString(": ")
	}
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(string(e.Code))
	}
	if e.RequestID != "" {
		b.WriteString(" (request ")
		b.WriteString(e.RequestID)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain, CodeInternal for
// any other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// AsError returns the first *Error in err's chain, or wraps err in one with
// CodeInternal, so that a face can always show code, message and next step.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Message: Clean(err.Error()), Err: err}
}

// Invalid builds a CodeInvalid error about one input field.
func Invalid(field, message, next string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Message: message, Next: next}
}
