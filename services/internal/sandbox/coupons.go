package sandbox

import "strings"

// activeCode finds a promotion code as a person types it, or returns nil.
func (t *tx) activeCode(typed string) object {
	for code := range t.where("promotion_code", "active", true) {
		if strings.EqualFold(str(code, "code"), typed) {
			return code
		}
	}
	return nil
}

// canBeUsed reports whether a coupon can still be redeemed.
func (t *tx) canBeUsed(coupon object) bool {
	most, until := num(coupon, "max_redemptions"), num(coupon, "redeem_by")
	return (most == 0 || num(coupon, "times_redeemed") < most) && (until == 0 || t.now < until)
}

func (t *tx) codeCanBeActive(code object) bool {
	coupon := t.find("coupon", str(code, "coupon.id"))
	most, until := num(code, "max_redemptions"), num(code, "expires_at")
	return coupon != nil && t.canBeUsed(coupon) && (most == 0 || num(code, "times_redeemed") < most) && (until == 0 || t.now < until)
}

// lapsed takes note that a coupon or a code is over: by time or by use. Stripe
// sends no event for it (3.2 B).
func (t *tx) lapsed(o object) {
	if o["object"] == "coupon" {
		o["valid"] = t.canBeUsed(o)
		t.retellCoupon(o)
	}
	if o["object"] == "promotion_code" && !t.codeCanBeActive(o) {
		o["active"] = false
	}
}

// retellCoupon brings the coupon that promotion codes show up to date.
func (t *tx) retellCoupon(coupon object) {
	for code := range t.where("promotion_code", "coupon.id", coupon["id"]) {
		code = t.edit(str(code, "id"))
		code["coupon"] = t.view(coupon)
		if code["active"] == true {
			code["active"] = t.codeCanBeActive(code)
		}
	}
}

// newDiscount is a coupon taken off something; code is nil without one.
func (t *tx) newDiscount(coupon, code object) object {
	d := t.fresh("discount")
	d["coupon"], d["start"] = cloneObject(t.view(coupon)), t.now
	if code != nil {
		d["promotion_code"] = code["id"]
	}
	if months := num(coupon, "duration_in_months"); months > 0 {
		d["end"] = addInterval(t.now, "month", months)
	}
	return d
}

// redeem counts one use of a discount's coupon and code.
func (t *tx) redeem(discount object) {
	for _, used := range []object{t.find("promotion_code", str(discount, "promotion_code")), t.find("coupon", str(discount, "coupon.id"))} {
		if used != nil {
			used = t.edit(str(used, "id"))
			used["times_redeemed"] = num(used, "times_redeemed") + 1
			t.lapsed(used)
		}
	}
}

// unfit says why a coupon, or a code for it, cannot be taken off a session;
// empty when it can.
func (t *tx) unfit(s, coupon, code object) string {
	reason := ""
	fits := false
	for _, l := range itemsAt(s, "_lines") {
		fits = fits || appliesTo(coupon, str(l.(object), "price.product"))
	}
	least := hashAt(code, "restrictions")
	switch buyer := str(s, "customer"); {
	case !t.canBeUsed(coupon):
		reason = "This coupon is no longer valid."
	case coupon["currency"] != nil && coupon["currency"] != s["currency"]:
		reason = "This coupon is in another currency than the Checkout Session."
	case !fits:
		reason = "This coupon does not apply to anything in the Checkout Session."
	case code == nil:
	case code["active"] != true || !t.codeCanBeActive(code):
		reason = "This promotion code is no longer active."
	case code["customer"] != nil && code["customer"] != buyer:
		reason = "This promotion code belongs to another customer."
	case num(least, "minimum_amount") > 0 && (least["minimum_amount_currency"] != s["currency"] || num(s, "amount_subtotal") < num(least, "minimum_amount")):
		reason = "The order is below the minimum amount of this promotion code."
	case yes(least, "first_time_transaction") && buyer != "" && t.hasPaid(buyer):
		reason = "This promotion code is for first-time customers."
	}
	return reason
}

// hasPaid reports whether a customer has bought something before.
func (t *tx) hasPaid(customer string) bool {
	for charge := range t.where("charge", "customer", customer) {
		if charge["status"] == "succeeded" {
			return true
		}
	}
	return false
}

// discounted gives a subscription its session's discount, and says so when it
// lasts beyond the first invoice (3.1).
func (t *tx) discounted(sub, discount object) {
	if discount == nil {
		return
	}
	d := cloneObject(discount)
	d["subscription"], d["customer"], d["start"] = sub["id"], sub["customer"], t.now
	if months := num(d, "coupon.duration_in_months"); months > 0 {
		d["end"] = addInterval(t.now, "month", months)
	}
	sub["discount"], sub["discounts"] = d, []any{d["id"]}
	if str(d, "coupon.duration") != "once" {
		t.tell("customer.discount.created", d, nil)
	}
}

// discountOf is what a subscription's next invoice gets off: its own discount,
// or else its customer's. One whose time is over ends here.
func (t *tx) discountOf(sub object) object {
	if d := hashAt(sub, "discount"); d != nil {
		if end := num(d, "end"); end == 0 || t.now < end {
			return d
		}
		t.endDiscount(sub)
	}
	customer := t.get(str(sub, "customer"))
	d := hashAt(customer, "discount")
	if end := num(d, "end"); d != nil && end > 0 && t.now >= end {
		t.endDiscount(t.edit(str(customer, "id")))
		return nil
	}
	return d
}

// endDiscount takes a discount off a subscription or a customer for good; the
// update of what carried it is the caller's to tell.
func (t *tx) endDiscount(o object) {
	d := hashAt(o, "discount")
	o["discount"] = nil
	if o["object"] == "subscription" {
		o["discounts"] = []any{}
	}
	if str(d, "coupon.duration") != "once" {
		t.tell("customer.discount.deleted", d, nil)
	}
}

// spend ends a coupon that is good for one charge, once it was taken off one.
func (t *tx) spend(sub, discount object, off int64) {
	if off == 0 || discount == nil || str(discount, "coupon.duration") != "once" {
		return
	}
	if discount["id"] == str(sub, "discount.id") {
		t.endDiscount(sub)
		return
	}
	customer := t.edit(str(sub, "customer"))
	t.endDiscount(customer)
	t.emit("customer.updated", customer)
}

// deleteDiscount is DELETE on a customer's or a subscription's discount.
func (r *resource) deleteDiscount() operation {
	return operation{"DELETE", r.path + "/:id/discount", nil, false, func(c *call) (object, error) {
		o, err := r.named(c)
		if err != nil {
			return nil, err
		}
		if hashAt(o, "discount") == nil {
			return nil, notFound("discount", c.vars["id"], "id")
		}
		o = c.edit(c.vars["id"])
		gone := merge(cloneObject(hashAt(o, "discount")), object{"deleted": true})
		c.endDiscount(o)
		c.emit(map[string]string{"customer": "customer.updated", "subscription": "customer.subscription.updated"}[r.object], o)
		return gone, nil
	}}
}
