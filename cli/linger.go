package cli

import (
	"context"
	"time"

	"bursar/services"
)

// linger is how long a paid sale keeps its return page up for the buyer's
// browser, which is led there a little after the payment is known here.
const linger = 3 * time.Second

func lingerFor(ctx context.Context, returned <-chan struct{}) {
	select {
	case <-returned:
	case <-ctx.Done():
	case <-time.After(linger):
	}
}

// buyerReturned returns a channel that closes when the buyer has come to the
// session's return page, or when ctx ends.
func buyerReturned(ctx context.Context, d *services.Desk, session string) <-chan struct{} {
	changes, returned := d.Watch(ctx), make(chan struct{})
	go func() {
		defer close(returned)
		for c := range changes {
			if c.Kind == services.ChangeReturned && c.Ref == session {
				return
			}
		}
	}()
	return returned
}
