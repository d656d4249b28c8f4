package archive

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"bursar/services"
)

// event renders an event as Stripe does; object is JSON.
func event(id, kind string, created int64, object string) []byte {
	return fmt.Appendf(nil, `{
  "id": %q,
  "object": "event",
  "api_version": "2023-10-16",
  "created": %d,
  "data": {
    "object": %s
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_%s",
    "idempotency_key": null
  },
  "type": %q
}`, id, created, object, id, kind)
}

func TestFacts(t *testing.T) {
	money := func(n int64, currency string) *services.Money { return &services.Money{Amount: n, Currency: currency} }
	for name, tt := range map[string]struct {
		raw  string
		want Facts
	}{
		"charge": {
			`{"id":"evt_1","type":"charge.succeeded","created":5,"livemode":true,"api_version":"2023-10-16","request":{"id":"req_1"},
			 "data":{"object":{"id":"ch_1","object":"charge","customer":"cus_1","amount":2400,"currency":"jpy","payment_intent":"pi_1","status":"succeeded"}}}`,
			Facts{ID: "evt_1", Type: "charge.succeeded", Created: 5, Livemode: true, APIVersion: "2023-10-16", RequestID: "req_1", ObjectID: "ch_1",
				ObjectType: "charge", Customer: "cus_1", Refs: []string{"ch_1", "pi_1"}, Amount: money(2400, "jpy"), Outcome: services.EventSucceeded},
		},
		"expanded customer and charge, KWD, upper case": {
			`{"id":"evt_1","type":"payment_intent.payment_failed","created":5,"data":{"object":{"id":"pi_1","object":"payment_intent",
			 "customer":{"id":"cus_1","object":"customer","metadata":{"id":"no"}},"amount":12500,"currency":"KWD","latest_charge":{"id":"ch_1","customer":"cus_9"}}}}`,
			Facts{ID: "evt_1", Type: "payment_intent.payment_failed", Created: 5, ObjectID: "pi_1", ObjectType: "payment_intent", Customer: "cus_1",
				Refs: []string{"pi_1", "ch_1"}, Amount: money(12500, "kwd"), Outcome: services.EventFailed},
		},
		"the customer itself": {
			`{"id":"evt_1","type":"customer.created","created":5,"data":{"object":{"id":"cus_1","object":"customer","currency":"eur","amount":1}}}`,
			Facts{ID: "evt_1", Type: "customer.created", Created: 5, ObjectID: "cus_1", ObjectType: "customer", Customer: "cus_1", Outcome: services.EventNeutral},
		},
		"refunded part": {
			`{"id":"evt_1","type":"charge.refunded","created":5,"data":{"object":{"id":"ch_1","object":"charge","amount":900,"amount_refunded":300,"currency":"eur"}}}`,
			Facts{ID: "evt_1", Type: "charge.refunded", Created: 5, ObjectID: "ch_1", ObjectType: "charge", Refs: []string{"ch_1"}, Amount: money(300, "eur"), Outcome: services.EventRefunded},
		},
		"customer before the change": {
			`{"id":"evt_1","type":"payment_method.detached","created":5,"data":{"object":{"id":"pm_1","object":"payment_method","customer":null},"previous_attributes":{"customer":"cus_1"}}}`,
			Facts{ID: "evt_1", Type: "payment_method.detached", Created: 5, ObjectID: "pm_1", ObjectType: "payment_method", Customer: "cus_1", Refs: []string{"pm_1"}, Outcome: services.EventNeutral},
		},
		"paid invoice": {
			`{"id":"evt_1","type":"invoice.paid","created":5,"data":{"object":{"id":"in_1","object":"invoice","amount_due":2000,"amount_paid":1500,"total":2000,"currency":"usd"}}}`,
			Facts{ID: "evt_1", Type: "invoice.paid", Created: 5, ObjectID: "in_1", ObjectType: "invoice", Refs: []string{"in_1"}, Amount: money(1500, "usd"), Outcome: services.EventSucceeded},
		},
		"thin event": {
			`{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.no_meter_found","created":"1970-01-01T00:00:05Z","livemode":false,"related_object":{"id":"mtr_1","type":"billing.meter"},"data":null}`,
			Facts{ID: "evt_1", Type: "v1.billing.meter.no_meter_found", Created: 5, ObjectID: "mtr_1", ObjectType: "billing.meter", Refs: []string{"mtr_1"}, Outcome: services.EventNeutral},
		},
		"nothing but what must be": {
			`{"type":"a","created":0,"id":"e"}`, Facts{ID: "e", Type: "a", Outcome: services.EventNeutral},
		},
		"odd values everywhere": {
			`{"id":"evt_1","type":"charge.failed","created":5,"livemode":"yes","api_version":7,"request":"req_old\u001b[2J",
			 "data":{"object":{"id":["x"],"object":"a\u0000b\u202ec","customer":"cus with space","amount":99999999999999999999,"amount_total":1.5,"total":1e3,"currency":"eur","charge":{"id":null}}}}`,
			Facts{ID: "evt_1", Type: "charge.failed", Created: 5, RequestID: "req_old", ObjectType: "abc", Outcome: services.EventFailed},
		},
		"data is not what it should be": {
			`{"id":"evt_1","type":"charge.failed","created":5,"data":[1,{"object":{"id":"no"}}],"request":null}`,
			Facts{ID: "evt_1", Type: "charge.failed", Created: 5, Outcome: services.EventFailed},
		},
		"a NUL in metadata": {
			`{"id":"evt_1","type":"charge.failed","created":5,"data":{"object":{"id":"ch_1","metadata":{"a":"\u0000"}}}}`,
			Facts{ID: "evt_1", Type: "charge.failed", Created: 5, ObjectID: "ch_1", Refs: []string{"ch_1"}, Outcome: services.EventFailed},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := FactsOf([]byte(tt.raw))
			if reason != "" {
				t.Fatalf("refused: %s", reason)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestNoEvent(t *testing.T) {
	for raw, want := range map[string]string{
		``:                                   "not JSON",
		`null`:                               "not JSON",
		`[]`:                                 "not JSON",
		`{"id":"evt_1"`:                      "not JSON",
		`{"id":"e","type":"a","created":0}x`: "not JSON",
		`{"type":"a","created":0}`:           "id",
		`{"id":7,"type":"a","created":0}`:    "id",
		`{"id":"e\u0000","type":"a","created":0}`:                          "id",
		`{"id":"` + strings.Repeat("e", 256) + `","type":"a","created":0}`: "id",
		`{"id":"e","created":0}`:                                           "type",
		`{"id":"e","type":"a b","created":0}`:                              "type",
		`{"id":"e","type":"a"}`:                                            "created",
		`{"id":"e","type":"a","created":-1}`:                               "created",
		`{"id":"e","type":"a","created":99999999999999999}`:                "created",
		`{"id":"e","type":"a","created":1.5}`:                              "created",
		`{"id":"e","type":"a","created":"yesterday"}`:                      "created",
		`{"id":"e","type":"a","created":0,"x":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`: "deep",
	} {
		if _, reason := FactsOf([]byte(raw)); !strings.Contains(reason, want) {
			t.Errorf("%.60q: reason %q, want %q in it", raw, reason, want)
		}
	}
}

func TestOutcome(t *testing.T) {
	const (
		succeeded, failed, pending = services.EventSucceeded, services.EventFailed, services.EventPending
		refunded, canceled         = services.EventRefunded, services.EventCanceled
		attention, neutral         = services.EventAttention, services.EventNeutral
	)
	for _, tt := range []struct {
		kind, status, payment string
		want                  services.EventOutcome
	}{
		{"charge.succeeded", "succeeded", "", succeeded},
		{"charge.failed", "failed", "", failed},
		{"charge.pending", "pending", "", pending},
		{"charge.captured", "succeeded", "", succeeded},
		{"charge.expired", "", "", canceled},
		{"charge.updated", "succeeded", "", neutral},
		{"charge.refunded", "succeeded", "", refunded},
		{"charge.refund.updated", "failed", "", failed},
		{"refund.created", "succeeded", "", refunded},
		{"refund.created", "pending", "", pending},
		{"refund.updated", "requires_action", "", attention},
		{"refund.updated", "canceled", "", canceled},
		{"refund.failed", "", "", failed},
		{"charge.dispute.created", "needs_response", "", attention},
		{"charge.dispute.funds_withdrawn", "needs_response", "", attention},
		{"charge.dispute.funds_reinstated", "won", "", succeeded},
		{"charge.dispute.closed", "won", "", succeeded},
		{"charge.dispute.closed", "lost", "", failed},
		{"charge.dispute.closed", "warning_closed", "", neutral},
		{"payment_intent.created", "requires_payment_method", "", neutral},
		{"payment_intent.succeeded", "succeeded", "", succeeded},
		{"payment_intent.payment_failed", "requires_payment_method", "", failed},
		{"payment_intent.requires_action", "requires_action", "", attention},
		{"payment_intent.processing", "processing", "", pending},
		{"payment_intent.canceled", "canceled", "", canceled},
		{"payment_intent.amount_capturable_updated", "requires_capture", "", pending},
		{"checkout.session.completed", "complete", "paid", succeeded},
		{"checkout.session.completed", "complete", "no_payment_required", succeeded},
		{"checkout.session.completed", "complete", "unpaid", pending},
		{"checkout.session.async_payment_succeeded", "complete", "paid", succeeded},
		{"checkout.session.async_payment_failed", "complete", "unpaid", failed},
		{"checkout.session.expired", "expired", "unpaid", canceled},
		{"customer.created", "", "", neutral},
		{"customer.deleted", "", "", neutral},
		{"customer.subscription.created", "active", "", neutral},
		{"customer.subscription.created", "incomplete", "", pending},
		{"customer.subscription.updated", "past_due", "", attention},
		{"customer.subscription.updated", "incomplete_expired", "", canceled},
		{"customer.subscription.updated", "active", "", neutral},
		{"customer.subscription.deleted", "canceled", "", canceled},
		{"customer.subscription.paused", "paused", "", attention},
		{"customer.subscription.resumed", "active", "", succeeded},
		{"customer.subscription.trial_will_end", "trialing", "", attention},
		{"invoice.created", "draft", "", neutral},
		{"invoice.paid", "paid", "", succeeded},
		{"invoice.payment_succeeded", "paid", "", succeeded},
		{"invoice.payment_failed", "open", "", failed},
		{"invoice.payment_action_required", "open", "", attention},
		{"invoice.voided", "void", "", canceled},
		{"invoice.marked_uncollectible", "uncollectible", "", failed},
		{"setup_intent.setup_failed", "", "", failed},
		{"setup_intent.requires_action", "", "", attention},
		{"payout.paid", "paid", "", succeeded},
		{"payout.failed", "failed", "", failed},
		{"radar.early_fraud_warning.created", "", "", attention},
		{"some.new_thing.processing_failed", "", "", failed},
		{"some.new_thing", "failed", "", neutral},
		{"unpaid", "", "", neutral},
	} {
		if got := outcomeOf(tt.kind, tt.status, tt.payment); got != tt.want {
			t.Errorf("outcomeOf(%q, %q, %q) = %q, want %q", tt.kind, tt.status, tt.payment, got, tt.want)
		}
	}
}
