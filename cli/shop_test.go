package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/tui/tuitest/ptytest"
)

// shopKey is the demo shop's key, which opens nothing but a sandbox.
const shopKey = "sk_test_sandboxKettleAndCrane"

// serve runs the sandbox alone and returns its address.
func serve(h *home, more ...string) (*process, string) {
	h.t.Helper()
	p := h.start("", append([]string{"sandbox", "serve", "--addr", "127.0.0.1:0"}, more...)...)
	return p, p.until(`address +(http://127\.0\.0\.1:\d+)`)[1]
}

// call makes one request to a sandbox as any HTTP client would.
func call(method, address, key string, form url.Values) (int, string, error) {
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	req.SetBasicAuth(key, "")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func TestSandboxServesAnyClient(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	server, base := serve(h, "--data", h.file("own", "shop.db"))
	server.until(`secret key +sk_test_`)
	for _, c := range []struct {
		what, path, key string
		status          int
		says            string
	}{
		{"a list", "/v1/customers?limit=1", shopKey, 200, `"object": "list"`},
		{"any test key", "/v1/account", "sk_test_anotherOne1234567890", 200, `"object": "account"`},
		{"a live key", "/v1/customers", "sk_live_Example7890abcdefgh", 403, `testmode_keys_only`},
		{"no such object", "/v1/customers/cus_none", shopKey, 404, `resource_missing`},
		{"no such path", "/v1/nothing", shopKey, 404, `Unrecognized request URL`},
	} {
		status, body, err := call(http.MethodGet, base+c.path, c.key, nil)
		if err != nil || status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %v\n%s", c.what, status, err, body)
		}
	}
	req, _ := http.NewRequest(http.MethodGet, base+"/v1/customers", nil)
	req.SetBasicAuth(shopKey, "")
	req.Host = "evil.example"
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode < 400 {
		t.Errorf("a foreign Host was answered: %v %v", res, err)
	}
	server.interrupt()
	server.end().exits(0)
	h.run("sandbox", "serve", "--addr", "0.0.0.0:0").exits(2).complains(`serves this machine only`)
}

// Two processes, one shop: what one does, the other sees while it looks.
func TestProcessesShareTheShop(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	term := h.open(ptytest.Options{Args: []string{"demo"}})
	term.Until(`What would you like to do`)
	term.Press("6")
	term.Until(`live`)
	h.run("--profile", "sandbox", "customers", "create", "second@example.com").exits(0)
	term.Until(`▸ .*customer\.created`)
	h.run("--profile", "sandbox", "logs", "--limit", "1", "--format", "csv").exits(0).says(`,customer\.created,`)

	follower := h.start("", "--profile", "sandbox", "logs", "--follow", "--format", "ndjson", "--limit", "1")
	follower.until(`customer\.created`)
	h.run("--profile", "sandbox", "customers", "create", "third@example.com").exits(0)
	follower.until(`(?s)customer\.created.*\n.*customer\.created`)
	follower.interrupt()
	follower.end().exits(0)
	term.Press("q")
	term.End()
}

// When the process that serves the shop is killed, one that waits takes over on
// the same address, and a page that was opened before works.
func TestAnotherProcessTakesOver(t *testing.T) {
	t.Parallel()
	h, buyer := newHome(t), newBuyer(t)
	server, base := serve(h)
	sale, page, _ := sell(h)
	if !strings.HasPrefix(page, base) {
		t.Fatalf("the sale's page %s is not served by %s", page, base)
	}
	buyer.open(page)
	server.kill()
	eventually(t, "the shop to answer again", func() bool {
		status, _, _ := call(http.MethodGet, base+"/v1/account", shopKey, nil)
		return status == http.StatusOK
	})
	buyer.pay("4242 4242 4242 4242")
	buyer.until(`You can go back to the terminal`)
	sale.end().exits(0).says(`outcome +completed`)
}

// A process that is killed at any moment loses nothing that it answered.
func TestKillLosesNothingAnswered(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var mu sync.Mutex
	answered := map[string]string{} // id -> email
	for round := range 6 {
		server, base := serve(h)
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for i := 0; ; i++ {
					email := fmt.Sprintf("r%dw%di%d@example.com", round, w, i)
					status, body, err := call(http.MethodPost, base+"/v1/customers", shopKey, url.Values{"email": {email}})
					var made struct{ ID string }
					if err != nil || status != http.StatusOK || json.Unmarshal([]byte(body), &made) != nil {
						return // killed
					}
					mu.Lock()
					answered[made.ID] = email
					mu.Unlock()
				}
			})
		}
		before := len(answered)
		wanted := before + 1 + rand.IntN(60)
		eventually(t, "some writes to be answered", func() bool { mu.Lock(); defer mu.Unlock(); return len(answered) >= wanted })
		server.kill()
		writers.Wait()
	}
	_, base := serve(h)
	for id, email := range answered {
		status, body, err := call(http.MethodGet, base+"/v1/customers/"+id, shopKey, nil)
		if err != nil || status != http.StatusOK || !strings.Contains(body, email) {
			t.Fatalf("%s (%s) was answered and is gone: %d %v %s", id, email, status, err, body)
		}
	}
	t.Logf("%d answered writes survived six kills", len(answered))
}
