package app

import (
	"fmt"
	"sync"
	"time"

	"bursar/services/internal/stripegw"
	"bursar/services/internal/webhook"
)

// clock compares this machine's clock with Stripe's, as its answers tell it. A
// clock that is off refuses every webhook as a replay; nothing else depends on it.
type clock struct {
	gateway *stripegw.Gateway
	changed func() // the problem came, went or became another one

	mu   sync.Mutex
	said string
}

// problem is what is wrong with the clock and what to do; empty when webhooks
// are within the tolerance of their signatures.
func (c *clock) problem() string {
	ahead, way := c.gateway.ClockAhead(), "ahead of"
	if ahead < 0 {
		ahead, way = -ahead, "behind"
	}
	if ahead <= webhook.DefaultTolerance {
		return ""
	}
	return fmt.Sprintf("This machine's clock is %s %s Stripe's: webhooks are refused, events come from Stripe's list only. Set the clock.", roughly(ahead), way)
}

// look tells when the problem is another one than at the last look.
func (c *clock) look() {
	now := c.problem()
	c.mu.Lock()
	news := now != c.said
	c.said = now
	c.mu.Unlock()
	if news {
		c.changed()
	}
}

// roughly says a time of some minutes or more in its largest unit.
func roughly(d time.Duration) string {
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}} {
		switch n := int64(d.Round(unit.long) / unit.long); {
		case d > unit.long-5*time.Minute && n == 1:
			return "about a" + map[bool]string{true: "n"}[unit.name == "hour"] + " " + unit.name
		case d >= 2*unit.long:
			return fmt.Sprintf("about %d %ss", n, unit.name)
		}
	}
	return fmt.Sprintf("%d minutes", int64(d.Round(time.Minute)/time.Minute))
}
