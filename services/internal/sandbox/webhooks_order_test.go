package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestWebhooksKeepTheirOrder: an endpoint gets events one at a time, in the
// order they were made, and one that fails holds up nothing.
func TestWebhooksKeepTheirOrder(t *testing.T) {
	c := serve(t, Options{Retries: []time.Duration{time.Hour}})
	var lock sync.Mutex
	var got []string
	under, most := 0, 0
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		under++
		most = max(most, under)
		lock.Unlock()
		body, _ := io.ReadAll(r.Body)
		var event map[string]any
		_ = json.Unmarshal(body, &event)
		lock.Lock()
		defer lock.Unlock()
		under--
		got = append(got, s(event, "type"))
		if s(event, "type") == "charge.succeeded" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(hook.Close)
	p := c.stock()
	before := len(c.events())
	c.endpoint(hook.URL, "&enabled_events[]=*")
	for range 3 {
		c.confirm(s(c.session("subscription", p.monthly, ""), "id"), "visa").ok()
	}
	want := c.since(before)
	until(t, "every event", func() bool { lock.Lock(); defer lock.Unlock(); return len(got) == len(want) })
	if !slices.Equal(got, want) || most != 1 {
		t.Errorf("%d at once, delivered\n%v\nwant\n%v", most, got, want)
	}
}

func TestGzip(t *testing.T) {
	c := empty(t)
	for header, zipped := range map[string]bool{"gzip": true, "deflate, gzip;q=0.5": true, "identity": false, "gzip;q=0": false} {
		r, _ := http.NewRequest("GET", c.web.URL+"/v1/customers", nil)
		r.Header.Set("Authorization", "Bearer "+c.key)
		r.Header.Set("Accept-Encoding", header)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if (res.Header.Get("Content-Encoding") == "gzip") != zipped || strings.HasPrefix(string(body), "{") == zipped {
			t.Errorf("%q: %q %.20q", header, res.Header.Get("Content-Encoding"), body)
		}
	}
}
