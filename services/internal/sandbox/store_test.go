package sandbox

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// reopen opens the same file again as after a kill: the first server is not
// closed before, and whatever it had not committed is gone.
func (c *client) reopen() *client { c.t.Helper(); return c.reopenAt(c.web.URL) }

// reopenAt opens it as served on another address.
func (c *client) reopenAt(url string) *client {
	c.t.Helper()
	data, err := os.ReadFile(c.data)
	if err != nil {
		c.t.Fatal(err)
	}
	log, err := os.ReadFile(c.data + "-wal")
	if err != nil && !os.IsNotExist(err) {
		c.t.Fatal(err)
	}
	path := filepath.Join(c.t.TempDir(), "sandbox.db")
	if err := errors.Join(os.WriteFile(path, data, 0o600), os.WriteFile(path+"-wal", log, 0o600)); err != nil {
		c.t.Fatal(err)
	}
	again := serve(c.t, Options{Data: path, URL: url})
	again.clock.Store(c.clock.Load())
	return again
}

func TestKilledProcessLosesNothing(t *testing.T) {
	c := demo(t)
	p := c.stock()
	paid := s(c.session("payment", p.once, ""), "id")
	c.confirm(paid, "visa").ok()
	open := s(c.session("subscription", p.monthly, ""), "id")
	c.confirm(open, "chargeDeclined")
	again := c.reopen()
	for _, path := range []string{"/v1/events?limit=100", "/v1/checkout/sessions?limit=100&expand[]=data.payment_intent&expand[]=data.line_items", "/v1/customers?limit=100", "/v1/charges?limit=100&expand[]=data.balance_transaction", "/v1/subscriptions?status=all&limit=100", "/v1/invoices?limit=100"} {
		if a, b := c.get(path), again.get(path); a.raw != b.raw {
			t.Errorf("%s differs after a restart", path)
		}
	}
	for _, o := range again.get("/v1/payment_intents?limit=100").ok()["data"].([]any) {
		pi := o.(map[string]any)
		if session := str(again.srv.mem.rows[s(pi, "id")].object(), "_session"); session != "" && again.srv.mem.rows[session] == nil {
			t.Errorf("%s belongs to no session", s(pi, "id"))
		}
	}
	again.confirm(open, "visa").ok()
}

func TestNewerFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s, err := New(Options{Data: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version=99"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	before, _ := os.ReadFile(path)
	if _, err := New(Options{Data: path}); !errors.Is(err, ErrNewer) {
		t.Errorf("err %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a newer file was changed")
	}
}

func TestDamagedFileIsSetAside(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"not a database": func([]byte) []byte { return []byte(strings.Repeat("tea leaves ", 400)) },
		"torn page": func(b []byte) []byte {
			for i := 4096; i < len(b); i++ {
				b[i] ^= 0x5a
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s.db")
			s, err := New(Options{Data: path, Seed: true})
			if err != nil {
				t.Fatal(err)
			}
			if s.Notice() != "" {
				t.Errorf("notice %q", s.Notice())
			}
			_ = s.Close()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err = New(Options{Data: path, Seed: true, Now: func() time.Time { return testNow }})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if !strings.Contains(s.Notice(), path+".damaged-20261123-120000") {
				t.Errorf("notice %q", s.Notice())
			}
			if _, err := os.Stat(path + ".damaged-20261123-120000"); err != nil {
				t.Error(err)
			}
			if len(s.mem.kinds["event"]) < 350 {
				t.Error("no new shop was made")
			}
		})
	}
}

// TestFullDisk makes SQLite refuse to grow, as a full disk does.
func TestFullDisk(t *testing.T) {
	c := empty(t)
	c.post("/v1/customers", "email=a@b.co").ok()
	var pages int
	if err := c.srv.store.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := c.srv.store.db.Exec("PRAGMA max_page_count=" + itoa(int64(pages))); err != nil {
		t.Fatal(err)
	}
	before := c.get("/v1/events?limit=100").raw
	full := false
	for range 40 {
		a := c.post("/v1/customers", "description="+strings.Repeat("x", 4000))
		if a.status == 500 {
			full = true
			if e := a.fails(500, "", "", "could not write its data file"); s(e, "type") != "api_error" {
				t.Errorf("type %v", e["type"])
			}
			break
		}
		before = c.get("/v1/events?limit=100").raw
	}
	if !full {
		t.Fatal("the disk never filled")
	}
	if c.get("/v1/events?limit=100").raw != before {
		t.Error("a write that failed is visible")
	}
	if _, err := c.srv.store.db.Exec("PRAGMA max_page_count=1000000"); err != nil {
		t.Fatal(err)
	}
	c.post("/v1/customers", "email=b@b.co").ok()
}

func TestAddressesFollowTheServer(t *testing.T) {
	c := demo(t)
	id := s(c.session("payment", c.stock().once, ""), "id")
	again := c.reopenAt("http://127.0.0.1:4711")
	if got := s(again.get("/v1/checkout/sessions/"+id).ok(), "url"); got != "http://127.0.0.1:4711/c/pay/"+id {
		t.Errorf("the session is at %s", got)
	}
	for _, path := range []string{"/v1/charges?limit=100", "/v1/invoices?limit=100", "/v1/checkout/sessions?limit=100"} {
		if strings.Contains(again.get(path).raw, c.web.URL) {
			t.Errorf("%s: the old address is still there", path)
		}
	}
}
