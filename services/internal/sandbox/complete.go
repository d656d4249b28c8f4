package sandbox

// complete ends a session that was paid, or had nothing to pay.
func (t *tx) complete(s object) {
	who := hashAt(s, "_contact")
	s["status"], s["url"], s["customer"] = "complete", nil, orNil(payer(s))
	s["customer_details"] = object{"address": t.billedTo(s), "email": orNil(str(who, "email")), "name": who["name"], "phone": who["phone"], "tax_exempt": "none", "tax_ids": []any{}}
	if shipping := hashAt(who, "shipping"); shipping != nil {
		s["shipping_details"] = cloneObject(shipping)
	}
	t.closeOrder(s, who)
	s["payment_status"] = "no_payment_required"
	pi := t.find("payment_intent", str(s, "_intent"))
	switch {
	case s["mode"] == "setup":
		s["setup_intent"] = s["_intent"]
	case s["mode"] == "subscription":
		s["subscription"], s["invoice"] = s["_subscription"], s["_invoice"]
	case pi != nil:
		s["payment_intent"] = pi["id"]
	}
	switch {
	case pi == nil:
	case pi["status"] == "succeeded":
		s["payment_status"] = "paid"
	default:
		s["payment_status"] = "unpaid" // authorised, to be captured by hand
	}
	var receipt object
	if yes(s, "invoice_creation.enabled") && payer(s) != "" && s["payment_status"] != "unpaid" {
		receipt = t.afterInvoice(s, pi)
		s["invoice"] = receipt["id"]
	}
	t.schedule(s, 0)
	t.emit("checkout.session.completed", s)
	if receipt != nil {
		t.emit("invoice.created", receipt)
		t.finalize(receipt, "")
	}
}

// closeOrder settles what the customer chose on the page: lines that were taken
// out are gone, the coupon is used, what was agreed to is noted.
func (t *tx) closeOrder(s, who object) {
	var bought []any
	for _, l := range itemsAt(s, "_lines") {
		if l.(object)["quantity"] != int64(0) {
			bought = append(bought, l)
		}
	}
	s["_lines"] = bought
	t.redeem(hashAt(s, "_discount"))
	asked := hashAt(s, "consent_collection")
	if asked == nil {
		return
	}
	consent := object{"promotions": nil, "terms_of_service": nil}
	if asked["terms_of_service"] == "required" {
		consent["terms_of_service"] = "accepted"
	}
	if asked["promotions"] == "auto" {
		consent["promotions"] = map[bool]string{true: "opt_in", false: "opt_out"}[yes(who, "promotions")]
	}
	s["consent"] = consent
}

// billedTo is the address that the card was given with, at least its empty form.
func (t *tx) billedTo(s object) any {
	if pm := t.find("payment_method", str(s, "_method")); pm != nil {
		return clone(at(pm, "billing_details.address"))
	}
	return nil
}

// afterInvoice makes the invoice that invoice_creation asks for (3.2 B).
func (t *tx) afterInvoice(s, pi object) object {
	inv := t.newInvoice(t.get(payer(s)), str(s, "currency"), "manual")
	var lines []any
	for _, c := range carts(s) {
		lines = append(lines, t.newLine(inv, c, nil, object{"start": t.now, "end": t.now}))
	}
	if cost := hashAt(s, "shipping_cost"); cost != nil {
		inv["shipping_cost"], inv["amount_shipping"], inv["shipping_details"] = cloneObject(cost), cost["amount_total"], clone(s["shipping_details"])
	}
	setLines(inv, lines, hashAt(s, "_discount"))
	data := hashAt(s, "invoice_creation.invoice_data")
	for _, field := range []string{"description", "footer", "custom_fields", "rendering_options"} {
		inv[field] = clone(data[field])
	}
	inv["metadata"] = withoutNil(hashAt(data, "metadata"))
	if pi != nil {
		inv["_paid_by"] = pi["id"]
	}
	return inv
}
