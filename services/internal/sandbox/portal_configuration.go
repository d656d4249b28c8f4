package sandbox

import "slices"

// configurationParams are what the portal lets a customer do; a new
// configuration has to say it.
func configurationParams(creating bool) []param {
	updates := arrayOf(oneOf("address", "email", "name", "phone", "shipping", "tax_id"))
	features := hash(
		opt("customer_update", hash(req("enabled", boolean), opt("allowed_updates", updates))),
		opt("invoice_history", hash(req("enabled", boolean))),
		opt("payment_method_update", hash(req("enabled", boolean))),
		opt("subscription_cancel", hash(req("enabled", boolean), opt("mode", oneOf("at_period_end", "immediately")), opt("proration_behavior", oneOf("always_invoice", "create_prorations", "none")),
			opt("cancellation_reason", hash(req("enabled", boolean), opt("options", arrayOf(feedback)))))),
		opt("subscription_pause", hash(opt("enabled", boolean))),
		opt("subscription_update", hash(req("enabled", boolean), opt("default_allowed_updates", arrayOf(oneOf("price", "promotion_code", "quantity"))), opt("proration_behavior", oneOf("always_invoice", "create_prorations", "none")),
			opt("products", arrayOf(hash(req("product", reference("product")), req("prices", arrayOf(reference("price")))))))),
	)
	profile := hash(opt("headline", upTo(60)), opt("privacy_policy_url", link), opt("terms_of_service_url", link))
	shared := []param{opt("default_return_url", link), opt("login_page", hash(req("enabled", boolean))), opt("metadata", metadata)}
	if creating {
		return concat([]param{req("features", features), req("business_profile", profile)}, shared)
	}
	return concat([]param{opt("features", features), opt("business_profile", profile)}, shared)
}

// createConfiguration makes a configuration that allows what it was told, and
// nothing else.
func createConfiguration(c *call, o object) error {
	blank := c.fresh("billing_portal.configuration")
	features := hashAt(blank, "features")
	for _, f := range features {
		f.(object)["enabled"] = false
	}
	features["customer_update"].(object)["allowed_updates"] = []any{}
	hashAt(features, "subscription_cancel.cancellation_reason")["enabled"] = false
	blank["features"] = features
	if err := echo(blank, c.given, configurationParams(true)); err != nil {
		return err
	}
	o["features"], o["updated"] = blank["features"], c.now
	if err := checkFeatures(o); err != nil {
		return err
	}
	first := true
	for range c.each("billing_portal.configuration") {
		first = false
	}
	o["is_default"] = first
	c.insert(o)
	c.emit("billing_portal.configuration.created", o)
	return nil
}

func updateConfiguration(c *call, o object) error {
	if o["is_default"] == true && o["active"] != true {
		return invalid("active", "", "The default configuration cannot be deactivated.")
	}
	if err := checkFeatures(o); err != nil {
		return err
	}
	o["updated"] = c.now
	c.emit("billing_portal.configuration.updated", o)
	return nil
}

// checkFeatures puts what was unset back to its default and holds the rules
// between features.
func checkFeatures(o object) error {
	features := hashAt(o, "features")
	for field, unset := range map[string]any{"mode": "at_period_end", "proration_behavior": "none"} {
		if h := hashAt(features, "subscription_cancel"); h[field] == nil {
			h[field] = unset
		}
	}
	for field, unset := range map[string]any{"proration_behavior": "none", "default_allowed_updates": []any{}} {
		if h := hashAt(features, "subscription_update"); h[field] == nil {
			h[field] = unset
		}
	}
	if h := hashAt(features, "subscription_update"); h["products"] == nil && yes(h, "enabled") {
		return invalid("features[subscription_update][products]", "parameter_missing", "Missing required param: features[subscription_update][products].")
	}
	switch {
	case yes(features, "subscription_pause.enabled"):
		return refused("features[subscription_pause][enabled]", "pausing in the portal")
	case yes(o, "login_page.enabled"):
		return refused("login_page[enabled]", "a login page of the portal")
	}
	if reasons := hashAt(features, "subscription_cancel.cancellation_reason"); reasons["options"] == nil {
		reasons["options"] = []any{}
	}
	if h := hashAt(features, "customer_update"); h["allowed_updates"] == nil {
		h["allowed_updates"] = []any{}
	}
	return nil
}

// may reports whether a portal session's configuration has a feature.
func (t *tx) may(portal object, feature string) bool {
	return yes(t.features(portal), feature+".enabled")
}

// mayUpdate reports whether a customer may change one of their details.
func (t *tx) mayUpdate(portal object, detail string) bool {
	return t.may(portal, "customer_update") && slices.Contains(itemsAt(t.features(portal), "customer_update.allowed_updates"), any(detail))
}
