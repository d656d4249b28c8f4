package sandbox

import (
	"strings"
	"testing"
	"time"

	"bursar/services/internal/sandbox/pages"
)

// item is the only item of a subscription.
func (c *client) item(sub string) string {
	c.t.Helper()
	return s(at(c.get("/v1/subscriptions/"+sub).ok(), "items.data").([]any)[0].(map[string]any), "id")
}

func TestPlanChangeWithProration(t *testing.T) {
	c := empty(t)
	sub, cus, _ := c.subscribed()
	bigger := s(c.post("/v1/prices", "currency=eur&unit_amount=1800&recurring[interval]=month&product_data[name]=Large").ok(), "id")
	c.pass(15 * 24 * time.Hour) // half of November's 30 days
	before := len(c.events())
	got := c.post("/v1/subscriptions/"+sub, "items[0][id]="+c.item(sub)+"&items[0][price]="+bigger).ok()
	c.expectEvents(before, "invoiceitem.created invoiceitem.created customer.subscription.updated")
	if s(got, "plan.id") != bigger {
		t.Errorf("subscription %v", got)
	}
	items := c.get("/v1/invoiceitems?customer=" + cus + "&pending=true").ok()["data"].([]any)
	if len(items) != 2 || n(items[1].(map[string]any), "amount") != -450 || n(items[0].(map[string]any), "amount") != 900 || s(items[1].(map[string]any), "description") != "Unused time on Club after 08 Dec 2026" {
		t.Errorf("invoice items %v", items)
	}
	c.pass(16*24*time.Hour + time.Hour)
	inv := c.get("/v1/invoices?subscription=" + sub).ok()["data"].([]any)[0].(map[string]any)
	if n(inv, "amount_paid") != 1800+450 || len(at(inv, "lines.data").([]any)) != 3 {
		t.Errorf("next invoice %v", inv)
	}
	before = len(c.events())
	c.post("/v1/subscriptions/"+sub, "items[0][id]="+c.item(sub)+"&items[0][quantity]=2&proration_behavior=none").ok()
	c.expectEvents(before, "customer.subscription.updated")
	before = len(c.events())
	c.post("/v1/subscriptions/"+sub, "items[0][id]="+c.item(sub)+"&items[0][quantity]=3&proration_behavior=always_invoice").ok()
	c.expectEvents(before, "invoiceitem.created invoiceitem.created invoiceitem.updated invoiceitem.updated invoice.created customer.subscription.updated customer.updated invoice.finalized payment_intent.created charge.succeeded payment_intent.succeeded invoice.paid invoice.payment_succeeded")
	yearly := s(c.post("/v1/prices", "currency=eur&unit_amount=9000&recurring[interval]=year&product_data[name]=Year").ok(), "id")
	got = c.post("/v1/subscriptions/"+sub, "items[0][id]="+c.item(sub)+"&items[0][price]="+yearly+"&items[0][quantity]=1").ok()
	if n(got, "current_period_start") != c.clock.Load() || n(got, "current_period_end") < c.clock.Load()+364*day || s(got, "status") != "active" {
		t.Errorf("after another interval: %v", got)
	}
	for form, param := range map[string]string{"items[0][id]=si_nope&items[0][quantity]=2": "items[0][id]", "items[0][quantity]=2": "items[0][price]", "items[0][id]=" + c.item(sub) + "&items[0][deleted]=true": "items", "items[0][price]=" + bigger: "items"} {
		if a := c.post("/v1/subscriptions/"+sub, form); a.status != 400 || s(a.body, "error.param") != param {
			t.Errorf("%s: %d %s", form, a.status, a.raw)
		}
	}
	c.checkInvariants()
}

// TestCancelWithCredit gives back what is left; the credit pays for later.
func TestCancelWithCredit(t *testing.T) {
	c := empty(t)
	sub, cus, _ := c.subscribed()
	c.pass(10 * 24 * time.Hour)
	got := c.do("DELETE", "/v1/subscriptions/"+sub+"?prorate=true&invoice_now=true&cancellation_details[feedback]=unused", "").ok()
	if s(got, "status") != "canceled" || s(got, "cancellation_details.feedback") != "unused" {
		t.Errorf("subscription %v", got)
	}
	inv := c.get("/v1/invoices?subscription=" + sub).ok()["data"].([]any)[0].(map[string]any)
	if n(inv, "total") != -600 || n(inv, "amount_due") != 0 || s(inv, "status") != "paid" || n(c.get("/v1/customers/"+cus).ok(), "balance") != -600 {
		t.Errorf("last invoice %v", inv)
	}
	c.checkInvariants()
}

func TestTrialEndsNowAndPause(t *testing.T) {
	c := empty(t)
	p := c.stock()
	cs := c.complete(s(c.session("subscription", p.monthly, "&subscription_data[trial_period_days]=14&subscription_data[description]=Box&subscription_data[trial_settings][end_behavior][missing_payment_method]=pause"), "id"), form("4242424242424242"))
	sub := s(cs, "subscription")
	got := c.post("/v1/subscriptions/"+sub, "trial_end="+itoa(testNow.Unix()+20*day)).ok()
	if s(got, "status") != "trialing" || n(got, "current_period_end") != testNow.Unix()+20*day || s(got, "description") != "Box" {
		t.Errorf("a longer trial %v", got)
	}
	got = c.post("/v1/subscriptions/"+sub, "trial_end=now&expand[]=latest_invoice").ok()
	if s(got, "status") != "active" || n(got, "latest_invoice.amount_paid") != 900 || n(got, "trial_end") != testNow.Unix() {
		t.Errorf("a trial that ended %v", got)
	}
	for behavior, want := range map[string]string{"void": "void", "mark_uncollectible": "uncollectible", "keep_as_draft": "draft"} {
		c.post("/v1/subscriptions/"+sub, "pause_collection[behavior]="+behavior+"&pause_collection[resumes_at]="+itoa(c.clock.Load()+33*day)).ok()
		c.pass(31*24*time.Hour + 2*time.Hour)
		inv := c.get("/v1/invoices?subscription=" + sub).ok()["data"].([]any)[0].(map[string]any)
		if s(inv, "status") != want {
			t.Errorf("%s: invoice is %s", behavior, s(inv, "status"))
		}
		c.pass(2 * 24 * time.Hour)
		if got := c.get("/v1/subscriptions/" + sub).ok(); got["pause_collection"] != nil || s(got, "status") != "active" {
			t.Errorf("%s: not resumed: %v", behavior, got["pause_collection"])
		}
		c.pass(25 * 24 * time.Hour) // the next period is charged as usual
	}
	c.checkInvariants()
}

func TestBillingCycleAnchor(t *testing.T) {
	c := empty(t)
	p := c.stock()
	anchor := testNow.Unix() + 10*day
	for behavior, want := range map[string]int64{"create_prorations": 300, "none": 0} {
		cs := c.session("subscription", p.monthly, "&subscription_data[billing_cycle_anchor]="+itoa(anchor)+"&subscription_data[proration_behavior]="+behavior)
		if n(cs, "amount_total") != want {
			t.Errorf("%s: %v, want %d", behavior, cs["amount_total"], want)
		}
		cs = c.complete(s(cs, "id"), form("4242424242424242"))
		if sub := c.get("/v1/subscriptions/" + s(cs, "subscription")).ok(); n(cs, "invoice.amount_paid") != want || n(sub, "current_period_end") != anchor || s(sub, "status") != "active" {
			t.Errorf("%s: %v", behavior, sub)
		}
	}
	c.post("/v1/checkout/sessions", "mode=subscription&line_items[0][price]="+p.monthly+"&line_items[0][quantity]=1&subscription_data[billing_cycle_anchor]="+itoa(testNow.Unix()+40*day)+back).fails(400, "", "subscription_data[billing_cycle_anchor]", "natural billing date")
	c.pass(10*24*time.Hour + 2*time.Hour)
	if got := c.get("/v1/invoices?status=paid&limit=100").ok()["data"].([]any); len(got) != 4 {
		t.Errorf("%d invoices at the anchor", len(got))
	}
	c.checkInvariants()
}

func TestPriceKinds(t *testing.T) {
	c := empty(t)
	const head = "currency=eur&product_data[name]=X&"
	price := func(form string) string { return s(c.post("/v1/prices", head+form).ok(), "id") }
	const tiers = "billing_scheme=tiered&tiers[0][up_to]=10&tiers[0][unit_amount]=500&tiers[1][up_to]=inf&tiers[1][unit_amount]=400&tiers[1][flat_amount]=100&tiers_mode="
	for id, want := range map[string]int64{price(tiers + "graduated"): 10*500 + 2*400 + 100, price(tiers + "volume"): 12*400 + 100, price("unit_amount=300&transform_quantity[divide_by]=5&transform_quantity[round]=up"): 900} {
		cs := c.post("/v1/checkout/sessions", "mode=payment&line_items[0][price]="+id+"&line_items[0][quantity]=12"+back).ok()
		if n(cs, "amount_total") != want {
			t.Errorf("twelve: %v, want %d", cs["amount_total"], want)
		}
		c.get("/v1/prices/" + id + "?expand[]=tiers&expand[]=currency_options").ok()
	}
	several := c.post("/v1/prices", head+"unit_amount=1000&currency_options[usd][unit_amount]=1100&currency_options[jpy][unit_amount]=1500&expand[]=currency_options").ok()
	if n(several, "currency_options.jpy.unit_amount") != 1500 || n(several, "currency_options.eur.unit_amount") != 1000 {
		t.Errorf("currency options %v", several["currency_options"])
	}
	metered := price("unit_amount=7&recurring[interval]=month&recurring[usage_type]=metered")
	cs := c.post("/v1/checkout/sessions", "mode=subscription&line_items[0][price]="+metered+back).ok()
	if n(cs, "amount_total") != 0 {
		t.Errorf("metered: %v", cs["amount_total"])
	}
	c.complete(s(cs, "id"), form("4242424242424242"))
	c.post("/v1/checkout/sessions", "mode=subscription&line_items[0][price]="+metered+"&line_items[0][quantity]=1"+back).fails(400, "", "line_items[0][quantity]", "metered")
	for form, param := range map[string]string{tiers: "tiers_mode", "billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=5&tiers[0][unit_amount]=1": "tiers[0][up_to]", "unit_amount=1&tiers_mode=volume": "tiers", "custom_unit_amount[enabled]=true&recurring[interval]=month": "custom_unit_amount", "unit_amount=1&currency_options[xxx][unit_amount]=1": "currency_options[xxx]", "unit_amount=1&currency_options[usd][foo]=1": "currency_options[usd][foo]"} {
		if a := c.post("/v1/prices", head+form); a.status != 400 || s(a.body, "error.param") != param {
			t.Errorf("%s: %d %s", form, a.status, a.raw)
		}
	}
	c.checkInvariants()
}

func TestCustomAmount(t *testing.T) {
	c := empty(t)
	for currency, want := range map[string]struct {
		typed string
		minor int64
	}{"eur": {"12,50", 1250}, "jpy": {"1200", 1200}, "kwd": {"3.250", 3250}} {
		price := s(c.post("/v1/prices", "currency="+currency+"&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=1000&product_data[name]=Gift").ok(), "id")
		id := s(c.session("payment", price, ""), "id")
		_, err := backend{c.srv}.Pay(t.Context(), id, form("4242424242424242"))
		if err == nil || !strings.HasPrefix(err.Error(), "The amount must be at least") {
			t.Errorf("an amount that was not named: %v", err)
		}
		if err := c.change(id, pages.OrderChange{Amount: "0.01"}); err == nil {
			t.Errorf("%s: too little is taken", currency)
		}
		if err := c.change(id, pages.OrderChange{Amount: want.typed}); err != nil {
			t.Fatal(err)
		}
		if cs := c.complete(id, form("4242424242424242")); n(cs, "amount_total") != want.minor || n(cs, "payment_intent.amount_received") != want.minor {
			t.Errorf("paid %v", cs)
		}
	}
}

func TestCustomFieldsAndConsent(t *testing.T) {
	c := empty(t)
	const ask = "&custom_fields[0][key]=engraving&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Engraving&custom_fields[0][type]=text&custom_fields[0][text][minimum_length]=2&custom_fields[0][text][maximum_length]=5" +
		"&custom_fields[1][key]=size&custom_fields[1][label][type]=custom&custom_fields[1][label][custom]=Size&custom_fields[1][type]=dropdown&custom_fields[1][dropdown][options][0][label]=Small&custom_fields[1][dropdown][options][0][value]=s" +
		"&custom_fields[2][key]=staff&custom_fields[2][label][type]=custom&custom_fields[2][label][custom]=Staff&custom_fields[2][type]=numeric&custom_fields[2][optional]=true" +
		"&consent_collection[terms_of_service]=required&consent_collection[promotions]=auto&custom_text[after_submit][message]=Thanks"
	cs := c.session("payment", c.stock().once, ask)
	filled := form("4242424242424242")
	filled.Terms = true
	for field, tc := range map[string]map[string]string{
		"custom-engraving": {"engraving": "A", "size": "s"}, "custom-size": {"engraving": "AB", "size": "xl"}, "custom-staff": {"engraving": "AB", "size": "s", "staff": "x1"},
	} {
		filled.Fields = tc
		_, err := backend{c.srv}.Pay(t.Context(), s(cs, "id"), filled)
		var p *pages.Problem
		if p, _ = err.(*pages.Problem); p == nil || p.Field != field {
			t.Errorf("%v: %v", tc, err)
		}
	}
	filled.Fields, filled.Promotions = map[string]string{"engraving": " ABC ", "size": "s"}, true
	cs = c.complete(s(cs, "id"), filled)
	fields := cs["custom_fields"].([]any)
	if s(fields[0].(map[string]any), "text.value") != "ABC" || s(fields[1].(map[string]any), "dropdown.value") != "s" || at(fields[2].(map[string]any), "numeric.value") != nil || s(cs, "consent.terms_of_service") != "accepted" || s(cs, "consent.promotions") != "opt_in" {
		t.Errorf("session %v", cs)
	}
	c.post("/v1/checkout/sessions", "mode=payment&line_items[0][price]="+c.stock().once+"&line_items[0][quantity]=1&custom_fields[0][key]=a-b&custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=x&custom_fields[0][type]=text"+back).fails(400, "", "custom_fields[0][key]", "letters and digits")
}

func TestRecovery(t *testing.T) {
	c := empty(t)
	old := s(c.session("payment", c.stock().once, "&after_expiration[recovery][enabled]=true&after_expiration[recovery][allow_promotion_codes]=true&metadata[a]=b"), "id")
	if _, err := (backend{c.srv}).Recover(t.Context(), old); err == nil {
		t.Error("an open session was recovered")
	}
	c.pass(24 * time.Hour)
	cs := c.get("/v1/checkout/sessions/" + old).ok()
	if s(cs, "after_expiration.recovery.url") != c.web.URL+"/c/pay/"+old || n(cs, "after_expiration.recovery.expires_at")-c.clock.Load() != 30*day {
		t.Errorf("expired %v", cs)
	}
	id, err := backend{c.srv}.Recover(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	cs = c.complete(id, form("4242424242424242"))
	if s(cs, "recovered_from") != old || s(cs, "payment_status") != "paid" || s(cs, "metadata.a") != "b" || cs["allow_promotion_codes"] != true || n(cs, "payment_intent.amount") != 2500 {
		t.Errorf("recovered %v", cs)
	}
}

func TestCustomerIsMadeWhenNeeded(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	cs := c.complete(s(c.session("payment", p.once, "&payment_intent_data[setup_future_usage]=off_session"), "id"), form("4242424242424242"))
	c.expectEvents(before, "customer.created payment_intent.created payment_method.attached charge.succeeded payment_intent.succeeded checkout.session.completed", "payment_method.attached<charge.succeeded")
	before = len(c.events())
	c.complete(s(c.session("payment", p.once, "&customer="+s(cs, "customer")+"&customer_update[name]=auto"), "id"), form("4242424242424242"))
	c.expectEvents(before, "payment_intent.created charge.succeeded payment_intent.succeeded checkout.session.completed")
	before = len(c.events())
	cs = c.complete(s(c.session("payment", p.once, "&invoice_creation[enabled]=true&invoice_creation[invoice_data][footer]=Bye&invoice_creation[invoice_data][custom_fields][0][name]=PO&invoice_creation[invoice_data][custom_fields][0][value]=7"), "id"), form("4242424242424242"))
	c.expectEvents(before, "customer.created payment_intent.created charge.succeeded payment_intent.succeeded checkout.session.completed invoice.created customer.updated invoice.finalized invoice.paid invoice.payment_succeeded", "checkout.session.completed<invoice.created")
	if s(cs, "invoice.footer") != "Bye" || len(at(cs, "invoice.custom_fields").([]any)) != 1 || s(cs, "customer") == "" {
		t.Errorf("session %v", cs)
	}
}

// TestCustomersDiscount: a customer's own coupon is taken off what renews.
func TestCustomersDiscount(t *testing.T) {
	c := empty(t)
	sub, cus, _ := c.subscribed()
	third := s(c.post("/v1/coupons", "percent_off=30&duration=forever&id=LOYAL").ok(), "id")
	before := len(c.events())
	c.post("/v1/customers/"+cus, "coupon="+third).ok()
	c.expectEvents(before, "customer.discount.created customer.updated")
	c.pass(31*24*time.Hour + 2*time.Hour)
	if inv := c.get("/v1/invoices?subscription=" + sub).ok()["data"].([]any)[0].(map[string]any); n(inv, "amount_paid") != 630 || s(inv, "discount.coupon.id") != "LOYAL" {
		t.Errorf("renewal %v", inv)
	}
	before = len(c.events())
	c.do("DELETE", "/v1/customers/"+cus+"/discount", "").ok()
	c.expectEvents(before, "customer.discount.deleted customer.updated")
	c.do("DELETE", "/v1/customers/"+cus+"/discount", "").fails(404, "resource_missing", "id", "No such discount")
	c.post("/v1/subscriptions/"+sub, "coupon="+third).ok()
	if got := c.get("/v1/subscriptions/" + sub).ok(); s(got, "discount.subscription") != sub {
		t.Errorf("subscription %v", got)
	}
	c.post("/v1/customers", "coupon=NOPE").fails(400, "resource_missing", "coupon", "No such coupon: 'NOPE'")
	c.checkInvariants()
}

// TestProrationInEachCurrency: parts of a period are amounts that can be charged.
func TestProrationInEachCurrency(t *testing.T) {
	c := empty(t)
	for currency, unit := range map[string]int64{"jpy": 1, "kwd": 10} {
		price := func(amount string) string {
			return s(c.post("/v1/prices", "currency="+currency+"&unit_amount="+amount+"&recurring[interval]=month&product_data[name]=X").ok(), "id")
		}
		cs := c.complete(s(c.session("subscription", price("4750"), ""), "id"), form("4242424242424242"))
		sub := s(cs, "subscription")
		c.pass(7*24*time.Hour + 12345*time.Second)
		c.post("/v1/subscriptions/"+sub, "items[0][id]="+c.item(sub)+"&items[0][price]="+price("9500")+"&proration_behavior=always_invoice").ok()
		inv := c.get("/v1/invoices?subscription=" + sub).ok()["data"].([]any)[0].(map[string]any)
		lines := at(inv, "lines.data").([]any)
		for _, l := range lines {
			if n(l.(map[string]any), "amount")%unit != 0 {
				t.Errorf("%s: a part is %d", currency, n(l.(map[string]any), "amount"))
			}
		}
		if s(inv, "status") != "paid" || len(lines) != 2 || n(inv, "amount_paid") <= 3500 || n(inv, "amount_paid") >= 3700 {
			t.Errorf("%s: invoice %v", currency, inv)
		}
	}
	c.checkInvariants()
}
