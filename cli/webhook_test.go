package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"bursar/services"
)

// catcher is a program that events are passed on to.
type catcher struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status int
}

func newCatcher(t *testing.T) *catcher {
	c := &catcher{status: http.StatusOK}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.status == http.StatusOK && strings.HasPrefix(r.Header.Get("Stripe-Signature"), "t=") {
			c.bodies = append(c.bodies, string(body))
		}
		w.WriteHeader(c.status)
		_, _ = io.WriteString(w, "not today")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *catcher) answer(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

func (c *catcher) caught(text string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.bodies {
		if strings.Contains(b, text) {
			n++
		}
	}
	return n
}

// The whole story on the sandbox: listen, pass on, be refused, look it up, send
// again, stop.
func TestWebhookListen(t *testing.T) {
	t.Parallel()
	h, c := newHome(t), newCatcher(t)
	serve(h)
	l := h.start("", "webhook", "listen", "--profile", "sandbox", "--addr", "127.0.0.1:0", "--forward-to", c.URL+"/hook=customer.*", "--retry-for", "1ms")
	l.until(`^profile +sandbox, test mode$`)
	l.until(`^webhook URL +http://127\.0\.0\.1:\d+/v1/billing/webhook/apps/[0-9a-f]{32}$`)
	l.until(`^forward to +` + regexp.QuoteMeta(c.URL) + `/hook \(customer\.\*\)$`)
	secret := l.until(`^signing secret +(whsec_[0-9a-f]{64})$`)[1]
	counters := l.until(`^counters +(http://\S+)/metrics, /healthz$`)[1]
	l.until(`^ctrl\+c stops it\.$`)

	var jane struct{ ID string }
	h.run("--profile", "sandbox", "customers", "create", "jane@example.com", "--json").exits(0).json(&jane)
	event := l.until(`^\d\d:\d\d:\d\d  customer\.created +` + jane.ID + ` +neutral +(evt_\w+)  → 200 in \d+ ms$`)[1]
	if n := c.caught("jane@example.com"); n != 1 {
		t.Errorf("passed on %d times", n)
	}
	res, err := http.Get(counters + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if !bytes.Contains(text, []byte(`bursar_webhook_forward_attempts_total{destination="`+strings.TrimPrefix(c.URL, "http://")+`",outcome="delivered",profile="sandbox"}`)) || bytes.Contains(text, []byte(secret)) {
		t.Errorf("counters: %s", text)
	}

	c.answer(http.StatusTeapot)
	h.run("--profile", "sandbox", "webhook", "resend", event).exits(0).says(`\A1 delivery queued\n\z`)
	l.until(event + `  → HTTP 418: not today; (again in|given up)`)
	l.until(event + `  → HTTP 418: not today \(attempt \d\); given up$`)
	c.answer(http.StatusOK)
	h.run("--profile", "sandbox", "webhook", "resend", "--since", "5m", "--forward-to", c.URL+"/hook").exits(0).says(`\A[1-9]\d* deliver(y|ies) queued\n\z`)
	eventually(t, "the second time", func() bool { return c.caught("jane@example.com") == 2 })

	var list []services.Delivery
	eventually(t, "the log", func() bool {
		list = nil
		h.run("--profile", "sandbox", "webhook", "deliveries", "--event", event, "--json").exits(0).json(&list)
		return len(list) >= 4
	})
	if list[0].Outcome != services.DeliveryDone || list[0].Event != event || list[0].URL != c.URL+"/hook" || list[1].Outcome != services.DeliveryGivenUp {
		t.Errorf("%+v", list)
	}
	h.run("--profile", "sandbox", "webhook", "deliveries", "--failed", "--since", "1h").exits(0).says(`^TIME \(UTC\) +EVENT +TYPE +TO +ATTEMPT +RESULT\n.*HTTP 418: not today; given up$`)
	l.interrupt()
	l.end().exits(0)

	h.run("--profile", "sandbox", "webhook", "resend", event).exits(0).says(`1 delivery queued`).complains(`Nobody listens now`)
	again := h.start("", "webhook", "listen", "--profile", "sandbox", "--addr", "127.0.0.1:0", "--forward-to", c.URL+"/hook", "--json")
	var first struct{ Listening services.Listening }
	if err := json.Unmarshal([]byte(again.until(`^\{"listening":.*\}$`)[0]), &first); err != nil || len(first.Listening.Forwards) != 1 ||
		first.Listening.Forwards[0].Secret != secret || first.Listening.Forwards[0].Waiting != 1 {
		t.Errorf("%+v, %v", first, err)
	}
	var line services.ListenLine
	if err := json.Unmarshal([]byte(again.until(`^\{"time":.*` + event + `.*\}$`)[0]), &line); err != nil || line.Event.ID != event || len(line.Deliveries) != 1 {
		t.Errorf("%+v, %v", line, err)
	}
	again.interrupt()
	if out := again.end().exits(0); out.stderr != "" {
		t.Errorf("stderr: %s", out.stderr)
	}
	h.keepsNothing(t, secret)
}

// keepsNothing looks for a secret in the files, which may only be printed.
func (h *home) keepsNothing(t *testing.T, secret string) {
	t.Helper()
	quiet := &home{t: t, dir: h.dir, env: h.env, said: &transcript{}}
	quiet.keepsSecret([]string{secret})
}

// A secret of one's own comes from the environment or stdin, never from an argument.
func TestWebhookListenWithAnOwnSecret(t *testing.T) {
	t.Parallel()
	const own = "whsec_0123456789exampleexampleexample" // an example
	h, c := newHome(t), newCatcher(t)
	serve(h)
	args := []string{"webhook", "listen", "--profile", "sandbox", "--addr", "127.0.0.1:0", "--forward-to", c.URL, "--forward-secret"}
	l := h.start(own+"\n", args...)
	l.until(`^signing secret +` + own + `$`)
	l.interrupt()
	l.end().exits(0)
	h.give("nonsense\n", args...).exits(2).complains(`starts with whsec_`)
	h.set("BURSAR_FORWARD_SECRET=" + own)
	l = h.start("", args...)
	l.until(`^signing secret +` + own + `$`)
	l.interrupt()
	l.end().exits(0)
	h.keepsNothing(t, own)
}

func TestWebhookListenRefusals(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"webhook listen", 3, `--profile sandbox`},
		{"webhook listen --profile nobody", 3, `nobody has no secret key`},
		{"webhook listen --profile sandbox --profile sandbox", 2, `named twice`},
		{"webhook listen --profile sandbox --all-profiles", 2, `do not go together`},
		{"webhook listen --profile sandbox --events charge.*", 2, `need --forward-to`},
		{"webhook listen --profile sandbox --replay 2h", 2, `need --forward-to`},
		{"webhook listen --profile sandbox --forward-to http://localhost:1 --replay soon", 2, `"soon"`},
		{"webhook listen --profile sandbox --addr 127.0.0.1:0 --forward-to nonsense", 2, `not a web address`},
		{"webhook listen --profile sandbox --addr 127.0.0.1:0 --forward-to http://localhost:1 --events charge", 2, `not an event type`},
		{"webhook listen --profile sandbox --addr 127.0.0.1:0 --forward-to https://example.com --skip-verify", 2, `not this machine`},
		{"webhook listen --profile sandbox --addr nonsense", 2, `not an address`},
		{"webhook listen --profile sandbox --addr 192.0.2.1:80", 8, `Nothing can listen`},
		{"webhook listen extra", 2, `unknown command|accepts 0 arg`},
		{"webhook deliveries --profile sandbox --limit 0", 2, `limit`},
		{"webhook deliveries --profile sandbox --since soon", 2, `"soon"`},
		{"webhook resend --profile sandbox", 2, `Nothing says which`},
		{"webhook resend --profile sandbox evt_none", 5, `evt_none`},
		{"webhook resend --profile sandbox --since 2h", 5, `Nothing was passed on`},
	} {
		t.Run(c.args, func(t *testing.T) {
			h := h.in(t)
			out := h.run(strings.Fields(c.args)...).exits(c.code).complains(c.says)
			if out.stdout != "" {
				t.Errorf("a refusal prints to stdout: %s", out.stdout)
			}
		})
	}
	h.run("webhook", "deliveries", "--profile", "sandbox").exits(0).says(`\ATIME \(UTC\)[^\n]*\n\z`)
}

func TestWebhookRotate(t *testing.T) {
	t.Parallel()
	const first, second = "whsec_0123456789firstexamplefirst", "whsec_0123456789secondexamplesecond" // examples
	h := newHome(t, first, second)
	h.set("BURSAR_PASSPHRASE=of the tests", "BURSAR_PROFILE=shop")
	h.give("sk_test_51ExampleExample0123456789\n", "config", "set", "--publishable-key", "pk_test_51ExampleExample0123456789", "--secret-key-stdin", "--skip-verify").exits(0)
	h.give(first, "config", "signing-secret").exits(0)
	h.give(second, "webhook", "rotate", "--keep", "2h").exits(0).says(`\ASaved\. The old signing secret stays valid for 2h0m0s\.\n\z`)
	h.give(second, "webhook", "rotate", "--keep", "1000h").exits(2).complains(`168h`)
	h.give("nonsense", "webhook", "rotate").exits(2).complains(`whsec_`)
	h.give(first, "webhook", "rotate", "--profile", "sandbox").exits(2)
	h.run("config", "show").exits(0).says(`^signing secret +whsec_…cond`)
}
