package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// benchEvents is how many events the archives of benchmarks hold: 100,000, or
// what BURSAR_BENCH_EVENTS says. BURSAR_BENCH_DIR keeps the archive from one run
// to the next.
func benchEvents() int {
	if n, err := strconv.Atoi(os.Getenv("BURSAR_BENCH_EVENTS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

const benchCustomers = 10_000

var benchStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// benchEvery spreads the events of an archive over 300 days.
func benchEvery() time.Duration { return 300 * 24 * time.Hour / time.Duration(benchEvents()) }

// benchArchive opens an archive with events in it.
func benchArchive(b *testing.B) *Archive {
	b.Helper()
	dir := os.Getenv("BURSAR_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.db", benchEvents()))
	a := open(b, path)
	if everything(b, a).Total == benchEvents() {
		return a
	}
	g := archivetest.NewGenerator(1, benchCustomers, benchStart, benchEvery())
	received, start := 0, time.Now()
	for n := 0; n < benchEvents(); {
		raws := make([][]byte, min(1000, benchEvents()-n))
		for i := range raws {
			raws[i] = g.Next()
			received += len(raws[i])
			n++
		}
		if _, _, err := a.Add(context.Background(), services.SourceList, raws); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d events of %d bytes stored at %.0f/s", benchEvents(), received/benchEvents(), float64(benchEvents())/time.Since(start).Seconds())
	return a
}

// BenchmarkSize tells what an event takes on the disk.
func BenchmarkSize(b *testing.B) {
	a := benchArchive(b)
	for b.Loop() {
	}
	execute(b, a, "PRAGMA wal_checkpoint(TRUNCATE)")
	info, err := os.Stat(a.path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(benchEvents()), "bytes/event")
	c, err := dial(dsn(a.path, 0))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.close() }()
	err = c.each(context.Background(), `SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC`, nil, func(r row) error {
		b.Logf("%-24s %6.1f bytes/event", r.text(0), float64(r.integer(1))/float64(benchEvents()))
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAdd stores events that are all new: in batches of the given size.
func BenchmarkAdd(b *testing.B) {
	for _, size := range []int{1, 16, 64, 1000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			a := openNew(b)
			g := archivetest.NewGenerator(uint64(size), benchCustomers, benchStart, time.Millisecond)
			n := 0
			for b.Loop() {
				b.StopTimer()
				raws := make([][]byte, size)
				for i := range raws {
					raws[i] = g.Next()
					n++
				}
				b.StartTimer()
				if _, _, err := a.Add(context.Background(), services.SourceWebhook, raws); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
	b.Run("callers=16", func(b *testing.B) {
		a := openNew(b)
		g := archivetest.NewGenerator(99, benchCustomers, benchStart, time.Millisecond)
		raws := make([][]byte, 50_000)
		for i := range raws {
			raws[i] = g.Next()
		}
		var n atomic.Int64
		b.ResetTimer()
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, _, err := a.Add(context.Background(), services.SourceWebhook, [][]byte{raws[int(n.Add(1))%len(raws)]}); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "events/s")
	})
}

// timed runs fn again and again and tells the median and the 99th percentile.
func timed(b *testing.B, fn func(i int)) {
	var took []time.Duration
	i := 0
	for b.Loop() {
		start := time.Now()
		fn(i)
		took = append(took, time.Since(start))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkList reads pages of 100.
func BenchmarkList(b *testing.B) {
	a := benchArchive(b)
	g := archivetest.NewGenerator(1, benchCustomers, benchStart, benchEvery())
	middle := everythingAt(b, a, benchEvents()/2)
	for _, bb := range []struct {
		name string
		q    func(i int) archive.Query
	}{
		{"newest", func(int) archive.Query { return archive.Query{} }},
		{"customer", func(i int) archive.Query { return archive.Query{Customer: g.Customer(i * 7 % benchCustomers).ID} }},
		{"type", func(int) archive.Query { return archive.Query{Where: archivetest.OfType("invoice.paid")} }},
		{"customer+type", func(i int) archive.Query {
			return archive.Query{Customer: g.Customer(i * 7 % benchCustomers).ID, Where: archivetest.OfType("invoice.paid")}
		}},
		{"offset=half", func(int) archive.Query { return archive.Query{Offset: benchEvents() / 2} }},
		{"before=half", func(int) archive.Query { return archive.Query{Before: middle} }},
		{"after=half", func(int) archive.Query { return archive.Query{After: middle} }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			timed(b, func(i int) {
				q := bb.q(i)
				q.Limit = 100
				archivetest.List(b, a, q)
			})
		})
	}
	ctx := context.Background()
	someone := g.Customer(77)
	if err := a.indexWords(ctx, func() error { return nil }); err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprintf(`{"created":{"$gte":%d,"$lt":%d}}`, benchStart.Unix()+100*86400, benchStart.Unix()+101*86400),
		`{"type":{"$regex":"^charge\\."},"$fact":{"outcome":"failed","amount":{"$gt":5000}}}`,
		`{"$fact":{"outcome":"refunded"}}`,
		fmt.Sprintf(`{"$search":%q}`, someone.Email),
		`{"$search":"lovelace"}`,
		`{"$search":"nobodyatall"}`,
		`{"$search":"porcelain","type":"charge.failed"}`,
		`{"data.object.amount":{"$gt":90000}}`,
	} {
		b.Run(text, func(b *testing.B) {
			q := archive.Query{Where: archivetest.Where(text), Limit: 100}
			timed(b, func(int) { archivetest.List(b, a, q) })
		})
	}
	b.Run("event", func(b *testing.B) {
		timed(b, func(int) {
			if _, err := a.Event(ctx, middle); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("types", func(b *testing.B) {
		timed(b, func(int) {
			if _, err := a.Types(ctx, ""); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("health", func(b *testing.B) {
		timed(b, func(int) {
			if _, err := a.Health(ctx); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("open", func(b *testing.B) {
		timed(b, func(int) {
			again, _, err := Open(ctx, a.path, Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := again.Close(); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// everythingAt returns the id of the event at an offset.
func everythingAt(b *testing.B, a *Archive, offset int) string {
	return archivetest.List(b, a, archive.Query{Limit: 1, Offset: offset}).Events[0].ID
}

// BenchmarkScan evaluates every event, because none matches.
func BenchmarkScan(b *testing.B) {
	a := benchArchive(b)
	for _, text := range []string{
		`{"data.object.amount":-1}`,
		`{"data.object.billing_details.email":{"$iLike":"nobody"}}`,
		`{"$fact":{"outcome":"failed"},"data.object.amount":-1}`,
	} {
		b.Run(text, func(b *testing.B) {
			q := archive.Query{Where: archivetest.Where(text), Limit: 100}
			for b.Loop() {
				archivetest.List(b, a, q)
			}
			b.ReportMetric(float64(b.N*benchEvents())/b.Elapsed().Seconds(), "events/s")
		})
	}
}
