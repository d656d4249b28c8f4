package sandbox

import (
	"strings"

	"bursar/services"
)

// createSession freezes the prices, checks what Stripe checks, and opens the
// session (3.2). It makes no event of its own.
func createSession(c *call, o object) error {
	if err := checkRules(c); err != nil {
		return err
	}
	mode := str(o, "mode")
	lines, err := c.freeze(mode)
	if err != nil {
		return err
	}
	if err := c.addUp(o, mode, lines); err != nil {
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
	if len(itemsAt(o, "payment_method_types")) == 0 {
		o["payment_method_types"] = []any{"card"}
	}
	for _, data := range []string{"payment_intent_data", "subscription_data", "setup_intent_data", "customer_update"} {
		if h := hashAt(c.given, data); h != nil {
			o["_"+data] = h
		}
	}
	if h := hashAt(c.given, "tax_id_collection"); h != nil {
		o["tax_id_collection"] = h // absent, not null, when it was not asked for
	}
	o["_lines"] = lines
	o["url"] = c.srv.o.URL + "/c/pay/" + str(o, "id")
	c.insert(o)
	c.schedule(o, num(o, "expires_at"))
	return nil
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
	expires := num(c.given, "expires_at")
	switch {
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
		quantity := num(given, "quantity")
		switch {
		case quantity == 0:
			return nil, invalid(nest(at, "quantity"), "", "Quantity is required. Add `quantity` to `%s`", at)
		case quantity > 999_999:
			return nil, invalid(nest(at, "quantity"), "", "Invalid quantity: must be at most 999999.")
		case yes(given, "adjustable_quantity.enabled"):
			return nil, refused(nest(at, "adjustable_quantity"), "quantities that change on the page")
		case mode == "payment" && price["type"] == "recurring":
			return nil, invalid(nest(at, "price"), "", "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
		}
		amount := lineAmount(price, quantity)
		lines = append(lines, object{"id": c.ids.next("li_", 24), "object": "item", "amount_discount": int64(0), "amount_subtotal": amount, "amount_tax": int64(0),
			"amount_total": amount, "currency": price["currency"], "description": c.productName(price), "price": c.view(price), "quantity": quantity})
	}
	return lines, nil
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

// addUp checks the cart and sets the session's amounts, in minor units.
func (c *call) addUp(o object, mode string, lines []any) error {
	var total, upfront int64
	var money, every string
	for i, l := range lines {
		line, at := l.(object), nest(nest("line_items", itoa(int64(i))), "price")
		if cur := str(line, "currency"); money == "" {
			money = cur
		} else if cur != money {
			return invalid(at, "", "The price specified only supports `%s`. This doesn't match the expected currency: `%s`.", cur, money)
		}
		total += num(line, "amount_total")
		if total > maxAmount || num(line, "amount_total") > maxAmount {
			return invalid("line_items", "amount_too_large", "The Checkout Session's total amount must be no more than %s", services.Money{Amount: maxAmount, Currency: money})
		}
		if str(line, "price.type") != "recurring" {
			upfront += num(line, "amount_total")
			continue
		}
		if this := interval(hashAt(line, "price")); every == "" {
			every = this
		} else if this != every {
			return invalid(at, "", "Checkout does not support multiple prices with different billing intervals.")
		}
	}
	if mode == "subscription" && every == "" {
		return invalid("line_items", "", "You must provide at least one recurring price in `subscription` mode when using prices.")
	}
	if cur := str(c.given, "currency"); cur != "" && money != "" && cur != money {
		return invalid("currency", "", "The prices of this Checkout Session are in `%s`, not in `%s`.", money, cur)
	}
	if hashAt(c.given, "subscription_data")["trial_period_days"] != nil || hashAt(c.given, "subscription_data")["trial_end"] != nil {
		total = upfront
	}
	o["currency"], o["amount_subtotal"], o["amount_total"] = orNil(money), total, total
	if mode == "setup" {
		o["currency"] = c.given["currency"]
	}
	least := services.Money{Amount: services.MinimumCharge(money), Currency: money}
	if total > 0 && total < least.Amount {
		return invalid("line_items", "amount_too_small", "The Checkout Session's total amount due must add up to at least %s %s", least, money)
	}
	if services.Exponent(money) == 3 && total%10 != 0 {
		return invalid("line_items", "", "The Checkout Session's total in %s must end in 0, because card networks settle two of its three decimals.", strings.ToUpper(money))
	}
	return nil
}

// expireSession ends an open session: nobody can pay it any more (3.2 E). What
// an attempt began ends with it.
func (t *tx) expireSession(o object) {
	o["status"], o["url"] = "expired", nil
	t.schedule(o, 0)
	if sub := t.find("subscription", str(o, "_subscription")); sub != nil && sub["status"] == "incomplete" {
		t.lapse(t.edit(str(sub, "id")))
	} else if sub != nil && !ended(sub) { // a trial whose extras were never paid
		t.cancelNow(t.edit(str(sub, "id")), object{"reason": "payment_failed"})
	}
	if pi := t.find("payment_intent", str(o, "_intent")); pi != nil && pi["status"] != "canceled" && pi["status"] != "succeeded" {
		t.cancelIntent(t.edit(str(pi, "id")), "automatic")
	}
	if seti := t.find("setup_intent", str(o, "_intent")); seti != nil && seti["status"] != "succeeded" {
		seti = t.edit(str(seti, "id"))
		seti["status"], seti["cancellation_reason"], seti["next_action"] = "canceled", "abandoned", nil
		t.emit("setup_intent.canceled", seti)
	}
	t.emit("checkout.session.expired", o)
}
