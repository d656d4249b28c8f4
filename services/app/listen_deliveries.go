package app

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"bursar/services"
	"bursar/services/internal/webhook/forward"
)

// deliveries is what became of a profile's forwarded events. The queue's file is
// opened for each call: there is one only where events were ever passed on.
type deliveries struct{ b *builder }

var _ services.Deliveries = deliveries{}

// List returns attempts, the latest first.
func (d deliveries) List(ctx context.Context, q services.DeliveryQuery) (list []services.Delivery, err error) {
	list = []services.Delivery{}
	err = d.open(ctx, func(queue *forward.Queue) error {
		list, err = queue.Deliveries(ctx, q)
		return err
	})
	return list, err
}

// Resend queues archived events.
func (d deliveries) Resend(ctx context.Context, r services.ResendRequest) (result services.ResendResult, err error) {
	const op = "sending events again"
	var events []services.Event
	switch {
	case r.Event != "" && (!r.Since.IsZero() || !r.Until.IsZero()):
		return result, services.Invalid("event", "An event and a stretch of time are two things to send.", "Name the event, or say since and until.")
	case r.Event != "":
		e, err := d.b.archive.Event(ctx, r.Event)
		if err != nil {
			return result, err
		}
		events = append(events, e)
	case r.Since.IsZero():
		return result, services.Invalid("since", "Nothing says which events to send again.", "Name an event, or since when: --since 2h.")
	case !r.Until.IsZero() && !r.Until.After(r.Since):
		return result, services.Invalid("until", "The stretch of time ends before it begins.", "Put the earlier time in since.")
	default:
		if events, err = eventsBetween(ctx, d.b.archive, r.Since, r.Until); err != nil {
			return result, err
		}
	}
	known := false
	err = d.open(ctx, func(queue *forward.Queue) error {
		known = true
		result, err = queue.Resend(ctx, events, r.URL)
		return err
	})
	if err == nil && !known {
		err = &services.Error{Code: services.CodeNotFound, Op: op, Message: "Nothing was passed on from the profile " + d.b.profile.Name + " yet.",
			Next: "Start bursar webhook listen --forward-to URL first."}
	}
	return result, err
}

// open uses the queue, if there is one.
func (d deliveries) open(ctx context.Context, use func(*forward.Queue) error) error {
	if _, err := os.Stat(d.b.forwardPath()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	queue, err := forward.Open(ctx, d.b.forwardPath())
	if err != nil {
		return err
	}
	return errors.Join(use(queue), queue.Close())
}
