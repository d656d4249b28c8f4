package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ids of events sort bytewise in the order of the event log: through the demo's
// history, between writers that share a second, after a restart and while time
// catches up.
func TestEventIDsSortAsTheEventsWereMade(t *testing.T) {
	c := demo(t)
	write := func(c *client) {
		var writers sync.WaitGroup
		for w := range 6 {
			writers.Go(func() {
				for i := range 10 {
					r, err := http.NewRequest(http.MethodPost, c.web.URL+"/v1/customers", strings.NewReader(fmt.Sprintf("email=w%d-%d@b.co", w, i)))
					if err != nil {
						t.Error(err)
						return
					}
					r.SetBasicAuth(c.key, "")
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					res, err := http.DefaultClient.Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					_ = res.Body.Close()
				}
			})
		}
		writers.Wait()
	}
	write(c)
	again := c.reopen()
	write(again)
	again.pass(40 * 24 * time.Hour)
	write(again)

	form := regexp.MustCompile(`^evt_1[0-9A-Za-z]{23}$`)
	last, created, shared := "", int64(0), 0
	all := again.events()
	for _, e := range all {
		id := s(e, "id")
		if !form.MatchString(id) || id <= last {
			t.Fatalf("%s (%s, %d) follows %s (%d)", id, s(e, "type"), n(e, "created"), last, created)
		}
		if n(e, "created") == created {
			shared++
		}
		last, created = id, n(e, "created")
	}
	if len(all) < 500 || shared < 180 {
		t.Errorf("%d events, %d of them in the second of the one before: too few to tell", len(all), shared)
	}
}

// A number of a fixed width sorts as text.
func TestDigits(t *testing.T) {
	last := ""
	for _, n := range []int64{0, 1, 9, 10, 35, 36, 61, 62, 3843, 3844, 1 << 31, 1 << 32, 62*62*62*62*62*62 - 1} {
		if got := digits(n, 6); len(got) != 6 || got <= last {
			t.Errorf("%d is %q after %q", n, got, last)
		} else {
			last = got
		}
	}
}
