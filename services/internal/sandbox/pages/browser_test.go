package pages

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// serve starts the pages of f on loopback.
func serve(t *testing.T, f *fake) string {
	t.Helper()
	srv := httptest.NewServer(New(f, Options{Now: func() time.Time { return today }, Secret: []byte("test")}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// browser starts a headless Chromium with a profile of its own.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed, so the pages are not tried in a real browser")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path)}
	for _, name := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...) // with a fresh profile folder of its own
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// witness records what a tab asks the network for and complains about.
type witness struct {
	mu       sync.Mutex
	requests []string
	problems []string
}

func watch(t *testing.T, ctx context.Context) *witness {
	t.Helper()
	w := &witness{}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	err := chromedp.Listen(ctx, func(event any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			w.requests = append(w.requests, e.Request.URL)
		case *log.EventEntryAdded:
			w.problems = append(w.problems, e.Entry.Text)
		case *runtime.EventConsoleAPICalled:
			w.problems = append(w.problems, "console."+string(e.Type))
		case *runtime.EventExceptionThrown:
			w.problems = append(w.problems, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// take returns what was recorded since the last call.
func (w *witness) take() (requests, problems []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	requests, problems = w.requests, w.problems
	w.requests, w.problems = nil, nil
	return requests, problems
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// tab moves the focus on and checks where it lands.
func tab(t *testing.T, ctx context.Context, want string) {
	t.Helper()
	do(t, ctx, chromedp.KeyEvent("\t"))
	if at := eval[string](t, ctx, `document.activeElement.id || document.activeElement.className`); at != want {
		t.Fatalf("the focus is at %q, want %q", at, want)
	}
}

// enter presses Enter and returns where that leads.
func enter(t *testing.T, ctx context.Context) (status int64, address string) {
	t.Helper()
	answer, err := chromedp.RunResponse(ctx, chromedp.KeyEvent("\r"))
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status, answer.URL
}

// typeCard fills the checkout form with the keyboard alone, in focus order.
func typeCard(t *testing.T, ctx context.Context, number string) {
	t.Helper()
	tab(t, ctx, "back")
	tab(t, ctx, "email")
	do(t, ctx, chromedp.KeyEvent("jane@example.com"))
	tab(t, ctx, "cardNumber")
	do(t, ctx, chromedp.KeyEvent(number))
	tab(t, ctx, "cardExpiry")
	do(t, ctx, chromedp.KeyEvent("1234"))
	tab(t, ctx, "cardCvc")
	do(t, ctx, chromedp.KeyEvent("123"))
	tab(t, ctx, "billingName")
	do(t, ctx, chromedp.KeyEvent("Jane Roe"))
	tab(t, ctx, "billingCountry")
	do(t, ctx, chromedp.KeyEvent("Germ"))
	tab(t, ctx, "billingPostalCode")
	do(t, ctx, chromedp.KeyEvent("10969"))
	tab(t, ctx, "button primary large SubmitButton")
}

// TestKeyboard pays, is declined and answers a challenge without a mouse, and
// ends on the merchant's site, which is another origin.
func TestKeyboard(t *testing.T) {
	ctx := browser(t)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Thanks</title>"))
	}))
	t.Cleanup(shop.Close)
	f := newFake()
	f.next = Next{URL: shop.URL + "/thanks"}
	base := serve(t, f)

	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/c/pay/open"))
	typeCard(t, ctx, "4000000000000002")
	if status, _ := enter(t, ctx); status != 422 {
		t.Fatalf("declined: %d", status)
	}
	// Browsers move the focus there when they first draw the page.
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.activeElement.id == "problem"`, chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		t.Errorf("after a decline the focus is not at the problem: %v", err)
	}
	draw(t, ctx, "declined")
	tab(t, ctx, "email")
	if kept := eval[string](t, ctx, `["email","cardNumber","cardExpiry","cardCvc","billingName","billingCountry","billingPostalCode"].map(i => document.getElementById(i).value).join("|")`); kept != "jane@example.com||1234||Jane Roe|DE|10969" {
		t.Errorf("kept: %s", kept)
	}

	do(t, ctx, chromedp.EmulateViewport(320, 700), chromedp.Navigate(base+"/c/pay/open"))
	typeCard(t, ctx, "4000002500003155")
	if status, at := enter(t, ctx); status != 200 || at != base+"/c/3ds/open/pi_1" {
		t.Fatalf("challenge: %d %s", status, at)
	}
	tab(t, ctx, "test-source-authorize-3ds")
	tab(t, ctx, "test-source-fail-3ds")
	if status, _ := enter(t, ctx); status != 422 {
		t.Fatalf("failed challenge: %d", status)
	}
	do(t, ctx, chromedp.Navigate(base+"/c/3ds/open/pi_1"))
	tab(t, ctx, "test-source-authorize-3ds")
	if status, at := enter(t, ctx); status != 200 || at != f.next.URL {
		t.Fatalf("passed challenge: %d %s", status, at)
	}

	do(t, ctx, chromedp.Navigate(base+"/c/pay/open"))
	typeCard(t, ctx, "4242424242424242")
	if status, at := enter(t, ctx); status != 200 || at != f.next.URL {
		t.Fatalf("paid: %d %s", status, at)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.charges != 1 || f.payments[len(f.payments)-1].Billing.Country != "DE" {
		t.Errorf("%d charges, %+v", f.charges, f.payments)
	}
}

// TestOrderKeyboard changes an order without a mouse, and no script: Enter in a
// small form sends that form, Enter in the payment form pays.
func TestOrderKeyboard(t *testing.T) {
	ctx, f := browser(t), newFake()
	address := serve(t, f) + "/c/pay/order"
	for _, tt := range []struct{ field, typed string }{{"#quantity-li_1", "7"}, {"#promotionCode", "PAPER10"}} {
		do(t, ctx, chromedp.Navigate(address), chromedp.Focus(chromedp.CSS(tt.field)))
		eval[bool](t, ctx, `document.activeElement.select(), true`)
		do(t, ctx, chromedp.KeyEvent(tt.typed))
		if status, at := enter(t, ctx); status != 200 || at != address {
			t.Errorf("%s: %d %s", tt.field, status, at)
		}
	}
	do(t, ctx, chromedp.Navigate(address), chromedp.Focus(chromedp.CSS("#ship-shr_2")), chromedp.KeyEvent(" "))
	if status, at := enter(t, ctx); status != 200 || at != address {
		t.Errorf("shipping: %d %s", status, at)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	want := []OrderChange{{Line: "li_1", Quantity: 7}, {Quantity: -1, Code: "PAPER10"}, {Quantity: -1, ShippingRate: "shr_2"}}
	if !slices.Equal(f.changes, want) || len(f.payments) != 0 {
		t.Errorf("the backend got %+v, %d payments", f.changes, len(f.payments))
	}
}

// TestPortalKeyboard cancels a plan and takes a cancellation back.
func TestPortalKeyboard(t *testing.T) {
	ctx, f := browser(t), newFake()
	home := serve(t, f) + "/p/session/" + token
	do(t, ctx, chromedp.Navigate(home+"/subscriptions/sub_1/cancel"), chromedp.Focus(chromedp.CSS("[data-testid=confirm]")))
	if status, at := enter(t, ctx); status != 200 || at != home+"?done=canceled" || !f.has("cancel sub_1  ") {
		t.Errorf("canceled: %d %s", status, at)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS("[data-testid=renew-subscription]")))
	if status, at := enter(t, ctx); status != 200 || at != home+"?done=resumed" || !f.has("resume sub_2") {
		t.Errorf("resumed: %d %s", status, at)
	}
}

// wide lists what reaches over the right edge of the window.
const wide = `(() => {
	const over = [];
	if (document.documentElement.scrollWidth > innerWidth) over.push("page " + document.documentElement.scrollWidth);
	for (const e of document.body.querySelectorAll("*:not(.hidden):not(option)"))
		if (e.getBoundingClientRect().right > innerWidth + 1) over.push(e.tagName + "." + e.className);
	return over.join(", ");
})()`

// unlabelled lists fields that the browser finds no label for, or that are too
// small to touch.
const unlabelled = `Array.from(document.querySelectorAll("input:not([type=hidden]), select, textarea"))
	.filter(e => !e.labels || e.labels.length != 1 || !e.labels[0].innerText.trim() || e.getBoundingClientRect().height < 20).map(e => e.id).join(", ")`

// TestGeometry opens every page narrow and wide, also with hostile text.
func TestGeometry(t *testing.T) {
	ctx := browser(t)
	w := watch(t, ctx)
	texts := hostile()
	for _, kind := range []string{"", "unbroken"} {
		f := newFake()
		if kind != "" {
			f = poisoned(texts[kind])
		}
		base := serve(t, f)
		for name, path := range everyPage() {
			do(t, ctx, chromedp.Navigate(base+path))
			for _, width := range []int64{320, 1280} {
				do(t, ctx, chromedp.EmulateViewport(width, 800))
				if over := eval[string](t, ctx, wide); over != "" {
					t.Errorf("%s %s at %d: too wide: %.300s", kind, name, width, over)
				}
				if tall := eval[int](t, ctx, `document.documentElement.scrollHeight`); tall > 6000 {
					t.Errorf("%s %s at %d: %d pixels tall", kind, name, width, tall)
				}
				if bare := eval[string](t, ctx, unlabelled); bare != "" {
					t.Errorf("%s %s at %d: without a label: %s", kind, name, width, bare)
				}
			}
			draw(t, ctx, name+kind)
			requests, problems := w.take()
			for _, address := range requests {
				if !strings.HasPrefix(address, base+"/") {
					t.Errorf("%s: asks for %s", name, address)
				}
			}
			if name == "missing" { // the browser logs every 404
				continue
			}
			if len(requests) == 0 || len(problems) > 0 {
				t.Errorf("%s: %d requests, problems %q", name, len(requests), problems)
			}
		}
	}
}
