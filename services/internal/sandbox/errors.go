package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is an answer in Stripe's error envelope (2.5).
type apiError struct {
	status  int // HTTP status
	kind    string
	code    string
	param   string
	message string
	extra   object // charge, decline_code, payment_intent, payment_method …
	keep    bool   // what was done until here stays done: a declined payment leaves its charge
}

func (e *apiError) Error() string { return e.message }

func (e *apiError) body() object {
	b := object{"type": e.kind, "message": e.message}
	if e.code != "" {
		b["code"] = e.code
		b["doc_url"] = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(e.code, "_", "-")
	}
	if e.param != "" {
		b["param"] = e.param
	}
	return object{"error": merge(b, e.extra)}
}

const invalidRequest = "invalid_request_error"

// invalid is a 400 about a parameter.
func invalid(param, code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: invalidRequest, code: code, param: param, message: fmt.Sprintf(format, args...)}
}

// refused is a 400 that names what this sandbox does not do.
func refused(param, format string, args ...any) *apiError {
	return invalid(param, "", "This sandbox does not support "+format+".", args...)
}

// noSuch says that an object named in a parameter does not exist.
func noSuch(noun, id, param string) *apiError {
	return invalid(param, "resource_missing", "No such %s: '%s'", noun, id)
}

// notFound says that an object named in the address does not exist.
func notFound(noun, id, param string) *apiError {
	e := noSuch(noun, id, param)
	e.status = http.StatusNotFound
	return e
}

// broken is a 500: the sandbox itself failed, and nothing was changed.
func broken(format string, args ...any) *apiError {
	return &apiError{status: http.StatusInternalServerError, kind: "api_error", message: fmt.Sprintf(format, args...)}
}
