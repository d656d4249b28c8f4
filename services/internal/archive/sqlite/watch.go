package sqlite

import (
	"context"
	"time"
)

// Watch is archive.Archive.Watch.
func (a *Archive) Watch(ctx context.Context) <-chan struct{} { return a.notice.Watch(ctx) }

// dataVersion moves when another process commits. It is asked on the writer's
// connection, which does not count its own commits.
func (a *Archive) dataVersion(ctx context.Context) (version int64, err error) {
	err = a.write.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version)
	return version, err
}

// watchOthers looks for commits of other processes since known, until ctx ends.
func (a *Archive) watchOthers(ctx context.Context, known int64) {
	defer close(a.done)
	ticker := time.NewTicker(a.opts.Poll)
	defer ticker.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		version, err := a.dataVersion(ctx)
		if err != nil {
			if !failing && ctx.Err() == nil {
				a.opts.Log.Warn("looking for changes by other processes", "error", err)
			}
			failing = true
			continue
		}
		failing = false
		if version != known {
			known = version
			a.notice.Tell()
		}
	}
}
