package widget

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestTimeModes(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	day := 24 * time.Hour
	tests := []struct {
		mode              TimeMode
		at                time.Time
		short, note, full string
	}{
		{Relative, ago(3 * time.Minute), "3 m", "3 m ago", "3 m ago, 2026-11-23 20:57:00 JST"},
		{Relative, ago(30 * time.Hour), "30 h", "2026-11-22 15:00:00", "30 h ago, 2026-11-22 15:00:00 JST"},
		{Relative, ago(100 * day), "3 mo", "2026-08-15 21:00:00", "3 mo ago, 2026-08-15 21:00:00 JST"},
		{Relative, ago(800 * day), "2 y", "2024-09-14 21:00:00", "2 y ago, 2024-09-14 21:00:00 JST"},
		{Relative, ago(-day), "now", "2026-11-24 21:00:00", "2026-11-24 21:00:00 JST"},
		{Local, ago(0), "2026-11-23 21:00:00", "2026-11-23 21:00:00", "now, 2026-11-23 21:00:00 JST"},
		{UTC, ago(0), "2026-11-23 12:00:00", "2026-11-23 12:00:00", "now, 2026-11-23 12:00:00 UTC"},
	}
	for _, tt := range tests {
		if got := tt.mode.Short(noon, tt.at, tokyo); got != tt.short || len(got) > tt.mode.Cells() {
			t.Errorf("%v short: %q, want %q", tt.at, got, tt.short)
		}
		if got := tt.mode.Note(noon, tt.at, tokyo); got != tt.note {
			t.Errorf("%v note: %q, want %q", tt.at, got, tt.note)
		}
		if got := tt.mode.Full(noon, tt.at, tokyo); got != tt.full {
			t.Errorf("%v full: %q, want %q", tt.at, got, tt.full)
		}
	}
	for w, want := range map[int]string{40: "3 m ago, 2026-11-23 11:57:00 UTC", 30: "3 m ago, 2026-11-23 11:57", 10: "3 m ago"} {
		if got := Relative.Fitting(noon, ago(3*time.Minute), time.UTC, w); got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
	}
	if Relative.Next().Next().Next() != Relative {
		t.Error("the modes do not come round")
	}
}

func TestSubscriptionWords(t *testing.T) {
	s := services.Subscription{CurrentPeriodEnd: noon}
	for status, want := range map[string]string{
		"active": "active, next charge on 23 Nov 2026", "trialing": "on trial until 23 Nov 2026, then charged",
		"past_due": "past due, the last charge failed", "canceled": "canceled", "later_word": "later_word",
	} {
		s.Status = status
		if got := SubscriptionWords(s, time.UTC); got != want {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
	}
	s.Status, s.CancelAtPeriodEnd = "active", true
	if got := SubscriptionWords(s, time.UTC); got != "cancels on 23 Nov 2026" {
		t.Errorf("ending: %q", got)
	}
	s.Status = "canceled"
	if got := SubscriptionWords(s, time.UTC); got != "canceled" {
		t.Errorf("ended: %q", got)
	}
}

func TestBalanceSaysWhoseItIs(t *testing.T) {
	for want, m := range map[string]services.Money{
		"€15.00 credit": {Amount: -1500, Currency: "eur"}, "¥900 owed": {Amount: 900, Currency: "jpy"}, "KWD 1.250 credit": {Amount: -1250, Currency: "kwd"},
	} {
		if got := Balance(m); got != want {
			t.Errorf("%v: %q, want %q", m, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1204: "1,204", 1_000_000: "1,000,000", -3: "0"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

// An amount is never cut: what is left of it would be another amount.
func TestAmountsAreWholeOrNotThere(t *testing.T) {
	table := EventTable{Theme: theme.New(io.Discard, theme.Options{}), Zone: time.UTC, Customer: true}
	events := []services.Event{
		{ID: "evt_1", Type: "charge.succeeded", Created: noon, Amount: &services.Money{Amount: 99_999_999_999, Currency: "kwd"}},
		{ID: "evt_2", Type: "charge.succeeded", Created: noon, Amount: &services.Money{Amount: -2400, Currency: "jpy"}},
	}
	for w := 20; w <= 200; w++ {
		for _, mode := range []TimeMode{Relative, Local, UTC} {
			table.Mode = mode
			table.Fit(w, events)
			for _, e := range events {
				row := table.Row(noon, e, Plain)
				if n := layout.Width(row); n > w {
					t.Fatalf("at %d: %d cells", w, n)
				}
				amount := e.Amount.String()
				if !strings.Contains(row, amount) && strings.Contains(row, fmt.Sprint(amount[:5])) {
					t.Errorf("at %d: %q", w, row)
				}
			}
		}
	}
}
