package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"bursar/services"
)

// Limits bound what a receiver holds in memory. Zero values mean the defaults.
type Limits struct {
	Bytes   int64         // of all bodies that are being read or wait to be stored; 0 means 8 MiB
	Waiting int           // deliveries of one target that wait to be stored; 0 means 2,048
	Batch   int           // deliveries that are stored together; 0 means 256
	Store   time.Duration // how long storing a batch may take; 0 means 15 s
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 8 << 20
	}
	if l.Waiting <= 0 {
		l.Waiting = 2048
	}
	if l.Batch <= 0 {
		l.Batch = 256
	}
	if l.Store <= 0 {
		l.Store = 15 * time.Second
	}
	return l
}

// batchBytes is how much one batch holds, in bytes of bodies, unless its first
// delivery alone is larger.
const batchBytes = 4 << 20

// quick is how soon a store refuses a delivery that is at fault itself. A store
// that takes longer to fail is at fault.
const quick = time.Second

// errClosed is why nothing is accepted any more.
var errClosed = errors.New("the receiver is closing")

// intake stores one target's deliveries. Those that come while the store is busy
// wait, and are stored together when it is free: one sync of the disk serves them
// all, and nobody waits for a batch to fill. (Two batches under way at once were
// measured: the smaller batches cost more than the overlap gains.)
type intake struct {
	sink   Sink
	limits Limits
	log    *slog.Logger
	told   func(stored) // of each batch that is stored

	mu      sync.Mutex
	more    sync.Cond // something waits, or the intake is closed
	waiting []*body
	bytes   int // of the waiting bodies
	closed  bool
	problem error // why the last attempt to store failed; nil when it did not

	done chan struct{} // closed when nothing is stored any more
}

// stored is what became of a batch.
type stored struct {
	deliveries, added, duplicates int
	took                          time.Duration
}

func newIntake(sink Sink, limits Limits, log *slog.Logger, told func(stored)) *intake {
	i := &intake{sink: sink, limits: limits, log: log, told: told, done: make(chan struct{})}
	i.more.L = &i.mu
	go i.run()
	return i
}

// store returns when the body is on the disk, or says why it is not. The body
// stays the caller's, who must not touch it meanwhile.
func (i *intake) store(b *body) error {
	if err := i.accept(b); err != nil {
		return err
	}
	return <-b.verdict
}

func (i *intake) accept(b *body) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.closed:
		return errClosed
	case len(i.waiting) >= i.limits.Waiting:
		return errFull
	}
	i.waiting = append(i.waiting, b)
	i.bytes += len(b.bytes)
	i.more.Signal()
	return nil
}

// close refuses what comes from now on, stores what was accepted, and returns
// when it is.
func (i *intake) close() {
	i.mu.Lock()
	i.closed = true
	i.more.Broadcast()
	i.mu.Unlock()
	<-i.done
}

// state is how much waits, and why the last attempt to store failed.
func (i *intake) state() (waiting, bytes int, problem error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.waiting), i.bytes, i.problem
}

func (i *intake) run() {
	defer close(i.done)
	for batch := i.next(); len(batch) > 0; batch = i.next() {
		i.commit(batch)
	}
}

// next waits for deliveries and takes as many as one batch may hold. It returns
// none when the intake is closed and empty.
func (i *intake) next() []*body {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.waiting) == 0 {
		if i.closed {
			return nil
		}
		i.more.Wait()
	}
	i.mu.Unlock()
	runtime.Gosched() // those that are read already come along; this waits for none
	i.mu.Lock()
	n, bytes := 0, 0
	for n < min(len(i.waiting), i.limits.Batch) {
		size := len(i.waiting[n].bytes)
		if n > 0 && bytes+size > batchBytes {
			break
		}
		n, bytes = n+1, bytes+size
	}
	batch := append([]*body(nil), i.waiting[:n]...)
	rest := copy(i.waiting, i.waiting[n:])
	clear(i.waiting[rest:])
	i.waiting, i.bytes = i.waiting[:rest], i.bytes-bytes
	return batch
}

// commit stores a batch and tells everyone in it. When several fail they are
// tried one by one, for one of them may be at fault. When the store is at fault
// everyone who waits is told at once: they shall come again, and not wait for it.
func (i *intake) commit(batch []*body) {
	took, err := i.add(batch)
	if err == nil || took > quick || len(batch) == 1 {
		i.conclude(err, took > quick)
		tell(batch, err)
		return
	}
	failed := 0
	for n := range batch {
		took, err = i.add(batch[n : n+1])
		tell(batch[n:n+1], err)
		if err == nil {
			continue
		}
		failed++
		if took > quick || failed > 1 && failed == n+1 {
			i.conclude(err, true)
			tell(batch[n+1:], err)
			return
		}
	}
	i.conclude(nil, false)
}

// conclude notes how storing went. A store that fails is down when it took its
// time, or failed before.
func (i *intake) conclude(err error, down bool) {
	i.mu.Lock()
	var waiting []*body
	if err != nil && (down || i.problem != nil) {
		waiting = append(waiting, i.waiting...)
		clear(i.waiting)
		i.waiting, i.bytes = i.waiting[:0], 0
	}
	i.problem = err
	i.mu.Unlock()
	tell(waiting, err)
}

func tell(bodies []*body, err error) {
	for _, b := range bodies {
		b.verdict <- err
	}
}

// add stores deliveries in one transaction. It outlives the requests: what was
// accepted is stored though the sender may be gone.
func (i *intake) add(batch []*body) (took time.Duration, err error) {
	raws := make([][]byte, len(batch))
	for n, b := range batch {
		raws[n] = b.bytes
	}
	ctx, cancel := context.WithTimeout(context.Background(), i.limits.Store)
	defer cancel()
	began := time.Now()
	defer func() {
		if broken := recover(); broken != nil {
			i.log.Error("storing webhooks broke", "reason", broken, "stack", string(debug.Stack()))
			err = fmt.Errorf("storing broke: %v", broken)
		}
	}()
	added, duplicates, err := i.sink.Add(ctx, services.SourceWebhook, raws)
	took = time.Since(began)
	if err != nil {
		i.log.Error("storing webhooks", "deliveries", len(batch), "error", err)
		return took, err
	}
	i.told(stored{deliveries: len(batch), added: added, duplicates: duplicates, took: took})
	return took, nil
}
