package pages

import (
	"reflect"
	"strings"
	"testing"
)

// TestOrderForms sends each of the small forms of the summary.
func TestOrderForms(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	for _, tt := range []struct {
		pairs []string
		want  OrderChange
		wrong string // id of the field that is marked, when it is refused
	}{
		{[]string{"line", "li_1", "quantity", "3"}, OrderChange{Line: "li_1", Quantity: 3}, ""},
		{[]string{"line", "li_1", "quantity", "99"}, OrderChange{Line: "li_1", Quantity: 99}, "quantity-li_1"},
		{[]string{"line", "li_1", "quantity", "-7"}, OrderChange{Line: "li_1", Quantity: -1}, "quantity-li_1"},
		{[]string{"line", "li_1", "quantity", "many"}, OrderChange{Line: "li_1", Quantity: -1}, "quantity-li_1"},
		{[]string{"promotionCode", " PAPER10 "}, OrderChange{Quantity: -1, Code: "PAPER10"}, ""},
		{[]string{"promotionCode", "NOPE"}, OrderChange{Quantity: -1, Code: "NOPE"}, "promotionCode"},
		{[]string{"removeCode", "true"}, OrderChange{Quantity: -1, RemoveCode: true}, ""},
		{[]string{"shippingRate", "shr_2"}, OrderChange{Quantity: -1, ShippingRate: "shr_2"}, ""},
	} {
		w := post(h, "/c/pay/order/order", formOf(t, h, "/c/pay/order", tt.pairs...))
		if got := f.changes[len(f.changes)-1]; got != tt.want {
			t.Errorf("%v: the backend got %+v", tt.pairs, got)
		}
		page := w.Body.String()
		switch {
		case tt.wrong == "" && (w.Code != 303 || w.Header().Get("Location") != "/c/pay/order"):
			t.Errorf("%v: %d", tt.pairs, w.Code)
		case tt.wrong != "" && (w.Code != 422 || !strings.Contains(page, `id="`+tt.wrong+`-error"`) || !strings.Contains(page, `href="#`+tt.wrong+`"`)):
			t.Errorf("%v: %d, %s is not marked", tt.pairs, w.Code, tt.wrong)
		case tt.wrong != "":
			wellFormed(t, page)
		}
	}
	w := post(h, "/c/pay/named/order", formOf(t, h, "/c/pay/named", "customAmount", "1"))
	if page := w.Body.String(); w.Code != 422 || !strings.Contains(page, `id="customAmount-error"`) || !strings.Contains(page, `name="customAmount" type="text" value="1"`) {
		t.Errorf("a wrong amount: %d", w.Code)
	}
	if w := post(h, "/c/pay/order/order", formOf(t, h, "/c/pay/single", "promotionCode", "X")); w.Code != 403 {
		t.Errorf("another session's token: %d", w.Code)
	}
	if w := post(h, "/c/pay/recover/recover", formOf(t, h, "/c/pay/recover")); w.Code != 303 || w.Header().Get("Location") != "/c/pay/open" {
		t.Errorf("recovered: %d %q", w.Code, w.Header().Get("Location"))
	}
}

func TestMerchantsQuestions(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	form := cardForm(t, h, "fields", "4000000000000002")
	for name, v := range map[string]string{"custom-engraving": " For A. ", "custom-size": "b", "promotionsConsent": "true"} {
		form.Set(name, v)
	}
	w := post(h, "/c/pay/fields", form)
	if page := w.Body.String(); !strings.Contains(page, `value="For A."`) || !strings.Contains(page, `<option value="b" selected="">`) || !strings.Contains(page, `name="promotionsConsent" value="true" checked=""`) {
		t.Error("the answers are lost after a decline")
	}
	got := f.payments[0]
	if !reflect.DeepEqual(got.Fields, map[string]string{"engraving": "For A.", "size": "b"}) || !got.Promotions || got.Expected != "" {
		t.Errorf("the backend got %+v", got)
	}
}

// TestPlanForms changes a plan, and ends each flow where it asks to.
func TestPlanForms(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	home := "/p/session/" + token
	change := home + "/subscriptions/sub_1/update/confirm"
	if page := get(h, change+"?price=price_2&quantity=3").Body.String(); !strings.Contains(page, "3 × Ink club, large") || !strings.Contains(page, "€35.00 per month each") {
		t.Error("the page does not say what is confirmed")
	}
	for path, status := range map[string]int{change + "?price=price_9": 404, home + "/subscriptions/sub_3/update": 404, home + "/subscriptions/sub_9/update/confirm": 404, home + "/done": 303} {
		if w := get(h, path); w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, tt := range []struct{ flow, after, location string }{
		{"", "", home + "?done=updated"}, {"subscription_update_confirm", "https://shop.example/done", "https://shop.example/done"},
		{"subscription_update", "javascript:alert(1)", home + "/done?done=updated"}, {"subscription_cancel", "https://shop.example/done", home + "?done=updated"},
	} {
		f.portal.Flow, f.portal.AfterURL = tt.flow, tt.after
		w := post(h, change, formOf(t, h, change, "price", "price_2", "quantity", "3"))
		if w.Code != 303 || w.Header().Get("Location") != tt.location || !f.has("update sub_1 price_2 3") {
			t.Errorf("%s: %d %q %v", tt.flow, w.Code, w.Header().Get("Location"), f.done)
		}
	}
	if w := post(h, change, formOf(t, h, change, "price", "price_2", "quantity", "10")); w.Code != 422 || !strings.Contains(w.Body.String(), "Choose another quantity.") {
		t.Errorf("refused: %d", w.Code)
	}
	if page := get(h, home+"/done?done=updated").Body.String(); !strings.Contains(page, "See you soon.") {
		t.Error("the merchant's message is not there")
	}
}
