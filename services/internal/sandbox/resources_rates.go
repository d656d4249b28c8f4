package sandbox

const taxRateBlank = `{"id":"","object":"tax_rate","active":true,"country":null,"created":0,"description":null,"display_name":"","effective_percentage":null,"inclusive":false,"jurisdiction":null,"jurisdiction_level":null,"livemode":false,"metadata":{},"percentage":0,"state":null,"tax_type":null}`

const shippingRateBlank = `{"id":"","object":"shipping_rate","active":true,"created":0,"delivery_estimate":null,"display_name":null,"fixed_amount":{"amount":0,"currency":""},"livemode":false,"metadata":{},"tax_behavior":"unspecified","tax_code":null,"type":"fixed_amount"}`

// rateResources are what is added to a price: taxes and shipping.
func rateResources() []*resource { return []*resource{taxRateResource(), shippingRateResource()} }

func taxRateResource() *resource {
	r := &resource{object: "tax_rate", noun: "tax rate", path: "/v1/tax_rates", prefix: "txr_", suffix: 24, idParam: "tax_rate", blank: taxRateBlank}
	shared := []param{opt("active", boolean), opt("country", upTo(2)), opt("state", upTo(5)), opt("jurisdiction", upTo(50)), opt("description", text), opt("metadata", metadata),
		opt("tax_type", words("amusement_tax communications_tax gst hst igst jct lease_tax pst qst rst sales_tax vat"))}
	create := concat([]param{req("display_name", upTo(50)), req("inclusive", boolean), req("percentage", number)}, shared)
	r.ops = []operation{
		r.create(create, func(c *call, o object) error {
			if p := o["percentage"].(float64); p < 0 || p > 100 {
				return invalid("percentage", "", "Invalid percentage: must be between 0 and 100.")
			}
			c.insert(o)
			c.emit("tax_rate.created", o)
			return nil
		}),
		r.retrieve(), r.update(concat([]param{opt("display_name", upTo(50))}, shared), updated("tax_rate")),
		r.list(nil, by("active", boolean), by("inclusive", boolean), by("created", span)),
	}
	return r
}

var (
	estimateBound = hash(req("unit", oneOf("business_day", "day", "hour", "month", "week")), req("value", atLeast(1)))

	// shippingRateFields describe a shipping rate, also inside of a session.
	shippingRateFields = []param{
		req("display_name", upTo(100)), opt("type", oneOf("fixed_amount")), opt("fixed_amount", hash(concat([]param{req("amount", atLeast(0)), req("currency", currency)}, absent("currency_options"))...)),
		opt("delivery_estimate", hash(opt("maximum", estimateBound), opt("minimum", estimateBound))), opt("metadata", metadata), opt("tax_behavior", taxBehaviors), opt("tax_code", text),
	}
)

// shippingRateResource has no events (3.1).
func shippingRateResource() *resource {
	r := &resource{object: "shipping_rate", noun: "shipping rate", path: "/v1/shipping_rates", prefix: "shr_", suffix: 24, idParam: "shipping_rate_token", blank: shippingRateBlank}
	r.ops = []operation{
		r.create(shippingRateFields, func(c *call, o object) error {
			if hashAt(c.given, "fixed_amount") == nil {
				return invalid("fixed_amount", "parameter_missing", "Missing required param: fixed_amount.")
			}
			c.insert(withShippingDefaults(o))
			return nil
		}),
		r.retrieve(),
		r.update(concat([]param{opt("active", boolean), opt("metadata", metadata), opt("tax_behavior", taxBehaviors)}, absent("fixed_amount")), func(*call, object) error { return nil }),
		r.list(nil, by("active", boolean), by("created", span), byField("currency", currency, "fixed_amount.currency")),
	}
	return r
}

// withShippingDefaults puts a rate into the form that Stripe shows.
func withShippingDefaults(o object) object {
	o["fixed_amount"] = object{"amount": at(o, "fixed_amount.amount"), "currency": at(o, "fixed_amount.currency")}
	for field, unset := range map[string]any{"type": "fixed_amount", "tax_behavior": "unspecified"} {
		if o[field] == nil {
			o[field] = unset
		}
	}
	return o
}

// newShippingRate makes the rate that shipping_rate_data describes.
func (t *tx) newShippingRate(data object, param string) (object, error) {
	if hashAt(data, "fixed_amount") == nil {
		return nil, invalid(nest(param, "fixed_amount"), "parameter_missing", "Missing required param: %s.", nest(param, "fixed_amount"))
	}
	o := t.fresh("shipping_rate")
	if err := echo(o, data, shippingRateFields); err != nil {
		return nil, err
	}
	return t.insert(withShippingDefaults(o)), nil
}
