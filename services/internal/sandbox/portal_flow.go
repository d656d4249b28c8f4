package sandbox

// flowData asks the portal to open on one of its pages (6.2).
func flowData() *kind {
	after := hash(req("type", oneOf("hosted_confirmation", "portal_homepage", "redirect")), opt("redirect", hash(req("return_url", link))), opt("hosted_confirmation", hash(opt("custom_message", upTo(500)))))
	subscription := req("subscription", reference("subscription"))
	item := hash(req("id", text), opt("price", reference("price")), opt("quantity", atLeast(0)))
	return hash(
		req("type", oneOf("payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm")), opt("after_completion", after),
		opt("subscription_cancel", hash(concat([]param{subscription}, absent("retention"))...)), opt("subscription_update", hash(subscription)),
		opt("subscription_update_confirm", hash(concat([]param{subscription, req("items", atMost(1, item))}, absent("discounts"))...)))
}

// portalFlow sets the session's flow and returns the way to its page.
func (c *call) portalFlow(o object) (string, error) {
	flow := hashAt(c.given, "flow_data")
	if flow == nil {
		return "", nil
	}
	kind := str(flow, "type")
	after, err := afterCompletion(hashAt(flow, "after_completion"))
	if err != nil {
		return "", err
	}
	shown := object{"after_completion": after, "subscription_cancel": nil, "subscription_update": nil, "subscription_update_confirm": nil, "type": kind}
	o["flow"] = shown
	feature := map[string]string{"payment_method_update": "payment_method_update", "subscription_cancel": "subscription_cancel"}[kind]
	if feature == "" {
		feature = "subscription_update"
	}
	if !c.may(o, feature) {
		return "", invalid("flow_data[type]", "", "This flow needs the feature `%s`, which is disabled in the portal configuration.", feature)
	}
	if kind == "payment_method_update" {
		return "/payment-methods/add", nil
	}
	param := nest("flow_data", kind)
	about := hashAt(flow, kind)
	id := str(about, "subscription")
	sub := c.find("subscription", id)
	switch {
	case id == "":
		return "", invalid(param, "parameter_missing", "Missing required param: %s.", param)
	case sub["customer"] != o["customer"]:
		return "", noSuch("subscription", id, nest(param, "subscription"))
	case ended(sub):
		return "", invalid(nest(param, "subscription"), "", "The subscription `%s` is already canceled.", id)
	}
	way := "/subscriptions/" + id
	switch kind {
	case "subscription_cancel":
		shown[kind] = object{"retention": nil, "subscription": id}
		return way + "/cancel", nil
	case "subscription_update":
		shown[kind] = object{"subscription": id}
		return way + "/update", nil
	}
	asked := itemsAt(about, "items")[0].(object)
	item := itemByID(itemsAt(sub, "items.data"), str(asked, "id"))
	if item == nil {
		return "", noSuch("subscription item", str(asked, "id"), nest(param, "items")+"[0][id]")
	}
	price, quantity := str(asked, "price"), num(asked, "quantity")
	if price == "" {
		price = str(item, "price.id")
	}
	if quantity == 0 {
		quantity = num(item, "quantity")
	}
	shown[kind] = object{"discounts": nil, "items": []any{object{"id": asked["id"], "price": price, "quantity": quantity}}, "subscription": id}
	return way + "/update/confirm?price=" + price + "&quantity=" + itoa(quantity), nil
}

// afterCompletion is where a completed flow leads, with every field shown.
func afterCompletion(given object) (object, error) {
	after := object{"hosted_confirmation": nil, "redirect": nil, "type": "portal_homepage"}
	if given == nil {
		return after, nil
	}
	after["type"] = given["type"]
	switch end := str(given, "type"); {
	case end == "redirect" && given["redirect"] == nil:
		return nil, invalid("flow_data[after_completion][redirect]", "parameter_missing", "Missing required param: flow_data[after_completion][redirect].")
	case end == "redirect":
		after["redirect"] = given["redirect"]
	case end == "hosted_confirmation":
		after["hosted_confirmation"] = object{"custom_message": at(given, "hosted_confirmation.custom_message")}
	}
	return after, nil
}
