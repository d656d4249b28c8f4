package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The demo shop's prices that are sold here.
const (
	poster = "price_1CranePourOverSetEuro01" // €42.50
	coffee = "price_1HouseBlend250gEuros001" // €11.90
	club   = "price_1BeanClubMonthlyEuros01" // €22.00 a month
)

// receipt is what checkout create --wait --json prints.
type receipt struct {
	Outcome       string
	Amount        struct{ Amount int64 }
	PaymentIntent string `json:"payment_intent"`
	Charge        string
	ReceiptURL    string `json:"receipt_url"`
	Session       struct{ ID, Status string }
}

// sell starts a sale that waits and returns it with its page and session id.
func sell(h *home, more ...string) (waiting *process, page, session string) {
	h.t.Helper()
	p := h.start("", append([]string{"--profile", "sandbox", "checkout", "create", "--item", poster + ":2", "--wait"}, more...)...)
	page = p.until(`Pay at (http\S+)`)[1]
	return p, page, page[strings.LastIndex(page, "/")+1:]
}

func TestSaleWithoutInterface(t *testing.T) {
	t.Parallel()
	h, buyer := newHome(t), newBuyer(t)
	sale, page, session := sell(h)
	buyer.open(page)
	buyer.pay("4242 4242 4242 4242")
	buyer.until(`You can go back to the terminal`)
	sale.end().exits(0).says(`outcome +completed$.*paid +€85\.00$.*card +Visa ···· 4242$.*payment intent +pi_\w+$.*charge +ch_\w+$.*receipt +http`)
	h.run("--profile", "sandbox", "checkout", "check", session).exits(0).says(`outcome +completed`)
	h.run("--profile", "sandbox", "checkout", "list", "--json").exits(0).says(`^\[\]$`)
	h.run("--profile", "sandbox", "logs", "--where", `{"type":"checkout.session.completed"}`, "--limit", "1").exits(0).says(`checkout\.session\.completed +succeeded +€85\.00`)
}

func TestSaleIsDeclinedFirst(t *testing.T) {
	t.Parallel()
	h, buyer := newHome(t), newBuyer(t)
	sale, page, _ := sell(h)
	buyer.open(page)
	buyer.pay("4000 0000 0000 0002")
	buyer.until(`declined`)
	sale.until(`Declined: .+ The page lets them try again`)
	buyer.pay("4242 4242 4242 4242")
	sale.end().exits(0).says(`outcome +completed`)
}

// A buyer who turns back has cancelled: the session is expired by the one who
// waits, so that nobody pays it later.
func TestSaleIsCancelled(t *testing.T) {
	t.Parallel()
	h, buyer := newHome(t), newBuyer(t)
	serve(h)
	sale, page, session := sell(h)
	buyer.open(page)
	buyer.click("a.back")
	buyer.until(`Nothing was paid here`)
	sale.end().exits(6).says(`outcome +incomplete`).complains(`not completed: no money moved`)
	buyer.open(page)
	buyer.until(`This checkout has expired`)
	h.run("--profile", "sandbox", "checkout", "check", session, "--json").exits(6)
}

func TestSaleIsExpiredByAnotherProcess(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	sale, _, session := sell(h)
	h.run("--profile", "sandbox", "checkout", "list").exits(0).says(session)
	h.run("--profile", "sandbox", "checkout", "expire", session).exits(0).says(`Expired: ` + session)
	sale.end().exits(6).says(`outcome +incomplete`).complains(`not completed: no money moved`)
	h.run("--profile", "sandbox", "checkout", "list", "--json").exits(0).says(`^\[\]$`)
	h.run("--profile", "sandbox", "checkout", "expire", session).exits(0) // once more does no harm
}

func TestSaleIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	out := h.run("--profile", "sandbox", "checkout", "create", "--item", coffee, "--wait", "--timeout", "2s").exits(7)
	out.complains(`checkout check cs_test_.*Do not ask for the payment twice`)
	h.run("--profile", "sandbox", "checkout", "list").exits(0).says(`€11\.90`)

	sale, _, session := sell(h)
	sale.until("Waiting for the payment")
	sale.interrupt()
	sale.end().exits(7)
	h.run("--profile", "sandbox", "checkout", "list").exits(0).says(session)
}

func TestSaleAsJSON(t *testing.T) {
	t.Parallel()
	h, buyer := newHome(t), newBuyer(t)
	serve(h) // so that no short-lived command is the one that serves
	sale := h.start("", "--profile", "sandbox", "checkout", "create", "--item", club, "--wait", "--json")
	var open []struct{ ID, URL, Mode string }
	eventually(t, "the open checkout to be listed", func() bool {
		_ = json.Unmarshal([]byte(h.run("--profile", "sandbox", "checkout", "list", "--json").exits(0).stdout), &open)
		return len(open) == 1
	})
	if open[0].Mode != "subscription" {
		t.Errorf("mode %q", open[0].Mode)
	}
	buyer.open(open[0].URL)
	buyer.pay("4242 4242 4242 4242")
	var r receipt
	sale.end().exits(0).json(&r)
	if r.Outcome != "completed" || r.Amount.Amount != 2200 || r.Charge == "" || r.Session.Status != "complete" {
		t.Errorf("receipt %+v", r)
	}
}

func TestCheckoutOptionsGoToStripe(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	create := func(more ...string) result {
		return h.run(append([]string{"--profile", "sandbox", "checkout", "create", "--item", poster, "--json"}, more...)...)
	}
	create("--option", "locale=de", "--option", "metadata[order]=42", "--option", "submit_type=book").exits(0)
	f := create("--option", "not_a_parameter=1").exits(4).failure()
	if f.Code != "refused" || !strings.Contains(f.Message, "not_a_parameter") || f.RequestID == "" {
		t.Errorf("Stripe's answer is not shown: %+v", f)
	}
	create("--option", "locale").exits(2)
	create("--item", club).exits(0) // a recurring price makes it a subscription
	create("--item", "price_1SenchaSamplerUSDollar1").exits(2).complains(`mixes currencies`)
	create("--item", poster+":0").exits(2)
	create("--item", "price_1BrassScoopGoneForGood01").exits(5)
	create("--mode", "nonsense").exits(4)
	h.run("--profile", "sandbox", "checkout", "create").exits(2).complains(`Nothing to sell`)
	h.run("--profile", "sandbox", "checkout", "create", "--item", poster, "--print").exits(0).says(`\Ahttp://127\.0\.0\.1:\d+/c/pay/cs_test_\w+\n\z`)
	h.run("--profile", "sandbox", "checkout", "check", "cs_test_none").exits(5)
}

func TestDemoPlaysTheSaleWithoutATerminal(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.run("demo").exits(0).says(`Cart: .*Page http://127.*Paying there with 4242.*outcome +completed.*charge +ch_.*Log of Ada Example.*checkout\.session\.completed`)
	h.run("demo").exits(0).says(`Customer Ada Example \(cus_\w+\), known already`)
	h.run("demo", "--fresh").exits(0).says(`Customer Ada Example \(cus_\w+\), new`)
	var r receipt
	h.run("demo", "--json").exits(0).json(&r)
	if r.Outcome != "completed" {
		t.Errorf("receipt %+v", r)
	}
}
