package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bursar/config"
	"bursar/services/app"
	"bursar/tui/tuitest/ptytest"
)

// elsewhere is a home's sandbox, served by the test on a clock of its own.
type elsewhere struct{ ahead atomic.Int64 } // of the machine's clock, nanoseconds

func (e *elsewhere) now() time.Time { return time.Now().Add(time.Duration(e.ahead.Load())) }

// serveElsewhere serves the home's shared sandbox; every bursar in it joins.
func serveElsewhere(t *testing.T, h *home, ahead time.Duration) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	e.ahead.Store(int64(ahead))
	getenv := func(name string) string { return map[string]string{"BURSAR_HOME": h.dir}[name] }
	paths, err := config.ResolvePaths(getenv, "")
	if err != nil {
		t.Fatal(err)
	}
	store := config.NewStore(paths)
	cfg, err := store.Load(config.Flags{}, getenv)
	if err != nil {
		t.Fatal(err)
	}
	desks := app.New(app.Options{Paths: paths, Store: store, Config: cfg, Getenv: getenv, Now: e.now, Log: slog.New(slog.DiscardHandler),
		Secrets: config.OpenSecrets(config.SecretOptions{Paths: paths, Getenv: getenv})})
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- desks.ServeSandbox(ctx, app.ServeOptions{}, func(app.Serving) error { close(ready); return nil })
	}()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return e
}

// A clock an hour off costs the webhooks and nothing else: events come by the
// list, checkouts end by Stripe's clock, and the program says what is wrong.
func TestClockIsAnHourOff(t *testing.T) {
	t.Parallel()
	for way, ahead := range map[string]time.Duration{"behind": time.Hour, "ahead of": -time.Hour} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			stripe := serveElsewhere(t, h, ahead)
			problem := `This machine's clock is about an hour ` + way + ` Stripe's`

			term := h.open(ptytest.Options{Args: []string{"--profile", "sandbox"}, Cols: 140, Rows: 40})
			term.Until(problem)
			h.run("demo").exits(0).says(`outcome +completed|Paid|paid`)
			out := h.run("--profile", "sandbox", "logs", "--limit", "20", "--format", "ndjson").exits(0).complains(problem + `.*webhooks are refused.*Set the clock`)
			for line := range strings.Lines(out.stdout) {
				var e struct{ Type, Source string }
				if err := json.Unmarshal([]byte(line), &e); err != nil || e.Source != "list" {
					t.Errorf("an event that no webhook can have brought: %s %v", line, err)
				}
			}
			if !strings.Contains(out.stdout, "checkout.session.completed") {
				t.Errorf("the sale's events are missing:\n%s", out.stdout)
			}

			term.Until(`Webhook +never`)

			open := func(forTime time.Duration) string {
				var session struct {
					ID string `json:"id"`
				}
				h.run("--profile", "sandbox", "checkout", "create", "--item", coffee, "--option", fmt.Sprintf("expires_at=%d", stripe.now().Add(forTime).Unix()), "--json").exits(0).json(&session)
				return session.ID
			}
			id := open(40 * time.Minute)
			h.run("--profile", "sandbox", "checkout", "check", id).exits(7).complains(`still open`)
			term.Press("7")
			term.Until(`\[7 Checkout\](?s:.*)until \d\d:\d\d`)
			if strings.Contains(term.Screen(), "time is up") {
				t.Errorf("this machine's clock says when a page ends:\n%s", term.Screen())
			}
			stripe.ahead.Add(int64(41 * time.Minute)) // by Stripe's clock it is over now
			eventually(t, "the expiry", func() bool {
				return h.run("--profile", "sandbox", "checkout", "check", id).code == 6
			})

			stripe.ahead.Store(0) // the clock is set
			h.run("--profile", "sandbox", "customers", "create", "after@example.com").exits(0)
			term.Press("1")
			term.Until(`Webhook +(now|\d+ s)`) // and they are taken again
			term.Gone(`This machine's clock`)
			term.Press("q")
			if code := term.End(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			term.Restored()
		})
	}
}
