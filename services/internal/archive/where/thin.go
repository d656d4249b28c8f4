package where

import "time"

// seconds is the time of a thin event (v2), which has it as text where others
// have a number of seconds. Queries see the number in both, as columns have it.
type seconds struct {
	asked *step   // "created" of the event; nil when the query does not ask for it
	at    int32   // its place on the tape when it was text, otherwise missing
	value float64 // Unix seconds then
}

// createdStep is the step to an event's time, nil when a shape has none.
func (s *shape) createdStep() *step {
	created := step{segment: segment{key: "created", index: -1}, slot: int32(s.slot("created"))}
	if created.slot < 0 && !s.whole {
		return nil
	}
	return &created
}

// readSeconds makes a number of the event's time where it is text.
func (m *Matcher) readSeconds() {
	m.seconds.at = missing
	if m.seconds.asked == nil {
		return
	}
	at := m.step(0, m.seconds.asked)
	if m.kind(at) != kindText {
		return
	}
	e := &m.entries[at]
	if t, err := time.Parse(time.RFC3339, string(m.tape.text(extent{e.start, e.end}))); err == nil {
		e.kind = kindNumber
		m.seconds.at, m.seconds.value = at, float64(t.Unix())
	}
}
