package eventsync

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"bursar/services"
)

// event is what a reading needs to know of an event.
type event struct {
	ID      string `json:"id"`
	Created int64  `json:"created"` // seconds
	raw     []byte
}

// finish takes st's walk to its end, page by page.
//
// Pages come newest first, but what the archive gets first counts as older
// within one second. So each batch is turned round, and the events of a page's
// last second are held until the next page tells whether there are more of it:
// a second is always stored as a whole.
func (s *Syncer) finish(ctx context.Context, st *state) (added int, err error) {
	w := st.Walk
	var held []event
	progress := Progress{}
	after, restarted := w.After, false
	for more := true; more; {
		var page []event
		page, more, err = s.page(ctx, w.Since, after)
		if after != "" && !restarted && isLost(err) {
			// The event it stood at is gone (older than 30 days): begin again.
			*w, held, after, restarted, more = walk{Since: w.Since}, nil, "", true, true
			continue
		}
		if err != nil {
			return added, err
		}
		if after == "" && len(page) > 0 {
			// A time that is still to come must not hide events from the next walk.
			w.Top = min(page[0].Created, s.opts.Now().Unix())
		}
		if more && (len(page) == 0 || page[len(page)-1].ID == after) {
			return added, unreadable("Stripe's event list does not move on", nil)
		}
		held = append(held, page...)
		ready := held
		if more {
			after = page[len(page)-1].ID
			ready = held[:lastSecond(held)]
		}
		n, err := s.keep(ctx, ready)
		added += n
		if err != nil {
			return added, err
		}
		if len(page) > 0 {
			progress = Progress{Read: progress.Read + len(page), Added: added, Reached: time.Unix(page[len(page)-1].Created, 0).UTC()}
			s.opts.Progress(progress)
		}
		if more && len(ready) > 0 {
			w.After = ready[len(ready)-1].ID
			if err := s.save(ctx, *st); err != nil {
				return added, err
			}
		}
		held = slices.Clone(held[len(ready):])
	}
	whole := max(st.Whole, w.Top)
	moved := whole != st.Whole || w.After != ""
	st.Whole, st.Walk = whole, nil
	if !moved {
		return added, nil
	}
	return added, s.save(ctx, *st)
}

// page reads one page of the list.
func (s *Syncer) page(ctx context.Context, since int64, after string) ([]event, bool, error) {
	var from time.Time
	if since > 0 {
		from = time.Unix(since, 0).UTC()
	}
	raws, more, err := s.source.EventPage(ctx, from, after, pageSize)
	if err != nil {
		return nil, false, err
	}
	events := make([]event, len(raws))
	for i, raw := range raws {
		// Only the id is needed to go on; what else is wrong with an event is the
		// store's to judge, and must not hold up all that come after it.
		if err := json.Unmarshal(raw, &events[i]); events[i].ID == "" {
			return nil, false, unreadable("An event in Stripe's list cannot be read", err)
		}
		events[i].raw = raw
	}
	return events, more, nil
}

// keep stores events that are given newest first.
func (s *Syncer) keep(ctx context.Context, events []event) (added int, err error) {
	if len(events) == 0 {
		return 0, nil
	}
	raws := make([][]byte, len(events))
	for i, e := range events {
		raws[len(events)-1-i] = e.raw
	}
	added, _, err = s.store.Add(ctx, services.SourceList, raws)
	return added, err
}

// lastSecond returns where the events of the list's last second begin.
func lastSecond(events []event) int {
	i := len(events)
	for i > 0 && events[i-1].Created == events[len(events)-1].Created {
		i--
	}
	return i
}

// isLost reports whether Stripe refused the place that a reading goes on from.
func isLost(err error) bool {
	code := services.CodeOf(err)
	return code == services.CodeNotFound || code == services.CodeRefused
}

func unreadable(message string, err error) error {
	return &services.Error{Code: services.CodeUnavailable, Op: "reading Stripe's event list", Message: message + ".",
		Next: "Try again in a minute.", Err: err}
}
