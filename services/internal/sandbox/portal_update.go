package sandbox

import (
	"fmt"
	"slices"

	"bursar/services/internal/sandbox/pages"
)

// planChoices are the plans that a portal's configuration offers.
func (t *tx) planChoices(portal object) []pages.PlanChoice {
	var list []pages.PlanChoice
	if !t.may(portal, "subscription_update") {
		return nil
	}
	for _, e := range itemsAt(t.features(portal), "subscription_update.products") {
		for _, id := range itemsAt(e.(object), "prices") {
			price := t.find("price", id.(string))
			if price != nil && price["active"] == true && price["recurring"] != nil && !metered(price) {
				list = append(list, t.planChoice(price))
			}
		}
	}
	return list
}

func (t *tx) planChoice(price object) pages.PlanChoice {
	return pages.PlanChoice{Price: str(price, "id"), Name: t.productName(price), Amount: fmt.Sprintf("%s per %s", t.unitOf(price), interval(price)), Currency: str(price, "currency")}
}

// allowsUpdate reports whether the portal lets a customer change a plan's price
// or quantity.
func (t *tx) allowsUpdate(portal object, what string) bool {
	return t.may(portal, "subscription_update") && slices.Contains(itemsAt(t.features(portal), "subscription_update.default_allowed_updates"), any(what))
}

// updatePlan changes a subscription's only item as the configuration, or the
// flow that the session was made for, allows (3.6). A trial ends with it.
func (t *tx) updatePlan(portal object, id string, change pages.PlanChange) error {
	sub, err := t.ownSubscription(portal, id)
	if err != nil {
		return err
	}
	items := clone(itemsAt(sub, "items.data")).([]any)
	price := t.find("price", change.Price)
	switch {
	case len(items) != 1 || !t.may(portal, "subscription_update") || price == nil || price["recurring"] == nil:
		return pages.ErrNotFound
	case price["currency"] != sub["currency"]:
		return &pages.Problem{Message: "This plan is in another currency. Ask the merchant to change it for you."}
	case change.Quantity < 1 || change.Quantity > 999_999 || t.lineAmount(price, change.Quantity) > maxAmount:
		return &pages.Problem{Field: "quantity", Message: "Choose another quantity."}
	}
	item := items[0].(object)
	if !t.flowAllows(portal, item, change) {
		if change.Price != str(item, "price.id") && (!t.allowsUpdate(portal, "price") || !slices.ContainsFunc(t.planChoices(portal), func(c pages.PlanChoice) bool { return c.Price == change.Price })) ||
			change.Quantity != num(item, "quantity") && !t.allowsUpdate(portal, "quantity") {
			return pages.ErrNotFound
		}
	}
	fresh := t.newItem(id, cart{price: price, quantity: change.Quantity})
	item["price"], item["plan"], item["quantity"] = fresh["price"], fresh["plan"], fresh["quantity"]
	trial := sub["status"] == "trialing"
	inv, err := t.changeItems(sub, items, str(t.features(portal), "subscription_update.proration_behavior"), t.now)
	if err != nil {
		return err
	}
	if trial {
		inv = t.changeTrial(sub, t.now)
	}
	t.emit("customer.subscription.updated", sub)
	if inv != nil {
		t.collectNow(inv)
	}
	return nil
}

// flowAllows reports whether the session was made to confirm just this change.
func (t *tx) flowAllows(portal, item object, change pages.PlanChange) bool {
	for _, e := range itemsAt(portal, "flow.subscription_update_confirm.items") {
		asked := e.(object)
		if asked["id"] == item["id"] && asked["price"] == change.Price && num(asked, "quantity") == change.Quantity {
			return true
		}
	}
	return false
}
