package tui

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Part is what an AskParts or a Follow has told since the part before. The screen
// takes it in when its guard Wants it and returns Next: parts come in the order
// they were told, and the reply comes after the last of them.
type Part[P any] struct {
	To  InstanceID
	Req RequestID
	Val []P

	next tea.Cmd
}

// Target returns the screen that asked.
func (p Part[P]) Target() InstanceID { return p.To }

// Next waits for the next part, or for the reply.
func (p Part[P]) Next() tea.Cmd { return p.next }

// Wants reports whether a part belongs to the request that is waited for.
func (g *Guard) Wants(req RequestID) bool { return g.pending && req == g.last }

// AskParts is AskWithin for a call that tells what it has so far: fn may call tell
// any number of times, from one goroutine at a time, and never waits in it. The
// screen gets Part[P]s and then the Reply[T].
func AskParts[T, P any](env *Env, g *Guard, limit time.Duration, op string, fn func(ctx context.Context, tell func(P)) (T, error)) tea.Cmd {
	env.asked++
	ctx := g.begin(env.Ctx, env.asked, env.Now(), limit)
	call, next := inParts(ctx, env.ID, env.asked, op, fn)
	redraw := func(after time.Duration) tea.Cmd { return env.After(after, redrawMsg{To: env.ID}) }
	return tea.Batch(call, next, redraw(SkeletonAfter+10*time.Millisecond), redraw(ExplainAfter+10*time.Millisecond))
}

// noLimit is the limit of a call that may take as long as it takes.
const noLimit time.Duration = 1<<63 - 1

// Follow is AskParts for a call that goes on until its guard, or the desk, ends
// it; the Reply that follows the last part has its error.
func Follow[P any](env *Env, g *Guard, op string, fn func(ctx context.Context, tell func(P)) error) tea.Cmd {
	env.asked++
	ctx := g.begin(env.Ctx, env.asked, env.Now(), noLimit)
	call, next := inParts(ctx, env.ID, env.asked, op, func(ctx context.Context, tell func(P)) (Ended, error) { return Ended{}, fn(ctx, tell) })
	return tea.Batch(endless(call), endless(next))
}

// Ended is the value of the Reply to a Follow.
type Ended struct{}

// endless marks a command that may run as long as its screen lives, for those who
// wait in tests until nothing runs any more. Inlined, it would have no name to be
// known by.
//
//go:noinline
func endless(cmd tea.Cmd) tea.Cmd { return func() tea.Msg { return cmd() } }

// inParts returns the command that runs fn, and the one that waits for its first
// part or, when there is none, for its reply.
func inParts[T, P any](ctx context.Context, to InstanceID, req RequestID, op string, fn func(context.Context, func(P)) (T, error)) (call, next tea.Cmd) {
	box := &mailbox[P]{more: make(chan struct{}, 1)}
	reply := Reply[T]{To: to, Req: req, Op: op}
	call = func() tea.Msg {
		reply.Val, reply.Err = guarded(ctx, op, func(ctx context.Context) (T, error) { return fn(ctx, box.tell) })
		box.end()
		return nil
	}
	next = func() tea.Msg {
		told, ended := box.take()
		if ended && len(told) == 0 {
			return reply
		}
		return Part[P]{To: to, Req: req, Val: told, next: next}
	}
	return call, next
}

// mailbox keeps what is told until it is taken. It is bounded by what is told in
// all: nothing may be lost, and nobody waits.
type mailbox[P any] struct {
	mu    sync.Mutex
	told  []P
	ended bool
	more  chan struct{} // something was told, or it ended
}

func (b *mailbox[P]) tell(v P) {
	b.mu.Lock()
	b.told = append(b.told, v)
	b.mu.Unlock()
	b.wake()
}

func (b *mailbox[P]) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.wake()
}

func (b *mailbox[P]) wake() {
	select {
	case b.more <- struct{}{}:
	default: // it knows already
	}
}

// take waits until something was told or it ended.
func (b *mailbox[P]) take() (told []P, ended bool) {
	for {
		b.mu.Lock()
		told, ended = b.told, b.ended
		b.told = nil
		b.mu.Unlock()
		if ended {
			b.wake() // whoever takes next must not wait either
		}
		if ended || len(told) > 0 {
			return told, ended
		}
		<-b.more
	}
}
