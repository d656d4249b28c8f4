package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui/tuitest/ptytest"
)

// eventList stands in for Stripe's event list: n events, a minute apart, each page
// after some time.
type eventList struct {
	*httptest.Server
	n       int
	newest  int64
	latency atomic.Int64 // nanoseconds
	pages   atomic.Int64
}

func newEventList(t testing.TB, n int, latency time.Duration) *eventList {
	t.Helper()
	l := &eventList{n: n, newest: time.Now().Add(-time.Hour).Unix()}
	l.latency.Store(int64(latency))
	l.Server = httptest.NewServer(http.HandlerFunc(l.answer))
	t.Cleanup(l.Close)
	return l
}

func (l *eventList) answer(w http.ResponseWriter, r *http.Request) {
	l.pages.Add(1)
	select {
	case <-time.After(time.Duration(l.latency.Load())):
	case <-r.Context().Done():
		return
	}
	number := func(name string, without int64) int64 {
		if n, err := strconv.ParseInt(r.FormValue(name), 10, 64); err == nil {
			return n
		}
		return without
	}
	from := 0
	if after := r.FormValue("starting_after"); after != "" {
		from, _ = strconv.Atoi(strings.TrimPrefix(after, "evt_"))
		from++
	}
	page := struct {
		Object string           `json:"object"`
		Data   []map[string]any `json:"data"`
		More   bool             `json:"has_more"`
	}{Object: "list", Data: []map[string]any{}}
	for i := from; i < l.n; i++ {
		created := l.newest - int64(i)*60
		if created < number("created[gte]", 0) {
			break
		}
		if created > number("created[lte]", 1<<40) {
			continue
		}
		if page.More = len(page.Data) == 100; page.More {
			break
		}
		page.Data = append(page.Data, map[string]any{"id": fmt.Sprintf("evt_%d", i), "object": "event", "created": created, "type": "customer.created",
			"data": map[string]any{"object": map[string]any{"id": fmt.Sprintf("cus_%d", i), "object": "customer"}}})
	}
	_ = json.NewEncoder(w).Encode(page)
}

func TestSync(t *testing.T) {
	t.Parallel()
	list := newEventList(t, 750, 0)
	h := configured(t, list.URL)
	var first services.SyncResult
	h.run("sync", "--since", "2h", "--json").exits(0).json(&first)
	if first.Added < 55 || first.Added > 65 || first.Added != first.Read || first.Gaps == nil || len(first.Gaps) > 0 || time.Since(first.Oldest) > 3*time.Hour {
		t.Errorf("%+v", first)
	}
	h.run("sync").exits(0).says(fmt.Sprintf(`\A%d new events, \d+ read\.\n\z`, 750-first.Added))
	again := h.run("sync", "--since", "30d").exits(0).says(`\A0 new events, \d+ read\.\n\z`)
	if again.stderr != "" {
		t.Errorf("a short reading shows its progress: %s", again.stderr)
	}
	h.run("sync", "--since", "90d").exits(0).says(`\A0 new events`).complains(`\AStripe lists events for 30 days`)
	for _, since := range []string{"yesterday", "0d", "-3d", "3", "d", "99999w", "2026-13-01", "2999-01-01"} {
		f := h.run("sync", "--since", since, "--json").exits(2).failure()
		if f.Field != "since" || f.Next == "" {
			t.Errorf("--since %s: %+v", since, f)
		}
	}
	for _, since := range []string{"90m", "2w", time.Now().AddDate(0, 0, -3).UTC().Format(time.DateOnly), time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)} {
		h.run("sync", "--since", since).exits(0)
	}
}

// Ctrl+c keeps what was read, says how to go on, and so it does.
func TestSyncIsInterrupted(t *testing.T) {
	t.Parallel()
	list := newEventList(t, 3000, 500*time.Millisecond)
	h := configured(t, list.URL)
	p := h.start("", "sync", "--since", "20d")
	eventually(t, "some pages", func() bool { return list.pages.Load() > 8 })
	p.interrupt()
	out := p.end().exits(6).complains(`Stopped\. ([\d,]+) events? of the list were read and are kept.*\n +Go on with: bursar sync --since 20d`)
	if out.stdout != "" {
		t.Errorf("printed %q", out.stdout)
	}
	kept := numberIn(t, out.stderr, `([\d,]+) of them new`)
	list.latency.Store(0)
	rest := numberIn(t, h.run("sync", "--since", "20d").exits(0).stdout, `^([\d,]+) new`)
	if kept < 100 || kept+rest != 3000 {
		t.Errorf("%d were kept, then %d read of 3000", kept, rest)
	}
	list.latency.Store(int64(time.Minute))
	h.run("sync", "--timeout", "300ms").exits(6).complains(`time given was over.*\n +Go on with: bursar sync\n`)
}

func numberIn(t testing.TB, text, expression string) int {
	t.Helper()
	m := regexp.MustCompile("(?m)" + expression).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%q has no %s", text, expression)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// On a terminal one line tells how far it has come, and is gone at the end.
func TestSyncShowsItsProgress(t *testing.T) {
	t.Parallel()
	list := newEventList(t, 4000, 300*time.Millisecond)
	term := configured(t, list.URL).open(ptytest.Options{Args: []string{"sync"}, Cols: 90, Rows: 10})
	term.Until(`\[[= ]{20}\] [\d,]+ events, [\d,]+ new, (time left unknown|about \d+ s left), back to`)
	term.Until(`4,000 new events, 4,\d{3} read\.`)
	if code := term.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if screen := term.Screen(); strings.Contains(screen, "[=") {
		t.Errorf("the bar stays:\n%s", screen)
	}
	for _, line := range slices.Collect(strings.SplitSeq(term.Raw(), "\r")) {
		if strings.Contains(line, "[") && strings.Count(line, "\n") > 0 && strings.Contains(line, "left") {
			t.Errorf("the line wraps: %q", line)
		}
	}
}

// Stripe's refusal is told, with what to do.
func TestSyncIsRefused(t *testing.T) {
	t.Parallel()
	h := configured(t, brokenStripe(t, 401, stripeError("invalid_request_error", "", "This API key has been revoked.")))
	f := h.run("sync", "--json").exits(4).failure()
	if f.Code != "unauthorized" || !strings.Contains(f.Message, "revoked") || f.Next == "" {
		t.Errorf("%+v", f)
	}
}
