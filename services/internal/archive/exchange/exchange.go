// Package exchange takes a whole archive elsewhere and back: exports and imports
// of files, copies from one store to another, and the check that what is kept is
// what came. It knows archives by their contract only.
package exchange

import (
	"context"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Progress is told how far work has come, at most ten times a second and from one
// goroutine. It may be nil.
type Progress func(services.ArchiveProgress)

// meter passes progress on, not too often.
type meter struct {
	tell Progress
	last time.Time
}

const tellEvery = 100 * time.Millisecond

func (m *meter) at(step string, done, of int64) {
	if m.tell == nil {
		return
	}
	if now := time.Now(); now.Sub(m.last) >= tellEvery || of > 0 && done >= of {
		m.last = now
		m.tell(services.ArchiveProgress{Step: step, Done: done, Of: of})
	}
}

const (
	pageBytes  = 4 << 20 // what a page of events may take in memory, about
	pageEvents = 500
)

// pager chooses how many events are read at once, by how large the last ones
// were.
type pager struct{ events, bytes int }

func (p *pager) limit() int {
	if p.events == 0 {
		return 32
	}
	return min(max(pageBytes*p.events/max(p.bytes, 1), 1), pageEvents)
}

func (p *pager) saw(arrivals []services.Arrival) {
	p.events, p.bytes = len(arrivals), 0
	for _, a := range arrivals {
		p.bytes += len(a.Event.Raw)
	}
}

// walk gives the events that came after a position to fn, page by page, up to
// those that came last. It returns the position it came to.
func walk(ctx context.Context, a archive.Archive, after string, fn func([]services.Arrival) error) (position string, err error) {
	var p pager
	for {
		limit := p.limit()
		page, err := a.Arrivals(ctx, after, limit)
		if err != nil || len(page) == 0 {
			return after, err
		}
		if err := fn(page); err != nil {
			return after, err
		}
		after = page[len(page)-1].Position
		if len(page) < limit {
			return after, nil
		}
		p.saw(page)
	}
}
