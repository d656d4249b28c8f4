package desk

import (
	"context"

	"bursar/services"
)

// outcome says what became of a session that was just read from Stripe
// (spec/fliplet-payments, section 5). Only Stripe's own "complete" with money
// moved, or none to move, is completed. A complete session whose delayed
// payment has failed since cannot be paid any more: no money moved.
func outcome(r services.Receipt) services.Outcome {
	switch r.Session.Status {
	case "open":
		return services.OutcomeOpen
	case "expired":
		return services.OutcomeIncomplete
	case "complete":
		switch r.Session.PaymentStatus {
		case "paid", "no_payment_required":
			return services.OutcomeCompleted
		case "unpaid":
			if r.Declined != "" {
				return services.OutcomeIncomplete
			}
		}
	}
	return services.OutcomePending
}

const opCheck = "checking the checkout session"

// Check reads a session back and settles it in the ledger once its outcome is
// known.
func (c *Checkout) Check(ctx context.Context, id string) (services.Receipt, error) {
	if id == "" {
		return services.Receipt{}, noSession(opCheck)
	}
	r, err := c.sessions.Session(ctx, id)
	if err != nil {
		return services.Receipt{}, unknown(opCheck, err)
	}
	return c.settle(ctx, r), nil
}

// Expire closes a session. When Stripe refuses because it is not open any
// more, it is read back: it may have been paid in the meantime.
func (c *Checkout) Expire(ctx context.Context, id string) (services.Receipt, error) {
	const op = "expiring the checkout session"
	if id == "" {
		return services.Receipt{}, noSession(op)
	}
	r, err := c.sessions.ExpireSession(ctx, id, mintKey())
	switch services.CodeOf(err) {
	case "":
		return c.settle(ctx, r), nil
	case services.CodeRefused:
		read, readErr := c.Check(ctx, id)
		if readErr == nil && read.Outcome == services.OutcomeOpen {
			return read, err
		}
		return read, readErr
	}
	return services.Receipt{}, unknown(op, err)
}

// Unsettled lists the sessions whose outcome is not known.
func (c *Checkout) Unsettled(ctx context.Context) ([]services.Session, error) {
	return c.ledger.Unsettled(ctx)
}

// Recent lists the receipts of settled sessions.
func (c *Checkout) Recent(ctx context.Context, limit int) ([]services.Receipt, error) {
	if limit < 0 {
		return nil, invalid("listing the receipts", "limit", "The limit is negative.", "Use 1 or more.")
	}
	return c.ledger.Recent(ctx, limit)
}

// settle decides the outcome of what was read and writes a final one down. That
// it cannot be written does not change what happened: the receipt is returned,
// and the session stays listed until a later check writes it.
func (c *Checkout) settle(ctx context.Context, r services.Receipt) services.Receipt {
	r.Outcome = outcome(r)
	r.CheckedAt = c.now()
	r.Amount = services.Money{Currency: r.Session.Total.Currency}
	if r.Outcome == services.OutcomeCompleted && r.Session.PaymentStatus == "paid" {
		r.Amount = r.Session.Total
	}
	if r.Outcome == services.OutcomeCompleted {
		r.Declined = ""
	}
	if r.Outcome.Settled() {
		if err := c.ledger.Settle(context.WithoutCancel(ctx), r); err != nil {
			c.log.Warn("recording a settled checkout", "session", r.Session.ID, "err", err)
		}
	}
	return r
}

// unknown turns "Stripe could not be asked" into CodePending: whether the
// session was paid is not known. Definite answers stay what they are.
func unknown(op string, err error) error {
	e := *services.AsError(err)
	switch e.Code {
	case services.CodeUnavailable, services.CodeRateLimited, services.CodeConflict:
		return &services.Error{Code: services.CodePending, Op: op, RequestID: e.RequestID, Err: err,
			Message: "It is not known whether this checkout was paid: " + lowerFirst(e.Message),
			Next:    "Check again in a moment. Until then the buyer should not pay a second time."}
	}
	return &e
}

func noSession(op string) error {
	return invalid(op, "session", "No checkout session is given.", "Give a session id, such as cs_….")
}
