package sandbox

const productBlank = `{"id":"","object":"product","active":true,"created":0,"default_price":null,"description":null,"features":[],"images":[],"livemode":false,"metadata":{},"name":"","package_dimensions":null,"shippable":null,"statement_descriptor":null,"tax_code":null,"type":"service","unit_label":null,"updated":0,"url":null}`

const priceBlank = `{"id":"","object":"price","active":true,"billing_scheme":"per_unit","created":0,"currency":"","custom_unit_amount":null,"livemode":false,"lookup_key":null,"metadata":{},"nickname":null,"product":"","recurring":null,"tax_behavior":"unspecified","tiers_mode":null,"transform_quantity":null,"type":"one_time","unit_amount":null,"unit_amount_decimal":null}`

// catalogueResources are products and prices.
func catalogueResources() []*resource { return []*resource{productResource(), priceResource()} }

var (
	intervals    = oneOf("day", "month", "week", "year")
	taxBehaviors = oneOf("exclusive", "inclusive", "unspecified")

	// recurringParam is how often a price is charged.
	recurringParam = opt("recurring", hash(concat([]param{
		req("interval", intervals), opt("interval_count", atLeast(1)), opt("usage_type", oneOf("licensed", "metered")),
		opt("trial_period_days", atLeast(1)),
	}, absent("aggregate_usage"))...))

	amountParams = []param{opt("unit_amount", atLeast(0)), opt("unit_amount_decimal", decimal), recurringParam, opt("tax_behavior", taxBehaviors)}

	// inlineProduct describes a product made together with its price.
	inlineProduct = []param{req("name", text), opt("description", text), opt("images", atMost(8, link)), opt("metadata", metadata),
		opt("tax_code", text), opt("statement_descriptor", upTo(22)), opt("unit_label", upTo(12)), opt("active", boolean), opt("id", upTo(255))}
)

func productResource() *resource {
	r := &resource{object: "product", noun: "product", path: "/v1/products", prefix: "prod_", suffix: 14, idParam: "id", blank: productBlank,
		expand: map[string]string{"default_price": "price"},
		search: searchFields("created:n active:b description:s name:s shippable:b url:s")}
	shared := []param{
		opt("active", boolean), opt("description", upTo(40000)), opt("images", atMost(8, link)), opt("metadata", metadata),
		opt("shippable", boolean), opt("statement_descriptor", upTo(22)), opt("tax_code", text), opt("unit_label", upTo(12)), opt("url", link),
		opt("features", atMost(15, hash(req("name", upTo(5000))))),
		opt("package_dimensions", hash(req("height", number), req("length", number), req("weight", number), req("width", number))),
	}
	create := concat([]param{req("name", text)}, owned(opt("id", upTo(255)),
		opt("default_price_data", hash(concat([]param{req("currency", currency)}, amountParams, absent("currency_options"))...))), shared, absent("type attributes caption deactivate_on"))
	update := concat([]param{opt("name", text), opt("default_price", reference("price"))}, shared)
	r.ops = []operation{
		r.create(create, createProduct), r.retrieve(), r.update(update, func(c *call, o object) error {
			if _, sent := c.given["name"]; sent && !c.has("name") {
				return emptyParam("name")
			}
			if price := c.find("price", str(o, "default_price")); price != nil && price["product"] != o["id"] {
				return invalid("default_price", "", "The price specified in `default_price` does not belong to this product.")
			}
			if len(difference(c.told[str(o, "id")], o)) > 0 {
				o["updated"] = c.now
			}
			c.emit("product.updated", o)
			return nil
		}),
		r.list(nil, by("active", boolean), by("created", span), byField("ids", arrayOf(text), "id"), by("shippable", boolean), by("url", text)),
		r.erase(func(c *call, o object) error {
			for range c.where("price", "product", o["id"]) {
				return invalid("", "", "This product cannot be deleted because it has one or more user-created prices.")
			}
			c.emit("product.deleted", o)
			return nil
		}),
		r.searchable(),
	}
	return r
}

func createProduct(c *call, o object) error {
	if id := str(c.given, "id"); id != "" {
		if c.get(id) != nil {
			return invalid("id", "resource_already_exists", "Product already exists.")
		}
		o["id"] = id
	}
	if err := checkID(str(o, "id"), "id"); err != nil {
		return err
	}
	o["updated"] = c.now
	c.insert(o)
	data := hashAt(c.given, "default_price_data")
	if data == nil {
		c.emit("product.created", o)
		return nil
	}
	price, err := c.newPrice(data, str(o, "id"), "default_price_data")
	if err != nil {
		return err
	}
	o["default_price"] = price["id"]
	c.emit("product.created", o)
	c.announcePrice("created", price)
	return nil
}

// checkID keeps ids chosen by the caller to what can stand in an address.
func checkID(id, param string) error {
	for _, r := range id {
		if r <= ' ' || r > '~' || r == '/' || r == '?' || r == '#' || r == '%' {
			return invalid(param, "", "Invalid id: %s. Use letters, digits, hyphens and underscores.", id)
		}
	}
	return nil
}

func priceResource() *resource {
	r := &resource{object: "price", noun: "price", path: "/v1/prices", prefix: "price_", suffix: 24, idParam: "price", blank: priceBlank,
		expand: map[string]string{"product": "product"},
		include: map[string]func(*tx, object) any{
			"tiers":            func(*tx, object) any { return nil },
			"currency_options": func(_ *tx, o object) any { return currencyOptions(o) },
		},
		search: searchFields("created:n active:b currency:s lookup_key:s product:s type:s")}
	create := concat([]param{req("currency", currency)},
		owned(opt("product", reference("product")), opt("product_data", hash(inlineProduct...)), opt("billing_scheme", oneOf("per_unit", "tiered")), opt("transfer_lookup_key", boolean)),
		owned(amountParams...),
		[]param{opt("nickname", text), opt("lookup_key", upTo(200)), opt("active", boolean), opt("metadata", metadata)},
		absent("tiers tiers_mode custom_unit_amount transform_quantity currency_options"))
	update := concat([]param{opt("active", boolean), opt("metadata", metadata), opt("nickname", text), opt("lookup_key", upTo(200)), own(opt("transfer_lookup_key", boolean)), opt("tax_behavior", taxBehaviors)}, absent("currency_options"))
	r.ops = []operation{
		r.create(create, createPrice), r.retrieve(),
		r.update(update, func(c *call, o object) error {
			if err := c.takeLookupKey(o, yes(c.given, "transfer_lookup_key")); err != nil {
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

func currencyOptions(price object) object {
	return object{str(price, "currency"): object{"custom_unit_amount": price["custom_unit_amount"], "tax_behavior": price["tax_behavior"],
		"unit_amount": price["unit_amount"], "unit_amount_decimal": price["unit_amount_decimal"]}}
}

// createPrice makes a price, and with product_data its product.
func createPrice(c *call, o object) error {
	if str(c.given, "billing_scheme") == "tiered" {
		return refused("billing_scheme", "tiered prices")
	}
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
	if err := c.takeLookupKey(o, yes(c.given, "transfer_lookup_key")); err != nil {
		return err
	}
	c.insert(o)
	c.announcePrice("created", o)
	return nil
}

// newProduct makes a product out of product_data.
func (t *tx) newProduct(data object, active bool) (object, error) {
	o := t.fresh("product")
	if err := echo(o, data, inlineProduct); err != nil {
		return nil, err
	}
	if id := str(data, "id"); id != "" {
		if t.get(id) != nil {
			return nil, invalid("product_data[id]", "resource_already_exists", "Product already exists.")
		}
		if err := checkID(id, "product_data[id]"); err != nil {
			return nil, err
		}
	}
	if data["active"] == nil {
		o["active"] = active
	}
	o["updated"] = t.now
	t.insert(o)
	t.emit("product.created", o)
	return o, nil
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

// priceAmounts sets what a price costs and how often.
func (t *tx) priceAmounts(o, given object, param string) error {
	amount, hasAmount := given["unit_amount"].(int64)
	exact, hasExact := given["unit_amount_decimal"].(string)
	at := func(name string) string { return nest(param, name) }
	if param == "" {
		at = func(name string) string { return name }
	}
	switch {
	case hasAmount && hasExact:
		return invalid(at("unit_amount_decimal"), "", "You may only specify one of these parameters: unit_amount, unit_amount_decimal.")
	case hasAmount:
		o["unit_amount"], o["unit_amount_decimal"] = amount, itoa(amount)
	case hasExact:
		r, _ := parseDecimal(exact)
		if r.Sign() < 0 {
			return invalid(at("unit_amount_decimal"), "parameter_invalid_integer", "Invalid non-negative decimal")
		}
		o["unit_amount_decimal"] = exact
		if r.IsInt() {
			o["unit_amount"] = r.Num().Int64()
		}
	default:
		return invalid(at("unit_amount"), "parameter_missing", "You must specify either `unit_amount` or `unit_amount_decimal` when `billing_scheme=per_unit`.")
	}
	if n, ok := o["unit_amount"].(int64); ok && n > maxAmount*10000 {
		return invalid(at("unit_amount"), "parameter_invalid_integer", "Invalid integer: %d is too large", n)
	}
	if b := given["tax_behavior"]; b != nil {
		o["tax_behavior"] = b
	}
	if r := hashAt(given, "recurring"); r != nil {
		if str(r, "usage_type") == "metered" {
			return refused(at("recurring[usage_type]"), "metered prices")
		}
		every := object{"aggregate_usage": nil, "interval": r["interval"], "interval_count": int64(1), "trial_period_days": r["trial_period_days"], "usage_type": "licensed"}
		if n := num(r, "interval_count"); n > 0 {
			every["interval_count"] = n
		}
		if !intervalInRange(str(every, "interval"), num(every, "interval_count")) {
			return invalid(at("recurring[interval_count]"), "", "Subscriptions can be billed at most once every three years.")
		}
		o["type"], o["recurring"] = "recurring", every
	}
	return nil
}

func intervalInRange(interval string, count int64) bool {
	return count <= map[string]int64{"day": 1095, "week": 156, "month": 36, "year": 3}[interval]
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
		"id": price["id"], "object": "plan", "active": price["active"], "aggregate_usage": nil, "amount": price["unit_amount"],
		"amount_decimal": price["unit_amount_decimal"], "billing_scheme": price["billing_scheme"], "created": price["created"],
		"currency": price["currency"], "interval": at(price, "recurring.interval"), "interval_count": at(price, "recurring.interval_count"),
		"livemode": false, "metadata": price["metadata"], "nickname": price["nickname"], "product": price["product"], "tiers_mode": nil,
		"transform_usage": nil, "trial_period_days": at(price, "recurring.trial_period_days"), "usage_type": "licensed",
	}
}
