package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// repackSlice is how many payloads are looked at in one transaction.
const repackSlice = 500

// Compact is archive.Maintained.Compact. It works on the file in place, within
// transactions: others may use it all the time, a write that comes meanwhile waits
// or is refused as when the archive is locked, and a process that is killed leaves
// the file as it was.
func (a *Archive) Compact(ctx context.Context, progress func(step string, done, of int64)) (repacked int, err error) {
	const op = "compacting the archive"
	if repacked, err = a.repack(ctx, progress); err != nil {
		return repacked, err
	}
	size, err := a.used(ctx)
	if err != nil {
		return repacked, a.fault(op, err)
	}
	if err := a.roomFor(size); err != nil {
		return repacked, err
	}
	c, err := dial(dsn(a.path, compactWait, "synchronous(full)"))
	if err != nil {
		return repacked, a.fault(op, err)
	}
	defer func() { _ = c.close() }() // what it did is committed
	w, err := a.writer(ctx)          // this process's own writers wait here rather than for the file
	if err != nil {
		return repacked, a.fault(op, err)
	}
	defer func() { a.turn <- w }()
	defer a.measure(size, progress)()
	// The new file is made beside the archive, where there is room for it, not where
	// temporary files are.
	directory := strings.ReplaceAll(filepath.Dir(a.path), "'", "''")
	defer func() { _, _ = c.exec("PRAGMA temp_store_directory = ''") }()
	for _, text := range []string{
		"PRAGMA wal_checkpoint(TRUNCATE)",
		"PRAGMA temp_store_directory = '" + directory + "'",
		"INSERT INTO words (words) VALUES ('optimize')",
		"VACUUM",
		"PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if err := c.each(ctx, text, nil, func(row) error { return nil }); err != nil {
			return repacked, a.fault(op, err)
		}
	}
	return repacked, nil
}

// compactWait is how long the compaction waits for others who write or read.
const compactWait = 30 * time.Second

// used is what the file will have at most when it is compact.
func (a *Archive) used(ctx context.Context) (size int64, err error) {
	err = a.reading(ctx, "compacting the archive", func(c *conn) error {
		size, err = c.integer(ctx, `SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
		return err
	})
	return size, err
}

// roomFor refuses when the disk has not the room: for a copy of what is used, and
// for the log that brings it into the file.
func (a *Archive) roomFor(size int64) error {
	free, known := freeSpace(filepath.Dir(a.path))
	need := 2*size + 16<<20
	if !known || free >= need {
		return nil
	}
	return &services.Error{Code: services.CodeStorage, Op: "compacting the archive",
		Message: fmt.Sprintf("Compacting needs %d MB free on the disk of %s for a while, and %d MB are.", need>>20, services.Clean(a.path), free>>20),
		Next:    "Free some space, or move the archive with bursar archive copy --to a file on another disk."}
}

// measure tells how far the compaction has come, by what it has written to the
// log. It returns what stops it.
func (a *Archive) measure(size int64, progress func(step string, done, of int64)) (stop func()) {
	ended, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		for {
			progress("bytes compacted", min(a.logLength(), size-1), size)
			select {
			case <-ended:
				return
			case <-t.C:
			}
		}
	}()
	return func() { close(ended); <-finished }
}

// repack keeps in today's form what is kept in another and gets shorter by it.
func (a *Archive) repack(ctx context.Context, progress func(step string, done, of int64)) (repacked int, err error) {
	var last, total, seen int64 = -1, 0, 0
	type payload struct {
		key  int64
		form archive.Form
		raw  []byte
	}
	for {
		var slice []payload
		more := false
		err := a.reading(ctx, "compacting the archive", func(c *conn) error {
			if total == 0 {
				if total, err = c.integer(ctx, `SELECT max(arrival) FROM events`); err != nil {
					return err
				}
			}
			n := 0
			err := c.each(ctx, `SELECT key, form, CASE WHEN form <> ?1 THEN bytes END FROM payloads WHERE key > ?2 ORDER BY key LIMIT ?3`,
				[]any{int64(archive.FormEvent), last, repackSlice}, func(r row) error {
					n++
					last = r.integer(0)
					form := archive.Form(r.integer(1))
					if form == archive.FormEvent {
						return nil
					}
					raw, err := archive.Unpack(form, r.bytes(2))
					if err != nil {
						return nil //nolint:nilerr // Inspect tells of it; it is left as it is
					}
					slice = append(slice, payload{last, form, raw})
					return nil
				})
			seen += int64(n)
			more = n == repackSlice
			return err
		})
		if err != nil {
			return repacked, err
		}
		if len(slice) > 0 {
			n := 0
			if err := a.update(ctx, "compacting the archive", func(b *batch) error {
				n = 0
				for _, p := range slice {
					form, packed := archive.Pack(p.raw)
					if form == p.form {
						continue
					}
					if err := b.exec(`UPDATE payloads SET form = ?, bytes = ? WHERE key = ?`, int64(form), packed, p.key); err != nil {
						return err
					}
					n++
				}
				return nil
			}); err != nil {
				return repacked, err
			}
			repacked += n
		}
		if progress("payloads looked at", seen, max(total, seen)); !more {
			return repacked, nil
		}
	}
}
