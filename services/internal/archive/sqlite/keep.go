package sqlite

import (
	"context"
	"os"
	"time"
)

const (
	checkpointAt = 8 << 20  // bytes of the write-ahead log from which on it is copied into the file
	logLimit     = 64 << 20 // bytes from which on writers wait until it is
)

// keep does what storing leaves to be done, until the archive is closed: it
// copies the write-ahead log into the file, off the writers' path, and indexes
// words once no more events come.
func (a *Archive) keep() {
	var c *conn
	defer func() { _ = c.close() }() // nothing of it is needed any more
	tidy := func() error { return a.checkpoint(&c) }
	quiet := time.NewTimer(startQuiet)
	defer quiet.Stop()
	failing := false
	for stored := 0; ; {
		var err error
		select {
		case <-a.ended.Done():
			return
		case <-a.stored:
			quiet.Reset(indexQuiet)
			err = tidy()
			if stored++; err == nil && stored%checkBehind == 0 {
				err = a.indexIfFarBehind(tidy)
			}
		case <-quiet.C:
			err = a.indexWords(a.ended, tidy)
		}
		if err != nil && !failing && a.ended.Err() == nil {
			a.opts.Log.Warn("tidying the archive", "error", err)
		}
		failing = err != nil
	}
}

const (
	startQuiet  = time.Second // before words that an earlier process left are indexed
	checkBehind = 256         // transactions
)

// indexIfFarBehind indexes words although events keep coming.
func (a *Archive) indexIfFarBehind(between func() error) error {
	n, err := a.behind(a.ended)
	if err != nil || n < indexBehind {
		return err
	}
	return a.indexWords(a.ended, between)
}

// checkpoint copies the log into the file when it has grown long enough. A log
// is used again from its beginning once all of it was copied at a moment when
// nobody writes: when it has grown over its limit, the writers are made to wait
// for that moment.
func (a *Archive) checkpoint(c **conn) (err error) {
	length := a.logLength()
	if length < checkpointAt {
		return nil
	}
	if *c == nil {
		if *c, err = dial(dsn(a.path, a.opts.LockWait, "synchronous(full)")); err != nil {
			return err
		}
	}
	if err := passive(*c); err != nil || length < logLimit {
		return err
	}
	w, err := a.writer(a.ended)
	if err != nil {
		return err
	}
	defer func() { a.turn <- w }()
	return passive(*c)
}

// passive copies what can be copied without waiting for anybody.
func passive(c *conn) error {
	return c.each(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)", nil, func(row) error { return nil })
}

func (a *Archive) logLength() int64 {
	info, err := os.Stat(a.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// pause waits, and reports false when the archive is closed first.
func (a *Archive) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-a.ended.Done():
		return false
	case <-t.C:
		return true
	}
}
