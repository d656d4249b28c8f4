package eventsync

import (
	"slices"
	"time"

	"bursar/services"
)

// meter tells how far a filling has come and estimates how long it still takes.
// It belongs to the goroutine that fills.
type meter struct {
	windows, done int
	flying        []*window
	oldest        int64 // created of the oldest event read, 0 before the first
	samples       []sample
}

// sample is how many requests were answered by a time.
type sample struct {
	at       time.Time
	requests int
}

// An estimate counts the last tenSeconds, and there is none before a few requests
// and moments tell how fast it goes.
const (
	tenSeconds  = 10 * time.Second
	soonest     = 2 * time.Second
	fewRequests = 10
)

func newMeter(windows int) *meter {
	return &meter{windows: windows, samples: []sample{{at: time.Now()}}}
}

// read takes in that a page came.
func (m *meter) read(p page) {
	m.flying = slices.DeleteFunc(m.flying, func(w *window) bool { return w == p.window })
	m.samples = append(m.samples, sample{time.Now(), m.samples[len(m.samples)-1].requests + p.requests})
	for _, e := range p.events {
		if e.Created > 0 && (m.oldest == 0 || e.Created < m.oldest) {
			m.oldest = e.Created
		}
	}
}

// progress describes the filling; waiting are the windows that are not under way.
func (m *meter) progress(sum tally, waiting []*window, bottom int64) services.SyncProgress {
	p := services.SyncProgress{Read: sum.read, Added: sum.added, Requests: sum.requests, Windows: m.windows, Done: m.done,
		Remaining: m.remaining(waiting, bottom)}
	if m.oldest > 0 {
		p.Reached = time.Unix(m.oldest, 0).UTC()
	}
	return p
}

// remaining is what is left to read by how dense it was so far, at the speed of
// the last seconds; -1 while a part of it was not looked at.
func (m *meter) remaining(waiting []*window, bottom int64) time.Duration {
	last := m.samples[len(m.samples)-1]
	for len(m.samples) > 1 && last.at.Sub(m.samples[0].at) > tenSeconds {
		m.samples = m.samples[1:]
	}
	took, requests := last.at.Sub(m.samples[0].at), last.requests-m.samples[0].requests
	if took < soonest || requests < fewRequests {
		return -1
	}
	pages := 0.0
	for _, w := range slices.Concat(m.flying, waiting) {
		if w.pages == 0 {
			return -1
		}
		pages += max(1, w.estimate(w.all, bottom))
	}
	return time.Duration(pages * float64(took) / float64(requests))
}
