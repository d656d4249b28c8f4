package cli_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bursar/tui/tuitest/ptytest"
)

// chromium is the one browser that all tests share; each has tabs of its own.
var chromium browser

type browser struct {
	once sync.Once
	path string
	ctx  context.Context
	stop []context.CancelFunc
	err  error
}

func (b *browser) start() {
	b.path, b.err = exec.LookPath("chromium")
	if b.err != nil {
		return
	}
	folder, err := os.MkdirTemp("", "bursar-chromium")
	if err != nil {
		b.err = err
		return
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(b.path), chromedp.UserDataDir(folder)}
	for _, name := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, stopProgram := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopTab := chromedp.NewContext(ctx)
	b.stop = []context.CancelFunc{stopTab, stopProgram, func() { _ = os.RemoveAll(folder) }}
	b.ctx, b.err = ctx, chromedp.Do(ctx, chromedp.Navigate("about:blank"))
}

func (b *browser) close() {
	for _, stop := range b.stop {
		stop()
	}
}

// buyer is a person with a browser tab.
type buyer struct {
	t   testing.TB
	ctx context.Context
}

// newBuyer opens a tab. Without Chromium the test is skipped.
func newBuyer(t testing.TB) *buyer {
	t.Helper()
	chromium.once.Do(chromium.start)
	if chromium.path == "" {
		t.Skip("chromium is not installed, so nobody can pay on the hosted page")
	}
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, closeTab := chromedp.NewContext(chromium.ctx)
	t.Cleanup(closeTab)
	// The tab lives as long as the context of its first use.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return &buyer{t, ctx}
}

func (b *buyer) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, ptytest.Deadline)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("in the browser, %s: %v\n%s", what, err, b.text())
	}
}

// open goes to an address.
func (b *buyer) open(address string) {
	b.t.Helper()
	b.do("opening "+address, chromedp.Navigate(address))
}

// text is what the page says.
func (b *buyer) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return "no text: " + err.Error() // between two pages
	}
	return text
}

// until waits until the page says what matches an expression.
func (b *buyer) until(expression string) {
	b.t.Helper()
	re := regexp.MustCompile("(?m)" + expression)
	for end := time.Now().Add(ptytest.Deadline); !re.MatchString(b.text()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("the page never said %q:\n%s", expression, b.text())
		}
	}
}

// typeInto types into a field, in place of what it holds.
func (b *buyer) typeInto(field, text string) {
	b.t.Helper()
	at := `//*[@name="` + field + `"]`
	b.do("typing into "+field, chromedp.Clear(at), chromedp.SendKeys(at, text))
}

// click clicks on what a CSS selector finds.
func (b *buyer) click(selector string) {
	b.t.Helper()
	b.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// pay types a card into the hosted page and submits it.
func (b *buyer) pay(card string) {
	b.t.Helper()
	b.typeInto("cardNumber", card)
	b.typeInto("cardExpiry", "12 / 34")
	b.typeInto("cardCvc", "123")
	b.typeInto("billingName", "Jane Doe")
	if asked, _ := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`!!document.querySelector('input[name=email]:not([readonly])')`)); asked {
		b.typeInto("email", "jane@example.com")
	}
	b.click(`[data-testid="hosted-payment-submit-button"]`)
}
