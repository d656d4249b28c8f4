package pages

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestPay(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	form := cardForm(t, h, "open", " 4242 4242 4242 4242 ")
	w := post(h, "/c/pay/open", form)
	if w.Code != 303 || w.Header().Get("Location") != f.next.URL {
		t.Fatalf("%d %q", w.Code, w.Header().Get("Location"))
	}
	want := Payment{
		Email: "jane@example.com", Card: Card{Number: "4242 4242 4242 4242", Expiry: "12 / 34", CVC: "737", Name: "Jane Roe"},
		Billing: Billing{Name: "Jane Roe", Email: "jane@example.com", PostalCode: "10969", Country: "DE"},
	}
	if !reflect.DeepEqual(f.payments[0], want) {
		t.Errorf("the backend got %+v", f.payments[0])
	}
	// A second click, and the reload of an old page, end where the first did.
	if w := post(h, "/c/pay/open", form); w.Code != 303 || w.Header().Get("Location") != f.next.URL || f.charges != 1 {
		t.Errorf("second submit: %d %q, %d charges", w.Code, w.Header().Get("Location"), f.charges)
	}
	if page := get(h, "/c/pay/open").Body.String(); !strings.Contains(page, "all done here") {
		t.Error("the paid session still shows its form")
	}
}

func TestPayEverything(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	form := cardForm(t, h, "full", "4242424242424242")
	for name, v := range map[string]string{"phoneNumber": "+49 30 1", "billingAddressLine1": "b1", "billingAddressLine2": "b2", "billingLocality": "bc", "billingAdministrativeArea": "bs",
		"shippingName": "N", "shippingAddressLine1": "s1", "shippingAddressLine2": "s2", "shippingLocality": "sc", "shippingAdministrativeArea": "ss", "shippingPostalCode": "sp", "shippingCountry": "FR"} {
		form.Set(name, v)
	}
	w := post(h, "/c/pay/full", form)
	page := w.Body.String()
	if w.Code != 422 || !strings.Contains(page, `id="termsOfServiceConsent-error"`) || !strings.Contains(page, `href="#termsOfServiceConsent"`) {
		t.Errorf("without the terms: %d", w.Code)
	}
	wellFormed(t, page)
	form.Set(termsField, "true")
	if w := post(h, "/c/pay/full", form); w.Code != 303 {
		t.Fatalf("%d", w.Code)
	}
	got := f.payments[1]
	if !got.Terms || got.Billing != (Billing{"Jane Roe", "jane@example.com", "+49 30 1", "b1", "b2", "bc", "bs", "10969", "DE"}) || got.Shipping != (Billing{"N", "", "+49 30 1", "s1", "s2", "sc", "ss", "sp", "FR"}) {
		t.Errorf("the backend got %+v", got)
	}
}

// TestDeclined keeps what was typed, except card number and CVC.
func TestDeclined(t *testing.T) {
	for number, field := range map[string]string{"4000000000000002": "", "4242424242424241": "cardNumber"} {
		h := pagesOf(newFake())
		w := post(h, "/c/pay/open", cardForm(t, h, "open", number))
		page := w.Body.String()
		wellFormed(t, page)
		if w.Code != 422 || !strings.Contains(page, `role="alert" tabindex="-1" autofocus=""`) {
			t.Errorf("%s: %d", number, w.Code)
		}
		for _, kept := range []string{`value="jane@example.com"`, `value="12 / 34"`, `value="Jane Roe"`, `value="10969"`, `<option value="DE" selected="">`, "Card number and CVC are not kept."} {
			if !strings.Contains(page, kept) {
				t.Errorf("%s: %q is lost", number, kept)
			}
		}
		for _, gone := range []string{number, "737"} {
			if strings.Contains(page, gone) {
				t.Errorf("%s: %q came back", number, gone)
			}
		}
		if marked := strings.Contains(page, `aria-invalid="true" aria-describedby="cardNumber-error cardNumber-hint"`); marked != (field != "") {
			t.Errorf("%s: field marked: %v", number, marked)
		}
	}
}

func TestExpiredMeanwhile(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	form := cardForm(t, h, "open", "4242424242424242")
	c := f.sessions["open"]
	c.Status = "expired"
	f.sessions["open"] = c
	if w := post(h, "/c/pay/open", form); !strings.Contains(w.Body.String(), "This checkout has expired") || f.charges != 0 {
		t.Errorf("%d, %d charges", w.Code, f.charges)
	}
}

func TestChallenge(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	w := post(h, "/c/pay/open", cardForm(t, h, "open", "4000 0025 0000 3155"))
	const at = "/c/3ds/open/pi_1"
	if w.Code != 303 || w.Header().Get("Location") != at {
		t.Fatalf("%d %q", w.Code, w.Header().Get("Location"))
	}
	page := get(h, at).Body.String()
	for _, part := range []string{`id="test-source-authorize-3ds"`, `id="test-source-fail-3ds"`, "€76.10"} {
		if !strings.Contains(page, part) {
			t.Errorf("no %q", part)
		}
	}
	if w := post(h, at, formOf(t, h, at, "answer", "maybe")); w.Code != 400 {
		t.Errorf("another answer: %d", w.Code)
	}
	if w := post(h, at, formOf(t, h, at, "answer", "pass")); w.Code != 303 || w.Header().Get("Location") != f.next.URL {
		t.Errorf("pass: %d %q", w.Code, w.Header().Get("Location"))
	}
	w = post(h, at, formOf(t, h, at, "answer", "fail"))
	if w.Code != 422 || !strings.Contains(w.Body.String(), "unable to authenticate") || !strings.Contains(w.Body.String(), `action="/c/pay/open"`) {
		t.Errorf("fail: %d", w.Code)
	}
	wellFormed(t, w.Body.String())
}

// TestNextIsSafe never sends a browser to an address that runs something.
func TestNextIsSafe(t *testing.T) {
	for address, want := range map[string]string{
		"https://shop.example/ok": "https://shop.example/ok", "http://127.0.0.1:4242/ok": "http://127.0.0.1:4242/ok", "myapp://done?id=1": "myapp://done?id=1",
		"": "/c/pay/open", "javascript:alert(1)": "/c/pay/open", "JAVASCRIPT:alert(1)": "/c/pay/open", " javascript:alert(1)": "/c/pay/open", "java\nscript:alert(1)": "/c/pay/open",
		"data:text/html,x": "/c/pay/open", "vbscript:x": "/c/pay/open", "file:///etc/passwd": "/c/pay/open", "//evil.example": "/c/pay/open", "https:evil": "/c/pay/open", "blob:https://x/1": "/c/pay/open",
		"javascript://x/%0aalert(1)": "/c/pay/open", "JavaScript://x/?%0aalert(1)": "/c/pay/open", "data://text/html,x": "/c/pay/open", "view-source://x": "/c/pay/open",
	} {
		f := newFake()
		f.next = Next{URL: address}
		h := pagesOf(f)
		if w := post(h, "/c/pay/open", cardForm(t, h, "open", "4242424242424242")); w.Header().Get("Location") != want {
			t.Errorf("%q leads to %q, want %q", address, w.Header().Get("Location"), want)
		}
		c := f.sessions["open"]
		c.Status, c.CancelURL = "open", address
		f.sessions["open"] = c
		page := get(h, "/c/pay/open").Body.String()
		if has := strings.Contains(page, `class="back"`); has != (want == address) {
			t.Errorf("%q as a back link: %v", address, has)
		}
		if want == address && !strings.Contains(page, `href="`+want+`"`) {
			t.Errorf("%q is not the back link", address)
		}
	}
}

// TestLeaving lets the browser follow the redirect to the merchant's site.
func TestLeaving(t *testing.T) {
	f := newFake()
	c := f.sessions["open"]
	c.SuccessURL = "myapp://done"
	f.sessions["open"] = c
	h := pagesOf(f)
	for path, want := range map[string]string{
		"/c/pay/open": "form-action 'self' http: https: myapp:", "/c/pay/single": "form-action 'self' http: https:",
		"/c/3ds/single/pi_1": "form-action 'self' http: https:", "/p/session/" + token: "form-action 'self'",
	} {
		if csp := get(h, path).Header().Get("Content-Security-Policy"); !strings.HasSuffix(csp, want) {
			t.Errorf("%s: %q", path, csp)
		}
	}
}

// TestForgedForms refuses what its own pages did not send, and does nothing.
func TestForgedForms(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	header := func(name, v string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set(name, v)
		}
	}
	good := cardForm(t, h, "open", "4242424242424242")
	for name, with := range map[string]func(*http.Request){
		"cross-site": header("Sec-Fetch-Site", "cross-site"), "same-site": header("Sec-Fetch-Site", "same-site"),
		"another origin": header("Origin", "https://evil.example"), "null origin": header("Origin", "null"), "another port": header("Origin", "http://example.com:81"),
	} {
		if w := post(h, "/c/pay/open", good, with); w.Code != 403 || !strings.Contains(w.Body.String(), "another site") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	changed := func(token string) url.Values {
		form := cardForm(t, h, "open", "4242424242424242")
		form.Set(tokenField, token)
		return form
	}
	for name, form := range map[string]url.Values{
		"no token": changed(""), "made up": changed("AAAA"), "of another session": changed(formOf(t, h, "/c/pay/single").Get(tokenField)),
		"of another start": changed(formOf(t, New(newFake(), Options{}), "/c/pay/open").Get(tokenField)),
	} {
		w := post(h, "/c/pay/open", form)
		if w.Code != 403 || !strings.Contains(w.Body.String(), "send it again") || !strings.Contains(w.Body.String(), `value="jane@example.com"`) {
			t.Errorf("%s: %d", name, w.Code)
		}
		wellFormed(t, w.Body.String())
	}
	home := "/p/session/" + token
	for _, path := range []string{"/c/3ds/open/pi_1", home + "/subscriptions/sub_1/cancel", home + "/subscriptions/sub_2/resume", home + "/payment-methods/add", home + "/payment-methods/pm_2/default", home + "/payment-methods/pm_2/remove", home + "/billing"} {
		if w := post(h, path, url.Values{"answer": {"pass"}}); w.Code != 403 {
			t.Errorf("%s without a token: %d", path, w.Code)
		}
	}
	if len(f.payments)+len(f.done) != 0 {
		t.Errorf("the backend was asked: %+v %v", f.payments, f.done)
	}
	// Its own origin, and a client that is no browser, are let through.
	if w := post(h, "/c/pay/open", good, header("Origin", "http://example.com")); w.Code != 303 {
		t.Errorf("own origin: %d", w.Code)
	}
	if w := post(h, "/c/pay/open", good, func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }); w.Code != 303 {
		t.Errorf("no browser: %d", w.Code)
	}
}

func TestLargeForm(t *testing.T) {
	f := newFake()
	h := pagesOf(f)
	form := cardForm(t, h, "open", "4242424242424242")
	form.Set("billingName", strings.Repeat("n", maxForm))
	if w := post(h, "/c/pay/open", form); w.Code != 413 || len(f.payments) != 0 {
		t.Errorf("%d", w.Code)
	}
	w := post(h, "/p/session/"+token+"/billing", form)
	if w.Code != 413 {
		t.Errorf("portal: %d", w.Code)
	}
	r := func(r *http.Request) { r.URL.RawQuery = "%zz" }
	if w := post(h, "/c/pay/open", cardForm(t, h, "open", "1"), r); w.Code != 400 {
		t.Errorf("a form that cannot be read: %d", w.Code)
	}
}
