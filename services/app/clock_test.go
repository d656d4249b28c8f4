package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bursar/services/internal/stripegw"
)

// The problem comes and goes with the difference of the clocks, in either
// direction, and is told once each time.
func TestClockProblem(t *testing.T) {
	stripe := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var here time.Time
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", stripe.Format(http.TimeFormat))
		w.WriteHeader(http.StatusUnauthorized) // an error tells the time as well
	}))
	defer server.Close()
	told := 0
	c := &clock{gateway: stripegw.New(stripegw.Options{Key: "sk_test_x", BaseURL: server.URL, Now: func() time.Time { return here }}), changed: func() { told++ }}
	if p := c.problem(); p != "" {
		t.Errorf("before the first answer: %q", p)
	}
	for _, tc := range []struct {
		ahead time.Duration
		says  string
		told  int
	}{
		{0, "", 0}, {4 * time.Minute, "", 0}, {-5 * time.Minute, "", 0}, {6 * time.Minute, "is 6 minutes ahead of Stripe's", 1}, {6*time.Minute + time.Second, "is 6 minutes ahead of", 1},
		{-56 * time.Minute, "is about an hour behind Stripe's", 2}, {100 * time.Minute, "is 100 minutes ahead", 3}, {-2 * time.Hour, "is about 2 hours behind", 4},
		{36 * time.Hour, "is about 36 hours ahead", 5}, {-24 * time.Hour, "is about a day behind", 6}, {400 * 24 * time.Hour, "is about 400 days ahead", 7}, {time.Second, "", 8},
	} {
		here = stripe.Add(tc.ahead)
		_, _ = c.gateway.Account(t.Context()) // the answer is an error
		c.look()
		p := c.problem()
		if (p == "") != (tc.says == "") || !strings.Contains(p, tc.says) || told != tc.told {
			t.Errorf("%s: %q, told %d times", tc.ahead, p, told)
		}
		if p != "" && !strings.HasSuffix(p, "Set the clock.") {
			t.Errorf("%q has no next step", p)
		}
	}
}
