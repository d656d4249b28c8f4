package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/lib/pq"
)

// Watch is archive.Archive.Watch.
func (a *Archive) Watch(ctx context.Context) <-chan struct{} { return a.notice.Watch(ctx) }

// tell says that this process changed something: at once here, soon elsewhere.
func (a *Archive) tell() {
	a.notice.Tell()
	select {
	case a.changed <- struct{}{}:
	default: // about to be told anyway
	}
}

// channel is the archive's own, since all schemas of a database share them.
func (a *Archive) channel() string { return "bursar_" + a.place.schema }

// betweenNotices is the least time between two notices to others, so that an
// intake at full load costs a few of them and not one for every commit.
const betweenNotices = 20 * time.Millisecond

// tellOthers sends notices to other processes until the archive is closed. One
// that is not sent is made up for by the others' own looking.
func (a *Archive) tellOthers() {
	for {
		select {
		case <-a.quit:
			return
		case <-a.changed:
		}
		ctx, cancel := context.WithTimeout(a.running, 10*time.Second)
		_, err := a.write.ExecContext(ctx, `SELECT pg_notify($1, $2)`, a.channel(), strconv.FormatInt(a.id, 10))
		cancel()
		if err != nil {
			a.opts.Log.Debug("telling other processes", "error", err)
		}
		if !a.pause(betweenNotices) {
			return
		}
	}
}

// pause waits, and reports false when the archive was closed first.
func (a *Archive) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-a.quit:
		return false
	case <-t.C:
		return true
	}
}

// Bounds of the time between two attempts to listen.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 15 * time.Second
)

// listen hears other processes' notices until the archive is closed, on a
// connection that is made again whenever it is lost.
func (a *Archive) listen() {
	retry := firstRetry
	for first := true; ; first = false {
		if a.listenOnce(!first) {
			retry = firstRetry
		}
		if !a.pause(retry) {
			return
		}
		retry = min(2*retry, lastRetry)
	}
}

// listenOnce listens until the connection ends, and reports whether there was
// one. After a connection was lost there may be news that nobody heard.
func (a *Archive) listenOnce(mayHaveMissed bool) bool {
	heard := make(chan *pq.Notification, 32)
	conn, err := pq.NewListenerConn(a.place.dsn, heard)
	if err == nil {
		_, err = conn.Listen(pq.QuoteIdentifier(a.channel()))
	}
	if err != nil {
		if conn != nil {
			_ = conn.Close() // what matters is told
		}
		a.opts.Log.Debug("listening to other processes", "error", err)
		return false
	}
	ended := make(chan struct{})
	defer close(ended)
	a.work.Go(func() {
		select {
		case <-a.quit:
		case <-ended:
		}
		_ = conn.Close() // what was lost with it is made up for by looking
	})
	if mayHaveMissed {
		a.notice.Tell()
	}
	me := strconv.FormatInt(a.id, 10)
	for n := range heard {
		if n.Extra != me {
			a.notice.Tell()
		}
	}
	return true
}

// Each hour the partitions are made ahead and old writers' rows put together.
const upkeepEvery = time.Hour

// lookForOthers looks for other processes' changes that no notice told of, and
// does the archive's upkeep, until it is closed. Changes are counted from known.
func (a *Archive) lookForOthers(known int64) {
	ctx, failing := a.running, false
	for upkeep := time.Now().Add(upkeepEvery); a.pause(a.opts.Poll); {
		changes, err := a.othersChanges(ctx)
		if err != nil {
			if !failing {
				a.opts.Log.Warn("looking for changes by other processes", "error", err)
			}
			failing = true
			continue
		}
		if failing || changes != known {
			a.notice.Tell()
		}
		known, failing = changes, false
		if a.unswept.Swap(false) && a.sweep(ctx) != nil {
			a.unswept.Store(true)
		}
		if now := time.Now(); now.After(upkeep) {
			upkeep = now.Add(upkeepEvery)
			a.keepUp(ctx)
		}
	}
}

// othersChanges counts the changes of all but this process.
func (a *Archive) othersChanges(ctx context.Context) (n int64, err error) {
	err = a.read.QueryRowContext(ctx, `SELECT coalesce(sum(changes), 0)::bigint FROM writers WHERE id NOT BETWEEN $1 AND $2`,
		a.id, a.id+writers).Scan(&n)
	return n, err
}

// keepUp does what is due now and then. What fails is due again next time.
func (a *Archive) keepUp(ctx context.Context) {
	if err := a.loadMonths(ctx); err != nil {
		a.opts.Log.Warn("looking after partitions", "error", err)
	}
	_, err := a.write.ExecContext(ctx, `WITH gone AS (DELETE FROM writers WHERE id <> 0 AND seen < now() - interval '7 days' RETURNING *)
		INSERT INTO writers AS w (id, changes, received, duplicates)
		SELECT 0, sum(changes), max(received), sum(duplicates) FROM gone HAVING count(*) > 0
		ON CONFLICT (id) DO UPDATE SET changes = w.changes + excluded.changes, received = greatest(w.received, excluded.received),
			duplicates = w.duplicates + excluded.duplicates`)
	if err != nil {
		a.opts.Log.Warn("putting old writers together", "error", err)
	}
}
