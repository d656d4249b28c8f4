package forward

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
)

// Events are passed on as they came, each to the destinations that take its type,
// and the log says what became of them.
func TestEventsArePassedOn(t *testing.T) {
	source, all, some := &fake{}, newProgram(t, nil), newProgram(t, nil)
	q := open(t, file(t))
	var mu sync.Mutex
	told := 0
	o := soon(source)
	o.Told = func(services.Delivery) { mu.Lock(); told++; mu.Unlock() }
	source.add(event("ch_1", 1, "charge.succeeded"))
	f := start(t, q, o, Destination{URL: all.URL, Secret: secret}, Destination{URL: some.URL + "/hook?a=b", Secret: secret, Types: Types{"invoice.*"}})
	source.add(event("in_1", 1, "invoice.paid"), event("", 1, "balance.available"))
	eventually(t, "all of them", all.took(3))
	eventually(t, "some of them", some.took(1))
	stop(t, f)
	if got := some.ids(false); len(got) != 1 || got[0] != "evt_in_1_001" {
		t.Errorf("the second was sent %v", got)
	}
	entries := log(t, q)
	if len(entries) != 4 || told != 4 {
		t.Errorf("%d attempts are logged, %d told", len(entries), told)
	}
	for _, d := range entries {
		if d.Outcome != services.DeliveryDone || d.Status != 200 || d.Attempt != 1 || d.Problem != "" || !d.Next.IsZero() || time.Since(d.Time).Abs() > patience {
			t.Errorf("%+v", d)
		}
	}
}

// What one object's events say stays in order whatever the destination answers,
// and other objects' events do not wait for it.
func TestOrderPerObject(t *testing.T) {
	const objects, each = 12, 15
	source := &fake{}
	for n := range each {
		for o := range objects {
			source.add(event(fmt.Sprintf("ob%02d", o), n, "charge.updated"))
		}
	}
	p := newProgram(t, func(id string, n int) int {
		switch rand.IntN(6) {
		case 0:
			return http.StatusInternalServerError
		case 1:
			if n < 5 {
				return 0
			}
		}
		return http.StatusOK
	})
	q := open(t, file(t))
	f := start(t, q, soon(source), Destination{URL: p.URL, Secret: secret})
	eventually(t, "every event", p.took(objects*each))
	eventually(t, "the end", func() bool { return f.States()[0].Waiting == 0 })
	stop(t, f)
	inOrder(t, p.ids(false), p.ids(true), objects*each)
}

// inOrder checks that each object's events were taken in order, none is missing,
// and none was tried before the one before it was taken.
func inOrder(t *testing.T, tried, taken []string, all int) {
	t.Helper()
	last := map[string]int{}
	distinct := map[string]bool{}
	for _, id := range taken {
		var object string
		var n int
		if _, err := fmt.Sscanf(strings.ReplaceAll(id, "_", " "), "evt %s %d", &object, &n); err != nil {
			t.Fatal(err)
		}
		if !distinct[id] && n != last[object] {
			t.Errorf("%s was taken after %d of its object", id, last[object])
		}
		if !distinct[id] {
			last[object] = n + 1
		}
		distinct[id] = true
	}
	if len(distinct) != all {
		t.Errorf("%d of %d events were taken", len(distinct), all)
	}
	if len(tried) < len(taken) {
		t.Errorf("%d were tried and %d taken", len(tried), len(taken))
	}
}

// An event that is refused for too long is given up, and those behind it go on.
func TestRefusedEventIsGivenUp(t *testing.T) {
	source := &fake{}
	source.add(event("sub_1", 1, "a.b"), event("sub_1", 2, "a.b"), event("sub_2", 1, "a.b"))
	p := newProgram(t, func(id string, _ int) int {
		if id == "evt_sub_1_001" {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	o := soon(source)
	o.RetryFor = 30 * time.Millisecond
	q := open(t, file(t))
	f := start(t, q, o, Destination{URL: p.URL, Secret: secret})
	eventually(t, "the others", p.took(2))
	stop(t, f)
	var of []services.Delivery
	for _, d := range log(t, q) {
		if d.Event == "evt_sub_1_001" {
			of = append(of, d)
		}
	}
	if len(of) < 2 {
		t.Fatalf("tried %d times", len(of))
	}
	for n, d := range of {
		want := services.DeliveryRetried
		if n == len(of)-1 {
			want = services.DeliveryGivenUp
		}
		if d.Outcome != want || d.Attempt != n+1 || d.Status != 400 || d.Problem != "HTTP 400: said the program" || d.Next.IsZero() != (want == services.DeliveryGivenUp) {
			t.Errorf("attempt %d: %+v", n+1, d)
		}
	}
	failed, err := q.Deliveries(t.Context(), services.DeliveryQuery{Failed: true, Event: "evt_sub_1_001", Limit: 1})
	if err != nil || len(failed) != 1 || failed[0].Outcome != services.DeliveryGivenUp {
		t.Errorf("%+v, %v", failed, err)
	}
}

// While nobody answers one delivery at a time finds that out, nothing is given up,
// and everything arrives in order when somebody is back.
func TestOutage(t *testing.T) {
	source := &fake{}
	p := newProgram(t, nil)
	gone := p.URL
	p.Config.Close()
	q := open(t, file(t))
	o := soon(source)
	o.RetryFor = time.Nanosecond
	o.Outage = Backoff{20 * time.Millisecond, 40 * time.Millisecond}
	for n := range 40 {
		source.add(event("ob", n, "a.b"), event(fmt.Sprintf("other%02d", n), 0, "a.b"))
	}
	f := start(t, q, o, Destination{URL: gone, Secret: secret})
	eventually(t, "the third attempt", func() bool { return len(log(t, q)) >= 10 })
	if s := f.States()[0]; s.Waiting != 80 || s.Problem != "connection refused" || s.Next.IsZero() {
		t.Errorf("%+v", s)
	}
	began := time.Now()
	before := len(log(t, q))
	eventually(t, "a while", func() bool { return time.Since(began) > 200*time.Millisecond })
	if n := len(log(t, q)) - before; n > 15 {
		t.Errorf("%d attempts in 200 ms while nobody answers", n)
	}
	back := newProgramAt(t, strings.TrimPrefix(gone, "http://"))
	eventually(t, "everything", back.took(80))
	eventually(t, "the state", func() bool { return f.States()[0] == State{URL: gone} })
	stop(t, f)
	inOrder(t, back.ids(false), back.ids(true), 80)
	for _, d := range log(t, q) {
		if d.Outcome == services.DeliveryGivenUp {
			t.Errorf("given up: %+v", d)
		}
	}
}

// What is asked for with Retry-After is waited for.
// Certificates are verified, unless it is said otherwise, and then only on this
// machine.
// A new destination begins where it is told, and goes on from there at every start.
func TestDestinationGoesOn(t *testing.T) {
	source, p := &fake{}, newProgram(t, nil)
	path := file(t)
	source.add(event("ob", 0, "a.b"), event("ob", 1, "a.b"))
	q := open(t, path)
	to := Destination{URL: p.URL, Secret: secret}
	f, err := Start(t.Context(), q, []Destination{to}, "2", soon(source))
	if err != nil {
		t.Fatal(err)
	}
	source.add(event("ob", 2, "a.b"))
	eventually(t, "the third", p.took(1))
	eventually(t, "its end", func() bool { return f.States()[0].Waiting == 0 })
	stop(t, f)
	source.add(event("ob", 3, "a.b"))
	f, err = Start(t.Context(), open(t, path), []Destination{to}, "4", soon(source)) // it is known: the position does not count
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the fourth", p.took(2))
	stop(t, f)
	if got := fmt.Sprint(p.ids(true)); got != "[evt_ob_002 evt_ob_003]" {
		t.Errorf("taken %s", got)
	}
}

// One destination is served by one forwarder; another one's is not its business.
func TestOneForwarderForADestination(t *testing.T) {
	source, p, other := &fake{}, newProgram(t, nil), newProgram(t, nil)
	path := file(t)
	to := Destination{URL: p.URL, Secret: secret}
	f := start(t, open(t, path), soon(source), to)
	_, err := Start(t.Context(), open(t, path), []Destination{{URL: other.URL, Secret: secret}, to}, "", soon(source))
	if services.CodeOf(err) != services.CodeConflict || !strings.Contains(err.Error(), "already") {
		t.Errorf("%v", err)
	}
	second := start(t, open(t, path), soon(source), Destination{URL: other.URL, Secret: secret}) // its lock was given back
	source.add(event("a", 0, "a.b"))
	eventually(t, "both", func() bool { return p.took(1)() && other.took(1)() })
	stop(t, f)
	stop(t, second)
	f = start(t, open(t, path), soon(source), to)
	stop(t, f)
}

// An event that the archive no longer holds does not hold its object up.
// While the archive cannot be read nothing is lost or logged as an attempt.
func TestSourceFails(t *testing.T) {
	source, p := &fake{}, newProgram(t, nil)
	q := open(t, file(t))
	source.add(event("a", 0, "a.b"))
	source.fail(errors.New("locked"))
	f := start(t, q, soon(source), Destination{URL: p.URL, Secret: secret})
	source.add(event("a", 1, "a.b"))
	source.fail(nil)
	eventually(t, "both", p.took(2))
	stop(t, f)
	if n := len(log(t, q)); n != 2 {
		t.Errorf("%d attempts", n)
	}
}

// What is read ahead of its delivery is bounded, and the rest stays in the archive.
func TestWindow(t *testing.T) {
	source := &fake{}
	for n := range 1000 {
		source.add(event(fmt.Sprintf("o%d", n), 0, "a.b"))
	}
	release := make(chan struct{})
	var answered atomic.Int64
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		answered.Add(1)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	q := open(t, file(t))
	o := soon(source)
	o.Window, o.Parallel = 150, 3
	f := start(t, q, o, Destination{URL: server, Secret: secret})
	eventually(t, "the window", func() bool { return f.States()[0].Waiting >= 150 })
	if n := f.States()[0].Waiting; n > 150+pageSize {
		t.Errorf("%d wait", n)
	}
	close(release)
	eventually(t, "everything", func() bool { s := f.States()[0]; return s.Waiting == 0 && answered.Load() == 1000 })
	stop(t, f)
	if n := len(log(t, q)); n != 1000 {
		t.Errorf("%d attempts are logged", n)
	}
}

// Closing waits for an attempt under way, but not for ever; what was cut off is
// made again.
func TestCloseCutsOff(t *testing.T) {
	source := &fake{}
	source.add(event("a", 0, "a.b"), event("b", 0, "a.b"))
	began := make(chan struct{}, 10)
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		if len(began) < 3 {
			<-r.Context().Done()
		}
	})
	q := open(t, file(t))
	o := soon(source)
	o.Grace = 10 * time.Millisecond
	f := start(t, q, o, Destination{URL: server, Secret: secret})
	eventually(t, "both", func() bool { return len(began) == 2 })
	stop(t, f)
	if n := len(log(t, q)); n != 0 {
		t.Errorf("%d attempts are logged", n)
	}
	began <- struct{}{}
	f = start(t, q, o, Destination{URL: server, Secret: secret})
	eventually(t, "both again", func() bool { return len(log(t, q)) == 2 })
	stop(t, f)
}

// A clock that is set back does not stop what waits for its time.
func TestClockSetBack(t *testing.T) {
	var mu sync.Mutex
	ahead := 48 * time.Hour
	source := &fake{}
	source.add(event("a", 0, "a.b"))
	p := newProgram(t, func(_ string, n int) int { return map[bool]int{true: 500, false: 200}[n < 2] })
	p.t = ignore{t} // signed by a clock that is two days ahead
	o := soon(source)
	o.Backoff = Backoff{time.Hour, time.Hour}
	o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	q := open(t, file(t))
	f := start(t, q, o, Destination{URL: p.URL, Secret: secret})
	eventually(t, "the first attempt", func() bool { return len(log(t, q)) == 1 })
	mu.Lock()
	ahead = 0
	mu.Unlock()
	source.add(event("b", 0, "a.b")) // wakes it
	eventually(t, "the second attempt", p.took(1))
	stop(t, f)
}

// ignore is a test that takes errors lightly.
type ignore struct{ testing.TB }

func (ignore) Errorf(string, ...any) {}

func TestNothingIsLeftRunning(t *testing.T) {
	source, p := &fake{}, newProgram(t, nil)
	q := open(t, file(t))
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	f := start(t, q, soon(source), Destination{URL: p.URL, Secret: secret})
	stop(t, f)
	before := runtime.NumGoroutine()
	for n := range 3 {
		f := start(t, q, soon(source), Destination{URL: p.URL, Secret: secret})
		source.add(event("a", n, "a.b"))
		eventually(t, "it", p.took(n+1))
		stop(t, f)
	}
	p.CloseClientConnections()
	eventually(t, "the end of every goroutine", func() bool { return runtime.NumGoroutine() <= before })
}
