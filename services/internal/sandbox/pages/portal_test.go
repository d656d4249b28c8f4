package pages

import (
	"strings"
	"testing"
)

func TestPortalForms(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	home := "/p/session/" + token
	for _, tt := range []struct {
		path  string
		pairs []string
		did   string
		done  string
	}{
		{"/subscriptions/sub_1/cancel", []string{"feedback", "too_expensive", "comment", " Bye "}, "cancel sub_1 too_expensive Bye", "canceled"},
		{"/subscriptions/sub_2/resume", nil, "resume sub_2", "resumed"},
		{"/payment-methods/add", []string{"cardNumber", "4242424242424242", "cardExpiry", "12/34", "cardCvc", "123", "billingName", "J"}, "add 4242424242424242 12/34 123 J", "card-added"},
		{"/payment-methods/pm_2/default", nil, "default pm_2", "card-default"},
		{"/payment-methods/pm_2/remove", nil, "remove pm_2", "card-removed"},
		{"/billing", []string{"billingName", "J", "email", "j@x", "phoneNumber", "1", "billingAddressLine1", "a", "billingLocality", "c", "billingPostalCode", "p", "billingCountry", "DE"}, "billing", "billing"},
	} {
		w := post(h, home+tt.path, formOf(t, h, home, tt.pairs...))
		if w.Code != 303 || w.Header().Get("Location") != home+"?done="+tt.done {
			t.Errorf("%s: %d %q", tt.path, w.Code, w.Header().Get("Location"))
		}
		if got := f.done[len(f.done)-1]; got != tt.did {
			t.Errorf("%s: did %q", tt.path, got)
		}
		if page := get(h, w.Header().Get("Location")).Body.String(); !strings.Contains(page, `role="status"`) || !strings.Contains(page, deed(tt.done)) {
			t.Errorf("%s: the portal does not tell", tt.path)
		}
	}
	if want := (Billing{Name: "J", Email: "j@x", Phone: "1", Line1: "a", City: "c", PostalCode: "p", Country: "DE"}); f.billing != want {
		t.Errorf("billing %+v", f.billing)
	}
	if page := get(h, home+"?done=%3Cscript%3E").Body.String(); strings.Contains(page, `role="status"`) {
		t.Error("a made-up deed is told")
	}
}

func TestPortalProblems(t *testing.T) {
	h := pagesOf(newFake())
	home := "/p/session/" + token
	for _, tt := range []struct {
		path  string
		pairs []string
		has   []string
	}{
		{"/subscriptions/sub_1/cancel", []string{"comment", "refuse", "feedback", "unused"}, []string{"This plan cannot be canceled.", `value="unused" checked=""`, ">refuse</textarea>"}},
		{"/payment-methods/add", []string{"cardNumber", "4242424242424241", "cardExpiry", "12/34", "cardCvc", "987", "billingName", "J. Roe"}, []string{`id="cardNumber-error"`, `value="12/34"`, `value="J. Roe"`}},
		{"/payment-methods/pm_1/remove", nil, []string{"This is the only card of a running plan.", "Manage your billing"}},
		{"/billing", []string{"email", "nobody", "billingName", "Kept"}, []string{`id="email-error"`, `value="nobody"`, `value="Kept"`}},
	} {
		w := post(h, home+tt.path, formOf(t, h, home, tt.pairs...))
		page := w.Body.String()
		if w.Code != 422 || !strings.Contains(page, `role="alert"`) || strings.Contains(page, "4242424242424241") || strings.Contains(page, "987") {
			t.Errorf("%s: %d", tt.path, w.Code)
		}
		for _, part := range tt.has {
			if !strings.Contains(page, part) {
				t.Errorf("%s: no %q", tt.path, part)
			}
		}
		wellFormed(t, page)
	}
}

func TestPortalLimits(t *testing.T) {
	f := newFake()
	f.portal.CanCancel, f.portal.CanUpdateCard, f.portal.CanUpdateInfo, f.portal.ShowInvoices, f.portal.ReturnURL = false, false, false, false, "javascript:alert(1)"
	h := pagesOf(f)
	home := "/p/session/" + token
	page := get(h, home).Body.String()
	for _, gone := range []string{"Cancel plan", "Don’t cancel", "Add a card", "Remove", "Update information", "Invoice history", "Return to", "javascript"} {
		if strings.Contains(page, gone) {
			t.Errorf("%q is offered", gone)
		}
	}
	for _, path := range []string{"/subscriptions/sub_1/cancel", "/payment-methods/add", "/payment-methods/pm_2/remove", "/billing"} {
		if w := get(h, home+path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	f.portal.Subscriptions, f.portal.Cards, f.portal.Invoices, f.portal.ShowInvoices = nil, nil, nil, true
	page = get(h, home).Body.String()
	wellFormed(t, page)
	if strings.Contains(page, ">Plans<") || !strings.Contains(page, "No card on file.") || !strings.Contains(page, "No invoices yet.") {
		t.Error("an empty portal is not told as such")
	}
}
