package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive/archivetest"
)

// Whatever is damaged, the file is kept and what can be read of it comes into the
// new one.
func TestDamagedFileIsSetAside(t *testing.T) {
	const events = 3000
	g := archivetest.NewGenerator(1, 20, archivetest.Noon, time.Second)
	path := filepath.Join(t.TempDir(), "events.db")
	a := open(t, path)
	raws := map[string][]byte{}
	for range events / 100 {
		var batch [][]byte
		for range 100 {
			batch = append(batch, g.Next())
		}
		add(t, a, 100, 0, batch...)
	}
	for _, e := range next(t, a) {
		raws[e.ID] = e.Raw
	}
	if err := a.Ledger().Save(context.Background(), services.Session{ID: "cs_1"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for name, tt := range map[string]struct {
		damage  func([]byte) []byte
		atLeast int
	}{
		"no database at all": {func([]byte) []byte { return bytes.Repeat([]byte("not a database. "), 512) }, 0},
		"first page lost":    {func(b []byte) []byte { clear(b[100:page]); return b }, 0},
		"everything else lost": {func(b []byte) []byte {
			for i := page; i < len(b); i++ {
				b[i] = 0xa5
			}
			return b
		}, 0},
		"cut short": {func(b []byte) []byte { return b[:len(b)/2/page*page] }, events / 5},
		"pages lost here and there": {func(b []byte) []byte {
			for at := 60 * page; at < len(b); at += 97 * page {
				clear(b[at:min(at+page, len(b))])
			}
			clear(b[len(b)-page:])
			return b
		}, events * 9 / 10},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			bad := tt.damage(bytes.Clone(good))
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			o := Options{Now: func() time.Time { return archivetest.Noon }, Patience: 5 * time.Minute}
			a, notice, err := Open(context.Background(), path, o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			aside, repaired := path+".damaged-20261123-120000", notice == ""
			if repaired { // the newest can still be read: the damage is found by a check only
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				saved, moved, err := Repair(context.Background(), path, o, func(int64) {})
				if err != nil {
					t.Fatal(err)
				}
				notice = fmt.Sprintf("%s: %d of its events", moved, saved)
				if a, _, err = Open(context.Background(), path, o); err != nil {
					t.Fatal(err)
				}
			}
			if !strings.Contains(notice, aside) {
				t.Errorf("notice %q does not name %s", notice, aside)
			}
			if kept, err := os.ReadFile(aside); err != nil || !repaired && !bytes.Equal(kept, bad) {
				t.Errorf("the damaged file was not kept: %v", err)
			}
			back := next(t, a)
			if len(back) < tt.atLeast || !strings.Contains(notice, fmt.Sprintf("%d of its events", len(back))) {
				t.Errorf("%d events came back, want %d: %s", len(back), tt.atLeast, notice)
			}
			for _, e := range back {
				if !bytes.Equal(e.Raw, raws[e.ID]) || e.Source != services.SourceList || !e.Received.Equal(archivetest.Noon) {
					t.Fatalf("%s came back otherwise: %+v", e.ID, e)
				}
			}
			if total := everything(t, a).Total; total != len(back) {
				t.Errorf("%d counted, %d there", total, len(back))
			}
			add(t, a, 1, 0, charge("evt_1", 1, "cus_1"))
		})
	}
}

// next returns all events in the order of their arrival.
func next(t *testing.T, a *Archive) (events []services.Event) {
	t.Helper()
	arrivals, err := a.Arrivals(context.Background(), "", 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, arrival := range arrivals {
		events = append(events, arrival.Event)
	}
	return events
}
