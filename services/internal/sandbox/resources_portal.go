package sandbox

const portalBlank = `{"id":"","object":"billing_portal.session","configuration":"","created":0,"customer":"","flow":null,"livemode":false,"locale":null,"on_behalf_of":null,"return_url":null,"url":""}`

const configurationBlank = `{"id":"","object":"billing_portal.configuration","active":true,"application":null,"business_profile":{"headline":null,"privacy_policy_url":null,"terms_of_service_url":null},"created":0,"default_return_url":null,"features":{"customer_update":{"allowed_updates":["email","name","address","phone"],"enabled":true},"invoice_history":{"enabled":true},"payment_method_update":{"enabled":true},"subscription_cancel":{"cancellation_reason":{"enabled":true,"options":["too_expensive","missing_features","switched_service","unused","customer_service","too_complex","low_quality","other"]},"enabled":true,"mode":"at_period_end","proration_behavior":"none"},"subscription_pause":{"enabled":false},"subscription_update":{"default_allowed_updates":[],"enabled":false,"proration_behavior":"none"}},"is_default":false,"livemode":false,"login_page":{"enabled":false,"url":null},"metadata":{},"updated":0}`

// portalResources are the billing portal's sessions and configurations.
func portalResources() []*resource {
	configuration := &resource{object: "billing_portal.configuration", noun: "configuration", path: "/v1/billing_portal/configurations", prefix: "bpc_", suffix: 24, idParam: "configuration", blank: configurationBlank,
		expand: map[string]string{"application": ""}}
	configuration.ops = []operation{configuration.retrieve(), configuration.list(nil, by("active", boolean), by("is_default", boolean))}
	session := &resource{object: "billing_portal.session", noun: "portal session", path: "/v1/billing_portal/sessions", prefix: "bps_", suffix: 24, idParam: "id", blank: portalBlank,
		expand: map[string]string{"configuration": "billing_portal.configuration"}}
	params := concat([]param{req("customer", reference("customer")), opt("configuration", reference("billing_portal.configuration")), opt("return_url", link), opt("locale", words(locales)),
		own(opt("flow_data", flowData()))}, absent("on_behalf_of"))
	session.ops = []operation{session.create(params, createPortal)}
	return []*resource{configuration, session}
}

// createPortal opens a customer's portal on the given configuration, or on the
// default one (2.9).
func createPortal(c *call, o object) error {
	if o["configuration"] == "" || o["configuration"] == nil {
		for configuration := range c.where("billing_portal.configuration", "is_default", true) {
			o["configuration"] = configuration["id"]
		}
	}
	configuration := c.find("billing_portal.configuration", str(o, "configuration"))
	if configuration == nil {
		return invalid("", "", "No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.")
	}
	if o["return_url"] == nil {
		o["return_url"] = configuration["default_return_url"]
	}
	token := "test_" + randomText(43)
	way, err := c.portalFlow(o)
	if err != nil {
		return err
	}
	o["_token"], o["url"] = token, c.srv.o.URL+"/p/session/"+token+way
	c.insert(o)
	c.emit("billing_portal.session.created", o)
	return nil
}

// flowData asks the portal to open on one of its pages (6.2).
func flowData() kind {
	after := hash(concat([]param{req("type", oneOf("portal_homepage", "redirect", "hosted_confirmation"))}, absent("redirect hosted_confirmation"))...)
	return hash(concat([]param{
		req("type", oneOf("payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm")), opt("after_completion", after),
		opt("subscription_cancel", hash(concat([]param{req("subscription", reference("subscription"))}, absent("retention"))...)),
	}, absent("subscription_update subscription_update_confirm"))...)
}

// portalFlow sets the session's flow and returns the way to its page.
func (c *call) portalFlow(o object) (string, error) {
	flow := hashAt(c.given, "flow_data")
	if flow == nil {
		return "", nil
	}
	shown := object{"after_completion": object{"hosted_confirmation": nil, "redirect": nil, "type": "portal_homepage"}, "subscription_cancel": nil,
		"subscription_update": nil, "subscription_update_confirm": nil, "type": flow["type"]}
	o["flow"] = shown
	if after := str(flow, "after_completion.type"); after != "" && after != "portal_homepage" {
		return "", refused("flow_data[after_completion][type]", "portal flows that end with `%s`", after)
	}
	switch flow["type"] {
	case "payment_method_update":
		return "/payment-methods/add", nil
	case "subscription_cancel":
		id := str(flow, "subscription_cancel.subscription")
		sub := c.find("subscription", id)
		switch {
		case id == "":
			return "", invalid("flow_data[subscription_cancel]", "parameter_missing", "Missing required param: flow_data[subscription_cancel].")
		case sub["customer"] != o["customer"]:
			return "", noSuch("subscription", id, "flow_data[subscription_cancel][subscription]")
		case ended(sub):
			return "", invalid("flow_data[subscription_cancel][subscription]", "", "The subscription `%s` is already canceled.", id)
		}
		shown["subscription_cancel"] = object{"retention": nil, "subscription": id}
		return "/subscriptions/" + id + "/cancel", nil
	}
	return "", refused("flow_data[type]", "plan changes in the portal")
}
