package where

import (
	"math"
	"strings"
	"time"
)

// moment is a date, a date with its time, or a time of day, in UTC.
type moment struct {
	at    time.Time // of a time of day: on the first of January of year 0
	date  bool      // it has a date
	clock bool      // it has a time of day
	unit  unit      // how exactly it was written; of an operand, how exactly it is compared
}

// unit is what moments are cut down to before they are compared.
type unit uint8

const (
	unitYear unit = iota
	unitQuarter
	unitMonth
	unitWeek // from Sunday
	unitDay
	unitHour
	unitMinute
	unitSecond
)

var unitNames = [...]string{unitYear: "year", unitQuarter: "quarter", unitMonth: "month", unitWeek: "week",
	unitDay: "day", unitHour: "hour", unitMinute: "minute", unitSecond: "second"}

// cut cuts a time down to a unit.
func (u unit) cut(t time.Time) time.Time {
	year, month, day := t.Date()
	switch u {
	case unitYear:
		month, day = 1, 1
	case unitQuarter:
		month, day = month-(month-1)%3, 1
	case unitMonth:
		day = 1
	case unitWeek:
		day -= int(t.Weekday())
	case unitHour:
		return t.Truncate(time.Hour)
	case unitMinute:
		return t.Truncate(time.Minute)
	case unitSecond:
		return t.Truncate(time.Second)
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// compare tells how v stands to the operand m at m's unit: -1, 0 or 1. ok is
// false when one of them has no part that the other asks for.
func (m moment) compare(v moment) (order int, ok bool) {
	if !m.date {
		if !v.clock {
			return 0, false
		}
		v.at = time.Date(0, 1, 1, v.at.Hour(), v.at.Minute(), v.at.Second(), v.at.Nanosecond(), time.UTC)
	} else if !v.date {
		return 0, false
	}
	return m.unit.cut(v.at).Compare(m.unit.cut(m.at)), true
}

// The forms of a moment, with where its first colon stands and how exactly each
// is written.
var momentForms = []struct {
	layout      string
	colon       int
	date, clock bool
	unit        unit
}{
	{"2006-01-02", -1, true, false, unitDay},
	{"2006-01-02 15:04", 13, true, true, unitMinute},
	{"2006-01-02 15:04:05", 13, true, true, unitSecond},
	{"2006-01-02 15:04Z07:00", 13, true, true, unitMinute},
	{"2006-01-02 15:04:05Z07:00", 13, true, true, unitSecond},
	{"15:04", 2, false, true, unitMinute},
	{"15:04:05", 2, false, true, unitSecond},
}

// momentOf reads a date, a date and time, or a time of day.
func momentOf(text string) (moment, bool) {
	if len(text) > 10 && text[10] == 'T' {
		text = text[:10] + " " + text[11:]
	}
	colon := strings.IndexByte(text, ':')
	if strings.IndexByte(text, ',') >= 0 { // Go takes it for the point before a fraction
		return moment{}, false
	}
	for _, f := range momentForms {
		if f.colon != colon { // Go would also take an hour of one digit
			continue
		}
		if t, err := time.Parse(f.layout, text); err == nil {
			return moment{at: t.UTC(), date: f.date, clock: f.clock, unit: f.unit}, true
		}
	}
	return moment{}, false
}

// lastMilli is the end of the time that a JavaScript Date can hold.
const lastMilli = 8.64e15

// momentOfNumber reads Unix seconds, or milliseconds from 1e11 on.
func momentOfNumber(n float64) (moment, bool) {
	if math.Abs(n) < 1e11 {
		n *= 1000
	}
	if !(math.Abs(n) <= lastMilli) {
		return moment{}, false
	}
	return moment{at: time.UnixMilli(int64(math.Floor(n))).UTC(), date: true, clock: true, unit: unitSecond}, true
}

// setDates reads the operands of the conditions on dates.
func (f *filter) setDates() (says string) {
	name := conditionNames[f.condition]
	from, to := f.value, f.value
	if f.condition == filterDateBetween {
		low, _ := f.written.get("from")
		high, _ := f.written.get("to")
		from, _ = low.get("value")
		to, _ = high.get("value")
	}
	var ok, too bool
	f.from, ok = momentOf(from.text)
	f.to, too = momentOf(to.text)
	if !ok || !too {
		if f.condition == filterDateBetween {
			return name + ` needs "from" and "to", each with a "value" that is a date such as 2026-11-23`
		}
		return name + ` needs a "value" that is a date such as 2026-11-23 or 2026-11-23 09:30`
	}
	if f.from.date != f.to.date {
		return name + " cannot mix a date with a time of day"
	}
	return f.setUnit()
}

func (f *filter) setUnit() (says string) {
	v, given := f.written.get("unit")
	if !given {
		return ""
	}
	for u, name := range unitNames {
		if v.kind == kindText && v.text == name && (f.from.date || unit(u) >= unitHour) {
			f.from.unit, f.to.unit = unit(u), unit(u)
			return ""
		}
	}
	if !f.from.date {
		return `times of day are compared by the "unit" hour, minute or second`
	}
	return `it needs a "unit", one of ` + strings.Join(unitNames[:], " ")
}
