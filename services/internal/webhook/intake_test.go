package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

// patience is how long a test waits for what happens in the background.
const patience = 10 * time.Second

// eventually polls until ok, and fails the test when that takes too long.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// slowSink stores one batch for each token that it is given, and says how.
type slowSink struct {
	mu      sync.Mutex
	batches [][]string
	began   chan struct{}
	answer  func(batch []string) error
	free    chan struct{}
}

func newSlowSink() *slowSink {
	return &slowSink{began: make(chan struct{}, 1000), free: make(chan struct{}, 1000)}
}

func (s *slowSink) Add(ctx context.Context, _ services.EventSource, raws [][]byte) (int, int, error) {
	s.began <- struct{}{}
	select {
	case <-s.free:
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch []string
	for _, raw := range raws {
		batch = append(batch, string(raw))
	}
	s.batches = append(s.batches, batch)
	if s.answer != nil {
		if err := s.answer(batch); err != nil {
			return 0, 0, err
		}
	}
	return len(raws), 0, nil
}

func (s *slowSink) sizes() (sizes []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.batches {
		sizes = append(sizes, len(b))
	}
	return sizes
}

// deliveries gives bodies to an intake at once and collects the verdicts.
type deliveries struct {
	t        *testing.T
	in       *intake
	room     *room
	mu       sync.Mutex
	verdicts map[string]error
	all      sync.WaitGroup
}

func intakeOf(t *testing.T, sink Sink, limits Limits) *deliveries {
	d := &deliveries{t: t, room: newRoom(64 << 20), verdicts: map[string]error{}}
	d.in = newIntake(sink, limits.withDefaults(), slog.New(slog.DiscardHandler), func(stored) {})
	return d
}

// send gives one text and returns when it waits to be stored, or was refused.
func (d *deliveries) send(text string) {
	d.t.Helper()
	b, err := d.room.read(strings.NewReader(text), int64(len(text)))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.in.accept(b); err != nil {
		b.release()
		d.note(text, err)
		return
	}
	d.all.Go(func() {
		d.note(text, <-b.verdict)
		b.release()
	})
}

func (d *deliveries) note(text string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.verdicts[text] = err
}

// heard returns the verdicts once everybody has one.
func (d *deliveries) heard() map[string]error {
	d.all.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.verdicts
}

func (d *deliveries) refused() (n int) {
	for _, err := range d.heard() {
		if err != nil {
			n++
		}
	}
	return n
}

// What comes while the store is busy is stored together when it is free, and in
// the order in which it came.
func TestWhatWaitsIsStoredTogether(t *testing.T) {
	sink := newSlowSink()
	d := intakeOf(t, sink, Limits{Batch: 10})
	d.send("first")
	<-sink.began
	for i := range 25 {
		d.send(fmt.Sprintf("later %02d", i))
	}
	if waiting, bytes, _ := d.in.state(); waiting != 25 || bytes != 25*len("later 00") {
		t.Errorf("%d wait with %d bytes", waiting, bytes)
	}
	for range 4 {
		sink.free <- struct{}{}
	}
	if n := d.refused(); n != 0 {
		t.Errorf("%d were refused", n)
	}
	if got := fmt.Sprint(sink.sizes()); got != "[1 10 10 5]" {
		t.Errorf("batches of %s", got)
	}
	if got := strings.Join(sink.batches[1], ","); !strings.HasPrefix(got, "later 00,later 01,") {
		t.Errorf("the second batch is %s", got)
	}
	d.in.close()
}

func TestBatchIsBoundedByBytes(t *testing.T) {
	sink := newSlowSink()
	d := intakeOf(t, sink, Limits{})
	large := strings.Repeat("a", maxBody-1)
	d.send("first")
	<-sink.began
	for i := range 6 {
		d.send(large + fmt.Sprint(i))
	}
	for range 3 {
		sink.free <- struct{}{}
	}
	if n := d.refused(); n != 0 {
		t.Errorf("%d were refused", n)
	}
	if got := fmt.Sprint(sink.sizes()); got != "[1 4 2]" {
		t.Errorf("batches of %s", got)
	}
	d.in.close()
}

func TestQueueIsBounded(t *testing.T) {
	sink := newSlowSink()
	d := intakeOf(t, sink, Limits{Waiting: 3})
	d.send("first")
	<-sink.began
	for i := range 5 {
		d.send(fmt.Sprint(i))
	}
	if !errors.Is(d.verdicts["3"], errFull) || !errors.Is(d.verdicts["4"], errFull) {
		t.Errorf("verdicts %v", d.verdicts)
	}
	sink.free <- struct{}{}
	sink.free <- struct{}{}
	if n := d.refused(); n != 2 {
		t.Errorf("%d were refused", n)
	}
	d.in.close()
}

// One delivery that cannot be stored does not take those beside it along.
func TestPoisonIsFoundInItsBatch(t *testing.T) {
	for _, at := range []int{0, 1, 4} {
		sink := newSlowSink()
		sink.answer = func(batch []string) error {
			if strings.Contains(strings.Join(batch, ","), "poison") {
				return errors.New("cannot store that")
			}
			return nil
		}
		d := intakeOf(t, sink, Limits{})
		d.send("first")
		<-sink.began
		for i := range 5 {
			if i == at {
				d.send("poison")
				continue
			}
			d.send(fmt.Sprint("fine ", i))
		}
		for range 7 {
			sink.free <- struct{}{}
		}
		for text, err := range d.heard() {
			if (err != nil) != (text == "poison") {
				t.Errorf("poison at %d: %q was answered %v", at, text, err)
			}
		}
		if _, _, problem := d.in.state(); problem != nil {
			t.Errorf("the store is said to fail: %v", problem)
		}
		d.in.close()
	}
}

// A store that is down is not asked once for each delivery that waits, and
// everybody is told; when it is back it is used again.
func TestStoreDownAndBack(t *testing.T) {
	sink := newSlowSink()
	down := errors.New("disk full")
	sink.answer = func([]string) error { return down }
	d := intakeOf(t, sink, Limits{Batch: 50})
	d.send("first")
	<-sink.began
	for i := range 500 {
		d.send(fmt.Sprint(i))
	}
	for range 4 {
		sink.free <- struct{}{}
	}
	if n := d.refused(); n != 501 {
		t.Errorf("%d of 501 were refused", n)
	}
	if got := fmt.Sprint(sink.sizes()); got != "[1 50 1 1]" {
		t.Errorf("asked for batches of %s", got)
	}
	if _, _, problem := d.in.state(); !errors.Is(problem, down) {
		t.Errorf("the problem is %v", problem)
	}
	sink.mu.Lock()
	sink.answer = nil
	sink.mu.Unlock()
	sink.free <- struct{}{}
	d.send("again")
	if err := d.heard()["again"]; err != nil {
		t.Error(err)
	}
	if _, _, problem := d.in.state(); problem != nil {
		t.Errorf("the problem is still %v", problem)
	}
	d.in.close()
}

// A store that hangs is waited for only so long.
func TestStoreThatHangs(t *testing.T) {
	sink := newSlowSink()
	d := intakeOf(t, sink, Limits{Store: 5 * time.Millisecond})
	d.send("one")
	if err := d.heard()["one"]; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	d.in.close()
}

// A store that breaks over one delivery does not end the program, nor the intake.
func TestStoreThatBreaks(t *testing.T) {
	log := &record{}
	var mu sync.Mutex
	breaks := true
	in := newIntake(sinkFunc(func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if breaks {
			var none map[string]int
			none["a"] = 1
		}
		return nil
	}), Limits{}.withDefaults(), slog.New(slog.NewTextHandler(log, nil)), func(stored) {})
	give := func() error {
		b, err := newRoom(1<<20).read(bytes.NewReader([]byte("secret body")), -1)
		if err != nil {
			t.Fatal(err)
		}
		return in.store(b)
	}
	if err := give(); err == nil {
		t.Error("stored by a store that breaks")
	}
	if text := log.String(); !strings.Contains(text, "nil map") || strings.Contains(text, "secret body") {
		t.Errorf("the log says %s", text)
	}
	mu.Lock()
	breaks = false
	mu.Unlock()
	if err := give(); err != nil {
		t.Error(err)
	}
	in.close()
}

// Close stores what was accepted and refuses what comes later.
func TestCloseDrains(t *testing.T) {
	sink := newSlowSink()
	d := intakeOf(t, sink, Limits{Batch: 2})
	d.send("first")
	<-sink.began
	for i := range 5 {
		d.send(fmt.Sprint(i))
	}
	closed := make(chan struct{})
	go func() { defer close(closed); d.in.close() }()
	eventually(t, "the refusal", func() bool {
		b, err := d.room.read(strings.NewReader("late"), 4)
		if err != nil {
			t.Fatal(err)
		}
		err = d.in.accept(b)
		if err == nil {
			d.all.Go(func() { <-b.verdict })
		}
		return errors.Is(err, errClosed)
	})
	select {
	case <-closed:
		t.Error("closed before everything was stored")
	default:
	}
	for range 100 {
		sink.free <- struct{}{}
	}
	<-closed
	if n := d.refused(); n != 0 {
		t.Errorf("%d of those that were accepted were not stored", n)
	}
	d.in.close() // a second time changes nothing
}
