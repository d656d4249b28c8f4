package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
	"bursar/services/internal/webhook/forward"
)

// forwardPath is where a profile's forwarding queue is.
func (b *builder) forwardPath() string {
	if b.profile.Sandbox {
		return filepath.Join(b.desks.o.Paths.Sandbox(), "forward.db")
	}
	return filepath.Join(b.desks.o.Paths.Profile(b.profile.Name), "forward.db")
}

// forward starts passing a profile's events on.
func (l *listening) forward(ctx context.Context, p *listeningProfile) error {
	destinations, err := l.destinations(ctx, p)
	if err != nil || len(destinations) == 0 {
		return err
	}
	if p.queue, err = forward.Open(ctx, p.forwardPath()); err != nil {
		return err
	}
	o := forward.Options{
		Source: p.archive, Now: p.now, Log: p.log, Proxy: l.desks.o.Proxy, RetryFor: l.o.RetryFor, FromNow: l.o.FromNow,
		Told: func(d services.Delivery) {
			l.metrics.Forwarded(p.profile.Name, hostOf(d.URL), string(d.Outcome), time.Duration(d.Took)*time.Millisecond)
			p.feed.tried(d)
		},
	}
	if l.o.Replay > 0 {
		if o.Replay, err = l.replayed(ctx, p); err != nil {
			return err
		}
	}
	if p.forwarder, err = forward.Start(ctx, p.queue, destinations, p.from, o); err != nil {
		return err
	}
	p.feed.routes = func(eventType string) (n int) {
		for _, d := range destinations {
			if d.Types.Match(eventType) {
				n++
			}
		}
		return n
	}
	for n, s := range p.forwarder.States() {
		d := destinations[n]
		l.view.Forwards = append(l.view.Forwards, services.Forwarding{Profile: p.profile.Name, URL: d.URL, Types: append([]string{}, d.Types...), Secret: d.Secret, Waiting: s.Waiting})
		l.metrics.Gauge("forward_waiting", "Events that wait to be passed on.", func() float64 { return float64(p.forwarder.States()[n].Waiting) },
			"profile", p.profile.Name, "destination", hostOf(d.URL), "number", strconv.Itoa(n+1))
	}
	return nil
}

// destinations checks where events go to, and finds what each is signed with.
func (l *listening) destinations(ctx context.Context, p *listeningProfile) (list []forward.Destination, err error) {
	key := ""
	if p.shop != nil {
		key = p.shop.SecretKey()
	} else if key, _, err = l.desks.profiles.Secret(ctx, p.profile.Name, config.SecretKey); err != nil {
		return nil, err
	}
	for _, f := range l.o.Forwards {
		if err := forward.CheckDestination(f.URL, p.profile.Live(), l.o.SkipVerify); err != nil {
			return nil, err
		}
		types, err := forward.ParseTypes(f.Types)
		if err != nil {
			return nil, err
		}
		d := forward.Destination{URL: f.URL, Types: types, Secret: l.o.Secret, SkipVerify: l.o.SkipVerify}
		if d.Secret == "" {
			d.Secret = forward.SecretFor(key, f.URL)
		}
		if slices.ContainsFunc(list, func(other forward.Destination) bool { return other.URL == d.URL }) {
			return nil, services.Invalid("forward_to", services.Clean(f.URL)+" is named twice.", "Name it once, with all of its event types.")
		}
		list = append(list, d)
	}
	return list, nil
}

// replayed are the events of the last while, also those that only Stripe's list
// has yet. That it cannot be read is said and not fatal.
func (l *listening) replayed(ctx context.Context, p *listeningProfile) ([]services.Event, error) {
	if _, err := p.syncer.Sync(ctx); err != nil {
		l.say("What Stripe's event list has is not among the replayed events: " + services.AsError(err).Message)
	}
	return eventsBetween(ctx, p.archive, p.now().Add(-l.o.Replay), time.Time{})
}

// eventsBetween lists the events that Stripe made in a stretch of time, the oldest
// first. A zero until means now.
func eventsBetween(ctx context.Context, store archive.Archive, since, until time.Time) (events []services.Event, err error) {
	stretch := fmt.Sprintf(`{"created": {"$gte": %d}}`, since.Unix())
	if !until.IsZero() {
		stretch = fmt.Sprintf(`{"created": {"$gte": %d, "$lt": %d}}`, since.Unix(), until.Unix())
	}
	q := archive.Query{Limit: services.MaxLogLimit}
	if q.Where, err = where.Parse([]byte(stretch)); err != nil {
		return nil, err
	}
	for {
		page, err := store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		events = append(events, page.Events...)
		if !page.More || len(page.Events) == 0 {
			slices.Reverse(events)
			return events, nil
		}
		q.Before = page.Events[len(page.Events)-1].ID
	}
}

// ParseForward reads "URL" or "URL=types". types count for a URL without any.
func ParseForward(text, types string) ForwardTo {
	address, own := forward.ParseDestination(text)
	if len(own) > 0 {
		types = strings.Join(own, ",")
	}
	return ForwardTo{URL: address, Types: types}
}

// hostOf is what counters call a destination: a path or a query may hold a token.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
