package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"bursar/config"
	"bursar/services"
	"bursar/tui/layout"
)

// The exit codes, which scripts may rely on.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2
	exitNotConfigured = 3
	exitRefused       = 4
	exitNotFound      = 5
	exitIncomplete    = 6
	exitPending       = 7
	exitNetwork       = 8
)

// exitCode is the one table from an error's code to the exit code.
func exitCode(err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	switch services.CodeOf(err) {
	case services.CodeInvalid:
		return exitUsage
	case services.CodeNotConfigured:
		return exitNotConfigured
	case services.CodeUnauthorized, services.CodeForbidden, services.CodeDeclined, services.CodeConflict,
		services.CodeRateLimited, services.CodeRefused:
		return exitRefused
	case services.CodeNotFound:
		return exitNotFound
	case services.CodeIncomplete:
		return exitIncomplete
	case services.CodePending:
		return exitPending
	case services.CodeUnavailable:
		return exitNetwork
	}
	return exitFailed
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// wrapUsage marks the argument errors of a command and those below it as usage
// errors.
func wrapUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		wrapUsage(c)
	}
}

// silent is an exit code without words: they were already said.
type silent struct{ error }

func (e silent) Unwrap() error { return e.error }

// printError says an error on stderr.
func (s *session) printError(err error) {
	var done silent
	if errors.As(err, &done) {
		return
	}
	e := present(err)
	var place *pointed
	if s.flags.json {
		object := map[string]any{"code": e.Code, "message": e.Message, "next": e.Next, "field": e.Field, "op": e.Op, "request_id": e.RequestID}
		if errors.As(err, &place) {
			object["from"], object["to"] = place.fault.From, place.fault.To
		}
		text, _ := json.Marshal(map[string]any{"error": object})
		fmt.Fprintln(s.Stderr, string(text))
		return
	}
	line := e.Message
	if e.RequestID != "" {
		line += " (request " + e.RequestID + ")"
	}
	fmt.Fprintln(s.Stderr, "bursar:", line)
	if errors.As(err, &place) {
		text, mark := place.lines()
		fmt.Fprintf(s.Stderr, "        %s\n        %s\n", text, mark)
	}
	if e.Next != "" {
		fmt.Fprintln(s.Stderr, "       ", e.Next)
	}
}

// pointed is an error about one place of a filter.
type pointed struct {
	error
	text  string
	fault services.FilterFault
}

func (p *pointed) Unwrap() error { return p.error }

// pointedRoom is how many cells before a fault are shown of a filter, and how many
// of what is wrong and follows.
const pointedRoom = 40

// lines are the filter around the fault, and the line that marks it below.
func (p *pointed) lines() (text, mark string) {
	from := min(max(p.fault.From, 0), len(p.text))
	to := min(max(p.fault.To, from), len(p.text))
	before, wrong, after := services.Clean(p.text[:from]), services.Clean(p.text[from:to]), services.Clean(p.text[to:])
	if over := layout.Width(before) - pointedRoom; over > 0 {
		before = "…" + ansi.TruncateLeft(before, over+1, "")
	}
	wrong = layout.Cut(wrong, pointedRoom, "…")
	after = layout.Cut(after, max(pointedRoom-layout.Width(wrong), 1), "…")
	return before + wrong + after, strings.Repeat(" ", layout.Width(before)) + strings.Repeat("^", max(layout.Width(wrong), 1))
}

// present makes any error a services.Error with a cleaned message.
func present(err error) services.Error {
	var usage usageError
	if errors.As(err, &usage) {
		return services.Error{Code: services.CodeInvalid, Message: services.Clean(usage.Error())}
	}
	var own *services.Error
	if !errors.As(err, &own) && errors.Is(err, context.Canceled) {
		return services.Error{Code: services.CodeIncomplete, Message: "Interrupted."}
	}
	e := *services.AsError(err)
	if e.Message == "" {
		e.Message = e.Error()
	}
	e.Message, e.Next = services.Clean(e.Message), services.Clean(e.Next)
	return e
}

// configError gives a problem of the settings its code.
func configError(err error) error {
	var c *config.Error
	if !errors.As(err, &c) {
		return err
	}
	code := services.CodeStorage
	if c.Field != "" {
		code = services.CodeInvalid
	}
	return &services.Error{Code: code, Op: "reading the settings", Message: c.Message, Next: c.Next, Field: c.Field, Err: err}
}
