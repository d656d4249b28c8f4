package tui_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/tuitest"
)

// asking is a screen's end of AskParts, played by hand.
type asking struct {
	env   *tui.Env
	guard tui.Guard
}

// commands unpacks a batch.
func commands(t *testing.T, cmd tea.Cmd) []tea.Cmd {
	t.Helper()
	batch, ok := cmd().(tea.BatchMsg)
	if !ok || len(batch) < 2 {
		t.Fatalf("not a batch: %T", cmd())
	}
	return batch
}

// drain takes parts until the reply and returns both.
func (a *asking) drain(t *testing.T, next tea.Cmd) (told []int, reply tui.Reply[string]) {
	t.Helper()
	for {
		switch msg := next().(type) {
		case tui.Part[int]:
			if !a.guard.Wants(msg.Req) || msg.Target() != a.env.ID {
				t.Fatalf("part %+v is not wanted", msg)
			}
			told = append(told, msg.Val...)
			next = msg.Next()
		case tui.Reply[string]:
			if !a.guard.Accept(msg.Req) {
				t.Fatal("the reply is not accepted")
			}
			return told, msg
		default:
			t.Fatalf("got %T", msg)
		}
	}
}

func TestPartsComeInOrderAndBeforeTheReply(t *testing.T) {
	a := &asking{env: tuitest.Env(t, (&tuitest.Fakes{}).Desk())}
	const n = 5000
	cmds := commands(t, tui.AskParts(a.env, &a.guard, time.Minute, "counting", func(_ context.Context, tell func(int)) (string, error) {
		for i := range n {
			tell(i)
		}
		return "done", nil
	}))
	go cmds[0]()
	told, reply := a.drain(t, cmds[1])
	if len(told) != n || !slices.IsSorted(told) || reply.Val != "done" || reply.Err != nil {
		t.Errorf("%d parts, sorted %v, reply %+v", len(told), slices.IsSorted(told), reply)
	}
}

func TestPartsAreToldToNobodyElse(t *testing.T) {
	a := &asking{env: tuitest.Env(t, (&tuitest.Fakes{}).Desk())}
	ended := make(chan error, 1)
	slow := commands(t, tui.AskParts(a.env, &a.guard, time.Minute, "waiting", func(ctx context.Context, tell func(int)) (string, error) {
		tell(1)
		<-ctx.Done()
		ended <- ctx.Err()
		return "", ctx.Err()
	}))
	go slow[0]()
	old, ok := slow[1]().(tui.Part[int])
	if !ok || !a.guard.Wants(old.Req) {
		t.Fatalf("no part: %+v", old)
	}
	fast := commands(t, tui.AskParts(a.env, &a.guard, time.Minute, "counting", func(_ context.Context, tell func(int)) (string, error) {
		tell(2)
		return "new", nil
	}))
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first call ended with %v", err)
	}
	if a.guard.Wants(old.Req) {
		t.Error("a part of the first call is still wanted")
	}
	if late, ok := old.Next()().(tui.Reply[string]); !ok || a.guard.Accept(late.Req) {
		t.Errorf("the first call's reply %+v is accepted", late)
	}
	go fast[0]()
	if told, reply := a.drain(t, fast[1]); !slices.Equal(told, []int{2}) || reply.Val != "new" {
		t.Errorf("told %v, reply %+v", told, reply)
	}
}

func TestAPanicInPartsIsAnError(t *testing.T) {
	a := &asking{env: tuitest.Env(t, (&tuitest.Fakes{}).Desk())}
	cmds := commands(t, tui.AskParts(a.env, &a.guard, time.Minute, "counting", func(_ context.Context, tell func(int)) (string, error) {
		tell(1)
		panic("broken")
	}))
	cmds[0]()
	if told, reply := a.drain(t, cmds[1]); len(told) != 1 || services.CodeOf(reply.Err) != services.CodeInternal {
		t.Errorf("told %v, reply %+v", told, reply)
	}
}

func TestAFollowEndsWithItsGuardOnly(t *testing.T) {
	env := tuitest.Env(t, (&tuitest.Fakes{}).Desk())
	var guard tui.Guard
	cmds := commands(t, tui.Follow(env, &guard, "following", func(ctx context.Context, tell func(int)) error {
		if _, limited := ctx.Deadline(); limited {
			t.Error("a follow has a deadline")
		}
		tell(7)
		<-ctx.Done()
		return ctx.Err()
	}))
	go cmds[0]()
	part, ok := cmds[1]().(tui.Part[int])
	if !ok || !slices.Equal(part.Val, []int{7}) {
		t.Fatalf("got %+v", part)
	}
	guard.Abort()
	if end, ok := part.Next()().(tui.Reply[tui.Ended]); !ok || !errors.Is(end.Err, context.Canceled) {
		t.Errorf("ended with %+v", end)
	}
}

func TestHistory(t *testing.T) {
	var h tui.History
	for _, l := range []string{"a", "b", "", "a", "c"} {
		h.Add(l)
	}
	var got []string
	for n := 1; ; n++ {
		l, ok := h.Back(n)
		if !ok {
			break
		}
		got = append(got, l)
	}
	if !slices.Equal(got, []string{"c", "a", "b"}) {
		t.Errorf("kept %v", got)
	}
	if _, ok := h.Back(0); ok {
		t.Error("there is a line 0 steps back")
	}
	for i := range 1000 {
		h.Add(string(rune('a' + i)))
	}
	if _, ok := h.Back(101); ok {
		t.Error("more than a hundred lines are kept")
	}
	var none *tui.History
	none.Add("x")
	if _, ok := none.Back(1); ok {
		t.Error("nil keeps lines")
	}
}
