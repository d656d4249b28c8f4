package sandbox

import (
	"strings"
	"testing"
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
	portal("&flow_data[type]=subscription_update").fails(400, "", "flow_data[type]", "This sandbox does not support")
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
