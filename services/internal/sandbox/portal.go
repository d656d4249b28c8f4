package sandbox

import (
	"bursar/services/internal/sandbox/pages"
)

// portalLife is how long a portal session's address works.
const portalLife = 24 * hour

// portalOf finds a live portal session by the token in its address.
func (t *tx) portalOf(token string) (object, error) {
	for s := range t.where("billing_portal.session", "_token", token) {
		if t.now < num(s, "created")+portalLife && t.find("customer", str(s, "customer")) != nil {
			return s, nil
		}
	}
	return nil, pages.ErrNotFound
}

// ownSubscription is a customer's running subscription to change.
func (t *tx) ownSubscription(portal object, id string) (object, error) {
	sub := t.find("subscription", id)
	if sub == nil || sub["customer"] != portal["customer"] || ended(sub) {
		return nil, pages.ErrNotFound
	}
	return t.edit(id), nil
}

func (t *tx) features(portal object) object {
	return hashAt(t.get(str(portal, "configuration")), "features")
}

// cancelInPortal ends a subscription as the configuration says (3.6). A survey's
// answer comes as a second update, as Stripe sends it.
func (t *tx) cancelInPortal(portal object, id, reason, comment string) error {
	sub, err := t.ownSubscription(portal, id)
	if err != nil {
		return err
	}
	if !t.may(portal, "subscription_cancel") {
		return pages.ErrNotFound
	}
	survey := object{"feedback": orNil(reason), "comment": orNil(comment)}
	if str(t.features(portal), "subscription_cancel.mode") == "immediately" {
		behavior := str(t.features(portal), "subscription_cancel.proration_behavior")
		t.endWithBill(sub, behavior == "create_prorations" || behavior == "always_invoice", behavior == "always_invoice", merge(survey, object{"reason": "cancellation_requested"}))
		return nil
	}
	t.cancelLater(sub, num(sub, "current_period_end"), true, nil)
	t.emit("customer.subscription.updated", sub)
	if reason != "" || comment != "" {
		sub["cancellation_details"] = merge(cloneObject(hashAt(sub, "cancellation_details")), survey)
		t.emit("customer.subscription.updated", sub)
	}
	return nil
}

// saveCard attaches a card and makes it what the customer's subscriptions are
// charged to (3.6). The portal does not answer challenges: a card that asks for
// one when it is saved counts as having passed it.
func (t *tx) saveCard(customer string, card heldCard, name string) error {
	seti := t.newSetup(customer)
	pm := t.fresh("payment_method")
	dressMethod(pm, card)
	hashAt(pm, "billing_details")["name"] = orNil(name)
	t.insert(pm)
	if err := t.setUp(seti, payment{method: str(pm, "id"), authenticated: true}); err != nil {
		return err
	}
	t.makeDefault(customer, str(pm, "id"))
	return nil
}

// makeDefault charges a customer's subscriptions to a card from now on.
func (t *tx) makeDefault(customer, method string) {
	c := t.edit(customer)
	settings := cloneObject(hashAt(c, "invoice_settings"))
	settings["default_payment_method"] = method
	c["invoice_settings"] = settings
	t.emit("customer.updated", c)
	for sub := range t.where("subscription", "customer", customer) {
		if !ended(sub) && sub["default_payment_method"] != nil {
			sub = t.edit(str(sub, "id"))
			sub["default_payment_method"] = method
			t.emit("customer.subscription.updated", sub)
		}
	}
}

// defaultMethod is the card a customer's next charge goes to.
func (t *tx) defaultMethod(customer string) string {
	if id := str(t.get(customer), "invoice_settings.default_payment_method"); id != "" {
		return id
	}
	for sub := range t.where("subscription", "customer", customer) {
		if id := str(sub, "default_payment_method"); id != "" && !ended(sub) {
			return id
		}
	}
	return ""
}

func (t *tx) hasRunning(customer string) bool {
	for sub := range t.where("subscription", "customer", customer) {
		if !ended(sub) {
			return true
		}
	}
	return false
}

// removeCard detaches a card; the default one stays while a subscription needs it.
func (t *tx) removeCard(customer, method string) error {
	pm := t.find("payment_method", method)
	if pm == nil || pm["customer"] != customer {
		return pages.ErrNotFound
	}
	if t.defaultMethod(customer) == method && t.hasRunning(customer) {
		return &pages.Problem{Message: "This card pays for your subscription. Add another card and make it the default one first."}
	}
	t.detach(method)
	return nil
}
