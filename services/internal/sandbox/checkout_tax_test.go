package sandbox

import (
	"testing"
	"time"

	"bursar/services/internal/sandbox/pages"
)

// Dynamic tax rates are chosen by the country on the page, and nobody pays a
// total that the page did not show.
func TestDynamicTaxRates(t *testing.T) {
	c := empty(t)
	p := c.stock()
	rate := func(percent, more string) string {
		return s(c.post("/v1/tax_rates", "display_name=Tax&inclusive=false&percentage="+percent+more).ok(), "id")
	}
	de, ie, california := rate("19", "&country=DE"), rate("23", "&country=IE"), rate("7.25", "&country=US&state=CA")
	three := "&line_items[0][dynamic_tax_rates][0]=" + de + "&line_items[0][dynamic_tax_rates][1]=" + ie + "&line_items[0][dynamic_tax_rates][2]=" + california
	from := func(country, state, expected string) pages.Payment {
		f := form("4242424242424242")
		f.Billing.Country, f.Billing.State, f.Expected = country, state, expected
		return f
	}
	b := backend{c.srv}

	id := s(c.session("payment", p.once, three), "id")
	page, err := b.Checkout(t.Context(), id)
	if err != nil || !page.TaxByAddress || !page.AskAddress || page.Total.Amount != 2500 || page.Tax.Amount != 0 {
		t.Errorf("page %+v, %v", page, err)
	}
	_, err = b.Pay(t.Context(), id, from("IE", "", "2500"))
	problem(t, err, "", "The tax follows the country in your address. The total is now €30.75. Please check it and pay again.")
	if page, err = b.Checkout(t.Context(), id); err != nil || page.Total.Amount != 3075 || page.Tax.Amount != 575 || page.Status != "open" {
		t.Errorf("page %+v, %v", page, err)
	}
	_, err = b.Pay(t.Context(), id, from("DE", "", "3075"))
	problem(t, err, "", "The tax follows the country in your address. The total is now €29.75. Please check it and pay again.")
	cs := c.complete(id, from("DE", "", "2975"))
	line := at(cs, "line_items.data").([]any)[0].(map[string]any)
	if n(cs, "amount_total") != 2975 || n(cs, "total_details.amount_tax") != 475 || n(cs, "payment_intent.amount") != 2975 || len(line["taxes"].([]any)) != 1 || s(line["taxes"].([]any)[0].(map[string]any), "rate.id") != de {
		t.Errorf("paid from Germany: %v", cs)
	}

	for _, tc := range []struct {
		country, state string
		total          int64
	}{{"FR", "", 2500}, {"US", "NY", 2500}, {"US", "CA", 2681}} {
		id := s(c.session("payment", p.once, three), "id")
		if cs := c.complete(id, from(tc.country, tc.state, itoa(tc.total))); n(cs, "amount_total") != tc.total || n(cs, "payment_intent.amount") != tc.total {
			t.Errorf("%s %s: %v", tc.country, tc.state, cs["amount_total"])
		}
	}

	// A challenge that was asked for one total is not passed for another.
	id = s(c.session("payment", p.once, three), "id")
	challenged := from("IE", "", "3075")
	challenged.Card.Number = "4000000000003220"
	next, err := b.Pay(t.Context(), id, challenged)
	if err != nil || next.Challenge == "" {
		t.Fatal(next, err)
	}
	_, err = b.Pay(t.Context(), id, from("DE", "", "3075"))
	problem(t, err, "", "The tax follows the country in your address. The total is now €29.75. Please check it and pay again.")
	if _, err := b.Answer(t.Context(), id, next.Challenge, true); err == nil {
		t.Error("the old challenge was passed")
	}
	if got := c.get("/v1/payment_intents/" + next.Challenge).ok(); s(got, "status") != "canceled" {
		t.Errorf("intent %v", got["status"])
	}
	c.checkInvariants()
}

// A subscription keeps the tax of the country it was bought from; where goods are
// shipped, that country counts; without a page, the card's.
func TestDynamicTaxRatesElsewhere(t *testing.T) {
	c := empty(t)
	p := c.stock()
	ie := s(c.post("/v1/tax_rates", "display_name=VAT&inclusive=false&percentage=23&country=IE").ok(), "id")
	plain := s(c.post("/v1/tax_rates", "display_name=VAT&inclusive=false&percentage=20").ok(), "id")
	dynamic := "&line_items[0][dynamic_tax_rates][0]=" + ie

	cs := c.complete(s(c.session("subscription", p.monthly, dynamic), "id"), form("4242424242424242"))
	if n(cs, "amount_total") != 1107 || n(cs, "invoice.total") != 1107 {
		t.Errorf("subscription %v", cs)
	}
	c.pass(31*24*time.Hour + 2*time.Hour)
	if inv := c.get("/v1/invoices?subscription=" + s(cs, "subscription")).ok()["data"].([]any)[0].(map[string]any); s(inv, "billing_reason") != "subscription_cycle" || n(inv, "amount_paid") != 1107 {
		t.Errorf("renewal %v", inv)
	}

	shipped := form("4242424242424242")
	shipped.Billing.Country = "FR"
	shipped.Shipping = pages.Billing{Name: "Jenny Rosen", Line1: "1 Quay", City: "Cork", Country: "IE"}
	if cs := c.complete(s(c.session("payment", p.once, dynamic+"&shipping_address_collection[allowed_countries][]=IE"), "id"), shipped); n(cs, "amount_total") != 3075 {
		t.Errorf("shipped to Ireland: %v", cs["amount_total"])
	}

	card := s(c.post("/v1/payment_methods", "type=card&card[number]=4242424242424242&card[exp_month]=4&card[exp_year]=2031&billing_details[address][country]=IE").ok(), "id")
	id := s(c.session("payment", p.once, dynamic), "id")
	if cs := c.post("/v1/payment_pages/"+id+"/confirm", "payment_method="+card+"&expected_amount=3075").ok(); n(cs, "amount_total") != 3075 {
		t.Errorf("without a page: %v", cs["amount_total"])
	}

	line := "mode=payment&line_items[0][price]=" + p.once + "&line_items[0][quantity]=1" + back
	c.post("/v1/checkout/sessions", line+dynamic+"&line_items[0][tax_rates][0]="+plain).fails(400, "", "line_items[0][dynamic_tax_rates]", "only specify one")
	c.post("/v1/checkout/sessions", line+"&line_items[0][dynamic_tax_rates][0]="+plain).fails(400, "", "line_items[0][dynamic_tax_rates][0]", "has no `country`")
	c.post("/v1/checkout/sessions", line+"&line_items[0][dynamic_tax_rates][0]=txr_nope").fails(400, "resource_missing", "line_items[0][dynamic_tax_rates][0]", "")
	c.checkInvariants()
}
