package desk

import (
	"context"
	"sync"
	"testing"

	"bursar/services"
)

func TestWatchersSeeEveryChange(t *testing.T) {
	b := NewBroadcaster()
	defer b.Close()
	one, two := b.Watch(t.Context()), b.Watch(t.Context())
	b.Publish(services.Change{Kind: services.ChangeEvents})
	b.Publish(services.Change{Kind: services.ChangeReturned, Ref: "cs_1"})
	for _, w := range []<-chan services.Change{one, two} {
		if a, b := <-w, <-w; a.Kind != services.ChangeEvents || b.Ref != "cs_1" {
			t.Error(a, b)
		}
	}
}

func TestASlowWatcherGetsOneResync(t *testing.T) {
	b := NewBroadcaster()
	defer b.Close()
	slow := b.Watch(t.Context())
	for range watchBuffer + 1 {
		b.Publish(services.Change{Kind: services.ChangeEvents})
	}
	b.Publish(services.Change{Kind: services.ChangeHealth})
	if c := <-slow; c.Kind != services.ChangeResync {
		t.Error(c)
	}
	if c := <-slow; c.Kind != services.ChangeHealth {
		t.Error(c)
	}
	if len(slow) != 0 {
		t.Errorf("%d more", len(slow))
	}
}

func TestWatchEnds(t *testing.T) {
	b := NewBroadcaster()
	ctx, cancel := context.WithCancel(t.Context())
	ends, stays := b.Watch(ctx), b.Watch(t.Context())
	cancel()
	if _, open := <-ends; open {
		t.Error("a watch outlives its context")
	}
	b.Publish(services.Change{Kind: services.ChangeEvents})
	if c, open := <-stays; !open || c.Kind != services.ChangeEvents {
		t.Error(c, open)
	}
	b.Close()
	b.Close()
	b.Publish(services.Change{Kind: services.ChangeEvents})
	if _, open := <-stays; open {
		t.Error("a watch outlives the broadcaster")
	}
	if _, open := <-b.Watch(t.Context()); open {
		t.Error("a closed broadcaster is watched")
	}
}

func TestWatchFromManySides(t *testing.T) {
	b := NewBroadcaster()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				b.Publish(services.Change{Kind: services.ChangeEvents})
			}
		})
		all.Go(func() {
			for range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				w := b.Watch(ctx)
				select {
				case <-w:
				default:
				}
				cancel()
				for range w {
				}
			}
		})
	}
	all.Wait()
	b.Close()
}
