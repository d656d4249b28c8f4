package sandbox

// subscriptionUpdate are the parameters of POST /v1/subscriptions/:id (3.6).
func subscriptionUpdate() []param {
	item := hash(concat([]param{opt("id", text), opt("price", reference("price")), opt("price_data", priceData()), opt("quantity", atLeast(0)), opt("deleted", boolean), opt("clear_usage", boolean),
		opt("metadata", metadata), taxRates("tax_rates")}, absent("billing_thresholds plan"))...)
	return concat(owned(opt("cancel_at_period_end", boolean), opt("cancel_at", seconds), opt("default_payment_method", text), cancellationDetails,
		opt("items", atMost(20, item)), opt("proration_behavior", oneOf("always_invoice", "create_prorations", "none")), opt("proration_date", seconds),
		opt("trial_end", moment), opt("pause_collection", hash(req("behavior", oneOf("keep_as_draft", "mark_uncollectible", "void")), opt("resumes_at", seconds))),
		opt("coupon", reference("coupon")), opt("promotion_code", reference("promotion_code")), taxRates("default_tax_rates"),
		opt("payment_behavior", oneOf("allow_incomplete"))),
		[]param{opt("metadata", metadata), opt("description", upTo(500)), trialSettings},
		absent("billing_cycle_anchor collection_method days_until_due discounts automatic_tax add_invoice_items billing_thresholds default_source off_session payment_settings pending_invoice_item_interval application_fee_percent on_behalf_of transfer_data trial_from_plan"))
}

// updateSubscription is what can be changed of a running subscription (3.6).
func updateSubscription(c *call, o object) error {
	if ended(o) && len(c.given) > 0 {
		return invalid("", "", "A canceled subscription can only update its cancellation_details and metadata.")
	}
	if id, sent := c.given["default_payment_method"]; sent {
		if err := c.chooseMethod(o, id); err != nil {
			return err
		}
	}
	if err := c.changeTerms(o); err != nil {
		return err
	}
	if err := c.changeEnd(o); err != nil {
		return err
	}
	var inv object
	if _, sent := c.given["items"]; sent {
		items, err := c.newItems(o)
		if err != nil {
			return err
		}
		when := c.now
		if at := num(c.given, "proration_date"); at > 0 {
			when = min(max(at, num(o, "current_period_start")), c.now)
		}
		if inv, err = c.changeItems(o, items, str(c.given, "proration_behavior"), when); err != nil {
			return err
		}
	}
	if end, sent := c.given["trial_end"].(int64); sent {
		if end > c.now+5*365*day {
			return invalid("trial_end", "", "The `trial_end` date can be at most 5 years in the future.")
		}
		if first := c.changeTrial(o, end); first != nil {
			inv = first
		}
	}
	c.emit("customer.subscription.updated", o)
	if inv != nil {
		c.collectNow(inv)
	}
	return nil
}

// collectNow finalizes a draft and charges it at once.
func (t *tx) collectNow(inv object) {
	t.schedule(inv, 0)
	t.invoiceDue(inv)
}

// changeTerms is the discount, the default tax rates and a pause of collection.
func (c *call) changeTerms(o object) error {
	if _, sent := c.given["default_tax_rates"]; sent {
		o["default_tax_rates"] = c.rates(itemsAt(c.given, "default_tax_rates"))
	}
	if v, sent := c.given["pause_collection"]; sent {
		o["pause_collection"] = nil
		if h, ok := v.(object); ok {
			if at := num(h, "resumes_at"); at > 0 && at <= c.now {
				return invalid("pause_collection[resumes_at]", "", "`resumes_at` must be in the future.")
			}
			o["pause_collection"] = object{"behavior": h["behavior"], "resumes_at": h["resumes_at"]}
		}
		c.scheduleSubscription(o)
	}
	return c.changeDiscount(o)
}

// changeDiscount gives a subscription or a customer another coupon, or none.
func (c *call) changeDiscount(o object) error {
	id, sent := c.given["coupon"]
	code := c.find("promotion_code", str(c.given, "promotion_code"))
	switch {
	case !sent && code == nil:
		return nil
	case sent && code != nil && id != nil:
		return invalid("coupon", "", "You may only specify one of these parameters: coupon, promotion_code.")
	case code != nil:
		id = at(code, "coupon.id")
	}
	if hashAt(o, "discount") != nil {
		c.endDiscount(o)
	}
	if id == nil {
		return nil
	}
	coupon := c.find("coupon", id.(string))
	switch {
	case coupon == nil || !c.canBeUsed(coupon) || code != nil && !c.codeCanBeActive(code):
		return invalid("coupon", "coupon_expired", "This coupon is no longer valid.")
	case coupon["currency"] != nil && o["currency"] != nil && coupon["currency"] != o["currency"]:
		return invalid("coupon", "", "The coupon is in `%s`. This doesn't match the expected currency: `%s`.", coupon["currency"], o["currency"])
	}
	d := c.newDiscount(coupon, code)
	c.redeem(d)
	if o["object"] == "subscription" {
		c.discounted(o, d)
		return nil
	}
	d["customer"] = o["id"]
	o["discount"] = d
	if coupon["duration"] != "once" {
		c.tell("customer.discount.created", d, nil)
	}
	return nil
}

// changeEnd plans a cancellation, takes it back, or says why there is one.
func (c *call) changeEnd(o object) error {
	details := hashAt(c.given, "cancellation_details")
	atEnd, sentEnd := c.given["cancel_at_period_end"].(bool)
	when, sentAt := c.given["cancel_at"]
	switch {
	case sentEnd && sentAt && when != nil && atEnd:
		return invalid("cancel_at", "", "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
	case sentEnd && atEnd && !yes(o, "cancel_at_period_end"):
		c.cancelLater(o, num(o, "current_period_end"), true, details)
	case sentAt && when != nil:
		if when.(int64) <= c.now {
			return invalid("cancel_at", "", "`cancel_at` must be in the future.")
		}
		c.cancelLater(o, when.(int64), false, details)
	case sentEnd && !atEnd && yes(o, "cancel_at_period_end"), sentAt && when == nil && o["cancel_at"] != nil:
		c.resume(o)
	case details != nil:
		o["cancellation_details"] = merge(cloneObject(hashAt(o, "cancellation_details")), details)
	}
	return nil
}

// newItems are a subscription's items as items[] asks for them.
func (c *call) newItems(o object) ([]any, error) {
	items := clone(itemsAt(o, "items.data")).([]any)
	for i, e := range itemsAt(c.given, "items") {
		given, at := e.(object), nest("items", itoa(int64(i)))
		id := str(given, "id")
		item := itemByID(items, id)
		switch {
		case id != "" && item == nil:
			return nil, noSuch("subscription item", id, nest(at, "id"))
		case yes(given, "deleted"):
			items = withoutItem(items, item)
			continue
		case item == nil && given["price"] == nil && given["price_data"] == nil:
			return nil, invalid(nest(at, "price"), "parameter_missing", "Missing required param: %s[price].", at)
		}
		quantity := int64(1)
		if n, sent := given["quantity"].(int64); sent {
			quantity = n
		} else if item != nil {
			quantity = num(item, "quantity")
		}
		price := c.get(str(item, "price.id"))
		if given["price"] != nil || given["price_data"] != nil {
			var err error
			if price, err = c.linePrice(given, at); err != nil {
				return nil, err
			}
		}
		switch {
		case price["recurring"] == nil:
			return nil, invalid(nest(at, "price"), "", "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.")
		case price["currency"] != o["currency"]:
			return nil, invalid(nest(at, "price"), "", "The price specified only supports `%s`. This doesn't match the expected currency: `%s`.", price["currency"], o["currency"])
		case c.lineAmount(price, quantity) > maxAmount:
			return nil, invalid(nest(at, "quantity"), "amount_too_large", "The subscription's amount would be more than can be charged.")
		}
		fresh := c.newItem(str(o, "id"), cart{price: price, quantity: quantity})
		if item == nil {
			items = append(items, fresh)
			item = fresh
		} else {
			for _, field := range []string{"price", "plan", "quantity"} {
				if item[field] = fresh[field]; fresh[field] == nil {
					delete(item, field)
				}
			}
		}
		if _, sent := given["tax_rates"]; sent {
			item["tax_rates"] = c.rates(itemsAt(given, "tax_rates"))
		}
		if md, sent := given["metadata"]; sent {
			if err := mergeMetadata(item, md); err != nil {
				return nil, err
			}
		}
	}
	return items, oneInterval(items)
}

// withoutItem is a list of items without one of them.
func withoutItem(items []any, gone object) []any {
	var kept []any
	for _, e := range items {
		if e.(object)["id"] != gone["id"] {
			kept = append(kept, e)
		}
	}
	return kept
}

// oneInterval refuses items that are not billed together.
func oneInterval(items []any) error {
	if len(items) == 0 {
		return invalid("items", "", "A subscription must have at least one item. Cancel it instead.")
	}
	for _, e := range items {
		if interval(hashAt(e.(object), "price")) != interval(hashAt(items[0].(object), "price")) {
			return invalid("items", "", "All prices of a subscription must have the same billing interval.")
		}
	}
	return nil
}
