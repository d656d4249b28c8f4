package sandbox

import (
	"fmt"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/sandbox/pages"
)

// checkoutPage draws a session.
func (t *tx) checkoutPage(id string) (pages.Checkout, error) {
	s := t.find("checkout.session", id)
	if s == nil {
		return pages.Checkout{}, pages.ErrNotFound
	}
	status := str(s, "status")
	if status == "open" && num(s, "expires_at") <= t.now {
		status = "expired"
	}
	currency := str(s, "currency")
	amount := func(n int64) services.Money { return services.Money{Amount: n, Currency: currency} }
	c := pages.Checkout{
		Session: id, Merchant: merchant, Mode: str(s, "mode"), Status: status,
		Subtotal: money(s, "amount_subtotal", "currency"), Total: money(s, "amount_total", "currency"),
		Discount: amount(num(s, "total_details.amount_discount")), Shipping: amount(num(s, "total_details.amount_shipping")),
		Email: str(s, "customer_email"), AskName: true, AskAddress: s["billing_address_collection"] == "required",
		AskPhone: yes(s, "phone_number_collection.enabled"), AskShipping: s["shipping_address_collection"] != nil,
		SubmitType: str(s, "submit_type"), CancelURL: str(s, "cancel_url"), SuccessURL: successURL(s), Locale: str(s, "locale"),
		ExpiresAt: time.Unix(num(s, "expires_at"), 0).UTC(), TermsRequired: str(s, "consent_collection.terms_of_service") == "required",
		CustomText: str(s, "custom_text.submit.message"), ShippingText: str(s, "custom_text.shipping_address.message"),
		TermsText: str(s, "custom_text.terms_of_service_acceptance.message"), AfterText: str(s, "custom_text.after_submit.message"),
		AskPromotions: str(s, "consent_collection.promotions") == "auto", CustomFields: customFields(s), Shippings: t.shippings(s),
		AskCode: yes(s, "allow_promotion_codes"), Recoverable: yes(s, "after_expiration.recovery.enabled") && num(s, "after_expiration.recovery.expires_at") > t.now,
		NoCardNeeded: !needsCard(s), LastDecline: t.lastDecline(s),
	}
	if customer := t.find("customer", str(s, "customer")); customer != nil && str(customer, "email") != "" {
		c.Email, c.EmailLocked = str(customer, "email"), true
	}
	for _, country := range itemsAt(s, "shipping_address_collection.allowed_countries") {
		c.Countries = append(c.Countries, country.(string))
	}
	dynamic, byState := taxedByAddress(s)
	c.TaxByAddress, c.AskAddress = dynamic, c.AskAddress || byState
	within := taxesWithin(s)
	c.TaxIncluded, c.Tax = amount(within), amount(num(s, "total_details.amount_tax")-within)
	c.Coupon, c.CouponFixed = t.couponLabel(s), !c.AskCode
	var recurring int64
	for _, l := range itemsAt(s, "_lines") {
		line := t.pageLine(l.(object))
		if c.Lines = append(c.Lines, line); line.Per != "" {
			recurring += t.lineAmount(hashAt(l.(object), "price"), line.Quantity)
			c.Recurring = fmt.Sprintf("%s per %s", amount(recurring), line.Per)
		}
	}
	if lines := itemsAt(s, "_lines"); len(lines) == 1 && lines[0].(object)["_amount"] != nil {
		least, most := customLimits(s)
		c.CustomAmount = &pages.CustomAmount{Amount: amount(num(lines[0].(object), "_amount")), Minimum: amount(least), Maximum: amount(most)}
	}
	if end := t.trialEnd(s); end > 0 {
		c.TrialEnds, c.TrialDays = time.Unix(end, 0).UTC(), int((end-t.now+day-1)/day)
	}
	return c, nil
}

// pageLine draws a line of a session or an invoice.
func (t *tx) pageLine(line object) pages.CheckoutLine {
	price := hashAt(line, "price")
	l := pages.CheckoutLine{Name: t.productName(price), Quantity: num(line, "quantity"), Unit: t.unitOf(price), Total: money(line, "amount_subtotal", "currency"), Metered: metered(price)}
	switch {
	case line["object"] == "line_item":
		l.Total = money(line, "amount", "currency")
		if line["proration"] == true {
			l.Name, l.Unit = str(line, "description"), l.Total
		}
	case line["_amount"] != nil:
		l.ID, l.Unit = str(line, "id"), l.Total
	default:
		l.ID, l.Total.Amount = str(line, "id"), t.lineAmount(price, l.Quantity)
		between := hashAt(line, "_adjustable")
		l.Adjustable, l.Minimum, l.Maximum = between != nil, num(between, "minimum"), num(between, "maximum")
	}
	l.Description = str(t.get(str(price, "product")), "description")
	if price["recurring"] != nil {
		l.Per = interval(price)
	}
	return l
}

// taxesWithin is what a session's prices include of taxes.
func taxesWithin(s object) int64 {
	var sum int64
	for _, l := range itemsAt(s, "_lines") {
		for _, x := range itemsAt(l.(object), "_taxes") {
			if yes(x.(object), "rate.inclusive") {
				sum += num(x.(object), "amount")
			}
		}
	}
	return sum
}

// couponLabel names what is taken off a session: the code, or the coupon.
func (t *tx) couponLabel(s object) string {
	d := hashAt(s, "_discount")
	for _, label := range []string{str(t.get(str(d, "promotion_code")), "code"), str(d, "coupon.name")} {
		if label != "" {
			return label
		}
	}
	return str(d, "coupon.id")
}

// shippings are the ways to ship a session's order.
func (t *tx) shippings(s object) []pages.ShippingOption {
	var list []pages.ShippingOption
	for _, e := range itemsAt(s, "shipping_options") {
		option := e.(object)
		rate := t.get(str(option, "shipping_rate"))
		list = append(list, pages.ShippingOption{Rate: str(rate, "id"), Name: str(rate, "display_name"), Delivery: deliveryTime(hashAt(rate, "delivery_estimate")),
			Amount: services.Money{Amount: num(option, "shipping_amount"), Currency: str(s, "currency")}, Chosen: s["_shipping"] == rate["id"]})
	}
	return list
}

// deliveryTime spells an estimate: "3–5 business days", "at least 2 weeks".
func deliveryTime(estimate object) string {
	spell := func(bound object) string {
		unit := strings.ReplaceAll(str(bound, "unit"), "_", " ")
		if num(bound, "value") != 1 {
			unit += "s"
		}
		return itoa(num(bound, "value")) + " " + unit
	}
	least, most := hashAt(estimate, "minimum"), hashAt(estimate, "maximum")
	switch {
	case least == nil && most == nil:
		return ""
	case most == nil:
		return "at least " + spell(least)
	case least == nil:
		return "up to " + spell(most)
	case least["unit"] == most["unit"] && least["value"] == most["value"]:
		return spell(most)
	case least["unit"] == most["unit"]:
		return itoa(num(least, "value")) + "–" + spell(most)
	}
	return spell(least) + " to " + spell(most)
}

// needsCard reports whether the page asks for a card.
func needsCard(s object) bool {
	switch {
	case s["mode"] == "setup", num(s, "amount_total") > 0:
		return true
	case s["mode"] == "subscription":
		return s["payment_method_collection"] != "if_required"
	}
	return false
}

// lastDecline is what the card said at the attempt before.
func (t *tx) lastDecline(s object) string {
	problem := hashAt(t.get(str(s, "_intent")), "last_payment_error")
	if problem == nil || s["status"] != "open" {
		return ""
	}
	e := &apiError{status: 402, kind: str(problem, "type"), code: str(problem, "code"), message: str(problem, "message"), extra: object{"decline_code": problem["decline_code"]}}
	return problemOf(e).Error()
}
