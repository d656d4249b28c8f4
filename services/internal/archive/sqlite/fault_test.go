package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// A disk that fills up while events are stored loses nothing that was answered,
// and takes events again once there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"); err != nil {
		t.Skipf("a disk that can be filled has to be mounted, which is not permitted here: %v", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	a, _, err := Open(context.Background(), filepath.Join(dir, "events.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	g := archivetest.NewGenerator(1, 50, archivetest.Noon, time.Second)
	stored := map[string][]byte{}
	fill := func() error {
		for {
			raws := make([][]byte, 20)
			for i := range raws {
				raws[i] = g.Next()
			}
			if _, _, err := a.Add(context.Background(), services.SourceWebhook, raws); err != nil {
				return err
			}
			for _, raw := range raws {
				stored[idOf(raw)] = raw
			}
		}
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	wantStorage(t, fill(), "disk is full")
	before := len(stored)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	wantStorage(t, fill(), "disk is full")
	if before == 0 || len(stored) <= before {
		t.Errorf("%d events stored, %d after there was room again", before, len(stored))
	}
	for id, raw := range stored {
		if e, err := a.Event(context.Background(), id); err != nil || string(e.Raw) != string(raw) {
			t.Fatalf("%s was answered: %v", id, err)
		}
	}
	if total := everything(t, a).Total; total != len(stored) {
		t.Errorf("%d events counted, %d answered", total, len(stored))
	}
}

// A file that cannot be written says so.
func TestReadOnly(t *testing.T) {
	ctx := context.Background()
	t.Run("connection", func(t *testing.T) {
		a := openNew(t)
		add(t, a, 1, 0, charge("evt_1", 1, "cus_1"))
		execute(t, a, "PRAGMA query_only = 1")
		_, _, err := a.Add(ctx, services.SourceList, [][]byte{charge("evt_2", 1, "cus_1")})
		wantStorage(t, err, "read-only")
		execute(t, a, "PRAGMA query_only = 0")
		add(t, a, 1, 0, charge("evt_2", 1, "cus_1"))
	})
	t.Run("file system", func(t *testing.T) {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
			t.Skipf("a file system has to be mounted, which is not permitted here: %v", err)
		}
		defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
		a, _, err := Open(ctx, filepath.Join(dir, "events.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		add(t, a, 1, 0, charge("evt_1", 1, "cus_1"))
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		_, _, err = Open(ctx, filepath.Join(dir, "events.db"), Options{})
		wantStorage(t, err, "read-only")
	})
}

// A clock that jumps moves no event: created is Stripe's, arrivals are counted,
// and only Received tells the machine's time.
func TestClockJumps(t *testing.T) {
	now := archivetest.Noon
	a, _, err := Open(context.Background(), filepath.Join(t.TempDir(), "events.db"), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	for i, jump := range []time.Duration{0, -48 * time.Hour, 24 * 365 * time.Hour, -24 * 900 * time.Hour, time.Millisecond} {
		now = now.Add(jump)
		if _, _, err := a.Add(context.Background(), services.SourceWebhook, [][]byte{charge(fmt.Sprintf("evt_%d", i), int64(1000+i), "cus_1")}); err != nil {
			t.Fatal(err)
		}
		h, err := a.Health(context.Background())
		if err != nil || !h.LastWebhook.Equal(now.Truncate(time.Millisecond)) {
			t.Errorf("last webhook %v at %v, %v", h.LastWebhook, now, err)
		}
	}
	arrivals, err := a.Arrivals(context.Background(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	page := archivetest.List(t, a, archive.Query{Limit: 10})
	for i := range 5 {
		if id := fmt.Sprintf("evt_%d", i); arrivals[i].Event.ID != id || page.Events[4-i].ID != id {
			t.Errorf("event %d: arrived %s, listed %s", i, arrivals[i].Event.ID, page.Events[4-i].ID)
		}
	}
}
