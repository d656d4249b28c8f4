package tui

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
)

// InstanceID identifies one screen of one session.
type InstanceID uint64

// RequestID identifies one Ask of one screen.
type RequestID uint64

// Deadline is how long an Ask may take when its caller sets none.
const Deadline = 30 * time.Second

// Guard is the life of one kind of fetch: at most one request is wanted at a
// time, beginning another one cancels the one before, and a reply nobody waits
// for any more is not accepted. The zero value is ready.
type Guard struct {
	last    RequestID
	pending bool
	since   time.Time
	cancel  context.CancelFunc
}

// Pending reports whether a reply is waited for.
func (g *Guard) Pending() bool { return g.pending }

// Waited returns how long the pending request has run; 0 when none is.
func (g *Guard) Waited(now time.Time) time.Duration {
	if !g.pending {
		return 0
	}
	return now.Sub(g.since)
}

// Accept reports whether a reply is the one waited for, and ends the wait.
func (g *Guard) Accept(req RequestID) bool {
	if !g.pending || req != g.last {
		return false
	}
	g.end()
	return true
}

// Abort cancels what is pending; its reply will not be accepted.
func (g *Guard) Abort() { g.end() }

func (g *Guard) end() {
	g.pending = false
	if g.cancel != nil {
		g.cancel()
		g.cancel = nil
	}
}

// begin ends what is pending and begins another request.
func (g *Guard) begin(ctx context.Context, req RequestID, now time.Time, limit time.Duration) context.Context {
	g.end()
	g.last, g.pending, g.since = req, true, now
	if limit == noLimit {
		ctx, g.cancel = context.WithCancel(ctx)
		return ctx
	}
	ctx, g.cancel = context.WithTimeout(ctx, limit)
	return ctx
}

// Reply is the answer to an Ask, delivered to the screen that asked or dropped.
type Reply[T any] struct {
	To  InstanceID
	Req RequestID
	Op  string
	Val T
	Err error
}

// Target returns the screen that asked.
func (r Reply[T]) Target() InstanceID { return r.To }

// addressed is a message for one screen.
type addressed interface{ Target() InstanceID }

// redrawMsg asks for nothing but a new frame, when a wait gets longer than a
// person notices.
type redrawMsg struct{ To InstanceID }

func (r redrawMsg) Target() InstanceID { return r.To }

// The moments of a wait: before the first nothing is drawn, after it a skeleton,
// after the second a line that says what is waited for.
const (
	SkeletonAfter = 150 * time.Millisecond
	ExplainAfter  = 2 * time.Second
)

// Ask calls a service in the background: fn gets a context that ends with the
// desk, with the guard's next request or after Deadline, and must use nothing of
// the screen but values captured before. A panic becomes an error. op says what
// is being done, in the words of an error ("reading the customers").
func Ask[T any](env *Env, g *Guard, op string, fn func(context.Context) (T, error)) tea.Cmd {
	return AskWithin(env, g, Deadline, op, fn)
}

// AskWithin is Ask with a limit of its own.
func AskWithin[T any](env *Env, g *Guard, limit time.Duration, op string, fn func(context.Context) (T, error)) tea.Cmd {
	env.asked++ // the guards of a screen share one count, so that no reply fits two of them
	to, req := env.ID, env.asked
	ctx := g.begin(env.Ctx, req, env.Now(), limit)
	call := func() tea.Msg {
		r := Reply[T]{To: to, Req: req, Op: op}
		r.Val, r.Err = guarded(ctx, op, fn)
		return r
	}
	redraw := func(after time.Duration) tea.Cmd { return env.After(after, redrawMsg{To: to}) }
	return tea.Batch(call, redraw(SkeletonAfter+10*time.Millisecond), redraw(ExplainAfter+10*time.Millisecond))
}

func guarded[T any](ctx context.Context, op string, fn func(context.Context) (T, error)) (val T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &services.Error{Code: services.CodeInternal, Op: op,
				Message: "Something went wrong inside bursar.",
				Next:    "Try again; if it stays, report it with what you did.",
				Err:     fmt.Errorf("panic: %v", p)}
		}
	}()
	val, err = fn(ctx)
	if err != nil && ctx.Err() == context.DeadlineExceeded && services.CodeOf(err) == services.CodeInternal {
		err = &services.Error{Code: services.CodeUnavailable, Op: op,
			Message: "There was no answer in time.", Next: "Check the connection and try again.", Err: err}
	}
	return val, err
}
