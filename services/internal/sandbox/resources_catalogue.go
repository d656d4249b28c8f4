package sandbox

const productBlank = `{"id":"","object":"product","active":true,"created":0,"default_price":null,"description":null,"features":[],"images":[],"livemode":false,"metadata":{},"name":"","package_dimensions":null,"shippable":null,"statement_descriptor":null,"tax_code":null,"type":"service","unit_label":null,"updated":0,"url":null}`

// catalogueResources are products and prices.
func catalogueResources() []*resource { return []*resource{productResource(), priceResource()} }

var (
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
