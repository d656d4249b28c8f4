package sandbox

const subscriptionBlank = `{"id":"","object":"subscription","application":null,"application_fee_percent":null,"automatic_tax":{"enabled":false},"billing_cycle_anchor":0,"billing_cycle_anchor_config":null,"billing_thresholds":null,"cancel_at":null,"cancel_at_period_end":false,"canceled_at":null,"cancellation_details":{"comment":null,"feedback":null,"reason":null},"collection_method":"charge_automatically","created":0,"currency":"","current_period_end":0,"current_period_start":0,"customer":"","days_until_due":null,"default_payment_method":null,"default_source":null,"default_tax_rates":[],"description":null,"discount":null,"discounts":[],"ended_at":null,"items":{},"latest_invoice":null,"livemode":false,"metadata":{},"next_pending_invoice_item_invoice":null,"on_behalf_of":null,"pause_collection":null,"payment_settings":{"payment_method_options":null,"payment_method_types":null,"save_default_payment_method":"off"},"pending_invoice_item_interval":null,"pending_setup_intent":null,"pending_update":null,"schedule":null,"start_date":0,"status":"incomplete","test_clock":null,"transfer_data":null,"trial_end":null,"trial_settings":{"end_behavior":{"missing_payment_method":"create_invoice"}},"trial_start":null}`

const invoiceBlank = `{"id":"","object":"invoice","account_country":"IE","account_name":"Kettle & Crane","account_tax_ids":null,"amount_due":0,"amount_paid":0,"amount_remaining":0,"amount_shipping":0,"application":null,"application_fee_amount":null,"attempt_count":0,"attempted":false,"auto_advance":true,"automatic_tax":{"enabled":false,"status":null},"billing_reason":"manual","charge":null,"collection_method":"charge_automatically","created":0,"currency":"","custom_fields":null,"customer":null,"customer_address":null,"customer_email":null,"customer_name":null,"customer_phone":null,"customer_shipping":null,"customer_tax_exempt":"none","customer_tax_ids":[],"default_payment_method":null,"default_source":null,"default_tax_rates":[],"description":null,"discount":null,"discounts":[],"due_date":null,"effective_at":null,"ending_balance":null,"footer":null,"from_invoice":null,"hosted_invoice_url":null,"invoice_pdf":null,"issuer":{"type":"self"},"last_finalization_error":null,"latest_revision":null,"lines":{"object":"list","data":[],"has_more":false,"url":""},"livemode":false,"metadata":{},"next_payment_attempt":null,"number":null,"on_behalf_of":null,"paid":false,"paid_out_of_band":false,"payment_intent":null,"payment_settings":{"default_mandate":null,"payment_method_options":null,"payment_method_types":null},"period_end":0,"period_start":0,"post_payment_credit_notes_amount":0,"pre_payment_credit_notes_amount":0,"quote":null,"receipt_number":null,"rendering":null,"rendering_options":null,"shipping_cost":null,"shipping_details":null,"starting_balance":0,"statement_descriptor":null,"status":"draft","status_transitions":{"finalized_at":null,"marked_uncollectible_at":null,"paid_at":null,"voided_at":null},"subscription":null,"subscription_details":{"metadata":null},"subtotal":0,"subtotal_excluding_tax":0,"tax":null,"test_clock":null,"total":0,"total_discount_amounts":[],"total_excluding_tax":0,"total_tax_amounts":[],"transfer_data":null,"webhooks_delivered_at":null}`

// billingResources are subscriptions and invoices, and what is inside them.
func billingResources() []*resource {
	return []*resource{
		subscriptionResource(), invoiceResource(), invoiceItemResource(),
		{object: "subscription_item", expand: map[string]string{"price": "price", "plan": "plan"}},
		{object: "line_item", expand: map[string]string{"price": "price", "plan": "plan", "discounts": ""}},
		{object: "plan", expand: map[string]string{"product": "product"}},
	}
}

var (
	collection = oneOf("charge_automatically", "send_invoice")
	feedback   = words("customer_service low_quality missing_features other switched_service too_complex too_expensive unused")

	cancellationDetails = opt("cancellation_details", hash(opt("comment", text), opt("feedback", feedback)))
)

func subscriptionResource() *resource {
	r := &resource{object: "subscription", noun: "subscription", path: "/v1/subscriptions", prefix: "sub_", suffix: 24, idParam: "id", blank: subscriptionBlank,
		expand: map[string]string{"application": "", "customer": "customer", "default_payment_method": "payment_method", "default_source": "card", "latest_invoice": "invoice", "on_behalf_of": "account",
			"pending_setup_intent": "setup_intent", "schedule": "", "test_clock": "", "items": "list", "plan": "plan", "discounts": ""},
		sublists: []string{"items"},
		search:   searchFields("created:n status:s canceled_at:n")}
	listed := r.list(func(c *call, o object) bool { return c.has("status") || o["status"] != "canceled" },
		by("customer", text), by("collection_method", collection), by("created", span), by("current_period_start", span), by("current_period_end", span), by("test_clock", text),
		filter{opt("price", text), func(_ *tx, o object, v any) bool { return hasPrice(o, v) }},
		filter{opt("plan", text), func(_ *tx, o object, v any) bool { return hasPrice(o, v) }},
		filter{opt("status", words("active all canceled ended incomplete incomplete_expired past_due paused trialing unpaid")), statusMatches})
	r.ops = []operation{
		r.retrieve(), listed, r.searchable(), r.update(subscriptionUpdate(), updateSubscription),
		{"DELETE", r.path + "/:id", concat([]param{cancellationDetails, opt("invoice_now", boolean), opt("prorate", boolean)}), false, deleteSubscription(r)},
		r.deleteDiscount(),
	}
	return r
}

func hasPrice(sub object, price any) bool {
	for _, i := range itemsAt(sub, "items.data") {
		if at(i.(object), "price.id") == price {
			return true
		}
	}
	return false
}

func statusMatches(_ *tx, o object, v any) bool {
	switch v {
	case "all":
		return true
	case "ended":
		return ended(o)
	}
	return o["status"] == v
}

// chooseMethod sets what a subscription is charged to.
func (c *call) chooseMethod(o object, id any) error {
	if id == nil {
		o["default_payment_method"] = nil
		return nil
	}
	pm, err := c.paymentMethod(id.(string), "default_payment_method")
	if err != nil {
		return err
	}
	if pm["customer"] != o["customer"] {
		return invalid("default_payment_method", "resource_missing", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
	}
	o["default_payment_method"] = pm["id"]
	return nil
}

func invoiceResource() *resource {
	r := &resource{object: "invoice", noun: "invoice", path: "/v1/invoices", prefix: "in_", suffix: 24, idParam: "invoice", blank: invoiceBlank,
		expand: map[string]string{"application": "", "charge": "charge", "customer": "customer", "default_payment_method": "payment_method", "default_source": "card", "payment_intent": "payment_intent",
			"subscription": "subscription", "quote": "", "test_clock": "", "on_behalf_of": "account", "latest_revision": "invoice", "lines": "list", "discounts": ""},
		sublists: []string{"lines"},
		search:   searchFields("created:n currency:s customer:s number:s receipt_number:s status:s subscription:s total:n")}
	r.ops = []operation{
		r.retrieve(), r.searchable(),
		r.list(nil, by("customer", text), by("subscription", text), by("status", words("draft open paid uncollectible void")), by("collection_method", collection), by("created", span), by("due_date", span)),
		r.listEmbedded("lines", "line item", func(_ *tx, o object) []any { return itemsAt(o, "lines.data") }),
	}
	return r
}
