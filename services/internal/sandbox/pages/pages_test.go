package pages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bursar/services"
)

func pagesOf(f *fake) http.Handler {
	return New(f, Options{Now: func() time.Time { return today }, Secret: []byte("test")})
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// post sends a form as its own page would; with may change the request.
func post(h http.Handler, path string, form url.Values, with ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, change := range with {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var tokenInput = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// formOf reads the form token of the page at path, and adds further fields.
func formOf(t *testing.T, h http.Handler, path string, pairs ...string) url.Values {
	t.Helper()
	found := tokenInput.FindStringSubmatch(get(h, path).Body.String())
	if found == nil {
		t.Fatalf("%s has no form token", path)
	}
	form := url.Values{tokenField: {found[1]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func cardForm(t *testing.T, h http.Handler, session, number string) url.Values {
	return formOf(t, h, "/c/pay/"+session, "email", "jane@example.com", "cardNumber", number, "cardExpiry", "12 / 34", "cardCvc", "737",
		"billingName", "Jane Roe", "billingCountry", "DE", "billingPostalCode", "10969")
}

// everyPage lists an address of each page by the name of its picture.
func everyPage() map[string]string {
	all := map[string]string{
		"3ds": "/c/3ds/open/pi_1", "portal": "/p/session/" + token, "portal-done": "/p/session/" + token + "?done=canceled",
		"portal-cancel": "/p/session/" + token + "/subscriptions/sub_1/cancel", "portal-card": "/p/session/" + token + "/payment-methods/add",
		"portal-remove": "/p/session/" + token + "/payment-methods/pm_2/remove", "portal-billing": "/p/session/" + token + "/billing",
		"portal-plan": "/p/session/" + token + "/subscriptions/sub_1/update", "portal-confirm": "/p/session/" + token + "/subscriptions/sub_1/update/confirm?price=price_2&quantity=3",
		"portal-over": "/p/session/" + token + "/done?done=updated",
		"invoice":     "/i/in_1", "invoice-open": "/i/in_2", "receipt": "/r/ch_1", "missing": "/nowhere",
	}
	for name := range newFake().sessions {
		all["pay-"+name] = "/c/pay/" + name
	}
	return all
}

func TestEveryPage(t *testing.T) {
	h := pagesOf(newFake())
	for name, path := range everyPage() {
		t.Run(name, func(t *testing.T) {
			w := get(h, path)
			want := http.StatusOK
			if name == "missing" {
				want = http.StatusNotFound
			}
			if w.Code != want {
				t.Errorf("status %d, want %d", w.Code, want)
			}
			page := w.Body.String()
			wellFormed(t, page)
			for _, part := range []string{"<!doctype html>", `lang="en"`, "SANDBOX · no money moves", `<meta name="viewport"`, "<h1", "<main"} {
				if !strings.Contains(page, part) {
					t.Errorf("no %q on the page", part)
				}
			}
			if n := strings.Count(page, "<h1"); n != 1 {
				t.Errorf("%d h1 headings", n)
			}
			header := w.Header()
			for name, want := range map[string]string{"X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8"} {
				if header.Get(name) != want {
					t.Errorf("%s: %q", name, header.Get(name))
				}
			}
			csp := header.Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'; style-src 'self';") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script") {
				t.Errorf("Content-Security-Policy: %q", csp)
			}
			head := httptest.NewRecorder()
			h.ServeHTTP(head, httptest.NewRequest(http.MethodHead, path, nil))
			if head.Code != want || head.Body.Len() != 0 || head.Header().Get("Content-Length") != fmt.Sprint(len(page)) {
				t.Errorf("HEAD: %d with %d bytes, Content-Length %s", head.Code, head.Body.Len(), head.Header().Get("Content-Length"))
			}
		})
	}
}

func TestAssets(t *testing.T) {
	h := pagesOf(newFake())
	page := get(h, "/c/pay/open").Body.String()
	for kind, pattern := range map[string]string{"text/css; charset=utf-8": `href="(/assets/pages-[0-9a-f]{12}\.css)"`, "image/svg+xml": `href="(/assets/icon-[0-9a-f]{12}\.svg)"`} {
		found := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("the page links no %s", kind)
		}
		w := get(h, found[1])
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", found[1], w.Code, w.Header())
		}
	}
	if w := get(h, "/assets/pages-000000000000.css"); w.Code != 404 {
		t.Errorf("another hash: %d", w.Code)
	}
}

// TestCheckoutStates looks for what each session's page must say.
func TestCheckoutStates(t *testing.T) {
	form := []string{`id="email"`, `id="cardNumber" name="cardNumber"`, `id="cardExpiry"`, `id="cardCvc"`, `id="billingName"`, `id="billingCountry"`, `id="billingPostalCode"`, "SubmitButton", `data-testid="hosted-payment-submit-button"`,
		`autocomplete="cc-number"`, `autocomplete="cc-exp"`, `autocomplete="cc-csc"`, `autocomplete="email"`, "4000 0025 0000 3155"}
	figure := func(text string) string { return `data-testid="product-summary-total-amount">` + text + "<" }
	tests := map[string]struct{ has, hasNot []string }{
		"open":     {append(form, figure("€76.10"), "Pay Oak &amp; Ink", "Pay €76.10", "Qty 2 · €14.50 each", "-€7.80", "24 November 2026, 09:30 UTC", `href="https://shop.example/cart"`), []string{"phoneNumber", "shippingName", termsField, `id="problem"`}},
		"locked":   {append(form, `value="jane@example.com"`, "readonly"), nil},
		"again":    {append(form, `role="alert"`, "Your card was declined."), nil},
		"full":     {append(form, `id="phoneNumber"`, `id="shippingName"`, `id="shippingAddressLine1"`, `id="billingAddressLine1"`, `id="billingAddressLine2"`, `id="billingLocality"`, `id="billingAdministrativeArea"`, termsField, "within two days"), nil},
		"plan":     {append(form, figure("€20.00"), "Subscribe to Ink club", `<span class="per">per month</span>`, ">Subscribe<", "Total due today"), nil},
		"planoff":  {append(form, figure("€15.00"), "due today", "Then €20.00 per month"), nil},
		"trial":    {append(form, figure("14 days free"), "Then €20.00 per month, from 7 December 2026", ">Start trial<", "€0.00"), nil},
		"setup":    {append(form, "Save a card with Oak &amp; Ink", ">Save card<", "Nothing is charged now."), []string{"product-summary-total-amount"}},
		"free":     {[]string{`id="email"`, "SubmitButton", figure("€0.00"), ">Complete order<"}, []string{"cardNumber", "Test cards"}},
		"yen":      {append(form, figure("¥2,400"), "Donate ¥2,400"), nil},
		"dinar":    {append(form, figure("KWD 12.500"), "Pay KWD 12.500"), nil},
		"order":    {append(form, `id="quantity-li_1" name="quantity" type="number"`, `max="20"`, `name="line" value="li_1"`, `id="promotionCode"`, `action="/c/pay/order/order"`, "Letter post", "3–5 business days", "Free", `name="expected_amount" value="7800"`), nil},
		"coupon":   {append(form, "Discount (PAPER10)", "Includes tax", "€11.02", `name="removeCode"`), []string{`id="promotionCode"`}},
		"named":    {append(form, `id="customAmount"`, `value="49.00"`, "From €5.00 to €500.00."), nil},
		"fields":   {append(form, `id="custom-engraving"`, `minlength="2"`, `maxlength="20"`, `<select class="input" id="custom-size"`, `id="custom-staff"`, `id="promotionsConsent"`, "We ship on weekdays.", "Our terms are short.", "You get a mail."), nil},
		"recover":  {[]string{"This checkout has expired", `action="/c/pay/recover/recover"`, "Start again"}, []string{"cardNumber"}},
		"complete": {[]string{"all done here", `href="https://shop.example/thanks?id=cs_1"`}, []string{"<form", "cardNumber"}},
		"expired":  {[]string{"This checkout has expired", "nothing was charged", `href="https://shop.example/cart"`}, []string{"<form", "cardNumber"}},
	}
	h := pagesOf(newFake())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			page := get(h, "/c/pay/"+name).Body.String()
			for _, part := range tt.has {
				if !strings.Contains(page, part) {
					t.Errorf("no %q on the page", part)
				}
			}
			for _, part := range tt.hasNot {
				if strings.Contains(page, part) {
					t.Errorf("%q on the page", part)
				}
			}
		})
	}
	if page := get(h, "/c/pay/full").Body.String(); strings.Count(page, `value="DE"`) != 2 || strings.Count(page, `value="JP"`) != 1 {
		t.Error("the shipping countries are not the allowed ones")
	}
}

func TestHomeCountry(t *testing.T) {
	for header, want := range map[string]string{"": "US", "de": "US", "de-DE,de;q=0.9": "DE", "en;q=1, fr-CH;q=0.5": "CH", "zh-Hant-TW": "TW", "-,--": "US"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := homeCountry(r); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	h := pagesOf(newFake())
	tests := []struct {
		method, path string
		status       int
		location     string
	}{
		{"GET", "/c/abc", 303, "/c/pay/open"},
		{"GET", "/c/nope", 404, ""},
		{"GET", "/c/pay/nope", 404, ""},
		{"GET", "/c/3ds/open/pi_other", 404, ""},
		{"GET", "/c/3ds/complete/pi_1", 303, "/c/pay/complete"},
		{"GET", "/p/session/wrong", 404, ""},
		{"GET", "/p/session/" + token + "/subscriptions/sub_9/cancel", 404, ""},
		{"GET", "/p/session/" + token + "/subscriptions/sub_2/cancel", 303, "/p/session/" + token},
		{"GET", "/p/session/" + token + "/payment-methods/pm_9/remove", 404, ""},
		{"GET", "/i/in_9", 404, ""},
		{"GET", "/r/ch_9", 404, ""},
		{"GET", "/", 404, ""},
		{"DELETE", "/c/pay/open", 405, ""},
		{"PUT", "/i/in_1", 405, ""},
		{"GET", "/p/session/" + token + "/subscriptions/sub_2/resume", 405, ""},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Location") != tt.location {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, w.Code, w.Header().Get("Location"), tt.status, tt.location)
		}
		if tt.status >= 400 {
			wellFormed(t, w.Body.String())
		}
		if (tt.status == 405) != (w.Header().Get("Allow") != "") {
			t.Errorf("%s %s: Allow %q", tt.method, tt.path, w.Header().Get("Allow"))
		}
	}
}

// TestFailures maps what a Backend fails with to pages.
func TestFailures(t *testing.T) {
	for status, err := range map[int]error{
		404: fmt.Errorf("reading: %w", ErrNotFound),
		400: &Problem{Message: "Only sandbox sessions have a page."},
		500: errors.New("disk is full of <script>"),
	} {
		f := newFake()
		f.err = err
		var log bytes.Buffer
		h := New(f, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		w := get(h, "/p/session/"+token)
		if w.Code != status {
			t.Errorf("%v: %d", err, w.Code)
		}
		wellFormed(t, w.Body.String())
		if strings.Contains(w.Body.String(), "disk") {
			t.Error("the page tells what went wrong inside")
		}
		if logged := log.String(); (status == 500) != strings.Contains(logged, "disk") || strings.Contains(logged, token) {
			t.Errorf("logged %q", logged)
		}
	}
	f := newFake()
	f.err = services.Invalid("", "Not that.", "")
	if w := get(pagesOf(f), "/c/pay/open"); w.Code != 400 || !strings.Contains(w.Body.String(), "Not that.") {
		t.Errorf("invalid: %d", w.Code)
	}
	f.err = context.Canceled
	if w := get(pagesOf(f), "/c/pay/open"); w.Body.Len() != 0 {
		t.Error("a page for a browser that has gone")
	}
}
