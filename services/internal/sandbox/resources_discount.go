package sandbox

import "strings"

const couponBlank = `{"id":"","object":"coupon","amount_off":null,"created":0,"currency":null,"duration":"once","duration_in_months":null,"livemode":false,"max_redemptions":null,"metadata":{},"name":null,"percent_off":null,"redeem_by":null,"times_redeemed":0,"valid":true}`

const codeBlank = `{"id":"","object":"promotion_code","active":true,"code":"","coupon":{},"created":0,"customer":null,"expires_at":null,"livemode":false,"max_redemptions":null,"metadata":{},"restrictions":{"first_time_transaction":false,"minimum_amount":null,"minimum_amount_currency":null},"times_redeemed":0}`

const discountBlank = `{"id":"","object":"discount","checkout_session":null,"coupon":{},"customer":null,"end":null,"invoice":null,"invoice_item":null,"promotion_code":null,"start":0,"subscription":null}`

// discountResources are coupons, the codes that stand for them, and discounts,
// which live inside of what they are taken off.
func discountResources() []*resource {
	return []*resource{couponResource(), codeResource(),
		{object: "discount", noun: "discount", prefix: "di_", suffix: 24, blank: discountBlank, expand: map[string]string{"customer": "customer", "promotion_code": "promotion_code"}}}
}

func couponResource() *resource {
	r := &resource{object: "coupon", noun: "coupon", path: "/v1/coupons", suffix: 8, idParam: "coupon", blank: couponBlank,
		expand: map[string]string{"applies_to": ""}}
	create := concat(owned(opt("id", upTo(200)), opt("applies_to", hash(opt("products", arrayOf(reference("product")))))),
		[]param{opt("percent_off", number), opt("amount_off", atLeast(1)), opt("currency", currency), opt("duration", oneOf("forever", "once", "repeating")), opt("duration_in_months", atLeast(1)),
			opt("name", upTo(40)), opt("max_redemptions", atLeast(1)), opt("redeem_by", seconds), opt("metadata", metadata)},
		absent("currency_options"))
	r.ops = []operation{
		r.create(create, createCoupon), r.retrieve(), r.list(nil, by("created", span)),
		r.update(concat([]param{opt("name", upTo(40)), opt("metadata", metadata)}, absent("currency_options")), func(c *call, o object) error {
			c.emit("coupon.updated", o)
			c.retellCoupon(o)
			return nil
		}),
		r.erase(func(c *call, o object) error {
			for code := range c.where("promotion_code", "coupon.id", o["id"]) {
				code = c.edit(str(code, "id"))
				code["active"] = false
				c.emit("promotion_code.updated", code)
			}
			c.emit("coupon.deleted", o)
			return nil
		}),
	}
	return r
}

func createCoupon(c *call, o object) error {
	if id := str(c.given, "id"); id != "" {
		if c.get(id) != nil {
			return invalid("id", "resource_already_exists", "Coupon already exists.")
		}
		o["id"] = id
	}
	if err := checkID(str(o, "id"), "id"); err != nil {
		return err
	}
	if o["duration"] == nil {
		o["duration"] = "once"
	}
	percent, byPercent := o["percent_off"].(float64)
	months := o["duration_in_months"] != nil
	switch {
	case byPercent == c.has("amount_off"):
		return invalid("percent_off", "", "You must pass exactly one of these parameters: percent_off, amount_off.")
	case byPercent && (percent <= 0 || percent > 100):
		return invalid("percent_off", "", "Invalid percent_off: must be greater than 0 and at most 100.")
	case !byPercent && !c.has("currency"):
		return invalid("currency", "parameter_missing", "You must pass currency when passing amount_off.")
	case byPercent && c.has("currency"):
		return invalid("currency", "", "You cannot pass currency with percent_off.")
	case months != (o["duration"] == "repeating"):
		return invalid("duration_in_months", "", "`duration_in_months` must be passed with `duration=repeating`, and only then.")
	case o["redeem_by"] != nil && num(o, "redeem_by") <= c.now:
		return invalid("redeem_by", "", "`redeem_by` must be in the future.")
	}
	if only := hashAt(c.given, "applies_to"); only != nil {
		o["applies_to"] = only
	}
	c.insert(o)
	c.schedule(o, num(o, "redeem_by"))
	c.emit("coupon.created", o)
	return nil
}

func codeResource() *resource {
	r := &resource{object: "promotion_code", noun: "promotion code", path: "/v1/promotion_codes", prefix: "promo_", suffix: 24, idParam: "promotion_code", blank: codeBlank,
		expand: map[string]string{"customer": "customer"}}
	restrictions := opt("restrictions", hash(concat([]param{opt("first_time_transaction", boolean), opt("minimum_amount", atLeast(1)), opt("minimum_amount_currency", currency)}, absent("currency_options"))...))
	create := concat(owned(req("coupon", reference("coupon")), opt("code", upTo(500))),
		[]param{opt("active", boolean), opt("customer", reference("customer")), opt("expires_at", seconds), opt("max_redemptions", atLeast(1)), restrictions, opt("metadata", metadata)})
	update := concat([]param{opt("active", boolean), opt("metadata", metadata)}, absent("restrictions"))
	r.ops = []operation{
		r.create(create, createCode), r.retrieve(),
		r.update(update, func(c *call, o object) error {
			if o["active"] == true && !c.codeCanBeActive(o) {
				return invalid("active", "", "This promotion code cannot be activated: its coupon is no longer valid, it has expired, or it was used as often as it may be.")
			}
			c.emit("promotion_code.updated", o)
			return nil
		}),
		r.list(nil, by("active", boolean), by("customer", text), by("created", span), byField("coupon", text, "coupon.id"),
			filter{opt("code", text), func(_ *tx, o object, v any) bool { return strings.EqualFold(str(o, "code"), v.(string)) }}),
	}
	return r
}

func createCode(c *call, o object) error {
	coupon := c.get(str(c.given, "coupon"))
	if coupon["valid"] != true {
		return invalid("coupon", "", "This coupon is no longer valid.")
	}
	o["coupon"] = c.view(coupon)
	o["code"] = str(c.given, "code")
	if o["code"] == "" {
		o["code"] = upperText(c.ids, 8)
	}
	for _, r := range str(o, "code") {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' {
			return invalid("code", "", "A promotion code can hold only letters, digits, hyphens and underscores.")
		}
	}
	if c.activeCode(str(o, "code")) != nil {
		return invalid("code", "", "An active promotion code with `code: %s` already exists.", o["code"])
	}
	restrictions := hashAt(o, "restrictions")
	if restrictions["first_time_transaction"] == nil {
		restrictions["first_time_transaction"] = false
	}
	ends := num(o, "expires_at")
	switch {
	case (restrictions["minimum_amount"] == nil) != (restrictions["minimum_amount_currency"] == nil):
		return invalid("restrictions[minimum_amount_currency]", "", "`minimum_amount` and `minimum_amount_currency` must be passed together.")
	case o["expires_at"] != nil && ends <= c.now:
		return invalid("expires_at", "", "`expires_at` must be in the future.")
	case num(coupon, "redeem_by") > 0 && ends > num(coupon, "redeem_by"):
		return invalid("expires_at", "", "`expires_at` cannot be later than the coupon's `redeem_by`.")
	case num(o, "max_redemptions") > num(coupon, "max_redemptions") && num(coupon, "max_redemptions") > 0:
		return invalid("max_redemptions", "", "`max_redemptions` cannot be more than the coupon's.")
	}
	if o["active"] == nil {
		o["active"] = true
	}
	c.insert(o)
	c.schedule(o, ends)
	c.emit("promotion_code.created", o)
	return nil
}
