package sandbox

import (
	"strings"
	"testing"

	"bursar/services/internal/sandbox/pages"
)

func TestPortalFlows(t *testing.T) {
	c := empty(t)
	sub, cus, _ := c.subscribed()
	portal := func(form string) answer { return c.post("/v1/billing_portal/sessions", "customer="+cus+form) }
	got := portal("&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]=" + sub).ok()
	if !strings.HasSuffix(s(got, "url"), "/subscriptions/"+sub+"/cancel") || s(got, "flow.subscription_cancel.subscription") != sub || s(got, "configuration") == "" {
		t.Errorf("portal %v", got)
	}
	portal("&flow_data[type]=subscription_cancel").fails(400, "parameter_missing", "flow_data[subscription_cancel]", "")
	portal("&flow_data[type]=subscription_update").fails(400, "", "flow_data[type]", "disabled in the portal configuration")
	if got := portal("&flow_data[type]=payment_method_update").ok(); !strings.HasSuffix(s(got, "url"), "/payment-methods/add") {
		t.Errorf("portal %v", got)
	}
	var last string
	for _, e := range c.events() {
		last = s(e, "type")
	}
	if last != "billing_portal.session.created" {
		t.Errorf("last event %s", last)
	}
}

// TestPortalConfigurations: what a configuration does not allow is not done, and
// a change of plan goes through the flow that asks for it.
func TestPortalConfigurations(t *testing.T) {
	c := empty(t)
	sub, cus, _ := c.subscribed()
	b, ctx := backend{c.srv}, t.Context()
	open := func(form string) (portal map[string]any, token string) {
		portal = c.post("/v1/billing_portal/sessions", "customer="+cus+form).ok()
		token, _, _ = strings.Cut(strings.TrimPrefix(s(portal, "url"), c.web.URL+"/p/session/"), "/")
		return portal, token
	}
	before := len(c.events())
	strict := c.post("/v1/billing_portal/configurations", "business_profile[headline]=Hello&features[customer_update][enabled]=true&features[customer_update][allowed_updates][]=email&default_return_url=https://shop.example/home").ok()
	c.expectEvents(before, "billing_portal.configuration.created")
	if strict["is_default"] != false || at(strict, "features.subscription_cancel.enabled") != false {
		t.Errorf("configuration %v", strict)
	}
	portal, token := open("&configuration=" + s(strict, "id"))
	page, err := b.Portal(ctx, token)
	if err != nil || page.CanCancel || page.CanUpdateCard || page.ShowInvoices || len(page.Editable) != 1 || page.Headline != "Hello" || s(portal, "return_url") != "https://shop.example/home" {
		t.Errorf("portal %+v, %v", page, err)
	}
	if b.Cancel(ctx, token, sub, pages.Cancellation{}) == nil || b.AddCard(ctx, token, pages.Card{Number: "4242424242424242", Expiry: "1230", CVC: "123"}) == nil || b.UpdatePlan(ctx, token, sub, pages.PlanChange{Price: "x", Quantity: 1}) == nil {
		t.Error("something that is not allowed was done")
	}
	if err := b.UpdateBilling(ctx, token, pages.Billing{Name: "Eve", Email: "new@example.com"}); err != nil {
		t.Fatal(err)
	}
	if got := c.get("/v1/customers/" + cus).ok(); s(got, "email") != "new@example.com" || s(got, "name") == "Eve" {
		t.Errorf("customer %v", got)
	}

	large := c.post("/v1/prices", "currency=eur&unit_amount=1800&recurring[interval]=month&product_data[name]=Large").ok()
	free := c.post("/v1/billing_portal/configurations", "business_profile[headline]=&features[subscription_cancel][enabled]=true&features[subscription_cancel][mode]=immediately&features[subscription_cancel][proration_behavior]=create_prorations"+
		"&features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price&features[subscription_update][proration_behavior]=always_invoice&features[subscription_update][products][0][product]="+s(large, "product")+"&features[subscription_update][products][0][prices][]="+s(large, "id")).ok()
	_, token = open("&configuration=" + s(free, "id"))
	if page, err = b.Portal(ctx, token); err != nil || len(page.Plans) != 1 || !page.ChangePrice || page.ChangeQuantity || !page.UpdateBilledNow {
		t.Errorf("portal %+v, %v", page, err)
	}
	if b.UpdatePlan(ctx, token, sub, pages.PlanChange{Price: s(large, "id"), Quantity: 2}) == nil {
		t.Error("a quantity that may not be changed was changed")
	}
	flow := "&configuration=" + s(free, "id") + "&flow_data[type]=subscription_update_confirm&flow_data[subscription_update_confirm][subscription]=" + sub + "&flow_data[subscription_update_confirm][items][0][id]=" + c.item(sub) +
		"&flow_data[subscription_update_confirm][items][0][quantity]=2&flow_data[after_completion][type]=redirect&flow_data[after_completion][redirect][return_url]=https://shop.example/done"
	web := browser(t)
	portal = c.post("/v1/billing_portal/sessions", "customer="+cus+flow+"&flow_data[subscription_update_confirm][items][0][price]="+s(large, "id")).ok()
	status, way, _ := submit(t, web, s(portal, "url"), map[string][]string{})
	if status != 303 || way != "https://shop.example/done" {
		t.Errorf("after the change: %d %s", status, way)
	}
	got := c.get("/v1/subscriptions/" + sub + "?expand[]=latest_invoice").ok()
	if s(got, "plan.id") != s(large, "id") || n(got, "quantity") != 2 || n(got, "latest_invoice.amount_paid") != 3600-900 {
		t.Errorf("subscription %v", got)
	}
	portal, _ = open("&configuration=" + s(free, "id") + "&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]=" + sub + "&flow_data[after_completion][type]=hosted_confirmation&flow_data[after_completion][hosted_confirmation][custom_message]=Bye%20now")
	status, way, _ = submit(t, web, s(portal, "url"), map[string][]string{})
	if _, body := look(t, web, c.web.URL+way); status != 303 || !strings.Contains(body, "Bye now") || !strings.Contains(body, "Your plan has been canceled.") {
		t.Errorf("after cancelling: %d %s", status, way)
	}
	if items := c.get("/v1/invoiceitems?customer=" + cus + "&pending=true").ok()["data"].([]any); len(items) != 1 || n(items[0].(map[string]any), "amount") != -3600 {
		t.Errorf("credit %v", items)
	}
	c.post("/v1/billing_portal/configurations/"+s(strict, "id"), "active=false").ok()
	c.post("/v1/billing_portal/sessions", "customer="+cus+"&configuration="+s(strict, "id")).fails(400, "", "", "No configuration provided")
	c.checkInvariants()
}

func TestPaymentMethods(t *testing.T) {
	c := empty(t)
	cus := s(c.post("/v1/customers", "email=a@b.co&payment_method=pm_card_visa&description=x").ok(), "id")
	pm := c.post("/v1/payment_methods", "type=card&card[number]=5555555555554444&card[exp_month]=4&card[exp_year]=2030&card[cvc]=123&billing_details[name]=Ada").ok()
	if s(pm, "card.last4") != "4444" || s(pm, "billing_details.name") != "Ada" || pm["customer"] != nil {
		t.Errorf("method %v", pm)
	}
	before := len(c.events())
	c.post("/v1/payment_methods/"+s(pm, "id")+"/attach", "customer="+cus).ok()
	c.post("/v1/customers/"+cus, "invoice_settings[default_payment_method]="+s(pm, "id")).ok()
	c.post("/v1/payment_methods/"+s(pm, "id"), "card[exp_year]=2032&metadata[a]=b").ok()
	if got := c.get("/v1/customers/" + cus + "/payment_methods?type=card").ok(); len(got["data"].([]any)) != 2 {
		t.Errorf("methods %v", got)
	}
	c.get("/v1/customers/" + cus + "/payment_methods/" + s(pm, "id")).ok()
	c.post("/v1/payment_methods/"+s(pm, "id")+"/detach", "").ok()
	c.expectEvents(before, "payment_method.attached customer.updated payment_method.updated payment_method.detached customer.updated")
	c.post("/v1/payment_methods/"+s(pm, "id")+"/detach", "").fails(400, "", "", "not attached")
	c.post("/v1/payment_methods/pm_card_chargeDeclined/attach", "customer="+cus).fails(402, "card_declined", "", "Your card was declined.")
	c.post("/v1/payment_methods/pm_card_nope/attach", "customer="+cus).fails(404, "resource_missing", "payment_method", "No such PaymentMethod")
	c.post("/v1/payment_methods", "type=card&card[number]=4242424242424241&card[exp_month]=4&card[exp_year]=2030").fails(402, "incorrect_number", "number", "")
	c.post("/v1/payment_methods", "type=card&card[number]=4242424242424242&card[exp_month]=10&card[exp_year]=2026").fails(402, "invalid_expiry_month", "exp_month", "")
	c.post("/v1/payment_methods", "type=card&card[number]=4242424242424242&card[exp_month]=4&card[exp_year]=2030&card[cvc]=12").fails(402, "invalid_cvc", "cvc", "")
	if raw := string(compact(c.srv.mem.rows[s(pm, "id")].object())); strings.Contains(raw, "555555") || strings.Contains(raw, "123\"") {
		t.Errorf("a card number or CVC is stored: %s", raw)
	}
}

func TestRefunds(t *testing.T) {
	c := empty(t)
	c.confirm(s(c.session("payment", c.stock().once, ""), "id"), "visa").ok()
	charge := s(c.get("/v1/charges").ok()["data"].([]any)[0].(map[string]any), "id")
	before := len(c.events())
	c.post("/v1/refunds", "charge="+charge+"&amount=1000&reason=requested_by_customer").ok()
	if got := c.get("/v1/charges/" + charge + "?expand[]=refunds").ok(); got["refunded"] != false || n(got, "amount_refunded") != 1000 || len(at(got, "refunds.data").([]any)) != 1 {
		t.Errorf("partly refunded: %v", got)
	}
	c.post("/v1/refunds", "charge="+charge+"&amount=1501").fails(400, "", "amount", "Refund amount (€15.01) is greater than unrefunded amount on charge (€15.00)")
	c.post("/v1/refunds", "charge="+charge).ok()
	c.post("/v1/refunds", "charge="+charge).fails(400, "charge_already_refunded", "", "Charge "+charge+" has already been refunded.")
	c.post("/v1/refunds", "").fails(400, "parameter_missing", "charge", "")
	c.post("/v1/refunds", "charge=ch_nope").fails(400, "resource_missing", "charge", "No such charge: 'ch_nope'")
	c.expectEvents(before, "charge.refunded charge.refunded")
	for _, o := range c.get("/v1/balance_transactions").ok()["data"].([]any) {
		c.get("/v1/balance_transactions/" + s(o.(map[string]any), "id")).ok()
	}
	c.clock.Add(3 * day)
	if got := c.get("/v1/balance_transactions").ok()["data"].([]any)[0].(map[string]any); s(got, "status") != "available" {
		t.Errorf("after two days: %v", got["status"])
	}
}
