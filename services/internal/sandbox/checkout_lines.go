package sandbox

// freeze turns line_items into the session's own lines, with the prices as they
// are now.
func (c *call) freeze(mode string) ([]any, error) {
	var lines []any
	for i, e := range itemsAt(c.given, "line_items") {
		given, at := e.(object), nest("line_items", itoa(int64(i)))
		for _, old := range []string{"amount", "currency", "name", "description", "images"} {
			if given[old] != nil {
				return nil, invalid("line_items", "", "You cannot use `line_items.amount`, `line_items.currency`, `line_items.name`, `line_items.description`, or `line_items.images` in this API version. Please use `line_items.price` or `line_items.price_data`.")
			}
		}
		price, err := c.linePrice(given, at)
		if err != nil {
			return nil, err
		}
		line, err := c.freezeLine(mode, given, price, at)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// freezeLine is one line of a session, without its amounts.
func (c *call) freezeLine(mode string, given, price object, at string) (object, error) {
	quantity, counted := given["quantity"].(int64)
	custom := price["custom_unit_amount"] != nil
	switch {
	case metered(price) && counted:
		return nil, invalid(nest(at, "quantity"), "", "You cannot set `quantity` for a metered price: it is charged by use.")
	case !metered(price) && !counted:
		return nil, invalid(nest(at, "quantity"), "", "Quantity is required. Add `quantity` to `%s`", at)
	case quantity > 999_999:
		return nil, invalid(nest(at, "quantity"), "", "Invalid quantity: must be at most 999999.")
	case mode == "payment" && price["type"] == "recurring":
		return nil, invalid(nest(at, "price"), "", "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
	case custom && (mode != "payment" || quantity != 1 || len(itemsAt(c.given, "line_items")) > 1):
		return nil, invalid(nest(at, "price"), "", "A price with `custom_unit_amount` must be the only line item of a `payment` mode Checkout Session, with a quantity of 1.")
	}
	line := object{"id": c.ids.next("li_", 24), "object": "item", "currency": price["currency"], "description": c.productName(price), "price": c.view(price), "quantity": quantity}
	if metered(price) {
		line["quantity"] = nil
	}
	if custom {
		line["_amount"] = num(price, "custom_unit_amount.preset")
	}
	rates := itemsAt(given, "tax_rates")
	line["_own_rates"] = len(rates) > 0
	if len(rates) == 0 && mode == "subscription" {
		rates = itemsAt(c.given, "subscription_data.default_tax_rates")
	}
	line["_rates"] = c.rates(rates)
	dynamic, err := c.dynamicRates(given, at)
	if err != nil {
		return nil, err
	}
	if len(dynamic) > 0 {
		line["_dynamic"], line["_rates"] = dynamic, []any{} // until the country is known
	}
	return line, c.adjustable(line, hashAt(given, "adjustable_quantity"), at)
}

// adjustable notes between which quantities the customer may choose on the page.
func (c *call) adjustable(line, given object, at string) error {
	if !yes(given, "enabled") {
		return nil
	}
	least, most, quantity := num(given, "minimum"), int64(99), num(line, "quantity")
	if n := num(given, "maximum"); n > 0 {
		most = n
	}
	at = nest(at, "adjustable_quantity")
	switch {
	case line["quantity"] == nil || line["_amount"] != nil:
		return invalid(at, "", "`adjustable_quantity` cannot be used with metered prices or with `custom_unit_amount`.")
	case most > 999_999 || least > most:
		return invalid(nest(at, "maximum"), "", "Invalid maximum: must be at least the minimum and at most 999999.")
	case quantity < least || quantity > most:
		return invalid(at, "", "The quantity (%d) must be between the minimum (%d) and the maximum (%d) of `adjustable_quantity`.", quantity, least, most)
	}
	line["_adjustable"] = object{"minimum": least, "maximum": most}
	return nil
}

// rates are tax rates by id, as lines and subscriptions carry them.
func (t *tx) rates(ids []any) []any {
	list := []any{}
	for _, id := range ids {
		list = append(list, t.view(t.get(id.(string))))
	}
	return list
}

// linePrice finds a line's price, or makes the one that price_data describes.
func (c *call) linePrice(given object, at string) (object, error) {
	id, data := str(given, "price"), hashAt(given, "price_data")
	switch {
	case id != "" && data != nil:
		return nil, invalid(nest(at, "price_data"), "", "You may only specify one of these parameters: price, price_data.")
	case id != "":
		price := c.get(id)
		if price["active"] != true {
			return nil, invalid(nest(at, "price"), "", "The price specified is inactive. This field only accepts active prices.")
		}
		return price, nil
	case data == nil:
		return nil, invalid(nest(at, "price"), "parameter_missing", "Missing required param: %s[price].", at)
	}
	product := str(data, "product")
	switch described := hashAt(data, "product_data"); {
	case product == "" && described == nil:
		return nil, invalid(nest(at, "price_data")+"[product]", "parameter_missing", "You must specify either `product` or `product_data` when creating a price.")
	case product != "" && described != nil:
		return nil, invalid(nest(at, "price_data")+"[product_data]", "", "You may only specify one of these parameters: product, product_data.")
	case described != nil:
		made, err := c.newProduct(described, false)
		if err != nil {
			return nil, err
		}
		product = str(made, "id")
	}
	price, err := c.newPrice(data, product, nest(at, "price_data"))
	if err != nil {
		return nil, err
	}
	price["active"] = false // a price made for one session is not for sale again
	c.announcePrice("created", price)
	return price, nil
}
