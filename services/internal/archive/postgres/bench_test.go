package postgres

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
	"bursar/services/internal/archive/where"
)

// benchEvents is how many events the archives of benchmarks hold: 100,000, or
// what BURSAR_BENCH_EVENTS says. BURSAR_BENCH_POSTGRES is the URL of an archive
// to use, and to fill when it is empty, in place of a new one; its server's
// settings count then, such as fsync, which the tests' own server has not.
func benchEvents() int {
	if n, err := strconv.Atoi(os.Getenv("BURSAR_BENCH_EVENTS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

const benchCustomers = 10_000

var benchStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func benchGenerator(seed uint64) *archivetest.Generator {
	return archivetest.NewGenerator(seed, benchCustomers, benchStart, 300*24*time.Hour/time.Duration(benchEvents()))
}

// BenchmarkAdd stores new events: one at a time from several callers, and many at
// once from one.
func BenchmarkAdd(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { benchAdd(b, callers, 1) })
	}
	b.Run("callers=1,batch=100", func(b *testing.B) { benchAdd(b, 1, 100) })
}

func benchAdd(b *testing.B, callers, size int) {
	a := open(b, benchPlace(b, "add"))
	g := benchGenerator(uint64(time.Now().UnixNano()))
	raws := make([][]byte, b.N*size)
	for i := range raws {
		raws[i] = g.Next()
	}
	var next atomic.Int64
	work := make(chan struct{})
	b.ResetTimer()
	for range callers {
		go func() {
			defer func() { work <- struct{}{} }()
			for {
				n := int(next.Add(1)) * size
				if n > len(raws) {
					return
				}
				if _, _, err := a.Add(context.Background(), services.SourceWebhook, raws[n-size:n]); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	for range callers {
		<-work
	}
	b.ReportMetric(float64(len(raws))/b.Elapsed().Seconds(), "events/s")
}

// benchPlace is an archive for one benchmark.
func benchPlace(b *testing.B, schema string) string {
	if url := os.Getenv("BURSAR_BENCH_POSTGRES"); url != "" {
		return url + "&search_path=" + schema
	}
	return pgtest.Database(b)
}

// filled is an archive with benchEvents events.
func filled(b *testing.B) *Archive {
	a := open(b, benchPlace(b, fmt.Sprintf("filled_%d", benchEvents())))
	h, err := a.Health(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	if h.Events > 0 {
		return a
	}
	g := benchGenerator(1)
	for n := 0; n < benchEvents(); {
		raws := make([][]byte, min(1000, benchEvents()-n))
		for i := range raws {
			raws[i] = g.Next()
		}
		archivetest.Add(b, a, len(raws), 0, raws...)
		n += len(raws)
	}
	if _, err := a.write.Exec(`VACUUM ANALYZE`); err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkList reads pages of 100.
func BenchmarkList(b *testing.B) {
	a := filled(b)
	customer := benchGenerator(1).Customer(7)
	half := archivetest.List(b, a, archive.Query{Limit: 1, Offset: benchEvents() / 2}).Events[0].ID
	day := benchStart.AddDate(0, 0, 150).Unix()
	for _, bb := range []struct {
		name, where string
		q           archive.Query
	}{
		{"newest", "", archive.Query{}},
		{"customer", "", archive.Query{Customer: customer.ID}},
		{"type", `{"type":"invoice.paid"}`, archive.Query{}},
		{"customer,type", `{"type":"charge.succeeded"}`, archive.Query{Customer: customer.ID}},
		{"day", fmt.Sprintf(`{"created":{"$gte":%d,"$lt":%d}}`, day, day+86_400), archive.Query{}},
		{"words", fmt.Sprintf(`{"$search":%q}`, customer.Email), archive.Query{}},
		{"filter", `{"type":{"$regex":"^charge\\."},"$fact":{"outcome":"failed","amount":{"$gt":5000}}}`, archive.Query{}},
		{"path,first", `{"data.object.currency":"eur"}`, archive.Query{}},
		{"offset=half", "", archive.Query{Offset: benchEvents() / 2}},
		{"before=half", "", archive.Query{Before: half}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			bb.q.Limit = 100
			if bb.where != "" {
				q, err := where.Parse([]byte(bb.where))
				if err != nil {
					b.Fatal(err)
				}
				bb.q.Where = q
			}
			found := 0
			for b.Loop() {
				found = len(archivetest.List(b, a, bb.q).Events)
			}
			b.ReportMetric(float64(found), "rows")
		})
	}
}

// BenchmarkScan looks at every event, by paths that no index serves: decided in
// SQL, and by the evaluator.
func BenchmarkScan(b *testing.B) {
	a := filled(b)
	for name, text := range map[string]string{"sql": `{"data.object.amount":123456789}`, "evaluator": `{"data.object.description":{"$regex":"zzz$"}}`} {
		b.Run(name, func(b *testing.B) {
			q, err := where.Parse([]byte(text))
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				archivetest.List(b, a, archive.Query{Where: q, Limit: 100})
				n += benchEvents()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
