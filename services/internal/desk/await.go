package desk

import (
	"context"
	"time"

	"bursar/services"
)

// How Await asks. Each answer that changes nothing makes the next wait longer,
// from the first to the longest; a change that may be about the session makes
// it short again. patience is how many checks may fail one after the other.
const (
	firstWait   = 700 * time.Millisecond
	longestWait = 3 * time.Second
	patience    = 3
)

// Await checks until the outcome is known. A person who used the page's back
// link has cancelled: the session is then expired, so that its address cannot
// be paid later unseen. When the wait ends first, or Stripe cannot be asked
// three times in a row, it returns what was last read and CodePending; in the
// second case with OutcomePending.
func (c *Checkout) Await(ctx context.Context, id string, progress func(services.Receipt)) (services.Receipt, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &wait{c: c, id: id, changes: c.watch(ctx), delay: firstWait, tell: progress}
	w.last = services.Receipt{Session: services.Session{ID: id}, Outcome: services.OutcomePending}
	read := c.Check
	for {
		done, err := w.take(ctx, read)
		if done {
			return w.last, err
		}
		if err == nil {
			read = c.Check
		}
		if w.rest(ctx) {
			read = c.Expire
		}
		if ctx.Err() != nil {
			return w.last, w.ended(ctx)
		}
	}
}

// wait is the state of one Await.
type wait struct {
	c        *Checkout
	id       string
	changes  <-chan services.Change
	delay    time.Duration
	failures int
	last     services.Receipt
	told     bool
	tell     func(services.Receipt)
}

// take reads the session once and reports whether the wait is over.
func (w *wait) take(ctx context.Context, read func(context.Context, string) (services.Receipt, error)) (bool, error) {
	r, err := read(ctx, w.id)
	switch {
	case err == nil:
		w.failures = 0
		w.note(r)
		return r.Outcome.Settled(), nil
	case ctx.Err() != nil:
		return true, w.ended(ctx)
	case services.CodeOf(err) != services.CodePending:
		return true, err
	}
	w.failures++
	lost := w.last
	lost.Outcome = services.OutcomePending
	w.note(lost)
	return w.failures == patience, err
}

// note keeps what was read and tells it when it is news.
func (w *wait) note(r services.Receipt) {
	news := !w.told || r.Outcome != w.last.Outcome || r.Declined != w.last.Declined ||
		r.Session.Status != w.last.Session.Status || r.Session.PaymentStatus != w.last.Session.PaymentStatus
	w.last = r
	if news {
		w.told, w.delay = true, firstWait
		if w.tell != nil {
			w.tell(r)
		}
	}
}

// rest waits until it is time to read again and reports whether the person
// cancelled meanwhile. A change about this session ends the rest at once; one
// that may be about it, at the shortest wait after this rest began.
func (w *wait) rest(ctx context.Context) (cancelled bool) {
	timer := w.c.after(w.delay)
	w.delay = min(w.delay+w.delay/2, longestWait)
	var soon <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer:
			return false
		case <-soon:
			return false
		case change, open := <-w.changes:
			switch {
			case !open:
				w.changes = nil
			case change.Ref == w.id && change.Kind == services.ChangeCancelled:
				return true
			case change.Ref == w.id && change.Kind == services.ChangeReturned:
				w.delay = firstWait
				return false
			case soon == nil && (change.Kind == services.ChangeEvents || change.Kind == services.ChangeResync):
				soon = w.c.after(firstWait)
			}
		}
	}
}

// ended is the error of a wait that was given up.
func (w *wait) ended(ctx context.Context) error {
	message := "The wait ended before the outcome was known: the payment may still succeed."
	if w.last.Outcome == services.OutcomeOpen {
		message = "The wait ended before the checkout was paid. It is still open and can be paid."
	}
	return &services.Error{Code: services.CodePending, Op: "waiting for the payment", Err: context.Cause(ctx),
		Message: message, Next: "Check it again, or expire it so that nobody pays it later."}
}
