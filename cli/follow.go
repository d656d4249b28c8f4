package cli

import (
	"context"
	"slices"

	"bursar/services"
)

// followLogs prints what matches now, oldest first, and then each event as it
// arrives, until it is interrupted.
func (s *session) followLogs(ctx context.Context, q services.LogQuery, write func([]services.Event, bool) error) error {
	return s.withLiveDesk(ctx, func(ctx context.Context, d *services.Desk) error {
		changes := d.Watch(ctx)
		s.refresh(ctx, d)
		var seen map[string]bool
		for {
			fresh, newest, err := unseen(ctx, d, q, seen)
			if err != nil {
				return endOfFollow(ctx, err)
			}
			seen = newest
			slices.Reverse(fresh)
			if err := write(fresh, false); err != nil {
				return err
			}
			if _, open := <-changes; !open {
				return nil
			}
		}
	})
}

// unseen reads pages from the newest event back to one that was seen before, so
// that a burst larger than a page is not cut. The first time, when seen is nil,
// one page is enough. newest are the ids to stop at next time.
func unseen(ctx context.Context, d *services.Desk, q services.LogQuery, seen map[string]bool) (fresh []services.Event, newest map[string]bool, err error) {
	newest = map[string]bool{}
	for {
		page, err := d.Logs.List(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		met := false
		for _, e := range page.Events {
			if q.Offset == 0 {
				newest[e.ID] = true
			}
			if seen[e.ID] {
				met = true
				continue
			}
			fresh = append(fresh, e)
		}
		if seen == nil || met || len(page.Events) == 0 {
			return fresh, newest, nil
		}
		q.Offset += len(page.Events)
	}
}

// endOfFollow makes an interruption the ordinary end it is.
func endOfFollow(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
