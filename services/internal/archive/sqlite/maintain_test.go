package sqlite

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// filled is an archive of generated events.
func filled(t testing.TB, path string, events int) *Archive {
	t.Helper()
	a := open(t, path)
	g := archivetest.NewGenerator(1, 20, archivetest.Noon, time.Second)
	var raws [][]byte
	for range events {
		raws = append(raws, g.Next())
	}
	add(t, a, events, 0, raws...)
	return a
}

// inspect returns what is wrong, as "part: sentence".
func inspect(t testing.TB, a *Archive) (wrong []string, events int, received int64) {
	t.Helper()
	steps := map[string]int64{}
	events, received, err := a.Inspect(context.Background(), func(step string, done, of int64) {
		if done < steps[step] || done > of {
			t.Errorf("%s: %d of %d after %d", step, done, of, steps[step])
		}
		steps[step] = done
	}, func(part, what string) { wrong = append(wrong, part+": "+what) })
	if err != nil || len(steps) != 2 {
		t.Fatalf("%v, %v", err, steps)
	}
	return wrong, events, received
}

func TestStorage(t *testing.T) {
	a := filled(t, filepath.Join(t.TempDir(), "events.db"), 1_500)
	for _, name := range []string{".v1-backup-20261123-120000", ".damaged-20261123-120000-2", "-other", ".txt"} {
		if err := os.WriteFile(a.Path()+name, []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := a.Storage(context.Background())
	z := s.Size
	if err != nil || s.Schema != schemaVersion || len(s.Beside) != 2 || s.Beside[0].Size != 5 ||
		z.Payloads < 100_000 || z.Events < 50_000 || z.Index < 50_000 || z.Words < 4096 || z.Total < z.Payloads+z.Events+z.Index+z.Words || z.Log == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if z.SampleReceived < 1_000*1_000 || z.SampleKept*4 > z.SampleReceived {
		t.Errorf("of a sample, %d bytes are kept in %d", z.SampleReceived, z.SampleKept)
	}
	if _, err := openNew(t).Storage(context.Background()); err != nil {
		t.Error(err)
	}
}

// Everything that can be wrong is found, and nothing where nothing is.
func TestInspect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	a := filled(t, path, 600)
	var want int64
	arrivals, err := a.Arrivals(context.Background(), "", 1_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range arrivals {
		want += int64(len(e.Event.Raw))
	}
	if wrong, events, received := inspect(t, a); len(wrong) > 0 || events != 600 || received != want {
		t.Fatalf("%v, %d events, %d bytes; want %d", wrong, events, received, want)
	}
	if wrong, events, _ := inspect(t, openNew(t)); len(wrong) > 0 || events != 0 {
		t.Fatalf("%v in an empty archive", wrong)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ sql, part, words string }{
		"counter of a type":       {`UPDATE counts SET n = n + 1 WHERE customer = 0 AND type = (SELECT min(type) FROM counts)`, "counter", "are counted"},
		"counter of a customer":   {`DELETE FROM counts WHERE (customer, type) = (SELECT customer, type FROM counts WHERE customer > 0 LIMIT 1)`, "counter", "The customer cus_"},
		"payload gone":            {`DELETE FROM payloads WHERE key = (SELECT max(key) FROM payloads)`, "event", "has no payload"},
		"event gone":              {`INSERT INTO payloads VALUES (7, 0, X'00')`, "event", "belongs to no event"},
		"payload of another":      {`UPDATE payloads SET (form, bytes) = (SELECT form, bytes FROM payloads ORDER BY key LIMIT 1) WHERE key = (SELECT max(key) FROM payloads)`, "event", "its payload is that of"},
		"payload damaged":         {`UPDATE payloads SET bytes = X'01FFFFFF' WHERE key = (SELECT max(key) FROM payloads)`, "event", "unpacking"},
		"row changed":             {`UPDATE events SET livemode = 1 WHERE arrival = 1`, "event", "another type, time, mode"},
		"customer changed":        {`UPDATE events SET customer = 1 + (customer = 1) WHERE arrival = (SELECT max(arrival) FROM events WHERE type = (SELECT n FROM names WHERE name = 'charge.succeeded'))`, "event", "names the customer"},
		"name gone":               {`DELETE FROM names WHERE n = (SELECT type FROM events LIMIT 1)`, "event", "text that is missing"},
		"customer gone":           {`DELETE FROM customers WHERE n = (SELECT customer FROM links LIMIT 1)`, "link", "customer that is missing"},
		"waits for nothing":       {`INSERT INTO waits VALUES ('ch_none', 1)`, "link", "waited for by an event"},
		"waits for what is known": {`INSERT INTO links VALUES ('ch_both', 1); INSERT INTO waits VALUES ('ch_both', (SELECT key FROM events WHERE customer IS NULL LIMIT 1))`, "link", "still waits"},
		"words ahead":             {`INSERT INTO notes VALUES ('words', '9999') ON CONFLICT DO UPDATE SET value = '9999'`, "words", "indexed up to event 9999"},
		"index":                   {`PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE INDEX events_by_type ON events (outcome)' WHERE name = 'events_by_type'`, "file", "events"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := dial(dsn(path, time.Second))
			if err != nil {
				t.Fatal(err)
			}
			for _, sql := range strings.Split(tt.sql, "; ") {
				if _, err := c.exec(sql); err != nil {
					t.Fatal(err)
				}
			}
			_ = c.close()
			a := open(t, path)
			wrong, _, _ := inspect(t, a)
			found := false
			for _, w := range wrong {
				found = found || strings.HasPrefix(w, tt.part+": ") && strings.Contains(w, tt.words)
			}
			if !found || len(wrong) > 2*mostFound {
				t.Errorf("%q", wrong)
			}
		})
	}
}

// Damaged pages are told, and do not end the check.
func TestInspectDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	a := filled(t, path, 3_000)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from, to := len(raw)/4096/2*4096, (len(raw)/4096/2+20)*4096
	copy(raw[from:to], bytes.Repeat([]byte{0xa5}, to-from))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	b, _, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	events, _, err := b.Inspect(context.Background(), func(string, int64, int64) {}, func(part, what string) { parts = append(parts, part+what) })
	if err != nil || len(parts) == 0 || events >= 3_000 {
		t.Errorf("%d events whole, %q, %v", events, parts, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	// And repaired: what can be read is in a new file.
	saved, aside, err := Repair(context.Background(), path, Options{}, func(int64) {})
	if err != nil || saved < 2_000 || saved >= 3_000 || aside == "" {
		t.Fatalf("%d saved, %s, %v", saved, aside, err)
	}
	if wrong, events, _ := inspect(t, open(t, path)); len(wrong) > 0 || int64(events) != saved {
		t.Errorf("after the repair: %q, %d events", wrong, events)
	}
	// What was not read yet for the index of words may be written after the opening.
	if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept[from:to], raw[from:to]) {
		t.Errorf("the damaged pages were changed: %v", err)
	}
}

// A repair of an archive whose notes are wrong brings everything over.
func TestRepair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	a := filled(t, path, 500)
	ctx := context.Background()
	poison := []archive.Kept{{Source: services.SourceWebhook, Received: archivetest.Noon, Raw: []byte("poison")}}
	if _, _, err := a.Restore(ctx, poison); err != nil {
		t.Fatal(err)
	}
	if err := a.Ledger().Save(ctx, services.Session{ID: "cs_1"}); err != nil {
		t.Fatal(err)
	}
	execute(t, a, `UPDATE counts SET n = 0`)
	before, err := a.Arrivals(ctx, "", 1_000)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Repair(ctx, path, Options{LockWait: 10 * time.Millisecond}, func(int64) {})
	wantStorage(t, err, "locked") // it is open
	if wrong, _, _ := inspect(t, a); len(wrong) == 0 {
		t.Fatal("nothing to repair")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if saved, _, err := Repair(ctx, path, Options{}, func(int64) {}); err != nil || saved != 500 {
		t.Fatalf("%d, %v", saved, err)
	}
	b := open(t, path)
	if wrong, events, _ := inspect(t, b); len(wrong) > 0 || events != 500 {
		t.Errorf("%q, %d events", wrong, events)
	}
	for _, want := range before {
		e, err := b.Event(ctx, want.Event.ID)
		if err != nil || !bytes.Equal(e.Raw, want.Event.Raw) || !e.Received.Equal(want.Event.Received) || e.Source != want.Event.Source {
			t.Fatalf("%+v, %v", e, err)
		}
	}
	aside, err := b.Aside(ctx, 0, 10)
	sessions, err2 := b.Ledger().Unsettled(ctx)
	if err != nil || err2 != nil || len(aside) != 1 || string(aside[0].Raw) != "poison" || len(sessions) != 1 {
		t.Errorf("%+v %+v %v %v", aside, sessions, err, err2)
	}
}

// What a killed process had left in the log beside the file is brought over too.
func TestRepairTakesTheLogAlong(t *testing.T) {
	a := filled(t, filepath.Join(t.TempDir(), "events.db"), 300)
	path := filepath.Join(t.TempDir(), "killed.db")
	for _, part := range []string{"", "-wal"} {
		text, err := os.ReadFile(a.Path() + part)
		if err != nil || len(text) == 0 {
			t.Fatalf("%s: %d bytes, %v", part, len(text), err)
		}
		if err := os.WriteFile(path+part, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	saved, aside, err := Repair(context.Background(), path, Options{}, func(int64) {})
	if err != nil || saved != 300 {
		t.Errorf("%d saved, %v", saved, err)
	}
	if wrong, events, _ := inspect(t, open(t, path)); len(wrong) > 0 || events != 300 {
		t.Errorf("%q, %d events", wrong, events)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*damaged*-wal")); err != nil || len(left) > 0 || aside == "" {
		t.Errorf("%v %v", left, err)
	}
}

// A compact archive is smaller and holds the same, also what came meanwhile.
func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	a := filled(t, path, 3_000)
	// Payloads of older forms, and room that nothing uses.
	arrivals, err := a.Arrivals(context.Background(), "", 400)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range arrivals {
		form, packed := archive.FormPlain, e.Event.Raw
		if i%2 == 0 {
			var out bytes.Buffer
			w, _ := flate.NewWriter(&out, flate.BestSpeed)
			_, _ = w.Write(e.Event.Raw)
			_ = w.Close()
			form, packed = archive.FormDeflate, out.Bytes()
		}
		execute(t, a, fmt.Sprintf(`UPDATE payloads SET form = %d, bytes = X'%x' WHERE key = (SELECT key FROM events WHERE id = '%s')`, form, packed, e.Event.ID))
	}
	execute(t, a, `CREATE TABLE filler AS SELECT randomblob(4000) FROM events`)
	execute(t, a, `DROP TABLE filler`)
	before, err := a.Storage(context.Background())
	if err != nil {
		t.Fatal(err)
	}

	other := open(t, path)
	ctx, stop := context.WithCancel(context.Background())
	var writers sync.WaitGroup
	var stored []string
	writers.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			id := fmt.Sprintf("evt_meanwhile_%d", i)
			switch _, _, err := other.Add(context.Background(), services.SourceWebhook, [][]byte{charge(id, 1, "cus_1")}); {
			case err == nil:
				stored = append(stored, id)
			default:
				wantStorage(t, err, "locked")
			}
		}
	})
	steps := map[string]bool{}
	repacked, err := a.Compact(context.Background(), func(step string, done, of int64) { steps[step] = done <= of })
	stop()
	writers.Wait()
	if err != nil || repacked != 400 || len(steps) != 2 || !steps["bytes compacted"] {
		t.Errorf("%d repacked, %v, %v", repacked, steps, err)
	}
	after, err := a.Storage(context.Background())
	if err != nil || after.Size.Total > before.Size.Total*2/3 {
		t.Errorf("%d bytes, before %d; %v", after.Size.Total, before.Size.Total, err)
	}
	if len(stored) == 0 {
		t.Error("nothing was stored meanwhile")
	}
	if wrong, events, _ := inspect(t, a); len(wrong) > 0 || events != 3_000+len(stored) {
		t.Errorf("%q, %d events, want %d", wrong, events, 3_000+len(stored))
	}
	for _, want := range arrivals {
		if e, err := a.Event(context.Background(), want.Event.ID); err != nil || !bytes.Equal(e.Raw, want.Event.Raw) {
			t.Fatalf("%s: %v", want.Event.ID, err)
		}
	}
	for _, id := range stored {
		if _, err := a.Event(context.Background(), id); err != nil {
			t.Errorf("%s was answered and is lost: %v", id, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*etilqs*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// A compaction that is given up, or has no room, leaves everything as it was.
func TestCompactGivenUp(t *testing.T) {
	a := filled(t, filepath.Join(t.TempDir(), "events.db"), 1_000)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := a.Compact(ctx, func(step string, _, _ int64) {
		if step == "bytes compacted" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("%v", err)
	}
	if err := a.roomFor(1 << 60); services.CodeOf(err) != services.CodeStorage || !strings.Contains(err.Error(), "MB free") {
		t.Errorf("%v", err)
	}
	if wrong, events, _ := inspect(t, a); len(wrong) > 0 || events != 1_000 {
		t.Errorf("%q, %d events", wrong, events)
	}
	add(t, a, 1, 0, charge("evt_after", 1, "cus_1"))
}
