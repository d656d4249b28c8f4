package desk

import (
	"context"
	"sync"

	"bursar/services"
)

// watchBuffer is how many changes a reader may leave unread before they are
// merged into one ChangeResync.
const watchBuffer = 32

// Broadcaster hands every change to every watcher and waits for none of them.
// Its methods are safe for concurrent use.
type Broadcaster struct {
	mu       sync.Mutex
	watchers map[chan services.Change]struct{}
	closed   bool
}

// NewBroadcaster returns a broadcaster without watchers.
func NewBroadcaster() *Broadcaster {
	return &Broadcaster{watchers: map[chan services.Change]struct{}{}}
}

// Publish hands a change to every watcher. For one that is too far behind,
// what it has not read is replaced by one ChangeResync.
func (b *Broadcaster) Publish(c services.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.watchers {
		select {
		case ch <- c:
		default:
			drain(ch)
			ch <- services.Change{Kind: services.ChangeResync}
		}
	}
}

// drain empties a watcher's channel. Only Publish sends, under the lock, so a
// send right after it never waits.
func drain(ch chan services.Change) {
	for {
		select {
		case <-ch:
		default:
			return
		}
	}
}

// Watch streams changes until ctx ends or the broadcaster is closed, then
// closes the channel.
func (b *Broadcaster) Watch(ctx context.Context) <-chan services.Change {
	ch := make(chan services.Change, watchBuffer)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(ch)
		return ch
	}
	b.watchers[ch] = struct{}{}
	context.AfterFunc(ctx, func() { b.leave(ch) })
	return ch
}

func (b *Broadcaster) leave(ch chan services.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.watchers[ch]; ok {
		delete(b.watchers, ch)
		close(ch)
	}
}

// Close ends every watch. Publishing afterwards does nothing.
func (b *Broadcaster) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for ch := range b.watchers {
		delete(b.watchers, ch)
		close(ch)
	}
}
