package sandbox

import (
	"testing"
	"time"

	"bursar/services/internal/sandbox/pages"
)

// complete pays a session on its page and returns it.
func (c *client) complete(id string, p pages.Payment) map[string]any {
	c.t.Helper()
	if _, err := (backend{c.srv}).Pay(c.t.Context(), id, p); err != nil {
		c.t.Fatal(err)
	}
	return c.get("/v1/checkout/sessions/" + id + "?expand[]=line_items.data.discounts&expand[]=line_items.data.taxes&expand[]=total_details.breakdown&expand[]=invoice&expand[]=payment_intent").ok()
}

func (c *client) change(id string, change pages.OrderChange) error {
	return backend{c.srv}.Change(c.t.Context(), id, change)
}

func TestDiscountsInEachCurrency(t *testing.T) {
	c := empty(t)
	p := c.stock()
	third := s(c.post("/v1/coupons", "percent_off=33.33&duration=once").ok(), "id")
	for price, want := range map[string][3]int64{p.once: {2500, 833, 1667}, p.yen: {1200, 400, 800}, p.dinar: {4750, 1580, 3170}} {
		cs := c.session("payment", price, "&discounts[0][coupon]="+third)
		if got := [3]int64{n(cs, "amount_subtotal"), n(cs, "total_details.amount_discount"), n(cs, "amount_total")}; got != want {
			t.Errorf("%s: %v, want %v", s(cs, "currency"), got, want)
		}
		cs = c.complete(s(cs, "id"), form("4242424242424242"))
		line := at(cs, "line_items.data").([]any)[0].(map[string]any)
		if n(cs, "payment_intent.amount_received") != want[2] || n(line, "amount_discount") != want[1] || len(at(line, "discounts").([]any)) != 1 || len(at(cs, "total_details.breakdown.discounts").([]any)) != 1 {
			t.Errorf("paid %v", cs)
		}
	}
	if got := c.get("/v1/coupons/" + third).ok(); n(got, "times_redeemed") != 3 || got["valid"] != true {
		t.Errorf("coupon %v", got)
	}
}

// TestAmountOffIsSpread: an amount off is shared among lines, exactly.
func TestAmountOffIsSpread(t *testing.T) {
	c := empty(t)
	p := c.stock()
	off := s(c.post("/v1/coupons", "amount_off=1000&currency=eur").ok(), "id")
	cs := c.session("payment", p.once, "&line_items[1][price]="+p.once+"&line_items[1][quantity]=2&discounts[0][coupon]="+off)
	if n(cs, "total_details.amount_discount") != 1000 || n(cs, "amount_total") != 6500 {
		t.Errorf("session %v", cs)
	}
	lines := c.get("/v1/checkout/sessions/" + s(cs, "id") + "/line_items").ok()["data"].([]any)
	if n(lines[0].(map[string]any), "amount_discount") != 333 || n(lines[1].(map[string]any), "amount_discount") != 667 {
		t.Errorf("lines %v", lines)
	}
	c.post("/v1/checkout/sessions", "mode=payment&line_items[0][price]="+p.yen+"&line_items[0][quantity]=1&discounts[0][coupon]="+off+back).fails(400, "", "discounts[0][coupon]", "another currency")
	c.post("/v1/checkout/sessions", "mode=payment&line_items[0][price]="+p.once+"&line_items[0][quantity]=1&allow_promotion_codes=true&discounts[0][coupon]="+off+back).fails(400, "", "discounts", "only specify one")
}

func TestFreeByDiscount(t *testing.T) {
	c := empty(t)
	p := c.stock()
	all := s(c.post("/v1/coupons", "percent_off=100&duration=forever").ok(), "id")
	id := s(c.session("payment", p.once, "&discounts[0][coupon]="+all), "id")
	page, err := backend{c.srv}.Checkout(t.Context(), id)
	if err != nil || !page.NoCardNeeded {
		t.Errorf("page %+v, %v", page, err)
	}
	before := len(c.events())
	cs := c.complete(id, form(""))
	c.expectEvents(before, "checkout.session.completed")
	if s(cs, "payment_status") != "no_payment_required" || cs["payment_intent"] != nil || n(cs, "amount_total") != 0 {
		t.Errorf("session %v", cs)
	}
	before = len(c.events())
	cs = c.complete(s(c.session("subscription", p.monthly, "&discounts[0][coupon]="+all), "id"), form("4242424242424242"))
	c.expectEvents(before, "customer.created setup_intent.created payment_method.attached setup_intent.succeeded customer.discount.created customer.subscription.created invoice.created invoice.finalized invoice.paid invoice.payment_succeeded customer.updated checkout.session.completed")
	sub := c.get("/v1/subscriptions/" + s(cs, "subscription")).ok()
	if s(cs, "payment_status") != "no_payment_required" || s(sub, "status") != "active" || s(sub, "discount.coupon.id") != all || n(cs, "invoice.total") != 0 || n(cs, "invoice.subtotal") != 900 {
		t.Errorf("session %v", cs)
	}
	c.do("DELETE", "/v1/subscriptions/"+s(sub, "id")+"/discount", "").ok()
	if sub = c.get("/v1/subscriptions/" + s(sub, "id")).ok(); sub["discount"] != nil {
		t.Error("a deleted discount is still there")
	}
}

func TestPromotionCodes(t *testing.T) {
	c := empty(t)
	p := c.stock()
	coupon := s(c.post("/v1/coupons", "percent_off=20&duration=once&name=Spring&max_redemptions=2").ok(), "id")
	c.post("/v1/promotion_codes", "coupon="+coupon+"&code=SPRING&restrictions[minimum_amount]=2000&restrictions[minimum_amount_currency]=eur&restrictions[first_time_transaction]=true&max_redemptions=1").ok()
	c.post("/v1/promotion_codes", "coupon="+coupon+"&code=spring").fails(400, "", "code", "already exists")
	c.post("/v1/promotion_codes", "coupon="+coupon+"&code=LATER&expires_at="+itoa(testNow.Unix()+3600)).ok()
	id := s(c.session("payment", p.once, "&allow_promotion_codes=true"), "id")
	problem(t, c.change(id, pages.OrderChange{Code: "NOPE"}), "promotionCode", "This code is invalid.")
	if err := c.change(id, pages.OrderChange{Code: " spring "}); err != nil {
		t.Fatal(err)
	}
	page, err := backend{c.srv}.Checkout(t.Context(), id)
	if err != nil || page.Coupon != "SPRING" || page.CouponFixed || page.Discount.Amount != 500 || page.Total.Amount != 2000 {
		t.Errorf("page %+v, %v", page, err)
	}
	if err := c.change(id, pages.OrderChange{RemoveCode: true}); err != nil {
		t.Fatal(err)
	}
	if cs := c.get("/v1/checkout/sessions/" + id).ok(); n(cs, "amount_total") != 2500 {
		t.Errorf("after removing the code: %v", cs)
	}
	if err := c.change(id, pages.OrderChange{Code: "SPRING"}); err != nil {
		t.Fatal(err)
	}
	stale := form("4242424242424242")
	stale.Expected = "2500"
	_, err = backend{c.srv}.Pay(t.Context(), id, stale)
	problem(t, err, "", "The order has changed since this page was opened. The total is now €20.00. Please check it and pay again.")
	if cs := c.complete(id, form("4242424242424242")); n(cs, "payment_intent.amount") != 2000 {
		t.Errorf("paid %v", cs)
	}
	code := c.get("/v1/promotion_codes?code=spring").ok()["data"].([]any)[0].(map[string]any)
	if code["active"] != false || n(code, "times_redeemed") != 1 || n(code, "coupon.times_redeemed") != 1 {
		t.Errorf("a used code: %v", code)
	}
	again := s(c.session("payment", p.once, "&allow_promotion_codes=true"), "id")
	problem(t, c.change(again, pages.OrderChange{Code: "SPRING"}), "promotionCode", "This code is invalid.")
	if err := c.change(again, pages.OrderChange{Code: "LATER"}); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Hour)
	if _, err = (backend{c.srv}).Pay(t.Context(), again, form("4242424242424242")); err == nil {
		t.Error("an expired code was taken off")
	}
	c.post("/v1/promotion_codes/"+s(c.get("/v1/promotion_codes?code=LATER").ok()["data"].([]any)[0].(map[string]any), "id"), "active=true").fails(400, "", "active", "cannot be activated")
	c.do("DELETE", "/v1/coupons/"+coupon, "").ok()
	c.get("/v1/coupons/"+coupon).fails(404, "resource_missing", "coupon", "No such coupon")
}

func TestAdjustableQuantity(t *testing.T) {
	c := empty(t)
	p := c.stock()
	const adjust = "&line_items[0][adjustable_quantity][enabled]=true&line_items[0][adjustable_quantity][minimum]=1&line_items[0][adjustable_quantity][maximum]=5"
	for price, unit := range map[string]int64{p.once: 2500, p.yen: 1200, p.dinar: 4750} {
		id := s(c.session("payment", price, adjust), "id")
		line := s(c.get("/v1/checkout/sessions/" + id + "/line_items").ok()["data"].([]any)[0].(map[string]any), "id")
		problem(t, c.change(id, pages.OrderChange{Line: line, Quantity: 6}), "quantity-"+line, "Choose a quantity from 1 to 5.")
		c.confirm(id, "chargeDeclined") // an attempt at the old amount ends with the change
		if err := c.change(id, pages.OrderChange{Line: line, Quantity: 3}); err != nil {
			t.Fatal(err)
		}
		cs := c.complete(id, form("4242424242424242"))
		if n(cs, "amount_total") != 3*unit || n(cs, "payment_intent.amount_received") != 3*unit || n(at(cs, "line_items.data").([]any)[0].(map[string]any), "quantity") != 3 {
			t.Errorf("paid %v", cs)
		}
	}
	c.post("/v1/checkout/sessions", "mode=payment&line_items[0][price]="+p.once+"&line_items[0][quantity]=9"+adjust+back).fails(400, "", "line_items[0][adjustable_quantity]", "between the minimum (1) and the maximum (5)")
	id := s(c.session("subscription", p.monthly, adjust), "id")
	c.confirm(id, "chargeDeclined").fails(402, "card_declined", "", "")
	line := s(c.get("/v1/checkout/sessions/" + id + "/line_items").ok()["data"].([]any)[0].(map[string]any), "id")
	if err := c.change(id, pages.OrderChange{Line: line, Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	cs := c.complete(id, form("4242424242424242"))
	if sub := c.get("/v1/subscriptions/" + s(cs, "subscription")).ok(); n(sub, "quantity") != 2 || n(cs, "invoice.amount_paid") != 1800 {
		t.Errorf("subscription %v", sub)
	}
	c.checkInvariants()
}

func TestShipping(t *testing.T) {
	c := empty(t)
	p := c.stock()
	post := s(c.post("/v1/shipping_rates", "display_name=Post&type=fixed_amount&fixed_amount[amount]=500&fixed_amount[currency]=eur&delivery_estimate[minimum][unit]=business_day&delivery_estimate[minimum][value]=2&delivery_estimate[maximum][unit]=business_day&delivery_estimate[maximum][value]=4").ok(), "id")
	const inline = "&shipping_options[1][shipping_rate_data][display_name]=Bike&shipping_options[1][shipping_rate_data][type]=fixed_amount&shipping_options[1][shipping_rate_data][fixed_amount][amount]=1200&shipping_options[1][shipping_rate_data][fixed_amount][currency]=eur"
	cs := c.session("payment", p.once, "&shipping_address_collection[allowed_countries][]=IE&invoice_creation[enabled]=true&shipping_options[0][shipping_rate]="+post+inline)
	id := s(cs, "id")
	if n(cs, "amount_total") != 3000 || s(cs, "shipping_cost.shipping_rate") != post || n(cs, "total_details.amount_shipping") != 500 || len(cs["shipping_options"].([]any)) != 2 {
		t.Errorf("session %v", cs)
	}
	page, err := backend{c.srv}.Checkout(t.Context(), id)
	if err != nil || len(page.Shippings) != 2 || page.Shippings[0].Delivery != "2–4 business days" || !page.Shippings[0].Chosen {
		t.Fatalf("page %+v, %v", page, err)
	}
	if err := c.change(id, pages.OrderChange{ShippingRate: page.Shippings[1].Rate}); err != nil {
		t.Fatal(err)
	}
	problem(t, c.change(id, pages.OrderChange{ShippingRate: "shr_other"}), "shippingRate", "Choose one of the ways to ship.")
	filled := form("4242424242424242")
	filled.Shipping = pages.Billing{Name: "J", Line1: "1 Quay", City: "Cork", Country: "IE"}
	cs = c.complete(id, filled)
	if n(cs, "amount_total") != 3700 || n(cs, "payment_intent.amount_received") != 3700 || s(cs, "shipping_cost.shipping_rate") != page.Shippings[1].Rate || s(cs, "shipping_details.address.line1") != "1 Quay" || n(cs, "invoice.total") != 3700 || n(cs, "invoice.amount_shipping") != 1200 {
		t.Errorf("paid %v", cs)
	}
	c.get("/v1/checkout/sessions/" + id + "?expand[]=shipping_cost.shipping_rate&expand[]=shipping_options.shipping_rate").ok()
	c.post("/v1/checkout/sessions", "mode=subscription&line_items[0][price]="+p.monthly+"&line_items[0][quantity]=1&shipping_options[0][shipping_rate]="+post+back).fails(400, "", "shipping_options", "`subscription` mode")
	c.post("/v1/checkout/sessions", "mode=payment&line_items[0][price]="+p.yen+"&line_items[0][quantity]=1&shipping_options[0][shipping_rate]="+post+back).fails(400, "", "shipping_options[0]", "expected currency")
}

func TestTaxes(t *testing.T) {
	c := empty(t)
	p := c.stock()
	on := s(c.post("/v1/tax_rates", "display_name=VAT&percentage=23&inclusive=false&country=IE&tax_type=vat").ok(), "id")
	in := s(c.post("/v1/tax_rates", "display_name=VAT&percentage=13.5&inclusive=true").ok(), "id")
	tenth := s(c.post("/v1/coupons", "percent_off=10").ok(), "id")
	for _, tc := range []struct {
		price, rate                    string
		subtotal, discount, tax, total int64
	}{{p.once, on, 2500, 250, 518, 2768}, {p.once, in, 2500, 250, 268, 2250}, {p.yen, on, 1200, 120, 248, 1328}, {p.dinar, on, 4750, 480, 980, 5250}} {
		cs := c.session("payment", tc.price, "&line_items[0][tax_rates][0]="+tc.rate+"&discounts[0][coupon]="+tenth+"&invoice_creation[enabled]=true")
		cs = c.complete(s(cs, "id"), form("4242424242424242"))
		got := []int64{n(cs, "amount_subtotal"), n(cs, "total_details.amount_discount"), n(cs, "total_details.amount_tax"), n(cs, "amount_total")}
		if got[0] != tc.subtotal || got[1] != tc.discount || got[2] != tc.tax || got[3] != tc.total || n(cs, "invoice.total") != tc.total || n(cs, "invoice.tax") != tc.tax || n(cs, "payment_intent.amount") != tc.total {
			t.Errorf("%s: %v, want %+v, invoice %v", s(cs, "currency"), got, tc, cs["invoice"])
		}
	}
	cs := c.complete(s(c.session("subscription", p.monthly, "&subscription_data[default_tax_rates][0]="+on), "id"), form("4242424242424242"))
	sub := c.get("/v1/subscriptions/" + s(cs, "subscription")).ok()
	if n(cs, "amount_total") != 1107 || n(cs, "invoice.total") != 1107 || len(sub["default_tax_rates"].([]any)) != 1 {
		t.Errorf("subscription %v", cs)
	}
	c.pass(31*24*time.Hour + 2*time.Hour)
	if inv := c.get("/v1/invoices?subscription=" + s(sub, "id")).ok()["data"].([]any)[0].(map[string]any); s(inv, "billing_reason") != "subscription_cycle" || n(inv, "amount_paid") != 1107 {
		t.Errorf("renewal %v", inv)
	}
	c.post("/v1/tax_rates", "display_name=VAT&percentage=123&inclusive=false").fails(400, "", "percentage", "between 0 and 100")
	c.checkInvariants()
}

// TestRepeatingDiscount ends after its months.
func TestRepeatingDiscount(t *testing.T) {
	c := empty(t)
	p := c.stock()
	two := s(c.post("/v1/coupons", "percent_off=50&duration=repeating&duration_in_months=2").ok(), "id")
	once := s(c.post("/v1/coupons", "amount_off=100&currency=eur").ok(), "id")
	paid := func(coupon string) []int64 {
		cs := c.complete(s(c.session("subscription", p.monthly, "&discounts[0][coupon]="+coupon), "id"), form("4242424242424242"))
		for range 3 {
			c.pass(31 * 24 * time.Hour)
		}
		var all []int64
		for _, e := range c.get("/v1/invoices?subscription=" + s(cs, "subscription")).ok()["data"].([]any) {
			all = append([]int64{n(e.(map[string]any), "amount_paid")}, all...)
		}
		return all
	}
	if got := paid(two); len(got) != 4 || got[0] != 450 || got[1] != 450 || got[2] != 900 {
		t.Errorf("half off for two months: %v", got)
	}
	if got := paid(once); len(got) != 4 || got[0] != 800 || got[1] != 900 {
		t.Errorf("one euro off once: %v", got)
	}
	c.checkInvariants()
}
