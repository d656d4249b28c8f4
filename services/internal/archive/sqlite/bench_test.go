package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// benchEvent is an event of Stripe's usual size (3.8 KB) and shape.
func benchEvent(n int) []byte {
	kind := []string{"charge.succeeded", "payment_intent.succeeded", "invoice.paid", "customer.subscription.updated", "charge.failed"}[n%5]
	var lines strings.Builder
	for i := range 60 {
		fmt.Fprintf(&lines, ",\n      \"field_%d\": {\n        \"value\": %d,\n        \"object\": null\n      }", i, n*31+i*7919)
	}
	return archivetest.Event(fmt.Sprintf("evt_1Q%022d", n), kind, int64(1_700_000_000+n/3), fmt.Sprintf(
		`{"id":"obj_%d","object":"charge","amount":%d,"currency":"eur","customer":"cus_%d","payment_intent":"pi_%d"%s}`,
		n, n%100_000, n*7%10_000, n, lines.String()))
}

// BenchmarkAdd stores events that are all new: in batches of the given size,
// from one caller or (the last) from several, each with one event at a time.
func BenchmarkAdd(b *testing.B) {
	ctx := context.Background()
	for _, size := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			a := openNew(b)
			n := 0
			for b.Loop() {
				raws := make([][]byte, size)
				for i := range raws {
					raws[i] = benchEvent(n)
					n++
				}
				add(b, a, size, 0, raws...)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
	b.Run("callers=16", func(b *testing.B) {
		a := openNew(b)
		var n atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, _, err := a.Add(ctx, services.SourceWebhook, [][]byte{benchEvent(int(n.Add(1)))}); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "events/s")
	})
}

// BenchmarkList reads pages of an archive of 100,000 events of 10,000 customers.
func BenchmarkList(b *testing.B) {
	const events = 100_000
	path := filepath.Join(b.TempDir(), "events.db")
	a := open(b, path)
	for n := 0; n < events; {
		raws := make([][]byte, 1000)
		for i := range raws {
			raws[i] = benchEvent(n)
			n++
		}
		add(b, a, len(raws), 0, raws...)
	}
	for _, bb := range []struct {
		name string
		q    archive.Query
	}{
		{"newest", archive.Query{Limit: 100}},
		{"customer", archive.Query{Limit: 100, Customer: "cus_7"}},
		{"type", archive.Query{Limit: 100, Type: "invoice.paid"}},
		{"customer+type", archive.Query{Limit: 100, Customer: "cus_7", Type: "payment_intent.succeeded"}},
		{"offset=50000", archive.Query{Limit: 100, Offset: events / 2}},
		{"type,offset=10000", archive.Query{Limit: 100, Type: "invoice.paid", Offset: 10_000}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				archivetest.List(b, a, bb.q)
			}
		})
	}
	ctx := context.Background()
	b.Run("event", func(b *testing.B) {
		for b.Loop() {
			if _, err := a.Event(ctx, "evt_1Q0000000000000000054321"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("types", func(b *testing.B) {
		for b.Loop() {
			if _, err := a.Types(ctx, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("health", func(b *testing.B) {
		for b.Loop() {
			if _, err := a.Health(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			again, _, err := Open(ctx, path, Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := again.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
