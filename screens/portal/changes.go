package portal

import (
	"slices"
	"strings"
	"time"

	"bursar/services"
	"bursar/tui/widget"
)

// changes says in words what is different now.
func changes(before, now standing, zone *time.Location) []string {
	var out []string
	old := map[string]services.Subscription{}
	for _, s := range before.subs {
		old[s.ID] = s
	}
	for _, s := range now.subs {
		was, had := old[s.ID]
		delete(old, s.ID)
		name := widget.SubscriptionName(s)
		switch {
		case !had:
			out = append(out, name+": new, "+widget.SubscriptionWords(s, zone))
			continue
		case was.Status != "canceled" && s.Status == "canceled":
			out = append(out, name+": canceled")
			continue
		case was.CancelAtPeriodEnd && !s.CancelAtPeriodEnd:
			out = append(out, name+": goes on, "+widget.SubscriptionWords(s, zone))
		case was.Status != s.Status, !was.CancelAtPeriodEnd && s.CancelAtPeriodEnd, !was.CurrentPeriodEnd.Equal(s.CurrentPeriodEnd):
			out = append(out, name+": "+widget.SubscriptionWords(s, zone))
		}
		if !slices.Equal(was.Items, s.Items) {
			out = append(out, "Changed from "+strings.Join(was.Items, ", ")+" to "+strings.Join(s.Items, ", "))
		}
	}
	for _, s := range before.subs {
		if _, gone := old[s.ID]; gone {
			out = append(out, widget.SubscriptionName(s)+": is gone")
		}
	}
	return append(out, customerChanges(before.customer, now.customer)...)
}

func customerChanges(was, now services.Customer) []string {
	var out []string
	for _, f := range []struct{ label, was, now string }{
		{"Name", was.Name, now.Name}, {"Email", was.Email, now.Email}, {"Phone", was.Phone, now.Phone},
		{"Country", was.Country, now.Country}, {"Card", was.Card, now.Card},
	} {
		switch {
		case f.was == f.now:
		case f.now == "":
			out = append(out, f.label+": removed, was "+f.was)
		case f.was == "":
			out = append(out, f.label+": "+f.now)
		default:
			out = append(out, f.label+": "+f.now+", was "+f.was)
		}
	}
	return out
}
