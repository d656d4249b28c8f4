package widget

import (
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"bursar/services"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

// EventTable draws events as rows: time, outcome, type, amount, and whom or what
// it is about.
type EventTable struct {
	Theme    *theme.Theme
	Zone     *time.Location
	Mode     TimeMode
	Customer bool // whose it is is worth a column

	amount int // cells of the widest amount seen
	cols   []layout.Column
	widths []int
	w      int
}

// Fit makes room for a width and for the amounts of some events. It is to be
// called when either changes.
func (t *EventTable) Fit(w int, events []services.Event) {
	for _, e := range events {
		if e.Amount != nil {
			t.amount = max(t.amount, min(layout.Width(e.Amount.String()), 20))
		}
	}
	t.w = w
	when, amount := t.Mode.Cells(), max(t.amount, 6)
	rank, object, kind := 0, 14, 22
	if w < 50 {
		kind = 16
	}
	if t.Customer {
		object = 20 // only where it takes nothing from the type
	}
	if w < 60 && t.Mode != Relative {
		rank = 3
	}
	t.cols = []layout.Column{
		{Title: t.Mode.Title(), Min: when, Max: when, Rank: rank, Right: t.Mode == Relative},
		{Title: "", Min: 1, Max: 1},
		{Title: "TYPE", Min: kind, Max: 34},
		{Title: "AMOUNT", Min: amount, Max: amount, Rank: 2, Right: true},
		{Title: "OBJECT", Min: object, Max: 30, Rank: 5},
		{Title: "CUSTOMER", Min: 14, Max: 22, Rank: 4},
	}
	if w >= 90 {
		t.cols[1] = layout.Column{Title: "OUTCOME", Min: 11, Max: 11}
	}
	if !t.Customer {
		t.cols = t.cols[:5]
	}
	t.widths = layout.Widths(t.cols, max(w-Margin, 1))
}

// Header draws the column titles.
func (t *EventTable) Header() string { return Header(t.Theme, t.cols, t.widths, t.w) }

// Row draws one event.
func (t *EventTable) Row(now time.Time, e services.Event, f Focus) string {
	sign, style := t.Theme.Outcome(string(e.Outcome))
	if t.widths[1] > 1 {
		sign += " " + shortOutcome(e.Outcome)
	}
	amount := ""
	if e.Amount != nil {
		amount = e.Amount.String()
	}
	cells := []Cell{
		{Text: t.Mode.Short(now, e.Created, t.Zone), Style: t.Theme.Muted},
		{Text: sign, Style: style},
		{Text: e.Type, Style: t.Theme.Text, Keep: true},
		{Text: amount, Style: t.Theme.Text},
		{Text: e.ObjectID, Style: t.Theme.Muted, Keep: true},
		{Text: e.Customer, Style: t.Theme.Muted, Keep: true},
	}
	return Row(t.Theme, t.cols, t.widths, cells, f, t.w)
}

// Blank draws a row whose event is not read yet.
func (t *EventTable) Blank(f Focus) string {
	cells := make([]Cell, len(t.cols))
	for i := range cells {
		cells[i] = Cell{Text: strings.Repeat(t.Theme.Symbols.Shade, max(t.widths[i]-2*(i%2), 0)), Style: t.Theme.Border}
	}
	return Row(t.Theme, t.cols, t.widths, cells, f, t.w)
}

// Grouped is a number for a person, grouped by thousands: "38,114".
func Grouped(n int) string {
	digits := strconv.Itoa(max(n, 0))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func shortOutcome(o services.EventOutcome) string {
	switch o {
	case services.EventNeutral:
		return ""
	case services.EventAttention:
		return "look at"
	}
	return string(o)
}

// OutcomeWords says what an event reports.
func OutcomeWords(o services.EventOutcome) string {
	switch o {
	case services.EventNeutral, "":
		return "for information"
	case services.EventAttention:
		return "needs attention"
	}
	return string(o)
}

// EventHead is an event in two lines: what it is, and how and when it went.
func EventHead(t *theme.Theme, e services.Event, mode TimeMode, now time.Time, zone *time.Location, w int) []string {
	sign, style := t.Outcome(string(e.Outcome))
	id := layout.Middle(e.ID, max(min(20, w/3), 8), t.Symbols.Ellipsis)
	facts := []string{OutcomeWords(e.Outcome)}
	if e.Amount != nil {
		facts = append(facts, e.Amount.String())
	}
	line := "   " + strings.Join(facts, " "+t.Symbols.Dot+" ") + " " + t.Symbols.Dot + " "
	line += mode.Fitting(now, e.Created, zone, w-layout.Width(line))
	return []string{
		layout.Spread(" "+style.Render(sign)+" "+t.Bold.Render(e.Type), t.Muted.Render(id), w, t.Symbols.Ellipsis),
		layout.Cut(line, w, t.Symbols.Ellipsis),
	}
}

// EventFacts is all that is known of an event besides its bytes, as labels and
// values.
func EventFacts(t *theme.Theme, e services.Event, mode TimeMode, now time.Time, zone *time.Location) [][2]string {
	sign, style := t.Outcome(string(e.Outcome))
	or := func(s string, style lipgloss.Style) string {
		if s == "" {
			return t.Muted.Render("none")
		}
		return style.Render(s)
	}
	amount := ""
	if e.Amount != nil {
		amount = e.Amount.String() + " (" + strings.ToUpper(services.Clean(e.Amount.Currency)) + ")"
	}
	source := "Stripe's event list"
	if e.Source == services.SourceWebhook {
		source = "webhook, signature checked"
	}
	mark := "test mode"
	if e.Livemode {
		mark = "live mode"
	}
	return [][2]string{
		{"When", mode.Full(now, e.Created, zone)},
		{"Outcome", style.Render(sign) + " " + OutcomeWords(e.Outcome)},
		{"Amount", or(amount, t.Text)},
		{"Customer", or(e.Customer, t.Text)},
		{"About", or(e.ObjectID, t.Text)},
		{"Event", e.ID + ", " + mark},
		{"Received", mode.Full(now, e.Received, zone)},
		{"From", source},
		{"Request", or(e.RequestID, t.Text)},
		{"API version", or(e.APIVersion, t.Text)},
	}
}
