package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
)

// slowly stores payloads as Add does, but commits only when wait returns.
func slowly(t *testing.T, a *Archive, wait func(), raws ...[]byte) {
	ctx := context.Background()
	tx, err := a.write.BeginTx(ctx, nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = tx.Rollback() }()
	g := newGroup(rand.Int64(), []*job{{origin: origin{source: services.SourceList}, records: archive.Prepare(raws)}})
	e, err := g.encode()
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := tx.ExecContext(ctx, storeStatement, string(e.events), string(e.poison), e.bytes,
		pq.Array(e.links.objects), pq.Array(e.links.customers), pq.Array(e.links.places),
		pq.Array(e.waits.objects), pq.Array(e.waits.places), g.writer, g.received, g.webhooks); err != nil {
		t.Error(err)
		return
	}
	wait()
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
}

// Writers commit in another order than they began in. Who follows sees every
// event once all the same, and who goes on from a page exactly what the page did
// not show.
func TestFollowersMissNothingThatCommitsLate(t *testing.T) {
	url := pgtest.Database(t)
	a := open(t, url)
	const each = 12
	slow := []*Archive{open(t, url), open(t, url)}
	var wg sync.WaitGroup
	for w := range 6 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 0))
			for i := range each {
				raws := [][]byte{archivetest.Charge(fmt.Sprintf("evt_slow_%d_%d", w, i), 1_700_000_000, ""), archivetest.Charge(fmt.Sprintf("evt_slow2_%d_%d", w, i), 1, "")}
				slowly(t, slow[w%2], func() { time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond) }, raws...)
			}
		})
	}
	for w := range 3 {
		wg.Go(func() {
			for i := range 4 * each {
				archivetest.Add(t, a, 1, 0, archivetest.Charge(fmt.Sprintf("evt_quick_%d_%d", w, i), int64(i), "cus_1"))
			}
		})
	}
	const total = 6*each*2 + 3*4*each
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	followers := []*follower{{position: "", seen: map[string]int{}}}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if len(followers) < 60 {
			page := archivetest.List(t, a, archive.Query{Limit: services.MaxLogLimit})
			f := &follower{position: page.Position, seen: map[string]int{}}
			for _, e := range page.Events {
				f.seen[e.ID]++
			}
			followers = append(followers, f)
		}
		for _, f := range followers {
			f.read(t, a)
		}
	}
	for i, f := range followers {
		for f.read(t, a) > 0 {
		}
		if len(f.seen) != total {
			t.Errorf("follower %d saw %d events, want %d", i, len(f.seen), total)
		}
		for id, n := range f.seen {
			if n != 1 {
				t.Errorf("follower %d saw %s %d times", i, id, n)
			}
		}
	}
	last := followers[len(followers)-1].position
	if strings.Count(last, ".") != 2 {
		t.Errorf("a position keeps what a page saw for ever: %s", last)
	}
}

type follower struct {
	position string
	seen     map[string]int
}

func (f *follower) read(t *testing.T, a *Archive) int {
	t.Helper()
	arrivals, err := a.Arrivals(context.Background(), f.position, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, arrival := range arrivals {
		f.seen[arrival.Event.ID]++
		f.position = arrival.Position
	}
	return len(arrivals)
}

// On another server transactions have other numbers, lower ones here.
func TestPositionsOutliveTheServer(t *testing.T) {
	url := pgtest.Database(t)
	a := open(t, url)
	archivetest.Add(t, a, 2, 0, archivetest.Charge("evt_1", 1, ""), archivetest.Charge("evt_2", 1, ""))
	execute(t, a, `UPDATE bursar_archive SET server = 1`)
	execute(t, a, `UPDATE arrivals SET xid = '4000000000'`)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, url)
	page := archivetest.List(t, a, archive.Query{Limit: 10})
	f := follower{seen: map[string]int{}}
	f.read(t, a)
	if len(f.seen) != 2 || f.position != page.Position {
		t.Errorf("before: %v up to %s, the page's %s", f.seen, f.position, page.Position)
	}
	archivetest.Add(t, a, 1, 0, archivetest.Charge("evt_3", 1, ""))
	if f.read(t, a); f.seen["evt_3"] != 1 || len(f.seen) != 3 {
		t.Errorf("after: %v", f.seen)
	}
}

func FuzzPosition(f *testing.F) {
	for _, text := range []string{"", "1.2.3", "1.2.3.4:5:4", "1.2.3.4:5:", "-1", "1.99999999999999999999.1", "1.2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPosition(text)
		if err != nil || text == "" {
			return
		}
		again, err := readPosition(p.String())
		if err != nil || again != p {
			t.Errorf("%q became %+v, then %+v, %v", text, p, again, err)
		}
	})
}
