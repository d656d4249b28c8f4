package cli_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // opens the program's own files, to damage and lock them

	"bursar/tui/tuitest/ptytest"
)

// brokenStripe answers every request in one wrong way.
func brokenStripe(t testing.TB, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_test123")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func stripeError(kind, code, message string) string {
	text, _ := json.Marshal(map[string]any{"error": map[string]string{"type": kind, "code": code, "message": message}}) // strings always can
	return string(text)
}

// configured is a home with a test profile whose Stripe is at an address.
func configured(t testing.TB, base string) *home {
	t.Helper()
	h := newHome(t, secretKey)
	h.set("BURSAR_STRIPE_API_BASE="+base, "STRIPE_API_KEY="+secretKey)
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "version = 1\nprofile = 'shop'\n[profiles.shop]\nmode = 'test'\n"
	if err := os.WriteFile(h.file("config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// Whatever Stripe answers, there is a sentence, a next step and an exit code.
func TestStripeAnswersBadly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		code   int
		kind   string
	}{
		"401":       {401, stripeError("invalid_request_error", "", "Invalid API Key provided: "+secretKey), 4, "unauthorized"},
		"403":       {403, stripeError("invalid_request_error", "", "The provided key does not have the required permissions."), 4, "forbidden"},
		"404":       {404, stripeError("invalid_request_error", "resource_missing", "No such customer"), 5, "not_found"},
		"402":       {402, stripeError("card_error", "card_declined", "Your card was declined."), 4, "declined"},
		"409":       {409, stripeError("idempotency_error", "idempotency_key_in_use", "In use."), 4, "conflict"},
		"429":       {429, stripeError("invalid_request_error", "rate_limit", "Too many requests."), 4, "rate_limited"},
		"500":       {500, stripeError("api_error", "", "Oops."), 8, "unavailable"},
		"not JSON":  {200, "<html>a proxy's page</html>", 8, "unavailable"},
		"empty 200": {200, "", 8, "unavailable"},
		"escapes":   {400, stripeError("invalid_request_error", "", "\x1b]52;c;aGk=\x07 bad"), 4, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := configured(t, brokenStripe(t, c.status, c.body))
			f := h.run("customers", "get", "cus_1", "--json", "--timeout", "20s").exits(c.code).failure()
			if f.Code != c.kind || f.Message == "" || f.Next == "" || strings.ContainsRune(f.Message, '\x1b') {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A connection that hangs, or that nobody takes, ends within the time given.
func TestStripeCannotBeReached(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(hang.Close)
	t.Cleanup(func() { close(release) })
	h := configured(t, hang.URL)
	started := time.Now()
	f := h.run("customers", "get", "cus_1", "--json", "--timeout", "1s").exits(8).failure()
	if f.Code != "unavailable" || f.Next == "" || time.Since(started) > 15*time.Second {
		t.Errorf("%+v after %s", f, time.Since(started))
	}

	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + nobody.Addr().String()
	_ = nobody.Close()
	gone := configured(t, address)
	gone.run("customers", "get", "cus_1", "--timeout", "10s").exits(8).complains(`\S+.*\n +\S+`)
	gone.run("logs", "--timeout", "20s").exits(0).complains(`Not up to date`) // the archive answers all the same
}

// The interface on a Stripe that answers nothing useful stays usable.
func TestInterfaceSurvivesStripesFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"401":      {401, stripeError("invalid_request_error", "", "Invalid API Key provided"), `(?i)key`},
		"500":      {500, stripeError("api_error", "", "Oops."), `(?i)stripe`},
		"not JSON": {200, "<html>", `(?i)stripe`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := configured(t, brokenStripe(t, c.status, c.body)).open(ptytest.Options{})
			term.Until(`\[1 Home\](?s:.*)\? help`)
			term.Press("5")
			term.Until(`\[5 Customers\](?s:.*)` + c.says)
			term.Press("text:jane")
			term.Until(`jane`) // what is typed stays
			term.Press("esc")
			term.Until(`\? help`)
			term.Press("1")
			term.Until(`\[1 Home\]`)
			term.Press("q")
			if code := term.End(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			term.Restored()
		})
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // a test's port
	h := newHome(t)
	h.run("sandbox", "serve", "--addr", taken.Addr().String()).exits(8).complains(`in use.*\n +\S+`)

	// The remembered port of the shared sandbox is taken: it moves to another.
	h.run("--profile", "sandbox", "customers", "search").exits(0)
	if err := os.WriteFile(h.file("data", "sandbox", "sandbox.db.addr"), []byte(taken.Addr().String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.run("--profile", "sandbox", "customers", "search", "tanaka").exits(0).says(`Yuki Tanaka`)
}

func TestSandboxFileIsDamagedOrNewer(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, path string){
		"not a database": func(t *testing.T, path string) {
			write(t, path, []byte(strings.Repeat("not a database at all\n", 400)))
		},
		"cut in half": func(t *testing.T, path string) {
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, whole[:len(whole)/2])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.run("--profile", "sandbox", "customers", "search").exits(0)
			damage(t, h.file("data", "sandbox", "sandbox.db"))
			h.run("--profile", "sandbox", "customers", "search", "tanaka").exits(0).says(`Yuki Tanaka`).complains(`set aside|damaged`)
		})
	}
	t.Run("from a newer version", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		h.run("--profile", "sandbox", "customers", "search").exits(0)
		execSQL(t, h.file("data", "sandbox", "sandbox.db"), "PRAGMA user_version = 999")
		h.run("--profile", "sandbox", "customers", "search").exits(1).complains(`newer.*\n +\S+`)
		h.run("demo", "--fresh").exits(0)
	})
}

func TestArchiveIsDamagedLockedOrNewer(t *testing.T) {
	t.Parallel()
	archive := func(h *home) string { return h.file("data", "sandbox", "archive.db") }
	t.Run("damaged", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		h.run("--profile", "sandbox", "logs", "--limit", "1").exits(0)
		write(t, archive(h), []byte(strings.Repeat("not a database at all\n", 400)))
		h.run("--profile", "sandbox", "logs", "--limit", "1").exits(0).says(`evt_`).complains(`set aside|damaged`)
	})
	t.Run("newer", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		h.run("--profile", "sandbox", "logs", "--limit", "1").exits(0)
		execSQL(t, archive(h), "PRAGMA user_version = 999")
		h.run("--profile", "sandbox", "logs", "--limit", "1").exits(1).complains(`newer.*\n +\S+`)
	})
	t.Run("locked", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		h.run("--profile", "sandbox", "logs", "--limit", "1").exits(0)
		db := openSQL(t, archive(h))
		if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
			t.Fatal(err)
		}
		h.run("--profile", "sandbox", "customers", "create", "locked@example.com").exits(0) // Stripe needs no archive
		out := h.run("--profile", "sandbox", "logs", "--limit", "1", "--timeout", "20s")
		if out.code != 0 && !(out.code == 1 && strings.Contains(out.stderr, "\n   ")) {
			t.Errorf("exit code %d: %s", out.code, out.stderr)
		}
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		h.run("--profile", "sandbox", "logs", "--limit", "1").exits(0).says(`evt_`)
	})
}

func TestHomeIsReadOnly(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	write(t, h.dir, nil) // a file where the folder should be: root may write anywhere else
	f := h.run("--profile", "sandbox", "customers", "search", "--json").exits(1).failure()
	if f.Code != "storage" || f.Next == "" {
		t.Errorf("%+v", f)
	}
	term := h.open(ptytest.Options{Args: []string{"demo"}})
	if code := term.End(); code != 1 || strings.Contains(term.Raw(), "\x1b[?1049h") {
		t.Errorf("the interface exits %d: %q", code, term.Raw())
	}
	h.run("version").exits(0)
	relative := newHome(t)
	relative.set("BURSAR_HOME=relative")
	relative.run("--profile", "sandbox", "logs").exits(2).complains(`absolute`)
}

func TestSettingsFileIsBroken(t *testing.T) {
	t.Parallel()
	h := configured(t, "http://127.0.0.1:1")
	write(t, h.file("config.toml"), []byte("version = 1\nprofile = [broken\n"))
	h.run("customers", "search").exits(1).complains(`config\.toml.*\n +\S+`)
	write(t, h.file("config.toml"), []byte("version = 99\n"))
	h.run("customers", "search").exits(1).complains(`newer|version.*\n +\S+`)
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	for _, side := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + side) // they may not exist
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func openSQL(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execSQL(t testing.TB, path, statement string) {
	t.Helper()
	db := openSQL(t, path)
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
