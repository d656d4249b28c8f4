package archive

import (
	"context"
	"sync"
)

// Notifier tells watchers that something changed and waits for none of them:
// what an archive's Watch is made of. The zero value works.
type Notifier struct {
	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
	closed   bool
}

// Watch is Archive.Watch.
func (n *Notifier) Watch(ctx context.Context) <-chan struct{} {
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
func (n *Notifier) drop(ch chan struct{}) {
	if _, ok := n.watchers[ch]; ok {
		delete(n.watchers, ch)
		close(ch)
	}
}

// Tell gives every watcher a notice, unless it has one that it has not read yet.
func (n *Notifier) Tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.watchers {
		select {
		case ch <- struct{}{}:
		default: // it has a notice that it has not read yet
		}
	}
}

// Close ends every watch, now and from now on.
func (n *Notifier) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for ch := range n.watchers {
		n.drop(ch)
	}
}
