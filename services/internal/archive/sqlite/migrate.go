package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"bursar/services"
	"bursar/services/internal/archive"
)

// migrate brings an older file to the schema of today, in one transaction, after
// a backup of the whole file was put beside it.
func (a *Archive) migrate(ctx context.Context, c *conn, version int64) (notice string, err error) {
	backup, err := a.backup(c, version)
	if err != nil {
		return "", fmt.Errorf("backing the archive up before it is brought up to date: %w", err)
	}
	faster := false // another process was
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_, _ = c.exec("ROLLBACK") // what failed first is told
		}
		if err != nil || faster {
			err = errors.Join(err, os.Remove(backup))
		}
	}()
	if version, err = c.integer(ctx, "PRAGMA user_version"); err != nil {
		return "", err
	}
	if faster = version == schemaVersion; !faster {
		if err := a.fromVersion1(ctx, c); err != nil {
			return "", fmt.Errorf("bringing the archive up to date: %w", err)
		}
		notice = services.Clean(fmt.Sprintf("The archive was brought up to date. As it was before, it is kept as %s.", backup))
	}
	_, err = c.exec("COMMIT")
	return notice, err
}

// backup copies the file, without what is deleted in it.
func (a *Archive) backup(c *conn, version int64) (path string, err error) {
	path = a.beside(fmt.Sprintf("v%d-backup", version))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // VACUUM INTO takes an empty file
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	if _, err := c.exec("VACUUM INTO ?", path); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}

// beside names a file beside the archive that is not there yet.
func (a *Archive) beside(what string) string {
	first := a.path + "." + what + "-" + a.opts.Now().UTC().Format("20060102-150405")
	path := first
	for n := 2; exists(path); n++ {
		path = fmt.Sprintf("%s-%d", first, n)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// fromVersion1 makes today's tables of those of schema 1. Customers, counters and
// what waits are worked out again from the events; links are taken over, so that
// what was learned stays.
func (a *Archive) fromVersion1(ctx context.Context, c *conn) error {
	for _, index := range []string{"events_by_time", "events_by_type", "events_by_customer", "waits_by_seq", "sessions_by_time"} {
		if _, err := c.exec("DROP INDEX " + index); err != nil {
			return err
		}
	}
	tables := []string{"events", "payloads", "counts", "links", "waits", "conflicts", "quarantine", "notes", "sessions"}
	for _, table := range tables {
		if _, err := c.exec("ALTER TABLE " + table + " RENAME TO old_" + table); err != nil {
			return err
		}
	}
	if _, err := c.exec(schema + stampSchema()); err != nil {
		return err
	}
	if _, err := c.exec(`INSERT INTO sessions (id, created, session, receipt) SELECT id, created, session, receipt FROM old_sessions ORDER BY rowid;
		INSERT INTO notes SELECT * FROM old_notes;
		INSERT INTO customers (id) SELECT DISTINCT customer FROM old_links;
		INSERT INTO links SELECT object_id, n FROM old_links JOIN customers ON customers.id = customer;
		INSERT INTO aside (event, digest, reason, received, source, form, bytes)
			SELECT '', digest, reason, received, source, encoding, bytes FROM old_quarantine ORDER BY received;
		INSERT INTO aside (event, digest, reason, received, source, form, bytes)
			SELECT id, digest, 'It tells something else than the archived event.', received, source, encoding, bytes FROM old_conflicts ORDER BY received;
		INSERT INTO notes SELECT '` + noteQuarantined + `', count(*) FROM old_quarantine;
		INSERT INTO notes SELECT '` + noteConflicts + `', count(*) FROM old_conflicts`); err != nil {
		return err
	}
	b := &batch{a: a, conn: c, arrival: -1}
	if err := b.storeAll(ctx, `SELECT encoding, bytes, received, source FROM old_payloads JOIN old_events USING (seq) ORDER BY seq`); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := c.exec("DROP TABLE old_" + table); err != nil {
			return err
		}
	}
	return b.flushCounts()
}

// storeAll stores what a query over another archive's tables gives: form, bytes,
// received and source of each event, in the order they came in.
func (b *batch) storeAll(ctx context.Context, query string) error {
	return b.conn.each(ctx, query, nil, func(r row) error {
		raw, err := archive.Unpack(archive.Form(r.integer(0)), r.bytes(1))
		if err != nil {
			return err
		}
		b.now = r.integer(2)
		_, err = b.store(&archive.Prepare([][]byte{raw})[0], services.EventSource(r.text(3)))
		return err
	})
}
