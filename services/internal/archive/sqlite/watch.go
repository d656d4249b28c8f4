package sqlite

import (
	"context"
	"time"
)

// Watch is archive.Archive.Watch.
func (a *Archive) Watch(ctx context.Context) <-chan struct{} { return a.notice.Watch(ctx) }

// watchOthers looks for commits of other processes, since known, until the archive
// is closed. It asks on the writer's connection, which does not count its own commits.
func (a *Archive) watchOthers(known int64) {
	ticker := time.NewTicker(a.opts.Poll)
	defer ticker.Stop()
	for failing := false; ; {
		select {
		case <-a.ended.Done():
			return
		case <-ticker.C:
		}
		version, err := a.dataVersion()
		switch {
		case err != nil:
			if !failing && a.ended.Err() == nil {
				a.opts.Log.Warn("looking for changes by other processes", "error", err)
			}
			failing = true
		default:
			failing = false
			if version != known {
				a.notice.Tell()
			}
			known = version
		}
	}
}

// dataVersion moves when another process commits.
func (a *Archive) dataVersion() (int64, error) {
	c, err := a.writer(a.ended)
	if err != nil {
		return 0, err
	}
	defer func() { a.turn <- c }()
	return c.integer(context.Background(), "PRAGMA data_version")
}
