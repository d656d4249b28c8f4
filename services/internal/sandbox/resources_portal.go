package sandbox

const portalBlank = `{"id":"","object":"billing_portal.session","configuration":"","created":0,"customer":"","flow":null,"livemode":false,"locale":null,"on_behalf_of":null,"return_url":null,"url":""}`

const configurationBlank = `{"id":"","object":"billing_portal.configuration","active":true,"application":null,"business_profile":{"headline":null,"privacy_policy_url":null,"terms_of_service_url":null},"created":0,"default_return_url":null,"features":{"customer_update":{"allowed_updates":["email","name","address","phone"],"enabled":true},"invoice_history":{"enabled":true},"payment_method_update":{"enabled":true},"subscription_cancel":{"cancellation_reason":{"enabled":true,"options":["too_expensive","missing_features","switched_service","unused","customer_service","too_complex","low_quality","other"]},"enabled":true,"mode":"at_period_end","proration_behavior":"none"},"subscription_pause":{"enabled":false},"subscription_update":{"default_allowed_updates":[],"enabled":false,"proration_behavior":"none"}},"is_default":false,"livemode":false,"login_page":{"enabled":false,"url":null},"metadata":{},"updated":0}`

// portalResources are the billing portal's sessions and configurations.
func portalResources() []*resource {
	configuration := &resource{object: "billing_portal.configuration", noun: "configuration", path: "/v1/billing_portal/configurations", prefix: "bpc_", suffix: 24, idParam: "configuration", blank: configurationBlank,
		expand: map[string]string{"application": ""}}
	configuration.ops = []operation{
		configuration.create(configurationParams(true), createConfiguration), configuration.retrieve(), configuration.list(nil, by("active", boolean), by("is_default", boolean)),
		configuration.update(concat(configurationParams(false), []param{opt("active", boolean)}), updateConfiguration),
	}
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
	if configuration == nil || configuration["active"] != true {
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
