package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"bursar/services/internal/archive"
)

// applicationID marks the file as bursar's archive ("burs").
const applicationID = 0x62757273

// migrations returns the steps from an empty file to the schema of today.
// PRAGMA user_version counts the steps a file has been through. A step that was
// ever released is never changed.
func migrations() []string {
	return []string{`
-- seq is the order of arrival. It decides between events of one second: Stripe's
-- created has no finer grain.
CREATE TABLE events (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	type TEXT NOT NULL,
	created INTEGER NOT NULL,  -- seconds
	received INTEGER NOT NULL, -- milliseconds
	livemode INTEGER NOT NULL,
	object_id TEXT NOT NULL,
	object_type TEXT NOT NULL,
	customer TEXT,             -- NULL when not known (yet)
	amount INTEGER,            -- minor currency units
	currency TEXT,
	outcome TEXT NOT NULL,
	request_id TEXT NOT NULL,
	api_version TEXT NOT NULL,
	source TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (created);
CREATE INDEX events_by_type ON events (type, created);
CREATE INDEX events_by_customer ON events (customer, created) WHERE customer IS NOT NULL;

-- The received bytes stand apart, so that reading rows does not read payloads.
CREATE TABLE payloads (seq INTEGER PRIMARY KEY, encoding INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

-- How many events there are by type, for one customer and ('') for all.
CREATE TABLE counts (customer TEXT NOT NULL, type TEXT NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (customer, type)) STRICT, WITHOUT ROWID;

-- Which customer an object belongs to, learned from events that name both.
CREATE TABLE links (object_id TEXT PRIMARY KEY, customer TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Events whose customer is not known, by each object that may tell it later.
CREATE TABLE waits (object_id TEXT NOT NULL, seq INTEGER NOT NULL,
	PRIMARY KEY (object_id, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX waits_by_seq ON waits (seq);

-- Copies of an archived event that tell something else.
CREATE TABLE conflicts (id TEXT NOT NULL, digest BLOB NOT NULL, received INTEGER NOT NULL, source TEXT NOT NULL,
	encoding INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, digest)) STRICT, WITHOUT ROWID;

-- What was received and is no event.
CREATE TABLE quarantine (digest BLOB PRIMARY KEY, received INTEGER NOT NULL, source TEXT NOT NULL,
	reason TEXT NOT NULL, encoding INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Checkout Sessions made here; receipt is NULL until the outcome is known.
CREATE TABLE sessions (id TEXT PRIMARY KEY, created INTEGER NOT NULL, session TEXT NOT NULL, receipt TEXT) STRICT;
CREATE INDEX sessions_by_time ON sessions (created);
`}
}

// prepareFile makes the file when there is none, readable for this user only:
// it holds what customers bought. It returns the absolute path and which file
// that is.
func prepareFile(path string) (string, os.FileInfo, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return path, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return path, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return path, nil, err
	}
	info, err := f.Stat()
	return path, info, errors.Join(err, f.Close())
}

// dsn names the file for the driver. The settings that a connection loses with
// itself stand here; the journal mode stays with the file.
func dsn(path string, lockWait time.Duration, lock string, pragmas ...string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {"busy_timeout(" + strconv.FormatInt(lockWait.Milliseconds(), 10) + ")"}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}

// prepareSchema brings the schema up to date. Two processes may do it at once:
// switching a new file to WAL is the one step that SQLite's own waiting does not
// cover, so it is tried until lockWait is over.
func prepareSchema(ctx context.Context, db *sql.DB, lockWait time.Duration) error {
	version, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	for start := time.Now(); ; {
		_, err := db.ExecContext(ctx, "PRAGMA journal_mode = wal")
		if err == nil {
			break
		}
		if !isBusy(err) || time.Since(start) > lockWait {
			return fmt.Errorf("switching to WAL: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	if version == len(migrations()) {
		return nil
	}
	return migrate(ctx, db)
}

// schemaVersion returns how many migrations the file has been through, and
// refuses a file that is not ours to change.
func schemaVersion(ctx context.Context, db *sql.DB) (int, error) {
	var version, application, objects int
	err := db.QueryRowContext(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`).Scan(&version, &application, &objects)
	switch {
	case err != nil:
		return 0, fmt.Errorf("reading the schema's version: %w", err)
	case application != applicationID && (application != 0 || version != 0 || objects > 0):
		return 0, archive.ErrForeign
	case version > len(migrations()):
		return 0, fmt.Errorf("%w: schema %d, this bursar knows %d", archive.ErrNewer, version, len(migrations()))
	}
	return version, nil
}

// migrate takes the steps that the file lacks, all or none of them. The version
// is read again under the write lock: another process may have been faster.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	for i, step := range migrations() {
		if i < version {
			continue
		}
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migrating the schema to version %d: %w", i+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d",
		max(version, len(migrations())), applicationID)); err != nil {
		return err
	}
	return tx.Commit()
}

// probe reads the newest event and the first counter through their indexes.
func probe(ctx context.Context, db *sql.DB) error {
	var n int
	err := db.QueryRowContext(ctx, `SELECT coalesce((SELECT n FROM counts LIMIT 1), 0) + coalesce((SELECT length(bytes)
		FROM events JOIN payloads USING (seq) ORDER BY created DESC LIMIT 1), 0)`).Scan(&n)
	if err != nil {
		return fmt.Errorf("reading the newest event: %w", err)
	}
	return nil
}
