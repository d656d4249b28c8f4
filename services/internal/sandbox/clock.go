package sandbox

import (
	"context"
	"math"
	"time"
)

// keepTime does once a second what time has made due, until ctx ends.
func (s *Server) keepTime(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := s.Tick(); err != nil {
				s.o.Log.Error("sandbox: letting time pass", "err", err)
			}
		}
	}
}

// Tick lets time catch up: sessions expire, subscriptions renew or end, invoices
// are finalized and tried again, banks answer, each at the time it was due, in that order.
func (s *Server) Tick() error {
	now := s.o.Now().Unix()
	idle := false
	_ = s.read(func(t *tx) error {
		_, at := t.nextDue()
		idle = at > now
		return nil
	})
	if idle {
		return nil
	}
	return s.write(cause{}, func(t *tx) error { t.passUntil(now); return nil })
}

// schedule says when time has something to do with an object; 0 is never.
func (t *tx) schedule(o object, at int64) {
	if at == 0 {
		delete(o, "_due")
	} else {
		o["_due"] = at
	}
	t.due[str(o, "id")] = at
}

// nextDue returns what is due first, math.MaxInt64 when nothing ever is.
func (t *tx) nextDue() (id string, at int64) {
	at = math.MaxInt64
	look := func(candidate string, when int64) {
		if when > 0 && (when < at || when == at && candidate < id) {
			id, at = candidate, when
		}
	}
	for candidate, when := range t.mem.due {
		if _, mine := t.due[candidate]; !mine {
			look(candidate, when)
		}
	}
	for candidate, when := range t.due {
		look(candidate, when)
	}
	return id, at
}

// passUntil moves the transaction's clock to now and does on the way what is
// due. Events carry the time they were due.
func (t *tx) passUntil(now int64) {
	for {
		id, at := t.nextDue()
		if at > now {
			t.now = now
			return
		}
		t.now = at
		o := t.edit(id)
		t.schedule(o, 0)
		switch o["object"] {
		case "checkout.session":
			t.expireSession(o)
		case "subscription":
			t.subscriptionDue(o)
		case "invoice":
			t.invoiceDue(o)
		case "charge":
			t.chargeDue(o)
		case "refund":
			t.refundDue(o)
		case "coupon", "promotion_code":
			t.lapsed(o)
		}
	}
}
