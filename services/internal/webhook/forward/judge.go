package forward

import (
	"context"
	"time"

	"bursar/services"
)

// result is what came of an attempt.
type result struct {
	lane   *lane
	answer answer
	gone   error // why the event could not be read; nil when it was
}

// attempt delivers an event once. It runs beside the line and touches nothing of it.
func (l *line) attempt(ctx context.Context, of *lane, i item) result {
	e, err := l.o.Source.Event(ctx, i.event)
	if err != nil {
		return result{lane: of, gone: err, answer: answer{began: l.o.Now()}}
	}
	return result{lane: of, answer: l.sender.send(ctx, e.Raw)}
}

// settle decides what an attempt means, and those that ended with it, and records
// it. What was cut off because ctx ended is no attempt.
func (l *line) settle(ctx context.Context, r result) {
	var tried []attempt
	for more := true; more; {
		l.busy--
		if a, ok := l.judge(ctx, r); ok {
			tried = append(tried, a)
		}
		select {
		case r = <-l.results:
		default:
			more = false
		}
	}
	if len(tried) == 0 {
		return
	}
	if err := l.queue.settle(context.WithoutCancel(ctx), l.id, tried); err != nil {
		l.o.Log.Error("recording deliveries", "error", err) // they are made once more after a restart
	}
	for _, a := range tried {
		l.o.Told(a.delivery)
	}
}

// judge takes an attempt's item off its lane, or puts it back for later.
func (l *line) judge(ctx context.Context, r result) (attempt, bool) {
	now, i, a := l.o.Now(), &r.lane.items[0], r.answer
	unread := r.gone != nil && services.CodeOf(r.gone) != services.CodeNotFound
	if unread && ctx.Err() == nil {
		l.o.Log.Error("reading an event to forward", "event", i.event, "error", r.gone)
	}
	if unread || ctx.Err() != nil && a.problem != "" && a.status == 0 {
		l.lanes.later(r.lane, now.Add(readAgain), now)
		return attempt{}, false
	}
	i.attempts++
	d := services.Delivery{Time: a.began, Event: i.event, Type: i.kind, URL: l.d.URL, Attempt: i.attempts, Status: a.status,
		Took: a.took.Milliseconds(), Outcome: services.DeliveryRetried, Problem: a.problem}
	switch {
	case r.gone != nil:
		d.Outcome, d.Problem = services.DeliveryGivenUp, "the archive does not hold the event"
	case a.problem == "":
		d.Outcome = services.DeliveryDone
		l.answered()
	case a.status == 0:
		i.due = l.unanswered(now, a.problem)
	default:
		l.answered()
		d.Outcome = l.refused(i, a, now)
	}
	if d.Outcome == services.DeliveryRetried {
		d.Next = i.due
		settled := attempt{item: *i, delivery: d}
		l.lanes.later(r.lane, i.due, now)
		return settled, true
	}
	settled := attempt{item: *i, delivery: d}
	l.lanes.next(r.lane, now)
	return settled, true
}

// answered notes that somebody is there. A pause that an answer asked for goes on.
func (l *line) answered() {
	if l.outages > 0 {
		l.outages, l.paused, l.problem = 0, time.Time{}, ""
	}
}

// unanswered pauses the destination and returns until when. What else was under
// way when it went silent makes the pause no longer. Silence refuses no event, so
// that none is given up for it.
func (l *line) unanswered(now time.Time, problem string) time.Time {
	if within(l.paused, now, l.longestPause()) <= 0 {
		l.outages++
		l.paused = now.Add(l.o.Outage.after(l.outages))
	}
	l.problem = problem
	return l.paused
}

// refused decides when an event that was answered with a refusal is tried again,
// or that it is not.
func (l *line) refused(i *item, a answer, now time.Time) services.DeliveryOutcome {
	if i.refused.IsZero() {
		i.refused = now
	}
	if a.wait > 0 {
		l.paused = now.Add(a.wait)
	}
	i.due = now.Add(max(l.o.Backoff.after(i.attempts), a.wait))
	if now.Sub(i.refused) >= l.o.RetryFor {
		return services.DeliveryGivenUp
	}
	return services.DeliveryRetried
}
