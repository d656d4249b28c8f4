package postgres

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
)

// Of two transactions that do not see each other one tells an object's customer
// and the other has an event that waits for it.
func TestCustomersAreFoundByWritersAtTheSameTime(t *testing.T) {
	url := pgtest.Database(t)
	handles := []*Archive{open(t, url), open(t, url), open(t, url)}
	const stories, length = 25, 5
	var wg sync.WaitGroup
	for n, a := range handles {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			for s := range stories {
				id := func(kind string) string { return fmt.Sprintf("%s_%d", kind, s) }
				story := []string{
					fmt.Sprintf(`{"id":%q,"object":"payment_intent","customer":%q}`, id("pi"), id("cus")),
					fmt.Sprintf(`{"id":%q,"object":"charge","payment_intent":%q}`, id("ch"), id("pi")),
					fmt.Sprintf(`{"id":%q,"object":"dispute","charge":%q}`, id("dp"), id("ch")),
					fmt.Sprintf(`{"id":%q,"object":"dispute"}`, id("dp")),
					fmt.Sprintf(`{"id":%q,"object":"refund","charge":%q}`, id("re"), id("ch")),
				}
				for _, i := range r.Perm(length) { // every handle brings all, so that they meet
					raw := archivetest.Event(fmt.Sprintf("evt_%d_%d", s, i), "x.y", 1_700_000_000, story[i])
					if _, _, err := a.Add(context.Background(), services.SourceWebhook, [][]byte{raw}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for s := range stories {
		q := archive.Query{Customer: fmt.Sprintf("cus_%d", s), Limit: 100}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			page := archivetest.List(t, handles[0], q)
			if len(page.Events) == length && page.Total == length {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s has %d events, counted %d; want %d", q.Customer, len(page.Events), page.Total, length)
			}
		}
	}
	var waiting int
	if err := handles[0].read.QueryRow(`SELECT count(*) FROM waits JOIN links USING (object_id)`).Scan(&waiting); err != nil || waiting != 0 {
		t.Errorf("%d events still wait for what is known, %v", waiting, err)
	}
}

// Batches that hold the same events in opposite orders do not block each other.
func TestWritersDoNotDeadlock(t *testing.T) {
	url := pgtest.Database(t)
	a, b := open(t, url), open(t, url)
	const size = 300
	for round := range 5 {
		var there, back [][]byte
		for i := range size {
			raw := archivetest.Charge(fmt.Sprintf("evt_%d_%d", round, i), int64(1_700_000_000+i), fmt.Sprintf("cus_%d", i%7))
			there, back = append(there, raw), append([][]byte{raw}, back...)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		added := 0
		for i, raws := range [][][]byte{there, back} {
			wg.Go(func() {
				n, _, err := []*Archive{a, b}[i].Add(context.Background(), services.SourceWebhook, raws)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				added += n
				mu.Unlock()
			})
		}
		wg.Wait()
		if added != size {
			t.Errorf("round %d: %d added, want %d", round, added, size)
		}
	}
	var deadlocks int
	if err := a.read.QueryRow(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`).Scan(&deadlocks); err != nil || deadlocks > 0 {
		t.Errorf("%d deadlocks, %v", deadlocks, err)
	}
}

// A connection that is cut at any moment leaves an event stored or not; storing
// it again is always right.
func TestConnectionsAreCut(t *testing.T) {
	url := pgtest.Database(t)
	a, surgeon := open(t, url+"&application_name=victim"), open(t, url)
	done := make(chan struct{})
	var cutter sync.WaitGroup
	cuts := 0
	cutter.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(3 * time.Millisecond):
			}
			var n int
			if err := surgeon.write.QueryRow(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'victim' AND random() < 0.5`).Scan(&n); err != nil {
				t.Error(err)
			}
			cuts += n
		}
	})
	failed := 0
	var senders sync.WaitGroup
	var mu sync.Mutex
	for s := range 4 {
		senders.Go(func() {
			for i := range 60 {
				raw := archivetest.Charge(fmt.Sprintf("evt_%d_%d", s, i), 1_700_000_000, "cus_1")
				for {
					_, _, err := a.Add(context.Background(), services.SourceWebhook, [][]byte{raw})
					if err == nil {
						break
					}
					wantStorage(t, err, "does not answer")
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	senders.Wait()
	close(done)
	cutter.Wait()
	page := archivetest.List(t, surgeon, archive.Query{Customer: "cus_1", Limit: 1000})
	if page.Total != 240 || len(page.Events) != 240 {
		t.Errorf("%d events, counted %d; want 240", len(page.Events), page.Total)
	}
	if cuts == 0 || failed == 0 {
		t.Errorf("%d connections cut, %d calls failed: nothing was tried", cuts, failed)
	}
}

// What jsonb refuses is stored all the same, and what it takes can be asked.
func TestBodies(t *testing.T) {
	a := open(t, pgtest.Database(t))
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for i, tt := range []struct {
		value string
		body  bool
	}{
		{`"plain é 😀 \"\\ \ud83d\ude00 \u00e9"`, true}, {`"a\u0000b"`, false}, {`"\ud800"`, false}, {`"\udc00\ud800"`, false}, {`"\ud800\u0041"`, false},
		{"\"\xff\"", false}, {`1e400`, false}, {`-1.5E-399`, false}, {`1e200`, true}, {`0.1e-200`, true}, {strings.Repeat("9", 400), false}, {deep, false},
		{`"\\u0000"`, true}, {`"\\\u0000"`, false}, {`{"a":1,"a":[-0.5,true,null]}`, true}, {`"` + strings.Repeat("long ", 50_000) + `"`, true},
	} {
		id := fmt.Sprintf("evt_%d", i)
		raw := archivetest.Event(id, "a.b", 1, `{"x":`+tt.value+`}`)
		archivetest.Add(t, a, 1, 0, raw)
		e, err := a.Event(context.Background(), id)
		if err != nil || !bytes.Equal(e.Raw, raw) {
			t.Errorf("%.40s: came back otherwise, %v", tt.value, err)
		}
		var body bool
		if err := a.read.QueryRow(`SELECT body IS NOT NULL FROM events WHERE id = $1`, id).Scan(&body); err != nil || body != tt.body {
			t.Errorf("%.40s: has a body: %v, %v", tt.value, body, err)
		}
	}
}

// What storable lets through and the server does not is stored without a body.
func TestBodyThatTheServerRefuses(t *testing.T) {
	a := open(t, pgtest.Database(t))
	execute(t, a, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.body IS NOT NULL THEN RAISE EXCEPTION 'no' USING ERRCODE = '22P05'; END IF; RETURN NEW; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON events_default FOR EACH ROW EXECUTE FUNCTION refuse()`)
	raw := archivetest.Charge("evt_1", 1, "cus_1")
	archivetest.Add(t, a, 1, 0, raw)
	if e, err := a.Event(context.Background(), "evt_1"); err != nil || !bytes.Equal(e.Raw, raw) {
		t.Errorf("%v", err)
	}
}

func FuzzStorable(f *testing.F) {
	for _, s := range []string{`{"a":"\u0000"}`, `[1e5,-2]`, `"\ud83d\ude00"`, "\"\xff\"", `{`, `"`, `"\u`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if storable(raw) && (bytes.Contains(raw, []byte("\xff")) || bytes.Equal(raw, []byte(`"\u0000"`))) {
			t.Errorf("%q", raw)
		}
	})
}

func TestMonths(t *testing.T) {
	url := pgtest.Database(t)
	a := open(t, url)
	tables := func(want string) {
		t.Helper()
		var got string
		if err := a.read.QueryRow(`SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'events'::regclass`).Scan(&got); err != nil || got != want {
			t.Errorf("partitions %s, %v; want %s", got, err, want)
		}
	}
	tables("events_2026_11 events_2026_12 events_default")
	leap := time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC).Unix()
	archivetest.Add(t, a, 4, 0, archivetest.Charge("evt_1", leap, ""), archivetest.Charge("evt_2", leap+1, ""), archivetest.Charge("evt_3", 5, ""),
		archivetest.Charge("evt_4", 250_000_000_000, ""))
	tables("events_2024_02 events_2024_03 events_2026_11 events_2026_12 events_default")

	// What went to the default partition, because its own could not be made, moves
	// there later.
	april := monthOf(leap) + 2
	a.months.known[april] = true
	archivetest.Add(t, a, 1, 0, archivetest.Charge("evt_5", april.start(), "cus_1"))
	b := open(t, url)
	archivetest.Add(t, b, 1, 0, archivetest.Charge("evt_6", april.start()+1, "cus_1"))
	tables("events_2024_02 events_2024_03 events_2024_04 events_2026_11 events_2026_12 events_default")
	var left int
	if err := a.read.QueryRow(`SELECT count(*) FROM events_default`).Scan(&left); err != nil || left != 2 {
		t.Errorf("%d events in the default partition, %v; want 2", left, err)
	}
	if page := archivetest.List(t, a, archive.Query{Limit: 10}); page.Total != 6 || len(page.Events) != 6 {
		t.Errorf("%d listed of %d", len(page.Events), page.Total)
	}
}

func TestUpkeep(t *testing.T) {
	url := pgtest.Database(t)
	a := open(t, url)
	raw := archivetest.Charge("evt_1", 1, "cus_1")
	for want := range 3 {
		if _, _, err := a.Add(context.Background(), services.SourceWebhook, [][]byte{raw}); err != nil {
			t.Fatal(err)
		}
		execute(t, a, `UPDATE writers SET seen = now() - interval '8 days'`)
		a.keepUp(context.Background())
		c, err := a.Counts(context.Background())
		h, err2 := a.Health(context.Background())
		if err != nil || err2 != nil || c.Duplicates != want || !h.LastWebhook.Equal(archivetest.Noon) {
			t.Errorf("%+v %+v %v %v", c, h, err, err2)
		}
		var rows int
		if err := a.read.QueryRow(`SELECT count(*) FROM writers`).Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%d writers, %v", rows, err)
		}
	}
}
