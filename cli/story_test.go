package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bursar/tui/tuitest/ptytest"
)

// recorder is a browser that only writes down what it is told to open.
type recorder struct {
	t    testing.TB
	file string
	read int
}

// record makes one and sets it as the home's browser.
func record(h *home) *recorder {
	h.t.Helper()
	dir := h.t.TempDir()
	r := &recorder{t: h.t, file: filepath.Join(dir, "opened")}
	script := filepath.Join(dir, "browser")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf '%s\\n' \"$1\" >> '"+r.file+"'\n"), 0o755); err != nil {
		h.t.Fatal(err)
	}
	h.set("BROWSER=" + script)
	return r
}

// next waits for the next address that is opened.
func (r *recorder) next() string {
	r.t.Helper()
	var address string
	eventually(r.t, "an address to be opened in the browser", func() bool {
		text, _ := os.ReadFile(r.file) // it does not exist before the first
		if lines := strings.SplitAfter(string(text), "\n"); len(lines) > r.read+1 {
			address = strings.TrimSpace(lines[r.read])
			r.read++
			return true
		}
		return false
	})
	return address
}

// TestStory is the main job as a person does it: the program in a terminal, its
// sandbox over HTTP, and a real browser that pays on the hosted page.
func TestStory(t *testing.T) {
	t.Parallel()
	buyer := newBuyer(t)
	h := newHome(t)
	browser := record(h)
	term := h.open(ptytest.Options{Args: []string{"demo"}})
	term.Until(`What would you like to do`)

	// Story 3: a customer by part of a name, then a new one, then the same one.
	term.Press("5")
	term.Until(`newest first`)
	term.Press("text:tanak")
	term.Until(`▸ Yuki Tanaka`)
	term.Press("ctrl+u", "text:story@example.com", "enter")
	term.Until(`▸ \+ Create a customer with story@example.com`)
	term.Press("enter")
	customer := term.Until(`ID +(cus_\w+)`)[1]
	term.Until(`customer\.created`)
	term.Press("esc")
	term.Until(`^ +1 found`)
	term.Press("esc")
	term.Until(`newest first`)
	term.Press("/", "text:story@example.com", "enter")
	term.Until(`^ +1 found`)
	term.Press("enter")
	if again := term.Until(`ID +(cus_\w+)(?s:.*)Subscriptions`)[1]; again != customer {
		t.Errorf("the email gave %s first and %s then", customer, again)
	}

	// Story 2: three products with quantities in the cart.
	term.Press("4")
	term.Until(`▸ ✓ +Copper Gooseneck`)
	term.Press("space", "down", "n")
	term.Until(`Quantity +┃`)
	term.Press("ctrl+u", "text:2", "enter", "down", "space", "space", "space", "-")
	term.Until(`Cart: 5 items, €237\.80`)
	term.Press("b")
	term.Until(`Due now +€237\.80`)
	term.Press("c")
	term.Until(`Who buys\?`)
	term.Press("ctrl+u", "text:story@")
	term.Until(`1 customer found`)
	term.Press("enter")
	term.Until(`Customer +story@example\.com`)

	// Story 4: a decline, then the payment, on the page; the receipt here.
	term.Press("enter")
	term.Until(`Waiting for the payment of €237\.80`)
	buyer.open(browser.next())
	buyer.until(`237\.80`)
	buyer.pay("4000 0000 0000 0002")
	buyer.until(`declined`)
	term.Until(`The last attempt was declined`)
	buyer.pay("4242 4242 4242 4242")
	buyer.until(`You can go back to the terminal`)
	term.Until(`Paid €237\.80(?s:.*)pi_\w+(?s:.*)ch_\w+(?s:.*)/r/ch_\w+`)

	// A subscription is left open, found again in the list, and paid.
	term.Press("4")
	term.Until(`✓ +Copper Gooseneck`)
	term.Press("home", "down", "down", "down", "space", "b")
	term.Until(`Due now +€22\.00(?s:.*)subscription`)
	term.Press("c")
	term.Until(`Who buys\?`)
	term.Press("ctrl+u", "text:story@")
	term.Until(`1 customer found`)
	term.Press("enter")
	term.Until(`Customer +story@example\.com`)
	term.Press("enter")
	term.Until(`Waiting for the payment of €22\.00`)
	page := browser.next()
	term.Press("esc")
	term.Until(`Open checkouts`)
	term.Press("1")
	term.Press("7")
	term.Press("end")
	term.Until(`▸.*€22\.00`)
	term.Press("enter")
	term.Until(`Waiting for the payment of €22\.00`)
	buyer.open(page)
	buyer.pay("4242 4242 4242 4242")
	buyer.until(`You can go back to the terminal`)
	term.Until(`Paid €22\.00(?s:.*)sub_\w+`)

	// The buyer turns back: the page stays open until it is expired.
	term.Press("4")
	term.Until(`✓ +Copper Gooseneck`)
	term.Press("home", "space", "b")
	term.Until(`Due now`)
	term.Press("enter")
	term.Until(`Waiting for the payment of €129\.00`)
	buyer.open(browser.next())
	buyer.click(`a.back`)
	buyer.until(`terminal`)
	term.Until(`back link was used, without paying`)
	term.Press("x")
	term.Until(`Give up waiting`)
	term.Press("y")
	term.Until(`Not paid(?s:.*)expired from here: nobody can pay it`)

	// Story 5: the customer's log, growing while one looks; one event's JSON.
	term.Press("5")
	term.Until(`Subscriptions(?s:.*)Bean Club`)
	term.Press("l")
	term.Until(`checkout\.session\.completed +€237\.80`)
	var session struct{ ID string }
	h.run("--profile", "sandbox", "checkout", "create", "--item", "price_1CranePourOverSetEuro01", "--customer", customer, "--json").exits(0).json(&session)
	h.run("--profile", "sandbox", "checkout", "expire", session.ID).exits(0)
	term.Until(`checkout\.session\.expired +€42\.50`)
	term.Press("/", "text:session.completed")
	term.Until(`Show only +┃ session\.completed`)
	term.Press("enter")
	term.Gone(`charge\.succeeded`)
	term.Press("end")
	term.Until(`▸.*checkout\.session\.completed +€237\.80`)
	term.Press("enter")
	term.Until(`fold`)
	t.Logf("%s", term.Screen())
	term.Press("space")
	term.Press("/", "text:payment_status")
	term.Until(`▸ .*payment_status +"paid"`)
	t.Logf("%s", term.Screen())

	// Story 6: the subscription is cancelled in the portal.
	term.Press("esc")
	term.Press("5")
	term.Until(`Subscriptions(?s:.*)Bean Club`)
	term.Press("o")
	buyer.open(browser.next())
	buyer.click(`[data-testid="cancel-subscription"]`)
	buyer.click(`[data-testid="confirm"]`)
	buyer.until(`Cancels on`)
	t.Logf("%s", term.Screen())
	buyer.click(`.return a`)
	buyer.until(`terminal`)
	term.Until(`back`)
	t.Logf("%s", term.Screen())
	term.Until(`xxx`)
}
