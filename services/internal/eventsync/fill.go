package eventsync

import (
	"context"
	"sync"

	"bursar/services"
)

// workers is how many pages are under way at once: enough for 25 a second when
// Stripe takes half a second for each.
const workers = 12

// tally is what a reading brought.
type tally struct{ read, added, requests int }

func (t *tally) add(o tally) {
	t.read, t.added, t.requests = t.read+o.read, t.added+o.added, t.requests+o.requests
}

// fill reads windows to their end, side by side, splitting the large ones as
// workers become free. What it has read is in the store and noted page by page;
// the first failure ends it.
func (s *Syncer) fill(ctx context.Context, windows []*window, r reading) (sum tally, err error) {
	results := make(chan page, workers)
	var flights sync.WaitGroup
	defer flights.Wait()
	flight, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newMeter(len(windows))
	for flying := 0; ; {
		for err == nil && flying < workers && len(windows) > 0 {
			w := windows[0]
			windows = windows[1:]
			flying++
			m.flying = append(m.flying, w)
			flights.Go(func() { results <- s.fetch(flight, w, r.patience) })
		}
		if flying == 0 {
			return sum, err
		}
		pages, failed := arrived(results)
		flying -= len(pages) + len(failed)
		for _, p := range failed {
			sum.requests += p.requests
			if err == nil {
				err = p.err
				cancel()
			}
		}
		for _, p := range pages {
			m.read(p)
		}
		got, left, keepErr := s.keep(ctx, pages, r.leads)
		sum.add(got)
		if keepErr != nil {
			if err == nil {
				err = keepErr
			}
			cancel()
			continue
		}
		windows = append(windows, left...)
		bottom, before := s.opts.Now().Unix()-reach, len(windows)
		windows = spread(windows, workers-flying-before, bottom)
		m.windows += len(windows) - before
		m.done += len(pages) - len(left)
		if r.progress != nil && len(pages) > 0 {
			r.progress(m.progress(sum, windows, bottom))
		}
	}
}

// arrived waits for a page and takes what else has come.
func arrived(results <-chan page) (pages, failed []page) {
	for p := <-results; ; {
		if p.err == nil {
			pages = append(pages, p)
		} else {
			failed = append(failed, p)
		}
		select {
		case p = <-results:
		default:
			return pages, failed
		}
	}
}

// keep stores pages, notes what has become whole by them, and returns the windows
// that go on. What was read is kept also when ctx has ended meanwhile. leads notes
// too that this syncer fills what is open.
func (s *Syncer) keep(ctx context.Context, pages []page, leads bool) (sum tally, left []*window, err error) {
	ctx = context.WithoutCancel(ctx)
	var raws [][]byte
	for _, p := range pages {
		sum.requests += p.requests
		for i := len(p.events) - 1; i >= 0; i-- { // oldest first
			raws = append(raws, p.events[i].Raw)
		}
	}
	if len(raws) > 0 {
		if sum.added, _, err = s.store.Add(ctx, services.SourceList, raws); err != nil {
			return tally{requests: sum.requests}, nil, err
		}
	}
	sum.read = len(raws)
	_, err = s.update(ctx, func(st *state) {
		if leads {
			st.Filler, st.Filled = s.name, s.opts.Now().Unix()
		}
		for _, p := range pages {
			now := p.asked.Unix()
			if p.lost {
				delete(st.Places, p.To)
			}
			newest := p.To == open
			read, top, more := p.cut(p.events, p.more)
			if newest {
				st.Top = max(st.Top, min(top, now))
			}
			read.To = min(read.To, now-settled)
			st.claim(read, p.asked.Add(-s.opts.Keeps).Unix())
			if more && p.To <= now-settled {
				st.stand(p.To, p.place)
			}
			if more {
				left = append(left, p.window)
			}
		}
	})
	return sum, left, err
}
