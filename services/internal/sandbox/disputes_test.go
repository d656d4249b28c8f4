package sandbox

import (
	"testing"
	"time"
)

const paidEvents = "payment_intent.created charge.succeeded payment_intent.succeeded checkout.session.completed "

// charged pays for one thing and returns the charge.
func (c *client) charged(price, card string) map[string]any {
	c.t.Helper()
	id := s(c.session("payment", price, ""), "id")
	c.confirm(id, card).ok()
	cs := c.get("/v1/checkout/sessions/" + id + "?expand[]=payment_intent.latest_charge").ok()
	if s(cs, "payment_status") != "paid" || at(cs, "payment_intent.latest_charge.disputed") != false {
		c.t.Errorf("%s: paid as %v", card, cs)
	}
	return at(cs, "payment_intent.latest_charge").(map[string]any)
}

// only is the single element of a list.
func (c *client) only(path string) map[string]any {
	c.t.Helper()
	data := c.get(path).ok()["data"].([]any)
	if len(data) != 1 {
		c.t.Fatalf("%s: %d objects, want 1", path, len(data))
	}
	return data[0].(map[string]any)
}

func TestDispute(t *testing.T) {
	c := empty(t)
	p := c.stock()
	for _, tc := range []struct{ card, price, currency, reason string }{
		{"createDispute", p.once, "eur", "fraudulent"},
		{"createDisputeProductNotReceived", p.dinar, "kwd", "product_not_received"},
		{"createMultipleDisputes", p.yen, "jpy", "fraudulent"},
		{"createCe3EligibleDispute", p.once, "eur", "fraudulent"},
	} {
		before := len(c.events())
		charge := c.charged(tc.price, tc.card)
		id := s(charge, "id")
		c.expectEvents(before, paidEvents)
		c.pass((bankDelay - 1) * time.Second)
		c.expectEvents(before, paidEvents)
		c.pass(time.Second)
		c.expectEvents(before, paidEvents+"charge.dispute.created charge.dispute.funds_withdrawn", "charge.succeeded<charge.dispute.created", "charge.dispute.created<charge.dispute.funds_withdrawn")
		events := c.events()
		told := at(events[len(events)-2], "data.object").(map[string]any)
		for _, e := range events[len(events)-2:] {
			if at(e, "request.id") != nil {
				t.Errorf("%s: %s has the request %v", tc.card, s(e, "type"), e["request"])
			}
		}
		d := c.only("/v1/disputes?charge=" + id)
		if s(d, "status") != "needs_response" || s(d, "reason") != tc.reason || n(d, "amount") != n(charge, "amount") || s(d, "currency") != tc.currency || s(d, "payment_intent") != s(charge, "payment_intent") ||
			d["is_charge_refundable"] != false || n(d, "evidence_details.due_by") <= c.clock.Load() || s(told, "id") != s(d, "id") || s(told, "status") != s(d, "status") {
			t.Errorf("%s: %v, told as %v", tc.card, d, told)
		}
		txn := c.only("/v1/balance_transactions?source=" + s(d, "id"))
		if n(txn, "amount") != -n(charge, "amount") || n(txn, "fee") != disputeFee || n(txn, "net") != -n(charge, "amount")-disputeFee || s(txn, "type") != "adjustment" || s(txn, "reporting_category") != "dispute" {
			t.Errorf("%s: booked as %v", tc.card, txn)
		}
		got := c.get("/v1/disputes/" + s(d, "id") + "?expand[]=charge&expand[]=payment_intent").ok()
		if at(got, "charge.disputed") != true || s(got, "payment_intent.status") != "succeeded" {
			t.Errorf("%s: dispute of %v", tc.card, got["charge"])
		}
		c.post("/v1/refunds", "charge="+id).fails(400, "charge_disputed", "", "Charge "+id+" has been charged back; cannot issue a refund.")
		c.pass(time.Hour)
		c.only("/v1/disputes?payment_intent=" + s(charge, "payment_intent"))
	}
	if got := c.get("/v1/disputes?created[gt]=" + itoa(testNow.Unix()+bankDelay)).ok()["data"].([]any); len(got) != 3 {
		t.Errorf("%d disputes after the first, want 3", len(got))
	}
	d := s(c.get("/v1/disputes?limit=1").ok()["data"].([]any)[0].(map[string]any), "id")
	c.get("/v1/disputes/dp_nope").fails(404, "resource_missing", "dispute", "No such dispute: 'dp_nope'")
	c.post("/v1/disputes/"+d, "submit=true").fails(400, "", "", "This sandbox does not support POST /v1/disputes/")
	c.post("/v1/disputes/"+d+"/close", "").fails(400, "", "", "This sandbox does not support POST /v1/disputes/")
	c.checkInvariants()
	c.reopen().checkInvariants()
}

func TestDisputeInquiry(t *testing.T) {
	c := empty(t)
	before := len(c.events())
	charge := c.charged(c.stock().once, "createDisputeInquiry")
	c.pass(bankDelay * time.Second)
	if types := c.since(before); types[len(types)-1] != "charge.dispute.created" {
		t.Errorf("events %v", types)
	}
	d := c.only("/v1/disputes")
	if s(d, "status") != "warning_needs_response" || d["is_charge_refundable"] != true || len(d["balance_transactions"].([]any)) != 0 {
		t.Errorf("inquiry %v", d)
	}
	if got := c.get("/v1/balance_transactions?source=" + s(d, "id")).ok()["data"].([]any); len(got) != 0 {
		t.Errorf("an inquiry moved %v", got)
	}
	c.post("/v1/refunds", "charge="+s(charge, "id")).ok()
	c.checkInvariants()
}

// TestDisputeOfWhatIsLeft disputes what was captured and not given back.
func TestDisputeOfWhatIsLeft(t *testing.T) {
	c := empty(t)
	p := c.stock()
	part, whole := s(c.charged(p.once, "createDispute"), "id"), s(c.charged(p.once, "createDispute"), "id")
	c.post("/v1/refunds", "charge="+part+"&amount=500").ok()
	c.post("/v1/refunds", "charge="+whole).ok()
	id := s(c.session("payment", p.once, "&payment_intent_data[capture_method]=manual"), "id")
	c.confirm(id, "createDispute").ok()
	c.pass(time.Minute)
	if d := c.only("/v1/disputes"); s(d, "charge") != part || n(d, "amount") != 2000 {
		t.Errorf("disputed %v", d)
	}
	pi := s(c.get("/v1/checkout/sessions/"+id).ok(), "payment_intent")
	c.post("/v1/payment_intents/"+pi+"/capture", "amount_to_capture=700").ok()
	c.pass(time.Minute)
	if d := c.only("/v1/disputes?payment_intent=" + pi); n(d, "amount") != 700 {
		t.Errorf("disputed after capture %v", d)
	}
}

func TestEarlyFraudWarning(t *testing.T) {
	c := empty(t)
	p := c.stock()
	before := len(c.events())
	charge := c.charged(p.once, "createIssuerFraudRecord")
	c.pass(bankDelay * time.Second)
	c.expectEvents(before, paidEvents+"radar.early_fraud_warning.created", "charge.succeeded<radar.early_fraud_warning.created")
	w := c.only("/v1/radar/early_fraud_warnings?charge=" + s(charge, "id"))
	if w["actionable"] != true || s(w, "fraud_type") != "misc" || s(w, "payment_intent") != s(charge, "payment_intent") {
		t.Errorf("warning %v", w)
	}
	events := c.events()
	if e := events[len(events)-1]; s(e, "data.object.id") != s(w, "id") || at(e, "request.id") != nil {
		t.Errorf("told as %v", e)
	}
	c.get("/v1/radar/early_fraud_warnings/" + s(w, "id") + "?expand[]=charge").ok()
	c.post("/v1/refunds", "charge="+s(charge, "id")).ok()
	c.checkInvariants()
}
