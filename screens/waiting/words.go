package waiting

import (
	"strconv"
	"time"

	"bursar/services"
	"bursar/tui/theme"
	"bursar/tui/widget"
)

// saying is one sentence of the head with its sign.
type saying struct {
	sign string
	text string
	bold bool
}

// sayings say what is known, what is waited for and what can be done.
func (s *screen) sayings() []saying {
	t := s.env.Theme
	switch s.outcome() {
	case services.OutcomeCompleted:
		return []saying{{t.Success.Render(t.Symbols.Success), s.completed(), true}}
	case services.OutcomeIncomplete:
		return []saying{{t.Muted.Render(t.Symbols.Canceled), "Not paid", true}, {"", s.incomplete() + " No money moved.", false}}
	case services.OutcomePending:
		return s.pending(t)
	}
	if s.err != nil {
		return append(s.open(t)[:1], saying{t.Danger.Render(t.Symbols.Failed), "Not read again, r tries again: " + widget.Message(s.err), false})
	}
	return s.open(t)
}

func (s *screen) completed() string {
	if s.receipt.Session.PaymentStatus == "no_payment_required" {
		return "Completed: there was nothing to pay now"
	}
	return "Paid " + s.receipt.Amount.String()
}

// incomplete says how a checkout ended without a payment.
func (s *screen) incomplete() string {
	switch {
	case s.receipt.Declined != "":
		return "The payment failed: " + sentence(s.receipt.Declined)
	case s.expired && s.back:
		return "The page's back link was used, and the checkout was then expired from here: nobody can pay it any more."
	case s.expired:
		return "The checkout was expired from here: nobody can pay it any more."
	case s.back:
		return "The checkout was cancelled with the page's back link: nobody can pay it any more."
	}
	return "The checkout expired before anybody paid it."
}

// pending says that it is not known whether money moved, and what was read last.
func (s *screen) pending(t *theme.Theme) []saying {
	out := []saying{{t.Warning.Render(t.Symbols.Attention), "Not known yet: do not pay again", true}}
	if s.err == nil {
		return append(out, saying{"", "Stripe is still processing the payment: it may still succeed. r checks again. Asked Stripe " + s.ago() + ".", false})
	}
	e := services.AsError(s.err)
	text := services.Clean(e.Message)
	if e.Code != services.CodePending || text == "" {
		text = "It is not known whether this checkout was paid: " + widget.Message(s.err)
	}
	text = sentence(text) + " It may still succeed."
	if s.has {
		text += " Read last at " + s.receipt.CheckedAt.In(s.env.Zone).Format("15:04:05") + ": " + s.lastRead() + "."
	}
	if s.waiting() {
		text += " It is tried again by itself; r checks now."
	} else {
		text += " r checks again."
	}
	if e.RequestID != "" && e.Code == services.CodePending {
		text += " (request " + services.Clean(e.RequestID) + ")"
	}
	return append(out, saying{"", text, false})
}

func (s *screen) lastRead() string {
	if s.receipt.Outcome == services.OutcomeOpen {
		return "open, not paid"
	}
	return "still processing"
}

// open says what is waited for, since when and until when.
func (s *screen) open(t *theme.Theme) []saying {
	session := s.receipt.Session
	since := session.Created
	if since.IsZero() {
		since = s.since
	}
	text := "Waiting for the payment of " + session.Total.String() + " since " + since.In(s.env.Zone).Format("15:04") + ": the page is open until " + s.clock(session.ExpiresAt) + ". Asked Stripe " + s.ago() + "."
	if s.h < 12 {
		text = "Waiting for the payment of " + session.Total.String() + ": open until " + s.clock(session.ExpiresAt) + "."
	}
	out := []saying{{t.Info.Render(t.Symbols.Waiting), text, false}}
	attention := t.Warning.Render(t.Symbols.Attention)
	switch {
	case s.expire.Pending():
		out = append(out, saying{attention, "Expiring the checkout" + t.Symbols.Ellipsis, false})
	case s.back:
		out = append(out, saying{attention, "The page's back link was used, without paying. The page can still be paid until " + s.clock(session.ExpiresAt) + ": o opens it again, x expires it.", false})
	case s.receipt.Declined != "":
		out = append(out, saying{attention, "The last attempt was declined: " + sentence(s.receipt.Declined) + " The page lets them try again.", false})
	case s.came:
		out = append(out, saying{t.Info.Render(t.Symbols.Waiting), "The page was left. Stripe has not confirmed a payment yet.", false})
	case s.browser.Pending():
		out = append(out, saying{t.Info.Render(t.Symbols.Waiting), "Opening the page in the browser" + t.Symbols.Ellipsis, false})
	case s.opened.done:
		out = append(out, saying{t.Success.Render(t.Symbols.Success), "The page is opened in the browser.", false})
	case s.opened.where != "":
		out = append(out, saying{attention, "No browser here (" + s.opened.where + "): the address is copied. Paste it into a browser.", false})
	}
	return out
}

// ago says when Stripe was asked last.
func (s *screen) ago() string {
	age := widget.Age(s.env.Now(), s.askedAt)
	if age == "now" {
		return "just now"
	}
	return age + " ago"
}

// clock is a moment as a time of day, with its date when it is another day.
func (s *screen) clock(at time.Time) string {
	now := s.env.Now().In(s.env.Zone)
	at = at.In(s.env.Zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("2 Jan 15:04")
}

// expiry says until when a page can be paid. Whether it is over, Stripe's clock
// decides, not this machine's.
func (s *screen) expiry(until time.Time) string {
	at := "at " + s.clock(until)
	switch d := until.Sub(s.env.Now()); {
	case d <= 0:
		return at
	case d < time.Minute:
		return "in less than a minute, " + at
	case d < 2*time.Hour:
		return "in " + widget.Count(int64(d/time.Minute), "minute") + ", " + at
	default:
		return "in " + strconv.Itoa(int(d/time.Hour)) + " hours, " + at
	}
}

// sentence ends words from outside with a full stop.
func sentence(words string) string {
	if n := len(words); n > 0 && words[n-1] != '.' {
		return words + "."
	}
	return words
}
