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

// story is one person's visit: the program in a terminal, its sandbox over HTTP,
// and a real browser for the hosted pages.
type story struct {
	h        *home
	term     *ptytest.Terminal
	browser  *recorder
	buyer    *buyer
	customer string // "cus_…"
}

// TestStory is the main job as a person does it, stories 2 to 6 in one visit.
func TestStory(t *testing.T) {
	t.Parallel()
	s := &story{h: newHome(t), buyer: newBuyer(t)}
	s.browser = record(s.h)
	s.term = s.h.open(ptytest.Options{Args: []string{"demo"}})
	s.term.Until(`What would you like to do`)

	s.findAndMakeCustomer(t)
	s.fillCart()
	s.payAfterDecline()
	s.leaveAndComeBack()
	s.turnBackAndExpire()
	s.readLog()
	s.readEvent()
	s.cancelInPortal()

	s.term.Press("q")
	s.term.Until(`Quit bursar\?`) // the cart still holds something
	s.term.Press("y")
	if code := s.term.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.term.Restored()
}

// findAndMakeCustomer: a customer by part of a name, then a new one by email,
// then the same one again.
func (s *story) findAndMakeCustomer(t *testing.T) {
	s.term.Press("5")
	s.term.Until(`newest first`)
	s.term.Press("text:tanak")
	s.term.Until(`▸ Yuki Tanaka`)
	s.term.Press("ctrl+u", "text:story@example.com", "enter")
	s.term.Until(`▸ \+ Create a customer with story@example.com`)
	s.term.Press("enter")
	s.customer = s.term.Until(`ID +(cus_\w+)(?s:.*)Subscriptions`)[1]
	s.term.Until(`customer\.created`)
	s.term.Press("esc")
	s.term.Until(`^ +1 found`)
	s.term.Press("esc")
	s.term.Until(`newest first`)
	s.term.Press("/", "text:story@example.com", "enter")
	s.term.Until(`^ +1 found`)
	s.term.Press("enter")
	if again := s.term.Until(`ID +(cus_\w+)(?s:.*)Subscriptions`)[1]; again != s.customer {
		t.Errorf("the email gave %s first and %s then", s.customer, again)
	}
}

// fillCart puts three products with quantities in the cart, for the customer.
func (s *story) fillCart() {
	s.term.Press("4")
	s.term.Until(`▸ ✓ +Copper Gooseneck`)
	s.term.Press("space", "down", "n")
	s.term.Until(`Quantity +┃`)
	s.term.Press("ctrl+u", "text:2", "enter", "down", "space", "space", "space", "-")
	s.term.Until(`Cart: 5 items, €237\.80`)
	s.term.Press("b")
	s.term.Until(`Due now +€237\.80`)
	s.chooseCustomer()
}

func (s *story) chooseCustomer() {
	s.term.Press("c")
	s.term.Until(`Who buys\?`)
	s.term.Press("ctrl+u", "text:story@")
	s.term.Until(`1 customer found`)
	s.term.Press("enter")
	s.term.Until(`Customer +story@example\.com`)
}

// payAfterDecline: the first card is declined and the second is not; the receipt
// has what identifies the payment.
func (s *story) payAfterDecline() {
	s.term.Press("enter")
	s.term.Until(`Waiting for the payment of €237\.80`)
	s.buyer.open(s.browser.next())
	s.buyer.until(`237\.80`)
	s.buyer.pay("4000 0000 0000 0002")
	s.buyer.until(`declined`)
	s.term.Until(`The last attempt was declined`)
	s.buyer.pay("4242 4242 4242 4242")
	s.buyer.until(`You can go back to the terminal`)
	s.term.Until(`Paid €237\.80(?s:.*)Stripe's fee(?s:.*)cs_test_\w+(?s:.*)pi_\w+(?s:.*)ch_\w+(?s:.*)/r/ch_\w+`)
}

// leaveAndComeBack: a subscription's checkout is left, found again in the list
// of open ones, and paid.
func (s *story) leaveAndComeBack() {
	s.term.Press("4")
	s.term.Until(`✓ +Copper Gooseneck`)
	s.term.Press("home", "down", "down", "down", "space", "b")
	s.term.Until(`Due now +€22\.00(?s:.*)subscription`)
	s.chooseCustomer()
	s.term.Press("enter")
	s.term.Until(`Waiting for the payment of €22\.00`)
	page := s.browser.next()
	s.term.Press("esc")
	s.term.Until(`Open checkouts(?s:.*)€22\.00`)
	s.term.Press("1")
	s.term.Until(`What would you like to do`)
	s.term.Press("7")
	s.term.Until(`Open checkouts(?s:.*)€22\.00`)
	s.term.Press("end")
	s.term.Until(`▸.*open until`)
	s.term.Press("enter")
	s.term.Until(`Waiting for the payment of €22\.00`)
	s.buyer.open(page)
	s.buyer.pay("4242 4242 4242 4242")
	s.buyer.until(`You can go back to the terminal`)
	s.term.Until(`Paid €22\.00(?s:.*)sub_\w+`)
}

// turnBackAndExpire: the buyer uses the page's back link, and the person closes
// the page for good.
func (s *story) turnBackAndExpire() {
	s.term.Press("4")
	s.term.Until(`✓ +Copper Gooseneck`)
	s.term.Press("home", "space", "b")
	s.term.Until(`Due now +€129\.00`)
	s.term.Press("enter")
	s.term.Until(`Waiting for the payment of €129\.00`)
	page := s.browser.next()
	s.buyer.open(page)
	s.buyer.click(`a.back`)
	s.buyer.until(`Nothing was paid here`)
	s.term.Until(`back link was used, without paying`)
	s.term.Press("x")
	s.term.Until(`Give up waiting`)
	s.term.Press("y")
	s.term.Until(`Not paid(?s:.*)expired from here: nobody can pay it`)
	s.buyer.open(page)
	s.buyer.until(`This checkout has expired`)
}

// readLog: the customer's log, which grows while one looks at it.
func (s *story) readLog() {
	s.term.Press("5")
	s.term.Until(`Subscriptions(?s:.*)Bean Club`)
	s.term.Press("l")
	s.term.Until(`checkout\.session\.completed +€237\.80`)
	var session struct{ ID string }
	s.h.run("--profile", "sandbox", "checkout", "create", "--item", "price_1CranePourOverSetEuro01", "--customer", s.customer, "--json").exits(0).json(&session)
	s.h.run("--profile", "sandbox", "checkout", "expire", session.ID).exits(0)
	s.term.Until(`checkout\.session\.expired +€42\.50`)
	s.term.Press("/", "text:session.com", "tab")
	s.term.Until(`┃ type:checkout\.session\.completed`)
	s.term.Press("text: stauts:x", "enter")
	s.term.Until(`\^{6}(?s:.*)"stauts"`)
	s.term.Press("ctrl+w", "text:amount>0", "enter")
	s.term.Until(`/type:checkout\.session\.comp.* 1 of 2`)
	s.term.Press("end")
	s.term.Until(`▸.*checkout\.session\.completed +€237\.80`)
}

// readEvent: one event's JSON, folded and searched.
func (s *story) readEvent() {
	s.term.Press("enter")
	s.term.Until(`space fold`)
	s.term.Press("text:jjjj", "space")
	s.term.Until(`▸ ▸ data +\{…\}`)
	s.term.Press("space")
	s.term.Until(`▸ ▾ data`)
	s.term.Press("/", "text:payment_status")
	s.term.Until(`▸ .*payment_status +"paid"`)
	s.term.Press("esc")
	s.term.Until(`space fold`)
	s.term.Press("esc")
	s.term.Until(`[12] of 2`)
	s.term.Press("esc")
	s.term.Until(`all events`)
	s.term.Press("esc")
	s.term.Until(`Subscriptions(?s:.*)Bean Club`)
}

// cancelInPortal: the subscription is cancelled in the billing portal; the
// terminal notices the return and what changed.
func (s *story) cancelInPortal() {
	s.term.Press("o")
	s.term.Until(`Waiting for somebody to come back from the portal`)
	s.buyer.open(s.browser.next())
	s.buyer.click(`[data-testid="cancel-subscription"]`)
	s.buyer.until(`Cancel your plan`)
	s.buyer.click(`[data-testid="confirm"]`)
	s.buyer.until(`Cancels on`)
	s.buyer.click(`.return a`)
	s.buyer.until(`terminal`)
	s.term.Until(`Back from the portal(?s:.*)Changed(?s:.*)Bean Club.*cancels on`)
	s.term.Press("l")
	s.term.Until(`customer\.subscription\.updated(?s:.*)customer\.subscription\.updated`)
}
