package archive

import (
	"context"
	"sync"
	"time"
)

// Watch tells when something in the file changed: events came, an event found
// its customer, the state of the sync or the ledger moved, in this process or
// another. Changes that come faster than they are read are told once. The
// channel closes when ctx ends or the archive is closed.
func (a *Archive) Watch(ctx context.Context) <-chan struct{} { return a.notice.watch(ctx) }

// notifier tells watchers that something changed and waits for none of them.
type notifier struct {
	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
	closed   bool
}

func (n *notifier) watch(ctx context.Context) <-chan struct{} {
	ch := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		close(ch)
		return ch
	}
	if n.watchers == nil {
		n.watchers = map[chan struct{}]struct{}{}
	}
	n.watchers[ch] = struct{}{}
	context.AfterFunc(ctx, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.drop(ch)
	})
	return ch
}

// drop ends one watch; n.mu is held.
func (n *notifier) drop(ch chan struct{}) {
	if _, ok := n.watchers[ch]; ok {
		delete(n.watchers, ch)
		close(ch)
	}
}

func (n *notifier) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.watchers {
		select {
		case ch <- struct{}{}:
		default: // it has a notice that it has not read yet
		}
	}
}

func (n *notifier) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for ch := range n.watchers {
		n.drop(ch)
	}
}

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
			a.notice.tell()
		}
	}
}
