package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// TestInvariants runs random operations and then checks what must always hold
// (7.5), on the shop as it stands and on the same file opened again.
func TestInvariants(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			c := empty(t)
			c.play(rand.New(rand.NewPCG(seed, 7)), 120)
			c.checkInvariants()
			c.reopen().checkInvariants()
		})
	}
}

func TestInvariantsOfTheDemo(t *testing.T) { demo(t).checkInvariants() }

// play does random things, legal and not, as a shop's day does.
func (c *client) play(r *rand.Rand, steps int) {
	c.t.Helper()
	p := c.stock()
	cards := []string{"visa", "amex", "chargeDeclined", "authenticationRequired", "chargeCustomerFail", "mastercard", "pendingRefund", "refundFail", "createDispute", "createDisputeInquiry", "createIssuerFraudRecord"}
	sale := s(c.post("/v1/coupons", "percent_off=12.5&duration=repeating&duration_in_months=2").ok(), "id")
	vat := s(c.post("/v1/tax_rates", "display_name=VAT&percentage=23&inclusive=false").ok(), "id")
	within := s(c.post("/v1/tax_rates", "display_name=Levy&percentage=7.7&inclusive=true").ok(), "id")
	pick := func(path string) string {
		data := c.get(path).ok()["data"].([]any)
		if len(data) == 0 {
			return "none"
		}
		return s(data[r.IntN(len(data))].(map[string]any), "id")
	}
	for range steps {
		switch r.IntN(16) {
		case 0:
			c.post("/v1/customers", fmt.Sprintf("email=c%d@b.co&metadata[k]=%d", r.IntN(9), r.IntN(9)))
		case 1:
			c.post("/v1/customers/"+pick("/v1/customers"), fmt.Sprintf("name=N%d&metadata[k]=%d&metadata[j]=", r.IntN(3), r.IntN(3)))
		case 2, 3:
			price := []string{p.once, p.yen, p.dinar}[r.IntN(3)]
			more := []string{"", "&customer_creation=always", "&payment_intent_data[capture_method]=manual", "&customer_creation=always&invoice_creation[enabled]=true"}[r.IntN(4)]
			c.session("payment", price, more)
		case 4:
			c.session("subscription", p.monthly, []string{"", "&subscription_data[trial_period_days]=9"}[r.IntN(2)])
		case 5, 6, 7:
			c.confirm(pick("/v1/checkout/sessions?status=open"), cards[r.IntN(len(cards))])
		case 8:
			c.post("/v1/checkout/sessions/"+pick("/v1/checkout/sessions")+"/expire", "")
		case 9:
			c.post("/v1/refunds", fmt.Sprintf("charge=%s&amount=%d", pick("/v1/charges"), 10*(1+r.IntN(200))))
		case 10:
			c.post("/v1/subscriptions/"+pick("/v1/subscriptions?status=all"), fmt.Sprintf("cancel_at_period_end=%v", r.IntN(2) == 0))
		case 11:
			more := []string{"&discounts[0][coupon]=" + sale, "&line_items[0][tax_rates][0]=" + vat, "&line_items[0][tax_rates][0]=" + vat + "&line_items[0][tax_rates][1]=" + within + "&discounts[0][coupon]=" + sale}[r.IntN(3)]
			c.session("payment", []string{p.once, p.yen, p.dinar}[r.IntN(3)], more+"&invoice_creation[enabled]="+[]string{"true", "false"}[r.IntN(2)])
		case 12:
			c.session("subscription", p.monthly, "&discounts[0][coupon]="+sale+"&subscription_data[default_tax_rates][0]="+vat)
		case 13:
			c.upgrade(pick("/v1/subscriptions"), fmt.Sprintf("&items[0][quantity]=%d&proration_behavior=%s", 1+r.IntN(3), []string{"create_prorations", "none", "always_invoice"}[r.IntN(3)]))
		case 14:
			c.do("DELETE", "/v1/subscriptions/"+pick("/v1/subscriptions")+fmt.Sprintf("?prorate=%v&invoice_now=%v", r.IntN(2) == 0, r.IntN(2) == 0), "")
		case 15:
			c.pass(time.Duration(r.IntN(200)) * time.Hour)
		}
	}
}

// upgrade changes a subscription's only item, if it has one.
func (c *client) upgrade(sub, more string) {
	c.t.Helper()
	if a := c.get("/v1/subscriptions/" + sub); a.status == 200 {
		item := at(a.body, "items.data").([]any)[0].(map[string]any)
		c.post("/v1/subscriptions/"+sub, "items[0][id]="+s(item, "id")+more)
	}
}

// all lists everything of a kind.
func (c *client) all(path string) []map[string]any {
	c.t.Helper()
	var out []map[string]any
	for cursor := ""; ; {
		page := c.get(path + "limit=100" + cursor).ok()
		for _, o := range page["data"].([]any) {
			out = append(out, o.(map[string]any))
		}
		if page["has_more"] != true {
			return out
		}
		cursor = "&starting_after=" + s(out[len(out)-1], "id")
	}
}

func (c *client) checkInvariants() {
	c.t.Helper()
	c.checkSessions()
	c.checkCharges()
	c.checkInvoices()
	c.checkHistory()
}

// checkSessions is invariants 1 and 2.
func (c *client) checkSessions() {
	for _, cs := range c.all("/v1/checkout/sessions?expand[]=data.line_items.data.taxes&expand[]=data.payment_intent.latest_charge&") {
		var total, subtotal, on int64
		for _, l := range at(cs, "line_items.data").([]any) {
			line := l.(map[string]any)
			var added int64
			for _, x := range line["taxes"].([]any) {
				if at(x.(map[string]any), "rate.inclusive") == false {
					added += n(x.(map[string]any), "amount")
				}
			}
			if n(line, "amount_total") != n(line, "amount_subtotal")-n(line, "amount_discount")+added {
				c.t.Errorf("%s: line %v does not add up", s(cs, "id"), line)
			}
			total, subtotal, on = total+n(line, "amount_total"), subtotal+n(line, "amount_subtotal"), on+added
		}
		shipping := n(cs, "total_details.amount_shipping")
		if total+shipping != n(cs, "amount_total") || subtotal != n(cs, "amount_subtotal") || subtotal-n(cs, "total_details.amount_discount")+on+shipping != n(cs, "amount_total") || shipping != n(cs, "shipping_cost.amount_total") {
			c.t.Errorf("%s: lines sum to %d and %d: %v", s(cs, "id"), total, subtotal, cs["amount_total"])
		}
		paid := s(cs, "status") == "complete" && s(cs, "payment_status") == "paid" && s(cs, "mode") == "payment"
		if pi, ok := cs["payment_intent"].(map[string]any); ok {
			good := s(pi, "status") == "succeeded" && s(pi, "latest_charge.status") == "succeeded" && n(pi, "latest_charge.amount") == n(pi, "amount_received")
			if paid != good {
				c.t.Errorf("%s is paid %v, its payment %v", s(cs, "id"), paid, good)
			}
		} else if paid {
			c.t.Errorf("%s is paid without a payment", s(cs, "id"))
		}
		if (cs["url"] != nil) != (s(cs, "status") == "open") {
			c.t.Errorf("%s is %s with url %v", s(cs, "id"), s(cs, "status"), cs["url"])
		}
	}
}

// checkCharges is invariants 3 and 8, of disputes too.
func (c *client) checkCharges() {
	refunded := map[string]int64{}
	for _, r := range c.all("/v1/refunds?expand[]=data.balance_transaction&") {
		if s(r, "status") == "failed" {
			if back := c.get("/v1/balance_transactions/" + s(r, "failure_balance_transaction")).ok(); n(back, "net") != n(r, "amount") {
				c.t.Errorf("%s failed and %d came back", s(r, "id"), n(back, "net"))
			}
		} else {
			refunded[s(r, "charge")] += n(r, "amount")
		}
		if n(r, "balance_transaction.net") != -n(r, "amount") {
			c.t.Errorf("%s: net %d", s(r, "id"), n(r, "balance_transaction.net"))
		}
	}
	disputed := map[string]bool{}
	for _, d := range c.all("/v1/disputes?") {
		disputed[s(d, "charge")] = true
		var net int64
		for _, txn := range d["balance_transactions"].([]any) {
			net += n(c.get("/v1/balance_transactions/"+s(txn.(map[string]any), "id")).ok(), "net")
		}
		want := -n(d, "amount") - disputeFee
		if d["is_charge_refundable"] == true {
			want = 0
		}
		if net != want {
			c.t.Errorf("%s: net %d, want %d", s(d, "id"), net, want)
		}
	}
	for _, ch := range c.all("/v1/charges?expand[]=data.balance_transaction&") {
		if given := refunded[s(ch, "id")]; given != n(ch, "amount_refunded") || given > n(ch, "amount") || (ch["refunded"] == true) != (given == n(ch, "amount") && given > 0) {
			c.t.Errorf("%s: refunds %d of %d, says %d %v", s(ch, "id"), given, n(ch, "amount"), n(ch, "amount_refunded"), ch["refunded"])
		}
		if (ch["disputed"] == true) != disputed[s(ch, "id")] {
			c.t.Errorf("%s: disputed %v", s(ch, "id"), ch["disputed"])
		}
		taken := s(ch, "status") == "succeeded" && ch["captured"] == true
		if taken != (ch["balance_transaction"] != nil) || taken && n(ch, "balance_transaction.net") != n(ch, "amount")-n(ch, "balance_transaction.fee") {
			c.t.Errorf("%s: booked as %v", s(ch, "id"), ch["balance_transaction"])
		}
	}
}

// checkInvoices is invariant 9.
func (c *client) checkInvoices() {
	for _, inv := range c.all("/v1/invoices?") {
		var sum int64
		for _, l := range at(inv, "lines.data").([]any) {
			sum += n(l.(map[string]any), "amount")
		}
		subtotal := sum
		for _, d := range inv["total_discount_amounts"].([]any) {
			sum -= n(d.(map[string]any), "amount")
		}
		for _, x := range inv["total_tax_amounts"].([]any) {
			if x.(map[string]any)["inclusive"] == false {
				sum += n(x.(map[string]any), "amount")
			}
		}
		sum += n(inv, "amount_shipping")
		if balance := n(inv, "ending_balance") - n(inv, "starting_balance"); s(inv, "status") == "paid" && n(inv, "amount_due") != n(inv, "total")-balance {
			c.t.Errorf("invoice %s: %d due of %d with %d to the balance", s(inv, "id"), n(inv, "amount_due"), n(inv, "total"), balance)
		}
		if subtotal != n(inv, "subtotal") || sum != n(inv, "total") || n(inv, "amount_due") != n(inv, "amount_paid")+n(inv, "amount_remaining") || (inv["paid"] == true) != (s(inv, "status") == "paid") {
			c.t.Errorf("invoice %v does not add up", inv)
		}
	}
}

// checkHistory is invariants 4 and 7: the last event about an object shows it as
// it is, and undoing every update leads back to what was created.
func (c *client) checkHistory() {
	last, created := map[string]map[string]any{}, map[string]map[string]any{}
	chains := map[string][]map[string]any{}
	for _, e := range c.events() {
		o := at(e, "data.object").(map[string]any)
		id, kind := s(o, "id"), s(o, "object")
		if kind == "plan" {
			continue
		}
		last[id] = o
		if kind != "customer" && kind != "product" && kind != "price" {
			continue
		}
		if created[id] == nil {
			created[id] = o
		}
		if previous, ok := at(e, "data.previous_attributes").(map[string]any); ok {
			chains[id] = append(chains[id], previous)
		}
	}
	failed := map[string]bool{} // charges with a refund that failed
	for _, r := range c.all("/v1/refunds?") {
		if s(r, "status") == "failed" {
			failed[s(r, "charge")] = true
		}
	}
	for _, path := range []string{"customers?", "products?", "prices?", "payment_intents?", "charges?", "subscriptions?status=all&", "invoices?"} {
		for _, o := range c.all("/v1/" + path) {
			if o["disputed"] == true {
				last[s(o, "id")]["disputed"] = true // the dispute's events tell it, none of the charge's
			}
			if failed[s(o, "id")] { // the refund's events tell it
				last[s(o, "id")]["amount_refunded"], last[s(o, "id")]["refunded"] = o["amount_refunded"], o["refunded"]
			}
			if !reflect.DeepEqual(o, last[s(o, "id")]) {
				a, _ := json.Marshal(o)
				b, _ := json.Marshal(last[s(o, "id")])
				c.t.Errorf("%s is not what its last event showed:\n%s\n%s", s(o, "id"), a, b)
			}
		}
	}
	for id, chain := range chains {
		o := copied(last[id])
		for i := len(chain) - 1; i >= 0; i-- {
			undo(o, chain[i])
		}
		if !reflect.DeepEqual(o, created[id]) {
			c.t.Errorf("%s: undoing its updates does not lead back:\n%v\n%v", id, o, created[id])
		}
	}
}

func copied(o map[string]any) map[string]any {
	b, _ := json.Marshal(o)
	var c map[string]any
	_ = json.Unmarshal(b, &c)
	return c
}

// undo applies previous_attributes; a null metadata key was not there before.
func undo(o, previous map[string]any) {
	for k, v := range previous {
		old, isHash := v.(map[string]any)
		now, wasHash := o[k].(map[string]any)
		switch {
		case isHash && wasHash && k == "metadata":
			for mk, mv := range old {
				if mv == nil {
					delete(now, mk)
				} else {
					now[mk] = mv
				}
			}
		case isHash && wasHash:
			undo(now, old)
		default:
			o[k] = v
		}
	}
}
