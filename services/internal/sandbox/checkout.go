package sandbox

import (
	"slices"
	"strings"
)

// createSession freezes the prices, checks what Stripe checks, and opens the
// session (3.2). It makes no event of its own.
func createSession(c *call, o object) error {
	if err := checkRules(c); err != nil {
		return err
	}
	mode := str(o, "mode")
	keepForLater(c, o)
	lines, err := c.freeze(mode)
	if err != nil {
		return err
	}
	o["_lines"] = lines
	if err := c.priceSession(o); err != nil {
		return err
	}
	if err := c.keepCustomFields(o); err != nil {
		return err
	}
	o["expires_at"] = c.now + day
	if at := num(c.given, "expires_at"); at > 0 {
		o["expires_at"] = at
	}
	switch mode {
	case "payment":
		if o["customer"] == nil && o["customer_creation"] == nil {
			o["customer_creation"] = "if_required"
		}
		blank := object{"account_tax_ids": nil, "custom_fields": nil, "description": nil, "footer": nil, "issuer": nil, "metadata": object{}, "rendering_options": nil}
		wanted := hashAt(c.given, "invoice_creation")
		for k, v := range hashAt(wanted, "invoice_data") {
			blank[k] = v
		}
		o["invoice_creation"] = object{"enabled": yes(wanted, "enabled"), "invoice_data": blank}
	case "subscription":
		if o["payment_method_collection"] == "if_required" && !c.has("payment_method_collection") {
			o["payment_method_collection"] = "always"
		}
	case "setup":
		o["payment_status"], o["amount_subtotal"], o["amount_total"] = "no_payment_required", nil, nil
		o["payment_method_collection"] = "always"
	}
	switch types := itemsAt(o, "payment_method_types"); {
	case len(types) == 0:
		o["payment_method_types"] = []any{"card"}
	case !slices.Contains(types, any("card")):
		return refused("payment_method_types", "a checkout without cards")
	}
	if id := str(c.given, "payment_method_configuration"); id != "" {
		o["payment_method_configuration_details"] = object{"id": id, "parent": nil}
	}
	o["url"] = c.srv.o.URL + "/c/pay/" + str(o, "id")
	c.insert(o)
	c.schedule(o, num(o, "expires_at"))
	return nil
}

// keepForLater notes the parameters that matter when the session is paid.
func keepForLater(c *call, o object) {
	for _, data := range []string{"payment_intent_data", "subscription_data", "setup_intent_data", "customer_update"} {
		if h := hashAt(c.given, data); h != nil {
			o["_"+data] = h
		}
	}
	if h := hashAt(c.given, "tax_id_collection"); h != nil {
		o["tax_id_collection"] = h // absent, not null, when it was not asked for
	}
	if recovery := hashAt(c.given, "after_expiration.recovery"); recovery != nil {
		o["after_expiration"] = object{"recovery": object{"allow_promotion_codes": yes(recovery, "allow_promotion_codes"), "enabled": yes(recovery, "enabled"), "expires_at": nil, "url": nil}}
	}
}

// checkRules are the rules between a session's parameters (2.5).
func checkRules(c *call) error {
	mode := str(c.given, "mode")
	belongs := map[string]string{"payment_intent_data": "payment", "subscription_data": "subscription", "setup_intent_data": "setup", "invoice_creation": "payment", "customer_creation": "payment"}
	for name, only := range belongs {
		if c.has(name) && mode != only && (name != "customer_creation" || mode == "subscription") {
			return invalid(name, "", "You can not pass `%s` in `%s` mode.", name, mode)
		}
	}
	expires, configuration := num(c.given, "expires_at"), str(c.given, "payment_method_configuration")
	switch {
	case configuration != "" && !strings.HasPrefix(configuration, "pmc_"): // no resource holds them: any id of the form is taken
		return noSuch("payment_method_configuration", configuration, "payment_method_configuration")
	case str(c.given, "ui_mode") == "embedded":
		return refused("ui_mode", "embedded checkout: leave `ui_mode` out to use the hosted page")
	case !c.has("success_url"):
		return invalid("success_url", "parameter_missing", "Missing required param: success_url.")
	case c.has("customer") && c.has("customer_email"):
		return invalid("customer_email", "", "You may only specify one of these parameters: customer, customer_email.")
	case c.has("customer") && c.has("customer_creation"):
		return invalid("customer_creation", "", "You may only specify one of these parameters: customer, customer_creation.")
	case c.has("customer_update") && !c.has("customer"):
		return invalid("customer_update", "", "`customer_update` can only be used with `customer`.")
	case expires > 0 && expires < c.now+30*60:
		return invalid("expires_at", "", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")
	case expires > c.now+day:
		return invalid("expires_at", "", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")
	case mode == "setup" && len(itemsAt(c.given, "line_items")) > 0:
		return invalid("line_items", "", "You can not pass `line_items` in `setup` mode.")
	case mode != "setup" && len(itemsAt(c.given, "line_items")) == 0:
		return invalid("line_items", "parameter_missing", "Missing required param: line_items.")
	case mode == "setup" && !c.has("customer") && !c.has("currency") && !c.has("payment_method_types"):
		return nil
	}
	return checkTrial(c)
}

func checkTrial(c *call) error {
	data := hashAt(c.given, "subscription_data")
	end := num(data, "trial_end")
	switch {
	case end > 0 && num(data, "trial_period_days") > 0:
		return invalid("subscription_data[trial_end]", "", "You may only specify one of these parameters: trial_end, trial_period_days.")
	case end > 0 && end < c.now+2*day:
		return invalid("subscription_data[trial_end]", "", "The `trial_end` date has to be at least 2 days in the future.")
	case num(data, "trial_period_days") > 730:
		return invalid("subscription_data[trial_period_days]", "", "Trials can be at most 730 days.")
	}
	return nil
}
