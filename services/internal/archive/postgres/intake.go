package postgres

import (
	"context"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// origin is how events came, and when.
type origin struct {
	source   services.EventSource
	received int64 // milliseconds
}

// job is one call of Add or Restore.
type job struct {
	origin
	origins           []origin // of each record, when they are not all one
	records           []archive.Record
	added, duplicates int
	err               error
	done              chan struct{} // closed when the rest is set
}

// Bounds of what is committed together. One call is never divided.
const (
	groupEvents = 256
	groupBytes  = 4 << 20
)

// Add is archive.Archive.Add. Calls that come while others are being committed
// are committed together.
func (a *Archive) Add(ctx context.Context, source services.EventSource, raws [][]byte) (added, duplicates int, err error) {
	return a.submit(ctx, "storing events", raws, &job{origin: origin{source, a.opts.Now().UnixMilli()}})
}

// Restore is archive.Archive.Restore.
func (a *Archive) Restore(ctx context.Context, events []archive.Kept) (added, duplicates int, err error) {
	raws, origins := make([][]byte, len(events)), make([]origin, len(events))
	for i, e := range events {
		if e.Received.IsZero() {
			e.Received = a.opts.Now()
		}
		raws[i], origins[i] = e.Raw, origin{e.Source, e.Received.UnixMilli()}
	}
	return a.submit(ctx, "restoring events", raws, &job{origins: origins})
}

// originOf is how one of the records came.
func (j *job) originOf(record int) origin {
	if j.origins != nil {
		return j.origins[record]
	}
	return j.origin
}

// submit hands payloads to a writer and waits for what became of them.
func (a *Archive) submit(ctx context.Context, op string, raws [][]byte, j *job) (added, duplicates int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, a.fault(op, err)
	}
	if len(raws) == 0 {
		return 0, 0, nil
	}
	j.records, j.done = archive.Prepare(raws), make(chan struct{})
	select {
	case a.jobs <- j:
	case <-ctx.Done():
		return 0, 0, a.fault(op, ctx.Err())
	case <-a.quit:
		return 0, 0, a.fault(op, errClosed)
	}
	select {
	case <-j.done:
	case <-ctx.Done(): // it may still be stored; storing it again does no harm
		return 0, 0, a.fault(op, ctx.Err())
	}
	if j.err != nil {
		return 0, 0, a.fault(op, j.err)
	}
	return j.added, j.duplicates, nil
}

// commitQueue commits jobs, as one of the archive's writers, until the archive is
// closed.
func (a *Archive) commitQueue(writer int64) {
	for {
		select {
		case <-a.quit:
			return
		case j := <-a.jobs:
			a.commit(writer, a.collect(j))
		}
	}
}

// collect takes the jobs that wait by now.
func (a *Archive) collect(first *job) []*job {
	group, events, bytes := []*job{first}, len(first.records), first.size()
	for events < groupEvents && bytes < groupBytes {
		select {
		case j := <-a.jobs:
			group, events, bytes = append(group, j), events+len(j.records), bytes+j.size()
		default:
			return group
		}
	}
	return group
}

func (j *job) size() (n int) {
	for _, r := range j.records {
		n += len(r.Raw) + len(r.Packed)
	}
	return n
}

// tries is how often a transaction that clashed with another is tried.
const tries = 6

// again calls fn until it does not clash with another transaction.
func again(ctx context.Context, fn func() error) error {
	for n := 1; ; n++ {
		err := fn()
		if err == nil || !clashed(err) || n == tries {
			return givenUp(ctx, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(n*n) * time.Millisecond):
		}
	}
}

// commit stores the jobs in one transaction and answers them.
func (a *Archive) commit(writer int64, jobs []*job) {
	ctx, cancel := context.WithTimeout(a.running, time.Minute)
	defer cancel()
	g := newGroup(writer, jobs)
	err := again(ctx, func() error { return a.storeGroup(ctx, g) })
	if isUnstorable(err) { // jsonb refused what storable let through
		g.withoutBodies()
		err = again(ctx, func() error { return a.storeGroup(ctx, g) })
	}
	if err == nil {
		a.repair(ctx, g.objects())
		err = a.compareCopies(ctx, g)
		if g.changed() {
			a.tell()
		}
	}
	for _, j := range jobs {
		j.err = err
		close(j.done)
	}
}
