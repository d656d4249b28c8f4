package widget

import (
	"strconv"
	"time"
)

// TimeMode is how moments are shown.
type TimeMode int

// The ways to show a moment.
const (
	Relative TimeMode = iota // how long ago
	Local                    // date and time in the person's zone
	UTC                      // date and time in UTC
)

// Next returns the mode after m, round the end.
func (m TimeMode) Next() TimeMode { return (m + 1) % 3 }

// Title heads a column of moments.
func (m TimeMode) Title() string {
	switch m {
	case Local:
		return "LOCAL TIME"
	case UTC:
		return "TIME (UTC)"
	}
	return "AGE"
}

// Name says which mode it is.
func (m TimeMode) Name() string {
	switch m {
	case Local:
		return "local time"
	case UTC:
		return "UTC"
	}
	return "age"
}

// Cells is the width of Short.
func (m TimeMode) Cells() int {
	if m == Relative {
		return 5
	}
	return len(dateTime)
}

const dateTime = "2006-01-02 15:04:05"

// In puts a moment in the mode's zone; zone is the person's.
func (m TimeMode) In(t time.Time, zone *time.Location) time.Time {
	if m == UTC || zone == nil {
		return t.UTC()
	}
	return t.In(zone)
}

// Short is a moment for a list: "3 m", "5 mo", "2026-11-23 10:39:02".
func (m TimeMode) Short(now, t time.Time, zone *time.Location) string {
	if m != Relative {
		return m.In(t, zone).Format(dateTime)
	}
	days := int(now.Sub(t).Hours() / 24)
	switch {
	case !t.IsZero() && days >= 730:
		return strconv.Itoa(min(days/365, 999)) + " y"
	case !t.IsZero() && days >= 60:
		return strconv.Itoa(days/30) + " mo"
	}
	return Age(now, t)
}

// Note is a moment beside a timestamp: "3 m ago" on the last day, otherwise the
// date and time.
func (m TimeMode) Note(now, t time.Time, zone *time.Location) string {
	if d := now.Sub(t); m == Relative && d >= 0 && d < 24*time.Hour {
		return Ago(now, t)
	}
	return m.In(t, zone).Format(dateTime)
}

// Full is a moment in full: "3 m ago, 2026-11-23 10:39:02 UTC".
func (m TimeMode) Full(now, t time.Time, zone *time.Location) string {
	date := m.In(t, zone).Format(dateTime + " MST")
	if now.Sub(t) < 0 {
		return date
	}
	return Ago(now, t) + ", " + date
}

// Fitting is the fullest form of a moment that fits w cells: Full, the same to
// the minute, or Note.
func (m TimeMode) Fitting(now, t time.Time, zone *time.Location, w int) string {
	full := m.Full(now, t, zone)
	if len(full) <= w {
		return full
	}
	if minute := Ago(now, t) + ", " + m.In(t, zone).Format("2006-01-02 15:04"); len(minute) <= w && !t.After(now) {
		return minute
	}
	return m.Note(now, t, zone)
}

// Ago is an age as part of a sentence: "3 m ago", "now".
func Ago(now, t time.Time) string {
	text := Relative.Short(now, t, nil)
	if text == "now" || text == "never" {
		return text
	}
	return text + " ago"
}
