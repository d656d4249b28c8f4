package cli_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// Every command, what it prints as text and as JSON, and its exit code. They
// share one shop that is being served, so that each is quick.
func TestCommands(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	serve(h)
	var jane struct{ ID string }
	h.run("--profile", "sandbox", "customers", "create", "jane@example.com", "--name", "Jane Doe", "--json").exits(0).json(&jane)
	h.run("--profile", "sandbox", "sync").exits(0) // for what asks the archive alone
	for _, c := range []struct {
		args string
		code int
		says string // of stdout when the code is 0, else of stderr
		json string // what the JSON holds; empty: no JSON is asked for
	}{
		{"version", 0, `\Abursar \S+ \(go`, `"stripe_api": "2023-10-16"`},
		{"config show", 0, `profile +sandbox`, `"name": "sandbox"`},
		{"config exists", 0, `^true$`, `true`},
		{"config list", 0, `^sandbox +test`, `"sandbox": true`},
		{"products list", 0, `€129\.00 .*not at Stripe.*archived`, `"state": "missing"`},
		{"products list --no-check", 0, `not checked`, `"state": "unchecked"`},
		{"customers create jane@example.com", 0, `^customer +` + jane.ID, `"new": false`},
		{"customers create nonsense", 2, `not an email address`, `"field":"email"`},
		{"customers create", 2, `accepts 1 arg`, ``},
		{"customers get " + jane.ID, 0, `^email +jane@example\.com`, `"subscriptions": \[\]|"subscriptions": null`},
		{"customers get cus_none", 5, `cus_none`, `"code":"not_found"`},
		{"customers search jane", 0, jane.ID, `"has_more": false`},
		{"customers search nobody-at-all", 0, `^CUSTOMER`, `"data": \[\]`},
		{"customers list --limit 2", 0, `^cus_\w+.*\n^cus_\w+`, `"has_more": true`},
		{"logs --limit 3", 0, `^CREATED.*evt_\w+.*evt_\w+.*evt_\w+\n\z`, `"total": \d{3}`},
		{"logs --limit 1 --offset 2 --format ndjson", 0, `\A\{"id":"evt_\w+".*\}\n\z`, ``},
		{"logs --limit 1 --format csv", 0, `\Aid,type,created,customer,object,amount,currency,outcome\nevt_`, ``},
		{`logs --where {"type":"charge.failed"}`, 0, `charge\.failed +failed`, `"type": "charge.failed"`},
		{`logs --where {"type":"no.such"}`, 0, `\ACREATED[^\n]*\n\z`, `"total": 0`},
		{`logs --where {"data.object.amount":{"$gt":5000}} --limit 1`, 0, `€|\$`, `"total": -?\d+`},
		{`logs --where {"amount":{"$gtt":5}}`, 2, `\$gtt`, `"code":"invalid"`},
		{"logs status:failed type:charge.* --limit 2 --no-sync", 0, `charge\.\w+ +failed`, `"type": "charge\.`},
		{"logs jane@example.com", 0, `customer\.created`, `"customer": "` + jane.ID},
		{"logs type:charge.* stauts:failed", 2, `"stauts".*\n        type:charge\.\* stauts:failed\n                      \^{6}\n`, `"from":14,.*"to":20`},
		{"logs status:failed --where status:failed", 2, `twice`, `"field":"where"`},
		{"logs --limit 0", 0, `\ACREATED[^\n]*\n\z`, `"events": \[\]`},
		{"logs --limit 10001", 2, `10,000`, `"field":"limit"`},
		{"logs --before evt_none", 2, `evt_none`, `"field":"before"`},
		{"logs --raw --limit 1", 0, `\A\{[^\n]*"data":\{[^\n]*\}\n\z`, ``},
		{"logs --raw --format csv", 2, `NDJSON`, ``},
		{`logs --where {`, 2, `JSON|query`, `"code":"invalid"`},
		{"logs --format xml", 2, `not a format`, ``},
		{"logs --limit -1", 2, `limit`, ``},
		{"logs --customer " + jane.ID, 0, `customer\.created`, `"customer": "` + jane.ID},
		{"logs show evt_none", 5, `evt_none`, `"code":"not_found"`},
		{"sync", 0, `new events`, `"added": \d`},
		{"checkout list", 0, `^CREATED`, `\[`},
		{"portal open " + jane.ID + " --print", 0, `\Ahttp://127\.0\.0\.1:\d+/\S+\n\z`, `"customer": "` + jane.ID},
		{"portal open cus_none", 5, `cus_none`, `"code":"not_found"`},
		{"webhook url", 5, `the sandbox delivers to bursar by itself`, `"code":"not_found"`},
		{"webhook steps", 5, `the sandbox delivers to bursar by itself`, `"code":"not_found"`},
		{"nonsense", 2, `unknown command`, ``},
		{"logs --nonsense", 2, `unknown flag`, ``},
		{"config", 2, `needs a command`, ``},
		{"completion bash", 0, `bash completion`, ``},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"--profile", "sandbox"}, strings.Fields(c.args)...)
			h := h.in(t)
			out := h.run(args...).exits(c.code)
			if c.code == 0 {
				out.says(c.says)
			} else if out.complains(c.says); out.stdout != "" {
				t.Errorf("a refusal prints to stdout: %s", out.stdout)
			}
			if c.json == "" {
				return
			}
			out = h.run(append(args, "--json")...).exits(c.code)
			if c.code != 0 {
				out.complains(c.json)
				out.failure()
				return
			}
			out.says(c.json)
			if !json.Valid([]byte(out.stdout)) {
				t.Errorf("no JSON: %s", out.stdout)
			}
		})
	}
}

// An event's JSON is printed as it was received.
func TestLogsShow(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var page struct{ Events []struct{ ID, Type string } }
	h.run("--profile", "sandbox", "logs", "--limit", "1", "--json").exits(0).json(&page)
	var event struct{ ID, Type, Object string }
	h.run("--profile", "sandbox", "logs", "show", page.Events[0].ID).exits(0).json(&event)
	if event.ID != page.Events[0].ID || event.Type != page.Events[0].Type || event.Object != "event" {
		t.Errorf("%+v of %+v", event, page)
	}
}

// The portal waits for the return of the person who was sent there.
func TestPortalWaitsForTheReturn(t *testing.T) {
	t.Parallel()
	h, buyer := newHome(t), newBuyer(t)
	var jane struct{ ID string }
	h.run("--profile", "sandbox", "customers", "create", "jane@example.com", "--json").exits(0).json(&jane)
	visit := h.start("", "--profile", "sandbox", "portal", "open", jane.ID, "--wait")
	buyer.open(visit.until(`(http://127\S+)`)[1])
	buyer.click(".return a")
	visit.end().exits(0).complains(`Back from the portal`)
	h.run("--profile", "sandbox", "portal", "open", jane.ID, "--wait", "--timeout", "1s").exits(7)
}

// Where nothing is configured each command says what to do.
func TestNothingIsConfigured(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, args := range [][]string{
		{"products", "list"}, {"customers", "search"}, {"logs"}, {"logs", "--follow"}, {"checkout", "create", "--item", poster},
		{"checkout", "create", "--item", poster, "--wait"}, {"portal", "open", "cus_1"}, {"portal", "open", "cus_1", "--wait"}, {"sync"},
	} {
		h.run(args...).exits(3).complains(`--profile sandbox|bursar demo`)
	}
	h.run("version").exits(0)
	if entries, _ := os.ReadDir(h.dir); len(entries) != 0 {
		t.Logf("folders were made: %v", entries)
	}
}
