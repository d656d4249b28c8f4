package app_test

import (
	"reflect"
	"testing"

	"bursar/services"
	"bursar/services/app"
)

func TestProductsOfTheSandbox(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	if !d.Profile.Sandbox || d.Profile.Live() || d.Profile.Name != "sandbox" || d.Profile.AccountID == "" || d.Profile.AccountName == "" {
		t.Errorf("profile %+v", d.Profile)
	}
	rows, err := d.Products.Get(t.Context())
	if err != nil || len(rows) < 8 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows {
		if r.Row != i+1 || r.State != services.ProductUnchecked || r.Offer != nil || r.Name == "" || r.PriceID == "" {
			t.Errorf("row %+v", r)
		}
	}
	checked, err := d.Products.Check(t.Context(), rows)
	if err != nil || len(checked) != len(rows) {
		t.Fatalf("%d checked, %v", len(checked), err)
	}
	if again, _ := d.Products.Get(t.Context()); !reflect.DeepEqual(rows, again) {
		t.Error("checking changed the rows that were given")
	}
	states, currencies, every := map[services.ProductState]int{}, map[string]bool{}, map[string]bool{}
	for _, p := range checked {
		states[p.State]++
		if p.Sellable() != (p.State == services.ProductOK) {
			t.Errorf("%s: sellable %v in state %s", p.Name, p.Sellable(), p.State)
		}
		if p.Offer == nil {
			continue
		}
		currencies[p.Offer.Unit.Currency] = true
		if p.Offer.Unit.Decimal() != p.Price || p.Offer.ProductName != p.Name {
			t.Errorf("row %q %s, at Stripe %q %s", p.Name, p.Price, p.Offer.ProductName, p.Offer.Unit.Decimal())
		}
		if p.Offer.Recurring != nil {
			every[p.Offer.Recurring.String()] = true
		}
	}
	if states[services.ProductMissing] != 1 || states[services.ProductArchived] != 1 || states[services.ProductDiffers] != 0 {
		t.Errorf("states %v: want one missing, one archived", states)
	}
	for _, c := range []string{"eur", "usd", "jpy", "kwd"} {
		if !currencies[c] {
			t.Errorf("nothing is sold in %s", c)
		}
	}
	if !every["month"] || !every["year"] {
		t.Errorf("recurring prices %v", every)
	}
	view, err := d.Configuration.Show(t.Context(), services.SandboxProfile)
	if err != nil || view.ProductSource.Rows != len(rows) {
		t.Errorf("setup shows the source %+v, %v", view.ProductSource, err)
	}
}
