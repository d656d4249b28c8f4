package desk

import (
	"context"
	"errors"
	"testing"
	"time"

	"bursar/services"
)

// awaiting runs Await and collects what it tells.
type awaiting struct {
	told chan services.Receipt
	done chan struct{}
	r    services.Receipt
	err  error
}

func (c *counter) await(ctx context.Context) *awaiting {
	a := &awaiting{told: make(chan services.Receipt, 16), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.r, a.err = c.Await(ctx, "cs_1", func(r services.Receipt) { a.told <- r })
	}()
	return a
}

func (a *awaiting) result(t *testing.T) (services.Receipt, error) {
	t.Helper()
	select {
	case <-a.done:
	case <-time.After(10 * time.Second):
		t.Fatal("Await does not end")
	}
	return a.r, a.err
}

func (c *counter) nextWait(t *testing.T) wantWait {
	t.Helper()
	select {
	case w := <-c.waits:
		return w
	case <-time.After(10 * time.Second):
		t.Fatal("Await asks for no wait")
	}
	return wantWait{}
}

func TestAwaitPollsEverMoreSlowlyAndTellsNews(t *testing.T) {
	desk := newCounter(t)
	open := read("open", "unpaid", "")
	declined := read("open", "unpaid", "Your card was declined.")
	desk.sessions.readings = []reading{open, open, open, open, open, open, declined, read("complete", "paid", "")}
	a := desk.await(t.Context())
	want := []time.Duration{700, 1050, 1575, 2362, 3000, 3000, 700}
	for i, ms := range want {
		w := desk.nextWait(t)
		if w.d.Truncate(time.Millisecond) != ms*time.Millisecond {
			t.Errorf("wait %d is %v", i, w.d)
		}
		w.pass <- noon
	}
	r, err := a.result(t)
	if err != nil || r.Outcome != services.OutcomeCompleted {
		t.Fatal(r, err)
	}
	var told []string
	for len(a.told) > 0 {
		r := <-a.told
		told = append(told, string(r.Outcome)+" "+r.Declined)
	}
	if len(told) != 3 || told[0] != "open " || told[1] != "open Your card was declined." || told[2] != "completed " {
		t.Errorf("told %q", told)
	}
}

func TestAwaitWakesOnAVisit(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("open", "unpaid", ""), read("complete", "paid", "")}
	a := desk.await(t.Context())
	desk.nextWait(t)
	desk.changes.Publish(services.Change{Kind: services.ChangeReturned, Ref: "cs_other"})
	desk.changes.Publish(services.Change{Kind: services.ChangeReturned, Ref: "cs_1"})
	if r, err := a.result(t); err != nil || r.Outcome != services.OutcomeCompleted {
		t.Error(r, err)
	}
}

func TestAwaitIsNotDrivenByEveryEvent(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("open", "unpaid", ""), read("complete", "paid", "")}
	a := desk.await(t.Context())
	desk.nextWait(t)
	for range 200 {
		desk.changes.Publish(services.Change{Kind: services.ChangeEvents})
	}
	soon := desk.nextWait(t)
	if soon.d != firstWait || desk.sessions.count() != 1 {
		t.Errorf("wait %v after %d reads", soon.d, desk.sessions.count())
	}
	soon.pass <- noon
	if r, err := a.result(t); err != nil || r.Outcome != services.OutcomeCompleted || desk.sessions.count() != 2 {
		t.Error(r, err, desk.sessions.count())
	}
}

func TestAwaitExpiresWhatThePersonCancelled(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("open", "unpaid", "")}
	desk.sessions.expire = read("expired", "unpaid", "")
	a := desk.await(t.Context())
	desk.nextWait(t)
	desk.changes.Publish(services.Change{Kind: services.ChangeCancelled, Ref: "cs_1"})
	if r, err := a.result(t); err != nil || r.Outcome != services.OutcomeIncomplete || len(desk.ledger.settled) != 1 {
		t.Error(r, err)
	}
}

func TestAwaitOfAPaymentThatWasFasterThanTheCancel(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("open", "unpaid", ""), read("complete", "unpaid", ""), read("complete", "paid", "")}
	desk.sessions.expire = reading{err: &services.Error{Code: services.CodeRefused}}
	a := desk.await(t.Context())
	desk.nextWait(t)
	desk.changes.Publish(services.Change{Kind: services.ChangeCancelled, Ref: "cs_1"})
	desk.nextWait(t).pass <- noon
	if r, err := a.result(t); err != nil || r.Outcome != services.OutcomeCompleted || len(desk.sessions.expired) != 1 {
		t.Error(r, err, desk.sessions.expired)
	}
}

func TestAwaitOutlivesAShortDropAndEndsInALongOne(t *testing.T) {
	off := reading{err: unavailable(nil)}
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("open", "unpaid", ""), off, off, read("open", "unpaid", ""), off, off, off}
	a := desk.await(t.Context())
	for range 6 {
		desk.nextWait(t).pass <- noon
	}
	r, err := a.result(t)
	if services.CodeOf(err) != services.CodePending || r.Outcome != services.OutcomePending || r.Session.Status != "open" {
		t.Error(r, err)
	}
	var told []services.Outcome
	for len(a.told) > 0 {
		told = append(told, (<-a.told).Outcome)
	}
	if len(told) != 4 || told[1] != services.OutcomePending || told[2] != services.OutcomeOpen || told[3] != services.OutcomePending {
		t.Errorf("told %v", told)
	}
}

func TestAwaitEndsWithADefiniteError(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{{err: &services.Error{Code: services.CodeUnauthorized}}}
	if _, err := desk.await(t.Context()).result(t); services.CodeOf(err) != services.CodeUnauthorized {
		t.Error(err)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("open", "unpaid", "")}
	ctx, cancel := context.WithCancel(t.Context())
	a := desk.await(ctx)
	desk.nextWait(t)
	cancel()
	r, err := a.result(t)
	if services.CodeOf(err) != services.CodePending || !errors.Is(err, context.Canceled) || r.Outcome != services.OutcomeOpen || desk.sessions.count() != 1 {
		t.Error(r, err)
	}
	if r, err := desk.Await(ctx, "cs_1", nil); services.CodeOf(err) != services.CodePending || r.Session.ID != "cs_1" || r.Outcome != services.OutcomePending {
		t.Error(r, err)
	}
}

func TestAwaitKeepsWatchingAPaymentInProgress(t *testing.T) {
	desk := newCounter(t)
	desk.sessions.readings = []reading{read("complete", "unpaid", ""), read("complete", "paid", "")}
	a := desk.await(t.Context())
	desk.nextWait(t).pass <- noon
	if r, err := a.result(t); err != nil || r.Outcome != services.OutcomeCompleted {
		t.Error(r, err)
	}
}
