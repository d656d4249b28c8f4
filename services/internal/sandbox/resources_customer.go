package sandbox

import "strconv"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

const customerBlank = `{"id":"","object":"customer","address":null,"balance":0,"created":0,"currency":null,"default_source":null,"delinquent":false,"description":null,"discount":null,"email":null,"invoice_prefix":"","invoice_settings":{"custom_fields":null,"default_payment_method":null,"footer":null,"rendering_options":null},"livemode":false,"metadata":{},"name":null,"next_invoice_sequence":1,"phone":null,"preferred_locales":[],"shipping":null,"tax_exempt":"none","test_clock":null}`

const paymentMethodBlank = `{"id":"","object":"payment_method","billing_details":{"address":{"city":null,"country":null,"line1":null,"line2":null,"postal_code":null,"state":null},"email":null,"name":null,"phone":null},"card":{},"created":0,"customer":null,"livemode":false,"metadata":{},"type":"card"}`

// customerResources are customers and their payment methods.
func customerResources() []*resource {
	return []*resource{customerResource(), paymentMethodResource()}
}

var (
	addressFields = []param{opt("city", text), opt("country", upTo(5000)), opt("line1", text), opt("line2", text), opt("postal_code", text), opt("state", text)}
	address       = hash(addressFields...)
	shippingHash  = hash(req("address", address), req("name", text), opt("phone", text), opt("carrier", text), opt("tracking_number", text))
)

func customerResource() *resource {
	r := &resource{object: "customer", noun: "customer", path: "/v1/customers", prefix: "cus_", suffix: 14, idParam: "id", blank: customerBlank,
		expand: map[string]string{"default_source": "card", "test_clock": "test_helpers.test_clock", "invoice_settings.default_payment_method": "payment_method"},
		include: map[string]func(*tx, object) any{
			"sources":       func(_ *tx, o object) any { return sublist(nil, "/v1/customers/"+str(o, "id")+"/sources") },
			"tax_ids":       func(_ *tx, o object) any { return sublist(nil, "/v1/customers/"+str(o, "id")+"/tax_ids") },
			"subscriptions": customerSubscriptions,
			"tax": func(*tx, object) any {
				return object{"automatic_tax": "unrecognized_location", "ip_address": nil, "location": nil}
			},
		},
		search: searchFields("created:n email:s name:s phone:s")}
	shared := concat([]param{
		opt("email", email), opt("name", text), opt("phone", upTo(20)), opt("description", text), opt("address", address),
		opt("shipping", hash(req("address", address), req("name", text), opt("phone", text))), opt("metadata", metadata),
		opt("preferred_locales", arrayOf(text)), opt("tax_exempt", oneOf("exempt", "none", "reverse")), opt("balance", integer),
		opt("invoice_prefix", upTo(12)), opt("next_invoice_sequence", atLeast(1)),
		own(opt("invoice_settings", hash(opt("default_payment_method", text), opt("footer", text), opt("custom_fields", atMost(4, hash(req("name", upTo(40)), req("value", upTo(140))))), opt("rendering_options", hash(opt("amount_tax_display", oneOf("exclude_tax", "include_inclusive_tax"))))))),
		own(opt("coupon", reference("coupon"))), own(opt("promotion_code", reference("promotion_code"))),
	}, absent("source test_clock cash_balance tax tax_id_data default_source"))
	create := concat(shared, owned(opt("payment_method", text)))
	r.ops = []operation{
		r.create(create, createCustomer), r.retrieve(), r.update(shared, updateCustomer),
		r.list(nil, by("email", text), by("created", span), by("test_clock", text)),
		{"DELETE", r.path + "/:id", nil, false, deleteCustomer(r)}, r.deleteDiscount(),
		r.searchable(),
		{"GET", r.path + "/:id/payment_methods", concat(pageParams, []param{opt("type", text)}), false, customerMethods(r)},
		{"GET", r.path + "/:id/payment_methods/:pm", nil, false, customerMethod(r)},
	}
	return r
}

func customerSubscriptions(t *tx, o object) any {
	var data []any
	for _, row := range t.newest("subscription") {
		if row.object()["customer"] == o["id"] && !ended(row.object()) {
			data = append(data, t.view(row.object()))
		}
	}
	return sublist(data, "/v1/customers/"+str(o, "id")+"/subscriptions")
}

func createCustomer(c *call, o object) error {
	if o["invoice_prefix"] == "" || o["invoice_prefix"] == nil {
		o["invoice_prefix"] = upperText(c.ids, 8)
	}
	c.insert(o)
	if method := str(c.given, "payment_method"); method != "" {
		pm, err := c.paymentMethod(method, "payment_method")
		if err != nil {
			return err
		}
		if err := c.attach(pm, str(o, "id")); err != nil {
			return err
		}
	}
	if err := customerSettings(c, o); err != nil {
		return err
	}
	if err := c.changeDiscount(o); err != nil {
		return err
	}
	c.emit("customer.created", o)
	return nil
}

func upperText(ids *idSource, n int) string {
	b := []byte(ids.text(n))
	for i, ch := range b {
		if ch >= 'a' {
			b[i] = ch - 'a' + 'A'
		}
	}
	return string(b)
}

func updateCustomer(c *call, o object) error {
	if err := customerSettings(c, o); err != nil {
		return err
	}
	if err := c.changeDiscount(o); err != nil {
		return err
	}
	for field, unset := range map[string]any{"balance": int64(0), "tax_exempt": "none", "preferred_locales": []any{}} {
		if o[field] == nil {
			o[field] = unset
		}
	}
	c.emit("customer.updated", o)
	return nil
}

// customerSettings merges invoice_settings; its default payment method must be
// the customer's own.
func customerSettings(c *call, o object) error {
	sent, ok := c.given["invoice_settings"].(object)
	if !ok {
		return nil
	}
	settings := cloneObject(hashAt(o, "invoice_settings"))
	for k, v := range sent {
		settings[k] = v
	}
	if id := str(sent, "default_payment_method"); id != "" {
		pm, err := c.paymentMethod(id, "invoice_settings[default_payment_method]")
		if err != nil {
			return err
		}
		if pm["customer"] != o["id"] {
			return invalid("invoice_settings[default_payment_method]", "resource_missing", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
		}
	}
	o["invoice_settings"] = settings
	return nil
}

// deleteCustomer ends the customer's subscriptions and leaves a stub (2.6).
func deleteCustomer(r *resource) func(*call) (object, error) {
	return func(c *call) (object, error) {
		if _, err := r.named(c); err != nil {
			return nil, err
		}
		id := c.vars["id"]
		for sub := range c.where("subscription", "customer", id) {
			if !ended(sub) {
				c.cancelNow(c.edit(str(sub, "id")), object{"reason": "cancellation_requested"})
			}
		}
		for pm := range c.where("payment_method", "customer", id) {
			c.edit(str(pm, "id"))["customer"] = nil
		}
		o := c.edit(id)
		c.emit("customer.deleted", o)
		o["deleted"] = true
		return deletedStub(o), nil
	}
}

func customerMethods(r *resource) func(*call) (object, error) {
	return func(c *call) (object, error) {
		o, err := r.named(c)
		if err != nil {
			return nil, err
		}
		var all []object
		for _, row := range c.newest("payment_method") {
			if kind := str(c.given, "type"); row.object()["customer"] == o["id"] && (kind == "" || row.object()["type"] == kind) {
				all = append(all, row.object())
			}
		}
		exists := func(id string) bool { return c.find("payment_method", id) != nil }
		return page(c.given, all, "/v1/customers/"+c.vars["id"]+"/payment_methods", "PaymentMethod", exists)
	}
}

func customerMethod(r *resource) func(*call) (object, error) {
	return func(c *call) (object, error) {
		if _, err := r.named(c); err != nil {
			return nil, err
		}
		if pm := c.find("payment_method", c.vars["pm"]); pm != nil && pm["customer"] == c.vars["id"] {
			return pm, nil
		}
		return nil, notFound("PaymentMethod", c.vars["pm"], "payment_method")
	}
}

var billingDetails = hash(opt("address", address), opt("email", text), opt("name", text), opt("phone", text))

func paymentMethodResource() *resource {
	r := &resource{object: "payment_method", noun: "PaymentMethod", path: "/v1/payment_methods", prefix: "pm_", suffix: 24, idParam: "payment_method", blank: paymentMethodBlank,
		expand: map[string]string{"customer": "customer"}}
	create := []param{req("type", oneOf("card")), own(opt("card", hash(opt("number", text), opt("exp_month", integer), opt("exp_year", integer), opt("cvc", text), opt("token", text)))),
		opt("billing_details", billingDetails), opt("metadata", metadata)}
	update := []param{opt("billing_details", billingDetails), opt("metadata", metadata), own(opt("card", hash(opt("exp_month", atLeast(1)), opt("exp_year", atLeast(1)))))}
	r.ops = []operation{
		r.create(create, createMethod), r.retrieve(), r.update(update, updateMethod),
		r.list(func(c *call, o object) bool { return c.has("customer") || o["customer"] == nil }, by("customer", reference("customer")), by("type", text)),
		{"POST", r.path + "/:id/attach", []param{req("customer", reference("customer"))}, false, func(c *call) (object, error) {
			pm, err := c.namedMethod()
			if err != nil {
				return nil, err
			}
			pm = c.edit(str(pm, "id"))
			return pm, c.attach(pm, str(c.given, "customer"))
		}},
		{"POST", r.path + "/:id/detach", nil, false, func(c *call) (object, error) {
			pm, err := r.named(c)
			if err != nil {
				return nil, err
			}
			if pm["customer"] == nil {
				return nil, invalid("", "", "The payment method you provided is not attached to a customer so detachment is impossible.")
			}
			return c.detach(str(pm, "id")), nil
		}},
	}
	return r
}

// namedMethod is the payment method in the path, made when it is a shared name.
func (c *call) namedMethod() (object, error) {
	pm, err := c.paymentMethod(c.vars["id"], "payment_method")
	if err != nil {
		e := asAPIError(err)
		e.status = 404
		return nil, e
	}
	return pm, nil
}

func createMethod(c *call, o object) error {
	card, err := tokenize(c.tx, typedCard{number: str(c.given, "card.number"), month: num(c.given, "card.exp_month"), year: num(c.given, "card.exp_year"), cvc: str(c.given, "card.cvc"), token: str(c.given, "card.token")})
	if err != nil {
		return err
	}
	dressMethod(o, card)
	c.insert(o)
	return nil
}

func updateMethod(c *call, o object) error {
	if o["customer"] == nil {
		return invalid("", "", "You must save this PaymentMethod to a customer before you can update it.")
	}
	for _, field := range []string{"exp_month", "exp_year"} {
		if n := num(c.given, "card."+field); n > 0 {
			hashAt(o, "card")[field] = n
		}
	}
	c.emit("payment_method.updated", o)
	return nil
}
