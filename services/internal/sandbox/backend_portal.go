package sandbox

import (
	"context"

	"bursar/services/internal/sandbox/pages"
)

// inPortal runs fn for the customer of a portal session.
func (b backend) inPortal(token string, fn func(t *tx, portal object) error) error {
	return b.change(func(t *tx) error {
		portal, err := t.portalOf(token)
		if err != nil {
			return err
		}
		return fn(t, portal)
	})
}

// Portal returns a customer's portal.
func (b backend) Portal(_ context.Context, token string) (pages.Portal, error) {
	return view(b, func(t *tx) (pages.Portal, error) {
		s, err := t.portalOf(token)
		if err != nil {
			return pages.Portal{}, err
		}
		return t.portalPage(s), nil
	})
}

// Cancel ends a subscription as the portal's configuration says.
func (b backend) Cancel(_ context.Context, token, subscription string, c pages.Cancellation) error {
	return b.inPortal(token, func(t *tx, portal object) error {
		return t.cancelInPortal(portal, subscription, c.Feedback, c.Comment)
	})
}

// Resume takes a cancellation at period end back.
func (b backend) Resume(_ context.Context, token, subscription string) error {
	return b.inPortal(token, func(t *tx, portal object) error {
		sub, err := t.ownSubscription(portal, subscription)
		if err != nil {
			return err
		}
		if !t.may(portal, "subscription_cancel") {
			return pages.ErrNotFound
		}
		if yes(sub, "cancel_at_period_end") {
			t.resume(sub)
			t.emit("customer.subscription.updated", sub)
		}
		return nil
	})
}

// UpdatePlan changes a subscription's price and quantity.
func (b backend) UpdatePlan(_ context.Context, token, subscription string, change pages.PlanChange) error {
	return b.inPortal(token, func(t *tx, portal object) error { return t.updatePlan(portal, subscription, change) })
}

// AddCard saves a card and makes it the default one.
func (b backend) AddCard(_ context.Context, token string, c pages.Card) error {
	return problemOf(b.inPortal(token, func(t *tx, portal object) error {
		if !t.may(portal, "payment_method_update") {
			return pages.ErrNotFound
		}
		card, err := typed(t, c)
		if err != nil {
			return err
		}
		return t.saveCard(str(portal, "customer"), card, c.Name)
	}))
}

// SetDefaultCard charges everything to another card on file.
func (b backend) SetDefaultCard(_ context.Context, token, paymentMethod string) error {
	return b.inPortal(token, func(t *tx, portal object) error {
		pm := t.find("payment_method", paymentMethod)
		if pm == nil || pm["customer"] != portal["customer"] || !t.may(portal, "payment_method_update") {
			return pages.ErrNotFound
		}
		t.makeDefault(str(portal, "customer"), paymentMethod)
		return nil
	})
}

// RemoveCard takes a card off file.
func (b backend) RemoveCard(_ context.Context, token, paymentMethod string) error {
	return b.inPortal(token, func(t *tx, portal object) error {
		if !t.may(portal, "payment_method_update") {
			return pages.ErrNotFound
		}
		return t.removeCard(str(portal, "customer"), paymentMethod)
	})
}

// UpdateBilling changes a customer's details.
func (b backend) UpdateBilling(_ context.Context, token string, n pages.Billing) error {
	return b.inPortal(token, func(t *tx, portal object) error {
		if !t.may(portal, "customer_update") {
			return pages.ErrNotFound
		}
		if n.Email != "" && !validEmail(n.Email) && t.mayUpdate(portal, "email") {
			return &pages.Problem{Field: "email", Message: "Your email is invalid."}
		}
		c := t.edit(str(portal, "customer"))
		for detail, v := range map[string]any{"name": orNil(n.Name), "email": orNil(n.Email), "phone": orNil(n.Phone), "address": addressOrNil(n)} {
			if t.mayUpdate(portal, detail) {
				c[detail] = v
			}
		}
		t.emit("customer.updated", c)
		return nil
	})
}
