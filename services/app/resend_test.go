package app_test

import (
	"fmt"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/app"
)

func TestResendRefusals(t *testing.T) {
	t.Parallel()
	d := openShop(t, app.Command)
	if _, err := d.Logs.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := d.Logs.List(t.Context(), services.LogQuery{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		r     services.ResendRequest
		code  services.Code
		field string
		says  string
	}{
		{services.ResendRequest{}, services.CodeInvalid, "since", "Nothing says which"},
		{services.ResendRequest{Event: "evt_x", Since: now}, services.CodeInvalid, "event", "two things"},
		{services.ResendRequest{Since: now, Until: now.Add(-time.Hour)}, services.CodeInvalid, "until", "before it begins"},
		{services.ResendRequest{Event: page.Events[0].ID}, services.CodeNotFound, "", "Nothing was passed on"},
		{services.ResendRequest{Since: now.Add(-time.Hour)}, services.CodeNotFound, "", "Nothing was passed on"},
	} {
		_, err := d.Deliveries.Resend(t.Context(), c.r)
		refuse(t, err, c.code, c.field, c.says)
	}
	if _, err := d.Deliveries.Resend(t.Context(), services.ResendRequest{Event: "evt_none"}); services.CodeOf(err) != services.CodeNotFound {
		t.Error(err)
	}
	if list, err := d.Deliveries.List(t.Context(), services.DeliveryQuery{}); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// A stretch of time is found whole and sent again.
func TestResendOfAStretch(t *testing.T) {
	t.Parallel()
	h, k := newHome(t), newTaker(t)
	d := h.open(services.SandboxProfile, app.Command)
	if _, err := d.Logs.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := 0
	since, until := time.Now().AddDate(0, 0, -20), time.Now().AddDate(0, 0, -10)
	limit := services.MaxLogLimit
	page, err := d.Logs.List(t.Context(), services.LogQuery{Limit: &limit})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Events {
		if !e.Created.Before(since.Truncate(time.Second)) && e.Created.Before(until) {
			all++
		}
	}
	l := h.listen(app.ListenOptions{Profiles: []string{services.SandboxProfile}, Forwards: []app.ForwardTo{{URL: k.URL}}})
	if r, err := d.Deliveries.Resend(t.Context(), services.ResendRequest{Since: since, Until: until}); err != nil || r.Queued != all || all < 20 {
		t.Errorf("%+v, want %d, %v", r, all, err)
	}
	eventually(t, "all of them", func() error {
		if n := k.took(t, l.Forwards[0].Secret, `"object": "event"`); n < all {
			return fmt.Errorf("%d of %d", n, all)
		}
		return nil
	})
}
