package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	deliveryLimit   = 10 * time.Second // for one attempt (5.1)
	deliveryWorkers = 8
)

// delivery is an event on its way to an endpoint.
type delivery struct {
	id, event, endpoint string
	attempt             int   // attempts made
	due                 int64 // when to try next, Unix milliseconds of the machine's clock
}

// turn is what a delivery has to itself while it is tried: its endpoint the first
// time, so that an endpoint gets events one by one in the order they were made;
// a retry only itself, so that it holds nothing up.
func (d *delivery) turn() string {
	if d.attempt == 0 {
		return d.endpoint
	}
	return d.id
}

// queue makes a delivery for every enabled endpoint that wants the event.
func (t *tx) queue(event object) {
	for endpoint := range t.where("webhook_endpoint", "status", "enabled") {
		if !wants(endpoint, str(event, "type")) {
			continue
		}
		t.deliver(event, str(endpoint, "id"))
	}
}

func (t *tx) deliver(event object, endpoint string) {
	event["pending_webhooks"] = num(event, "pending_webhooks") + 1
	d := &delivery{id: t.ids.next("wd_", 24), event: str(event, "id"), endpoint: endpoint, due: time.Now().UnixMilli()}
	t.deliveries[d.id] = d
}

func wants(endpoint object, kind string) bool {
	enabled := itemsAt(endpoint, "enabled_events")
	return slices.Contains(enabled, any("*")) || slices.Contains(enabled, any(kind))
}

// Sign returns the Stripe-Signature header for a body (5.2). The v0 value is the
// fake one that Stripe sends in test mode and that verifiers must ignore.
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at.Unix())
	mac.Write(body)
	sum := hex.EncodeToString(mac.Sum(nil))
	fake := sha256.Sum256([]byte(sum))
	return fmt.Sprintf("t=%d,v1=%s,v0=%s", at.Unix(), sum, hex.EncodeToString(fake[:]))
}

// broadcast tells everybody who waits that something happened.
type broadcast struct {
	lock sync.Mutex
	next chan struct{}
}

func newBroadcast() *broadcast { return &broadcast{next: make(chan struct{})} }

func (b *broadcast) wait() <-chan struct{} {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.next
}

func (b *broadcast) tell() {
	b.lock.Lock()
	defer b.lock.Unlock()
	close(b.next)
	b.next = make(chan struct{})
}

// poke wakes the dispatcher.
func (s *Server) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// deliverAll hands due deliveries to a few workers until ctx ends.
func (s *Server) deliverAll(ctx context.Context) {
	client := &http.Client{Timeout: deliveryLimit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	var workers sync.WaitGroup
	defer workers.Wait()
	busy := &flights{} // deliveries under way, and endpoints that wait for one
	slots := make(chan struct{}, deliveryWorkers)
	for {
		next := s.nextDelivery(busy, func(d *delivery) bool {
			select {
			case slots <- struct{}{}:
			default:
				busy.end(d.turn())
				return false
			}
			workers.Go(func() {
				s.attempt(ctx, client, d)
				busy.end(d.turn())
				<-slots
				s.poke()
			})
			return true
		})
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// nextDelivery starts every due delivery and returns how long to sleep.
func (s *Server) nextDelivery(busy *flights, start func(*delivery) bool) time.Duration {
	sleep := time.Hour
	now := time.Now().UnixMilli()
	for _, d := range s.waiting() {
		wait := time.Duration(d.due-now) * time.Millisecond
		switch {
		case wait > 0:
			sleep = min(sleep, wait)
		case busy.start(d.turn()) && !start(d):
			return time.Hour // every worker is busy: the first to finish wakes us
		}
	}
	return sleep
}

// waiting returns the deliveries in the order their events were made.
func (s *Server) waiting() []*delivery {
	s.lock.RLock()
	defer s.lock.RUnlock()
	list := make([]*delivery, 0, len(s.mem.deliveries))
	for _, d := range s.mem.deliveries {
		list = append(list, d)
	}
	seq := func(d *delivery) int64 {
		if r := s.mem.rows[d.event]; r != nil {
			return r.seq
		}
		return 0
	}
	slices.SortFunc(list, func(a, b *delivery) int {
		if s.o.Faults.Shuffle {
			a, b = b, a
		}
		return int(seq(a) - seq(b))
	})
	return list
}

// attempt posts one event once and records what came of it.
func (s *Server) attempt(ctx context.Context, client *http.Client, d *delivery) {
	var endpoint, event object
	current := false
	_ = s.read(func(t *tx) error {
		current = t.mem.deliveries[d.id] == d
		endpoint = t.find("webhook_endpoint", d.endpoint)
		if e := t.find("event", d.event); e != nil {
			event = t.view(e)
		}
		return nil
	})
	if !current {
		return // somebody recorded another attempt meanwhile
	}
	gone := endpoint == nil || event == nil || endpoint["status"] != "enabled"
	var err error
	if !gone {
		err = post(ctx, client, endpoint, event, s.o.Now())
		if s.o.Faults.Duplicate && err == nil {
			err = post(ctx, client, endpoint, event, s.o.Now())
		}
	}
	if ctx.Err() != nil {
		return // stopped: it is still pending when somebody serves again
	}
	if err != nil {
		s.o.Log.Info("sandbox: webhook not delivered", "event", d.event, "endpoint", d.endpoint, "attempt", d.attempt+1, "err", err)
	}
	if werr := s.write(cause{}, func(t *tx) error { t.record(d, gone, err); return nil }); werr != nil {
		s.o.Log.Error("sandbox: recording a delivery", "err", werr)
	}
	s.progress.tell()
}

func post(ctx context.Context, client *http.Client, endpoint, event object, now time.Time) error {
	body := pretty(event)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, str(endpoint, "url"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	r.Header.Set("Accept", "*/*; q=0.5, application/xml")
	r.Header.Set("Stripe-Signature", Sign(str(endpoint, "_secret"), now, body))
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	_ = answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the endpoint answered %s", answer.Status)
	}
	return nil
}

// record takes a delivery off the queue, or plans its next attempt. An event's
// pending_webhooks counts what no endpoint has acknowledged.
func (t *tx) record(d *delivery, gone bool, err error) {
	t.deliveries[d.id] = nil
	switch {
	case gone:
	case err == nil:
		if t.find("event", d.event) != nil {
			event := t.edit(d.event)
			event["pending_webhooks"] = max(num(event, "pending_webhooks")-1, 0)
		}
	case d.attempt < len(t.srv.o.Retries):
		again := *d
		again.due = time.Now().Add(t.srv.o.Retries[d.attempt]).UnixMilli()
		again.attempt++
		t.deliveries[d.id] = &again
	}
}

// settled waits until each of the deliveries was tried once, at most limit: the
// hosted page waits like this before it sends the person on (3.2).
func (s *Server) settled(ctx context.Context, ids []string, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		again := s.progress.wait()
		s.lock.RLock()
		untried := slices.ContainsFunc(ids, func(id string) bool {
			d := s.mem.deliveries[id]
			return d != nil && d.attempt == 0
		})
		s.lock.RUnlock()
		if !untried {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
		}
	}
}
