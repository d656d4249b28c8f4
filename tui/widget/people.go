package widget

import (
	"sort"
	"time"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Date is a day for a sentence: "12 Dec 2026".
func Date(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "unknown"
	}
	return Local.In(t, zone).Format("2 Jan 2006")
}

// CustomerFacts is who a customer is, as labels and values. What is not known is
// left out, except the email.
func CustomerFacts(t *theme.Theme, c services.Customer, zone *time.Location) [][2]string {
	email := c.Email
	if email == "" {
		email = t.Muted.Render("none")
	}
	facts := [][2]string{{"Email", email}}
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, [2]string{label, value})
		}
	}
	add("Phone", c.Phone)
	add("Country", c.Country)
	if !c.Created.IsZero() {
		add("Since", Date(c.Created, zone))
	}
	add("Card", c.Card)
	if c.Balance != nil {
		add("Balance", Balance(*c.Balance))
	}
	if c.Delinquent {
		add("Standing", t.Warning.Render(t.Symbols.Attention)+" delinquent, owes a failed charge")
	}
	add("Note", c.Description)
	names := make([]string, 0, len(c.Metadata))
	for name := range c.Metadata {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		facts = append(facts, [2]string{name, c.Metadata[name]})
	}
	add("ID", c.ID)
	return facts
}

// FactColumns draws facts in two columns, downwards, where w cells hold two, and
// otherwise in one.
func FactColumns(t *theme.Theme, facts [][2]string, w int) []string {
	if w < 72 || len(facts) < 2 {
		return Facts(t, facts, w)
	}
	half, cut := (w-2)/2, (len(facts)+1)/2
	return layout.Join(Facts(t, facts[:cut], half), Facts(t, facts[cut:], half), half, half, "  ", t.Symbols.Ellipsis)
}

// Balance says whose the money is: Stripe's balance is a credit when negative.
func Balance(m services.Money) string {
	if m.Amount < 0 {
		m.Amount = -m.Amount
		return m.String() + " credit"
	}
	return m.String() + " owed"
}

// SubscriptionWords says how a subscription stands and what happens next.
func SubscriptionWords(s services.Subscription, zone *time.Location) string {
	until := Date(s.CurrentPeriodEnd, zone)
	switch {
	case s.Status == "canceled":
		return "canceled"
	case s.CancelAtPeriodEnd:
		return "cancels on " + until
	}
	switch s.Status {
	case "active":
		return "active, next charge on " + until
	case "trialing":
		return "on trial until " + until + ", then charged"
	case "past_due":
		return "past due, the last charge failed"
	case "unpaid":
		return "unpaid, not charged any more"
	case "incomplete":
		return "incomplete, the first payment is missing"
	case "incomplete_expired":
		return "ended, the first payment never came"
	case "paused":
		return "paused"
	}
	return s.Status
}

// subscriptionOutcome is the outcome whose sign a subscription's state carries.
func subscriptionOutcome(s services.Subscription) services.EventOutcome {
	switch {
	case s.Status == "canceled", s.Status == "incomplete_expired", s.CancelAtPeriodEnd, s.Status == "paused":
		return services.EventCanceled
	case s.Status == "active", s.Status == "trialing":
		return services.EventSucceeded
	case s.Status == "incomplete":
		return services.EventPending
	}
	return services.EventAttention
}

// SubscriptionName is what is subscribed to.
func SubscriptionName(s services.Subscription) string {
	switch len(s.Items) {
	case 0:
		return s.ID
	case 1:
		return s.Items[0]
	}
	return s.Items[0] + " and " + Count(int64(len(s.Items)-1), "other")
}

// SubscriptionLine draws a subscription on one line.
func SubscriptionLine(t *theme.Theme, s services.Subscription, zone *time.Location, w int) string {
	sign, style := t.Outcome(string(subscriptionOutcome(s)))
	words := SubscriptionWords(s, zone)
	name := layout.Cut(SubscriptionName(s), max(w-layout.Width(words)-5, w/3), t.Symbols.Ellipsis)
	return layout.Cut(" "+style.Render(sign)+" "+name+": "+t.Muted.Render(words), w, t.Symbols.Ellipsis)
}

// SubscriptionLines draws a subscription: its sign and what it is, and under it
// how it stands.
func SubscriptionLines(t *theme.Theme, s services.Subscription, zone *time.Location, w int) []string {
	sign, style := t.Outcome(string(subscriptionOutcome(s)))
	names := s.Items
	if len(names) == 0 {
		names = []string{s.ID}
	}
	var lines []string
	for i, name := range names {
		lead := "   "
		if i == 0 {
			lead = " " + style.Render(sign) + " "
		}
		lines = append(lines, layout.Cut(lead+name, w, t.Symbols.Ellipsis))
	}
	return append(lines, layout.Cut("   "+t.Muted.Render(SubscriptionWords(s, zone)), w, t.Symbols.Ellipsis))
}
