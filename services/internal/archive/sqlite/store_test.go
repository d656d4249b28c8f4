package sqlite

import (
	"bytes"
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

// open opens the archive at path and closes it with the test.
func open(t testing.TB, path string) *Archive {
	t.Helper()
	a, notice, err := Open(context.Background(), path, Options{
		Now: func() time.Time { return archivetest.Noon }, LockWait: 2 * time.Second, Poll: 5 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if notice != "" {
		t.Errorf("unexpected notice %q", notice)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func openNew(t testing.TB) *Archive {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "events.db"))
}

func TestContract(t *testing.T) {
	archivetest.Run(t, func(t testing.TB) func() archive.Archive {
		path := filepath.Join(t.TempDir(), "events.db")
		return func() archive.Archive { return open(t, path) }
	})
}

func add(t testing.TB, a *Archive, wantAdded, wantDuplicates int, raws ...[]byte) {
	t.Helper()
	archivetest.Add(t, a, wantAdded, wantDuplicates, raws...)
}

func everything(t testing.TB, a *Archive) services.LogPage {
	t.Helper()
	return archivetest.List(t, a, archive.Query{Limit: services.MaxLogLimit})
}

func charge(id string, created int64, customer string) []byte {
	return archivetest.Charge(id, created, customer)
}

// wantStorage checks that err is a storage error whose words contain text.
func wantStorage(t *testing.T, err error, text string) {
	t.Helper()
	var e *services.Error
	if !errors.As(err, &e) || e.Code != services.CodeStorage {
		t.Fatalf("error %v, want CodeStorage", err)
	}
	if !strings.Contains(e.Message, text) || e.Next == "" || e.Op == "" {
		t.Errorf("message %q, next %q, op %q; want %q in the message", e.Message, e.Next, e.Op, text)
	}
}

func TestOpenMakesAPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "a folder?x=%20#y", "events.db")
	a := open(t, path)
	add(t, a, 1, 0, charge("evt_1", 1, "cus_1"))
	for name, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

// What Add answers must survive a power cut, which no test can make: the
// settings that SQLite documents for it are checked instead.
func TestFileIsDurable(t *testing.T) {
	var mode string
	var synchronous int
	execute(t, openNew(t), `SELECT * FROM pragma_journal_mode, pragma_synchronous`, func(r row) {
		mode, synchronous = r.text(0), int(r.integer(1))
	})
	if mode != "wal" || synchronous != 2 {
		t.Errorf("journal mode %s, synchronous %d; want wal and 2 (FULL)", mode, synchronous)
	}
}

func TestOpenByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a, notice, err := Open(context.Background(), path, Options{})
			if err != nil || notice != "" {
				t.Errorf("open %d: %v %q", i, err, notice)
				return
			}
			if _, _, err := a.Add(context.Background(), services.SourceList, [][]byte{charge(fmt.Sprintf("evt_%d", i), 1, "cus_1")}); err != nil {
				t.Error(err)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if page := everything(t, open(t, path)); page.Total != 8 || len(page.Events) != 8 {
		t.Errorf("%d events, %d listed; want 8", page.Total, len(page.Events))
	}
}

func TestNewerAndForeignFilesAreRefusedUntouched(t *testing.T) {
	for name, tt := range map[string]struct{ sql, words string }{
		"newer":   {"PRAGMA user_version = 99", "newer bursar"},
		"foreign": {"PRAGMA application_id = 7", "another program"},
		"unknown": {"PRAGMA application_id = 0; PRAGMA user_version = 0", "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			a := open(t, path)
			for _, sql := range strings.Split(tt.sql, ";") {
				execute(t, a, sql)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			_, _, err := Open(context.Background(), path, Options{})
			wantStorage(t, err, tt.words)
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the refused file was changed")
			}
		})
	}
}

func TestFaultsHaveWords(t *testing.T) {
	ctx := context.Background()
	t.Run("folder is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := Open(ctx, filepath.Join(file, "events.db"), Options{})
		wantStorage(t, err, "cannot be opened")
	})
	t.Run("no permission", func(t *testing.T) {
		wantStorage(t, (&Archive{path: "p"}).fault("opening the archive", &os.PathError{Op: "open", Path: "p", Err: os.ErrPermission}), "read-only")
	})
	t.Run("disk full, then not", func(t *testing.T) {
		a := openNew(t)
		add(t, a, 1, 0, charge("evt_0", 1, "cus_1"))
		execute(t, a, "PRAGMA max_page_count = 1") // SQLite takes the file's present size
		var err error
		for i := 1; err == nil && i < 100; i++ {
			_, _, err = a.Add(ctx, services.SourceWebhook, [][]byte{charge(fmt.Sprintf("evt_full_%d", i), 1, "cus_1")})
		}
		wantStorage(t, err, "disk is full: the archive")
		before := everything(t, a).Total
		execute(t, a, "PRAGMA max_page_count = 1000000")
		add(t, a, 1, 0, charge("evt_after", 1, "cus_1"))
		if after := everything(t, a).Total; after != before+1 {
			t.Errorf("%d events before, %d after one more", before, after)
		}
	})
	t.Run("locked by another process", func(t *testing.T) {
		a := openNew(t)
		other, _, err := Open(ctx, a.Path(), Options{LockWait: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = other.Close() }()
		execute(t, a, "BEGIN IMMEDIATE")
		_, _, err = other.Add(ctx, services.SourceList, [][]byte{charge("evt_1", 1, "cus_1")})
		wantStorage(t, err, "locked")
		execute(t, a, "ROLLBACK")
		add(t, other, 1, 0, charge("evt_1", 1, "cus_1"))
	})
}

// execute runs SQL on the writer's connection and gives its first row to read.
func execute(t testing.TB, a *Archive, sql string, read ...func(row)) {
	t.Helper()
	c, err := a.writer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { a.turn <- c }()
	if len(read) == 0 {
		read = append(read, func(row) {})
	}
	if _, err := c.first(context.Background(), sql, nil, read[0]); err != nil {
		t.Fatal(err)
	}
}
