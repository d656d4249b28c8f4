package sandbox

import (
	"math/big"
	"strings"

	"bursar/services"
)

// priceSession checks a new session's cart, and sets what it comes to.
func (c *call) priceSession(o object) error {
	if err := c.checkCart(o); err != nil {
		return err
	}
	if err := c.offerShipping(o); err != nil {
		return err
	}
	c.total(o)
	if err := c.giveDiscount(o); err != nil {
		return err
	}
	return checkTotal(o)
}

// checkCart holds the rules between a session's lines.
func (c *call) checkCart(o object) error {
	var money, every string
	mode := str(o, "mode")
	for i, l := range itemsAt(o, "_lines") {
		line, at := l.(object), nest(nest("line_items", itoa(int64(i))), "price")
		if cur := str(line, "currency"); money == "" {
			money = cur
		} else if cur != money {
			return invalid(at, "", "The price specified only supports `%s`. This doesn't match the expected currency: `%s`.", cur, money)
		}
		if str(line, "price.type") != "recurring" {
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
		return invalid("currency", "", "The prices of this Checkout Session are in `%s`, not in `%s`. This sandbox sells a price in its own currency only.", money, cur)
	}
	o["currency"] = orNil(money)
	if mode == "setup" {
		o["currency"] = c.given["currency"]
	}
	return c.checkAnchor(o)
}

// checkAnchor holds the rules of subscription_data[billing_cycle_anchor].
func (c *call) checkAnchor(o object) error {
	anchor, behavior := num(o, "_subscription_data.billing_cycle_anchor"), at(o, "_subscription_data.proration_behavior")
	const param = "subscription_data[billing_cycle_anchor]"
	switch {
	case anchor == 0 && behavior != nil:
		return invalid("subscription_data[proration_behavior]", "", "`proration_behavior` can only be passed together with `billing_cycle_anchor`.")
	case anchor == 0:
		return nil
	case c.trialEnd(o) > 0:
		return invalid(param, "", "You cannot pass both a trial and a `billing_cycle_anchor`.")
	case anchor <= c.now:
		return invalid(param, "", "`billing_cycle_anchor` must be in the future.")
	}
	for _, l := range itemsAt(o, "_lines") {
		if price := hashAt(l.(object), "price"); price["recurring"] != nil && anchor > nextPeriod(c.now, price) {
			return invalid(param, "", "`billing_cycle_anchor` cannot be later than the next natural billing date.")
		}
	}
	return nil
}

// nextPeriod is when a period of a recurring price that begins at a time ends.
func nextPeriod(from int64, price object) int64 {
	return addInterval(from, str(price, "recurring.interval"), num(price, "recurring.interval_count"))
}

// offerShipping notes the ways to ship; the first one is chosen until the
// customer takes another.
func (c *call) offerShipping(o object) error {
	options := []any{}
	for i, e := range itemsAt(c.given, "shipping_options") {
		given, at := e.(object), nest("shipping_options", itoa(int64(i)))
		rate, data := c.find("shipping_rate", str(given, "shipping_rate")), hashAt(given, "shipping_rate_data")
		var err error
		switch {
		case str(o, "mode") != "payment":
			return invalid("shipping_options", "", "You can not pass `shipping_options` in `%s` mode.", o["mode"])
		case (rate == nil) == (data == nil):
			return invalid(at, "", "You must pass exactly one of these parameters: shipping_rate, shipping_rate_data.")
		case data != nil:
			rate, err = c.newShippingRate(data, nest(at, "shipping_rate_data"))
		case rate["active"] != true:
			return invalid(nest(at, "shipping_rate"), "", "The shipping rate %s is archived.", rate["id"])
		}
		if err != nil {
			return err
		}
		if cur := str(rate, "fixed_amount.currency"); cur != str(o, "currency") {
			return invalid(at, "", "The shipping rate is in `%s`. This doesn't match the expected currency: `%s`.", cur, o["currency"])
		}
		options = append(options, object{"shipping_amount": num(rate, "fixed_amount.amount"), "shipping_rate": rate["id"]})
	}
	if o["shipping_options"] = options; len(options) > 0 {
		o["_shipping"] = options[0].(object)["shipping_rate"]
	}
	return nil
}

// giveDiscount takes the discount that the request names off the session.
func (c *call) giveDiscount(o object) error {
	for i, e := range itemsAt(c.given, "discounts") {
		given, at := e.(object), nest("discounts", itoa(int64(i)))
		coupon, code := c.find("coupon", str(given, "coupon")), c.find("promotion_code", str(given, "promotion_code"))
		switch {
		case (coupon == nil) == (code == nil):
			return invalid(at, "", "You must pass exactly one of these parameters: coupon, promotion_code.")
		case c.has("allow_promotion_codes"):
			return invalid("discounts", "", "You may only specify one of these parameters: allow_promotion_codes, discounts.")
		case str(o, "mode") == "setup":
			return invalid("discounts", "", "You can not pass `discounts` in `setup` mode.")
		case code != nil:
			at = nest(at, "promotion_code")
			if coupon = c.find("coupon", str(code, "coupon.id")); coupon == nil {
				return invalid(at, "", "This promotion code is no longer active.")
			}
		default:
			at = nest(at, "coupon")
		}
		if reason := c.unfit(o, coupon, code); reason != "" {
			return invalid(at, "", "%s", reason)
		}
		c.takeCoupon(o, coupon, code)
	}
	return nil
}

// takeCoupon takes a coupon off a session.
func (t *tx) takeCoupon(s, coupon, code object) {
	d := t.newDiscount(coupon, code)
	d["checkout_session"] = s["id"]
	s["_discount"] = d
	t.total(s)
}

// total adds a session up: its lines, the discount, taxes and shipping. All
// amounts are minor units of the session's currency.
func (t *tx) total(s object) {
	lines := itemsAt(s, "_lines")
	entries := make([]*entry, len(lines))
	for i, l := range lines {
		line := l.(object)
		entries[i] = &entry{amount: t.dueNow(s, line), product: str(line, "price.product"), rates: itemsAt(line, "_rates")}
	}
	discount := hashAt(s, "_discount")
	addUp(entries, hashAt(discount, "coupon"), str(s, "currency"))
	var subtotal, off, tax, total int64
	for i, e := range entries {
		line := lines[i].(object)
		line["amount_subtotal"], line["amount_discount"], line["amount_tax"], line["amount_total"] = e.amount, e.off, e.tax(), e.total()
		line["_discounts"], line["_taxes"] = []any{}, []any{}
		if discount != nil && e.off > 0 {
			line["_discounts"] = []any{object{"amount": e.off, "discount": discount}}
		}
		for n, rate := range e.rates {
			line["_taxes"] = append(line["_taxes"].([]any), object{"amount": e.taxes[n], "rate": rate})
		}
		subtotal, off, tax, total = subtotal+e.amount, off+e.off, tax+e.tax(), total+e.total()
	}
	shipping := num(t.get(str(s, "_shipping")), "fixed_amount.amount")
	if rate := s["_shipping"]; rate != nil {
		s["shipping_cost"] = object{"amount_subtotal": shipping, "amount_tax": int64(0), "amount_total": shipping, "shipping_rate": rate}
	}
	s["amount_subtotal"], s["amount_total"] = subtotal, total+shipping
	s["total_details"] = object{"amount_discount": off, "amount_shipping": shipping, "amount_tax": tax}
}

// dueNow is what a line costs when the session is paid, before discounts and
// taxes. In a trial, what recurs is free; up to a billing cycle anchor it is
// charged in proportion.
func (t *tx) dueNow(s, line object) int64 {
	price := hashAt(line, "price")
	if n, chosen := line["_amount"].(int64); chosen {
		return n
	}
	amount := t.lineAmount(price, num(line, "quantity"))
	anchor := num(s, "_subscription_data.billing_cycle_anchor")
	switch {
	case price["recurring"] == nil:
		return amount
	case t.trialEnd(s) > 0, anchor > 0 && at(s, "_subscription_data.proration_behavior") == "none":
		return 0
	case anchor > 0:
		part := big.NewRat(max(anchor-t.now, 0), max(nextPeriod(t.now, price)-t.now, 1))
		return roundTo(part.Mul(part, big.NewRat(amount, 1)), smallest(str(s, "currency")))
	}
	return amount
}

// checkTotal refuses a session that could not be charged (2.5, 2.10).
func checkTotal(s object) error {
	total, money := num(s, "amount_total"), str(s, "currency")
	least := services.Money{Amount: services.MinimumCharge(money), Currency: money}
	largest := max(total, num(s, "amount_subtotal"))
	for _, l := range itemsAt(s, "_lines") {
		if l.(object)["_amount"] == int64(0) {
			return nil // not chosen yet: the page asks for it
		}
	}
	switch {
	case largest > maxAmount:
		return invalid("line_items", "amount_too_large", "The Checkout Session's total amount must be no more than %s", services.Money{Amount: maxAmount, Currency: money})
	case total > 0 && total < least.Amount:
		return invalid("line_items", "amount_too_small", "The Checkout Session's total amount due must add up to at least %s %s", least, money)
	case services.Exponent(money) == 3 && total%10 != 0:
		return invalid("line_items", "", "The Checkout Session's total in %s must end in 0, because card networks settle two of its three decimals.", strings.ToUpper(money))
	}
	return nil
}
