package stripegw

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// EventQuery selects one page of Stripe's event list, newest first. Stripe
// keeps 30 days.
type EventQuery struct {
	After  string    // page on to the events older than this id
	Before string    // the page just newer than this id; not together with After
	Since  time.Time // only events created then or later; zero: no bound
	Until  time.Time // only events created then or earlier; zero: no bound
	Limit  int       // 1 to 100; 0 means 100
}

// EventPage is one page of events.
type EventPage struct {
	Events []RawEvent
	More   bool // there are further events in the query's direction
}

// RawEvent is an event as it came.
type RawEvent struct {
	ID      string
	Created time.Time
	Raw     []byte // the bytes of this event in Stripe's answer, unchanged
}

// eventList reads the list without touching the events themselves, which
// stripe-go would decode and so change.
type eventList struct {
	stripe.APIResource
	HasMore bool              `json:"has_more"`
	Data    []json.RawMessage `json:"data"`
}

// EventPage reads one page of the event list.
func (g *Gateway) EventPage(ctx context.Context, q EventQuery) (EventPage, error) {
	limit := q.Limit
	if limit <= 0 || limit > pageSize {
		limit = pageSize
	}
	r := request{op: "reading Stripe's event list", method: http.MethodGet, path: "/v1/events", params: listParams(limit, q.After)}
	if q.Before != "" {
		r.params = append(r.params, services.Option{Name: "ending_before", Value: q.Before})
	}
	if !q.Since.IsZero() {
		r.params = append(r.params, services.Option{Name: "created[gte]", Value: strconv.FormatInt(q.Since.Unix(), 10)})
	}
	if !q.Until.IsZero() {
		r.params = append(r.params, services.Option{Name: "created[lte]", Value: strconv.FormatInt(q.Until.Unix(), 10)})
	}
	var list eventList
	if err := g.call(ctx, r, &list); err != nil {
		return EventPage{}, err
	}
	if list.Data == nil {
		return EventPage{}, g.unreadable(r, list.LastResponse)
	}
	page := EventPage{More: list.HasMore, Events: make([]RawEvent, 0, len(list.Data))}
	for _, raw := range list.Data {
		var head struct {
			ID      string `json:"id"`
			Created int64  `json:"created"`
		}
		_ = json.Unmarshal(raw, &head) // what is wrong with one event beside its id must not hold up the others
		if head.ID == "" {
			return EventPage{}, g.unreadable(r, list.LastResponse)
		}
		page.Events = append(page.Events, RawEvent{ID: head.ID, Created: at(head.Created), Raw: raw})
	}
	return page, nil
}
