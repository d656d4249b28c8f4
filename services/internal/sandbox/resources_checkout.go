package sandbox

const sessionBlank = `{"id":"","object":"checkout.session","after_expiration":null,"allow_promotion_codes":null,"amount_subtotal":null,"amount_total":null,"automatic_tax":{"enabled":false,"status":null},"billing_address_collection":null,"cancel_url":null,"client_reference_id":null,"client_secret":null,"consent":null,"consent_collection":null,"created":0,"currency":null,"currency_conversion":null,"custom_fields":[],"custom_text":{"after_submit":null,"shipping_address":null,"submit":null,"terms_of_service_acceptance":null},"customer":null,"customer_creation":null,"customer_details":null,"customer_email":null,"expires_at":0,"invoice":null,"invoice_creation":null,"livemode":false,"locale":null,"metadata":{},"mode":"payment","payment_intent":null,"payment_link":null,"payment_method_collection":"if_required","payment_method_configuration_details":null,"payment_method_options":{},"payment_method_types":["card"],"payment_status":"unpaid","phone_number_collection":{"enabled":false},"recovered_from":null,"return_url":null,"setup_intent":null,"shipping_address_collection":null,"shipping_cost":null,"shipping_details":null,"shipping_options":[],"status":"open","submit_type":null,"subscription":null,"success_url":null,"total_details":{"amount_discount":0,"amount_shipping":0,"amount_tax":0},"ui_mode":"hosted","url":null}`

// methodTypes are the payment methods that Checkout knows. The page takes cards;
// the others are kept on the session.
const methodTypes = "acss_debit affirm afterpay_clearpay alipay au_becs_debit bacs_debit bancontact blik boleto card cashapp customer_balance eps fpx giropay grabpay ideal klarna konbini link oxxo p24 paynow paypal pix promptpay revolut_pay sepa_debit sofort us_bank_account wechat_pay zip"

// checkoutResources are the Checkout Session and its line items.
func checkoutResources() []*resource {
	item := &resource{object: "item", noun: "line item", expand: map[string]string{"price": "price"}, include: map[string]func(*tx, object) any{
		"discounts": func(t *tx, o object) any { return clone(t.sessionLine(str(o, "id"))["_discounts"]) },
		"taxes":     func(t *tx, o object) any { return clone(t.sessionLine(str(o, "id"))["_taxes"]) },
	}}
	return []*resource{sessionResource(), item}
}

func sessionResource() *resource {
	r := &resource{object: "checkout.session", noun: "checkout.session", path: "/v1/checkout/sessions", prefix: "cs_test_", suffix: 58, idParam: "session", blank: sessionBlank,
		expand: map[string]string{"customer": "customer", "invoice": "invoice", "payment_intent": "payment_intent", "payment_link": "", "setup_intent": "setup_intent", "subscription": "subscription",
			"shipping_cost.shipping_rate": "shipping_rate", "shipping_options.shipping_rate": "shipping_rate"},
		include: map[string]func(*tx, object) any{"line_items": sessionLines, "total_details.breakdown": breakdown}}
	r.ops = []operation{
		r.create(sessionParams(), createSession), r.retrieve(),
		r.list(nil, by("customer", text), by("payment_intent", text), by("subscription", text), by("payment_link", text), by("created", span),
			by("status", words("open complete expired")), by("customer_details", hash(req("email", text)))),
		r.listEmbedded("line_items", "line item", func(_ *tx, o object) []any { return itemsAt(o, "_lines") }),
		{"POST", r.path + "/:id/expire", nil, false, func(c *call) (object, error) {
			o, err := r.named(c)
			if err != nil {
				return nil, err
			}
			if o["status"] != "open" {
				return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `%s`.", o["status"])
			}
			o = c.edit(c.vars["id"])
			c.expireSession(o)
			return o, nil
		}},
		{"GET", "/v1/payment_pages/:id", []param{opt("key", text)}, true, func(c *call) (object, error) { return r.named(c) }},
		{"POST", "/v1/payment_pages/:id/confirm", []param{req("payment_method", text), opt("expected_amount", integer), opt("key", text)}, true, confirmPage(r)},
	}
	return r
}

// sessionParams are the parameters of a session (1.1); some have a rule of their
// own in checkRules.
func sessionParams() []param {
	line := hash(opt("price", reference("price")), opt("price_data", priceData()), opt("quantity", atLeast(1)), taxRates("tax_rates"), taxRates("dynamic_tax_rates"),
		opt("adjustable_quantity", hash(req("enabled", boolean), opt("minimum", atLeast(0)), opt("maximum", atLeast(1)))),
		opt("amount", anything), opt("currency", anything), opt("name", anything), opt("description", anything), opt("images", anything))
	intentData := hash(concat([]param{opt("metadata", metadata), opt("description", text), opt("receipt_email", email), opt("setup_future_usage", oneOf("off_session", "on_session")),
		opt("capture_method", oneOf("automatic", "automatic_async", "manual")), opt("shipping", shippingHash), opt("statement_descriptor", upTo(22)), opt("statement_descriptor_suffix", upTo(22)), opt("transfer_group", text)},
		absent("application_fee_amount on_behalf_of transfer_data"))...)
	subscriptionData := hash(concat([]param{opt("trial_period_days", atLeast(1)), opt("trial_end", seconds), opt("metadata", metadata), opt("description", upTo(500)),
		trialSettings, taxRates("default_tax_rates"),
		opt("billing_cycle_anchor", seconds), opt("proration_behavior", oneOf("create_prorations", "none"))},
		absent("application_fee_percent on_behalf_of transfer_data invoice_settings"))...)
	shipping := hash(opt("shipping_rate", reference("shipping_rate")), opt("shipping_rate_data", hash(shippingRateFields...)))
	note := hash(req("message", upTo(1200)))
	return concat(
		[]param{req("mode", oneOf("payment", "setup", "subscription"))},
		owned(opt("line_items", atMost(120, line)), opt("shipping_options", atMost(5, shipping)), customFieldsParam(),
			opt("discounts", atMost(1, hash(opt("coupon", reference("coupon")), opt("promotion_code", reference("promotion_code"))))),
			opt("after_expiration", hash(opt("recovery", hash(req("enabled", boolean), opt("allow_promotion_codes", boolean))))), opt("payment_intent_data", intentData), opt("subscription_data", subscriptionData),
			opt("setup_intent_data", hash(opt("metadata", metadata), opt("description", text))), opt("expires_at", seconds), opt("ui_mode", oneOf("hosted", "embedded")),
			opt("customer_update", hash(opt("address", oneOf("auto", "never")), opt("name", oneOf("auto", "never")), opt("shipping", oneOf("auto", "never")))),
			opt("invoice_creation", hash(concat([]param{req("enabled", boolean), opt("invoice_data", hash(concat([]param{opt("description", text), opt("footer", text), opt("metadata", metadata),
				opt("custom_fields", atMost(4, hash(req("name", upTo(40)), req("value", upTo(140))))), opt("rendering_options", hash(opt("amount_tax_display", oneOf("exclude_tax", "include_inclusive_tax"))))},
				absent("account_tax_ids issuer"))...))})...))),
		[]param{
			opt("success_url", link), opt("cancel_url", link), opt("customer", reference("customer")), opt("customer_email", email), opt("currency", currency),
			opt("customer_creation", oneOf("always", "if_required")), opt("client_reference_id", upTo(200)), opt("metadata", metadata), opt("allow_promotion_codes", boolean),
			opt("payment_method_types", arrayOf(words(methodTypes))), opt("payment_method_collection", oneOf("always", "if_required")),
			opt("billing_address_collection", oneOf("auto", "required")), opt("phone_number_collection", hash(req("enabled", boolean))),
			opt("shipping_address_collection", hash(req("allowed_countries", arrayOf(upTo(2))))), opt("submit_type", oneOf("auto", "book", "donate", "pay")),
			opt("locale", words(locales)), opt("tax_id_collection", hash(req("enabled", boolean))),
			opt("automatic_tax", hash(req("enabled", boolean))),
			opt("consent_collection", hash(opt("promotions", oneOf("auto", "none")), opt("terms_of_service", oneOf("none", "required")))),
			opt("custom_text", hash(opt("after_submit", note), opt("shipping_address", note), opt("submit", note), opt("terms_of_service_acceptance", note))),
			opt("payment_method_options", hash(opt("card", hash(opt("setup_future_usage", oneOf("off_session", "on_session")), opt("request_three_d_secure", oneOf("any", "automatic", "challenge")), opt("statement_descriptor_suffix_kana", text), opt("statement_descriptor_suffix_kanji", text))))),
		},
		owned(opt("payment_method_configuration", text)), absent("return_url redirect_on_completion"))
}

var trialSettings = opt("trial_settings", hash(req("end_behavior", hash(req("missing_payment_method", oneOf("cancel", "create_invoice", "pause"))))))

func taxRates(name string) param { return opt(name, arrayOf(reference("tax_rate"))) }

// priceData describes a price, and with it a product, made on the spot.
func priceData() *kind {
	return hash(concat([]param{req("currency", currency)}, []param{opt("product", reference("product")), opt("product_data", hash(inlineProduct...))}, amountParams)...)
}

// sessionLines are the line items of a session, where they are asked for.
func sessionLines(t *tx, o object) any {
	var data []any
	for _, l := range itemsAt(t.get(str(o, "id")), "_lines") {
		data = append(data, t.view(clone(l).(object)))
	}
	return sublist(data, "/v1/checkout/sessions/"+str(o, "id")+"/line_items")
}

// sessionLine finds a line item, in whichever session it is.
func (t *tx) sessionLine(id string) object {
	for _, row := range t.newest("checkout.session") {
		for _, l := range itemsAt(row.object(), "_lines") {
			if l.(object)["id"] == id {
				return l.(object)
			}
		}
	}
	return nil
}

// breakdown is what a session's discount and taxes are made of.
func breakdown(t *tx, o object) any {
	sums, order := map[string]object{}, []string{}
	add := func(id string, amount int64, what string, v any) {
		if sums[id] == nil {
			sums[id] = object{"amount": int64(0), what: clone(v)}
			order = append(order, id)
		}
		sums[id]["amount"] = num(sums[id], "amount") + amount
	}
	for _, l := range itemsAt(t.get(str(o, "id")), "_lines") {
		for _, d := range itemsAt(l.(object), "_discounts") {
			add(str(d.(object), "discount.id"), num(d.(object), "amount"), "discount", at(d.(object), "discount"))
		}
		for _, x := range itemsAt(l.(object), "_taxes") {
			add(str(x.(object), "rate.id"), num(x.(object), "amount"), "rate", at(x.(object), "rate"))
		}
	}
	discounts, taxes := []any{}, []any{}
	for _, id := range order {
		if sums[id]["rate"] != nil {
			taxes = append(taxes, sums[id])
		} else {
			discounts = append(discounts, sums[id])
		}
	}
	return object{"discounts": discounts, "taxes": taxes}
}

// locales are the languages that the hosted pages may be asked for.
const locales = "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"

// confirmPage completes a session without a browser (1.2).
func confirmPage(r *resource) func(*call) (object, error) {
	return func(c *call) (object, error) {
		o, err := r.named(c)
		if err != nil {
			return nil, err
		}
		if o["status"] != "open" || num(o, "expires_at") <= c.now {
			return nil, invalid("", "", "This Checkout Session is no longer active: it is %s.", o["status"])
		}
		pm, err := c.paymentMethod(str(c.given, "payment_method"), "payment_method")
		if err != nil {
			return nil, err
		}
		if dynamic, _ := taxedByAddress(o); dynamic {
			if err := c.taxBy(c.edit(c.vars["id"]), hashAt(pm, "billing_details.address")); err != nil {
				return nil, err
			}
			o = c.get(c.vars["id"])
		}
		if n, sent := c.given["expected_amount"].(int64); sent && n != num(o, "amount_total") {
			return nil, invalid("expected_amount", "", "The expected amount (%d) does not match the Checkout Session's total (%d).", n, num(o, "amount_total"))
		}
		o = c.edit(c.vars["id"])
		who := contact{email: str(c.get(str(o, "customer")), "email"), name: str(pm, "billing_details.name"), phone: str(pm, "billing_details.phone"), address: hashAt(pm, "billing_details.address")}
		for _, known := range []string{str(o, "customer_email"), str(pm, "billing_details.email"), "guest@example.com"} {
			if who.email == "" {
				who.email = known
			}
		}
		return o, c.confirm(o, str(pm, "id"), who)
	}
}
