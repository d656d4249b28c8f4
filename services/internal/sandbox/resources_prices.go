package sandbox

const priceBlank = `{"id":"","object":"price","active":true,"billing_scheme":"per_unit","created":0,"currency":"","custom_unit_amount":null,"livemode":false,"lookup_key":null,"metadata":{},"nickname":null,"product":"","recurring":null,"tax_behavior":"unspecified","tiers_mode":null,"transform_quantity":null,"type":"one_time","unit_amount":null,"unit_amount_decimal":null}`

var (
	intervals    = oneOf("day", "month", "week", "year")
	taxBehaviors = oneOf("exclusive", "inclusive", "unspecified")

	// recurringParam is how often a price is charged.
	recurringParam = opt("recurring", hash(
		req("interval", intervals), opt("interval_count", atLeast(1)), opt("usage_type", oneOf("licensed", "metered")),
		opt("trial_period_days", atLeast(1)), opt("aggregate_usage", oneOf("last_during_period", "last_ever", "max", "sum")),
	))

	amountParams = []param{opt("unit_amount", atLeast(0)), opt("unit_amount_decimal", decimal), recurringParam, opt("tax_behavior", taxBehaviors)}

	customAmountParam = opt("custom_unit_amount", hash(req("enabled", boolean), opt("minimum", atLeast(1)), opt("maximum", atLeast(1)), opt("preset", atLeast(1))))

	tiersParam = opt("tiers", atMost(100, hash(req("up_to", text), opt("unit_amount", atLeast(0)), opt("unit_amount_decimal", decimal), opt("flat_amount", atLeast(0)), opt("flat_amount_decimal", decimal))))

	currencyOptionsParam = opt("currency_options", byCurrency(opt("unit_amount", atLeast(0)), opt("unit_amount_decimal", decimal), opt("tax_behavior", taxBehaviors), customAmountParam, tiersParam))
)

func priceResource() *resource {
	r := &resource{object: "price", noun: "price", path: "/v1/prices", prefix: "price_", suffix: 24, idParam: "price", blank: priceBlank,
		expand: map[string]string{"product": "product"},
		include: map[string]func(*tx, object) any{
			"tiers":            func(t *tx, o object) any { return clone(t.get(str(o, "id"))["_tiers"]) },
			"currency_options": func(t *tx, o object) any { return currencyOptions(t.get(str(o, "id"))) },
		},
		search: searchFields("created:n active:b currency:s lookup_key:s product:s type:s")}
	create := concat([]param{req("currency", currency)},
		owned(opt("product", reference("product")), opt("product_data", hash(inlineProduct...)), opt("billing_scheme", oneOf("per_unit", "tiered")), opt("transfer_lookup_key", boolean)),
		owned(amountParams...),
		owned(tiersParam, opt("tiers_mode", oneOf("graduated", "volume")), customAmountParam, currencyOptionsParam,
			opt("transform_quantity", hash(req("divide_by", atLeast(1)), req("round", oneOf("down", "up"))))),
		[]param{opt("nickname", text), opt("lookup_key", upTo(200)), opt("active", boolean), opt("metadata", metadata)})
	update := []param{opt("active", boolean), opt("metadata", metadata), opt("nickname", text), opt("lookup_key", upTo(200)), own(opt("transfer_lookup_key", boolean)), opt("tax_behavior", taxBehaviors), own(currencyOptionsParam)}
	r.ops = []operation{
		r.create(create, createPrice), r.retrieve(),
		r.update(update, func(c *call, o object) error {
			if err := c.takeLookupKey(o, yes(c.given, "transfer_lookup_key")); err != nil {
				return err
			}
			if err := keepCurrencyOptions(o, c.given); err != nil {
				return err
			}
			c.announcePrice("updated", o)
			return nil
		}),
		r.list(nil, by("active", boolean), by("currency", currency), by("product", text), by("type", oneOf("one_time", "recurring")),
			byField("lookup_keys", atMost(10, text), "lookup_key"), by("created", span),
			by("recurring", hash(opt("interval", intervals), opt("usage_type", oneOf("licensed", "metered"))))),
		r.searchable(),
	}
	return r
}

// currencyOptions are a price's amounts in each of its currencies, its own first.
func currencyOptions(price object) object {
	own := object{"custom_unit_amount": price["custom_unit_amount"], "tax_behavior": price["tax_behavior"], "unit_amount": price["unit_amount"], "unit_amount_decimal": price["unit_amount_decimal"]}
	if tiers := price["_tiers"]; tiers != nil {
		own["tiers"] = tiers
	}
	all := merge(object{str(price, "currency"): own}, hashAt(price, "_currency_options"))
	return cloneObject(all)
}

// keepCurrencyOptions stores what a price costs in other currencies. Checkout
// does not offer them: it sells in the price's own currency.
func keepCurrencyOptions(o, given object) error {
	kept := object{}
	merge(kept, hashAt(o, "_currency_options"))
	for code, v := range hashAt(given, "currency_options") {
		option, at := v.(object), "currency_options["+code+"]"
		shown := object{"custom_unit_amount": nil, "tax_behavior": "unspecified", "unit_amount": nil, "unit_amount_decimal": nil}
		if err := unitAmounts(shown, option, func(name string) string { return nest(at, name) }); err != nil {
			return err
		}
		if b := option["tax_behavior"]; b != nil {
			shown["tax_behavior"] = b
		}
		if code == str(o, "currency") {
			return invalid(at, "", "`currency_options` cannot name the price's own currency.")
		}
		kept[code] = shown
	}
	if len(kept) > 0 {
		o["_currency_options"] = kept
	}
	return nil
}

// createPrice makes a price, and with product_data its product.
func createPrice(c *call, o object) error {
	product, data := str(c.given, "product"), hashAt(c.given, "product_data")
	switch {
	case product == "" && data == nil:
		return invalid("product", "parameter_missing", "You must specify either `product` or `product_data` when creating a price.")
	case product != "" && data != nil:
		return invalid("product_data", "", "You may only specify one of these parameters: product, product_data.")
	case data != nil:
		made, err := c.newProduct(data, true)
		if err != nil {
			return err
		}
		product = str(made, "id")
	}
	if err := c.priceAmounts(o, c.given, ""); err != nil {
		return err
	}
	o["currency"], o["product"] = c.given["currency"], product
	if err := keepCurrencyOptions(o, c.given); err != nil {
		return err
	}
	if err := c.takeLookupKey(o, yes(c.given, "transfer_lookup_key")); err != nil {
		return err
	}
	c.insert(o)
	c.announcePrice("created", o)
	return nil
}

// newPrice makes a price out of price_data, without its event.
func (t *tx) newPrice(data object, product, param string) (object, error) {
	o := t.fresh("price")
	if err := t.priceAmounts(o, data, param); err != nil {
		return nil, err
	}
	o["currency"], o["product"] = data["currency"], product
	return t.insert(o), nil
}

// takeLookupKey keeps a lookup key on one price only.
func (t *tx) takeLookupKey(o object, transfer bool) error {
	key := str(o, "lookup_key")
	if key == "" {
		return nil
	}
	for other := range t.where("price", "lookup_key", key) {
		switch {
		case other["id"] == o["id"]:
		case !transfer:
			return invalid("lookup_key", "", "A price (`%s`) already uses that lookup key.", other["id"])
		default:
			t.edit(str(other, "id"))["lookup_key"] = nil
		}
	}
	return nil
}

// announcePrice emits a price's event; a recurring price is also a plan (3.1).
func (t *tx) announcePrice(what string, o object) {
	before := t.told[str(o, "id")]
	t.emit("price."+what, o)
	if o["type"] != "recurring" {
		return
	}
	var planBefore object
	if before != nil {
		planBefore = planOf(before)
	}
	t.tell("plan."+what, planOf(o), planBefore)
}

// planOf is a recurring price in its older form.
func planOf(price object) object {
	return object{
		"id": price["id"], "object": "plan", "active": price["active"], "aggregate_usage": at(price, "recurring.aggregate_usage"), "amount": price["unit_amount"],
		"amount_decimal": price["unit_amount_decimal"], "billing_scheme": price["billing_scheme"], "created": price["created"],
		"currency": price["currency"], "interval": at(price, "recurring.interval"), "interval_count": at(price, "recurring.interval_count"),
		"livemode": false, "metadata": price["metadata"], "nickname": price["nickname"], "product": price["product"], "tiers_mode": price["tiers_mode"],
		"transform_usage": clone(price["transform_quantity"]), "trial_period_days": at(price, "recurring.trial_period_days"), "usage_type": at(price, "recurring.usage_type"),
	}
}
