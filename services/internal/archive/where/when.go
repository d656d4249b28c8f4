package where

import (
	"strconv"
	"strings"
	"time"
)

// span is a time as a person names it: a day, a month, or an instant, of which
// both ends are the same.
type span struct{ from, to time.Time } // to is not in it

func (s span) isInstant() bool { return s.from.Equal(s.to) }

// moment reads a word as a time.
func (p *textParser) moment(w word) (span, bool) {
	text := strings.ToLower(strings.Trim(w.text(), " "))
	if s, ok := p.namedSpan(strings.NewReplacer("-", " ", "_", " ").Replace(text)); ok {
		return s, true
	}
	if s, ok := p.ago(text); ok {
		return s, true
	}
	return p.calendar(strings.ToUpper(text))
}

// namedSpan reads "today", "last week" and the like. Weeks begin on Monday.
func (p *textParser) namedSpan(text string) (span, bool) {
	year, month, day := p.now.Date()
	back := 0
	switch text {
	case "now":
		return span{p.now, p.now}, true
	case "today":
		text = "this day"
	case "yesterday":
		text = "last day"
	}
	which, unit, _ := strings.Cut(text, " ")
	switch which {
	case "this":
	case "last":
		back = 1
	default:
		return span{}, false
	}
	start := func(years, months, days int) time.Time {
		return time.Date(year+years, month+time.Month(months), day+days, 0, 0, 0, 0, p.now.Location())
	}
	switch unit {
	case "day":
		return span{start(0, 0, -back), start(0, 0, 1-back)}, true
	case "week":
		monday := -(int(p.now.Weekday()) + 6) % 7
		return span{start(0, 0, monday-7*back), start(0, 0, monday-7*back+7)}, true
	case "month":
		day = 1
		return span{start(0, -back, 0), start(0, 1-back, 0)}, true
	case "year":
		month, day = 1, 1
		return span{start(-back, 0, 0), start(1-back, 0, 0)}, true
	}
	return span{}, false
}

// ago reads "7d": so long before now.
func (p *textParser) ago(text string) (span, bool) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || len(digits) > 6 || digits[0] == '+' {
		return span{}, false
	}
	t, ok := p.before(n, text[len(digits):])
	return span{t, t}, ok
}

// before is so many units before now.
func (p *textParser) before(n int, unit string) (time.Time, bool) {
	t := p.now
	switch unit {
	case "s", "sec", "second", "seconds":
		t = t.Add(-time.Duration(n) * time.Second)
	case "m", "min", "minute", "minutes":
		t = t.Add(-time.Duration(n) * time.Minute)
	case "h", "hour", "hours":
		t = t.Add(-time.Duration(n) * time.Hour)
	case "d", "day", "days":
		t = t.AddDate(0, 0, -n)
	case "w", "week", "weeks":
		t = t.AddDate(0, 0, -7*n)
	case "mo", "month", "months":
		t = t.AddDate(0, -n, 0)
	case "y", "year", "years":
		t = t.AddDate(-n, 0, 0)
	default:
		return t, false
	}
	return t, t.Year() >= 1970
}

// calendar reads a year, a month, a day, or a time of RFC 3339 whose zone may be
// left out, and Unix seconds.
func (p *textParser) calendar(text string) (span, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) >= 9 && len(text) <= 11 && n >= 0 {
		t := time.Unix(n, 0)
		return span{t, t}, true
	}
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {"2006-01-02", 0, 0, 1}} {
		if t, err := time.ParseInLocation(form.layout, text, p.now.Location()); err == nil && t.Year() >= 1970 {
			return span{t, t.AddDate(form.years, form.months, form.days)}, true
		}
	}
	text = strings.Replace(text, " ", "T", 1)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.ParseInLocation(layout, text, p.now.Location()); err == nil && t.Year() >= 1970 {
			return span{t, t}, true
		}
	}
	return span{}, false
}

const noMoment = "%q is no time; write 7d, 2h, today, yesterday, \"last week\", 2026-11-01, 2026-11 or 2026-11-01T10:00."

// created compares the event's time with seconds or a time.
func (p *textParser) created(c clause) ([]value, error) {
	operator := map[string]string{">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}[c.sign]
	if operator == "" && (c.sign == "~" || c.sign == "!~") {
		return nil, refuse(c.at, `"created" is a time; it goes with > >= < <= and =.`)
	}
	if n, ok := plainNumber(c.value.text()); ok && (len(c.value) > 4 || n >= 10_000) {
		if operator == "" {
			return []value{object("created", numberValue(n))}, nil
		}
		return []value{object("created", object(operator, numberValue(n)))}, nil
	}
	s, ok := p.moment(c.value)
	switch {
	case !ok:
		return nil, refuse(c.after, noMoment, shorten(c.value.text()))
	case operator != "":
		return []value{object("created", object(operator, secondsOf(s.from)))}, nil
	case s.isInstant():
		return []value{object("created", secondsOf(s.from))}, nil
	}
	return during(s), nil
}

// period is since:, until: and on:.
func (p *textParser) period(c clause) ([]value, error) {
	s, ok := p.moment(c.value)
	if !ok {
		return nil, refuse(c.after, noMoment, shorten(c.value.text()))
	}
	switch {
	case c.key == "since":
		return []value{object("created", object("$gte", secondsOf(s.from)))}, nil
	case c.key == "until":
		return []value{object("created", object("$lt", secondsOf(s.to)))}, nil
	case s.isInstant():
		return nil, refuse(c.after, `on: takes a day, a week, a month or a year; for %q write since: or until:.`, shorten(c.value.text()))
	}
	return during(s), nil
}

func during(s span) []value {
	return []value{object("created", object("$gte", secondsOf(s.from))), object("created", object("$lt", secondsOf(s.to)))}
}

// secondsOf is a time as Stripe gives it.
func secondsOf(t time.Time) value { return numberValue(float64(t.Unix())) }
