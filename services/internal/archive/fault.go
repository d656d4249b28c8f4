package archive

import (
	"context"
	"errors"
	"fmt"

	"bursar/services"
	"bursar/services/internal/archive/where"
)

// ErrNewer and ErrForeign are what a store finds where it must not touch
// anything: what a newer version of bursar or another program made.
var (
	ErrNewer   = errors.New("the archive is from a newer version")
	ErrForeign = errors.New("the database is another program's")
)

// Fault makes of a store's failure what a person can act on. Words says what
// happened and what to do next, for failures that are the store's own. An error
// that is a *services.Error already stays as it is.
func Fault(op string, err error, words func(error) (message, next string)) error {
	var known *services.Error
	if errors.As(err, &known) {
		return err
	}
	message, next := "The archive was not waited for: the request ended first.", "Try again."
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		message, next = words(err)
	}
	return &services.Error{Code: services.CodeStorage, Op: op, Message: services.Clean(message), Next: next, Err: err}
}

// NotFound says that an archive holds no event with this id.
func NotFound(id string) error {
	return &services.Error{Code: services.CodeNotFound, Op: "reading an archived event",
		Message: fmt.Sprintf("The archive holds no event %q.", services.Clean(id)), Next: "Check the id, or read Stripe's event list again with sync."}
}

// BadPosition says that a position is none of an archive's.
func BadPosition(position string) error {
	e := services.Invalid("from", fmt.Sprintf("%q is no position in the archive.", services.Clean(position)), "Use a position that the archive gave, or none.")
	e.Op = "following the archive"
	return e
}

// UnknownCursor says that the event a window starts from is not archived.
func UnknownCursor(field, id string) error {
	e := services.Invalid(field, fmt.Sprintf("The archive holds no event %q to go on from.", services.Clean(id)), "Use the id of an archived event.")
	e.Op = "reading the archive"
	return e
}

// MatchError says that a query could not be evaluated on an event.
func MatchError(err error) error {
	if !errors.Is(err, where.ErrWork) {
		return err
	}
	e := services.Invalid("where", "The query needs too much work on one event.", "Make it simpler: fewer nested $not, or shorter patterns.")
	e.Op, e.Err = "reading the archive", err
	return e
}
