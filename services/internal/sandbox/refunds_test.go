package sandbox

import (
	"testing"
	"time"
)

// lastOf is what the newest event shows; it must be of the type, and of no request.
func (c *client) lastOf(kind string) map[string]any {
	c.t.Helper()
	events := c.events()
	e := events[len(events)-1]
	if s(e, "type") != kind || at(e, "request.id") != nil {
		c.t.Fatalf("last event is %s of %v, want %s", s(e, "type"), e["request"], kind)
	}
	return e["data"].(map[string]any)
}

func TestRefundPendingFirst(t *testing.T) {
	c := empty(t)
	id := s(c.charged(c.stock().dinar, "pendingRefund"), "id")
	before := len(c.events())
	r := c.post("/v1/refunds", "charge="+id).ok()
	if s(r, "status") != "pending" {
		t.Errorf("at first %v", r)
	}
	c.pass((bankDelay - 1) * time.Second)
	c.expectEvents(before, "charge.refunded")
	c.pass(time.Second)
	c.expectEvents(before, "charge.refunded charge.refund.updated", "charge.refunded<charge.refund.updated")
	told := c.lastOf("charge.refund.updated")
	if s(told, "object.status") != "succeeded" || s(told, "previous_attributes.status") != "pending" {
		t.Errorf("told as %v", told)
	}
	if r = c.get("/v1/refunds/" + s(r, "id")).ok(); s(r, "status") != "succeeded" {
		t.Errorf("afterwards %v", r)
	}
	c.post("/v1/refunds", "charge="+id).fails(400, "charge_already_refunded", "", "")
	c.pass(time.Hour)
	c.expectEvents(before, "charge.refunded charge.refund.updated")
	c.checkInvariants()
}

func TestRefundFailsLater(t *testing.T) {
	c := empty(t)
	url := c.web.URL
	id := s(c.charged(c.stock().once, "refundFail"), "id")
	before := len(c.events())
	for _, form := range []string{"&amount=700", "", ""} {
		r := c.post("/v1/refunds", "charge="+id+form).ok()
		if s(r, "status") != "succeeded" || n(c.get("/v1/charges/"+id).ok(), "amount_refunded") != n(r, "amount") {
			t.Errorf("at first %v", r)
		}
		c = c.reopenAt(url) // what is due is kept in the file
		c.pass(bankDelay * time.Second)
		r = c.get("/v1/refunds/" + s(r, "id") + "?expand[]=failure_balance_transaction").ok()
		if s(r, "status") != "failed" || s(r, "failure_reason") == "" || n(r, "failure_balance_transaction.net") != n(r, "amount") || s(r, "failure_balance_transaction.type") != "refund_failure" {
			t.Errorf("afterwards %v", r)
		}
		if told := c.lastOf("charge.refund.updated"); s(told, "object.status") != "failed" || s(told, "previous_attributes.status") != "succeeded" {
			t.Errorf("told as %v", told)
		}
		if ch := c.get("/v1/charges/" + id).ok(); n(ch, "amount_refunded") != 0 || ch["refunded"] != false {
			t.Errorf("charge %v", ch)
		}
	}
	c.expectEvents(before, "charge.refunded charge.refund.updated charge.refunded charge.refund.updated charge.refunded charge.refund.updated")
	c.checkInvariants()
}
