package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestCheckoutGuestPays(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	cs := c.session("payment", p.once, "&metadata[order]=12&payment_intent_data[metadata][a]=b")
	if cs["payment_intent"] != nil || cs["status"] != "open" || cs["payment_status"] != "unpaid" || n(cs, "amount_total") != 2500 || n(cs, "expires_at")-n(cs, "created") != 86400 {
		t.Errorf("a fresh session: %v", cs)
	}
	if u := s(cs, "url"); !strings.HasPrefix(u, c.web.URL+"/c/pay/cs_test_") {
		t.Errorf("url %s", u)
	}
	c.confirm(s(cs, "id"), "visa").ok()
	c.expectEvents(before, "payment_intent.created charge.succeeded payment_intent.succeeded checkout.session.completed",
		"payment_intent.created<charge.succeeded", "charge.succeeded<payment_intent.succeeded", "payment_intent.succeeded<checkout.session.completed")
	cs = c.get("/v1/checkout/sessions/" + s(cs, "id") + "?expand[]=payment_intent.latest_charge.balance_transaction&expand[]=line_items").ok()
	charge := cs["payment_intent"].(map[string]any)["latest_charge"].(map[string]any)
	if s(cs, "status") != "complete" || s(cs, "payment_status") != "paid" || cs["url"] != nil || cs["customer"] != nil || s(cs, "customer_details.email") == "" {
		t.Errorf("a paid session: %v", cs)
	}
	if n(charge, "balance_transaction.fee") != 103 || n(charge, "balance_transaction.net") != 2397 || n(charge, "amount") != 2500 {
		t.Errorf("charge %v", charge)
	}
	if s(cs, "payment_intent.metadata.a") != "b" || s(charge, "metadata.a") != "b" || s(cs, "metadata.order") != "12" || s(charge, "metadata.order") != "" {
		t.Error("metadata is not where Stripe puts it")
	}
	if lines := at(cs, "line_items.data").([]any); len(lines) != 1 || n(lines[0].(map[string]any), "amount_total") != 2500 {
		t.Errorf("line items %v", cs["line_items"])
	}
	for _, e := range c.events()[before:] {
		if at(e, "request.id") == nil && s(e, "type") == "charge.succeeded" {
			t.Error("an API request's event does not name it")
		}
	}
	c.confirm(s(cs, "id"), "visa").fails(400, "", "", "no longer active")
	if len(c.get("/v1/charges").ok()["data"].([]any)) != 1 {
		t.Error("a second submit charged again")
	}
}

func TestCheckoutZeroAndThreeDecimalCurrencies(t *testing.T) {
	c := empty(t)
	p := c.stock()
	for price, want := range map[string][2]int64{p.yen: {1200, 35 + 30}, p.dinar: {4750, 230}} {
		cs := c.session("payment", price, "")
		c.confirm(s(cs, "id"), "visa").ok()
		cs = c.get("/v1/checkout/sessions/" + s(cs, "id") + "?expand[0]=payment_intent.latest_charge.balance_transaction").ok()
		if n(cs, "amount_total") != want[0] || n(cs, "payment_intent.latest_charge.amount") != want[0] || n(cs, "payment_intent.latest_charge.balance_transaction.fee") != want[1] {
			t.Errorf("%s: total %d, fee %d, want %v", s(cs, "currency"), n(cs, "amount_total"), n(cs, "payment_intent.latest_charge.balance_transaction.fee"), want)
		}
	}
}

func TestCheckoutDeclineThenSuccess(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	id := s(c.session("payment", p.once, ""), "id")
	e := c.confirm(id, "chargeDeclinedInsufficientFunds").fails(402, "card_declined", "", "Your card has insufficient funds.")
	if s(e, "type") != "card_error" || s(e, "decline_code") != "insufficient_funds" || s(e, "charge") == "" || s(e, "payment_intent.status") != "requires_payment_method" {
		t.Errorf("error %v", e)
	}
	if cs := c.get("/v1/checkout/sessions/" + id).ok(); s(cs, "status") != "open" || s(cs, "payment_status") != "unpaid" {
		t.Errorf("after a decline: %v", cs)
	}
	c.expectEvents(before, "payment_intent.created charge.failed payment_intent.payment_failed")
	c.confirm(id, "mastercard").ok()
	c.expectEvents(before+3, "charge.succeeded payment_intent.succeeded checkout.session.completed")
	pis := c.get("/v1/payment_intents?expand[]=data.latest_charge").ok()["data"].([]any)
	if len(pis) != 1 || s(pis[0].(map[string]any), "latest_charge.status") != "succeeded" || pis[0].(map[string]any)["last_payment_error"] != nil {
		t.Errorf("intents %v", pis)
	}
}

// TestEachCard pays with every test card of section 4.
func TestEachCard(t *testing.T) {
	c := empty(t)
	p := c.stock()
	declined := map[string]string{"0002": "generic_decline", "9995": "insufficient_funds", "9987": "lost_card", "9979": "stolen_card", "0069": "expired_card", "0127": "incorrect_cvc", "0119": "processing_error", "6975": "card_velocity_exceeded", "0341": "generic_decline", "0019": "fraudulent"}
	challenged := map[string]bool{"3155": true, "3184": true, "0446": true, "3178": true, "3220": true, "1629": true, "1280": true, "3063": true}
	for _, card := range testCards() {
		last4 := card.number[len(card.number)-4:]
		id := s(c.session("payment", p.once, ""), "id")
		a := c.confirm(id, card.key())
		status := s(c.get("/v1/checkout/sessions/"+id).ok(), "status")
		switch want := declined[last4]; {
		case want != "":
			e, _ := a.body["error"].(map[string]any)
			if a.status != 402 || s(e, "decline_code") != want && s(e, "code") != want || status != "open" {
				t.Errorf("%s: %d %v, session %s, want declined %s", card.number, a.status, e, status, want)
			}
		case challenged[last4]:
			if a.status != 200 || status != "open" {
				t.Errorf("%s: %d, session %s, want a challenge", card.number, a.status, status)
			}
		case a.status != 200 || status != "complete":
			t.Errorf("%s: %d, session %s, want paid", card.number, a.status, status)
		}
	}
}

func TestCheckoutExpires(t *testing.T) {
	c := empty(t)
	p := c.stock()
	early := s(c.session("payment", p.once, "&expires_at="+itoa(c.clock.Load()+1800)), "id")
	tried := s(c.session("payment", p.once, ""), "id")
	c.confirm(tried, "chargeDeclined")
	before := len(c.events())
	c.pass(1799 * time.Second)
	if s(c.get("/v1/checkout/sessions/"+early).ok(), "status") != "open" {
		t.Error("expired a second early")
	}
	c.pass(time.Second)
	cs := c.get("/v1/checkout/sessions/" + early).ok()
	if s(cs, "status") != "expired" || cs["url"] != nil {
		t.Errorf("after its time: %v", cs)
	}
	c.expectEvents(before, "checkout.session.expired")
	c.post("/v1/checkout/sessions/"+tried+"/expire", "").ok()
	c.expectEvents(before+1, "payment_intent.canceled checkout.session.expired")
	c.post("/v1/checkout/sessions/"+tried+"/expire", "").fails(400, "", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`.")
	c.confirm(tried, "visa").fails(400, "", "", "no longer active")
}

func TestCheckoutManualCapture(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	id := s(c.session("payment", p.once, "&payment_intent_data[capture_method]=manual"), "id")
	c.confirm(id, "visa").ok()
	c.expectEvents(before, "payment_intent.created charge.succeeded payment_intent.amount_capturable_updated checkout.session.completed")
	cs := c.get("/v1/checkout/sessions/" + id).ok()
	if s(cs, "payment_status") != "unpaid" {
		t.Errorf("payment_status %s", s(cs, "payment_status"))
	}
	pi := s(cs, "payment_intent")
	c.post("/v1/payment_intents/"+pi+"/capture", "amount_to_capture=2501").fails(400, "amount_too_large", "amount_to_capture", "")
	got := c.post("/v1/payment_intents/"+pi+"/capture", "amount_to_capture=2000").ok()
	if s(got, "status") != "succeeded" || n(got, "amount_received") != 2000 {
		t.Errorf("captured %v", got)
	}
	c.post("/v1/payment_intents/"+pi+"/capture", "").fails(400, "payment_intent_unexpected_state", "", "could not be captured")
	c.post("/v1/payment_intents/"+pi+"/cancel", "").fails(400, "payment_intent_unexpected_state", "", "could not be canceled")
}

func TestCheckoutVariants(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	id := s(c.session("payment", p.once, "&customer_creation=always&invoice_creation[enabled]=true&payment_intent_data[setup_future_usage]=off_session"), "id")
	c.confirm(id, "visa").ok()
	c.expectEvents(before, "customer.created payment_intent.created payment_method.attached charge.succeeded payment_intent.succeeded checkout.session.completed invoice.created invoice.finalized invoice.paid invoice.payment_succeeded customer.updated",
		"payment_method.attached<charge.succeeded")
	cs := c.get("/v1/checkout/sessions/" + id + "?expand[]=invoice&expand[]=customer").ok()
	if s(cs, "invoice.status") != "paid" || n(cs, "invoice.amount_paid") != 2500 || s(cs, "customer.object") != "customer" {
		t.Errorf("session %v", cs)
	}
	cus := s(cs, "customer.id")

	before = len(c.events())
	id = s(c.post("/v1/checkout/sessions", "mode=setup&customer="+cus+back).ok(), "id")
	c.confirm(id, "amex").ok()
	c.expectEvents(before, "setup_intent.created payment_method.attached setup_intent.succeeded checkout.session.completed")
	if cs := c.get("/v1/checkout/sessions/" + id).ok(); s(cs, "payment_status") != "no_payment_required" || s(cs, "setup_intent") == "" {
		t.Errorf("setup %v", cs)
	}

	before = len(c.events())
	free := s(c.post("/v1/prices", "currency=eur&unit_amount=0&product_data[name]=Gift").ok(), "id")
	id = s(c.session("payment", free, ""), "id")
	c.confirm(id, "visa").ok()
	c.expectEvents(before, "product.created price.created checkout.session.completed")
	if cs := c.get("/v1/checkout/sessions/" + id).ok(); s(cs, "payment_status") != "no_payment_required" || cs["payment_intent"] != nil {
		t.Errorf("free %v", cs)
	}
}

func TestSessionEchoes(t *testing.T) {
	c := empty(t)
	p := c.stock()
	cs := c.session("payment", p.once, "&automatic_tax[enabled]=true&phone_number_collection[enabled]=true&billing_address_collection=required&shipping_address_collection[allowed_countries][]=IE&submit_type=book&locale=de"+
		"&consent_collection[terms_of_service]=required&custom_text[submit][message]=Soon&client_reference_id=r1&allow_promotion_codes=true&tax_id_collection[enabled]=true&customer_email=jenny@example.com&discounts=&payment_method_types[0]=card&payment_method_types[1]=sepa_debit")
	if _, has := cs["automatic_tax"].(map[string]any)["status"]; !has || at(cs, "automatic_tax.enabled") != true || s(cs, "submit_type") != "book" || s(cs, "locale") != "de" || s(cs, "custom_text.submit.message") != "Soon" ||
		s(cs, "client_reference_id") != "r1" || cs["allow_promotion_codes"] != true || at(cs, "tax_id_collection.enabled") != true || s(cs, "customer_email") != "jenny@example.com" || s(cs, "consent_collection.terms_of_service") != "required" {
		t.Errorf("session %v", cs)
	}
	if got := cs["payment_method_types"].([]any); len(got) != 2 || got[1] != "sepa_debit" {
		t.Errorf("payment method types %v", got)
	}
	page, err := backend{c.srv}.Checkout(t.Context(), s(cs, "id"))
	if err != nil || !page.AskPhone || !page.AskAddress || !page.AskShipping || !page.TermsRequired || page.CustomText != "Soon" || page.SubmitType != "book" || page.Email != "jenny@example.com" || page.EmailLocked {
		t.Errorf("page %+v, %v", page, err)
	}
	_, err = backend{c.srv}.Pay(t.Context(), s(cs, "id"), form("4242424242424242"))
	problem(t, err, "phoneNumber", "A phone number is required.")
	full := form("4242424242424242")
	full.Terms, full.Billing.Phone, full.Billing.Line1, full.Billing.City = true, "+353 1", "1 Quay", "Cork"
	full.Shipping = full.Billing
	full.Shipping.Country = "US"
	_, err = backend{c.srv}.Pay(t.Context(), s(cs, "id"), full)
	problem(t, err, "shippingCountry", "This shop does not ship to that country.")
	full.Shipping.Country = "IE"
	if _, err := (backend{c.srv}).Pay(t.Context(), s(cs, "id"), full); err != nil {
		t.Fatal(err)
	}
	cs = c.get("/v1/checkout/sessions/" + s(cs, "id") + "?expand[]=payment_intent.latest_charge").ok()
	if s(cs, "shipping_details.address.city") != "Cork" || s(cs, "payment_intent.latest_charge.shipping.name") != "Jenny Rosen" || s(cs, "customer_details.address.line1") != "1 Quay" || s(cs, "customer_details.phone") != "+353 1" {
		t.Errorf("paid session %v", cs)
	}
}

// A payment method configuration is kept on the session, and on the intent that
// the session makes.
func TestSessionPaymentMethodConfiguration(t *testing.T) {
	c := empty(t)
	p := c.stock()
	for mode, intent := range map[string]string{"payment": "payment_intent", "setup": "setup_intent"} {
		lines := "&line_items[0][price]=" + p.once + "&line_items[0][quantity]=1"
		if mode == "setup" {
			lines = ""
		}
		cs := c.post("/v1/checkout/sessions", "mode="+mode+lines+back+"&payment_method_configuration=pmc_1Example").ok()
		c.confirm(s(cs, "id"), "visa").ok()
		paid := c.get("/v1/checkout/sessions/" + s(cs, "id") + "?expand[]=" + intent).ok()
		for _, o := range []map[string]any{cs, paid, paid[intent].(map[string]any)} {
			details, _ := o["payment_method_configuration_details"].(map[string]any)
			if parent, has := details["parent"]; details["id"] != "pmc_1Example" || !has || parent != nil || len(details) != 2 {
				t.Errorf("%s: payment_method_configuration_details of the %s: %v", mode, s(o, "object"), details)
			}
		}
	}
	if cs := c.session("payment", p.once, ""); cs["payment_method_configuration_details"] != nil {
		t.Errorf("details without a configuration: %v", cs["payment_method_configuration_details"])
	}
}

func TestSessionRefusals(t *testing.T) {
	c := empty(t)
	p := c.stock()
	cus := s(c.post("/v1/customers", "email=a@b.co").ok(), "id")
	archived := s(c.post("/v1/prices", "currency=eur&unit_amount=100&active=false&product_data[name]=Old").ok(), "id")
	yearly := s(c.post("/v1/prices", "currency=eur&unit_amount=100&recurring[interval]=year&product_data[name]=Y").ok(), "id")
	line := func(price string) string { return "line_items[0][price]=" + price + "&line_items[0][quantity]=1" }
	for _, tc := range []struct{ form, code, param, message string }{
		{line(p.once) + back, "parameter_missing", "mode", "Missing required param: mode."},
		{"mode=payment&payment_method_types[]=sepa_debit&" + line(p.once) + back, "", "payment_method_types", "This sandbox does not support a checkout without cards."},
		{"mode=payment&payment_method_types[]=gold&" + line(p.once) + back, "", "payment_method_types[0]", "Invalid payment_method_types[0]: must be one of acss_debit, "},
		{"mode=pay&" + line(p.once) + back, "", "mode", "Invalid mode: must be one of payment, setup, or subscription"},
		{"mode=payment&" + line(p.once), "parameter_missing", "success_url", ""},
		{"mode=payment" + back, "parameter_missing", "line_items", ""},
		{"mode=payment&line_items[0][quantity]=1" + back, "parameter_missing", "line_items[0][price]", ""},
		{"mode=payment&" + line("price_nope") + back, "resource_missing", "line_items[0][price]", "No such price: 'price_nope'"},
		{"mode=payment&line_items[0][price]=" + p.once + back, "", "line_items[0][quantity]", "Quantity is required"},
		{"mode=payment&" + line(p.once) + "&line_items[0][quantity]=0" + back, "parameter_invalid_integer", "line_items[0][quantity]", "Invalid positive integer"},
		{"mode=payment&" + line(p.monthly) + back, "", "line_items[0][price]", "You specified `payment` mode but passed a recurring price."},
		{"mode=subscription&" + line(p.once) + back, "", "line_items", "You must provide at least one recurring price in `subscription` mode"},
		{"mode=payment&" + line(archived) + back, "", "line_items[0][price]", "inactive"},
		{"mode=payment&" + line(p.once) + "&line_items[1][price]=" + p.yen + "&line_items[1][quantity]=1" + back, "", "line_items[1][price]", "expected currency"},
		{"mode=subscription&" + line(p.monthly) + "&line_items[1][price]=" + yearly + "&line_items[1][quantity]=1" + back, "", "line_items[1][price]", "different billing intervals"},
		{"mode=payment&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=49&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1" + back, "amount_too_small", "line_items", "The Checkout Session's total amount due must add up to at least $0.50 usd"},
		{"mode=payment&line_items[0][amount]=100&line_items[0][currency]=usd&line_items[0][quantity]=1" + back, "", "line_items", "You cannot use `line_items.amount`"},
		{"mode=payment&" + line(p.once) + back + "&expires_at=" + itoa(testNow.Unix()+1799), "", "expires_at", "at least 30 minutes"},
		{"mode=payment&" + line(p.once) + back + "&expires_at=" + itoa(testNow.Unix()+86401), "", "expires_at", "24 hours"},
		{"mode=payment&" + line(p.once) + "&success_url=javascript:alert(1)", "url_invalid", "success_url", "Not a valid URL"},
		{"mode=payment&" + line(p.once) + back + "&ui_mode=embedded", "", "ui_mode", "This sandbox does not support"},
		{"mode=payment&" + line(p.once) + back + "&customer=" + cus + "&customer_email=a@b.co", "", "customer_email", "only specify one"},
		{"mode=payment&" + line(p.once) + back + "&customer=cus_nope", "resource_missing", "customer", "No such customer: 'cus_nope'"},
		{"mode=payment&" + line(p.once) + back + "&subscription_data[trial_period_days]=3", "", "subscription_data", "`subscription_data` in `payment` mode"},
		{"mode=payment&" + line(p.once) + back + "&discounts[0][coupon]=X", "resource_missing", "discounts[0][coupon]", "No such coupon: 'X'"},
		{"mode=payment&" + line(p.once) + back + "&payment_method_configuration=X", "resource_missing", "payment_method_configuration", "No such payment_method_configuration: 'X'"},
		{"mode=payment&" + line(p.once) + back + "&foo=1&line_items[0][bar]=2", "parameter_unknown", "line_items[0][bar]", "Received unknown parameters: line_items[0][bar], foo"},
	} {
		c.post("/v1/checkout/sessions", tc.form).fails(400, tc.code, tc.param, tc.message)
	}
	if got := len(c.get("/v1/checkout/sessions").ok()["data"].([]any)); got != 0 {
		t.Errorf("%d sessions were made by refused requests", got)
	}
}

func TestCheckoutSubscription(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	id := s(c.session("subscription", p.monthly, "&subscription_data[metadata][plan]=gold"), "id")
	c.confirm(id, "visa").ok()
	c.expectEvents(before, "customer.created customer.subscription.created invoice.created invoice.finalized payment_intent.created payment_method.attached charge.succeeded payment_intent.succeeded customer.subscription.updated invoice.paid invoice.payment_succeeded customer.updated checkout.session.completed",
		"customer.subscription.created<customer.subscription.updated", "invoice.created<invoice.finalized", "invoice.finalized<invoice.paid", "invoice.payment_succeeded<checkout.session.completed")
	cs := c.get("/v1/checkout/sessions/" + id + "?expand[]=subscription.latest_invoice.payment_intent&expand[]=subscription.default_payment_method").ok()
	sub := cs["subscription"].(map[string]any)
	if cs["payment_intent"] != nil || s(cs, "payment_status") != "paid" || s(sub, "status") != "active" || s(sub, "latest_invoice.status") != "paid" || s(sub, "latest_invoice.payment_intent.status") != "succeeded" ||
		s(sub, "default_payment_method.card.last4") != "4242" || s(sub, "metadata.plan") != "gold" || s(cs, "invoice") != s(sub, "latest_invoice.id") {
		t.Errorf("session %v", cs)
	}
	for _, e := range c.events()[before:] {
		switch s(e, "type") {
		case "customer.subscription.created":
			if s(e, "data.object.status") != "incomplete" {
				t.Error("created with status", s(e, "data.object.status"))
			}
		case "customer.subscription.updated":
			if s(e, "data.previous_attributes.status") != "incomplete" {
				t.Errorf("previous attributes %v", at(e, "data.previous_attributes"))
			}
		case "invoice.created":
			if s(e, "data.object.status") != "draft" || s(e, "data.object.billing_reason") != "subscription_create" {
				t.Errorf("draft %v", at(e, "data.object"))
			}
		}
	}
}

func TestSubscriptionDeclinedThenExpired(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	id := s(c.session("subscription", p.monthly, ""), "id")
	c.confirm(id, "chargeDeclined").fails(402, "card_declined", "", "Your card was declined.")
	c.expectEvents(before, "customer.created customer.subscription.created invoice.created customer.updated invoice.finalized payment_intent.created charge.failed payment_intent.payment_failed invoice.payment_failed")
	subs := c.get("/v1/subscriptions").ok()["data"].([]any)
	if len(subs) != 1 || s(subs[0].(map[string]any), "status") != "incomplete" {
		t.Fatalf("subscriptions %v", subs)
	}
	before = len(c.events())
	c.pass(24 * time.Hour)
	c.expectEvents(before, "customer.subscription.updated invoice.voided payment_intent.canceled checkout.session.expired")
}

func TestTrial(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	id := s(c.session("subscription", p.monthly, "&subscription_data[trial_period_days]=14"), "id")
	c.confirm(id, "visa").ok()
	c.expectEvents(before, "customer.created setup_intent.created payment_method.attached setup_intent.succeeded customer.subscription.created invoice.created invoice.finalized invoice.paid invoice.payment_succeeded customer.updated checkout.session.completed")
	cs := c.get("/v1/checkout/sessions/" + id + "?expand[]=subscription").ok()
	if s(cs, "payment_status") != "no_payment_required" || s(cs, "subscription.status") != "trialing" || n(cs, "subscription.trial_end")-n(cs, "subscription.trial_start") != 14*86400 {
		t.Errorf("trial %v", cs)
	}
	before = len(c.events())
	c.pass(11 * 24 * time.Hour)
	c.expectEvents(before, "customer.subscription.trial_will_end")
	c.pass(3*24*time.Hour + time.Hour)
	c.expectEvents(before+1, "invoice.created customer.subscription.updated invoice.finalized payment_intent.created charge.succeeded payment_intent.succeeded invoice.paid invoice.payment_succeeded customer.updated")
}
