package sandbox

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser is somebody with a browser, who follows no redirect without looking.
func browser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func look(t *testing.T, b *http.Client, address string) (int, string) {
	t.Helper()
	res, err := b.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// submit fills in the form of a page and returns where it leads.
func submit(t *testing.T, b *http.Client, address string, fields url.Values) (int, string, string) {
	t.Helper()
	_, page := look(t, b, address)
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		fields.Set(m[1], m[2])
	}
	res, err := b.PostForm(address, fields)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(body)
}

// TestPayingInABrowser goes through the hosted page, the challenge, the receipt
// and the portal as served.
func TestPayingInABrowser(t *testing.T) {
	c := empty(t)
	p := c.stock()
	b := browser(t)
	filled := func(number string) url.Values {
		return url.Values{"email": {"jenny@example.com"}, "cardNumber": {number}, "cardExpiry": {"12 / 34"}, "cardCvc": {"123"}, "billingName": {"Jenny"}, "billingCountry": {"IE"}, "billingPostalCode": {"D02"}}
	}
	cs := c.session("subscription", p.monthly, "")
	short := ShortLink(s(cs, "url"))
	res, err := b.Get(short)
	if err != nil || res.Header.Get("Location") != "/c/pay/"+s(cs, "id") {
		t.Fatalf("short link: %v, %v", res, err)
	}
	_ = res.Body.Close()
	status, _, body := submit(t, b, s(cs, "url"), filled("4000000000009995"))
	if status != 422 || !strings.Contains(body, "insufficient funds") {
		t.Errorf("declined: %d", status)
	}
	status, way, _ := submit(t, b, s(cs, "url"), filled("4000 0027 6000 3184"))
	if status != 303 || !strings.HasPrefix(way, "/c/3ds/"+s(cs, "id")+"/pi_") {
		t.Fatalf("challenge: %d %s", status, way)
	}
	status, way, _ = submit(t, b, c.web.URL+way, url.Values{"answer": {"pass"}})
	if status != 303 || way != "https://shop.example/ok?s="+s(cs, "id") {
		t.Fatalf("after the challenge: %d %s", status, way)
	}
	cs = c.get("/v1/checkout/sessions/" + s(cs, "id") + "?expand[]=subscription.latest_invoice.charge").ok()
	if s(cs, "payment_status") != "paid" || s(cs, "customer_details.email") != "jenny@example.com" {
		t.Errorf("session %v", cs)
	}
	for _, address := range []string{s(cs, "subscription.latest_invoice.hosted_invoice_url"), s(cs, "subscription.latest_invoice.charge.receipt_url")} {
		if status, page := look(t, b, address); status != 200 || !strings.Contains(page, "€9.00") || !strings.Contains(page, "Club") {
			t.Errorf("%s: %d", address, status)
		}
	}
	portal := s(c.post("/v1/billing_portal/sessions", "customer="+s(cs, "customer")+"&return_url=https://shop.example/").ok(), "url")
	if status, page := look(t, b, portal); status != 200 || !strings.Contains(page, "Club") || !strings.Contains(page, "https://shop.example/") {
		t.Errorf("portal: %d", status)
	}
	status, _, _ = submit(t, b, portal+"/subscriptions/"+s(cs, "subscription.id")+"/cancel", url.Values{"feedback": {"unused"}})
	if sub := c.get("/v1/subscriptions/" + s(cs, "subscription.id")).ok(); status != 303 || sub["cancel_at_period_end"] != true {
		t.Errorf("cancelled in the portal: %d, %v", status, sub["cancel_at_period_end"])
	}
}
